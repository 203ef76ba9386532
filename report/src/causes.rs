//! Results that went wrong in the same way, told once.

use std::cmp::Reverse;

use wsproof_scenarios::Verdict;

use crate::summary::CaseSummary;

/// What several cases of a testee have in common that went wrong.
#[derive(Debug, Clone)]
pub struct Cause<'a> {
    /// The first of them, by which it is told.
    pub first: &'a CaseSummary,
    /// The others, in the order of their numbers.
    pub more: Vec<&'a CaseSummary>,
}

/// The causes of what did not pass among the results of one testee, worst first: `fail`, then the other verdicts that fail a
/// run or are worth to know, each by the number of its cases. What passed with notes is left out.
pub fn causes<'a>(results: impl IntoIterator<Item = &'a CaseSummary>) -> Vec<Cause<'a>> {
    let mut causes: Vec<Cause<'a>> = Vec::new();
    for result in results.into_iter().filter(|result| result.verdict > Verdict::PassWithNotes) {
        match causes.iter_mut().find(|cause| cause.first.cause == result.cause) {
            Some(cause) => cause.more.push(result),
            None => causes.push(Cause { first: result, more: Vec::new() }),
        }
    }
    causes.sort_by_key(|cause| {
        let verdict = cause.first.verdict;
        (verdict != Verdict::Fail, Reverse((verdict, cause.more.len())))
    });
    causes
}
