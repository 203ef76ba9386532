//! Runs inside another program: outcomes are waited for one by one.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use wsproof::embed::{ClientOptions, ClientRun, Profile, ReportFolder, ServerOptions, ServerRun, select};
use wsproof::net::ConnectOptions;
use wsproof::testee::echo_client::EchoClient;
use wsproof::testee::echo_server::EchoServer;
use wsproof_scenarios::{CaseRef, Testee, Verdict, scenario};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const LONG: Option<Duration> = Some(Duration::from_secs(60));

fn cases(patterns: &[&str]) -> Vec<CaseRef> {
    let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
    select(Profile::Full, &patterns, &[], &[]).unwrap()
}

fn own() -> Vec<CaseRef> {
    let text = r#"[
        {"description": "A ping inside a message.",
         "steps": [
            {"do": "frame", "opcode": "text", "fin": false, "payload": {"text": "a"}},
            {"do": "frame", "opcode": "ping", "payload": {"text": "x"}},
            {"do": "frame", "opcode": "continuation", "payload": {"text": "b"}},
            {"do": "close_after", "seconds": 1}],
         "accept": [{"events": [{"event": "pong", "payload": {"text": "x"}},
                                {"event": "message", "payload": {"text": "ab"}}]}]},
        {"description": "An echo that never comes.",
         "steps": [{"do": "message", "payload": {"text": "a"}}, {"do": "close_after", "seconds": 0.1}],
         "accept": [{"events": [{"event": "message", "payload": {"text": "b"}}]}]}
    ]"#;
    scenario::parse(text).unwrap().into_iter().map(CaseRef::from).collect()
}

#[test]
fn every_outcome_can_be_waited_for_and_the_report_is_there_at_the_end() {
    let echo = EchoServer::start_thread(ANY_PORT).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let chosen = select(Profile::Full, &["1.1.*".to_owned(), "100".to_owned()], &[], &own()).unwrap();
    let mut options = ServerOptions::new(echo.url().to_string(), chosen.clone());
    options.report = Some(ReportFolder { dir: folder.path().to_owned(), junit: None });
    let run = ServerRun::start(options).unwrap();
    for case in &chosen {
        let outcome = run.outcomes().wait(case.id, None, LONG).unwrap().expect("within a minute");
        let wanted = if case.id.to_string() == "100.2" { Verdict::Fail } else { Verdict::Pass };
        assert_eq!((outcome.id, outcome.verdict), (case.id, wanted), "{}", outcome.reason);
        assert_eq!(outcome.testee, Testee::Server);
    }
    let written = run.finish().expect("a report was asked for");
    assert_eq!(written.trouble, None);
    assert!(written.paths.index_html.exists());
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().any(|name| name.ends_with("_case_100_1.json")), "{names:?}");
    let error = run.outcomes().wait("9.1.1".parse().unwrap(), None, None).unwrap_err();
    assert!(error.to_string().contains("not one of its cases"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_told_to_everybody_who_waits() {
    let port = wsproof::net::free_port().unwrap();
    let run =
        ServerRun::start(ServerOptions::new(format!("ws://127.0.0.1:{port}"), cases(&["1.1.*"]))).unwrap();
    let (tell, told) = mpsc::channel();
    run.outcomes().announce(
        "1.1.2".parse().unwrap(),
        None,
        Box::new(move |known| drop(tell.send(known.map(|_| ()).map_err(|failure| failure.to_string())))),
    );
    let error = run.outcomes().wait("1.1.1".parse().unwrap(), None, LONG).unwrap_err();
    assert!(error.to_string().contains("nobody listens"), "{error}");
    assert_eq!(told.recv().unwrap().unwrap_err(), error.to_string());
}

#[test]
fn a_wait_has_a_limit_and_a_dropped_run_ends() {
    // Accepts and says nothing.
    let silent = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let url = format!("ws://{}", silent.local_addr().unwrap());
    let run = ServerRun::start(ServerOptions::new(url, cases(&["1"]))).unwrap();
    let limit = Some(Duration::from_millis(20));
    assert!(matches!(run.outcomes().wait("1.1.1".parse().unwrap(), None, limit), Ok(None)));
    let outcomes = run.outcomes().clone();
    let begun = Instant::now();
    drop(run);
    assert!(outcomes.is_ended());
    // Not a speed: the run alone would wait five seconds for each handshake.
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn wrong_use_is_told_at_once() {
    let error = ServerRun::start(ServerOptions::new("http://x", cases(&["1"]))).unwrap_err();
    assert!(error.to_string().contains("ws://"), "{error}");
    let error = ServerRun::start(ServerOptions::new("ws://127.0.0.1:{port}", cases(&["1"]))).unwrap_err();
    assert!(error.to_string().contains("free port"), "{error}");
    assert!(select(Profile::Full, &["99".to_owned()], &[], &[]).unwrap_err().to_string().contains("no case"));
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_told_with_its_last_words() {
    let mut options = ServerOptions::new("ws://127.0.0.1:{port}", cases(&["1.1.1"]));
    options.command = ["sh", "-c", "echo no module named app; exit 1"].map(Into::into).to_vec();
    let run = ServerRun::start(options).unwrap();
    assert_ne!(run.url().port(), 0);
    let error = run.outcomes().wait("1.1.1".parse().unwrap(), None, LONG).unwrap_err();
    assert!(error.to_string().contains("no module named app"), "{error}");
}

fn run_client(url: &wsproof::net::Url) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = EchoClient {
        url: url.clone(),
        agent: "mine".to_owned(),
        jobs: 4,
        cases: None,
        connect: ConnectOptions::default(),
    };
    runtime.block_on(client.run()).unwrap();
}

#[test]
fn clients_are_tested_in_the_background() {
    let run = ClientRun::start(ClientOptions::new(cases(&["1.1.*"]))).unwrap();
    run_client(run.url());
    for case in cases(&["1.1.*"]) {
        let outcome = run.outcomes().wait(case.id, Some("mine"), LONG).unwrap().expect("within a minute");
        assert_eq!((outcome.verdict, outcome.testee), (Verdict::Pass, Testee::Client));
    }
    assert_eq!(run.begun(), 8);
    assert!(run.finish().is_none(), "no report was asked for");
    assert!(run.outcomes().wait("1.1.1".parse().unwrap(), Some("other"), None).is_err());
}

#[test]
fn one_case_is_served_at_every_path() {
    let case = cases(&["1.1.2"]).remove(0);
    let run = ClientRun::start(ClientOptions::one(case.clone(), "anybody")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = EchoClient {
        url: run.url().with_resource("/chat"),
        agent: String::new(),
        jobs: 1,
        cases: None,
        connect: ConnectOptions::default(),
    };
    runtime.block_on(client.visit()).unwrap();
    assert!(run.settle(Duration::from_secs(60)));
    let outcome = run.outcomes().wait(case.id, Some("anybody"), LONG).unwrap().unwrap();
    assert_eq!(outcome.verdict, Verdict::Pass, "{}", outcome.reason);
}
