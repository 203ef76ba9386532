//! How long a run took, and how much of that was wsproof's own work.

use std::fmt;

use wsproof_scenarios::Outcome;

use crate::time::length;

/// When a case ran, and what it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// Milliseconds since 1970.
    pub(crate) started_ms: u64,
    /// From the opened connection to its end, in microseconds.
    pub(crate) duration_us: u64,
    /// Our own work in that time, in microseconds.
    pub(crate) own_us: u64,
}

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
    /// The time of these cases, in any order.
    pub(crate) fn of(cases: impl Iterator<Item = Spent>) -> Self {
        let mut cost = Self::default();
        let mut intervals: Vec<(u64, u64)> = cases
            .map(|case| {
                cost.own_us = cost.own_us.saturating_add(case.own_us);
                let begin = case.started_ms.saturating_mul(1_000);
                (begin, begin.saturating_add(case.duration_us))
            })
            .collect();
        intervals.sort_unstable();
        let mut counted_until = 0;
        for (begin, end) in intervals {
            cost.elapsed_us = cost.elapsed_us.saturating_add(end.saturating_sub(begin.max(counted_until)));
            counted_until = counted_until.max(end);
        }
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
    use super::*;

    #[test]
    fn time_counts_once_however_many_cases_share_it() {
        let cases = [
            (1_000, 2_000_000, 100_000),
            (1_500, 500_000, 200_000),
            (2_500, 1_000_000, 100_000),
            // After a pause of 1.5 s.
            (5_000, 1_000_000, 0),
        ];
        let spent = |(started_ms, duration_us, own_us)| Spent { started_ms, duration_us, own_us };
        let cost = Cost::of(cases.into_iter().map(spent));
        assert_eq!(cost, Cost { elapsed_us: 3_500_000, own_us: 400_000 });
        assert_eq!(cost.to_string(), "3.500 s, of which wsproof's own work took 400 ms (11 %)");
        assert_eq!(Cost::of(std::iter::empty()).own_percent(), 0);
    }
}
