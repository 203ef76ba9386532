//! Journals that are whole, torn, damaged, or of another program.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{failed, options, passed};
use wsproof_report::journal::{FILE_NAME, Reader};
use wsproof_report::{ReportError, ReportWriter, from_journal};
use wsproof_scenarios::{Outcome, Testee};

fn journal(dir: &Path) -> PathBuf {
    let mut writer = ReportWriter::open(dir, options(&["1.1.1", "6.4.1"])).unwrap();
    writer.add(&passed("a", "1.1.1")).unwrap();
    writer.add(&failed("a", "6.4.1")).unwrap();
    dir.join(FILE_NAME)
}

fn outcomes(reader: &mut Reader) -> Vec<Outcome> {
    reader.map(Result::unwrap).collect()
}

#[test]
fn every_outcome_is_on_disk_before_the_next_begins() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal(dir.path());
    // The writer was never told to finish.
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(outcomes(&mut reader), [passed("a", "1.1.1"), failed("a", "6.4.1")]);
    assert_eq!(reader.header().testee, Testee::Server);
    assert_eq!(reader.header().tool, "wsproof 0.0.0");
    assert_eq!(reader.header().cases, options(&["1.1.1", "6.4.1"]).cases);
    assert!(reader.header().started_ms > 1_600_000_000_000);
}

#[test]
fn a_line_torn_anywhere_costs_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let whole = fs::read(journal(dir.path())).unwrap();
    let last_line = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    for end in (last_line..whole.len() - 1).step_by(97) {
        let path = dir.path().join("torn.jsonl");
        fs::write(&path, &whole[..end]).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!(outcomes(&mut reader), [passed("a", "1.1.1")], "cut at {end}");
        assert_eq!(reader.damaged().len(), usize::from(end > last_line), "cut at {end}");
    }
}

#[test]
fn damage_in_the_middle_is_told_and_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal(dir.path());
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&path, format!("{}\n{}\n\u{0}garbage\n\n{{}}\n{}\n", lines[0], lines[1], lines[2])).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(outcomes(&mut reader).len(), 2);
    assert_eq!(reader.damaged().iter().map(|d| d.line).collect::<Vec<_>>(), [3, 5]);
    let rebuilt = from_journal(dir.path(), None).unwrap();
    assert_eq!((rebuilt.summary.finished(), rebuilt.damaged.len()), (2, 2));
}

#[test]
fn fields_of_later_versions_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal(dir.path());
    let text = fs::read_to_string(&path).unwrap();
    let text: String = text.lines().map(|line| format!("{{\"later\":[{{}}],{}\n", &line[1..])).collect();
    fs::write(&path, text).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(outcomes(&mut reader).len(), 2);
    assert!(reader.damaged().is_empty());
}

#[test]
fn what_is_no_journal_is_refused_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let error = from_journal(dir.path(), None).unwrap_err();
    assert!(matches!(error, ReportError::Read { .. }), "{error:?}");
    assert!(error.to_string().contains("check the path"), "{error}");
    for (content, hint) in [
        ("", "first line"),
        ("{}\n", "first line"),
        ("not json\n", "first line"),
        ("{\"wsproof_journal\":1}\n", "testee"),
        ("{\"wsproof_journal\":7,\"testee\":3}\n", "newer wsproof"),
    ] {
        fs::write(dir.path().join(FILE_NAME), content).unwrap();
        let error = from_journal(dir.path(), None).unwrap_err();
        assert!(matches!(error, ReportError::NotAJournal { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(FILE_NAME) && text.contains(hint), "{text}");
    }
}
