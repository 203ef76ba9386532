//! Hostile clients of a fuzzing server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::behaviour::{Behaviour, Noise, Peer};

/// How a client goes through the cases.
#[derive(Clone, Copy)]
pub struct Client {
    /// What it does on the connection of a case.
    pub behaviour: Behaviour,
    /// How it calls itself.
    pub agent: fn(u64) -> String,
    /// Connections at a time.
    pub jobs: usize,
}

impl Client {
    pub fn new(behaviour: Behaviour) -> Self {
        Self { behaviour, agent: |_| "hostile".to_owned(), jobs: 32 }
    }

    /// Runs all cases, and asks for the report.
    ///
    /// # Errors
    /// The server cannot be asked how many cases there are.
    pub fn run(self, server: SocketAddr) -> io::Result<()> {
        let cases = case_count(server)?;
        let next = AtomicU64::new(1);
        std::thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number > cases {
                            return;
                        }
                        let agent = (self.agent)(number);
                        let Ok(stream) = open(server, &format!("/runCase?case={number}&agent={agent}"))
                        else {
                            continue;
                        };
                        let noise = Noise(number);
                        (self.behaviour)(&mut Peer { stream, masks: true, deflate: true, noise });
                    }
                });
            }
        });
        let agent = (self.agent)(1);
        let mut stream = open(server, &format!("/updateReports?agent={agent}"))?;
        while matches!(stream.read(&mut [0; 4096]), Ok(n) if n > 0) {}
        Ok(())
    }
}

/// Asks for a path and reads the answer's head.
fn open(server: SocketAddr, path: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    let mut octet = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut octet)?;
        answer.push(octet[0]);
    }
    if answer.starts_with(b"HTTP/1.1 101 ") {
        Ok(stream)
    } else {
        Err(io::ErrorKind::ConnectionRefused.into())
    }
}

/// How many cases the server has.
fn case_count(server: SocketAddr) -> io::Result<u64> {
    let mut stream = open(server, "/getCaseCount")?;
    let mut frame = [0; 2];
    stream.read_exact(&mut frame)?;
    let mut text = vec![0; usize::from(frame[1])];
    stream.read_exact(&mut text)?;
    String::from_utf8_lossy(&text).parse().map_err(|_| io::ErrorKind::InvalidData.into())
}
