//! `wstest -m fuzzingclient` as a program, used as scripts use it.

mod wstest_support;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use wstest_support::{Program, index, one_at_a_time, wstest};

/// An echo server and the URL that it tells.
fn echo_server(folder: &Path, url: &str) -> (Program, String) {
    let mut server = Program::wstest(folder, &["-m", "testeeserver", "-w", url]);
    let line = server.line_with("Echoing on ");
    (server, line["Echoing on ".len()..].to_owned())
}

/// A server that answers each request with 404.
fn no_websocket() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    address
}

fn stdout(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Verdicts of an agent that are neither OK nor informational.
fn failures(agent: &serde_json::Value) -> Vec<String> {
    let cases = agent.as_object().unwrap().iter();
    let fine = |verdict: &serde_json::Value| verdict == "OK" || verdict == "INFORMATIONAL";
    let wrong = cases.filter(|(_, case)| !(fine(&case["behavior"]) && fine(&case["behaviorClose"])));
    wrong.map(|(id, case)| format!("{id}: {} {}", case["behavior"], case["behaviorClose"])).collect()
}

#[test]
fn servers_are_tested_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (_first, first) = echo_server(folder.path(), "ws://127.0.0.1:0");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let spec = format!(
        r#"{{"outdir": "reports/nested/servers/", "enable-ssl": false, "options": {{"failByDrop": false}},
            "servers": [{{"agent": "first/sync", "url": "{first}/path?x=1", "options": {{"version": 18}}}},
                        {{"agent": "closed", "url": "ws://{closed}"}},
                        {{"url": "{first}"}}],
            "cases": ["1.*", "7.1*", "8.*", "99.1", ""], "exclude-cases": [""],
            "exclude-agent-cases": {{"first/*": ["1.1.*"]}}}}"#
    );
    fs::write(folder.path().join("c.json"), spec).unwrap();
    let output = wstest(folder.path(), &["--mode=fuzzingclient", "--spec=c.json", "--webport=0"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("\nOk, will run 24 test cases against 3 servers\n"), "{said}");
    assert!(
        said.contains("\nSkipping test case 1.1.1 for agent first/sync by test configuration!\n"),
        "{said}"
    );
    assert!(
        said.contains("\nRunning test case ID 1.2.1 for agent first/sync from peer tcp4:127.0.0.1:"),
        "{said}"
    );
    assert!(said.contains(&format!("\nConnection to ws://{closed} failed (")), "{said}");

    let index = index(&folder.path().join("reports/nested/servers"));
    // The last has no name in the spec file: it is called what it calls itself.
    let names: Vec<_> = index.keys().map(String::as_str).collect();
    assert_eq!(names, ["first/sync", concat!("wsproof/", env!("CARGO_PKG_VERSION"))]);
    let counts: Vec<_> = index.values().map(|agent| agent.as_object().unwrap().len()).collect();
    assert_eq!(counts, [16, 24]);
    for (name, agent) in &index {
        assert_eq!(failures(agent), [""; 0], "{name}");
    }
}

#[test]
fn the_spec_file_may_be_implicit_and_name_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, url) = echo_server(folder.path(), "ws://127.0.0.1:0");
    let spec =
        r#"{"outdir": "./reports", "cases": ["1.1.1"], "exclude-cases": [""], "exclude-agent-cases": {}}"#;
    fs::write(folder.path().join("fuzzingclient.json"), spec).unwrap();
    let output = wstest(folder.path(), &["-m", "fuzzingclient"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("names no servers"));

    let output = wstest(folder.path(), &["-m", "fuzzingclient", "-w", &url]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("Using implicit spec file 'fuzzingclient.json'\n"));
    assert_eq!(index(&folder.path().join("reports")).len(), 1);
}

#[test]
fn a_server_that_is_not_there_or_speaks_no_websocket_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let spec = r#"{"cases": ["1.1.1", "7.1.6", "7.1.1"]}"#;
    fs::write(folder.path().join("fuzzingclient.json"), spec).unwrap();
    let reports = folder.path().join("reports").join("servers");

    let output = wstest(folder.path(), &["-m", "fuzzingclient", "-w", &format!("ws://{closed}")]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read_to_string(reports.join("index.json")).unwrap(), "{}");

    let output = wstest(folder.path(), &["-m", "fuzzingclient", "-w", &format!("ws://{}", no_websocket())]);
    assert_eq!(output.status.code(), Some(0));
    let index = index(&reports);
    assert_eq!(index["UnknownServer"]["1.1.1"]["behavior"], "FAILED");
    assert_eq!(index["UnknownServer"]["1.1.1"]["behaviorClose"], "FAILED");
    assert_eq!(index["UnknownServer"]["7.1.6"]["behavior"], "INFORMATIONAL");
}

#[test]
fn nothing_selected_is_soon_done() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fuzzingclient.json"), r#"{"cases": ["8.*"], "outdir": "r"}"#).unwrap();
    let output = wstest(folder.path(), &["-m", "fuzzingclient", "-w", "ws://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("\nOk, will run 0 test cases against 1 servers\n"));
    assert!(index(&folder.path().join("r")).is_empty());
}

#[test]
fn a_server_for_one_client_at_a_time_gets_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let address = one_at_a_time("serial");
    // Side by side, whoever waits for the end of 5.19 or 5.20, a second each, would fail the opening handshake.
    let spec =
        r#"{"cases": ["1.*", "5.19", "5.20"], "outdir": "r", "options": {"openHandshakeTimeout": 0.9}}"#;
    fs::write(folder.path().join("fuzzingclient.json"), spec).unwrap();
    let output = wstest(folder.path(), &["-m", "fuzzingclient", "-w", &format!("ws://{address}")]);
    assert_eq!(output.status.code(), Some(0));
    let index = index(&folder.path().join("r"));
    assert_eq!(index["serial"].as_object().unwrap().len(), 18);
    assert_eq!(failures(&index["serial"]), [""; 0]);
}

#[test]
fn all_servers_of_a_list_keep_their_tls() {
    let folder = tempfile::tempdir().unwrap();
    let (_one, one) = echo_server(folder.path(), "wss://127.0.0.1:0");
    let (_two, two) = echo_server(folder.path(), "wss://127.0.0.1:0");
    let spec = format!(
        r#"{{"cases": ["1.1.*"], "outdir": "r", "servers": [
            {{"agent": "one", "url": "{one}", "hostname": "test.example"}},
            {{"agent": "two", "url": "{two}", "protocols": ["a", "b"], "origin": "http://test.example"}}]}}"#
    );
    fs::write(folder.path().join("fuzzingclient.json"), spec).unwrap();
    let output = wstest(folder.path(), &["-m", "fuzzingclient"]);
    assert_eq!(output.status.code(), Some(0));
    let index = index(&folder.path().join("r"));
    for agent in ["one", "two"] {
        assert_eq!(index[agent].as_object().unwrap().len(), 8);
        assert_eq!(failures(&index[agent]), [""; 0], "{agent}");
    }
    let case = fs::read_to_string(folder.path().join("r").join("two_case_1_1_1.json")).unwrap();
    let case: serde_json::Value = serde_json::from_str(&case).unwrap();
    let request = case["httpRequest"].as_str().unwrap();
    assert!(request.contains("\r\nOrigin: http://test.example\r\n"), "{request}");
    assert!(request.contains("\r\nSec-WebSocket-Protocol: a,b\r\n"), "{request}");
}

#[test]
fn an_echo_client_visits_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.json"), r#"{"url": "ws://127.0.0.1:0", "cases": ["1.1.1"]}"#).unwrap();
    let mut server = Program::wstest(folder.path(), &["-m", "fuzzingserver", "-s", "s.json", "-u", "0"]);
    let address = server.address();
    let url = format!("ws://{address}/runCase?case=1&agent=visitor");
    assert_eq!(wstest(folder.path(), &["-m", "echoclient", "-w", &url]).status.code(), Some(0));
    let url = format!("ws://{address}/updateReports?agent=visitor");
    assert_eq!(wstest(folder.path(), &["-m", "echoclient", "-w", &url]).status.code(), Some(0));
    assert_eq!(index(&folder.path().join("reports/clients"))["visitor"]["1.1.1"]["behavior"], "OK");
}
