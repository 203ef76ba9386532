//! The folder that a run leaves behind.

mod common;
#[path = "common/golden.rs"]
mod golden;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{failed, hostile, never_opened, options, passed};
use wsproof_report::{ReportError, ReportWriter, from_journal, journal};
use wsproof_scenarios::{Outcome, Verdict};

const CASES: [&str; 5] = ["1.1.1", "6.4.1", "7.1.5", "9.1.1", "10.1.1"];

/// A run of two testees: one good, one of which a case is missing.
fn sample_run(dir: &Path) -> ReportWriter {
    let mut options = options(&CASES);
    options.junit = Some(dir.join("junit.xml"));
    let mut writer = ReportWriter::open(dir, options).unwrap();
    for case in CASES {
        writer.add(&passed("good", case)).unwrap();
    }
    writer.add(&failed("Bad One/1.0", "6.4.1")).unwrap();
    writer.add(&never_opened("Bad One/1.0", "10.1.1")).unwrap();
    writer.add(&hostile("Bad One/1.0", "1.1.1")).unwrap();
    let notes = Outcome { verdict: Verdict::PassWithNotes, ..passed("Bad One/1.0", "9.1.1") };
    writer.add(&notes).unwrap();
    writer.finish().unwrap();
    writer
}

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// All files of the folder but the journal, whose header has the time.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with("journal"))
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn golden_files() {
    let dir = tempfile::tempdir().unwrap();
    sample_run(dir.path());
    for name in ["index.json", "bad_one_1_0_case_6_4_1.json", "bad_one_1_0_case_10_1_1.json", "junit.xml"] {
        golden::check(name, &read(dir.path(), name));
    }
    for name in [
        "index.html",
        "good_case_1_1_1.html",
        "bad_one_1_0_case_6_4_1.html",
        "bad_one_1_0_case_10_1_1.html",
        "bad_one_1_0_case_1_1_1.html",
    ] {
        golden::check(name, &golden::without_assets(&read(dir.path(), name)));
    }
}

#[test]
fn the_summary_counts() {
    let dir = tempfile::tempdir().unwrap();
    let summary = sample_run(dir.path()).summary();
    assert_eq!(summary.agents["good"].count(Verdict::Pass), 5);
    assert_eq!(summary.agents["good"].missing, 0);
    let bad = &summary.agents["Bad One/1.0"];
    assert_eq!((bad.count(Verdict::Fail), bad.count(Verdict::Incomplete), bad.missing), (2, 1, 1));
    assert_eq!((summary.finished(), summary.missing(), summary.count(Verdict::PassWithNotes)), (9, 1, 1));
}

#[test]
fn a_killed_run_leaves_all_that_was_finished() {
    let (live, dead) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    sample_run(live.path());
    // What a kill leaves: the journal, its last line torn.
    let whole = read(live.path(), journal::FILE_NAME);
    let torn = format!("{whole}{}", &whole.lines().last().unwrap()[..200]);
    fs::write(dead.path().join(journal::FILE_NAME), torn).unwrap();
    let rebuilt = from_journal(dead.path(), Some(dead.path().join("junit.xml"))).unwrap();
    assert_eq!(rebuilt.summary.finished(), 9);
    assert_eq!(rebuilt.damaged.len(), 1);
    assert_eq!(rebuilt.damaged[0].line, 11);
    assert_eq!(files(dead.path()), files(live.path()));
}

#[test]
fn a_case_that_was_run_twice_counts_once_and_the_later_result_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = ReportWriter::open(dir.path(), options(&["1.1.1"])).unwrap();
    writer.add(&failed("a", "1.1.1")).unwrap();
    writer.add(&passed("a", "1.1.1")).unwrap();
    writer.finish().unwrap();
    assert_eq!(writer.summary().agents["a"].verdicts, BTreeMap::from([(Verdict::Pass, 1)]));
    assert!(read(dir.path(), "index.json").contains("\"behavior\": \"OK\""));
    let rebuilt = from_journal(dir.path(), None).unwrap();
    assert_eq!(rebuilt.summary, writer.summary());
}

#[test]
fn testees_whose_names_make_the_same_file_name_keep_apart() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = ReportWriter::open(dir.path(), options(&["1.1.1"])).unwrap();
    let long = "x".repeat(10_000);
    let agents = ["a b", "a/b", "A_B", "../../a b", "", "日本語", "\u{202e}", "CON", long.as_str()];
    for agent in agents {
        writer.add(&passed(agent, "1.1.1")).unwrap();
    }
    writer.finish().unwrap();
    let index: serde_json::Value = serde_json::from_str(&read(dir.path(), "index.json")).unwrap();
    let mut names = Vec::new();
    for agent in agents {
        let name = index[agent]["1.1.1"]["reportfile"].as_str().unwrap().to_owned();
        let case: serde_json::Value = serde_json::from_str(&read(dir.path(), &name)).unwrap();
        assert_eq!(case["agent"], agent);
        assert!(dir.path().join(name.replace(".json", ".html")).is_file());
        names.push(name);
    }
    assert_eq!(names[0], "a_b_case_1_1_1.json");
    assert!(names[1].starts_with("a_b_") && names[1] != names[0], "{}", names[1]);
    // Two files a testee, two indexes, one journal, and nothing outside.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), agents.len() * 2 + 3);
}

#[test]
fn updates_after_every_case_write_only_what_changed() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = ReportWriter::open(dir.path(), options(&["1.1.1", "1.1.2", "1.1.3"])).unwrap();
    writer.update().unwrap();
    assert_eq!(read(dir.path(), "index.json"), "{}");
    writer.add(&passed("a", "1.1.1")).unwrap();
    writer.update().unwrap();
    let first = dir.path().join("a_case_1_1_1.json");
    fs::write(&first, "mark").unwrap();
    fs::write(dir.path().join("index.json"), "mark").unwrap();
    writer.update().unwrap();
    assert_eq!(read(dir.path(), "index.json"), "mark", "nothing changed, nothing is written");
    writer.add(&passed("a", "1.1.2")).unwrap();
    writer.update().unwrap();
    assert_eq!(fs::read_to_string(&first).unwrap(), "mark", "the files of the first case are left alone");
    assert!(read(dir.path(), "index.json").contains("1.1.2"));
}

#[test]
fn pages_link_past_cases_without_a_result() {
    let dir = tempfile::tempdir().unwrap();
    // An earlier run left the page of a case that this one does not come to.
    fs::write(dir.path().join("a_case_1_1_2.html"), "of yesterday").unwrap();
    let mut writer = ReportWriter::open(dir.path(), options(&["1.1.1", "1.1.2", "1.1.3"])).unwrap();
    writer.add(&passed("a", "1.1.1")).unwrap();
    assert!(read(dir.path(), "a_case_1_1_1.html").contains("href=\"a_case_1_1_2.html\""));
    writer.add(&passed("a", "1.1.3")).unwrap();
    writer.finish().unwrap();
    let (first, last) = (read(dir.path(), "a_case_1_1_1.html"), read(dir.path(), "a_case_1_1_3.html"));
    assert!(!first.contains("1_1_2.html") && first.contains("rel=\"next\" href=\"a_case_1_1_3.html\""));
    assert!(!last.contains("1_1_2.html") && last.contains("rel=\"prev\" href=\"a_case_1_1_1.html\""));
    assert_eq!(read(dir.path(), "a_case_1_1_2.html"), "of yesterday");
}

#[test]
fn an_earlier_run_is_replaced_and_foreign_files_stay() {
    let dir = tempfile::tempdir().unwrap();
    sample_run(dir.path());
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    let mut writer = ReportWriter::open(dir.path(), options(&["1.1.1"])).unwrap();
    writer.add(&failed("good", "1.1.1")).unwrap();
    writer.finish().unwrap();
    let index: serde_json::Value = serde_json::from_str(&read(dir.path(), "index.json")).unwrap();
    assert_eq!(index.as_object().unwrap().keys().collect::<Vec<_>>(), ["good"]);
    assert!(read(dir.path(), "good_case_1_1_1.json").contains("FAILED"));
    assert_eq!(read(dir.path(), "notes.txt"), "mine");
    assert!(dir.path().join("bad_one_1_0_case_6_4_1.html").is_file());
    assert_eq!(read(dir.path(), journal::PREVIOUS_FILE_NAME).lines().count(), 10);
}

#[test]
fn a_file_in_the_way_of_the_folder_is_an_error_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = ReportWriter::open(&path, options(&["1.1.1"])).unwrap_err();
        assert!(matches!(error, ReportError::Folder { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(&path.display().to_string()) && text.contains("choose another folder"),
            "{text}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_written_does_not_lose_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut junit = options(&["1.1.1"]);
    junit.junit = Some(dir.path().join("junit.xml"));
    let mut writer = ReportWriter::open(dir.path(), junit).unwrap();
    for name in ["a_case_1_1_1.json", "index.html", "junit.xml"] {
        // Of these some are there from the start.
        let _ = fs::remove_file(dir.path().join(name));
        fs::create_dir_all(dir.path().join(name).join("not empty")).unwrap();
    }
    let error = writer.add(&passed("a", "1.1.1")).unwrap_err();
    assert!(error.to_string().contains("a_case_1_1_1.json"), "{error}");
    assert!(dir.path().join("a_case_1_1_1.html").is_file());
    let error = writer.finish().unwrap_err();
    assert!(matches!(&error, ReportError::Several { more: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("index.html"), "{error}");
    assert!(read(dir.path(), "index.json").contains("1.1.1"));
    assert_eq!(read(dir.path(), journal::FILE_NAME).lines().count(), 2);
    // With the obstacle gone, the next attempt succeeds.
    for name in ["index.html", "junit.xml"] {
        fs::remove_dir_all(dir.path().join(name)).unwrap();
    }
    writer.finish().unwrap();
    assert!(dir.path().join("index.html").is_file());
}
