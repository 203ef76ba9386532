//! `wsproof scenario check`.

mod support;

use support::wsproof;

const GOOD: &str = r#"{"description": "not masked", "steps": [
    {"do": "frame", "opcode": "text", "mask": "none", "length": 64, "announce": 9, "payload": {"text": "x"}},
    {"do": "octets", "payload": {"hex": "00ff"}},
    {"do": "kill_after", "seconds": 1}],
  "accept": [{"events": []}], "close": {"by_fuzzer": false, "codes": [1002]}}"#;

#[test]
fn good_files_are_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.json"), GOOD).unwrap();
    let run = wsproof(folder.path(), &["scenario", "check", "good.json"]);
    assert_eq!(run.succeeds().out, "good.json: 1 scenario\n  100.1  not masked (3 steps)\n");
    let run = wsproof(folder.path(), &["scenario", "check", "--explain", "good.json"]);
    for line in [
        "1. send text frame, FIN=1, not masked, length in 64 bits, which announces 9 octets: 1 octet, \"x\"",
        "2. write 2 octets as they are",
    ] {
        assert!(run.succeeds().out.contains(line), "{line} is not in {}", run.out);
    }
}

#[test]
fn each_wrong_file_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (name, from, to) in [
        ("do.json", "frame", "fram"),
        ("payload.json", r#"{"text": "x"}"#, "7"),
        ("hex.json", "00ff", "0g"),
        ("good.json", "", ""),
        ("length.json", "64", "7.5"),
    ] {
        std::fs::write(folder.path().join(name), GOOD.replacen(from, to, 1)).unwrap();
    }
    let files = ["do.json", "payload.json", "hex.json", "good.json", "length.json", "none.json"];
    let run = wsproof(folder.path(), &[&["scenario", "check"][..], &files].concat());
    run.fails_with(
        2,
        &[
            "do.json, line 2, column 17, `steps[0].do`: unknown variant `fram`, expected one of `frame`, `octets`",
            "expected a payload, {\"text\": \"…\"} or {\"hex\": \"…\"}",
            "`steps[1]`: 'g' is no hexadecimal digit, in place 2 of them",
            "length.json, line 3, column 4, `steps[0]`: invalid type: floating point `7.5`",
            "none.json: the file cannot be read",
            "5 of 6 files cannot be run",
        ],
    );
    assert_eq!(run.out, "good.json: 1 scenario\n  100.1  not masked (3 steps)\n");
}
