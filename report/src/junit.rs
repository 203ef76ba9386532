//! JUnit XML: a suite a testee, a test case a case.
//!
//! | verdict | in JUnit |
//! | --- | --- |
//! | `pass`, `pass-with-notes` | success |
//! | `fail` | failure, with the reason and the wire log |
//! | `incomplete` | error, likewise |
//! | `limit`, `unimplemented`, no result | skipped, with the reason |
//!
//! Autobahn's two verdicts and our own are properties of each test case.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};
use wsproof_scenarios::catalogue::section_title;
use wsproof_scenarios::{CaseId, Outcome, Verdict};

use crate::case_info::CaseInfo;
use crate::journal::Place;
use crate::summary::{CaseSummary, Results};
use crate::visible::{visible, visible_short};
use crate::wire_log;

/// Octets of reasons and wire logs in one file: 4 MiB. The failures behind that name the file of their case instead.
const MAX_TEXT: usize = 4 << 20;

/// How much of a wire log goes into a failure: its first and last lines.
const LOG_LINES: (usize, usize) = (100, 50);

/// Longer names are cut.
const MAX_NAME: usize = 200;

/// A run as far as it has come.
pub(crate) struct Run<'a> {
    pub(crate) results: &'a BTreeMap<Arc<str>, Results>,
    pub(crate) cases: &'a BTreeMap<CaseId, CaseInfo>,
    pub(crate) selected: &'a [CaseId],
    pub(crate) tool: &'a str,
    /// All that was to come has come. Otherwise there is an error that says so: a build server must not take cases that
    /// were not run for skipped ones. Then there are no wire logs either, for the file is written again and again.
    pub(crate) finished: bool,
}

impl Run<'_> {
    /// The XML. `read` gets an outcome back from the journal.
    pub(crate) fn to_xml(&self, mut read: impl FnMut(Place) -> Option<Outcome>) -> String {
        let Self { results, cases, selected, tool, finished } = *self;
        let mut report = Report::new(visible_short(tool, MAX_NAME));
        if !finished {
            report.add_test_suite(self.unfinished());
        }
        let mut room = if finished { MAX_TEXT } else { 0 };
        let mut all = Duration::ZERO;
        for (agent, results) in results {
            let mut suite = TestSuite::new(visible_short(agent, MAX_NAME));
            let total = results.values().fold(0, |sum: u64, result| sum.saturating_add(result.duration_us));
            let total = Duration::from_micros(total);
            suite.set_time(total);
            all += total;
            let unselected = results.keys().filter(|id| selected.binary_search(id).is_err());
            let mut ids: Vec<CaseId> = selected.iter().chain(unselected).copied().collect();
            ids.sort_unstable();
            for id in ids {
                let result = results.get(&id);
                let failed =
                    result.filter(|result| matches!(result.verdict, Verdict::Fail | Verdict::Incomplete));
                let mut details = None;
                if let Some(result) = failed.filter(|_| finished) {
                    let outcome = result.place.filter(|_| room > 0).and_then(&mut read);
                    let text = outcome.map_or_else(|| in_short(result), |outcome| in_full(&outcome));
                    room = room.saturating_sub(text.len());
                    details = Some(text);
                }
                suite.add_test_case(test_case(agent, id, cases.get(&id), result, details));
            }
            report.add_test_suite(suite);
        }
        report.set_time(all);
        // Writing to memory, of strings that are valid in XML, cannot fail.
        report.to_string().unwrap_or_else(|error| unreachable!("XML in memory: {error}"))
    }

    /// Says that the run goes on, or was killed.
    fn unfinished(&self) -> TestSuite {
        let done = |results: &Results| self.selected.iter().filter(|id| results.contains_key(id)).count();
        let all = self.selected.len() * self.results.len().max(1);
        let missing = all - self.results.values().map(done).sum::<usize>();
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(format!("the run is not finished: {missing} of {all} cases have no result"));
        let mut suite = TestSuite::new("the run");
        suite.add_test_case(TestCase::new("comes to its end", status));
        suite
    }
}

/// The reason, and where the rest is.
fn in_short(result: &CaseSummary) -> String {
    format!("{}\n\nThe wire log is in {}.", visible(&result.reason, true), result.file("html"))
}

/// Reasons and wire log.
fn in_full(outcome: &Outcome) -> String {
    let lines = wire_log::lines(&outcome.transcript, LOG_LINES.0, LOG_LINES.1);
    format!(
        "{}\n\nbehavior {}: {}\nbehaviorClose {}: {}\n\n{}",
        visible(&outcome.reason, true),
        outcome.behavior,
        visible(&outcome.result, false),
        outcome.behavior_close,
        visible(&outcome.result_close, false),
        wire_log::as_plain_text(&lines),
    )
}

fn test_case(
    agent: &str,
    id: CaseId,
    info: Option<&CaseInfo>,
    result: Option<&CaseSummary>,
    details: Option<String>,
) -> TestCase {
    let description = info.map_or("", |info| info.description.as_str());
    let name = visible_short(&format!("{id} {description}"), MAX_NAME);
    let mut case = TestCase::new(name.trim_end(), status(result, details));
    case.set_classname(format!("{} / {}", section_title(id.section()), visible_short(agent, MAX_NAME)));
    if let Some(result) = result {
        case.set_time(Duration::from_micros(result.duration_us));
        case.add_properties([
            Property::new("verdict", result.verdict.as_str()),
            Property::new("behavior", result.behavior.as_str()),
            Property::new("behaviorClose", result.behavior_close.as_str()),
        ]);
    }
    case
}

fn status(result: Option<&CaseSummary>, details: Option<String>) -> TestCaseStatus {
    let Some(result) = result else {
        let mut status = TestCaseStatus::skipped();
        status.set_message("the case was not run");
        return status;
    };
    let mut status = match result.verdict {
        Verdict::Pass | Verdict::PassWithNotes => return TestCaseStatus::success(),
        Verdict::Limit | Verdict::Unimplemented => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Incomplete => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_message(visible(&result.reason, false)).set_type(result.verdict.as_str());
    if let Some(details) = details {
        status.set_description(details);
    }
    status
}
