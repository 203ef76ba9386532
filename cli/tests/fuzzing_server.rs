//! The fuzzing server as a library: its URLs, its limits, its web port, over real sockets.

mod wstest_support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use wsproof::fuzzing_server::{Config, EndReason, FuzzingServer};
use wsproof::net::ListenAt;
use wsproof::progress::Progress;
use wsproof::results;
use wsproof_report::{CaseInfo, Options};
use wsproof_scenarios::select::AgentExclusions;
use wsproof_scenarios::{Case, SessionOptions, Testee, catalogue};
use wstest_support::{Client, ask, body, index, masked_text, message, run_case, status, upgrade};

/// A server on a thread of its own.
struct Server {
    folder: tempfile::TempDir,
    address: SocketAddr,
    web: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<EndReason>>,
}

impl Server {
    fn start(ids: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cases: Vec<&'static Case> =
            ids.iter().map(|id| catalogue::find(id.parse().unwrap()).unwrap()).collect();
        let reports = folder.path().join("reports");
        let options = Options {
            testee: Testee::Client,
            cases: cases.iter().map(|case| CaseInfo::from(*case)).collect(),
            junit: None,
            tool: "test".to_owned(),
            part: None,
        };
        let (results, keeper) = results::open(&reports, options, Progress::none()).unwrap();
        let seven = ["7.*".to_owned()];
        let config = Config {
            listen: ListenAt::Tcp("127.0.0.1:0".parse().unwrap()),
            tls: None,
            web: Some("127.0.0.1:0".parse().unwrap()),
            cases: cases.iter().map(Into::into).collect(),
            plain_agent: None,
            exclude_agent_cases: AgentExclusions::new([("spared*", &seven[..])]),
            session: SessionOptions::default(),
            case_limit: std::time::Duration::from_secs(120),
            allow_direct: false,
            serve_folder: Some(folder.path().to_owned()),
            results,
            reports,
            observer: Arc::new(|_| {}),
        };
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let why = runtime.block_on(async {
                let server = FuzzingServer::bind(config).unwrap();
                let web = server.web_url().unwrap();
                let web: SocketAddr = web["http://".len()..web.len() - 1].parse().unwrap();
                tell.send((server.address().unwrap(), web)).unwrap();
                server.run(async { drop(stopped.await) }).await
            });
            keeper.finish();
            why
        });
        let (address, web) = told.recv().unwrap();
        Self { folder, address, web, stop: Some(stop), thread: Some(thread) }
    }

    fn end(&mut self) -> EndReason {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap()
    }

    fn behavior(&self, agent: &str, id: &str) -> String {
        let index = index(&self.folder.path().join("reports"));
        index[agent][id]["behavior"].as_str().unwrap_or("none").to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        // The folder is deleted next: nobody may still write there. A failed server has failed the test already.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[test]
fn what_cannot_be_served_fails_the_handshake_with_a_reason() {
    let server = Server::start(&["1.1.1", "2.1"]);
    for (path, reason) in [
        ("/runCase?case=3&agent=a", "there is no case number 3: they are 1 to 2"),
        ("/runCase?case=1", "which agent?"),
        ("/runCase?agent=a", "which case?"),
        ("/runCase?case=1&agent=a&agent=b", "given twice"),
        ("/getCaseInfo?casetuple=1.1.2", "no case 1.1.2"),
        ("/getCaseStatus?case=1", "which agent?"),
        ("/updateReports", "which agent?"),
    ] {
        let answer = Client::open(server.address, path).err().unwrap();
        assert!(answer.starts_with("HTTP/1.1 500 "), "{path}: {answer}");
        assert!(answer.split_once("\r\n\r\n").unwrap().1.contains(reason), "{path}: {answer}");
    }
}

#[test]
fn requests_that_are_no_handshake_are_answered() {
    let server = Server::start(&["1.1.1"]);
    assert_eq!(status(server.address, "/"), 200);
    assert!(body(server.address, "/anything").contains("<h1>"));
    let answer = ask(server.address, b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    for (request, status) in [
        (upgrade("/").replace("GET", "POST"), 405),
        (upgrade("/").replace("Version: 13", "Version: 25"), 426),
        (upgrade("/").replace("Host: testee:80\r\n", ""), 400),
        (upgrade("/").replace("dGhl", "@@@@"), 400),
        (upgrade("/").replace("HTTP/1.1", "HTTP/1.0"), 505),
        ("a".repeat(70_000), 431),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(500)), 431),
    ] {
        let answer = ask(server.address, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{:.60}: {answer}", request);
    }
    // A client that speaks TLS could not read an answer.
    assert_eq!(ask(server.address, b"\x16\x03\x01\x02\0\x01\0\r\n\r\n"), "");
    // Somebody looks whether the port answers, and goes.
    drop(wstest_support::connect(server.address));
    assert_eq!(message(server.address, "/getCaseCount").as_deref(), Some("1"));
}

#[test]
fn a2_9_and_a2_10_odd_handshakes_are_accepted() {
    let server = Server::start(&["1.1.1"]);
    let head = upgrade("/getCaseCount");
    for head in [
        head.replace("testee:80", "other.example:4711"),
        head.replace("testee:80", "testee"),
        head.replace("testee:80", "[::1]"),
        head.replace("Version: 13", "Version: 8"),
        head.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate; strange=1\r\n\r\n"),
        head.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: ,;\r\n\r\n"),
    ] {
        let mut client =
            Client::open_with(server.address, &head, b"").unwrap_or_else(|e| panic!("{head}{e}"));
        assert_eq!(client.next().as_deref(), Some("1"));
        assert_eq!(client.end(), Some((None, String::new())));
    }
}

#[test]
fn agents_of_any_name_are_kept_apart() {
    let server = Server::start(&["1.1.1"]);
    let agents = [
        ("gws-server%2Fsync%2Fws", "gws-server/sync/ws"),
        ("gws-server.sync.ws", "gws-server.sync.ws"),
        ("a%20b|c", "a b|c"),
        ("C%2B%2B", "C++"),
        ("%E2%82%AC%F0%9F%98%80", "€😀"),
        ("..%2F..%2Fetc", "../../etc"),
        ("%3Cscript%3E", "<script>"),
    ];
    for (encoded, _) in agents {
        run_case(server.address, &format!("case=1&agent={encoded}"));
    }
    message(server.address, "/updateReports?agent=x");
    let reports = server.folder.path().join("reports");
    let index = index(&reports);
    let mut files: Vec<_> = Vec::new();
    for (_, agent) in agents {
        let case = &index[agent]["1.1.1"];
        assert_eq!(case["behavior"], "OK", "{agent}");
        files.push(case["reportfile"].as_str().unwrap().to_owned());
        assert!(reports.join(files.last().unwrap()).is_file(), "{files:?}");
    }
    files.sort_unstable();
    files.dedup();
    assert_eq!(files.len(), agents.len(), "{files:?}");
}

#[test]
fn many_cases_of_one_client_run_at_once_and_the_last_result_counts() {
    let ids = ["1.1.1", "1.1.2", "1.2.1", "2.1", "2.2", "5.3", "7.1.1", "7.7.1"];
    let server = Server::start(&ids);
    let address = server.address;
    let threads: Vec<_> = (0..4 * ids.len())
        .map(|n| std::thread::spawn(move || run_case(address, &format!("case={}&agent=busy", n % 8 + 1))))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    message(address, "/updateReports?agent=busy");
    for id in ids {
        assert_eq!(server.behavior("busy", id), "OK", "{id}");
    }
    // The same case again, badly: the client goes away.
    Client::open(address, "/runCase?casetuple=1.1.2&agent=busy").unwrap().vanish();
    let status = message(address, "/getCaseStatus?casetuple=1.1.2&agent=busy");
    assert_eq!(status.as_deref(), Some(r#"{"behavior": "FAILED"}"#));
    message(address, "/updateReports?agent=busy");
    assert_eq!(server.behavior("busy", "1.1.2"), "FAILED");
}

#[test]
fn a_status_comes_when_the_case_has_one_for_all_who_wait() {
    let server = Server::start(&["1.1.1", "2.1"]);
    let mut waiting: Vec<_> =
        (0..3).map(|_| Client::open(server.address, "/getCaseStatus?case=2&agent=a").unwrap()).collect();
    // One of them loses patience.
    waiting.pop().unwrap().vanish();
    run_case(server.address, "case=2&agent=a");
    for mut client in waiting {
        assert_eq!(client.next().as_deref(), Some(r#"{"behavior": "OK"}"#));
        assert_eq!(client.end(), Some((None, String::new())));
    }
}

#[test]
fn who_waits_is_let_go_when_the_server_ends() {
    let mut server = Server::start(&["1.1.1"]);
    let mut waiting = Client::open(server.address, "/getCaseStatus?case=1&agent=never").unwrap();
    let direct = Client::open(server.address, "/").unwrap();
    let silent = wstest_support::connect(server.address);
    assert_eq!(server.end(), EndReason::Asked);
    assert_eq!(waiting.next(), None);
    direct.end();
    drop(silent);
}

#[test]
fn spared_clients_are_closed_at_once_and_not_reported() {
    let server = Server::start(&["1.1.1", "7.1.1"]);
    assert_eq!(
        Client::open(server.address, "/runCase?case=2&agent=spared-1").unwrap().end(),
        Some((None, String::new()))
    );
    // There will never be a status to wait for.
    assert_eq!(message(server.address, "/getCaseStatus?case=2&agent=spared-1"), None);
    run_case(server.address, "case=1&agent=spared-1");
    run_case(server.address, "case=2&agent=not-spared");
    message(server.address, "/updateReports?agent=x");
    let index = index(&server.folder.path().join("reports"));
    assert_eq!(index["spared-1"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1.1.1"]);
    assert_eq!(index["not-spared"].as_object().unwrap().len(), 1);
}

#[test]
fn frames_that_come_with_the_handshake_are_heard() {
    let server = Server::start(&["1.1.1"]);
    let early = masked_text(r#"["echo", {"payload": "early"}]"#);
    let mut client = Client::open_with(server.address, &upgrade("/"), &early).unwrap();
    assert_eq!(client.next().as_deref(), Some("early"));
    client.close();
    // In a case they count as the answer of the testee.
    Client::open_with(server.address, &upgrade("/runCase?case=1&agent=a"), &masked_text("early"))
        .unwrap()
        .echo();
    message(server.address, "/updateReports?agent=a");
    assert_eq!(server.behavior("a", "1.1.1"), "FAILED");
}

/// Quirk A2.11: whatever comes behind the request, one HTTP head is the answer to it.
#[test]
fn a2_11_bad_frames_that_come_with_the_handshake_bring_no_second_head() {
    let server = Server::start(&["1.1.1"]);
    for path in ["/runCase?case=1&agent=a", "/getCaseCount", "/"] {
        let mut request = upgrade(path).into_bytes();
        // A frame with a reserved opcode and no mask, a text that is no UTF-8, and a request.
        request.extend_from_slice(b"\xf3\x00\x81\x81\0\0\0\0\xffGET / HTTP/1.1\r\n\r\n");
        let answer = ask(server.address, &request);
        assert!(answer.starts_with("HTTP/1.1 101 "), "{path}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{path}: {answer}");
    }
}

#[test]
fn clients_on_this_machine_may_command() {
    let server = Server::start(&["1.1.1"]);
    let mut client = Client::open(server.address, "/").unwrap();
    client.say(r#"["echo", {"payload": "one"}]"#);
    client.say(r#"["sendframe", {"opcode": 1, "payload": "ab", "payload_len": 3, "chopsize": 1}]"#);
    assert_eq!((client.next().as_deref(), client.next().as_deref()), (Some("one"), Some("aba")));
    client.say(r#"["sendframes", [{"opcode": 2, "rsv": 7, "fin": false, "payload": "x"}, {"opcode": 11}]]"#);
    assert_eq!(client.raw(5), b"\x72\x01x\x8b\x00");
    client.vanish();

    let mut client = Client::open(server.address, "/some/where").unwrap();
    client.say(r#"["close", {"code": 3000, "reason": "as asked"}]"#);
    assert_eq!(client.end(), Some((Some(3000), "as asked".to_owned())));

    let mut client = Client::open(server.address, "/").unwrap();
    client.say("what?");
    assert_eq!(client.end().unwrap().0, Some(1008));
}

#[test]
fn pages_from_elsewhere_may_not() {
    let server = Server::start(&["1.1.1"]);
    let foreign = |path| upgrade(path).replace("\r\n\r\n", "\r\nOrigin: https://evil.example\r\n\r\n");
    let (code, reason) =
        Client::open_with(server.address, &foreign("/stopServer"), b"").unwrap().end().unwrap();
    assert_eq!(code, Some(1008));
    assert!(reason.contains("only from this machine"), "{reason}");
    let mut client = Client::open_with(server.address, &foreign("/"), b"").unwrap();
    client.say(r#"["echo", {"payload": "x"}]"#);
    assert_eq!(client.end().unwrap().0, Some(1008));
    assert_eq!(message(server.address, "/getCaseCount").as_deref(), Some("1"));
    let local = upgrade("/stopServer").replace("\r\n\r\n", "\r\nOrigin: http://localhost:8080\r\n\r\n");
    assert_eq!(Client::open_with(server.address, &local, b"").unwrap().end(), Some((None, String::new())));
}

#[test]
fn the_web_port_has_a_page_the_cases_and_the_reports() {
    let server = Server::start(&["1.1.1", "2.1"]);
    let page = body(server.web, "/");
    assert!(page.contains(&format!("const PORT = {};", server.address.port())));
    assert_eq!(page, body(server.web, "/test_browser.html"));
    // One file: whatever the page needs is in it.
    assert!(!page.contains("src=") && !page.contains("@import") && !page.contains("http://www"));
    let cases: serde_json::Value = serde_json::from_str(&body(server.web, "/cases.json")).unwrap();
    assert_eq!(cases["cases"][1]["id"], "2.1");

    run_case(server.address, "case=1&agent=a");
    message(server.address, "/updateReports?agent=a");
    assert!(body(server.web, "/reports/index.json").contains("a_case_1_1_1.json"));
    assert!(body(server.web, "/reports/").contains("<html"));
    assert_eq!(status(server.web, "/reports"), 301);
    assert_eq!(status(server.web, "/cwd/reports/a_case_1_1_1.html"), 200);
    assert!(body(server.web, "/cwd/").contains("\"./reports/\""));

    let answer =
        ask(server.web, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 405 ")
            && answer.to_ascii_lowercase().contains("\r\nallow: get, head\r\n")
    );
}

#[test]
fn the_web_port_shows_nothing_else() {
    let server = Server::start(&["1.1.1"]);
    std::fs::write(server.folder.path().join(".secret"), "x").unwrap();
    for path in [
        "/etc/passwd",
        "/reports/../.secret",
        "/reports/%2e%2e/%2e%2e/etc/passwd",
        "/reports/..%2f..%2fetc/passwd",
        "/cwd/.secret",
        "/cwd/%2esecret",
        "/cwd//etc/passwd",
        "/reports/no-such-file",
        "/reports\\..\\x",
        "/CWD/",
    ] {
        assert_eq!(status(server.web, path), 404, "{path}");
    }
    let answer = ask(server.web, b"GET //evil.example HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(!answer.to_ascii_lowercase().contains("location: //"), "{answer}");
    let long = format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(200_000));
    let answer = ask(server.web, long.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}
