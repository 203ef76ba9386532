//! All cases against one server.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use wsproof_scenarios::finding::{FindingKind, HandshakeFailure};
use wsproof_scenarios::{
    Case, CaseRef, ClientRequest, EndToCome, Outcome, Session, SessionOptions, catalogue,
};

use super::handshakes::{Handshakes, failed_so};
use super::names::Names;
use super::pace::Pace;
use super::probe::opens;
use super::rerun::{Held, SAMPLE, Verdict};
use super::schedule::{Schedule, is_patient};
use super::{AtTheEnd, Buffers, Patience, drive};
use crate::exit::Failure;
use crate::net::{ConnectError, Connector, Stream};
use crate::results::Results;
use crate::stop::Stop;

/// A testee that has worked before gets these chances more when it refuses a connection: its queue of clients may be
/// full for a moment.
const RETRIES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(400)];

/// Cases under way when the testee is lost, or the run is stopped, get so long to come to an end of their own.
const LAST_CALL: Duration = Duration::from_millis(300);

/// A testee that was late with the opening handshake gets so long, in all, to finish what it still works on, before the
/// cases in question are run again.
const STILL_BUSY: Duration = Duration::from_secs(60);

/// A case that runs alone, for the second time, waits no longer than this for the end of the connection, unless the testee
/// has shown that it ends connections late.
const ALONE_LINGER: Duration = Duration::from_secs(3);

/// A case that has waited so long for nothing but the end of TCP makes room for the next, if the testee is known for that.
const MAKES_ROOM: Duration = Duration::from_millis(100);

/// Cases side by side, at most, against a testee that is known to be silent, or to end TCP late.
const SILENT_JOBS: usize = 128;

/// Outcomes that are held back have no more octets together than this, about.
const MAX_HELD: usize = 8 << 20;

/// Called for each case that begins. It must return quickly: it runs between other work.
pub type OnStart = Arc<dyn Fn(&Case) + Send + Sync>;

/// What is to be run, and how.
#[derive(Clone)]
pub struct ServerRun {
    /// What to ask the server for.
    pub request: ClientRequest,
    /// Time limits. The seed is that of the run: each case derives its own from it.
    pub session: SessionOptions,
    /// No case takes longer than this.
    pub case_limit: Duration,
    /// How many cases run side by side at most.
    pub jobs: usize,
    /// The testee's name in reports. By default its `Server` header.
    pub agent: Option<String>,
    /// Called when a case begins.
    pub on_start: Option<OnStart>,
    /// How long an answer takes when nothing else runs, if that is known: a testee that takes much longer while many cases
    /// run gets fewer of them at a time.
    pub round_trip: Option<Duration>,
    /// Run every case, though all opening handshakes fail in the same way; otherwise the run stops then.
    pub whatever_happens: bool,
}

impl fmt::Debug for ServerRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerRun")
            .field("request", &self.request)
            .field("jobs", &self.jobs)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

/// How a run ended. Whatever was finished is with the [`Results`].
#[derive(Debug)]
pub enum End {
    /// Every case was run.
    Complete,
    /// Not one connection could be made.
    Unreachable(ConnectError),
    /// The testee was there and is not any more.
    Lost {
        /// How it showed.
        reason: Failure,
        /// Cases that were not run, or not to their end.
        not_run: usize,
    },
    /// All opening handshakes failed in the same way.
    Refused {
        /// How.
        why: HandshakeFailure,
        /// Cases that were not run, or not to their end.
        not_run: usize,
    },
    /// Asked to stop.
    Interrupted {
        /// Cases that were not run, or not to their end.
        not_run: usize,
    },
}

impl ServerRun {
    /// Runs the cases, handing each outcome to `results` as it comes, until all are done, or `stop` is requested, or
    /// `lost` tells that the testee is gone.
    pub async fn run(
        &self,
        connector: Connector,
        cases: impl IntoIterator<Item = impl Into<CaseRef>>,
        results: &Results,
        stop: &Stop,
        lost: impl Future<Output = Failure>,
    ) -> End {
        let cases: Vec<CaseRef> = cases.into_iter().map(Into::into).collect();
        let shared = Arc::new(Shared {
            plan: self.clone(),
            connector,
            results: results.clone(),
            buffers: Buffers::default(),
            patience: Patience::default(),
            pace: Pace::new(self.jobs, self.round_trip),
            held: Mutex::default(),
            hastened: Mutex::default(),
            handshakes: Handshakes::new(&cases),
            names: Names::default(),
            state: Mutex::default(),
            changed: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        let trouble = tokio::select! {
            biased;
            reason = lost => Some(Trouble::Lost(reason)),
            () = stop.requested() => None,
            trouble = shared.run_stages(Schedule::new(&cases, self.jobs), &mut tasks) => match trouble {
                None => {
                    shared.judge_held();
                    return End::Complete;
                }
                Some(Trouble::Unconnected(error)) if shared.state().connections == 0 => {
                    return End::Unreachable(error);
                }
                trouble => trouble,
            },
        };
        shared.state().queue.clear();
        let _ = timeout(LAST_CALL, finish(&mut tasks)).await;
        tasks.shutdown().await;
        if let Some(Trouble::Refused(why)) = &trouble {
            // A handshake without an answer among many that are refused is explained by the number of them.
            shared.held().keep(|outcome| failed_so(outcome, why));
        }
        shared.judge_held();
        let not_run = cases.len() - shared.state().finished;
        match trouble {
            Some(Trouble::Refused(_)) if not_run == 0 => End::Complete,
            Some(Trouble::Refused(why)) => End::Refused { why, not_run },
            Some(Trouble::Unconnected(error)) => End::Lost { reason: error.into(), not_run },
            Some(Trouble::Lost(reason)) => End::Lost { reason, not_run },
            None => End::Interrupted { not_run },
        }
    }

    fn case_seed(&self, case: &Case) -> u64 {
        let number = catalogue::number(case.id).unwrap_or(0);
        self.session.seed.wrapping_add(u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// Whether all that speaks against the testee is that it did not end the connection. Where others have waited for that in
/// full, and none saw it come late, it need not be seen again.
fn lacks_only_the_end(outcome: &Outcome) -> bool {
    let mut deciding = outcome.findings.iter().filter(|finding| finding.weight.fails());
    deciding.all(|finding| {
        matches!(finding.kind, FindingKind::TcpKeptOpen { .. } | FindingKind::CloseUnanswered { .. })
    })
}

async fn finish(tasks: &mut JoinSet<()>) {
    while let Some(result) = tasks.join_next().await {
        check(result);
    }
}

/// A fault of this program must not pass for a finished run.
fn check(result: Result<(), JoinError>) {
    if let Err(error) = result
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Why no more cases are begun.
enum Trouble {
    /// There is no connection.
    Unconnected(ConnectError),
    /// The testee is gone.
    Lost(Failure),
    /// All opening handshakes fail in the same way.
    Refused(HandshakeFailure),
}

struct Shared {
    plan: ServerRun,
    connector: Connector,
    results: Results,
    buffers: Buffers,
    patience: Patience,
    pace: Pace,
    /// Outcomes that a busy machine could explain: their cases are run again before they are judged.
    held: Mutex<Held>,
    /// Cases that failed while the testee was waited for in vain, and not for as long as usual.
    hastened: Mutex<Vec<CaseRef>>,
    handshakes: Handshakes,
    names: Names,
    state: Mutex<State>,
    /// Told when the last busy case of a stage has ended, when a case has made room, and when the testee is known to be silent.
    changed: Notify,
}

/// Where a case runs.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// By itself, for the second time.
    Alone,
    /// Beside others of its stage.
    Among {
        stage: usize,
        /// Whether the next case has begun in its place.
        made_room: &'a AtomicBool,
    },
}

#[derive(Default)]
struct State {
    /// The stage that the queue belongs to, from 1.
    stage: usize,
    queue: VecDeque<CaseRef>,
    /// Running cases of this stage, but for those that have made room.
    running: usize,
    /// Cases of this stage that have made room, for which no other has begun.
    vacant: usize,
    /// Running cases that a heavy one beside them would disturb.
    busy: usize,
    connections: usize,
    finished: usize,
    /// Why no more cases are begun.
    trouble: Option<Trouble>,
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs stage after stage. Returns why not all of it was run, if so.
    async fn run_stages(
        self: &Arc<Self>,
        mut schedule: Schedule,
        tasks: &mut JoinSet<()>,
    ) -> Option<Trouble> {
        while let Some(stage) = schedule.next_stage() {
            self.settle(tasks, stage.gentle).await;
            if let Some(trouble) = self.state().trouble.take() {
                return Some(trouble);
            }
            let workers = stage.jobs.min(stage.cases.len());
            let number = self.begin(stage.cases);
            for _ in 0..workers {
                tasks.spawn(Self::work(self.clone(), number));
            }
        }
        // The last stage may still be widened.
        self.settle(tasks, false).await;
        finish(tasks).await;
        if let Some(trouble) = self.state().trouble.take() {
            return Some(trouble);
        }
        let trouble = if self.patience.is_silent() { None } else { self.run_again().await };
        trouble.map(Trouble::Unconnected)
    }

    /// Runs the cases again that were held back, and those for which the testee was not waited for as long as usual, one
    /// at a time. Returns why not all of them were, if so.
    async fn run_again(&self) -> Option<ConnectError> {
        let mut in_vain = 0;
        let hastened = std::mem::take(&mut *self.hastened());
        for case in hastened {
            let stream = match self.connect().await {
                Ok(stream) => stream,
                Err(error) => return Some(error),
            };
            let (outcome, _) = self.run_case(&case, stream, Place::Alone).await;
            in_vain = if outcome.verdict.fails() { in_vain + 1 } else { 0 };
            self.results.revise(outcome);
            if in_vain >= SAMPLE {
                break;
            }
        }
        let deadline = Instant::now() + STILL_BUSY;
        loop {
            let next = self.held().next()?;
            if let Verdict::Again(_, first) = &next
                && first.facts.was_open_handshake_timeout
            {
                // It may still work on what the cases before have left.
                while !opens(&self.connector, &self.plan.request).await && Instant::now() < deadline {
                    sleep(RETRIES[0]).await;
                }
            }
            match next {
                Verdict::Judged(outcome) => self.judged(outcome),
                Verdict::Again(_, first) if self.patience.keeps_open() && lacks_only_the_end(&first) => {
                    self.judged(first);
                }
                Verdict::Again(case, first) => match self.connect().await {
                    Ok(stream) => {
                        let (mut second, _) = self.run_case(&case, stream, Place::Alone).await;
                        let try_without = opens(&self.connector, &self.plan.request);
                        self.handshakes.tell_of_the_offer(&case, &mut second, try_without).await;
                        let outcome = self.held().compare(&first, second);
                        self.judged(outcome);
                    }
                    Err(error) => {
                        self.judged(first);
                        return Some(error);
                    }
                },
            }
        }
    }

    /// Whether there is room for one more outcome that is held back.
    fn may_hold(&self) -> bool {
        self.held().weight() <= MAX_HELD
    }

    fn hastened(&self) -> std::sync::MutexGuard<'_, Vec<CaseRef>> {
        self.hastened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is still held back is judged as it is: the run ends before its time.
    fn judge_held(&self) {
        let outcomes: Vec<Outcome> = self.held().drain().collect();
        for outcome in outcomes {
            self.judged(outcome);
        }
    }

    fn judged(&self, outcome: Outcome) {
        self.results.add(outcome);
        self.state().finished += 1;
    }

    /// Whether the case must be run again before this outcome counts. One job at a time is as quiet as it gets, and a
    /// testee that is known to be silent is so whatever else runs.
    fn is_doubtful(&self, outcome: &Outcome) -> bool {
        self.plan.jobs > 1 && outcome.may_be_load() && !self.patience.is_silent() && self.may_hold()
    }

    /// Waits until no case runs; before a gentle stage, until those that still run are patient; with a silent testee,
    /// until all have begun.
    async fn settle(self: &Arc<Self>, tasks: &mut JoinSet<()>, gentle: bool) {
        loop {
            if self.is_quiet() && gentle || self.is_idle() {
                return;
            }
            self.widen(tasks);
            tokio::select! {
                result = tasks.join_next() => match result {
                    Some(result) => check(result),
                    None => return,
                },
                () = self.changed.notified() => {}
            }
        }
    }

    /// More workers for a testee that is known to be silent, and in place of those whose cases have made room.
    fn widen(self: &Arc<Self>, tasks: &mut JoinSet<()>) {
        if self.plan.jobs == 1 {
            return;
        }
        let waits_in_vain = self.waits_in_vain();
        let mut state = self.state();
        let wanted = if waits_in_vain { state.queue.len() } else { state.vacant.min(state.queue.len()) };
        let more = SILENT_JOBS.saturating_sub(tasks.len()).min(wanted);
        state.vacant = state.vacant.saturating_sub(more);
        for _ in 0..more {
            tasks.spawn(Self::work(self.clone(), state.stage));
        }
    }

    /// A running case of a stage needs its place no longer.
    fn leave(&self, case: &Case, stage: usize, makes_room: bool) {
        let mut state = self.state();
        if state.stage == stage {
            state.running -= 1;
            state.vacant += usize::from(makes_room);
        }
        state.busy -= usize::from(!is_patient(case));
        drop(state);
        if makes_room || self.is_quiet() || self.patience.is_silent() {
            self.changed.notify_one();
        }
    }

    /// Nothing is left to begin, and a silent testee cannot be disturbed by what comes next.
    fn is_idle(&self) -> bool {
        self.plan.jobs > 1 && self.patience.is_silent() && self.state().queue.is_empty()
    }

    fn is_quiet(&self) -> bool {
        let state = self.state();
        state.queue.is_empty() && state.busy == 0
    }

    fn begin(&self, cases: VecDeque<CaseRef>) -> usize {
        let mut state = self.state();
        state.queue = cases;
        state.running = 0;
        state.vacant = 0;
        state.stage += 1;
        state.stage
    }

    async fn work(self: Arc<Self>, stage: usize) {
        while let Some(case) = self.next_case(stage) {
            let made_room = AtomicBool::new(false);
            match self.connect().await {
                Ok(stream) => {
                    let (mut outcome, hastened) =
                        self.run_case(&case, stream, Place::Among { stage, made_room: &made_room }).await;
                    self.handshakes.note(&case, &outcome);
                    let try_without = opens(&self.connector, &self.plan.request);
                    self.handshakes.tell_of_the_offer(&case, &mut outcome, try_without).await;
                    if let Some(jobs) = self.pace.note(&outcome) {
                        self.results.say(&format!(
                            "note: the testee answers slowly while many cases run, so {jobs} at a time run from here on"
                        ));
                    }
                    let hastened = hastened && outcome.verdict.fails();
                    // Who is told of each outcome once is told at the end.
                    if self.is_doubtful(&outcome) || hastened && self.results.is_watched() && self.may_hold()
                    {
                        self.held().push(case.clone(), outcome);
                    } else {
                        if hastened {
                            self.hastened().push(case.clone());
                        }
                        self.judged(outcome);
                    }
                    let alike = self.handshakes.all_failed_alike().filter(|_| !self.plan.whatever_happens);
                    if let Some(why) = alike {
                        self.give_up(Trouble::Refused(why));
                    }
                }
                Err(error) => self.give_up(Trouble::Unconnected(error)),
            }
            if !made_room.into_inner() {
                self.leave(&case, stage, false);
            }
        }
    }

    /// No more cases are begun.
    fn give_up(&self, trouble: Trouble) {
        let mut state = self.state();
        state.queue.clear();
        state.trouble.get_or_insert(trouble);
    }

    /// The next case of this stage; workers of an earlier one have had their share.
    fn next_case(&self, stage: usize) -> Option<CaseRef> {
        let mut state = self.state();
        if state.stage != stage || state.running >= self.jobs() {
            return None;
        }
        let out_of_turn = self.handshakes.next(state.queue.iter()).filter(|_| !self.plan.whatever_happens);
        let case = state.queue.remove(out_of_turn.unwrap_or(0))?;
        self.handshakes.begins(&case);
        state.running += 1;
        state.busy += usize::from(!is_patient(&case));
        Some(case)
    }

    /// How many cases may run now.
    fn jobs(&self) -> usize {
        if self.waits_in_vain() { usize::MAX } else { self.pace.jobs() }
    }

    /// Cases only wait for the testee, so that more of them at a time disturb nobody. One that refuses all handshakes is
    /// not waited for.
    fn waits_in_vain(&self) -> bool {
        self.patience.is_silent() && !self.handshakes.looks_closed()
    }

    /// Connects, as soon as there is room for one more outcome.
    async fn connect(&self) -> Result<Stream, ConnectError> {
        self.results.room().await;
        let limit = self.plan.session.open_timeout;
        let mut result = self.connector.connect(limit).await;
        for pause in RETRIES {
            let worked_before = self.state().connections > 0;
            match &result {
                Err(error) if worked_before && error.is_refused() => sleep(pause).await,
                _ => break,
            }
            result = self.connector.connect(limit).await;
        }
        if result.is_ok() {
            self.state().connections += 1;
        }
        result
    }

    /// Runs a case. Answers also whether the testee was not waited for as long as usual.
    async fn run_case(&self, case: &Case, stream: Stream, place: Place<'_>) -> (Outcome, bool) {
        self.results.begin(case.id);
        if let Some(on_start) = &self.plan.on_start {
            on_start(case);
        }
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
        let opened = stream.opened();
        let (mut options, why) = self.patience.apply(self.plan.session.clone());
        options.seed = self.plan.case_seed(case);
        options.plain_tcp = !stream.is_tls() && !self.handshakes.has_worked();
        let alone = matches!(place, Place::Alone);
        if alone && !self.patience.has_seen_late_ends() {
            options.linger_limit = options.linger_limit.min(ALONE_LINGER);
        }
        let mut session = Session::connect(case, self.plan.request.clone(), options);
        let limit = opened + self.plan.case_limit;
        let at_the_end = AtTheEnd::default();
        let mut waits_since = None;
        let ended = {
            let driven = drive(&mut session, stream, Vec::new(), &self.buffers, &at_the_end);
            let mut driven = pin!(timeout_at(limit, driven));
            let waits = async {
                at_the_end.begun().await;
                waits_since = Some(Instant::now());
                loop {
                    // What other cases show meanwhile counts too.
                    sleep(MAKES_ROOM).await;
                    self.make_room(case, place, at_the_end.waits_for());
                }
            };
            tokio::select! {
                biased;
                ended = &mut driven => ended,
                never = waits => never,
            }
        };
        if ended.is_err() {
            session.cut_off(Instant::now() - opened);
        }
        let agent = self.agent(&session);
        let mut outcome = session.into_outcome(agent, catalogue::number(case.id).unwrap_or(0), started);
        if !alone {
            self.patience.note(&outcome, opened.elapsed());
            self.patience.note_end(waits_since.map_or(Duration::ZERO, |since| since.elapsed()));
        }
        if let Some(why) = why {
            why.tell(&mut outcome);
        }
        (outcome, why.is_some())
    }

    /// Lets the next case begin while this one waits for the end of the connection alone: if the testee has done its work and
    /// is known to end TCP late, or is known to answer no close frame.
    fn make_room(&self, case: &Case, place: Place<'_>, waits_for: Option<EndToCome>) {
        let in_vain = match waits_for {
            Some(EndToCome::Tcp) => self.patience.ends_late() || self.patience.keeps_open(),
            Some(EndToCome::CloseFrame) => self.patience.keeps_open(),
            None => false,
        };
        if let Place::Among { stage, made_room } = place
            && in_vain
            && self.jobs() > 1
            && !made_room.swap(true, Ordering::Relaxed)
        {
            self.leave(case, stage, true);
        }
    }

    fn agent(&self, session: &Session<'_>) -> String {
        if let Some(agent) = &self.plan.agent {
            return agent.clone();
        }
        self.names.of(session.server_header())
    }
}
