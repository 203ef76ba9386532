//! Cases that are judged step by step.

mod support;

use std::time::Duration;

use support::answer_to;
use wsproof_scenarios::finding::FindingKind;
use wsproof_scenarios::{
    Action, Behavior, Case, ClientRequest, Outcome, Session, SessionOptions, TcpEnd, Verdict, scenario,
};

const CLAUSE: &str = r#"[{"level": "MUST", "section": "RFC 6455 §5.1"}]"#;

fn case(steps: &str) -> Case {
    let text = format!(r#"{{"description": "x", "clauses": {CLAUSE}, "steps": [{steps}]}}"#);
    scenario::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}")).remove(0)
}

/// What a server does with the frames that came, after so many milliseconds; `None` ends TCP.
type Answer<'a> = (u64, Option<&'a [u8]>);

/// Runs the case against a server that answers each write with the next of these, and a close frame with one.
fn run(case: &Case, answers: &[Answer<'_>]) -> Outcome {
    let mut now = Duration::ZERO;
    let mut session = Session::connect(case, ClientRequest::new("h:1", "/"), SessionOptions::default());
    let mut answers = answers.iter();
    let mut due: Option<(Duration, Option<Vec<u8>>)> = None;
    let (mut open, mut closed) = (false, false);
    loop {
        match session.poll(now) {
            Action::Write(octets) => {
                let octets = octets.to_vec();
                session.wrote(octets.len(), now);
                if !open {
                    open = true;
                    session.receive(&mut answer_to(&octets), now);
                } else if octets[0] == 0x88 {
                    if !closed {
                        session.receive(&mut [0x88, 2, 0x03, 0xe8], now);
                    }
                    session.peer_closed(TcpEnd::Fin, now);
                } else if let Some((millis, answer)) = answers.next() {
                    due = Some((now + Duration::from_millis(*millis), answer.map(<[u8]>::to_vec)));
                }
            }
            Action::Wait(until) => {
                let until = until.expect("a case ends by itself");
                match due.take() {
                    Some((at, answer)) if at <= until => {
                        now = at;
                        match answer {
                            Some(mut octets) => {
                                closed |= octets.len() >= 4 && octets[octets.len() - 4] == 0x88;
                                session.receive(&mut octets, now);
                            }
                            None => session.peer_closed(TcpEnd::Fin, now),
                        }
                    }
                    later => {
                        due = later;
                        now = until;
                    }
                }
            }
            Action::Drop(_) | Action::Done => break,
        }
    }
    session.into_outcome("server".to_owned(), 1, 0)
}

#[track_caller]
fn assert_is(outcome: &Outcome, verdict: Verdict, words: &str) {
    assert_eq!(outcome.verdict, verdict, "{}", outcome.reason);
    assert!(outcome.reason.contains(words), "{words} is not in {}", outcome.reason);
}

const SEND: &str = r#"{"do": "message", "payload": {"text": "one"}}"#;
const ONE: &[u8] = b"\x81\x03one";
const TWO: &[u8] = b"\x81\x03two";

/// Two messages, each of which must come back before the next is sent.
fn two() -> Case {
    case(
        r#"{"do": "message", "payload": {"text": "one"}},
           {"do": "expect", "event": {"event": "message", "payload": {"text": "one"}}},
           {"do": "message", "payload": {"text": "two"}},
           {"do": "expect", "event": {"event": "message", "payload": {"text": "two"}}, "within": 3}"#,
    )
}

#[test]
fn each_answer_is_awaited_before_the_next_step() {
    let right = run(&two(), &[(5, Some(ONE)), (2_900, Some(TWO))]);
    assert_is(&right, Verdict::Pass, "");
    assert_eq!(right.behavior, Behavior::Ok);
    // Pongs that answer no ping are allowed (RFC 6455 §5.5.3), and so is a greeting; both are looked past.
    assert_is(&run(&two(), &[(5, Some(b"\x8a\x01x\x81\x03one")), (5, Some(TWO))]), Verdict::Pass, "");
}

#[test]
fn what_does_not_come_is_told_with_its_time_and_rule() {
    let silent = run(&two(), &[(5, Some(ONE))]);
    assert_is(&silent, Verdict::Fail, "Expected a text message of 3 octets, received nothing in 3 s.");
    let finding = &silent.findings[0];
    assert_eq!(finding.clause.as_deref(), Some("RFC 6455 §5.1"));
    assert_eq!(finding.at_us, Some(3_005_000));
    assert!(silent.may_be_load(), "it rests on time");
    assert_eq!(silent.behavior, Behavior::Failed);
    let other = run(&two(), &[(5, Some(b"\x82\x03one"))]);
    assert_is(
        &other,
        Verdict::Fail,
        "Expected a text message of 3 octets, received a binary message of 3 octets",
    );
    let dropped = run(&two(), &[(5, Some(ONE)), (7, None)]);
    assert_is(&dropped, Verdict::Fail, "received nothing; the testee dropped TCP (FIN) after 12 ms");
    assert!(!dropped.may_be_load());
    let closed = run(&two(), &[(5, Some(b"\x88\x02\x03\xe9"))]);
    assert_is(&closed, Verdict::Fail, "the testee closed with code 1001");
}

#[test]
fn a_step_says_what_it_means_if_nothing_comes() {
    let with = |otherwise: &str| {
        case(&format!(
            r#"{SEND}, {{"do": "expect", "event": {{"event": "message", "payload": {{"text": "one"}}}}, "otherwise": "{otherwise}"}},
               {{"do": "frame", "opcode": "ping", "payload": {{"text": "x"}}}},
               {{"do": "expect", "event": {{"event": "pong", "payload": {{"text": "x"}}}}}}"#
        ))
    };
    let pong: Answer<'_> = (5, Some(b"\x8a\x01x"));
    let nothing: Answer<'_> = (5, Some(b""));
    for (otherwise, verdict) in [
        ("fail", Verdict::Fail),
        ("note", Verdict::PassWithNotes),
        ("incomplete", Verdict::Incomplete),
        ("go_on", Verdict::Pass),
    ] {
        assert_is(&run(&with(otherwise), &[nothing, pong]), verdict, "");
        // What comes behind it is judged where the script goes on.
        let then = if ["note", "go_on"].contains(&otherwise) { Verdict::Fail } else { verdict };
        assert_is(&run(&with(otherwise), &[nothing]), then, "");
    }
}

#[test]
fn nothing_may_come_where_silence_is_asked_for() {
    let quiet = case(&format!(
        r#"{SEND}, {{"do": "expect", "event": {{"event": "message", "payload": {{"text": "one"}}}}}}, {{"do": "expect_silence", "seconds": 0.3}}"#
    ));
    assert_is(&run(&quiet, &[(5, Some(ONE))]), Verdict::Pass, "");
    let twice = run(&quiet, &[(5, Some(b"\x81\x03one\x81\x03one"))]);
    assert_is(&twice, Verdict::Fail, "The testee sent a text message of 3 octets where nothing may come.");
    assert!(matches!(twice.findings[0].kind, FindingKind::NotSilent { .. }));
}

/// A frame without a mask, after a good one that shows that the server lives.
fn refused() -> Case {
    case(&format!(
        r#"{SEND}, {{"do": "expect", "event": {{"event": "message", "payload": {{"text": "one"}}}}, "otherwise": "incomplete"}},
           {{"do": "frame", "opcode": "text", "mask": "none", "payload": {{"text": "two"}}}}, {{"do": "refuse"}}"#
    ))
}

#[test]
fn a_testee_must_fail_the_connection_where_it_is_asked_for() {
    let case = refused();
    assert!(!case.close.by_fuzzer);
    let echo: Answer<'_> = (5, Some(ONE));
    assert_is(&run(&case, &[echo, (5, Some(b"\x88\x02\x03\xea"))]), Verdict::Pass, "");
    let other = run(&case, &[echo, (5, Some(b"\x88\x02\x03\xe8"))]);
    assert_is(&other, Verdict::PassWithNotes, "closed with code 1000; 1002 says what was wrong");
    assert_is(&run(&case, &[echo, (5, None)]), Verdict::PassWithNotes, "without a close frame");
    let ignored = run(&case, &[echo, (5, Some(b""))]);
    assert_is(&ignored, Verdict::Fail, "in 1 s it neither closed with code 1002 nor ended TCP");
    let accepted = run(&case, &[echo, (5, Some(TWO))]);
    assert_is(&accepted, Verdict::Fail, "it sent a text message of 3 octets, and in 1 s");
    let both = run(&case, &[echo, (5, Some(b"\x81\x03two\x88\x02\x03\xea"))]);
    assert_is(&both, Verdict::Fail, "Expected nothing, received a text message of 3 octets");
    // Dead before the bad frame: nothing is proven.
    assert_is(&run(&case, &[(5, None)]), Verdict::Incomplete, "received nothing; the testee dropped TCP");
}

#[test]
fn without_the_compression_that_it_needs_it_is_unimplemented() {
    let case = scenario::parse(
        r#"{"description": "x", "deflate": [{}], "steps": [{"do": "require_deflate"}, {"do": "refuse"}]}"#,
    );
    let outcome = run(&case.unwrap()[0], &[]);
    assert_is(&outcome, Verdict::Unimplemented, "did not agree to permessage-deflate");
}

#[test]
fn what_does_not_fit_is_said() {
    let expect = r#"{"do": "expect", "event": {"event": "message", "payload": {"text": "one"}}}"#;
    for (text, field, words) in [
        (format!(r#""steps": [{expect}], "accept": [{{"events": []}}]"#), "accept", "leave `accept` out"),
        (r#""steps": [], "judge": {"by": "steps"}"#.to_owned(), "steps", "nobody can fail"),
        (r#""steps": [{"do": "refuse"}, {"do": "refuse"}]"#.to_owned(), "steps", "one `refuse`"),
        (
            r#""steps": [{"do": "expect", "event": {"event": "timeout", "label": "a"}}]"#.to_owned(),
            "steps[0].event",
            "a `message` or a `pong`",
        ),
        (
            format!(r#""steps": [{expect}, {{"do": "echo_loop", "count": 2, "frame": {{"opcode": 1}}}}]"#),
            "steps[1].do",
            "a judge of its own",
        ),
    ] {
        let error = scenario::parse(&format!(r#"{{"description": "x", {text}}}"#)).unwrap_err();
        assert_eq!(error.field(), field, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // What was read is written so that it is read as the same.
    for case in [two(), refused()] {
        let json = serde_json::to_string(&case).unwrap();
        assert_eq!(scenario::parse(&json).unwrap(), [case]);
    }
}
