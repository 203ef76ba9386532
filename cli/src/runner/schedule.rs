//! Which case runs when.

use std::collections::VecDeque;

use wsproof_scenarios::Case;

/// Cases side by side unless `--jobs` says otherwise. Most of a run is waiting for timers, not work: the number has
/// little to do with that of the processors.
pub const DEFAULT_JOBS: usize = 32;

/// A case that moves at least so many octets is heavy: the testee and this machine are busy with it, which cases that
/// measure half a second must not feel.
const HEAVY: u64 = 512 * 1024;

/// Heavy cases side by side.
const HEAVY_JOBS: usize = 3;

/// The cases of a run in the order in which they begin: light ones first, many at a time, those that wait longest at
/// the head; then, when all of them are done, heavy ones, few at a time.
#[derive(Debug)]
pub struct Schedule {
    stages: VecDeque<Stage>,
}

/// Cases that may run at the same time.
#[derive(Debug, PartialEq)]
pub struct Stage {
    /// The cases.
    pub cases: VecDeque<&'static Case>,
    /// How many at a time.
    pub jobs: usize,
}

impl Schedule {
    /// For these cases, at most `jobs` at a time. One at a time they run in the order given.
    pub fn new(cases: &[&'static Case], jobs: usize) -> Self {
        let jobs = jobs.max(1);
        if jobs == 1 {
            return Self { stages: [Stage { cases: cases.iter().copied().collect(), jobs }].into() };
        }
        let (heavy, mut light): (Vec<&Case>, Vec<&Case>) =
            cases.iter().copied().partition(|case| case.load() >= HEAVY);
        light.sort_by_key(|case| std::cmp::Reverse(case.fixed_wait()));
        let stages =
            [Stage { cases: light.into(), jobs }, Stage { cases: heavy.into(), jobs: jobs.min(HEAVY_JOBS) }];
        Self { stages: stages.into_iter().filter(|stage| !stage.cases.is_empty()).collect() }
    }

    /// The next stage: to be begun when all cases of the one before are done.
    pub fn next_stage(&mut self) -> Option<Stage> {
        self.stages.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use wsproof_scenarios::catalogue;

    use super::*;

    fn ids(stage: &Stage) -> Vec<String> {
        stage.cases.iter().map(|case| case.id.to_string()).collect()
    }

    #[test]
    fn long_waits_begin_first_and_heavy_cases_come_last() {
        let cases: Vec<&Case> = catalogue::all().iter().collect();
        let mut schedule = Schedule::new(&cases, 32);
        let light = schedule.next_stage().unwrap();
        assert!(light.cases.iter().map(|case| case.fixed_wait()).is_sorted_by(|a, b| a >= b));
        assert!(ids(&light)[..8].iter().any(|id| id == "6.4.1"), "{:?}", &ids(&light)[..8]);
        assert_eq!(light.jobs, 32);
        let heavy = schedule.next_stage().unwrap();
        assert!(ids(&heavy).iter().all(|id| id.starts_with("9.")));
        assert!(heavy.jobs <= 4);
        assert_eq!(light.cases.len() + heavy.cases.len(), cases.len());
        assert!(schedule.next_stage().is_none());
    }

    #[test]
    fn one_at_a_time_keeps_the_order() {
        let cases: Vec<&Case> = catalogue::all().iter().collect();
        let mut schedule = Schedule::new(&cases, 0);
        let stage = schedule.next_stage().unwrap();
        assert_eq!(stage.jobs, 1);
        assert!(stage.cases.iter().zip(&cases).all(|(a, b)| a.id == b.id));
        assert!(schedule.next_stage().is_none());
    }
}
