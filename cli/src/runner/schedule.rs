//! Which case runs when.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::time::Duration;

use wsproof_scenarios::case::Step;
use wsproof_scenarios::{Case, CaseRef};

/// Cases side by side unless `--jobs` says otherwise. Most of a run is waiting for timers, not work: the number has
/// little to do with that of the processors.
pub const DEFAULT_JOBS: usize = 32;

/// A case that moves at least so many octets keeps the testee and this machine busy, which cases that measure half a
/// second must not feel.
const HEAVY: u64 = 512 * 1024;

/// One that moves at least so many may keep a slow testee from everything else for most of a second.
const HUGE: u64 = 2 << 20;

/// Heavy cases side by side, and huge ones.
const HEAVY_JOBS: usize = 2;
const HUGE_JOBS: usize = 3;

/// Whether the case is not disturbed by a heavy one beside it: its script waits for whole seconds, or it gives the
/// testee some seconds to answer.
pub(super) fn is_patient(case: &Case) -> bool {
    let limits = case.steps.iter().filter_map(|step| match step {
        Step::KillAfter { seconds } | Step::CloseAfter { seconds } => Some(*seconds),
        _ => None,
    });
    case.fixed_wait() >= Duration::from_secs(1)
        || limits.min().is_some_and(|limit| limit >= Duration::from_secs(2))
}

/// The cases of a run in the order in which they begin: light ones first, many at a time, those that wait longest at
/// the head; then heavy ones, few at a time, as soon as the light ones that still run are patient; then, when nothing
/// else runs, huge ones.
#[derive(Debug)]
pub struct Schedule {
    stages: VecDeque<Stage>,
}

/// Cases that may run at the same time.
#[derive(Debug, PartialEq)]
pub struct Stage {
    /// The cases.
    pub cases: VecDeque<CaseRef>,
    /// How many at a time.
    pub jobs: usize,
    /// It may begin while patient cases of the stage before still run; otherwise not before they are done.
    pub gentle: bool,
}

impl Schedule {
    /// For these cases, at most `jobs` at a time. One at a time they run in the order given.
    pub fn new(cases: impl IntoIterator<Item = impl Into<CaseRef>>, jobs: usize) -> Self {
        let jobs = jobs.max(1);
        let cases = cases.into_iter().map(Into::into);
        let stage = |cases: Vec<CaseRef>, most: usize, gentle| Stage {
            cases: cases.into(),
            jobs: jobs.min(most),
            gentle,
        };
        if jobs == 1 {
            return Self { stages: [stage(cases.collect(), 1, false)].into() };
        }
        let (mut light, heavy): (Vec<CaseRef>, Vec<CaseRef>) = cases.partition(|case| case.load() < HEAVY);
        let (heavy, huge) = heavy.into_iter().partition(|case| case.load() < HUGE);
        light.sort_by_key(|case| Reverse(case.fixed_wait()));
        let stages =
            [stage(light, jobs, false), stage(heavy, HEAVY_JOBS, true), stage(huge, HUGE_JOBS, false)];
        Self { stages: stages.into_iter().filter(|stage| !stage.cases.is_empty()).collect() }
    }

    /// The next stage.
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
        let cases: Vec<CaseRef> = catalogue::all().iter().map(CaseRef::from).collect();
        let mut schedule = Schedule::new(&cases, 32);
        let light = schedule.next_stage().unwrap();
        assert!(light.cases.iter().map(|case| case.fixed_wait()).is_sorted_by(|a, b| a >= b));
        assert!(ids(&light)[..8].iter().any(|id| id == "6.4.1"), "{:?}", &ids(&light)[..8]);
        assert_eq!(light.jobs, 32);
        let heavy = schedule.next_stage().unwrap();
        let huge = schedule.next_stage().unwrap();
        for stage in [&heavy, &huge] {
            assert!(stage.cases.iter().all(|case| [9, 12, 13].contains(&case.id.section())));
            assert!(stage.jobs <= 4);
        }
        assert!(heavy.gentle && !huge.gentle && !light.gentle);
        assert!(heavy.cases.iter().all(|case| case.load() <= 2 << 20));
        assert_eq!(light.cases.len() + heavy.cases.len() + huge.cases.len(), cases.len());
        assert!(schedule.next_stage().is_none());
    }

    #[test]
    fn what_measures_a_second_or_less_is_not_disturbed() {
        let patient = |id: &str| is_patient(catalogue::find(id.parse().unwrap()).unwrap());
        assert!(patient("6.4.1") && patient("2.10"));
        assert!(!patient("6.5.1") && !patient("6.1.1") && !patient("7.1.1") && !patient("3.1"));
    }

    #[test]
    fn one_at_a_time_keeps_the_order() {
        let cases: Vec<CaseRef> = catalogue::all().iter().map(CaseRef::from).collect();
        let mut schedule = Schedule::new(&cases, 0);
        let stage = schedule.next_stage().unwrap();
        assert_eq!(stage.jobs, 1);
        assert!(stage.cases.iter().zip(&cases).all(|(a, b)| a.id == b.id));
        assert!(schedule.next_stage().is_none());
    }
}
