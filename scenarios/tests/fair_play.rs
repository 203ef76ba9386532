//! Our own verdict where Autobahn's pair passes a testee that did nothing right, or fails one that did nothing wrong.
//! `docs/differences.md` lists the quirks by the numbers that the names of the tests carry.

mod support;

use std::time::Duration;

use support::peer::{OnOpen, Pongs, Profile, Reply};
use support::run;
use wsproof_core::frame::Opcode;
use wsproof_scenarios::case::Step;
use wsproof_scenarios::{Behavior, BehaviorClose, Case, Outcome, SessionOptions, Testee, Verdict, catalogue};

fn good() -> Profile {
    Profile::named("good").unwrap()
}

fn case(id: &str) -> &'static Case {
    catalogue::find(id.parse().unwrap()).unwrap()
}

/// Runs the cases in both roles and looks at each outcome.
fn each(profile: &Profile, ids: &[&str], look: impl Fn(&Outcome)) {
    for testee in [Testee::Server, Testee::Client] {
        for id in ids {
            look(&run(case(id), testee, profile, SessionOptions::default()));
        }
    }
}

#[track_caller]
fn assert_is(outcome: &Outcome, verdict: Verdict, words: &str) {
    let at = format!("{} {:?}: {}", outcome.id, outcome.testee, outcome.reason);
    assert_eq!(outcome.verdict, verdict, "{at}");
    assert!(outcome.reason.contains(words), "{words} is not in {at}");
}

fn pair(outcome: &Outcome) -> (Behavior, BehaviorClose) {
    (outcome.behavior, outcome.behavior_close)
}

fn assert_verdict(peer: &str, ids: &[&str], wanted: Verdict) {
    each(&Profile::named(peer).unwrap(), ids, |outcome| assert_is(outcome, wanted, ""));
}

#[test]
fn a1_2_a_close_frame_without_an_answer_fails() {
    let ids = ["2.7", "2.8", "7.1.2", "7.1.5", "7.3.1", "7.3.3", "7.3.5", "7.7.1", "7.7.13"];
    assert_verdict("blackhole", &ids, Verdict::Fail);
}

#[test]
fn a1_3_silence_after_an_illegal_close_frame_fails() {
    assert_verdict("blackhole", &["7.3.2", "7.3.6", "7.5.1", "7.9.1", "7.9.9"], Verdict::Fail);
}

#[test]
fn a1_4_ignoring_a_bad_frame_fails() {
    let ids = ["2.5", "3.1", "3.5", "3.7", "4.1.1", "4.2.2", "5.1", "5.9", "5.14", "5.18"];
    assert_verdict("blackhole", &ids, Verdict::Fail);
}

#[test]
fn a1_5_going_on_after_an_unknown_opcode_fails() {
    assert_verdict("naive", &["4.1.1", "4.1.2", "4.2.1", "4.2.2"], Verdict::Fail);
}

/// A testee that does not mind the bits answers the close frame, which has no code, as one that refuses it may.
#[test]
fn a1_6_a_close_frame_without_a_code_does_not_tell_refusal_from_answer() {
    for name in ["naive", "emptyclose"] {
        each(&Profile::named(name).unwrap(), &["3.7"], |outcome| {
            assert_is(outcome, Verdict::PassWithNotes, "it may refuse our bad close frame, or answer it");
        });
    }
    assert_verdict("dropviolation", &["3.7"], Verdict::PassWithNotes);
    assert_verdict("good", &["3.7"], Verdict::Pass);
}

/// Whether such a testee is alive at all is known to the run: `cli/src/liveness.rs`.
#[test]
fn a1_7_a_lost_echo_before_the_refusal_is_told() {
    let ids = ["3.2", "3.4", "4.1.3", "4.2.5", "5.15"];
    each(&Profile::named("dropper").unwrap(), &ids, |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "echo of the legal message before was lost");
        assert_eq!(outcome.behavior, Behavior::NonStrict);
    });
    each(&Profile::named("blackhole").unwrap(), &ids, |outcome| assert_is(outcome, Verdict::Fail, ""));
}

/// Only a server can refuse the opening handshake.
#[test]
fn a1_8_a_case_for_information_fails_without_a_handshake() {
    for id in ["7.1.6", "7.13.1", "7.13.2"] {
        let case = catalogue::find(id.parse().unwrap()).unwrap();
        let profile = Profile::named("http404").unwrap();
        let outcome = run(case, Testee::Server, &profile, SessionOptions::default());
        assert_eq!(outcome.verdict, Verdict::Fail, "{id}: {}", outcome.reason);
    }
}

#[test]
fn a1_9_a_stray_continuation_must_be_refused() {
    assert_verdict("naive", &["5.16", "5.17"], Verdict::Fail);
    assert_verdict("good", &["5.16", "5.17"], Verdict::Pass);
}

#[test]
fn a1_10_the_testee_must_join_the_fragments() {
    each(&Profile { garbles: true, ..good() }, &["10.1.1"], |outcome| assert_is(outcome, Verdict::Fail, ""));
}

#[test]
fn a1_12_an_echo_with_other_octets_fails() {
    each(&Profile { garbles: true, ..good() }, &["9.1.1", "9.2.1", "9.5.1", "9.7.2", "9.8.2"], |outcome| {
        assert_is(outcome, Verdict::Fail, "other octets");
        assert_eq!(pair(outcome), (Behavior::Ok, BehaviorClose::Ok), "{}", outcome.id);
    });
}

#[test]
fn a1_13_a_wrong_close_code_is_a_note() {
    assert_verdict("wrongcode", &["1.1.1", "3.1", "4.1.1", "5.1"], Verdict::PassWithNotes);
}

#[test]
fn a1_14_a_violation_answered_by_a_silent_drop_is_a_note() {
    assert_verdict("dropviolation", &["2.5", "3.1", "4.1.1", "5.1", "6.3.1"], Verdict::PassWithNotes);
}

const PONG: (Opcode, &[u8]) = (Opcode::PONG, b"");

/// The cases of Autobahn's reference run: all that take little time.
fn quick_cases() -> impl Iterator<Item = &'static Case> {
    let section = |case: &&Case| !matches!(case.id.section(), 9 | 12 | 13);
    catalogue::all().iter().filter(section).chain([case("9.1.1"), case("9.7.1")])
}

#[test]
fn a2_1_a_pong_that_answers_no_ping_changes_nothing() {
    let profile = Profile { first: &[PONG], ..good() };
    for testee in [Testee::Server, Testee::Client] {
        let mut failed = 0;
        for case in quick_cases() {
            let outcome = run(case, testee, &profile, SessionOptions::default());
            failed += u32::from(outcome.behavior == Behavior::Failed);
            if outcome.behavior == Behavior::Informational {
                assert_is(&outcome, Verdict::PassWithNotes, "");
            } else {
                // 7.1.3 sends the same ping behind its close frame.
                let words = if case.id.to_string() == "7.1.3" {
                    "answered a ping"
                } else {
                    "pongs that answer no ping"
                };
                assert_is(&outcome, Verdict::Pass, words);
            }
        }
        assert_eq!(failed, 245, "Autobahn fails so many of its 249 for it");
    }
}

#[test]
fn a2_1_a_stray_pong_hides_no_fault() {
    let naive = Profile { first: &[PONG], ..Profile::named("naive").unwrap() };
    each(&naive, &["3.1", "4.1.1", "5.1", "6.3.1"], |outcome| assert_is(outcome, Verdict::Fail, ""));
    let garbles = Profile { first: &[PONG], garbles: true, ..good() };
    each(&garbles, &["1.1.2", "5.3", "9.7.2"], |outcome| assert_is(outcome, Verdict::Fail, ""));
    let silent = Profile { first: &[PONG], on_open: OnOpen::StaysSilent, ..good() };
    each(&silent, &["1.1.1", "2.1", "9.7.1"], |outcome| assert_is(outcome, Verdict::Fail, ""));
}

/// Where the echo comes too late because the pong made us close, nobody is to blame.
#[test]
fn a2_1_a_pong_before_a_slow_echo_leaves_the_case_open() {
    let slow = Profile { first: &[PONG], takes: Duration::from_secs(5), ..good() };
    each(&slow, &["9.1.1"], |outcome| {
        assert_is(outcome, Verdict::Incomplete, "keepalive");
        assert_eq!(outcome.behavior, Behavior::Failed);
    });
}

#[test]
fn a2_2_pongs_in_a_loop_do_not_end_it() {
    each(&Profile { before_echo: Some(Opcode::PONG), ..good() }, &["9.7.1", "9.8.2"], |outcome| {
        assert_is(outcome, Verdict::Pass, "pongs that answer no ping");
        assert_eq!(pair(outcome), (Behavior::Failed, BehaviorClose::Ok));
        assert_eq!(outcome.result, "Case did not finish within 60 seconds.");
        let echoes: u64 =
            [1, 2].iter().filter_map(|opcode| outcome.transcript.received_frames.get(opcode)).sum();
        assert_eq!(echoes, 1000);
    });
}

#[test]
fn a_testees_own_pings_change_nothing() {
    let profile = Profile { before_echo: Some(Opcode::PING), ..Profile::named("ping1st").unwrap() };
    for testee in [Testee::Server, Testee::Client] {
        let half_sent = ["6.4.3", "6.4.4"];
        for case in quick_cases().filter(|case| !half_sent.contains(&case.id.to_string().as_str())) {
            let outcome = run(case, testee, &profile, SessionOptions::default());
            let informational = outcome.behavior == Behavior::Informational;
            assert_is(&outcome, if informational { Verdict::PassWithNotes } else { Verdict::Pass }, "");
            assert!(informational || outcome.behavior == Behavior::Ok, "{}", outcome.id);
        }
    }
}

/// Autobahn writes the pong into its own half-sent frame. Ours waits until that frame is over; the pair stays Autobahn's.
#[test]
fn a2_3_a_pong_waits_until_our_frame_is_over() {
    each(&Profile::named("ping1st").unwrap(), &["6.4.3", "6.4.4"], |outcome| {
        assert_is(outcome, Verdict::Pass, "");
        assert_eq!(pair(outcome), (Behavior::Failed, BehaviorClose::Ok));
    });
    // A testee that reads the frame to its end gets its pong behind it.
    let naive = Profile { on_open: OnOpen::Pings, ..Profile::named("naive").unwrap() };
    each(&naive, &["6.4.3"], |outcome| {
        assert_is(outcome, Verdict::Fail, "echoed it");
        assert_eq!(outcome.transcript.sent_frames.get(&Opcode::PONG.get()), Some(&1));
    });
}

#[test]
fn a2_4_a_pong_for_the_latest_ping_is_enough() {
    each(&Profile { pongs: Pongs::ForTheLatest, ..good() }, &["2.10"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "only the latest of several pings");
        assert_eq!(outcome.behavior, Behavior::Failed);
    });
    each(&Profile { pongs: Pongs::BehindMessages, ..good() }, &["5.19"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "only the latest of several pings");
    });
}

#[test]
fn a2_5_a_late_pong_is_a_note() {
    each(&Profile { pongs: Pongs::BehindMessages, ..good() }, &["5.6", "5.7"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "pong came late");
        assert_eq!(outcome.behavior, Behavior::Failed);
    });
}

#[test]
fn a2_6_codes_that_are_not_assigned_may_be_answered() {
    for on_close in [Reply::Code(1000), Reply::Raw] {
        let profile = Profile { validates: false, on_close, ..good() };
        each(&profile, &["7.9.3", "7.9.6", "7.9.7", "7.9.8", "7.9.9"], |outcome| {
            assert_is(outcome, Verdict::PassWithNotes, "");
            assert_eq!(outcome.behavior, Behavior::Failed);
        });
        // 0, 999, 1005, 1006: who sends them back breaks a rule, who answers 1000 closes with a code that says nothing.
        let wanted = if on_close == Reply::Raw { Verdict::Fail } else { Verdict::PassWithNotes };
        each(&profile, &["7.9.1", "7.9.2", "7.9.4", "7.9.5"], |outcome| assert_is(outcome, wanted, ""));
    }
}

#[test]
fn a2_7_new_close_codes_are_no_violation() {
    for code in 1012..=1014 {
        let answers = Profile { on_close: Reply::Code(code), ..good() };
        each(&answers, &["1.1.1", "2.7", "7.1.1"], |outcome| {
            assert_is(outcome, Verdict::PassWithNotes, &format!("answered with code {code}"));
            assert_eq!(outcome.behavior_close, BehaviorClose::Unclean);
        });
        let refuses = Profile { on_violation: Reply::Code(code), ..good() };
        each(&refuses, &["3.1", "5.1"], |outcome| {
            assert_is(outcome, Verdict::PassWithNotes, &format!("closed with code {code}"));
            assert_eq!(outcome.behavior_close, BehaviorClose::Failed);
        });
    }
    // It must wait for our close frame all the same.
    const HASTY: &[(Opcode, &[u8])] = &[(Opcode::CLOSE, &1012u16.to_be_bytes())];
    each(&Profile { first: HASTY, ..good() }, &["1.1.1"], |outcome| assert_is(outcome, Verdict::Fail, ""));
}

/// What Autobahn tries and leaves out is the same here; own scenarios can try the rest.
#[test]
fn a2_8_registered_codes_that_autobahn_does_not_try() {
    let sent = |section: &str| -> Vec<u16> {
        let ids = catalogue::all().iter().filter(|case| case.id.to_string().starts_with(section));
        let codes = ids.flat_map(|case| &case.steps).filter_map(|step| match step {
            Step::Close { payload } => payload.head(2).try_into().ok().map(u16::from_be_bytes),
            _ => None,
        });
        codes.collect()
    };
    let (valid, invalid) = (sent("7.7."), sent("7.9."));
    assert_eq!((valid.len(), invalid.len()), (13, 9));
    assert!(!valid.iter().any(|code| (1012..=1014).contains(code)));
    assert!(!invalid.contains(&1015));
}

#[test]
fn a2_12_a_right_answer_that_comes_late_is_a_note() {
    let takes = |millis| Profile { takes: Duration::from_millis(millis), ..good() };
    each(&takes(1500), &["1.1.1", "1.2.2"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "after the time that the case allows");
        assert_eq!(outcome.behavior, Behavior::Failed);
    });
    // The limit is that for our close frame, with which the wait ends.
    each(&takes(3000), &["1.1.1", "1.2.2"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "our close frame was answered after 2 s");
    });
    each(&takes(30_000), &["1.1.1", "1.2.2"], |outcome| {
        assert_is(outcome, Verdict::Fail, "received nothing in 1 s");
        assert!(outcome.may_be_load(), "{}", outcome.reason);
    });
    let wrong = Profile { garbles: true, ..takes(1500) };
    each(&wrong, &["1.1.2", "1.2.2"], |outcome| assert_is(outcome, Verdict::Fail, ""));
}

#[test]
fn a2_13_a_late_refusal_may_be_slowness() {
    each(&Profile::named("lateutf8").unwrap(), &["6.4.1", "6.4.2", "6.4.3", "6.4.4"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "or is slow");
        assert_eq!(outcome.behavior, Behavior::NonStrict);
    });
}

/// The ends of our own waits between the pieces are no doing of the testee's.
#[test]
fn silence_after_text_that_is_not_utf8_is_told_as_silence() {
    let deaf = Profile { on_open: OnOpen::StaysSilent, ..good() };
    each(&deaf, &["6.4.1", "6.4.3"], |outcome| {
        assert_is(outcome, Verdict::Fail, "The testee did not fail the connection; in 3");
        assert!(outcome.may_be_load(), "{}", outcome.reason);
    });
}

#[test]
fn a_server_that_drops_tcp_at_a_large_message_is_told_how_to_declare_a_limit() {
    let drops = Profile { on_open: OnOpen::Drops, ..good() };
    each(&drops, &["9.1.3", "9.2.3"], |outcome| {
        assert_is(outcome, Verdict::Fail, "with code 1009 should say so");
    });
    each(&drops, &["1.1.1", "1.2.2"], |outcome| {
        assert!(!outcome.reason.contains("1009"), "{}", outcome.reason);
    });
}

fn limited(octets: u64, code: u16) -> Profile {
    Profile { limit: Some((octets, code)), ..good() }
}

#[test]
fn a_declared_limit_is_told_apart() {
    for code in [1008, 1009] {
        each(&limited(16_000, code), &["1.1.8", "9.1.1", "9.2.1"], |outcome| {
            assert_is(outcome, Verdict::Limit, &format!("closed with code {code}"));
            assert_eq!(pair(outcome), (Behavior::Failed, BehaviorClose::Failed));
        });
    }
    // A thousand messages may be against a policy; not one of them is large.
    each(&limited(15, 1008), &["9.7.2"], |outcome| assert_is(outcome, Verdict::Limit, ""));
    each(&limited(15, 1009), &["9.7.2", "1.1.2"], |outcome| assert_is(outcome, Verdict::Fail, "code 1009"));
    each(&limited(15, 1008), &["1.1.2"], |outcome| assert_is(outcome, Verdict::Fail, "code 1008"));
}

#[test]
fn a_declared_limit_hides_no_fault() {
    const RESERVED: &[(Opcode, &[u8])] = &[(Opcode::new(3), b"")];
    let breaks = Profile { first: RESERVED, ..limited(16_000, 1009) };
    each(&breaks, &["9.1.1"], |outcome| assert_is(outcome, Verdict::Fail, "breaks the protocol"));
    let says_more = Profile { first: &[(Opcode::TEXT, b"hello")], ..limited(16_000, 1009) };
    each(&says_more, &["1.1.8"], |outcome| assert_is(outcome, Verdict::Fail, ""));
    // The answer to our close frame declares no limit.
    let answers = Profile { on_close: Reply::Code(1009), ..good() };
    each(&answers, &["9.1.1"], |outcome| {
        assert_is(outcome, Verdict::PassWithNotes, "answered with code 1009");
    });
    let keeps_tcp = Profile { drops_tcp: false, ..limited(16_000, 1009) };
    let outcome = run(case("9.1.1"), Testee::Server, &keeps_tcp, SessionOptions::default());
    assert_ne!(outcome.verdict, Verdict::Pass, "{}", outcome.reason);
}
