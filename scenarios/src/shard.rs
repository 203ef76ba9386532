//! A run in parts: on several machines, or in several jobs of a build server.
//!
//! The parts are even by the time that they are expected to take, not by their number of cases: a case that moves a
//! hundred megabytes weighs as much as thousands of short ones. Every machine cuts alike, so each case is in exactly one
//! part.
//!
//! ```
//! use wsproof_scenarios::{CaseRef, catalogue, shard::Shard};
//!
//! let all: Vec<CaseRef> = catalogue::all().iter().map(CaseRef::from).collect();
//! let second: Shard = "2/4".parse().unwrap();
//! assert!(second.of(&all).len() < all.len());
//! ```

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::{Case, Step};
use crate::case_ref::CaseRef;

/// The most parts that a run can have.
pub const MAX_COUNT: u16 = 1_000;

/// One of several parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    index: u16,
    count: u16,
}

impl Shard {
    /// Part `index` of `count`; `None` unless 1 ≤ `index` ≤ `count` ≤ [`MAX_COUNT`].
    pub fn new(index: u16, count: u16) -> Option<Self> {
        (1 <= index && index <= count && count <= MAX_COUNT).then_some(Self { index, count })
    }

    /// Which part, from 1.
    pub fn index(self) -> u16 {
        self.index
    }

    /// How many parts there are.
    pub fn count(self) -> u16 {
        self.count
    }

    /// The cases of this part, in the order given. There may be none if there are more parts than cases.
    pub fn of(self, cases: &[CaseRef]) -> Vec<CaseRef> {
        let mut by_time: Vec<(usize, Duration)> =
            cases.iter().map(|case| expected_time(case)).enumerate().collect();
        by_time.sort_by_key(|(at, time)| (Reverse(*time), *at));
        // The longest first, each to the part that has the least so far.
        let mut parts = vec![Duration::ZERO; usize::from(self.count)];
        let mut ours = Vec::new();
        for (at, time) in by_time {
            let part = (0..parts.len()).min_by_key(|part| parts[*part]).unwrap_or(0);
            parts[part] += time;
            if part + 1 == usize::from(self.index) {
                ours.push(at);
            }
        }
        ours.sort_unstable();
        ours.into_iter().map(|at| cases[at].clone()).collect()
    }
}

/// What a case adds to a run, in time: opening and closing, its share of waits that pass side by side, and what the
/// testee needs for the octets, which it does one after another. Only the proportions matter.
fn expected_time(case: &Case) -> Duration {
    const CONNECTION: Duration = Duration::from_millis(1);
    const SIDE_BY_SIDE: u32 = 32;
    const NANOS_PER_OCTET: u64 = 2;
    /// An echo that is inflated and compressed.
    const NANOS_PER_COMPRESSED_OCTET: u64 = 10;
    /// There and back, on an open connection.
    const ROUND_TRIP: Duration = Duration::from_micros(50);
    let compressed = case.steps.iter().any(|step| matches!(step, Step::CorpusLoop { .. }));
    let nanos = if compressed { NANOS_PER_COMPRESSED_OCTET } else { NANOS_PER_OCTET };
    let round_trips: u32 = case
        .steps
        .iter()
        .map(|step| match step {
            Step::CorpusLoop { count, .. } | Step::EchoLoop { count, .. } => *count,
            _ => 0,
        })
        .sum();
    let octets = Duration::from_nanos(case.load().saturating_mul(nanos));
    CONNECTION + case.fixed_wait() / SIDE_BY_SIDE + octets + ROUND_TRIP * round_trips
}

/// `2/4`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers =
            text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        numbers.and_then(|(index, count)| Self::new(index, count)).ok_or_else(|| {
            format!(
                "a part and the number of parts are wanted, from 1/1 to {MAX_COUNT}/{MAX_COUNT}, such as 2/4"
            )
        })
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::profile::Profile;

    fn parts(cases: &[CaseRef], count: u16) -> Vec<Vec<CaseRef>> {
        (1..=count).map(|index| Shard::new(index, count).unwrap().of(cases)).collect()
    }

    #[test]
    fn each_case_is_in_one_part_and_the_parts_are_even() {
        for profile in Profile::ALL {
            let cases: Vec<CaseRef> = profile.cases().iter().map(CaseRef::from).collect();
            let longest = cases.iter().map(|case| expected_time(case)).max().unwrap();
            for count in 1..=16 {
                let parts = parts(&cases, count);
                let ids: BTreeSet<_> = parts.iter().flatten().map(|case| case.id).collect();
                assert_eq!(ids.len(), cases.len());
                assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), cases.len());
                let times: Vec<Duration> =
                    parts.iter().map(|part| part.iter().map(|case| expected_time(case)).sum()).collect();
                let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
                assert!(*most <= *least + longest, "{profile} in {count}: {times:?}");
                if profile == Profile::Full {
                    assert!(*most < *least * 102 / 100, "{count}: {times:?}");
                }
            }
        }
    }

    #[test]
    fn order_is_kept_and_there_may_be_more_parts_than_cases() {
        let cases: Vec<CaseRef> = Profile::Full.cases()[..3].iter().map(CaseRef::from).collect();
        let parts = parts(&cases, 5);
        assert_eq!(parts.iter().filter(|part| part.is_empty()).count(), 2);
        let whole = Shard::new(1, 1).unwrap().of(&cases);
        assert!(whole.iter().zip(&cases).all(|(a, b)| a.id == b.id));
    }

    #[test]
    fn texts_are_read_back() {
        for text in ["1/1", "3/4", "1000/1000"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for text in ["", "1", "0/4", "5/4", "1/0", "1/1001", "-1/4", "1/4/2", "a/b", "1/70000"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
