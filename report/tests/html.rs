//! Pages: nothing of a testee comes through, nothing is loaded, nothing grows without bound.

mod common;

use std::fs;
use std::path::Path;

use base64::Engine;
use common::{Talk, failed, hostile, never_opened, options, passed};
use sha2::{Digest, Sha256};
use wsproof_report::ReportWriter;
use wsproof_report::visible::visible;
use wsproof_scenarios::{Behavior, BehaviorClose, Event, Excerpt, LogEvent, Outcome, Transcript};

/// Writes a report of these outcomes; returns the index and the page of the last one.
fn pages(dir: &Path, outcomes: &[Outcome]) -> (String, String) {
    let mut writer = ReportWriter::open(dir, options(&["1.1.1", "1.1.2"])).unwrap();
    for outcome in outcomes {
        writer.add(outcome).unwrap();
    }
    writer.finish().unwrap();
    let last = writer.results().last().unwrap().file("html");
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    (read("index.html"), read(&last))
}

fn page_of(outcome: &Outcome) -> String {
    pages(tempfile::tempdir().unwrap().path(), std::slice::from_ref(outcome)).1
}

fn between<'a>(page: &'a str, begin: &str, end: &str) -> &'a str {
    let from = page.find(begin).unwrap() + begin.len();
    &page[from..from + page[from..].find(end).unwrap()]
}

#[test]
fn what_a_testee_says_is_text_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let agent = format!("agent {}", common::EVIL);
    let (index, page) = pages(dir.path(), &[hostile(&agent, "1.1.1")]);
    for page in [&index, &page] {
        assert_eq!(page.matches("<script").count(), 1, "only our own script");
        // A quote that ends an attribute would leave this.
        assert!(!page.contains("\"onload") && !page.contains("'onload"));
        assert!(page.contains("&#34;onload"), "it is shown, though");
        assert_eq!(visible(page, true), *page, "nothing hides or reorders text");
        assert!(page.contains("⟨U+202E⟩"));
    }
}

#[test]
fn the_policy_allows_exactly_the_style_and_script_of_the_page() {
    let dir = tempfile::tempdir().unwrap();
    let (index, page) = pages(dir.path(), &[passed("a", "1.1.1")]);
    for page in [index, page] {
        let hash = |text: &str| {
            let digest = Sha256::digest(text.as_bytes());
            format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(digest))
        };
        let policy =
            between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
        let style = hash(between(&page, "<style>", "</style>"));
        let script = hash(between(&page, "<script>", "</script>"));
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
            )
        );
        assert!(!page.contains(" style=") && !page.contains(" onclick="), "the policy would refuse it");
        for outside in ["http://", "https://", "src=", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        // Arrow heads are the page's own.
        assert_eq!(page.matches("url(").count(), page.matches("url(#").count());
    }
}

#[test]
fn scripts_that_count_failed_cells_get_autobahns_count() {
    let count = |outcomes: &[Outcome]| {
        pages(tempfile::tempdir().unwrap().path(), outcomes).0.matches("case_failed").count()
    };
    assert_eq!(count(&[passed("a", "1.1.1")]), 2);
    // Both verdicts failed: two cells in Autobahn's page.
    assert_eq!(count(&[passed("a", "1.1.1"), failed("b", "1.1.1")]), 4);
    let almost = Outcome { behavior_close: BehaviorClose::FailedByClient, ..passed("a", "1.1.1") };
    let wrong = Outcome { behavior_close: BehaviorClose::WrongCode, ..passed("b", "1.1.1") };
    let info = Outcome { behavior: Behavior::Informational, ..passed("c", "1.1.1") };
    assert_eq!(count(&[almost, wrong, info]), 2);
    let unclean = Outcome { behavior_close: BehaviorClose::Unclean, ..passed("a", "1.1.1") };
    assert_eq!(count(&[unclean]), 3);
    // Names and reasons don't count.
    let named = Outcome { reason: "case_failed".to_owned(), ..never_opened("case_failed", "1.1.1") };
    let named = Outcome { behavior: Behavior::Ok, behavior_close: BehaviorClose::Ok, ..named };
    assert_eq!(count(&[named]), 2);
}

#[test]
fn links_to_a_testee_with_a_telling_name_lead_to_its_page() {
    let dir = tempfile::tempdir().unwrap();
    let (index, _) = pages(dir.path(), &[passed("case_failed", "1.1.1")]);
    let link = between(&index, "class=\"chip pass\" href=\"", "\"").replace("%5F", "_");
    assert!(dir.path().join(link).is_file());
}

#[test]
fn missing_cases_are_shown_and_need_no_script() {
    let dir = tempfile::tempdir().unwrap();
    let (index, _) = pages(dir.path(), &[passed("a", "1.1.1")]);
    assert!(index.contains("<span class=\"chip missing\">Missing</span>"));
    assert!(index.contains("What 1.1.2 sends."));
    // What only works with a script is hidden until the script shows it.
    for control in ["id=\"theme\"", "id=\"search\"", "id=\"filters\"", "id=\"nothing\""] {
        let tag = &index[index.find(control).unwrap()..];
        assert!(tag[..tag.find('>').unwrap()].ends_with(" hidden"), "{control}");
    }
}

#[test]
fn a_page_stays_small_whatever_the_testee_sends() {
    let mut talk = Talk::opened();
    for i in 0..Transcript::MAX_ENTRIES {
        talk.after(1 + i as u64 % 7 * 100_000).receive((i % 16) as u8, i % 3 == 0, &[0xff; 200]);
    }
    talk.transcript.received_octets = (0..65_536).map(|size| (size, 1)).collect();
    talk.transcript.http_response = "X: y\u{202e}\r\n".repeat(20_000);
    let mut outcome = Outcome { transcript: talk.transcript, ..passed("a", "1.1.1") };
    outcome.received = vec![Event::Pong { payload: Excerpt::of(&[0xff; 200]) }; Outcome::MAX_EVENTS];
    let page = page_of(&outcome);
    assert!(page.len() < 400_000, "{} octets", page.len());
    assert!(page.contains("lines are left out here"));
    assert!(page.matches("marker-end").count() <= 60);
    assert!(page.contains(" more</text>"), "what is left out is counted");
}

#[test]
fn the_picture_shows_the_exchange() {
    let page = page_of(&failed("a", "1.1.1"));
    let picture = between(&page, "<svg class=\"diagram\"", "</svg>");
    assert!(picture.contains("role=\"img\"") && picture.contains("<title") && picture.contains("<desc"));
    assert!(picture.contains("4 frames sent by wsproof, 2 received from the testee."));
    assert_eq!(picture.matches("url(#to)").count(), 5, "the request and four frames");
    assert_eq!(picture.matches("url(#fro)").count(), 3, "the response and two frames");
    assert!(picture.contains("1.000 s pass") && picture.contains("wait 1 s “A”"));
    assert!(picture.contains("the server drops TCP · closed cleanly"));
    let never = page_of(&never_opened("a", "1.1.1"));
    assert!(never.contains("the connection never opened"));
}

#[test]
fn octets_that_made_no_frame_are_in_the_picture() {
    let mut talk = Talk::opened();
    talk.after(10).receive(1, true, b"Hello");
    talk.after(10).octets_received(b"\x81\x7f\xff\xff");
    talk.log(LogEvent::KillTimerFired);
    let page = page_of(&Outcome { transcript: talk.transcript, ..passed("a", "1.1.1") });
    assert!(page.contains("4 octets, no whole frame"));
}

#[test]
fn frames_that_the_log_does_not_have_are_told_by_number() {
    let mut talk = Talk::opened();
    talk.log(LogEvent::CloseTimerArmed { seconds: 10.0 });
    talk.transcript.sent_frames.insert(1, 1_000);
    talk.transcript.received_frames.insert(1, 999);
    let page = page_of(&Outcome { transcript: talk.transcript, ..passed("a", "1.1.1") });
    assert!(page.contains("frames not logged: 1000 sent, 999 received"));
}

#[test]
fn a_case_links_to_the_inspector_where_its_page_is() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = hostile("agent \"><script>", "1.1.1");
    assert!(!pages(folder.path(), std::slice::from_ref(&outcome)).1.contains("inspector.html"));
    fs::write(folder.path().join(wsproof_report::inspector::FILE_NAME), "").unwrap();
    let page = pages(folder.path(), &[outcome]).1;
    let case = between(&page, "<a href=\"inspector.html#case=", "\">");
    assert!(case.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"_-.,".contains(&octet)), "{case}");
}
