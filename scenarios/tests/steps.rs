//! What the steps of a scenario put on the wire, and what a right and a wrong server get for it.

mod support;

use std::time::Duration;

use support::answer_to;
use wsproof_core::connection::{Connection, Options, TcpAction};
use wsproof_core::message::{Collector, DataKind, Event};
use wsproof_scenarios::{
    Action, Case, ClientRequest, Outcome, Session, SessionOptions, TcpEnd, Verdict, scenario,
};

/// A scenario of these steps, which a server must answer by failing the connection.
fn must_fail(steps: &str) -> Case {
    scenario(
        &format!("{steps}, {{\"do\": \"kill_after\", \"seconds\": 1}}"),
        r#"{"by_fuzzer": false, "codes": [1002]}"#,
    )
}

/// One that a server must echo `x` in, and that we close.
fn must_echo(steps: &str) -> Case {
    let text = format!("{steps}, {{\"do\": \"close_after\", \"seconds\": 1}}");
    let close = r#"{"require_clean": true, "auto_close": true}"#;
    let accept = r#"[{"events": [{"event": "message", "payload": {"text": "x"}}]}]"#;
    parsed(&text, accept, close)
}

fn scenario(steps: &str, close: &str) -> Case {
    parsed(steps, r#"[{"events": []}]"#, close)
}

fn parsed(steps: &str, accept: &str, close: &str) -> Case {
    let text = format!(r#"{{"description": "x", "steps": [{steps}], "accept": {accept}, "close": {close}}}"#);
    scenario::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}")).remove(0)
}

/// Runs the case against a server that does this with the octets that come; `None` ends TCP.
fn run(case: &Case, mut serve: impl FnMut(&mut [u8]) -> (Vec<u8>, bool)) -> (Vec<u8>, Outcome) {
    let mut now = Duration::ZERO;
    let mut session = Session::connect(case, ClientRequest::new("h:1", "/"), SessionOptions::default());
    let (mut sent, mut open) = (Vec::new(), false);
    loop {
        match session.poll(now) {
            Action::Write(octets) => {
                let mut octets = octets.to_vec();
                session.wrote(octets.len(), now);
                if !open {
                    open = true;
                    session.receive(&mut answer_to(&octets), now);
                    continue;
                }
                sent.extend_from_slice(&octets);
                let (mut answer, ends) = serve(&mut octets);
                session.receive(&mut answer, now);
                if ends {
                    session.peer_closed(TcpEnd::Fin, now);
                }
            }
            Action::Wait(until) => now = until.expect("a case ends by itself"),
            Action::Drop(_) | Action::Done => break,
        }
    }
    (sent, session.into_outcome("server".to_owned(), 1, 0))
}

/// A right server: it echoes and keeps every rule.
fn right(case: &Case) -> Outcome {
    let mut connection = Connection::server(Options::default());
    let mut collector = Collector::new();
    run(case, |octets| {
        let mut echoes = Vec::new();
        let mut events = connection.receive(octets);
        while let Ok(Some(event)) = events.next_event() {
            if let Event::Data(piece) = event
                && let Some(message) = collector.push(piece)
            {
                echoes.push((message.kind, message.payload.to_vec()));
            }
        }
        for (kind, payload) in echoes {
            let _ = match kind {
                DataKind::Text => connection.send_text(&String::from_utf8(payload).unwrap()),
                DataKind::Binary => connection.send_binary(&payload),
            };
        }
        let out = connection.transmit().to_vec();
        connection.advance(out.len());
        (out, connection.tcp_action() == TcpAction::Close)
    })
    .1
}

/// The octets that the case sends to a server that says nothing.
fn wire(case: &Case) -> Vec<u8> {
    run(case, |_| (Vec::new(), false)).0
}

const HELLO: &str = r#"{"do": "frame", "opcode": "text", "mask": "01020304", "payload": {"text": "Hello"}"#;

/// "Hello", masked with 01 02 03 04.
const MASKED: &[u8] = b"\x01\x02\x03\x04\x49\x67\x6f\x68\x6e";

#[test]
fn a_frame_is_on_the_wire_as_it_is_described() {
    for (keys, octets) in [
        ("", [&b"\x81\x85"[..], MASKED].concat()),
        (r#", "length": 16"#, [b"\x81\xfe\0\x05", MASKED].concat()),
        (r#", "length": 64"#, [b"\x81\xff\0\0\0\0\0\0\0\x05", MASKED].concat()),
        (r#", "announce": 126"#, [b"\x81\xfe\0\x7e", MASKED].concat()),
        (r#", "announce": 2"#, [b"\x81\x82", MASKED].concat()),
        (
            r#", "announce": 18446744073709551615"#,
            [b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", MASKED].concat(),
        ),
    ] {
        let sent = wire(&must_fail(&format!("{HELLO}{keys}}}")));
        assert_eq!(sent[..octets.len()], octets, "{keys}");
    }
    let unmasked = HELLO.replace("01020304", "none");
    assert!(wire(&must_fail(&format!("{unmasked}}}"))).starts_with(b"\x81\x05Hello"));
    let random = wire(&must_fail(&format!("{}}}", HELLO.replace("01020304", "random"))));
    assert_eq!(random[1], 0x85, "{random:02x?}");
    let octets = r#"{"do": "octets", "payload": {"hex": "00ff"}}, {"do": "octets", "payload": {"text": "GET"}, "chop": 1}"#;
    assert!(wire(&must_fail(octets)).starts_with(b"\0\xffGET"));
}

#[test]
fn a_payload_can_be_what_it_inflates_to() {
    let payload = r#"{"text": "Hello", "deflate": {"block": "fixed", "final": true, "tail": true}}"#;
    let case = must_fail(&format!(
        r#"{{"do": "frame", "opcode": 2, "rsv": 4, "mask": "none", "payload": {payload}}}"#
    ));
    let inflates = b"\xc2\x0c\xf3\x48\xcd\xc9\xc9\x07\0\0\0\0\xff\xff";
    assert!(wire(&case).starts_with(inflates), "{:02x?}", wire(&case));
    // It is written as the octets that it became, and those are the same case.
    let json = serde_json::to_string(&case).unwrap();
    assert_eq!(scenario::parse(&json).unwrap()[0], case);
}

#[test]
fn a_right_server_fails_the_connection_and_one_that_goes_on_is_seen() {
    let good = r#"{"do": "frame", "opcode": "text", "payload": {"text": "x"}}"#;
    for bad in [
        // Not masked, at once and between two fragments (RFC 6455 §5.1).
        r#"{"do": "frame", "opcode": "text", "mask": "none", "payload": {"text": "x"}}"#.to_owned(),
        r#"{"do": "frame", "opcode": "text", "fin": false, "payload": {"text": "x"}},
           {"do": "frame", "opcode": "continuation", "mask": "none", "payload": {"text": "y"}}"#
            .to_owned(),
        // A length that is not minimal, and one with its top bit set (§5.2).
        r#"{"do": "frame", "opcode": "binary", "length": 16, "payload": {"text": "x"}}"#.to_owned(),
        r#"{"do": "frame", "opcode": "binary", "length": 64, "payload": {"text": "x"}}"#.to_owned(),
        r#"{"do": "frame", "opcode": "binary", "announce": 9223372036854775808}"#.to_owned(),
        // Octets that are no frame.
        r#"{"do": "octets", "payload": {"text": "GET / HTTP/1.1\r\n\r\n"}}"#.to_owned(),
    ] {
        let case = must_fail(&bad);
        let outcome = right(&case);
        assert_eq!(outcome.verdict, Verdict::Pass, "{bad}: {}", outcome.reason);
        // One that answers a good echo whatever comes, and does not fail the connection.
        let careless = run(&case, |_| (b"\x82\x01x".to_vec(), false)).1;
        assert_eq!(careless.verdict, Verdict::Fail, "{bad}: {}", careless.reason);
        let silent = run(&case, |_| (Vec::new(), false)).1;
        assert_eq!(silent.verdict, Verdict::Fail, "{bad}: {}", silent.reason);
    }
    // Another key for each frame, and zeros, are right.
    for mask in ["00000000", "ffffffff", "random"] {
        let keyed = good.replacen("\"payload\"", &format!("\"mask\": \"{mask}\", \"payload\""), 1);
        let outcome = right(&must_echo(&keyed));
        assert_eq!(outcome.verdict, Verdict::Pass, "{mask}: {}", outcome.reason);
    }
}

#[test]
fn what_a_frame_cannot_be_is_said_with_its_place() {
    for (keys, field, words) in [
        (r#", "length": 8"#, "steps[0]", "7, 16 or 64, not 8"),
        (r#", "announce": 126, "length": 7"#, "steps[0].length", "holds 125 at most"),
        (r#", "announce": 65536, "length": 16"#, "steps[0].length", "a length of 65536 octets does not fit"),
        (r#", "rsv": 8"#, "steps[0].rsv", "from 0 to 7, not 8"),
        (r#", "chop": 0"#, "steps[0].chop", "at least 1"),
    ] {
        let text = format!(
            r#"{{"description": "x", "steps": [{HELLO}{keys}}}, {{"do": "kill_after", "seconds": 1}}],
            "accept": [{{"events": []}}]}}"#
        );
        let error = scenario::parse(&text).unwrap_err();
        assert_eq!(error.field(), field, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let text = HELLO.replace("01020304", "0102");
    let text = format!(r#"{{"description": "x", "steps": [{text}}}]}}"#);
    let error = scenario::parse(&text).unwrap_err().to_string();
    assert!(
        error.contains("`none`, `random` or a key of eight hexadecimal digits is wanted, not \"0102\""),
        "{error}"
    );
}
