//! The outcomes of a run, and waiting for them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wsproof_scenarios::{CaseId, Outcome};

use crate::exit::Failure;

/// Called with the outcome of a case, or the reason why there is none. It is called from the thread of the run, or at
/// once if all is known already.
pub type Announcement = Box<dyn FnOnce(Result<Arc<Outcome>, Failure>) + Send>;

/// What came of a run so far. Cheap to clone; all clones see the same.
#[derive(Clone, Default)]
pub struct Outcomes(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// In the order in which they came.
    by_case: BTreeMap<CaseId, Vec<Arc<Outcome>>>,
    count: usize,
    waiting: Vec<Waiting>,
    /// The run is over: no more will come, and why cases that have no outcome have none.
    ended: Option<Failure>,
}

struct Waiting {
    id: CaseId,
    agent: Option<String>,
    call: Announcement,
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcomes").field("count", &self.len()).finish_non_exhaustive()
    }
}

impl Outcomes {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the outcome of a case: of this agent, or of any; the latest, if there are several. `Ok(None)` tells
    /// that the time was up first; without a limit it never comes.
    ///
    /// # Errors
    /// The run ended before the case did; why.
    pub fn wait(
        &self,
        id: CaseId,
        agent: Option<&str>,
        limit: Option<Duration>,
    ) -> Result<Option<Arc<Outcome>>, Failure> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut state = self.state();
        loop {
            if let Some(known) = state.known(id, agent) {
                return known.map(Some);
            }
            state = match deadline {
                None => self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                        return Ok(None);
                    };
                    let woken = self.0.changed.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Calls back when the outcome of a case is known, or that there will be none.
    pub fn announce(&self, id: CaseId, agent: Option<&str>, call: Announcement) {
        let mut state = self.state();
        match state.known(id, agent) {
            Some(known) => {
                drop(state);
                call(known);
            }
            None => state.waiting.push(Waiting { id, agent: agent.map(str::to_owned), call }),
        }
    }

    /// All outcomes so far, by case; of each case the latest last.
    pub fn all(&self) -> Vec<Arc<Outcome>> {
        self.state().by_case.values().flatten().cloned().collect()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.state().count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the run is over.
    pub fn is_ended(&self) -> bool {
        self.state().ended.is_some()
    }

    pub(super) fn add(&self, outcome: &Outcome) {
        let outcome = Arc::new(outcome.clone());
        let mut state = self.state();
        state.by_case.entry(outcome.id).or_default().push(outcome.clone());
        state.count += 1;
        let waits_for_it = |waiting: &mut Waiting| {
            waiting.id == outcome.id && waiting.agent.as_ref().is_none_or(|agent| *agent == outcome.agent)
        };
        let told: Vec<Waiting> = state.waiting.extract_if(.., waits_for_it).collect();
        drop(state);
        self.0.changed.notify_all();
        for waiting in told {
            (waiting.call)(Ok(outcome.clone()));
        }
    }

    /// Says why no more outcomes come. Only the first time counts.
    pub(super) fn end(&self, why: Failure) {
        let mut state = self.state();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(why.clone());
        let told = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.changed.notify_all();
        for waiting in told {
            (waiting.call)(Err(why.clone()));
        }
    }
}

impl State {
    fn known(&self, id: CaseId, agent: Option<&str>) -> Option<Result<Arc<Outcome>, Failure>> {
        let found = self.by_case.get(&id).into_iter().flatten().rev();
        let outcome = found.into_iter().find(|outcome| agent.is_none_or(|agent| agent == outcome.agent));
        outcome.cloned().map(Ok).or_else(|| self.ended.clone().map(Err))
    }
}
