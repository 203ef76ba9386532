//! The real `wsproof`, and servers that behave as a test wants.

// Each test binary uses its part.
#![allow(dead_code, unreachable_pub)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use wsproof_core::handshake::{Offer, Request, Response};

/// A test that hangs ends with an error instead.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The program under test.
pub const BIN: &str = env!("CARGO_BIN_EXE_wsproof");

/// What became of a run of the program.
pub struct Run {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Asserts the exit status and that standard error has these words.
    #[track_caller]
    pub fn fails_with(&self, status: i32, words: &[&str]) {
        assert_eq!(self.status, status, "out: {}\nerr: {}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is missing in: {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }

    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        assert_eq!(self.status, 0, "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs the program to its end, in this folder.
pub fn wsproof(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(BIN)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started");
    output.into()
}

/// The only agent's results in an index, by case; empty if there are none.
#[track_caller]
pub fn index(report: &Path) -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(report.join("index.json")).expect("there is an index");
    let index: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("the index is JSON");
    assert!(index.len() <= 1, "{text}");
    index.into_iter().next().map(|(_, cases)| cases.as_object().cloned().expect("cases")).unwrap_or_default()
}

/// Waits until this is so.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// A server that does this with each connection, one after the other. When a connection is given back, nobody listens
/// any more, and then it ends too.
///
/// The thread ends with the program; nothing waits for it.
pub fn server(mut serve: impl FnMut(TcpStream, usize) -> Option<TcpStream> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept() {
            if let Some(last) = serve(stream, number) {
                drop(listener);
                return drop(last);
            }
            number += 1;
        }
    });
    address
}

/// Reads a request head and answers it with 101.
pub fn open(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut octet), Ok(1)) {
        head.push(octet[0]);
    }
    open_as(stream, &head);
}

/// Answers this request head with 101.
pub fn open_as(stream: &mut TcpStream, head: &[u8]) {
    let Ok(Some((request, _))) = Request::parse(head) else { return };
    let offer = Offer::from_request(&request).expect("our own client asks rightly");
    let response = Response::accept(&offer, None, None).expect("nothing is chosen");
    let _ = stream.write_all(&response.to_bytes());
}
