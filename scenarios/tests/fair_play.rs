//! Our own verdict where Autobahn's pair passes a testee that did nothing right; `docs/differences.md` has the list.

mod support;

use support::peer::Profile;
use support::run;
use wsproof_scenarios::{SessionOptions, Testee, Verdict, catalogue};

fn assert_verdict(peer: &str, ids: &[&str], wanted: Verdict) {
    for testee in [Testee::Server, Testee::Client] {
        for id in ids {
            let case = catalogue::find(id.parse().unwrap()).unwrap();
            let outcome = run(case, testee, &Profile::named(peer).unwrap(), SessionOptions::default());
            assert_eq!(outcome.verdict, wanted, "{peer} {id} {testee:?}: {}", outcome.reason);
        }
    }
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
fn a1_13_a_wrong_close_code_is_a_note() {
    assert_verdict("wrongcode", &["1.1.1", "3.1", "4.1.1", "5.1"], Verdict::PassWithNotes);
}

#[test]
fn a1_14_a_violation_answered_by_a_silent_drop_is_a_note() {
    assert_verdict("dropviolation", &["2.5", "3.1", "4.1.1", "5.1", "6.3.1"], Verdict::PassWithNotes);
}
