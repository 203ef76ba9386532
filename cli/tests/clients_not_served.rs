//! `wsproof test-client` with clients that are refused, and with one that takes too long.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use support::{BIN, PATIENCE};

/// Starts the command; the address that clients connect to.
fn start(folder: &std::path::Path, arguments: &[&str]) -> (Child, String) {
    let mut server = Command::new(BIN)
        .args(["test-client", "--listen", "0", "--cases", "1.1.1,9.1.6"])
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    // The line may hold more than is asked for; nothing else is read from this end.
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("ws://")).unwrap();
    let address = url.trim_start_matches("ws://").trim_end_matches('/').to_owned();
    (server, address)
}

fn connect(address: &str, request: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(request.as_bytes()).unwrap();
    client
}

fn answer(address: &str, request: &str) -> String {
    let mut text = Vec::new();
    let _ = connect(address, request).read_to_end(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn a_client_that_is_refused_is_told_why_and_so_is_who_watches() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, address) = start(folder.path(), &[]);
    let no_key = "GET /runCase?case=1&agent=a HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                  Sec-WebSocket-Version: 13\r\n\r\n";
    let no_head = "GET / HTTP/1.1\r\nHost: h\r\n\x1b[31mno colon\r\n\r\n";
    for (request, status, reason) in [
        (no_key, "400", "the Sec-WebSocket-Key header is missing"),
        (no_key, "400", "the Sec-WebSocket-Key header is missing"),
        (no_head, "400", "not an HTTP/1.1 head: line 3 is no header field: \"⟨ESC⟩[31mno colon\""),
    ] {
        let answer = answer(&address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, format!("{reason}\n"));
    }
    assert!(answer(&address, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").contains("This is a WebSocket port"));
    assert_eq!(answer(&address, "\x16\x03\x01"), "");
    // What was told is there: a refusal is told before it is answered.
    server.kill().unwrap();
    let output = server.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = told.lines().map(|line| line.split_once(" was not served: ").unwrap().1).collect();
    assert_eq!(
        lines,
        [
            "400: the Sec-WebSocket-Key header is missing",
            "400: not an HTTP/1.1 head: line 3 is no header field: \"⟨ESC⟩[31mno colon\"",
            "200: the request has no Upgrade header, so it was answered as that of a browser (RFC 6455 §4.1 item 5)",
            "it speaks TLS, and this port does not: its URL begins with ws://",
        ]
    );
}

#[test]
fn a_case_takes_no_longer_than_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, address) = start(folder.path(), &["--timeout", "0.5"]);
    // 9.1.6 allows a minute and more for its echo.
    let mut silent = connect(
        &address,
        "GET /runCase?casetuple=9.1.6&agent=silent HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    std::io::copy(&mut silent, &mut std::io::sink()).ok();
    let journal = folder.path().join("reports/clients/journal.jsonl");
    let outcome = || std::fs::read_to_string(&journal).unwrap_or_default();
    support::until("an outcome", || {
        outcome().contains("\"9.1.6\",\"agent\":\"silent\"") && outcome().ends_with('\n')
    });
    server.kill().unwrap();
    server.wait().unwrap();
    let last = outcome();
    let last: serde_json::Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    assert_eq!(last["verdict"], "incomplete", "{}", last["reason"]);
}
