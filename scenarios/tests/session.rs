//! Single sessions, octet by octet.

use std::time::Duration;

use wsproof_scenarios::{
    Action, Behavior, BehaviorClose, Case, ClientRequest, DropKind, LogEntry, LogEvent, Outcome,
    RecordedKeys, Session, SessionOptions, TcpEnd, TlsAlert, Verdict, catalogue, hex,
};

fn case(id: &str) -> &'static Case {
    catalogue::find(id.parse().unwrap()).unwrap()
}

fn octets(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

/// Takes everything that the session wants to write now.
fn written(session: &mut Session<'_>, now: Duration) -> Vec<u8> {
    let mut all = Vec::new();
    while let Action::Write(octets) = session.poll(now) {
        let octets = octets.to_vec();
        session.wrote(octets.len(), now);
        all.extend(octets);
    }
    all
}

const NONCE: [u8; 16] = *b"\x52\x46\xff\xb0\x63\xee\x18\xbf\x9b\x5e\x2f\x83\x60\x9a\x0c\xc3";
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nServer: testee\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: EM9ot2Dde0titVdDkp7IkJfFtvw=\r\n\r\n";

/// A session against a server whose handshake was completed.
fn opened(id: &str, masking_keys: &[[u8; 4]]) -> Session<'static> {
    let recorded = RecordedKeys { nonce: Some(NONCE), masking_keys: masking_keys.to_vec() };
    let options = SessionOptions { recorded: Some(recorded), ..SessionOptions::default() };
    let mut session = Session::connect(case(id), ClientRequest::new("127.0.0.1:9001", "/"), options);
    let request = String::from_utf8(written(&mut session, Duration::ZERO)).unwrap();
    assert!(request.contains("Sec-WebSocket-Key: Ukb/sGPuGL+bXi+DYJoMww==\r\n"), "{request}");
    session.receive(&mut ACCEPTED.to_vec(), Duration::ZERO);
    session
}

fn outcome(session: Session<'_>) -> Outcome {
    session.into_outcome("testee".to_owned(), 1, 0)
}

#[test]
fn headers_of_ones_own_are_sent_as_they_are_and_told_without_secrets() {
    let mut request = ClientRequest::new("127.0.0.1:9001", "/");
    let plain = {
        let mut session = Session::connect(case("1.1.1"), request.clone(), SessionOptions::default());
        String::from_utf8(written(&mut session, Duration::ZERO)).unwrap()
    };
    for (name, value) in [("b", "2"), ("Authorization", "Bearer abc"), ("B", "1"), ("Cookie", "id=abc")] {
        request.headers.push(name, value).unwrap();
    }
    let mut session = Session::connect(case("1.1.1"), request, SessionOptions::default());
    let sent = String::from_utf8(written(&mut session, Duration::ZERO)).unwrap();
    // Without them it is Autobahn's request, and with them it begins as that does.
    let start = plain.strip_suffix("\r\n").unwrap();
    assert_eq!(sent, format!("{start}b: 2\r\nAuthorization: Bearer abc\r\nB: 1\r\nCookie: id=abc\r\n\r\n"));
    session.peer_closed(TcpEnd::Fin, Duration::ZERO);
    let transcript = outcome(session).transcript;
    let shown = format!("{start}b: 2\r\nAuthorization: Bearer ***\r\nB: 1\r\nCookie: id=***\r\n\r\n");
    assert_eq!(transcript.http_request, shown);
    assert_eq!(transcript.sent_octets, [(sent.len() as u64, 1)].into());
    assert!(!serde_json::to_string(&transcript).unwrap().contains("abc"));
}

/// Autobahn's report of case 7.1.5, from the octets in it.
#[test]
fn the_report_of_7_1_5_is_reproduced() {
    let keys = [[0x57, 0x45, 0x57, 0xcc], [0x4f, 0xe9, 0x97, 0x21], [0xf2, 0x26, 0x3e, 0x43]];
    let mut session = opened("7.1.5", &keys);
    let now = Duration::ZERO;
    let sent = ["0189574557cc313736ab3a2039b866", "88824fe997214c01", "8089f2263e4394545f249f435037c0"];
    assert_eq!(hex::encode(&written(&mut session, now)), sent.concat());
    session.receive(&mut octets("880203e8"), now);
    session.peer_closed(TcpEnd::Fin, now);
    assert_eq!(session.poll(now), Action::Done);

    let outcome = outcome(session);
    assert_eq!((outcome.behavior, outcome.behavior_close), (Behavior::Ok, BehaviorClose::Ok));
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(outcome.result, "Actual events match at least one expected.");
    assert_eq!(outcome.result_close, "Connection was properly closed");
    assert!(outcome.received.is_empty());

    let facts = &outcome.facts;
    assert!(facts.opened && facts.closed_by_me && facts.was_clean);
    assert!(!facts.failed_by_me && !facts.dropped_by_me);
    assert_eq!((facts.local_close_code, facts.remote_close_code), (Some(1000), Some(1000)));
    assert_eq!((&facts.local_close_reason, &facts.remote_close_reason), (&None, &None));
    assert_eq!(facts.was_not_clean_reason, None);

    let transcript = &outcome.transcript;
    let request = transcript.http_request.len() as u64;
    assert_eq!(transcript.sent_octets, [(8, 1), (15, 2), (request, 1)].into());
    assert_eq!(transcript.received_octets, [(4, 1), (ACCEPTED.len() as u64, 1)].into());
    assert_eq!(transcript.sent_frames, [(0, 1), (1, 1), (8, 1)].into());
    assert_eq!(transcript.received_frames, [(8, 1)].into());

    let frame = |payload: &[u8], opcode, fin, mask| (payload.to_vec(), opcode, fin, mask);
    let sent: Vec<_> = transcript
        .wire_log
        .iter()
        .filter_map(|entry| match &entry.what {
            LogEvent::FrameSent { payload, opcode, fin, mask, rsv: 0, sync: false, .. } => {
                Some(frame(&payload.head, *opcode, *fin, *mask))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        sent,
        [
            frame(b"fragment1", 1, false, Some(keys[0])),
            frame(b"\x03\xe8", 8, true, Some(keys[1])),
            frame(b"fragment2", 0, true, Some(keys[2])),
        ]
    );
    let kinds: Vec<&str> = transcript
        .wire_log
        .iter()
        .map(|entry| match entry.what {
            LogEvent::OctetsSent { .. } => "TO",
            LogEvent::OctetsReceived { .. } => "RO",
            LogEvent::FrameSent { .. } => "TF",
            LogEvent::FrameReceived { .. } => "RF",
            LogEvent::KillTimerArmed { seconds: 1.0 } => "KL",
            LogEvent::TcpEnded { end: TcpEnd::Fin } => "FIN",
            _ => "?",
        })
        .collect();
    assert_eq!(kinds, ["TO", "RO", "TF", "TO", "TF", "TO", "TF", "TO", "KL", "RO", "RF", "FIN"]);
}

/// The time to answer begins when the octets have left, not when they were queued.
#[test]
fn timers_count_from_the_moment_the_octets_left() {
    let mut session = opened("6.5.1", &[]);
    let queued = Duration::ZERO;
    let Action::Write(octets) = session.poll(queued) else { panic!("a text is to be sent") };
    let n = octets.len();
    let left = Duration::from_millis(400);
    session.wrote(n, left);
    assert_eq!(session.poll(left), Action::Wait(Some(left + Duration::from_millis(500))));
}

/// A testee that does not read does not stop the clock.
#[test]
fn a_testee_that_does_not_read_is_not_waited_for() {
    let mut session = opened("9.1.6", &[]);
    let Action::Write(_) = session.poll(Duration::ZERO) else { panic!("a text is to be sent") };
    let late = Duration::from_secs(100);
    session.poll(late);
    assert!(
        session.next_due().is_some_and(|due| due <= late + Duration::from_secs(1)),
        "the close must be awaited"
    );
    session.poll(late + Duration::from_secs(1));
    let limit = SessionOptions::default().linger_limit;
    assert_eq!(session.poll(late + limit), Action::Drop(DropKind::Reset));
    let outcome = outcome(session);
    assert_eq!((outcome.behavior, outcome.behavior_close), (Behavior::Failed, BehaviorClose::Unclean));
    assert_eq!(outcome.verdict, Verdict::Fail);
}

#[test]
fn a_testee_that_sends_for_ever_is_cut_off() {
    let mut session = opened("9.1.1", &[]);
    written(&mut session, Duration::ZERO);
    let mut pings = [0x89, 0x00].repeat(32_768);
    let mut reads = 0;
    while !matches!(session.poll(Duration::ZERO), Action::Drop(_)) {
        written(&mut session, Duration::ZERO);
        session.receive(&mut pings, Duration::ZERO);
        reads += 1;
        assert!(reads < 10_000, "the session listens for ever");
    }
    let outcome = outcome(session);
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(outcome.reason.contains("without end"), "{}", outcome.reason);
}

#[test]
fn a_frame_of_2_to_the_63_octets_is_a_violation_at_once() {
    let mut session = opened("1.1.1", &[]);
    written(&mut session, Duration::ZERO);
    session.receive(&mut octets("827f8000000000000000"), Duration::ZERO);
    let outcome = outcome(session);
    assert!(outcome.facts.failed_by_me);
    assert_eq!(outcome.facts.local_close_code, Some(1002));
    assert!(outcome.reason.contains("top bit"), "{}", outcome.reason);
}

/// Log and events of a testee that never stops stay bounded.
#[test]
fn a_chatty_testee_fills_no_memory() {
    let mut session = opened("1.1.1", &[]);
    written(&mut session, Duration::ZERO);
    let mut pongs = octets("8a0161").repeat(20_000);
    for piece in pongs.chunks_mut(60_000) {
        session.receive(piece, Duration::ZERO);
    }
    session.peer_closed(TcpEnd::Fin, Duration::ZERO);
    let outcome = outcome(session);
    assert_eq!(outcome.received.len(), Outcome::MAX_EVENTS);
    assert_eq!(outcome.events_left_out, 20_000 - Outcome::MAX_EVENTS as u64);
    let log = &outcome.transcript.wire_log;
    assert!(log.len() < 20, "{}", log.len());
    let is_pong = |entry: &&LogEntry| matches!(entry.what, LogEvent::FrameReceived { .. });
    let pongs = log.iter().filter(is_pong).map(|entry| 1 + entry.repeats.as_ref().map_or(0, |r| r.times));
    assert_eq!(pongs.sum::<u64>(), 20_000);
    assert_eq!(log.last().unwrap().what, LogEvent::TcpEnded { end: TcpEnd::Fin });
    assert_eq!(outcome.transcript.received_frames, [(10, 20_000)].into());
}

#[test]
fn a_dead_testee_is_given_up_after_the_idle_limit() {
    let options = SessionOptions { idle_limit: Some(Duration::from_secs(2)), ..SessionOptions::default() };
    let mut session = Session::connect(case("9.7.6"), ClientRequest::new("h:1", "/"), options);
    let request = String::from_utf8(written(&mut session, Duration::ZERO)).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = wsproof_core::handshake::accept_key(key);
    let response = String::from_utf8(ACCEPTED.to_vec()).unwrap();
    let response = response.replace("EM9ot2Dde0titVdDkp7IkJfFtvw=", &accept);
    session.receive(&mut response.into_bytes(), Duration::ZERO);
    written(&mut session, Duration::ZERO);
    assert_eq!(session.poll(Duration::ZERO), Action::Wait(Some(Duration::from_secs(2))));
    assert!(!written(&mut session, Duration::from_secs(2)).is_empty(), "a close frame is sent");
    // Autobahn's pair is settled a second later; for our own verdict the idle limit goes on.
    assert_eq!(session.poll(Duration::from_secs(3)), Action::Wait(Some(Duration::from_secs(4))));
    assert_eq!(session.poll(Duration::from_secs(4)), Action::Drop(DropKind::Reset));
    let outcome = outcome(session);
    assert_eq!((outcome.behavior, outcome.behavior_close), (Behavior::Failed, BehaviorClose::Unclean));
    assert_eq!(outcome.verdict, Verdict::Fail);
}

/// Headers that never end are refused within bounded memory.
#[test]
fn an_endless_response_head_is_refused() {
    let mut session =
        Session::connect(case("1.1.1"), ClientRequest::new("h:1", "/"), SessionOptions::default());
    written(&mut session, Duration::ZERO);
    let mut piece = [&b"HTTP/1.1 101 x\r\nX: "[..], &[b'a'; 60_000]].concat();
    let mut reads = 0;
    while !matches!(session.poll(Duration::ZERO), Action::Drop(DropKind::Reset)) {
        session.receive(&mut piece, Duration::ZERO);
        reads += 1;
        assert!(reads < 10);
    }
    let outcome = outcome(session);
    assert_eq!((outcome.behavior, outcome.behavior_close), (Behavior::Failed, BehaviorClose::Failed));
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(outcome.transcript.http_response.len() < 5_000);
}

#[test]
fn the_time_of_a_case_is_told_apart() {
    let ms = Duration::from_millis;
    // A pause of a second within a text, and at most a second for the answer.
    let mut session = opened("5.19", &[[1; 4]; 9]);
    written(&mut session, ms(0));
    session.receive(&mut octets("8a09706f6e676d65203121"), ms(300));
    session.worked(ms(7));
    session.worked(ms(5));
    assert_eq!(session.next_due(), Some(ms(1000)));
    written(&mut session, ms(1000));
    assert_eq!(session.next_due(), Some(ms(2000)));
    written(&mut session, ms(2000));
    session.receive(&mut octets("880203e8"), ms(2400));
    session.peer_closed(TcpEnd::Fin, ms(2500));
    let outcome = outcome(session);
    assert_eq!((outcome.duration_us, outcome.own_us, outcome.waited_us), (2_500_000, 12_000, 1_700_000));
}

/// After our close frame the testee may end TCP in any way: which it was is kept.
#[test]
fn fin_reset_and_tls_alert_are_told_apart() {
    for end in [TcpEnd::Fin, TcpEnd::Reset, TcpEnd::Tls(TlsAlert(116))] {
        let mut session = opened("7.1.1", &[]);
        written(&mut session, Duration::ZERO);
        session.peer_closed(end, Duration::from_millis(3));
        let outcome = outcome(session);
        assert_eq!(outcome.facts.tcp_end, Some(end));
        let last = outcome.transcript.wire_log.last().unwrap();
        assert_eq!((last.at_us, &last.what), (3_000, &LogEvent::TcpEnded { end }));
        // What Autobahn's reports say is the same for each.
        assert_eq!(
            outcome.facts.was_not_clean_reason.as_deref(),
            Some("peer dropped the TCP connection without previous WebSocket closing handshake")
        );
        let line = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&line).unwrap(), outcome);
    }
}

#[test]
fn an_end_after_ours_is_not_the_testees() {
    let mut session = opened("7.1.1", &[]);
    let mut now = Duration::ZERO;
    loop {
        written(&mut session, now);
        match session.poll(now) {
            Action::Wait(Some(until)) => now = until,
            Action::Drop(_) => break,
            other => panic!("{other:?}"),
        }
    }
    session.peer_closed(TcpEnd::Reset, now);
    let outcome = outcome(session);
    assert!(outcome.facts.dropped_by_me);
    assert_eq!(outcome.facts.tcp_end, None);
}

#[test]
fn a_case_that_is_cut_off_blames_no_end_of_tcp_on_the_testee() {
    let mut session = opened("7.1.1", &[]);
    written(&mut session, Duration::ZERO);
    session.cut_off(Duration::from_millis(10));
    assert_eq!(session.poll(Duration::from_millis(10)), Action::Done);
    let outcome = outcome(session);
    assert!(outcome.facts.dropped_by_me && outcome.facts.tcp_end.is_none());
    let why = outcome.facts.was_not_clean_reason.unwrap();
    assert!(why.contains("time limit"), "{why}");
}

/// A journal of an older version has no such field.
#[test]
fn facts_without_the_end_of_tcp_are_read() {
    let mut facts = serde_json::to_value(wsproof_scenarios::Facts::default()).unwrap();
    assert!(facts.get("tcp_end").is_none());
    facts["was_clean"] = true.into();
    let facts: wsproof_scenarios::Facts = serde_json::from_value(facts).unwrap();
    assert_eq!((facts.was_clean, facts.tcp_end), (true, None));
}
