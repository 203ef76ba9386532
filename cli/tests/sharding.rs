//! A run in parts gives the report of the whole.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use support::{index, wsproof};

const CASES: &str = "1.1,2,5.1,7.3,12.1.1,12.1.10,9.7.1";

/// The main job, all of it or a part, into this folder.
fn run(folder: &Path, outdir: &str, more: &[&str]) {
    let junit = format!("{outdir}/out.xml");
    let fixed = ["--cases", CASES, "--profile", "quick", "--outdir", outdir, "--junit", &junit];
    wsproof(folder, &[&fixed[..], more].concat()).succeeds();
}

/// Everything in a report's index but the times.
fn verdicts(report: &Path) -> Map<String, Value> {
    let mut index = index(report);
    for case in index.values_mut() {
        case.as_object_mut().unwrap().remove("duration");
    }
    index
}

/// Case files by name: number and agent of each.
fn case_files(report: &Path) -> Vec<(String, Value, Value)> {
    let mut files: Vec<PathBuf> = fs::read_dir(report).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        path.to_string_lossy().contains("_case_") && path.extension().is_some_and(|e| e == "json")
    });
    files.sort();
    let read = |path: &PathBuf| {
        let json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            json["case"].clone(),
            json["agent"].clone(),
        )
    };
    files.iter().map(read).collect()
}

/// JUnit without what is the time's.
fn junit(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(at) = [" time=\"", " timestamp=\""].iter().filter_map(|key| rest.find(key)).min() {
        plain.push_str(&rest[..at]);
        let value = at + rest[at..].find('"').unwrap() + 1;
        rest = &rest[value + rest[value..].find('"').unwrap() + 1..];
    }
    plain.push_str(rest);
    plain
}

#[test]
fn parts_merged_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    run(folder.path(), "whole", &[]);
    for part in ["1", "2", "3"] {
        run(folder.path(), &format!("part{part}"), &["--shard", &format!("{part}/3")]);
    }
    for (half, side) in [("servers", "server"), ("clients", "client")] {
        let parts: Vec<String> = ["1", "2", "3"].iter().map(|part| format!("part{part}/{half}")).collect();
        let outdir = format!("merged/{half}");
        let mut command = vec!["merge"];
        command.extend(parts.iter().map(String::as_str));
        let xml = format!("{outdir}/all.xml");
        command.extend(["--outdir", &outdir, "--junit", &xml]);
        let merged = wsproof(folder.path(), &command);
        assert!(!merged.succeeds().err.contains("warning"), "{}", merged.err);
        let whole = at(&format!("whole/{half}"));
        assert_eq!(verdicts(&at(&outdir)), verdicts(&whole));
        assert_eq!(case_files(&at(&outdir)), case_files(&whole));
        assert_eq!(junit(&at(&xml)), junit(&at(&format!("whole/out-{side}.xml"))));
        assert!(at(&outdir).join("index.html").is_file());
    }
}

#[test]
fn what_is_missing_or_does_not_fit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["1", "2"] {
        let shard = format!("{part}/2");
        let outdir = format!("part{part}");
        wsproof(folder.path(), &["--cases", "1.1", "--shard", &shard, "--outdir", &outdir, "-q"]).succeeds();
    }
    let merge = |arguments: &[&str]| wsproof(folder.path(), &[&["merge"], arguments].concat());
    merge(&["part1/servers", "part2/servers"]).succeeds();
    let half = merge(&["part1/servers"]);
    half.fails_with(3, &["part 2/2 is missing", "not run: 4 cases"]);
    assert!(half.out.contains("4 cases were not run"), "{}", half.out);
    merge(&["part1/servers", "part2/servers", "part1/servers"]).succeeds();
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(folder.path().join("part1/servers/journal.jsonl"), copy.join("journal.jsonl")).unwrap();
    merge(&["part1/servers", "copy"]).fails_with(2, &["copy", "is in part1/servers too"]);
    merge(&["part1/servers", "part2/clients"]).fails_with(2, &["part2", "clients", "servers"]);
    merge(&["part1/servers", "nowhere"]).fails_with(2, &["nowhere", "journal.jsonl"]);
    merge(&["part1/servers", "--outdir", "part1/../part1/servers"]).fails_with(2, &["another folder"]);
    merge(&[]).fails_with(2, &["<DIR>"]);
    // A part that was cut short: its last line is torn, and that case has no result.
    let journal = folder.path().join("part2/servers/journal.jsonl");
    let text = fs::read(&journal).unwrap();
    fs::write(&journal, &text[..text.len() - 20]).unwrap();
    merge(&["part1/servers", "part2/servers"]).fails_with(3, &["not run: 1 case", "journal.jsonl, line"]);
    wsproof(folder.path(), &["--shard", "3/2"]).fails_with(2, &["such as 2/4"]);
}
