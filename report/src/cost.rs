//! How long a run took, and how much of that was our own doing.

use std::fmt;

use wsproof_scenarios::Outcome;

use crate::summary::{CaseSummary, Results};
use crate::time::length;

/// The time of a run against one testee. What is not our own was the testee's, the network's, or a wait that a case
/// prescribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Time with at least one connection open, in microseconds.
    pub elapsed_us: u64,
    /// Our own work in it: reading, writing, judging, compressing. In microseconds.
    pub own_us: u64,
}

impl Cost {
    pub(crate) fn of(results: &Results) -> Self {
        let interval = |result: &CaseSummary| {
            let begin = result.started_ms.saturating_mul(1_000);
            (begin, begin.saturating_add(result.duration_us))
        };
        let mut intervals: Vec<(u64, u64)> = results.values().map(interval).collect();
        intervals.sort_unstable();
        let mut cost = Self::default();
        let mut counted_until = 0;
        for (begin, end) in intervals {
            cost.elapsed_us = cost.elapsed_us.saturating_add(end.saturating_sub(begin.max(counted_until)));
            counted_until = counted_until.max(end);
        }
        cost.own_us = results.values().fold(0, |sum, result| sum.saturating_add(result.own_us));
        cost
    }

    /// Our own part in per cent.
    pub fn own_percent(&self) -> u64 {
        (u128::from(self.own_us) * 100 / u128::from(self.elapsed_us.max(1))) as u64
    }
}

/// `22.100 s, of which wsproof's own work took 5.400 s (24 %)`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (elapsed, own) = (length(self.elapsed_us), length(self.own_us));
        write!(f, "{elapsed}, of which wsproof's own work took {own} ({} %)", self.own_percent())
    }
}

/// The time of one case: `1.204 s: testee 1.100 s, waits of the case 100.0 ms, wsproof 4.0 ms`.
pub(crate) fn of_case(outcome: &Outcome) -> String {
    let (total, own, waited) = (outcome.duration_us, outcome.own_us, outcome.waited_us);
    let testee = total.saturating_sub(own).saturating_sub(waited);
    let mut text = format!("{}: testee {}", length(total), length(testee));
    if waited > 0 {
        text.push_str(&format!(", waits of the case {}", length(waited)));
    }
    if own > 0 {
        text.push_str(&format!(", wsproof {}", length(own)));
    }
    text
}

#[cfg(test)]
mod tests {
    use wsproof_scenarios::{Behavior, BehaviorClose, Verdict};

    use super::*;
    use crate::summary::Neighbours;

    fn result(id: &str, started_ms: u64, duration_us: u64, own_us: u64) -> CaseSummary {
        CaseSummary {
            agent: "a".into(),
            id: id.parse().unwrap(),
            verdict: Verdict::Pass,
            behavior: Behavior::Ok,
            behavior_close: BehaviorClose::Ok,
            duration_us,
            own_us,
            started_ms,
            remote_close_code: None,
            reason: String::new(),
            stem: "a".into(),
            place: None,
            octets: 0,
            neighbours: Neighbours::default(),
        }
    }

    #[test]
    fn time_counts_once_however_many_cases_share_it() {
        let results = [
            result("1.1.1", 1_000, 2_000_000, 100_000),
            result("1.1.2", 1_500, 500_000, 200_000),
            result("1.1.3", 2_500, 1_000_000, 100_000),
            // After a pause of 1.5 s.
            result("1.1.4", 5_000, 1_000_000, 0),
        ];
        let cost = Cost::of(&results.into_iter().map(|result| (result.id, result)).collect());
        assert_eq!(cost, Cost { elapsed_us: 3_500_000, own_us: 400_000 });
        assert_eq!(cost.to_string(), "3.500 s, of which wsproof's own work took 400 ms (11 %)");
        assert_eq!(Cost::of(&Results::new()).own_percent(), 0);
    }
}
