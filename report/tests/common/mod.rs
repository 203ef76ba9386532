//! Outcomes made up for tests and for the example: what a session would report, without one.
#![allow(dead_code, missing_docs)] // Not every user of this module needs all of it.

use wsproof_report::{CaseInfo, Options};
use wsproof_scenarios::case::{Clause, Level};
use wsproof_scenarios::{
    Behavior, BehaviorClose, CaseId, Event, Excerpt, ExpectedClose, Facts, LogEntry, LogEvent, Outcome,
    Testee, Transcript, Verdict,
};

/// 2026-11-22T12:10:45.204Z.
pub(crate) const STARTED_MS: u64 = 1_795_349_445_204;

pub(crate) const REQUEST: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1:9202\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: Ni3Yfb3FClNcKteGtaUbhQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

pub(crate) const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: 4mSK+1nSPv/GCAFEjJafOGIhcgo=\r\nServer: Sample/1.0\r\n\r\n";

pub(crate) fn id(text: &str) -> CaseId {
    text.parse().unwrap()
}

pub(crate) fn info(case: &str) -> CaseInfo {
    CaseInfo {
        id: id(case),
        description: format!("What {case} sends."),
        expectation: format!("What a right testee does in {case}."),
        clauses: vec![Clause { level: Level::Must, section: "RFC 6455 §5.5.1".to_owned() }],
        report_time: case.starts_with("9."),
    }
}

pub(crate) fn options(cases: &[&str]) -> Options {
    Options {
        testee: Testee::Server,
        cases: cases.iter().map(|case| info(case)).collect(),
        junit: None,
        tool: "wsproof 0.0.0".to_owned(),
        part: None,
    }
}

/// A conversation that keeps the log and the statistics as a session does.
#[derive(Default)]
pub(crate) struct Talk {
    pub(crate) transcript: Transcript,
    now_us: u64,
    key: u8,
}

impl Talk {
    pub(crate) fn opened() -> Self {
        let mut talk = Self {
            transcript: Transcript { log_on_at_end: true, ..Transcript::default() },
            ..Self::default()
        };
        talk.transcript.http_request = REQUEST.to_owned();
        talk.transcript.http_response = RESPONSE.to_owned();
        talk.after(40).octets_sent(REQUEST.as_bytes(), false);
        talk.after(610).octets_received(RESPONSE.as_bytes());
        talk
    }

    pub(crate) fn after(&mut self, us: u64) -> &mut Self {
        self.now_us += us;
        self
    }

    pub(crate) fn log(&mut self, what: LogEvent) -> &mut Self {
        self.transcript.wire_log.push(LogEntry::new(self.now_us, what));
        self
    }

    pub(crate) fn octets_sent(&mut self, octets: &[u8], sync: bool) -> &mut Self {
        *self.transcript.sent_octets.entry(octets.len() as u64).or_default() += 1;
        self.log(LogEvent::OctetsSent { octets: Excerpt::of(octets), sync })
    }

    pub(crate) fn octets_received(&mut self, octets: &[u8]) -> &mut Self {
        *self.transcript.received_octets.entry(octets.len() as u64).or_default() += 1;
        self.log(LogEvent::OctetsReceived { octets: Excerpt::of(octets) })
    }

    pub(crate) fn send(&mut self, opcode: u8, fin: bool, payload: &[u8]) -> &mut Self {
        self.key = self.key.wrapping_mul(31).wrapping_add(17);
        let key = [self.key, 0x18, 0xf0, 0xb1];
        *self.transcript.sent_frames.entry(opcode).or_default() += 1;
        self.log(LogEvent::FrameSent {
            payload: Excerpt::of(payload),
            opcode,
            fin,
            rsv: 0,
            mask: Some(key),
            repeated_to: None,
            chop: None,
            sync: false,
        });
        let mut octets = vec![u8::from(fin) << 7 | opcode, 0x80 | payload.len().min(125) as u8];
        octets.extend(key);
        octets.extend(payload.iter().enumerate().map(|(i, b)| b ^ key[i % 4]));
        self.octets_sent(&octets, false)
    }

    pub(crate) fn receive(&mut self, opcode: u8, fin: bool, payload: &[u8]) -> &mut Self {
        let mut octets = vec![u8::from(fin) << 7 | opcode, payload.len().min(125) as u8];
        octets.extend(payload);
        self.octets_received(&octets);
        *self.transcript.received_frames.entry(opcode).or_default() += 1;
        self.log(LogEvent::FrameReceived { payload: Excerpt::of(payload), opcode, fin, rsv: 0, mask: None })
    }
}

/// An echo of `Hello`, closed cleanly.
pub(crate) fn passed(agent: &str, case: &str) -> Outcome {
    let mut talk = Talk::opened();
    talk.after(30).send(1, true, b"Hello").log(LogEvent::KillTimerArmed { seconds: 1.0 });
    talk.after(412).receive(1, true, b"Hello");
    talk.after(20).send(8, true, &1000_u16.to_be_bytes());
    talk.after(380).receive(8, true, &1000_u16.to_be_bytes());
    let echo = Event::Message { binary: false, payload: Excerpt::of(b"Hello") };
    Outcome {
        id: id(case),
        agent: agent.to_owned(),
        testee: Testee::Server,
        number: 1,
        started_ms: STARTED_MS,
        duration_us: 1_204,
        own_us: 90,
        waited_us: 0,
        behavior: Behavior::Ok,
        behavior_close: BehaviorClose::Ok,
        result: "Actual events match at least one expected.".to_owned(),
        result_close: "Connection was properly closed".to_owned(),
        verdict: Verdict::Pass,
        reason: "The message came back unchanged, and the connection was closed cleanly with 1000."
            .to_owned(),
        findings: Vec::new(),
        rerun: None,
        expected: vec![(Behavior::Ok, vec![echo.clone()])],
        expected_close: ExpectedClose {
            closed_by_me: true,
            close_code: vec![1000],
            require_clean: true,
            closed_by_wrong_endpoint_is_fatal: false,
        },
        received: vec![echo],
        events_left_out: 0,
        cut_short: None,
        facts: Facts {
            opened: true,
            closed_by_me: true,
            was_clean: true,
            local_close_code: Some(1000),
            remote_close_code: Some(1000),
            ..Facts::default()
        },
        transcript: talk.transcript,
    }
}

/// Invalid text that the testee echoes instead of failing the connection.
pub(crate) fn failed(agent: &str, case: &str) -> Outcome {
    let invalid = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited";
    let mut talk = Talk::opened();
    talk.after(30).send(1, false, &invalid[..11]);
    talk.log(LogEvent::WaitBegins { seconds: 1.0, label: Some("A".to_owned()) });
    talk.after(1_000_240).log(LogEvent::WaitEnds { label: Some("A".to_owned()) });
    talk.send(0, false, &invalid[11..15]);
    talk.log(LogEvent::WaitBegins { seconds: 1.0, label: Some("B".to_owned()) });
    talk.after(1_000_180).log(LogEvent::WaitEnds { label: Some("B".to_owned()) });
    talk.send(0, true, &invalid[15..]).log(LogEvent::KillTimerArmed { seconds: 1.0 });
    talk.after(690).receive(1, true, invalid);
    talk.after(60).send(8, true, b"\x03\xefinvalid UTF-8 at octet 11 of the message");
    talk.after(300).receive(8, true, b"\x03\xef");
    let timeout = |label: &str| Event::Timeout { label: label.to_owned() };
    Outcome {
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::Failed,
        duration_us: 2_002_310,
        own_us: 240,
        waited_us: 2_000_000,
        result: "Actual events differ from any expected.".to_owned(),
        result_close: "The connection was failed by the wrong endpoint".to_owned(),
        verdict: Verdict::Fail,
        reason: "A text message with the octets f4 90 80 80 at offset 11, which are not UTF-8, was echoed. \
                 The testee must fail the connection: RFC 6455 section 8.1."
            .to_owned(),
        expected: vec![
            (Behavior::Ok, vec![timeout("A")]),
            (Behavior::NonStrict, vec![timeout("A"), timeout("B")]),
        ],
        expected_close: ExpectedClose {
            closed_by_me: false,
            close_code: vec![1007],
            require_clean: false,
            closed_by_wrong_endpoint_is_fatal: true,
        },
        received: vec![
            timeout("A"),
            timeout("B"),
            Event::Message { binary: false, payload: Excerpt::of(invalid) },
        ],
        events_left_out: 0,
        cut_short: None,
        facts: Facts {
            opened: true,
            closed_by_me: true,
            failed_by_me: true,
            was_clean: true,
            local_close_code: Some(1007),
            local_close_reason: Some(b"invalid UTF-8 at octet 11 of the message".to_vec()),
            remote_close_code: Some(1007),
            ..Facts::default()
        },
        transcript: talk.transcript,
        ..passed(agent, case)
    }
}

/// A testee that answers 404.
pub(crate) fn never_opened(agent: &str, case: &str) -> Outcome {
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let mut talk = Talk::default();
    talk.transcript.log_on_at_end = true;
    talk.transcript.http_request = REQUEST.to_owned();
    talk.transcript.http_response = answer.to_owned();
    talk.after(40).octets_sent(REQUEST.as_bytes(), false);
    talk.after(900).octets_received(answer.as_bytes());
    Outcome {
        duration_us: 0,
        own_us: 0,
        waited_us: 0,
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::Failed,
        result: "Actual events differ from any expected.".to_owned(),
        result_close: "The connection was not opened".to_owned(),
        verdict: Verdict::Incomplete,
        reason: "The server answered 404 Not Found; 101 Switching Protocols is wanted.".to_owned(),
        received: vec![],
        events_left_out: 0,
        cut_short: None,
        facts: Facts {
            dropped_by_me: true,
            was_not_clean_reason: Some("the opening handshake failed: status 404".to_owned()),
            ..Facts::default()
        },
        transcript: talk.transcript,
        ..passed(agent, case)
    }
}

/// Every text that a testee has a say in, full of things that must not come through.
pub(crate) const EVIL: &str = "\"onload=alert(1) '><script>alert(2)</script>&amp;]]>\u{202e}evil\u{0}\u{1b}[31m\r\nX: y\u{feff}\u{ffff}";

pub(crate) fn hostile(agent: &str, case: &str) -> Outcome {
    let mut talk = Talk::opened();
    talk.transcript.http_request = format!("GET /{EVIL} HTTP/1.1\r\n\r\n");
    talk.transcript.http_response = format!("HTTP/1.1 101 {EVIL}\r\n\r\n");
    talk.after(5).octets_received(format!("HTTP/1.1 101 {EVIL}").as_bytes());
    talk.receive(1, true, EVIL.as_bytes());
    talk.receive(8, true, &[b"\x03\xeb".as_slice(), EVIL.as_bytes()].concat());
    talk.log(LogEvent::WaitBegins { seconds: 0.5, label: Some(EVIL.to_owned()) });
    Outcome {
        agent: agent.to_owned(),
        verdict: Verdict::Fail,
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::Unclean,
        result: EVIL.to_owned(),
        result_close: EVIL.to_owned(),
        reason: EVIL.to_owned(),
        received: vec![
            Event::Message { binary: false, payload: Excerpt::of(EVIL.as_bytes()) },
            Event::Pong { payload: Excerpt::of(EVIL.as_bytes()) },
            Event::Timeout { label: EVIL.to_owned() },
        ],
        events_left_out: 0,
        cut_short: None,
        facts: Facts {
            opened: true,
            was_not_clean_reason: Some(EVIL.to_owned()),
            local_close_reason: Some(EVIL.as_bytes().to_vec()),
            remote_close_reason: Some(EVIL.to_owned()),
            remote_close_code: Some(1003),
            ..Facts::default()
        },
        transcript: talk.transcript,
        ..passed(agent, case)
    }
}
