//! `wstest -m fuzzingserver` as a program, used as scripts use it.

mod wstest_support;

use std::fs;

use wstest_support::{Client, Program, index, message, run_case, wstest};

/// A folder with a spec file for these cases, on a free port.
fn folder(cases: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let spec = format!(
        r#"{{"url": "ws://127.0.0.1:0", "outdir": "./reports/clients/", "cases": [{cases}], "exclude-cases": [""]}}"#
    );
    fs::write(folder.path().join("fuzzingserver.json"), spec).unwrap();
    folder
}

const SERVER: [&str; 4] = ["--mode", "fuzzingserver", "--webport", "0"];

#[test]
fn a_client_is_tested_and_reported() {
    let folder = folder(r#""1.1.*", "7.1.1""#);
    let mut server =
        Program::wstest(folder.path(), &["-m", "fuzzingserver", "-s", "fuzzingserver.json", "-u", "0"]);
    assert_eq!(server.line_with("spec file"), "Using explicit spec file 'fuzzingserver.json'");
    assert!(server.line_with("Loading spec from").ends_with("fuzzingserver.json"));
    let address = server.address();
    assert_eq!(server.line_with("Ok, will run"), "Ok, will run 9 test cases for any clients connecting");
    assert!(server.line_with("Cases = ").starts_with("Cases = ['1.1.1', '1.1.2', "));

    assert_eq!(message(address, "/getCaseCount").as_deref(), Some("9"));
    let info = message(address, "/getCaseInfo?case=9").unwrap();
    assert!(info.starts_with(r#"{"id": "7.1.1", "description": ""#), "{info}");

    run_case(address, "case=9&agent=my%20lib/1.0");
    let line = server.line_with("Running");
    assert!(
        line.starts_with("Running test case ID 7.1.1 for agent my lib/1.0 from peer tcp4:127.0.0.1:"),
        "{line}"
    );
    run_case(address, "casetuple=1.1.2&agent=my%20lib/1.0");
    let status = message(address, "/getCaseStatus?casetuple=1.1.2&agent=my+lib/1.0");
    assert_eq!(status.as_deref(), Some(r#"{"behavior": "OK"}"#));

    assert_eq!(message(address, "/updateReports?agent=my%20lib/1.0"), None);
    assert!(server.line_with("Updating").starts_with("Updating reports, requested by peer tcp4:127.0.0.1:"));
    let reports = folder.path().join("reports").join("clients");
    let index = index(&reports);
    assert_eq!(index.len(), 1);
    let cases = index["my lib/1.0"].as_object().unwrap();
    assert_eq!(cases.keys().collect::<Vec<_>>(), ["1.1.2", "7.1.1"]);
    assert_eq!(cases["1.1.2"]["reportfile"], "my_lib_1_0_case_1_1_2.json");
    let case = fs::read_to_string(reports.join("my_lib_1_0_case_1_1_2.json")).unwrap();
    let case: serde_json::Value = serde_json::from_str(&case).unwrap();
    // The position among the selected cases, as in the original.
    assert_eq!((&case["case"], &case["isServer"]), (&2.into(), &true.into()));
}

#[test]
fn what_was_reported_survives_a_kill() {
    let folder = folder(r#""*""#);
    let mut server = Program::wstest(folder.path(), &SERVER);
    let address = server.address();
    run_case(address, "case=1&agent=a");
    message(address, "/updateReports?agent=a");
    server.kill();
    let reports = folder.path().join("reports").join("clients");
    assert_eq!(index(&reports)["a"]["1.1.1"]["behavior"], "OK");
    assert!(fs::read_to_string(reports.join("journal.jsonl")).unwrap().lines().count() == 2);
}

#[test]
fn it_ends_when_a_client_asks() {
    for path in [
        "/updateReports?agent=a&shutdownOnComplete=True",
        "/updateReports?agent=a&shutdownOnComplete=yes",
        "/stopServer",
    ] {
        let folder = folder(r#""1.1.1""#);
        let mut server = Program::wstest(folder.path(), &SERVER);
        let address = server.address();
        run_case(address, "case=1&agent=a");
        // Unlike the original, the client hears an answer before the server is gone.
        assert_eq!(Client::open(address, path).unwrap().end(), Some((None, String::new())), "{path}");
        assert_eq!(server.wait().code(), Some(0), "{path}");
        assert_eq!(index(&folder.path().join("reports").join("clients"))["a"]["1.1.1"]["behavior"], "OK");
    }
}

#[cfg(unix)]
#[test]
fn it_ends_on_a_signal_with_the_report_written() {
    let folder = folder(r#""*""#);
    let mut server = Program::wstest(folder.path(), &SERVER);
    let address = server.address();
    run_case(address, "case=1&agent=a");
    // Neither a waiting client nor a case under way keeps it from ending.
    let waiting = Client::open(address, "/getCaseStatus?case=2&agent=a").unwrap();
    let _running = Client::open(address, "/runCase?case=2&agent=a").unwrap();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    waiting.end();
    let index = index(&folder.path().join("reports").join("clients"));
    assert_eq!(index["a"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1.1.1"]);
}

#[test]
fn clients_are_tested_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.json"), r#"{"url": "wss://127.0.0.1:0", "cases": ["1.1.*", "7.*"]}"#)
        .unwrap();
    let mut server = Program::wstest(folder.path(), &["-m", "fuzzingserver", "-s", "s.json", "-u", "0"]);
    let port = server.address().port().to_string();
    let client =
        wstest(folder.path(), &["-m", "testeeclient", "-w", &format!("wss://localhost:{port}"), "-i", "me"]);
    assert!(client.status.success(), "{}", String::from_utf8_lossy(&client.stderr));
    let index = index(&folder.path().join("reports").join("clients"));
    let cases = index["me"].as_object().unwrap();
    assert_eq!(cases.len(), 8 + 37);
    let wrong =
        cases.values().filter(|case| !["OK", "INFORMATIONAL"].contains(&case["behavior"].as_str().unwrap()));
    assert_eq!(wrong.count(), 0);
}

#[test]
fn wrong_use_ends_with_one_and_a_reason() {
    let folder = folder(r#""*""#);
    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    fs::write(
        folder.path().join("taken.json"),
        format!(r#"{{"url": "ws://127.0.0.1:{port}", "cases": []}}"#),
    )
    .unwrap();
    fs::write(folder.path().join("query.json"), r#"{"url": "ws://127.0.0.1:0/?x", "cases": []}"#).unwrap();
    fs::write(folder.path().join("wrong.json"), "{\"url\": \"ws://127.0.0.1:0\",\n \"cases\": 1}").unwrap();
    fs::write(
        folder.path().join("outdir.json"),
        r#"{"url": "ws://h:0", "cases": [], "outdir": "query.json/x"}"#,
    )
    .unwrap();
    for (arguments, reason) in [
        (&["-m", "fuzzingserver", "-s", "taken.json", "-u", "0"][..], format!("{port}")),
        (&["-m", "fuzzingserver", "-s", "query.json", "-u", "0"], "must not have a query".to_owned()),
        (&["-m", "fuzzingserver", "-s", "wrong.json", "-u", "0"], "wrong.json, line 2, column".to_owned()),
        (&["-m", "fuzzingserver", "-s", "outdir.json", "-u", "0"], "query.json".to_owned()),
        (&["-m", "fuzzingserver", "-s", "none.json", "-u", "0"], "none.json cannot be read".to_owned()),
        (&["-m", "fuzzingserver", "-u", "99999"], "not a web port".to_owned()),
        (&["-m", "broadcastserver", "-w", "ws://h"], "not part of this tool".to_owned()),
        (&["-m", "nothing"], "there is no mode".to_owned()),
        (&["--nothing"], "--nothing".to_owned()),
        (&[], "a mode must be given".to_owned()),
    ] {
        let output = wstest(folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(&reason), "{arguments:?}: {said}");
    }
    for arguments in [&["--help"][..], &["--version"], &["-a"]] {
        assert_eq!(wstest(folder.path(), arguments).status.code(), Some(0), "{arguments:?}");
    }
}
