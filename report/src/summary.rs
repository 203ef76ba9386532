//! The summary of each result that stays in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use wsproof_scenarios::{Behavior, BehaviorClose, CaseId, Outcome, Verdict};

use crate::cost::{Cost, Spent};
use crate::journal::Place;
use crate::names::case_file;

/// Longer reasons are cut: the case's page has the whole.
const MAX_REASON: usize = 300;

/// The result of one case, without its transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseSummary {
    /// Name of the testee.
    pub agent: Arc<str>,
    /// The case.
    pub id: CaseId,
    /// Our own verdict.
    pub verdict: Verdict,
    /// Autobahn's main verdict.
    pub behavior: Behavior,
    /// Autobahn's verdict on the end of the connection.
    pub behavior_close: BehaviorClose,
    /// From the opened connection to its end, in microseconds.
    pub duration_us: u64,
    /// Our own work in that time, in microseconds.
    pub own_us: u64,
    /// When the connection began: milliseconds since 1970.
    pub started_ms: u64,
    /// The code of the testee's last close frame.
    pub remote_close_code: Option<u16>,
    /// Why the verdict is not [`Verdict::Pass`], shortened; empty if it is.
    pub reason: String,
    /// What went wrong, for comparing ([`Outcome::cause`]); empty for a pass.
    pub cause: Box<str>,
    /// The agent's part of the file names.
    pub(crate) stem: Arc<str>,
    /// Where the journal has the outcome, if it could be written.
    pub(crate) place: Option<Place>,
    /// Octets of its two files.
    pub(crate) octets: u64,
    /// The cases that the page links to as the one before and the one after.
    pub(crate) neighbours: Neighbours,
}

/// The cases before and after one, for the links on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Neighbours {
    pub(crate) previous: Option<CaseId>,
    pub(crate) next: Option<CaseId>,
}

impl CaseSummary {
    pub(crate) fn of(outcome: &Outcome, agent: Arc<str>, stem: Arc<str>) -> Self {
        let passed = outcome.verdict == Verdict::Pass;
        Self {
            agent,
            id: outcome.id,
            verdict: outcome.verdict,
            behavior: outcome.behavior,
            behavior_close: outcome.behavior_close,
            duration_us: outcome.duration_us,
            own_us: outcome.own_us,
            started_ms: outcome.started_ms,
            remote_close_code: outcome.facts.remote_close_code,
            reason: if passed { String::new() } else { outcome.reason.chars().take(MAX_REASON).collect() },
            cause: outcome.cause().unwrap_or_default().into(),
            stem,
            place: None,
            octets: 0,
            neighbours: Neighbours::default(),
        }
    }

    /// The name of the case's file in the report folder: `suffix` is `json` or `html`.
    pub fn file(&self, suffix: &str) -> String {
        case_file(&self.stem, self.id, suffix)
    }
}

/// The results of one testee, by case.
pub(crate) type Results = BTreeMap<CaseId, CaseSummary>;

/// How many cases got which verdict, by testee.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The testees by name.
    pub agents: BTreeMap<String, AgentSummary>,
}

/// How many cases of one testee got which verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentSummary {
    /// Cases by verdict; verdicts that no case got are left out.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Selected cases without a result.
    pub missing: usize,
    /// How long it took.
    pub cost: Cost,
}

impl AgentSummary {
    /// How many cases got the verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.get(&verdict).copied().unwrap_or(0)
    }

    /// How many cases have a result.
    pub fn finished(&self) -> usize {
        self.verdicts.values().sum()
    }

    pub(crate) fn of(results: &Results, selected: &[CaseId]) -> Self {
        let spent = |result: &CaseSummary| Spent {
            started_ms: result.started_ms,
            duration_us: result.duration_us,
            own_us: result.own_us,
        };
        let mut summary = Self { cost: Cost::of(results.values().map(spent)), ..Self::default() };
        for result in results.values() {
            *summary.verdicts.entry(result.verdict).or_default() += 1;
        }
        summary.missing = selected.iter().filter(|id| !results.contains_key(id)).count();
        summary
    }
}

impl Summary {
    /// How many cases got the verdict, over all testees.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.agents.values().map(|agent| agent.count(verdict)).sum()
    }

    /// How many cases have a result, over all testees.
    pub fn finished(&self) -> usize {
        self.agents.values().map(AgentSummary::finished).sum()
    }

    /// How many selected cases have no result, over all testees that have one.
    pub fn missing(&self) -> usize {
        self.agents.values().map(|agent| agent.missing).sum()
    }
}
