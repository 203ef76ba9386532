//! `wsproof replay`: what was recorded of a wrong testee fails it again, and passes a right one.

mod support;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{BIN, Run, open, server, wsproof};

/// A right server, started by the command.
const RIGHT: [&str; 6] = ["--", BIN, "echo", "server", "--listen", "127.0.0.1:{port}"];

fn replay(folder: &Path, file: &str, more: &[&str]) -> Run {
    wsproof(folder, &[&["replay", file, "--outdir", "r", "--json"], more].concat())
}

#[track_caller]
fn verdicts(run: &Run) -> Vec<(String, String)> {
    let lines = run.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let verdicts: Vec<_> = lines
        .filter(|line| line["verdict"].is_string())
        .map(|line| (word(&line, "id"), word(&line, "verdict")))
        .collect();
    assert!(!verdicts.is_empty(), "out: {}\nerr: {}", run.out, run.err);
    verdicts
}

fn is(verdicts: &[(String, String)], id: &str, verdict: &str) -> bool {
    verdicts == [(id.to_owned(), verdict.to_owned())]
}

/// A server that sends every frame back, whatever is in it, with its bits and its payload.
fn mirror() -> String {
    let address = server(|mut stream, _| {
        open(&mut stream);
        let mut head = [0; 6];
        while stream.read_exact(&mut head).is_ok() {
            let [first, second, key @ ..] = head;
            let mut payload = vec![0; usize::from(second & 0x7f)];
            if stream.read_exact(&mut payload).is_err() {
                break;
            }
            payload.iter_mut().zip(key.iter().cycle()).for_each(|(octet, key)| *octet ^= key);
            let first = if first & 15 == 9 { first + 1 } else { first };
            let _ = stream.write_all(&[&[first, second & 0x7f], &payload[..]].concat());
            if first & 15 == 8 {
                break;
            }
        }
        None
    });
    format!("ws://{address}")
}

/// The report that a case gets against the mirror.
fn report(folder: &Path, case: &str) -> PathBuf {
    let run = wsproof(folder, &["test-server", &mirror(), "--cases", case, "--outdir", "recorded"]);
    assert_eq!(run.status, 1, "{}", run.err);
    let mut files = std::fs::read_dir(folder.join("recorded")).unwrap().map(|entry| entry.unwrap().path());
    let is_case =
        |path: &PathBuf| path.to_str().is_some_and(|path| path.contains("_case_") && path.ends_with(".json"));
    files.find(is_case).unwrap()
}

#[test]
fn the_report_on_a_built_in_case_runs_that_case() {
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path(), "6.3.1");
    let report = report.to_str().unwrap();
    for said in [&[][..], &["--format", "report"]] {
        let again = replay(folder.path(), report, &[&["--url", &mirror()], said].concat());
        assert!(again.status == 1 && is(&verdicts(&again), "6.3.1", "fail"), "{}", again.out);
    }
    let right = [&["--url", "ws://127.0.0.1:{port}", "--strict"], &RIGHT[..]].concat();
    assert!(is(&verdicts(replay(folder.path(), report, &right).succeeds()), "6.3.1", "pass"));
}

/// What a log has of a case, without knowing which it was.
#[test]
fn the_octets_of_a_report_are_a_scenario() {
    for case in ["3.2", "4.1.1", "5.1", "6.3.1"] {
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(report(folder.path(), case)).unwrap();
        let mut log: Value = serde_json::from_str(&text).unwrap();
        log["id"] = "100.1".into();
        std::fs::write(folder.path().join("log.json"), log.to_string()).unwrap();
        let again = replay(folder.path(), "log.json", &["--url", &mirror()]);
        assert!(again.status == 1 && is(&verdicts(&again), "100.1", "fail"), "{case}: {}", again.out);
        let right = [&["--url", "ws://127.0.0.1:{port}", "--strict"], &RIGHT[..]].concat();
        assert!(
            is(&verdicts(replay(folder.path(), "log.json", &right).succeeds()), "100.1", "pass"),
            "{case}"
        );
    }
}

#[test]
fn a_capture_tests_a_server_or_a_client() {
    let folder = tempfile::tempdir().unwrap();
    let capture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../inspect/tests/captures/chat.pcap");
    let capture = capture.to_str().unwrap();
    let right = [&["--url", "ws://127.0.0.1:{port}", "--strict"], &RIGHT[..]].concat();
    // The recorded server closed with 4001 at the end, which one that only echoes does not do.
    let right = replay(folder.path(), capture, &right);
    assert!(right.status == 1 && is(&verdicts(&right), "100.1", "pass-with-notes"), "{}", right.out);
    assert!(right.out.contains("4001"), "{}", right.out);
    let client = replay(folder.path(), capture, &["--", BIN, "echo", "client", "{url}"]);
    assert!(is(&verdicts(client.succeeds()), "100.1", "pass-with-notes"), "{}{}", client.out, client.err);
}

#[test]
fn a_scenario_is_run_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = r#"{"id": "100.7", "description": "a ping", "accept": [{"events": [{"event": "pong", "payload": {"text": "x"}}]}],
        "steps": [{"do": "frame", "opcode": "ping", "payload": {"text": "x"}}, {"do": "close_after", "seconds": 1}]}"#;
    std::fs::write(folder.path().join("own.json"), scenario).unwrap();
    let run = replay(folder.path(), "own.json", &["--", BIN, "echo", "client", "{url}"]);
    assert!(is(&verdicts(run.succeeds()), "100.7", "pass"));
}

#[test]
fn what_cannot_be_run_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("bad.json", r#"{"description": "x", "steps": []}"#);
    write("server.hex", "81 00");
    write("cut.hex", "81 85 00 00 00 00 61");
    for (file, more, words) in [
        ("none.json", &[][..], "none.json"),
        ("bad.json", &[], "bad.json"),
        ("server.hex", &[], "the client sent nothing"),
        ("server.hex", &["--connection", "2"], "there is no connection 2: it has 1"),
        ("cut.hex", &[], "only 1 of its 5 octets"),
    ] {
        let url = ["--url", "ws://127.0.0.1:9"];
        replay(folder.path(), file, &[&url[..], more].concat()).fails_with(2, &[words]);
    }
}
