//! A report is bounded, and there is one from the first moment on.

mod common;

use std::fs;
use std::path::Path;

use common::{failed, options, passed};
use wsproof_report::journal::{FILE_NAME, Reader};
use wsproof_report::{ReportWriter, from_journal};
use wsproof_scenarios::{Event, Excerpt, LogEntry, LogEvent, Outcome, Transcript, Verdict};

const MIB: u64 = 1 << 20;

/// Octets of all files in the folder.
fn size(dir: &Path) -> u64 {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// What becomes of a testee whose frames, of which no two are the same, fill all that a session keeps.
fn flood(agent: &str, case: &str) -> Outcome {
    let mut outcome = failed(agent, case);
    let payload = |n: u64| Excerpt::of(&[&n.to_be_bytes()[..], &[0xfe; 56]].concat());
    let frame = |n| {
        let what =
            LogEvent::FrameReceived { payload: payload(n), opcode: 2, fin: true, rsv: 0, mask: Some([1; 4]) };
        LogEntry::new(n, what)
    };
    let message = |n| Event::Message { binary: true, payload: payload(n) };
    outcome.transcript = Transcript {
        http_response: format!("HTTP/1.1 101 x\r\nX: {}\r\n\r\n", "é<".repeat(20_000)),
        wire_log: (0..Transcript::MAX_ENTRIES as u64).map(frame).collect(),
        entries_left_out: 1_000_000,
        left_out_before: Some(900),
        received_octets: (1..=Transcript::MAX_SIZES as u64).map(|size| (size, 1)).collect(),
        ..outcome.transcript
    };
    outcome.received = (0..Outcome::MAX_EVENTS as u64).map(message).collect();
    outcome.facts.remote_close_reason = Some("\u{202e}".repeat(20_000));
    outcome.reason = "<".repeat(50_000);
    outcome
}

fn cases(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("9.{}.{}", n / 100 + 1, n % 100 + 1)).collect()
}

#[test]
fn whatever_a_testee_sends_fits_and_no_verdict_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let cases = cases(150);
    let mut options = options(&cases.iter().map(String::as_str).collect::<Vec<_>>());
    options.junit = Some(dir.path().join("junit.xml"));
    let mut writer = ReportWriter::open(dir.path(), options).unwrap();
    for case in &cases {
        writer.add(&flood("a", case)).unwrap();
    }
    writer.finish().unwrap();
    assert!(size(dir.path()) < 64 * MIB, "{}", size(dir.path()));
    assert_eq!(writer.summary().count(Verdict::Fail), cases.len());
    let index: serde_json::Value = serde_json::from_str(&read(dir.path(), "index.json")).unwrap();
    assert_eq!(index["a"].as_object().unwrap().len(), cases.len());
    // The first case at length, the last one in short; either says what is not there.
    let [first, last] = ["a_case_9_1_2", "a_case_9_2_51"].map(|stem| {
        let json: serde_json::Value =
            serde_json::from_str(&read(dir.path(), &format!("{stem}.json"))).unwrap();
        let page = read(dir.path(), &format!("{stem}.html"));
        assert!(page.contains("lines were not kept here") && page.contains("more were not kept"), "{stem}");
        assert!(json["httpResponse"].as_str().unwrap().ends_with("characters more were not kept)"), "{stem}");
        assert!(json["wirelogEntriesLeftOut"].as_u64().unwrap() > 1_000_000, "{stem}");
        json["wirelog"].as_array().unwrap().len()
    });
    assert!(first > last && last > 5, "{first} {last}");
    // What is in the journal is what was written.
    let outcomes: Vec<Outcome> =
        Reader::open(&dir.path().join(FILE_NAME)).unwrap().map(Result::unwrap).collect();
    assert_eq!(outcomes.len(), cases.len());
    assert_eq!(outcomes[0].transcript.wire_log.len(), first);
    assert_eq!(from_journal(dir.path(), None).unwrap().summary, writer.summary());
}

/// A client may run one case for ever.
#[test]
fn results_that_were_replaced_leave_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = ReportWriter::open(dir.path(), options(&["1.1.1", "1.1.2"])).unwrap();
    writer.add(&passed("a", "1.1.2")).unwrap();
    for n in 0..60 {
        writer.add(&Outcome { number: n, ..flood("a", "1.1.1") }).unwrap();
        assert!(size(dir.path()) < 8 * MIB, "{n}: {}", size(dir.path()));
        assert!(Reader::open(&dir.path().join(FILE_NAME)).unwrap().all(|outcome| outcome.is_ok()));
    }
    let id = "1.1.1".parse().unwrap();
    assert_eq!(writer.outcome("a", id).unwrap().unwrap().number, 59);
    let id = "1.1.2".parse().unwrap();
    assert_eq!(writer.outcome("a", id).unwrap(), Some(passed("a", "1.1.2")));
    writer.finish().unwrap();
    let rebuilt = from_journal(dir.path(), None).unwrap();
    assert_eq!(rebuilt.summary, writer.summary());
    assert!(rebuilt.damaged.is_empty());
}

#[test]
fn a_run_has_an_index_before_its_first_case_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&["1.1.1", "1.1.2", "1.1.3"]);
    options.junit = Some(dir.path().join("junit.xml"));
    // What an earlier run left must not pass for this one's.
    fs::write(dir.path().join("index.json"), "old").unwrap();
    let mut writer = ReportWriter::open(dir.path(), options).unwrap();
    assert_eq!(read(dir.path(), "index.json"), "{}");
    assert!(read(dir.path(), "index.html").contains("3 of 3 cases have no result in it"));
    let unfinished = |missing: usize| {
        let junit = read(dir.path(), "junit.xml");
        let error = format!("the run is not finished: {missing} of 3 cases have no result");
        assert!(junit.contains(&error) && junit.contains("errors=\"1\""), "{junit}");
    };
    unfinished(3);
    writer.add(&passed("a", "1.1.1")).unwrap();
    writer.update().unwrap();
    assert!(read(dir.path(), "index.html").contains("2 of 3 cases have no result in it"));
    unfinished(2);
    writer.finish().unwrap();
    assert!(!read(dir.path(), "index.html").contains("have no result in it"));
    assert!(!read(dir.path(), "junit.xml").contains("not finished"));
    // A client that goes on after the report was asked for.
    writer.add(&passed("a", "1.1.2")).unwrap();
    writer.update().unwrap();
    unfinished(1);
}

/// A reader of JUnit XML gets the logs of the first failures, and of the others the name of the file.
#[test]
fn junit_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let cases = cases(120);
    let mut options = options(&cases.iter().map(String::as_str).collect::<Vec<_>>());
    options.junit = Some(dir.path().join("junit.xml"));
    let mut writer = ReportWriter::open(dir.path(), options).unwrap();
    for case in &cases {
        writer.add(&Outcome { reason: "x".repeat(60_000), ..failed("a", case) }).unwrap();
    }
    writer.finish().unwrap();
    let junit = read(dir.path(), "junit.xml");
    assert!((junit.len() as u64) < 6 * MIB, "{}", junit.len());
    assert_eq!(junit.matches("<failure").count(), cases.len());
    assert!(junit.contains("frame received") && junit.contains("The wire log is in a_case_9_2_21.html."));
}
