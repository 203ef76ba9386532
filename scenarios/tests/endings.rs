//! Our own verdict on how connections end: one limit for all cases, what a right testee may do, and what none may.

mod support;

use std::time::Duration;

use support::peer::{Profile, Reply};
use support::run;
use wsproof_core::frame::Opcode;
use wsproof_scenarios::finding::{FindingKind, Party};
use wsproof_scenarios::{
    Behavior, BehaviorClose, Case, Outcome, SessionOptions, TcpEnd, Testee, Verdict, catalogue,
};

const MILLISECOND: Duration = Duration::from_millis(1);

fn good() -> Profile {
    Profile::named("good").unwrap()
}

fn case(id: &str) -> &'static Case {
    catalogue::find(id.parse().unwrap()).unwrap()
}

fn server(id: &str, profile: &Profile) -> Outcome {
    run(case(id), Testee::Server, profile, SessionOptions::default())
}

fn client(id: &str, profile: &Profile) -> Outcome {
    run(case(id), Testee::Client, profile, SessionOptions::default())
}

#[track_caller]
fn assert_is(outcome: &Outcome, verdict: Verdict, words: &str) {
    let at = format!("{} {:?}: {}", outcome.id, outcome.testee, outcome.reason);
    assert_eq!(outcome.verdict, verdict, "{at}");
    assert!(outcome.reason.contains(words), "{words} is not in {at}");
}

/// Cases with each kind of end and timer: kill timers of half a second to three, echoes, refusals, close frames.
const ALL_KINDS: [&str; 14] = [
    "1.1.1", "2.1", "2.5", "3.1", "4.1.3", "5.1", "6.3.1", "6.5.1", "6.22.1", "7.1.1", "7.3.1", "7.5.1",
    "7.7.1", "7.9.1",
];

/// The close frame came at once and was answered; TCP ends after the case's timer.
#[test]
fn a_server_that_ends_tcp_a_little_late_gets_the_same_verdict_in_every_case() {
    for millis in [1, 450, 550, 600, 990] {
        let slow = Profile { tcp_ends_after: millis * MILLISECOND, ..good() };
        for id in ALL_KINDS {
            let outcome = server(id, &slow);
            assert_is(&outcome, Verdict::Pass, "");
            assert_eq!(outcome.findings, [], "{id}");
        }
    }
    for seconds in [2, 5, 9] {
        let slow = Profile { tcp_ends_after: Duration::from_secs(seconds), ..good() };
        for id in ALL_KINDS {
            let words = format!("the server ended TCP only {seconds} s after our close frame");
            assert_is(&server(id, &slow), Verdict::PassWithNotes, &words[4..]);
        }
    }
}

#[test]
fn a_server_that_never_ends_tcp_fails_every_case() {
    let never = Profile { drops_tcp: false, tcp_ends_after: Duration::ZERO, ..good() };
    for id in ALL_KINDS {
        let outcome = server(id, &never);
        let refuses = ["2.5", "3.1", "4.1.3", "5.1", "6.3.1", "7.5.1", "7.9.1"].contains(&id);
        if refuses {
            // This peer ends TCP two seconds after it refused something.
            assert_is(&outcome, Verdict::PassWithNotes, "ended TCP only 2 s after");
        } else {
            assert_is(&outcome, Verdict::Fail, "10 s after the closing handshake it had not ended it");
            let [finding] = &outcome.findings[..] else { panic!("{:?}", outcome.findings) };
            assert_eq!(finding.kind, FindingKind::TcpKeptOpen { waited_us: 10_000_000 });
            assert_eq!(finding.clause.as_deref(), Some("RFC 6455 §7.1.1"));
        }
    }
}

/// Autobahn says FAILED BY CLIENT, since its kill timer was started first; both are due within the same millisecond.
#[test]
fn of_two_timers_of_a_second_the_one_started_first_decides_autobahns_pair() {
    let never = Profile { drops_tcp: false, on_close: Reply::Code(1000), validates: false, ..good() };
    for id in ["7.1.2", "7.1.3", "7.1.4", "7.3.1", "7.3.3", "7.3.5", "7.7.1", "7.7.2", "7.7.13"] {
        let outcome = server(id, &never);
        assert_eq!(outcome.behavior_close, BehaviorClose::FailedByClient, "{id}");
    }
}

/// RFC 6455 §5.5.1: an endpoint typically sends the code back that it received.
#[test]
fn who_sends_our_undefined_code_back_is_not_to_blame() {
    let echoes = Profile { validates: false, on_close: Reply::Raw, ..good() };
    for (id, code) in [("7.13.1", "5000"), ("7.13.2", "65535")] {
        for outcome in [server(id, &echoes), client(id, &echoes)] {
            assert_is(&outcome, Verdict::PassWithNotes, &format!("close code {code}"));
        }
        assert_is(
            &server(id, &good()),
            Verdict::PassWithNotes,
            &format!("does not define the close code {code}"),
        );
    }
}

#[test]
fn what_repeats_something_wrong_of_ours_is_told_as_that() {
    let echoes = Profile { validates: false, on_close: Reply::Raw, ..Profile::named("naive").unwrap() };
    for (id, words) in [
        ("6.3.1", "text is not UTF-8"),
        ("7.5.1", "close reason is not UTF-8"),
        ("7.3.2", "Close payload of one octet"),
        ("7.9.1", "close code 0 must not be sent"),
        ("7.9.4", "close code 1005 must not be sent"),
    ] {
        for outcome in [server(id, &echoes), client(id, &echoes)] {
            assert_is(&outcome, Verdict::Fail, words);
            assert!(outcome.reason.contains("must refuse and echoed it"), "{}", outcome.reason);
            assert!(!outcome.reason.contains("breaks the protocol"), "{}", outcome.reason);
            assert!(matches!(outcome.findings[0].kind, FindingKind::Echoed { .. }));
        }
    }
    // By itself it is the testee's own fault.
    let own = Profile { on_close: Reply::Code(1005), ..good() };
    assert_is(&server("7.1.1", &own), Verdict::Fail, "breaks the protocol: close code 1005");
}

/// RFC 6455 §7.4.1: 1010 is said by clients.
#[test]
fn a_client_may_take_1010_from_a_server_for_an_error() {
    let drops = Profile { on_close: Reply::Drops, ..good() };
    assert_is(
        &client("7.7.8", &drops),
        Verdict::PassWithNotes,
        "took the close code 1010 from a server for an error",
    );
    let refuses = Profile { on_close: Reply::Code(1002), ..good() };
    assert_is(&client("7.7.8", &refuses), Verdict::PassWithNotes, "took the close code 1010");
    assert_is(&client("7.7.7", &drops), Verdict::Fail, "without an answer");
    assert_is(&server("7.7.8", &drops), Verdict::Fail, "without an answer");
}

#[test]
fn the_first_close_frame_counts_and_the_second_is_told() {
    let twice = Profile { behind_close: b"\x88\x02\x03\xf3", tcp_ends_after: MILLISECOND, ..good() };
    let outcome = server("7.1.1", &twice);
    assert_is(
        &outcome,
        Verdict::PassWithNotes,
        "two close frames, the first with code 1000, the second with code 1011",
    );
    // This case sends two itself.
    let answers_each = server("7.1.2", &twice);
    assert_is(
        &answers_each,
        Verdict::PassWithNotes,
        "We sent two close frames, and the testee sent two as well, the first",
    );
    let refuses = server("3.1", &twice);
    assert_is(&refuses, Verdict::PassWithNotes, "the first with code 1002");
}

#[test]
fn a_reset_after_a_clean_closing_handshake_is_a_note_unless_we_had_sent_more() {
    let resets = Profile { tcp_end: TcpEnd::Reset, ..good() };
    assert_is(&server("1.1.1", &resets), Verdict::PassWithNotes, "reset TCP after a clean closing handshake");
    for id in ["7.1.2", "7.1.3", "7.1.4"] {
        assert_is(&server(id, &resets), Verdict::Pass, "");
    }
}

#[test]
fn what_comes_behind_the_close_frame_is_one_finding() {
    let http = Profile {
        behind_close: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        tcp_ends_after: MILLISECOND,
        ..good()
    };
    for id in ["1.1.1", "7.1.1", "3.1", "6.3.1"] {
        let outcome = server(id, &http);
        assert_is(
            &outcome,
            Verdict::Fail,
            "38 octets came after the testee's close frame, and they are no frames: `HTTP/1.1",
        );
        assert_eq!(
            outcome.findings.iter().filter(|finding| finding.weight == Verdict::Fail).count(),
            1,
            "{id}"
        );
    }
    let data = Profile { behind_close: b"\x81\x04late", tcp_ends_after: MILLISECOND, ..good() };
    let outcome = server("1.1.1", &data);
    assert_is(
        &outcome,
        Verdict::Fail,
        "a text frame of 4 octets after its own close frame (RFC 6455 §5.5.1)",
    );
    assert_eq!(outcome.findings[0].kind, FindingKind::DataAfterClose { opcode: Opcode::TEXT, octets: 4 });
    assert_eq!(outcome.findings[0].by, Party::Testee);
    // It is no echo: all of those were right.
    for id in ["9.1.1", "9.7.2"] {
        let outcome = server(id, &data);
        assert_eq!(outcome.findings.len(), 1, "{}", outcome.reason);
    }
}

const WELCOME: &[(Opcode, &[u8])] = &[(Opcode::TEXT, b"welcome")];

#[test]
fn a_greeting_is_looked_past() {
    let greets = Profile { first: WELCOME, ..good() };
    let options =
        |ignore_greeting| SessionOptions { greeting: 1, ignore_greeting, ..SessionOptions::default() };
    for case in catalogue::all().iter().filter(|case| case.deflate.is_empty()) {
        let looked_past = run(case, Testee::Server, &greets, options(false));
        let plain = run(case, Testee::Server, &good(), SessionOptions::default());
        assert_is(&looked_past, plain.verdict, "");
        let told =
            looked_past.findings.iter().filter(|f| matches!(f.kind, FindingKind::Greeting { .. })).count();
        assert_eq!(told, 1, "{}", case.id);
        if plain.behavior != Behavior::Informational {
            assert_eq!(looked_past.behavior, Behavior::Failed, "{}: Autobahn does not look past it", case.id);
        }
        let ignored = run(case, Testee::Server, &greets, options(true));
        assert_eq!(
            (ignored.behavior, ignored.behavior_close, ignored.verdict),
            (plain.behavior, plain.behavior_close, plain.verdict),
            "{}",
            case.id
        );
    }
    // It hides nothing, and an echo that is wrong is no greeting.
    let garbles = Profile { garbles: true, ..greets.clone() };
    for id in ["1.1.2", "9.1.1", "9.7.2"] {
        assert_is(&run(case(id), Testee::Server, &garbles, options(false)), Verdict::Fail, "");
    }
    assert_is(&server("1.1.2", &greets), Verdict::Fail, "Expected a text message of 125 octets, received");
}

/// What is told of a case in which nothing or too little came.
#[test]
fn reasons_tell_times_and_counts_as_they_were() {
    let silent = Profile::named("blackhole").unwrap();
    assert_is(&server("1.1.2", &silent), Verdict::Fail, "received nothing in 1 s");
    assert_is(&server("9.7.1", &silent), Verdict::Fail, "None of 1000 echoes came in 60 s");
    assert_is(
        &server("3.1", &silent),
        Verdict::Fail,
        "in 1 s it neither closed with code 1002 nor ended TCP",
    );
    assert_is(&server("1.1.2", &silent), Verdict::Fail, "neither answered nor TCP ended within 10 s");
    let drops = Profile::named("dropper").unwrap();
    assert_is(
        &server("9.7.1", &drops),
        Verdict::Fail,
        "the testee dropped TCP (FIN) after 0 µs, before it had sent any frame",
    );
    for (profile, words) in
        [(good(), "the text was echoed before"), (silent, "the text was not echoed before")]
    {
        assert_is(&server("7.1.6", &profile), Verdict::PassWithNotes, words);
    }
}
