//! Servers that are not there, or not as they should be: a clear verdict within bounded time, and a valid report.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use support::{Run, index, open, server, wsproof};

/// Tests the server with one case.
fn test(address: SocketAddr, more: &[&str]) -> (Run, serde_json::Map<String, serde_json::Value>) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ws://{address}");
    let run =
        wsproof(folder.path(), &[&["test-server", &url, "--cases", "1.1.1", "--outdir", "r"], more].concat());
    let index = index(&folder.path().join("r"));
    (run, index)
}

/// The server, whatever it does, fails the case.
#[track_caller]
fn fails(address: SocketAddr, words: &[&str]) {
    let (run, index) = test(address, &["--open-timeout", "0.3"]);
    run.fails_with(1, &[]);
    assert_eq!(index["1.1.1"]["behavior"], "FAILED", "{}", run.out);
    for word in words {
        assert!(run.out.contains(word), "`{word}` is missing in: {}", run.out);
    }
}

/// Writes until the other side has enough.
fn flood(stream: &mut TcpStream, octets: &[u8]) {
    while stream.write_all(octets).is_ok() {}
}

#[test]
fn nobody_listens() {
    let address = server(|stream, _| Some(stream));
    // Once the thread has served its only client, nobody listens any more.
    let _ = TcpStream::connect(address).map(|mut stream| stream.read(&mut [0]));
    support::until("the port is closed", || TcpStream::connect(address).is_err());
    let (run, index) = test(address, &[]);
    run.fails_with(3, &[&address.to_string(), "refused", "Start the server first"]);
    assert!(index.is_empty());
}

#[test]
fn a_host_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-server", "ws://no-such-host.invalid", "--outdir", "r"]);
    run.fails_with(3, &["no-such-host.invalid"]);
    assert!(index(&folder.path().join("r")).is_empty());
}

#[test]
fn an_answer_that_is_not_101() {
    let address = server(|mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nServer: plain\r\nContent-Length: 0\r\n\r\n");
        None
    });
    fails(address, &["404"]);
}

#[test]
fn an_answer_that_is_not_http() {
    let address = server(|mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"220 mail.example.org ESMTP \x1b[31m\r\n\r\n");
        None
    });
    fails(address, &[]);
}

#[test]
fn no_answer() {
    let mut kept = Vec::new();
    let address = server(move |stream, _| {
        kept.push(stream);
        None
    });
    fails(address, &[]);
}

#[test]
fn a_head_without_end() {
    let address = server(|mut stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nX: ");
        flood(&mut stream, &[b'a'; 65_536]);
        None
    });
    fails(address, &[]);
}

#[test]
fn frames_without_end() {
    let address = server(|mut stream, _| {
        open(&mut stream);
        flood(&mut stream, &b"\x82\x7e\x04\x00".iter().copied().chain([7; 1024]).collect::<Vec<u8>>());
        None
    });
    fails(address, &[]);
}

#[test]
fn a_frame_of_more_octets_than_there_are() {
    for length in [1_u64 << 63, (1 << 63) - 1] {
        let address = server(move |mut stream, _| {
            open(&mut stream);
            let _ = stream.write_all(&[&b"\x82\x7f"[..], &length.to_be_bytes()].concat());
            flood(&mut stream, &[0; 65_536]);
            None
        });
        fails(address, &[]);
    }
}

#[test]
fn a_server_that_goes_away_in_the_middle() {
    let address = server(|mut stream, number| {
        open(&mut stream);
        // A look at the server comes before the cases.
        (number == 3).then_some(stream)
    });
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ws://{address}");
    let run =
        wsproof(folder.path(), &["test-server", &url, "--cases", "1.1", "--jobs", "1", "--outdir", "r"]);
    run.fails_with(3, &["5 cases of 8 not run", "refused"]);
    let index = index(&folder.path().join("r"));
    assert_eq!(index.keys().collect::<Vec<_>>(), ["1.1.1", "1.1.2", "1.1.3"]);
    assert!(run.out.contains("5 cases were not run"), "{}", run.out);
}

#[test]
fn the_exit_status_follows_the_verdicts_that_were_chosen() {
    let drop_all = || server(|_, _| None);
    let (run, _) = test(drop_all(), &["--fail-on", "none"]);
    run.succeeds();
    let (run, _) = test(drop_all(), &["--fail-on", "none", "--strict"]);
    run.fails_with(1, &[]);
}

/// Dropping TCP is a legal answer to a bad frame, but a dead server does it too.
#[test]
fn a1_1_a_server_that_was_never_seen_alive_passes_nothing() {
    let dead = || {
        server(|mut stream, _| {
            open(&mut stream);
            None
        })
    };
    let folder = tempfile::tempdir().unwrap();
    let (url, cases) = (format!("ws://{}", dead()), "3.1,3.2,4.1.1,5.9,6.3.1,7.1.6,7.9.1");
    let run = wsproof(folder.path(), &["test-server", &url, "--cases", cases, "--outdir", "r"]);
    run.fails_with(1, &[]);
    // Autobahn's verdict stays what it is.
    let index = index(&folder.path().join("r"));
    assert_eq!((&index["3.1"]["behavior"], &index["3.2"]["behavior"]), (&"OK".into(), &"NON-STRICT".into()));
    assert!(run.out.contains("Select a case with an echo too"), "{}", run.out);
    // Each is shown again once it is revised. The summary tells the cause that they have in common once.
    assert_eq!(run.out.lines().filter(|line| line.contains(" incomplete  ")).count(), 7 + 1, "{}", run.out);
    assert!(run.out.contains("and 6 cases likewise: 3.2, 4.1.1, 5.9, 6.3.1, 7.1.6, 7.9.1\n"), "{}", run.out);
    let page = std::fs::read_to_string(folder.path().join("r").join("index.html")).unwrap();
    assert!(page.contains("incomplete") && !page.contains(">pass-with-notes<"));
    // With an echo demanded in vain, nothing is left to be in doubt about.
    let url = format!("ws://{}", dead());
    let run = wsproof(folder.path(), &["test-server", &url, "--cases", "1.1.1,3.1", "--outdir", "r2"]);
    run.fails_with(1, &[]);
    assert!(run.out.contains("answered nothing in the whole run"), "{}", run.out);
}
