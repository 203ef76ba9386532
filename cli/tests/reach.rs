//! Servers that are not just a port: a token, a Unix socket.

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};

#[cfg(unix)]
use support::index;
use support::{BIN, open_as, server, wsproof};

/// A server that lets those in who have one of these headers, and keeps the requests that came.
fn guarded(tokens: &'static [&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let requests = Arc::<Mutex<Vec<String>>>::default();
    let address = server({
        let requests = requests.clone();
        move |mut stream, _| {
            let mut head = Vec::new();
            let mut octet = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut octet), Ok(1)) {
                head.push(octet[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let knows = head.lines().any(|line| tokens.contains(&line));
            requests.lock().unwrap().push(head.clone());
            if !knows {
                let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
                return None;
            }
            open_as(&mut stream, head.as_bytes());
            // Echoes one message of less than 126 octets, then the close frame.
            let mut header = [0; 6];
            while stream.read_exact(&mut header).is_ok() {
                let [first, length, key @ ..] = header;
                let mut payload = vec![0; usize::from(length & 0x7f)];
                if stream.read_exact(&mut payload).is_err() {
                    break;
                }
                payload.iter_mut().zip(key.iter().cycle()).for_each(|(octet, key)| *octet ^= key);
                let _ = stream.write_all(&[&[first, length & 0x7f], &payload[..]].concat());
                if first & 15 == 8 {
                    break;
                }
            }
            None
        }
    });
    (address.to_string(), requests)
}

/// Whether any file of a folder has this text in it.
fn is_in(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            is_in(&path, text)
        } else {
            String::from_utf8_lossy(&fs::read(path).unwrap()).contains(text)
        }
    })
}

const BEARER: &str = "Authorization: Bearer t0ken-of-mine";
/// `user:s3cret`
const BASIC: &str = "Authorization: Basic dXNlcjpzM2NyZXQ=";

#[test]
fn a_server_that_wants_a_token_is_tested_and_the_token_is_in_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let (address, requests) = guarded(&[BEARER]);
    let url = format!("ws://{address}/chat");
    let common =
        ["test-server", &url, "--cases", "1.1.1,1.1.2", "-j", "1", "--outdir", "r", "--junit", "r/junit.xml"];
    let without = wsproof(folder.path(), &common);
    assert_eq!(without.status, 1, "{}", without.err);
    requests.lock().unwrap().clear();

    let more = [
        "--header",
        "X-First: 1",
        "--header",
        BEARER,
        "--header",
        "Cookie: id=s3cret; a=b",
        "--header",
        "host: other.example",
    ];
    let run = wsproof(folder.path(), &[&common[..], &more].concat());
    run.succeeds();
    let requests = requests.lock().unwrap();
    assert!(requests.len() >= 2);
    let ends =
        format!("Sec-WebSocket-Version: 13\r\nX-First: 1\r\n{BEARER}\r\nCookie: id=s3cret; a=b\r\n\r\n");
    for request in &*requests {
        assert!(request.starts_with("GET /chat HTTP/1.1\r\n") && request.ends_with(&ends), "{request}");
        assert_eq!(request.matches("ost: ").count(), 1, "{request}");
        assert!(request.contains("\r\nHost: other.example\r\n"), "{request}");
    }
    for secret in ["t0ken-of-mine", "s3cret"] {
        assert!(
            !is_in(&folder.path().join("r"), secret)
                && !run.out.contains(secret)
                && !run.err.contains(secret)
        );
    }
    assert!(is_in(&folder.path().join("r"), "Authorization: Bearer ***"));
    assert!(is_in(&folder.path().join("r"), "Cookie: id=***; a=***"));
}

#[test]
fn user_and_password_of_the_url_are_sent_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (address, requests) = guarded(&[BASIC]);
    let url = format!("ws://user:s3cret@{address}");
    let run = wsproof(folder.path(), &["test-server", &url, "--cases", "1.1.1", "--outdir", "r"]);
    run.succeeds();
    assert!(requests.lock().unwrap().iter().all(|request| request.contains(BASIC)));
    for secret in ["s3cret", "dXNlcjpzM2NyZXQ="] {
        assert!(!is_in(folder.path(), secret) && !run.out.contains(secret) && !run.err.contains(secret));
    }
    // A replay is told them likewise, and the report on a case is one to replay.
    let report = fs::read_dir(folder.path().join("r")).unwrap().map(|entry| entry.unwrap().path());
    let report =
        report.into_iter().find(|path| path.to_string_lossy().ends_with("_case_1_1_1.json")).unwrap();
    let replay =
        ["replay", report.to_str().unwrap(), "--url", &format!("ws://{address}"), "--outdir", "again"];
    assert_eq!(wsproof(folder.path(), &replay).status, 1, "it is let in without a password");
    wsproof(folder.path(), &[&replay[..], &["--header", BASIC]].concat()).succeeds();
    assert!(!is_in(folder.path(), "dXNlcjpzM2NyZXQ="));
}

#[cfg(unix)]
#[test]
fn a_server_on_a_unix_socket_is_started_and_tested() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(
        folder.path(),
        &[
            "test-server",
            "ws://app.example/chat",
            "--unix",
            "./socket",
            "--header",
            "Cookie: id=0123456789",
            "--cases",
            "1.1,2,7.1.5,12.1.1",
            "--outdir",
            "r",
            "--",
            BIN,
            "echo",
            "server",
            "--unix",
            "{unix}",
        ],
    );
    run.succeeds();
    assert_eq!(index(&folder.path().join("r")).len(), 8 + 11 + 1 + 1);
    assert!(is_in(&folder.path().join("r"), "Host: app.example:80"));
    // What is counted is what was sent, not what is shown of it.
    let report = fs::read_dir(folder.path().join("r")).unwrap().map(|entry| entry.unwrap().path());
    let report =
        report.into_iter().find(|path| path.to_string_lossy().ends_with("_case_12_1_1.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let shown = report["httpRequest"].as_str().unwrap().len() as u64;
    let sent = report["trafficStats"]["preopenOutgoingOctetsWireLevel"].as_u64().unwrap();
    assert_eq!(sent - shown, ("0123456789".len() - "***".len()) as u64);
    assert!(!folder.path().join("socket").exists(), "the echo server has removed it");
}

#[cfg(unix)]
#[test]
fn tls_is_spoken_through_a_unix_socket_too() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["test-server", "wss://localhost", "--unix", "s", "--cases", "1.1.1", "--"];
    wsproof(folder.path(), &[&arguments[..], &[BIN, "echo", "server", "--unix", "{unix}", "--tls"]].concat())
        .succeeds();
}

#[cfg(unix)]
#[test]
fn clients_are_waited_for_on_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(
        folder.path(),
        &[
            "test-client",
            "--unix",
            "socket",
            "--cases",
            "1.1,7.1",
            "--outdir",
            "r",
            "--",
            BIN,
            "echo",
            "client",
            "{url}",
            "--unix",
            "{unix}",
        ],
    );
    run.succeeds();
    assert!(run.out.contains("Waiting for clients on the Unix socket socket"), "{}", run.out);
    assert_eq!(index(&folder.path().join("r")).len(), 8 + 6);
    assert!(!folder.path().join("socket").exists());
}

#[cfg(unix)]
#[test]
fn a_unix_socket_that_is_not_there_or_in_use_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    wsproof(folder.path(), &["test-server", "ws://h", "--unix", &path("none"), "--cases", "1.1.1"])
        .fails_with(
            3,
            &["nobody listens on the Unix socket", "none: there is no such file", "Start the server first"],
        );
    fs::write(path("file"), "").unwrap();
    wsproof(folder.path(), &["test-server", "ws://h", "--unix", &path("file"), "--cases", "1.1.1"])
        .fails_with(3, &["the Unix socket", "file"]);
    wsproof(folder.path(), &["test-client", "--unix", &path("file"), "--cases", "1.1.1"])
        .fails_with(2, &["cannot listen on the Unix socket", "file", "remove it"]);
    assert!(Path::new(&path("file")).exists(), "what somebody else has made is left alone");
    let long = path(&"x".repeat(200));
    wsproof(folder.path(), &["test-server", "ws://h", "--unix", &long, "--cases", "1.1.1"])
        .fails_with(3, &["cannot connect to the Unix socket", "SUN_LEN"]);
}
