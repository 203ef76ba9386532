//! The commands as a user types them, against testees that work.

mod support;

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use support::{BIN, index, until, wsproof};

/// A running `wsproof echo server`, ended with the test.
struct EchoServer {
    child: Child,
    url: String,
}

impl EchoServer {
    fn start(more: &[&str]) -> Self {
        let mut child = Command::new(BIN)
            .args(["echo", "server", "--listen", "0"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Echo server on ").expect("it says where it is").to_owned();
        Self { child, url }
    }
}

impl Drop for EchoServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_main_job_proves_server_and_client() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["--cases", "1.1,2,7.3", "--junit", "out.xml"]);
    run.succeeds();
    for half in ["servers", "clients"] {
        let report = folder.path().join("reports").join(half);
        let index = index(&report);
        assert_eq!(index.len(), 8 + 11 + 6, "{half}");
        assert!(
            index.values().all(|case| case["behavior"] == "OK" && case["behaviorClose"] == "OK"),
            "{half}"
        );
        assert!(run.out.contains(&format!("reports/{half}/index.html")) || cfg!(windows), "{}", run.out);
    }
    assert!(folder.path().join("out-server.xml").exists() && folder.path().join("out-client.xml").exists());
}

#[test]
fn quick_is_the_profile_unless_another_is_given_and_the_end_tells_how_to_run_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let command = ["test-server", "ws://127.0.0.1:{port}", "--cases", "1.1.1,9.7.1", "--outdir", "r"];
    let server = ["--", BIN, "echo", "server", "--listen", "{port}"];
    let run = wsproof(folder.path(), &[&command[..], &server].concat());
    run.succeeds();
    assert!(
        run.out.contains("Profile quick")
            && run.out.contains("of 1 case.")
            && run.out.contains("--profile full"),
        "{}",
        run.out
    );
    let report = std::fs::read_to_string(folder.path().join("r/journal.jsonl")).unwrap();
    assert!(report.contains("profile quick"), "the report says so too: {report}");
    for more in [&["--profile", "full"][..], &["--profile", "core", "--cases", "1.1.2"], &["--quiet"]] {
        let run = wsproof(folder.path(), &[&command[..], more, &server].concat());
        assert!(!run.succeeds().out.contains("--profile full"), "{more:?}: {}", run.out);
    }
    let cases = wsproof(folder.path(), &["cases", "--json", "9.7.1"]);
    assert!(cases.succeeds().out.contains("Profile quick"), "{}", cases.out);
    let cases = wsproof(folder.path(), &["cases", "--json", "--profile", "full", "9.7.1"]);
    assert!(!cases.succeeds().out.contains("Profile quick"), "{}", cases.out);
}

#[test]
fn every_line_of_json_is_json() {
    let server = EchoServer::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let run =
        wsproof(folder.path(), &["test-server", &server.url, "--cases", "1.1", "--json", "--agent", "a/b"]);
    run.succeeds();
    let lines: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(lines.len(), 8);
    for line in lines {
        assert_eq!(line["agent"], "a/b");
        assert_eq!(line["testee"], "server");
        assert_eq!(line["verdict"], "pass");
        assert_eq!(line["behavior"], "OK");
        assert_eq!(line["behaviorClose"], "OK");
        assert_eq!(line["remoteCloseCode"], 1000);
        assert!(line["duration"].is_u64() && line["reason"].is_string() && line["id"].is_string());
    }
    assert!(run.err.contains("Report: "), "{}", run.err);
}

#[test]
fn a_line_a_case_unless_quiet() {
    let server = EchoServer::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-server", &server.url, "--cases", "1.1.1"]);
    assert!(
        run.succeeds().out.lines().any(|line| line.starts_with("1.1.1 ") && line.contains("OK / OK")),
        "{}",
        run.out
    );
    let run = wsproof(folder.path(), &["test-server", &server.url, "--cases", "1.1.1", "--quiet"]);
    assert!(run.succeeds().out.lines().all(|line| !line.starts_with("1.1.1 ")), "{}", run.out);
    assert!(run.out.contains("1 Framing"), "{}", run.out);
    assert!(!run.out.contains('\x1b'), "no colours where nobody sees them");
}

#[test]
fn tls_is_spoken_and_verified_on_demand() {
    let server = EchoServer::start(&["--tls"]);
    assert!(server.url.starts_with("wss://"));
    let folder = tempfile::tempdir().unwrap();
    wsproof(folder.path(), &["test-server", &server.url, "--cases", "1,9.1.6", "--hostname", "localhost"])
        .succeeds();
    let run = wsproof(folder.path(), &["test-server", &server.url, "--cases", "1.1", "--tls-verify"]);
    run.fails_with(3, &["certificate"]);
}

#[test]
fn a_client_is_started_and_tested() {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        ["test-client", "--listen", "0", "--cases", "1.1,7.7", "--", BIN, "echo", "client", "{url}"];
    let run = wsproof(folder.path(), &arguments);
    run.succeeds();
    let index = index(&folder.path().join("reports/clients"));
    assert_eq!(index.len(), 8 + 13);
    assert!(folder.path().join("reports/clients/testee.log").exists());
}

#[test]
fn a_client_that_does_nothing_is_an_incomplete_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-client", "--listen", "0", "--", BIN, "--version"]);
    run.fails_with(3, &["no client has run a case"]);
    let run = wsproof(folder.path(), &["test-client", "--listen", "0", "--", BIN, "--wrong"]);
    run.fails_with(3, &["no client has run a case", "--wrong"]);
}

/// The page for browsers asks for the reports before its first case, so that an index of an earlier run is gone.
#[test]
fn reports_that_are_wanted_before_the_first_case_end_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Command::new(BIN)
        .args(["test-client", "--listen", "0", "--cases", "1.1.1", "--exit-after-update"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.split_whitespace().find(|word| word.starts_with("ws://")).unwrap();
    let mut early = TcpStream::connect(url.trim_start_matches("ws://").trim_end_matches('/')).unwrap();
    early
        .write_all(
            b"GET /updateReports?agent=a HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        )
        .unwrap();
    // The answer, and a close frame that it does not answer: the server drops TCP after a while.
    early.set_read_timeout(Some(support::PATIENCE)).unwrap();
    let mut answer = Vec::new();
    let _ = early.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{answer:?}");
    drop(early);
    wsproof(folder.path(), &["echo", "client", url]).succeeds();
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn a_server_is_started_on_a_free_port_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "test-server",
        "ws://127.0.0.1:{port}",
        "--cases",
        "1.1",
        "--",
        BIN,
        "echo",
        "server",
        "--listen",
        "127.0.0.1:{port}",
    ];
    wsproof(folder.path(), &arguments).succeeds();
    let report = folder.path().join("reports/servers");
    assert_eq!(index(&report).len(), 8);
    let log = std::fs::read_to_string(report.join("testee.log")).unwrap();
    let address =
        log.trim().strip_prefix("Echo server on ws://").expect("its output is in the log").to_owned();
    assert!(TcpStream::connect(address).is_err(), "it was stopped");
}

#[test]
fn a_server_that_does_not_start_leaves_its_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-server", "ws://127.0.0.1:0", "--", BIN, "explain", "0.0"]);
    run.fails_with(3, &["before it accepted a connection", "there is no case", "testee.log"]);
    assert!(index(&folder.path().join("reports/servers")).is_empty());
}

#[test]
fn cases_are_listed_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["cases"]);
    assert!(run.succeeds().out.contains("517 cases"));
    let run = wsproof(folder.path(), &["cases", "6.4", "--json"]);
    let cases: Vec<Value> = serde_json::from_str(&run.succeeds().out).unwrap();
    assert_eq!(cases.len(), 4);
    let run = wsproof(folder.path(), &["explain", "7.1.5"]);
    assert!(run.succeeds().out.contains("RFC 6455"), "{}", run.out);
    assert!(wsproof(folder.path(), &["--help"]).succeeds().out.contains("Exit status"));
    assert!(wsproof(folder.path(), &["--version"]).succeeds().out.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(BIN)
        .args(["cases", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(unix)]
#[test]
fn what_the_command_started_is_stopped_too() {
    let folder = tempfile::tempdir().unwrap();
    let script = "\"$0\" echo server --listen 127.0.0.1:$WSPROOF_PORT & wait";
    let arguments = ["test-server", "ws://127.0.0.1:0", "--cases", "1.1.1", "--", "sh", "-c", script, BIN];
    wsproof(folder.path(), &arguments).succeeds();
    let log = std::fs::read_to_string(folder.path().join("reports/servers/testee.log")).unwrap();
    let address =
        log.trim().strip_prefix("Echo server on ws://").expect("its output is in the log").to_owned();
    until("the grandchild is gone", || TcpStream::connect(&address).is_err());
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_finished() {
    use rustix::process::{Pid, Signal, kill_process};

    // The look at the server and the first case end at once, the second case never.
    let mut kept = Vec::new();
    let address = support::server(move |stream, number| {
        if number > 1 {
            kept.push(stream);
        }
        None
    });
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ws://{address}");
    let child = Command::new(BIN)
        .args([
            "test-server",
            &url,
            "--cases",
            "1.1",
            "--jobs",
            "1",
            "--open-timeout",
            "600",
            "--timeout",
            "600",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let report = folder.path().join("reports/servers");
    until("the first case is in the journal", || {
        std::fs::read_to_string(report.join("journal.jsonl"))
            .is_ok_and(|journal| journal.contains("\"1.1.1\",\"agent\""))
    });
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let run = support::Run::from(child.wait_with_output().unwrap());
    run.fails_with(130, &[]);
    assert_eq!(index(&report).keys().collect::<Vec<_>>(), ["1.1.1"]);
    assert!(run.out.contains("7 cases were not run"), "{}", run.out);
}

/// The index is kept while the run goes on, so that it is there when nobody could finish the run.
#[test]
fn a_killed_run_leaves_a_valid_report() {
    let folder = tempfile::tempdir().unwrap();
    let server = EchoServer::start(&[]);
    let mut run = Command::new(BIN)
        .current_dir(folder.path())
        .args(["test-server", &server.url, "--jobs", "1", "--outdir", "r", "--quiet"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let report = folder.path().join("r");
    until("a case is in the index", || report.join("index.json").exists() && !index(&report).is_empty());
    assert!(report.join("index.html").exists());
    run.kill().unwrap();
    run.wait().unwrap();

    let index = index(&report);
    assert!(!index.is_empty());
    for case in index.values() {
        let file = report.join(case["reportfile"].as_str().unwrap());
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["behavior"], case["behavior"]);
    }
}
