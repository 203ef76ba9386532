//! Objects as JavaScript reads them: `js/src/test/engine.ts` says what the names mean.

use serde::Serialize;
use wsproof_scenarios::case::Level;
use wsproof_scenarios::finding::{Finding, Rerun};
use wsproof_scenarios::{Case, Outcome, catalogue};

/// What is told of a case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToldCase {
    handle: u32,
    id: String,
    section_title: &'static str,
    description: String,
    expectation: String,
    clauses: Vec<String>,
}

impl ToldCase {
    pub(crate) fn with_handle(self, handle: u32) -> Self {
        Self { handle, ..self }
    }
}

pub(crate) fn case(case: &Case) -> ToldCase {
    let level = |level| match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::May => "MAY",
    };
    let clauses = case.clauses.iter().map(|clause| format!("{} {}", level(clause.level), clause.section));
    ToldCase {
        handle: 0,
        id: case.id.to_string(),
        section_title: catalogue::section_title(case.id.section()),
        description: case.description.to_string(),
        expectation: case.expectation.to_string(),
        clauses: clauses.collect(),
    }
}

/// What is told of an outcome.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToldOutcome<'a> {
    id: String,
    agent: &'a str,
    verdict: &'static str,
    behavior: &'static str,
    behavior_close: &'static str,
    reason: &'a str,
    findings: &'a [Finding],
    rerun: Option<Rerun>,
    /// Milliseconds.
    duration: f64,
    fails: bool,
    fails_strictly: bool,
}

pub(crate) fn outcome(outcome: &Outcome) -> ToldOutcome<'_> {
    ToldOutcome {
        id: outcome.id.to_string(),
        agent: &outcome.agent,
        verdict: outcome.verdict.as_str(),
        behavior: outcome.behavior.as_str(),
        behavior_close: outcome.behavior_close.as_str(),
        reason: &outcome.reason,
        findings: &outcome.findings,
        rerun: outcome.rerun,
        duration: outcome.duration_us as f64 / 1e3,
        fails: outcome.verdict.fails(),
        fails_strictly: outcome.verdict.fails() || outcome.verdict.fails_strictly(outcome.behavior),
    }
}
