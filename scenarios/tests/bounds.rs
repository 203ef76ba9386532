//! What one case keeps of a testee that means harm, and how long it listens to it.

use std::time::Duration;

use wsproof_core::frame::mask;
use wsproof_scenarios::{
    Action, Behavior, Case, CutShort, Outcome, Session, SessionOptions, TcpEnd, Transcript, Verdict,
    catalogue,
};

const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

fn case(id: &str) -> &'static Case {
    catalogue::find(id.parse().unwrap()).unwrap()
}

/// A session with a client that has just opened the connection; what we have to say was taken.
fn opened(id: &str, options: SessionOptions) -> Session<'static> {
    let mut session = Session::accept(case(id), HEAD, options, Duration::ZERO);
    take_all(&mut session, Duration::ZERO);
    session
}

fn take_all(session: &mut Session<'_>, now: Duration) {
    while let Action::Write(octets) = session.poll(now) {
        let n = octets.len();
        session.wrote(n, now);
    }
}

/// A client's frame, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        n @ 0..=125 => frame.push(0x80 | n as u8),
        n => {
            frame.push(0xfe);
            frame.extend_from_slice(&u16::try_from(n).unwrap().to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Hands octets in again and again, until the session has enough of them.
fn flood(session: &mut Session<'_>, octets: &[u8]) -> u64 {
    let mut came = 0;
    while !matches!(session.poll(Duration::ZERO), Action::Drop(_) | Action::Done) {
        take_all(session, Duration::ZERO);
        session.receive(&mut octets.to_vec(), Duration::ZERO);
        came += octets.len() as u64;
        assert!(came < 1 << 30, "the session listens for ever");
    }
    came
}

fn judged(session: Session<'_>) -> Outcome {
    session.into_outcome("a".to_owned(), 1, 0)
}

/// Octets of an outcome in a journal, which is about what it takes in memory too.
fn size(outcome: &Outcome) -> usize {
    serde_json::to_vec(outcome).unwrap().len()
}

#[test]
fn every_flood_is_cut_off_and_kept_small() {
    let longest = [&frame(0x82, &[7; 60_000])[..]].concat();
    let floods = [
        ("pings", frame(0x89, b"").repeat(5_000)),
        ("pongs", frame(0x8a, b"").repeat(5_000)),
        ("messages", frame(0x82, b"ab").repeat(5_000)),
        ("long messages", longest.clone()),
        ("empty fragments", [frame(0x02, b""), frame(0x00, b"").repeat(5_000)].concat()),
        (
            "a frame without end",
            [&b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0"[..], &[7; 60_000]].concat(),
        ),
    ];
    for (name, octets) in floods {
        let mut session = opened("9.1.1", SessionOptions::default());
        let came = flood(&mut session, &octets);
        assert!(came <= (16 << 20) + 4 * 65_536 + octets.len() as u64, "{name}: {came}");
        let outcome = judged(session);
        let log = outcome.transcript.wire_log.len();
        assert!(log <= Transcript::MAX_ENTRIES, "{name}: {log}");
        assert!(size(&outcome) < 256 << 10, "{name}: {}", size(&outcome));
        if outcome.reason.contains("without end") {
            assert!(matches!(outcome.cut_short, Some(CutShort::Flood { .. })), "{name}");
            assert!(outcome.reason.contains("cut short:"), "{name}: {}", outcome.reason);
        }
    }
}

/// A thousand events, each as long as the longest that the case expects, would be 64 MB.
#[test]
fn long_messages_are_not_hoarded() {
    let mut session = opened("1.1.8", SessionOptions::default());
    for n in 0..200_u32 {
        let mut octets = vec![b'*'; 65_535];
        octets[..4].copy_from_slice(&n.to_be_bytes());
        session.receive(&mut frame(0x82, &octets), Duration::ZERO);
        take_all(&mut session, Duration::ZERO);
    }
    session.peer_closed(TcpEnd::Fin, Duration::ZERO);
    let outcome = judged(session);
    assert!(outcome.received.len() <= 6, "{}", outcome.received.len());
    assert_eq!(outcome.received.len() as u64 + outcome.events_left_out, 200);
    assert_eq!((outcome.behavior, outcome.verdict), (Behavior::Failed, Verdict::Fail));
}

#[test]
fn a_testee_that_never_answers_is_not_waited_for_longer_than_said() {
    let limit = Duration::from_secs(1);
    let options = SessionOptions { wait_limit: Some(limit), ..SessionOptions::default() };
    let mut session = opened("9.1.1", options);
    // It moves, so that it is never idle.
    for tenth in 1..10 {
        session.receive(&mut frame(0x89, b""), Duration::from_millis(tenth * 100));
        take_all(&mut session, Duration::from_millis(tenth * 100));
    }
    assert!(matches!(session.poll(limit), Action::Write(_)), "our close frame");
    take_all(&mut session, limit);
    session.peer_closed(TcpEnd::Fin, limit);
    let outcome = judged(session);
    assert_eq!(outcome.cut_short, Some(CutShort::Wait { limit_ms: 1_000, allowed_ms: 10_000 }));
    assert!(outcome.reason.ends_with("The case was cut short: it waited 1 s of the 10 s that it allows."));
}

#[test]
fn a_limit_above_what_the_case_allows_changes_nothing() {
    let options = SessionOptions { wait_limit: Some(Duration::from_secs(30)), ..SessionOptions::default() };
    let mut session = opened("1.1.2", options);
    let payload = [b'*'; 125];
    let mut echo = frame(0x81, &payload);
    mask::apply([0; 4], 0, &mut echo[6..]);
    session.receive(&mut echo, Duration::ZERO);
    take_all(&mut session, Duration::ZERO);
    session.receive(&mut frame(0x88, &1000_u16.to_be_bytes()), Duration::ZERO);
    take_all(&mut session, Duration::ZERO);
    session.peer_closed(TcpEnd::Fin, Duration::ZERO);
    let outcome = judged(session);
    assert_eq!((outcome.verdict, outcome.cut_short), (Verdict::Pass, None), "{}", outcome.reason);
}

/// Reads of more sizes than anybody wants to see are counted together.
#[test]
fn sizes_of_reads_are_bounded() {
    let mut session = opened("9.1.6", SessionOptions::default());
    // One frame that never ends, read in pieces of ever other sizes.
    session.receive(&mut b"\x82\xff\0\0\0\0\x3f\0\0\0\0\0\0\0".to_vec(), Duration::ZERO);
    for size in 1..5_000 {
        session.receive(&mut vec![0; size], Duration::ZERO);
    }
    session.peer_closed(TcpEnd::Fin, Duration::ZERO);
    let transcript = judged(session).transcript;
    assert_eq!(transcript.received_octets.len(), Transcript::MAX_SIZES);
    let counted: u64 = transcript.received_octets.values().sum();
    assert_eq!(counted + transcript.reads_left_out, 5_001);
}
