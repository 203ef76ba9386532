//! Servers that are odd and right, over real sockets: what they must not be accused of.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use serde_json::Value;
use support::{Run, open, open_as, server, wsproof};
use wsproof_core::connection::{Connection, Options, TcpAction};
use wsproof_core::message::{Collector, DataKind, Event};

/// Echoes over the codec until both close frames were sent; `before_echo` is called before each message is sent back.
fn echo(stream: &mut TcpStream, before_echo: impl Fn()) {
    let mut connection = Connection::server(Options::default());
    let mut collector = Collector::new();
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        let mut messages = Vec::new();
        let mut events = connection.receive(&mut buffer[..read]);
        while let Ok(Some(event)) = events.next_event() {
            if let Event::Data(piece) = event
                && let Some(message) = collector.push(piece)
            {
                messages.push((message.kind, message.payload.to_vec()));
            }
        }
        for (kind, payload) in messages {
            before_echo();
            let sent = match kind {
                DataKind::Text => connection.send_text(std::str::from_utf8(&payload).expect("validated")),
                DataKind::Binary => connection.send_binary(&payload),
            };
            sent.expect("the connection is open");
        }
        let out = connection.transmit().to_vec();
        if stream.write_all(&out).is_err() {
            return;
        }
        connection.advance(out.len());
        if connection.tcp_action() == TcpAction::Close {
            return;
        }
    }
}

/// A server that does this with each connection, all side by side, after the opening handshake.
fn beside_each_other(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> String {
    let address = server(move |mut stream, _| {
        let serve = serve.clone();
        thread::spawn(move || {
            open(&mut stream);
            serve(stream);
        });
        None
    });
    format!("ws://{address}")
}

/// The outcomes as `--json` tells them.
fn outcomes(url: &str, arguments: &[&str]) -> (Run, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let all = [&["test-server", url, "--json", "--outdir", "r"], arguments].concat();
    let run = wsproof(folder.path(), &all);
    let lines = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (run, lines)
}

#[track_caller]
fn assert_verdicts(outcomes: &[Value], verdict: &str, words: &str) {
    assert!(!outcomes.is_empty());
    for outcome in outcomes {
        assert_eq!(outcome["verdict"], verdict, "{outcome}");
        assert!(outcome["reason"].as_str().unwrap().contains(words), "{words} is not in {outcome}");
    }
}

/// "Welcome" before anything was asked.
#[test]
fn a_server_may_greet() {
    let url = beside_each_other(|mut stream| {
        let _ = stream.write_all(b"\x81\x07welcome");
        echo(&mut stream, || ());
    });
    let cases = ["--cases", "1.1.2,1.2.2,2.2,3.1,5.3,6.3.1,7.1.1,9.7.1", "--profile", "quick"];
    let (run, seen) = outcomes(&url, &cases);
    run.succeeds();
    assert!(run.err.contains("the server sends a message by itself"), "{}", run.err);
    assert_verdicts(&seen, "pass", "the testee greets: a message of 7 octets");
    assert!(seen.iter().all(|outcome| outcome["behavior"] == "FAILED"), "Autobahn does not look past it");
    let (run, seen) = outcomes(&url, &[&cases[..], &["--ignore-greeting"]].concat());
    run.succeeds();
    assert!(seen.iter().all(|outcome| outcome["behavior"] == "OK"), "{seen:?}");
}

/// TCP ends more than a second after a perfect closing handshake, in cases whose own timers are half a second and longer.
#[test]
fn a_server_may_end_tcp_late() {
    let url = beside_each_other(|mut stream| {
        echo(&mut stream, || ());
        sleep(Duration::from_millis(1300));
    });
    let (run, seen) = outcomes(&url, &["--cases", "1.1.2,2.2,3.1,6.5.1,7.1.1,7.3.1", "--jobs", "6"]);
    run.succeeds();
    assert_verdicts(&seen, "pass-with-notes", "ended TCP only 1.");
    assert!(seen.iter().all(|outcome| outcome["findings"][0]["kind"] == "late_tcp_end"), "{seen:?}");
}

/// A server whose queue is full for a moment, so that it turns away some of the first cases.
#[test]
fn a_server_that_drops_some_handshakes_while_many_cases_run_is_asked_again() {
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
    // The first connection is a look at the server.
    const FULL: std::ops::RangeInclusive<usize> = 2..=3;
    let address = server(|mut stream, _| {
        let number = CONNECTIONS.fetch_add(1, Ordering::SeqCst);
        thread::spawn(move || {
            if FULL.contains(&number) {
                // What is unread when a socket is closed makes it a reset.
                let _ = stream.read(&mut [0; 4096]);
                return;
            }
            open(&mut stream);
            echo(&mut stream, || ());
        });
        None
    });
    let cases = ["--cases", "1.1.2,1.1.3,1.2.2,1.2.3", "--jobs", "4"];
    let (run, seen) = outcomes(&format!("ws://{address}"), &cases);
    run.succeeds();
    assert_verdicts(&seen, "pass", "");
    // On a busy machine another one may be slow, and is run again too.
    let again = seen.iter().filter(|outcome| outcome["rerun"] == "alone").count();
    assert!(again >= 2 && CONNECTIONS.load(Ordering::SeqCst) >= 7, "{seen:?}");
}

/// One that turns away all cases with compression, though another case has shown that the port and the scheme are right.
#[test]
fn a_server_that_drops_some_handshakes_always_is_not_asked_about_tls() {
    let address = server(|mut stream, _| {
        thread::spawn(move || {
            let mut head = Vec::new();
            let mut octet = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut octet), Ok(1)) {
                head.push(octet[0]);
            }
            if !String::from_utf8_lossy(&head).contains("permessage-deflate") {
                open_as(&mut stream, &head);
                echo(&mut stream, || ());
            }
        });
        None
    });
    let (run, seen) =
        outcomes(&format!("ws://{address}"), &["--cases", "1.1.2,12.1.1,13.1.1", "--profile", "quick"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert_verdicts(&seen[..1], "pass", "");
    assert_verdicts(
        &seen[1..],
        "fail",
        "before any octet of an answer; the handshake works without our offer",
    );
}

/// A server that is busy for long with the first cases, which run side by side, and quick afterwards.
#[test]
fn a_server_that_is_slow_only_while_many_cases_run_is_not_accused() {
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
    // The first connection is a look at the server.
    const BUSY: std::ops::RangeInclusive<usize> = 1..=4;
    let url = beside_each_other(|mut stream| {
        let number = CONNECTIONS.fetch_add(1, Ordering::SeqCst);
        echo(&mut stream, || {
            if BUSY.contains(&number) {
                sleep(Duration::from_secs(15));
            }
        });
    });
    let (run, seen) = outcomes(&url, &["--cases", "1.1.2,1.1.3,1.2.2,1.2.3", "--jobs", "4"]);
    run.succeeds();
    assert_verdicts(&seen, "pass", "");
    assert_eq!(CONNECTIONS.load(Ordering::SeqCst), 9, "each case was run again");
}

/// It ends TCP when six connections wait for that, or after a time: with two cases at a time there are six only if the next
/// begin while others wait.
#[test]
fn a_server_that_ends_tcp_late_does_not_keep_other_cases_waiting() {
    const TOGETHER: usize = 6;
    static WAITING: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let url = beside_each_other(|mut stream| {
        echo(&mut stream, || {});
        let waiting = WAITING.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(waiting, Ordering::SeqCst);
        // The first ones show that it is late.
        for _ in 0..70 {
            sleep(Duration::from_millis(10));
        }
        for _ in 0..200 {
            if MOST.load(Ordering::SeqCst) >= TOGETHER {
                break;
            }
            sleep(Duration::from_millis(10));
        }
        WAITING.fetch_sub(1, Ordering::SeqCst);
    });
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-server", &url, "--cases", "1,2", "--jobs", "2", "--json"]);
    run.succeeds();
    assert!(MOST.load(Ordering::SeqCst) >= TOGETHER, "{MOST:?}");
    // Each was waited for: none is said to have kept TCP open.
    assert!(!run.out.contains("tcp_kept_open") && !run.out.contains("kept TCP open"), "{}", run.out);
}
