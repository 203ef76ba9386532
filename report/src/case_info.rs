//! What a report tells of a case beyond its outcome.

use serde::{Deserialize, Serialize};
use wsproof_scenarios::case::Clause;
use wsproof_scenarios::{Case, CaseId};

/// The texts of a case, as reports show them.
///
/// The journal carries them, so that the report of a run with cases of one's own can be rebuilt from it alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseInfo {
    /// Which case.
    pub id: CaseId,
    /// What is sent.
    #[serde(default)]
    pub description: String,
    /// What a right testee does.
    #[serde(default)]
    pub expectation: String,
    /// The rules that the case proves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// Whether the index shows how long the case took.
    #[serde(default)]
    pub report_time: bool,
}

impl CaseInfo {
    /// Nothing known but the id: a result came for a case that was not selected.
    pub fn unknown(id: CaseId) -> Self {
        Self {
            id,
            description: String::new(),
            expectation: String::new(),
            clauses: Vec::new(),
            report_time: false,
        }
    }
}

impl From<&Case> for CaseInfo {
    fn from(case: &Case) -> Self {
        Self {
            id: case.id,
            description: case.description.clone(),
            expectation: case.expectation.clone(),
            clauses: case.clauses.clone(),
            report_time: case.report_time,
        }
    }
}
