//! Scenarios from JSON: defaults, ids, and errors that people can act upon.

use std::path::PathBuf;

use wsproof_scenarios::case::Step;
use wsproof_scenarios::{
    CaseRef, ClientRequest, OwnedSession, SessionOptions, TcpEnd, Verdict, catalogue, scenario,
};

const SHORT: &str = r#"{"description": "x", "steps": [{"do": "close_after", "seconds": 1}],
    "accept": [{"events": []}]}"#;

#[test]
fn what_is_left_out_has_a_default() {
    let case = &scenario::parse(SHORT).unwrap()[0];
    assert_eq!(case.id.to_string(), "100.1");
    assert!(case.close.by_fuzzer && case.close.require_clean && case.close.auto_close);
    assert_eq!(case.close.codes, [1000]);
    let text = r#"{"description": "x", "id": "100.2", "accept": [{"events": []}],
        "steps": [{"do": "frame", "opcode": "ping"}, {"do": "close", "payload": {}}]}"#;
    let error = scenario::parse(text).unwrap_err();
    assert!(error.to_string().contains("`text` or `hex`"), "{error}");
    let text = text.replace("{}", r#"{"hex": "03e8"}"#);
    let case = &scenario::parse(&text).unwrap()[0];
    assert!(matches!(&case.steps[0], Step::Frame(frame) if frame.fin && frame.payload.is_empty()));
}

#[test]
fn ids_are_given_in_order_around_those_that_are_taken() {
    let named = SHORT.replacen('{', r#"{"id": "100.1", "#, 1);
    let ids = |text: &str| -> Vec<String> {
        scenario::parse(text).unwrap().iter().map(|case| case.id.to_string()).collect()
    };
    assert_eq!(ids(&format!("[{SHORT}, {named}, {SHORT}]")), ["100.2", "100.1", "100.3"]);
}

#[test]
fn errors_name_the_place_and_what_is_wrong() {
    for (text, field, problem) in [
        ("", "", "EOF"),
        ("[1]", "[0]", "invalid type"),
        (r#"{"description": "x"}"#, "", "missing field `steps`"),
        (r#"{"description": "x", "steps": [{"do": "frame", "opcode": "pinng"}]}"#, "steps[0]", "an opcode"),
        (r#"{"description": "x", "steps": [{"do": "frame", "opcode": 16}]}"#, "steps[0]", "an opcode"),
        (r#"{"description": "x", "steps": [{"do": "dance"}]}"#, "steps[0].do", "unknown variant `dance`"),
        (r#"{"description": "x", "steps": [], "colour": 1}"#, "colour", "unknown field `colour`"),
        (r#"{"description": "x", "steps": [], "accept": [{"events": []}]}"#, "steps", "nothing ends"),
        (r#"{"description": " ", "steps": [], "accept": []}"#, "description", "a sentence"),
        (
            r#"{"description": "x", "steps": [{"do": "close_after", "seconds": 1}]}"#,
            "accept",
            "nobody can pass",
        ),
        (&SHORT.replacen('{', r#"{"id": "1.1.1", "#, 1), "id", "1.1.1 is a built-in case"),
        (&SHORT.replacen('{', r#"{"id": "50.1", "#, 1), "id", "50.1 is not free"),
        (&SHORT.replacen("1}", "1e9}", 1), "steps[0]", "from 0 to 86400"),
        (
            r#"{"description": "x", "steps": [{"do": "corpus_loop", "corpus": "json", "units": 0, "count": 1}]}"#,
            "steps",
            "`units` is from 1 to",
        ),
        (&SHORT.replacen('{', r#"{"deflate": [{"max_window_bits": 16}], "#, 1), "deflate", "from 8 to 15"),
    ] {
        let error = scenario::parse(text).unwrap_err();
        assert_eq!(error.field(), field, "{text}: {error}");
        assert!(error.to_string().contains(problem), "{text}: {error}");
    }
    let twice = SHORT.replacen('{', r#"{"id": "100.1", "#, 1);
    let error = scenario::parse(&format!("[{twice}, {twice}]")).unwrap_err();
    assert_eq!(error.field(), "[1].id");
}

#[test]
fn a_file_is_named_with_its_line() {
    let path = std::env::temp_dir().join(format!("wsproof-scenario-{}.json", std::process::id()));
    std::fs::write(&path, "{\"description\": \"x\",\n \"steps\": 3}").unwrap();
    let error = scenario::load(std::slice::from_ref(&path)).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(error.to_string().starts_with(&format!("{}, line 2, column", path.display())), "{error}");
    assert_eq!((error.line(), error.field()), (Some(2), "steps"));
    let error = scenario::load(&[PathBuf::from("no/such/file")]).unwrap_err();
    assert!(error.to_string().starts_with("no/such/file: the file cannot be read"), "{error}");
}

#[test]
fn every_built_in_case_is_a_scenario_but_for_its_id() {
    for case in catalogue::all() {
        let mut case = case.clone();
        case.id = "100.7".parse().unwrap();
        let json = serde_json::to_string(&case).unwrap();
        assert_eq!(scenario::parse(&json).unwrap_or_else(|error| panic!("{json}: {error}")), [case]);
    }
}

#[test]
fn the_examples_of_the_documentation_are_scenarios() {
    let page = include_str!("../../docs/scenarios.md");
    let examples: Vec<&str> = page
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(json, _)| json)
        .collect();
    assert_eq!(examples.len(), 6);
    for example in examples {
        scenario::parse(example).unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}

#[test]
fn an_owned_session_needs_no_borrow() {
    let case = CaseRef::from(scenario::parse(SHORT).unwrap().remove(0));
    let request = ClientRequest::new("h", "/");
    let mut session = OwnedSession::connect(case, request, SessionOptions::default());
    session.peer_closed(TcpEnd::Fin, std::time::Duration::ZERO);
    let outcome = session.take_outcome("a".to_owned(), 0).unwrap();
    assert_eq!((outcome.id.to_string().as_str(), outcome.verdict), ("100.1", Verdict::Fail));
    assert!(session.take_outcome("a".to_owned(), 0).is_none());
}
