//! Scenarios of one's own: cases from JSON files.
//!
//! A file holds one scenario, or a list of them. The keys are those of a [`Case`]; what a short scenario does not say
//! has a default, and one without an `id` gets the next free number of section 100. `docs/scenarios.md` explains the
//! format by example.
//!
//! ```
//! let text = r#"{
//!     "description": "Sends a ping.",
//!     "steps": [{"do": "frame", "opcode": "ping", "payload": {"text": "x"}}, {"do": "close_after", "seconds": 1}],
//!     "accept": [{"events": [{"event": "pong", "payload": {"text": "x"}}]}]
//! }"#;
//! let cases = wsproof_scenarios::scenario::parse(text).unwrap();
//! assert_eq!(cases[0].id.to_string(), "100.1");
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::case::{Case, CloseRule, Judge, Step};
use crate::catalogue;
use crate::event::Event;
use crate::id::{CaseId, FIRST_OWN_SECTION};

/// The first section that is free for scenarios of one's own. Lower ones are for built-in cases.
pub const FIRST_SECTION: u16 = FIRST_OWN_SECTION;

/// A file may have so many octets: 16 MiB.
pub const MAX_OCTETS: u64 = 16 << 20;

/// A scenario may have so many steps.
pub const MAX_STEPS: usize = 100_000;

/// Whether the id is that of a user's scenario.
pub fn is_own(id: CaseId) -> bool {
    id.section() >= FIRST_SECTION
}

/// Why scenarios cannot be used: file, line, field, and what is wrong.
#[derive(Debug)]
pub struct ScenarioError {
    path: Option<PathBuf>,
    /// Line and column, from 1, if they are known.
    place: Option<(usize, usize)>,
    /// Such as `[2].steps[0]`.
    field: String,
    problem: String,
}

impl ScenarioError {
    fn about(index: usize, alone: bool, field: &str, problem: impl Into<String>) -> Self {
        let field = match (alone, field) {
            (true, field) => field.to_owned(),
            (false, "") => format!("[{index}]"),
            (false, field) => format!("[{index}].{field}"),
        };
        Self { path: None, place: None, field, problem: problem.into() }
    }

    /// The field that is wrong, such as `steps[0]`; empty if it is the text as a whole.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The line, from 1, if the fault has a place.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}", path.display())?,
            None => f.write_str("the scenario")?,
        }
        if let Some((line, column)) = self.place {
            write!(f, ", line {line}, column {column}")?;
        }
        if !self.field.is_empty() {
            write!(f, ", `{}`", self.field)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for ScenarioError {}

/// Reads the scenarios of these files, in order. Ids must differ across all of them.
///
/// # Errors
/// A file cannot be read, or is no scenario; the message names the file, the line and the field.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Case>, ScenarioError> {
    read_all(paths.iter().map(|path| (path, text_of(path))))
}

/// Parses the scenarios of files that were read already, given as paths and texts.
///
/// # Errors
/// As [`load`].
pub fn parse_files(files: &[(PathBuf, String)]) -> Result<Vec<Case>, ScenarioError> {
    read_all(files.iter().map(|(path, text)| (path, Ok(text.as_str()))))
}

fn read_all<'a>(
    files: impl Iterator<Item = (&'a PathBuf, Result<impl AsRef<str>, ScenarioError>)>,
) -> Result<Vec<Case>, ScenarioError> {
    let mut cases = Vec::new();
    let mut taken = BTreeSet::new();
    for (path, text) in files {
        let found = text.and_then(|text| read(text.as_ref(), &mut taken));
        cases.extend(found.map_err(|error| ScenarioError { path: Some(path.clone()), ..error })?);
    }
    Ok(cases)
}

/// Reads the scenarios of a text.
///
/// # Errors
/// As [`load`], without a file to name.
pub fn parse(text: &str) -> Result<Vec<Case>, ScenarioError> {
    read(text, &mut BTreeSet::new())
}

fn text_of(path: &Path) -> Result<String, ScenarioError> {
    let failed = |problem: String| ScenarioError { path: None, place: None, field: String::new(), problem };
    let cannot = |error: io::Error| failed(format!("the file cannot be read: {error}"));
    let mut text = String::new();
    File::open(path).map_err(cannot)?.take(MAX_OCTETS + 1).read_to_string(&mut text).map_err(cannot)?;
    if text.len() as u64 > MAX_OCTETS {
        return Err(failed(format!("more than {MAX_OCTETS} octets: that is no scenario")));
    }
    Ok(text)
}

fn read(text: &str, taken: &mut BTreeSet<CaseId>) -> Result<Vec<Case>, ScenarioError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let alone = text.trim_start().starts_with('{');
    let mut cases = if alone { vec![from_json(text)?] } else { from_json::<Vec<Case>>(text)? };
    cases.iter_mut().for_each(judge_by_steps);
    for (index, case) in cases.iter().enumerate() {
        check(case, taken).map_err(|(field, problem)| ScenarioError::about(index, alone, &field, problem))?;
        if case.id != CaseId::UNNUMBERED {
            taken.insert(case.id);
        }
    }
    for case in cases.iter_mut().filter(|case| case.id == CaseId::UNNUMBERED) {
        let free = (1..=u16::MAX).filter_map(|n| CaseId::new(&[FIRST_SECTION, n]));
        if let Some(id) = free.into_iter().find(|id| !taken.contains(id)) {
            taken.insert(id);
            case.id = id;
        }
    }
    Ok(cases)
}

fn from_json<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ScenarioError> {
    let failed = |error: serde_json::Error, field: String| {
        let problem = error.to_string();
        let problem = problem.rsplit_once(" at line ").map_or(problem.as_str(), |(text, _)| text);
        let place = (error.line() > 0).then(|| (error.line(), error.column()));
        let field = if error.is_data() && field != "." { field } else { String::new() };
        ScenarioError { path: None, place, field, problem: problem.to_owned() }
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let value = T::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track))
        .map_err(|error| failed(error, track.path().to_string()))?;
    json.end().map_err(|error| failed(error, String::new()))?;
    Ok(value)
}

/// A case with steps that wait for the testee is judged by them.
fn judge_by_steps(case: &mut Case) {
    if !case.steps.iter().any(Step::is_awaited) || case.judge != Judge::default() {
        return;
    }
    case.judge = Judge::Steps;
    let refusal = case.steps.iter().find_map(|step| match step {
        Step::Refuse(refuse) => Some(refuse.codes.clone()),
        _ => None,
    });
    if let Some(codes) = refusal {
        case.close = CloseRule { by_fuzzer: false, codes, require_clean: false, ..CloseRule::default() };
    }
}

/// What the types alone do not tell.
fn check(case: &Case, taken: &BTreeSet<CaseId>) -> Result<(), (String, String)> {
    let id = case.id;
    if !is_own(id) {
        let whose = if catalogue::number(id).is_some() { "is a built-in case" } else { "is not free" };
        return Err((
            "id".to_owned(),
            format!("{id} {whose}: scenarios of your own have ids from {FIRST_SECTION}.1 on, or none"),
        ));
    }
    if taken.contains(&id) {
        return Err(("id".to_owned(), format!("{id} is given twice")));
    }
    if case.description.trim().is_empty() {
        return Err((
            "description".to_owned(),
            "a scenario needs a sentence that tells what it does".to_owned(),
        ));
    }
    if case.steps.len() > MAX_STEPS {
        return Err(("steps".to_owned(), format!("at most {MAX_STEPS} steps are possible")));
    }
    for (number, step) in case.steps.iter().enumerate() {
        let fault = match step {
            Step::Frame(frame) | Step::EchoLoop { frame, .. } => frame.fault(),
            Step::Octets { chop: Some(0), .. } => Some(("chop", "`chop` is at least 1".to_owned())),
            _ => None,
        };
        if let Some((field, problem)) = fault {
            return Err((format!("steps[{number}].{field}"), problem));
        }
        if let Step::CorpusLoop { corpus, units, .. } = step
            && !(1..corpus.ring().units() as u64).contains(&u64::from(*units))
        {
            let text = format!("`units` is from 1 to {} in this corpus", corpus.ring().units() - 1);
            return Err(("steps".to_owned(), text));
        }
    }
    let mut windows = case.deflate.iter().flat_map(|wish| [wish.max_window_bits, wish.own_max_window_bits]);
    if windows.any(|bits| bits.is_some_and(|bits| !(8..=15).contains(&bits))) {
        return Err(("deflate".to_owned(), "a window is from 8 to 15 bits (RFC 7692 §7.1.2)".to_owned()));
    }
    if case.accept.is_empty() && matches!(case.judge, Judge::Events | Judge::EventsAndFramesSent { .. }) {
        let text =
            "nothing is accepted, so nobody can pass: add {\"events\": […]}; an empty list accepts silence";
        return Err(("accept".to_owned(), text.to_owned()));
    }
    if case.judge == Judge::Steps {
        return steps_fit(case);
    }
    let ends =
        |step: &Step| matches!(step, Step::CloseAfter { .. } | Step::KillAfter { .. } | Step::Close { .. });
    if !case.steps.iter().any(ends) {
        return Err((
            "steps".to_owned(),
            "nothing ends this scenario: add {\"do\": \"close_after\", \"seconds\": 1}, `kill_after` or `close`"
                .to_owned(),
        ));
    }
    Ok(())
}

/// What must be so where a case is judged by its steps.
fn steps_fit(case: &Case) -> Result<(), (String, String)> {
    let wrong = |field: &str, problem: &str| Err((field.to_owned(), problem.to_owned()));
    if !case.accept.is_empty() {
        return wrong("accept", "`expect`, `expect_silence` and `refuse` judge the case: leave `accept` out");
    }
    if !case.steps.iter().any(Step::is_awaited) {
        return wrong(
            "steps",
            "nothing is expected, so nobody can fail: add `expect`, `expect_silence` or `refuse`",
        );
    }
    let refusals = case.steps.iter().filter(|step| matches!(step, Step::Refuse(_))).count();
    if refusals > 1 {
        return wrong("steps", "a connection can be failed once: one `refuse` is possible");
    }
    for (number, step) in case.steps.iter().enumerate() {
        match step {
            Step::Expect(expect) if matches!(expect.event, Event::Timeout { .. }) => {
                return wrong(
                    &format!("steps[{number}].event"),
                    "a `message` or a `pong` can be expected here",
                );
            }
            Step::EchoLoop { .. } | Step::CorpusLoop { .. } => {
                return wrong(
                    &format!("steps[{number}].do"),
                    "a loop has a judge of its own, `echo_loop` or `corpus_loop`",
                );
            }
            _ => {}
        }
    }
    Ok(())
}
