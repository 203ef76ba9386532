//! Turns outcomes into report files, progress and counts.
//!
//! All of it happens on a thread of its own, so that a slow disk or a slow terminal never delays the timers of cases
//! that still run. The handle is cheap to clone and can be used from any task.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};
use wsproof_report::{CaseSummary, Options, ReportPaths, ReportWriter, Summary};
use wsproof_scenarios::{CaseId, Outcome};

use crate::exit::Failure;
use crate::liveness::Liveness;
use crate::progress::Progress;

/// How often the index is written while results come in: a run that is killed leaves one that is no older.
const INDEX_EVERY: Duration = Duration::from_secs(1);

/// Is shown each outcome the moment it exists. It is called between other work and must not take long.
pub type Watcher = Arc<dyn Fn(&Outcome) + Send + Sync>;

/// No case begins while outcomes of more octets than this wait to be written. Those that end until then may still come: a
/// run may take 1 MiB for each case that is running.
const MAX_WAITING: usize = 4 << 20;

/// The way in: hands outcomes to the thread that writes the report.
#[derive(Clone)]
pub struct Results {
    /// None: no report is wanted.
    jobs: Option<mpsc::Sender<Job>>,
    watcher: Option<Watcher>,
    waiting: Arc<Waiting>,
}

/// Outcomes that wait to be written.
#[derive(Debug, Default)]
struct Waiting {
    /// About how many octets of memory they take.
    octets: AtomicUsize,
    /// Told when there are fewer.
    fewer: Notify,
}

impl Waiting {
    fn add(&self, octets: usize) {
        self.octets.fetch_add(octets, Ordering::Relaxed);
    }

    fn remove(&self, octets: usize) {
        self.octets.fetch_sub(octets, Ordering::Relaxed);
        self.fewer.notify_waiters();
    }

    fn is_too_much(&self) -> bool {
        self.octets.load(Ordering::Relaxed) > MAX_WAITING
    }
}

impl fmt::Debug for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Results").field("written", &self.jobs.is_some()).finish_non_exhaustive()
    }
}

/// Ends the thread and tells what came out. Made together with [`Results`].
#[derive(Debug)]
pub struct Keeper {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<Finished>,
}

enum Job {
    Begin(CaseId),
    Add(Box<Outcome>),
    /// It takes the place of one that was added before.
    Revise(Box<Outcome>),
    Say(String),
    Update(oneshot::Sender<Result<(), String>>),
    Finish,
}

/// A run that is over.
#[derive(Debug)]
pub struct Finished {
    /// How many cases got which verdict, by testee.
    pub summary: Summary,
    /// Each result, by testee and then by case.
    pub results: Vec<CaseSummary>,
    /// Where the report is.
    pub paths: ReportPaths,
    /// The first thing that could not be written, and how many more there were.
    pub trouble: Option<String>,
}

impl Finished {
    /// What a report holds.
    pub fn of(report: &ReportWriter, trouble: Option<String>) -> Self {
        Self {
            summary: report.summary(),
            results: report.results().cloned().collect(),
            paths: report.paths().clone(),
            trouble,
        }
    }
}

/// Opens the report and starts the thread.
///
/// # Errors
/// The folder cannot be written.
pub fn open(
    dir: &std::path::Path,
    options: Options,
    progress: Progress,
) -> Result<(Results, Keeper), Failure> {
    let writer = ReportWriter::open(dir, options).map_err(Failure::wrong_use)?;
    let (jobs, queue) = mpsc::channel();
    let waiting = Arc::<Waiting>::default();
    let worker = Worker {
        writer,
        waiting: waiting.clone(),
        progress,
        liveness: Liveness::default(),
        index_due: None,
        trouble: None,
        failures: 0,
    };
    let thread = std::thread::Builder::new()
        .name("report".to_owned())
        .spawn(move || worker.run(&queue))
        .map_err(|error| Failure::wrong_use(format!("cannot start a thread: {error}")))?;
    Ok((Results { jobs: Some(jobs.clone()), watcher: None, waiting }, Keeper { jobs, thread }))
}

impl Results {
    /// No report is written.
    pub fn unwritten() -> Self {
        Self { jobs: None, watcher: None, waiting: Arc::default() }
    }

    /// Outcomes are shown to this watcher too, from the thread that hands them in.
    pub fn watched(self, watcher: Watcher) -> Self {
        Self { watcher: Some(watcher), ..self }
    }

    /// A case begins: it is shown as running until its outcome comes.
    pub fn begin(&self, id: CaseId) {
        if let Some(jobs) = &self.jobs {
            // As below.
            let _ = jobs.send(Job::Begin(id));
        }
    }

    /// Tells the person who watches something.
    pub fn say(&self, text: &str) {
        if let Some(jobs) = &self.jobs {
            // As below.
            let _ = jobs.send(Job::Say(text.to_owned()));
        }
    }

    /// Takes an outcome: it is written and shown soon.
    pub fn add(&self, outcome: Outcome) {
        if let Some(watcher) = &self.watcher {
            watcher(&outcome);
        }
        self.hand_over(outcome, Job::Add);
    }

    /// Takes an outcome in place of one that was added before. Whoever watches is not told of it: see
    /// [`Results::is_watched`].
    pub fn revise(&self, outcome: Outcome) {
        self.hand_over(outcome, Job::Revise);
    }

    fn hand_over(&self, outcome: Outcome, job: fn(Box<Outcome>) -> Job) {
        if let Some(jobs) = &self.jobs {
            let weight = outcome.weight();
            self.waiting.add(weight);
            if jobs.send(job(Box::new(outcome))).is_err() {
                // The thread lives as long as the keeper; after that nobody wants outcomes any more.
                self.waiting.remove(weight);
            }
        }
    }

    /// Whether somebody is shown each outcome, once.
    pub fn is_watched(&self) -> bool {
        self.watcher.is_some()
    }

    /// Returns when there is room for one more outcome: at once, unless the disk is slower than the run. To be awaited
    /// before a case begins, so that no timer of a case runs meanwhile.
    pub async fn room(&self) {
        while self.waiting.is_too_much() {
            let fewer = self.waiting.fewer.notified();
            // It may have been written just now.
            if self.waiting.is_too_much() {
                fewer.await;
            }
        }
    }

    /// Brings the index files up to date with every outcome that was added before this call.
    ///
    /// # Errors
    /// What could not be written.
    pub async fn update(&self) -> Result<(), String> {
        let Some(jobs) = &self.jobs else { return Ok(()) };
        let (done, answer) = oneshot::channel();
        let _ = jobs.send(Job::Update(done));
        answer.await.unwrap_or_else(|_| Err("the report is closed already".to_owned()))
    }
}

impl Keeper {
    /// Writes what is left to write and ends the thread. Blocks for as long as that takes.
    pub fn finish(self) -> Finished {
        let _ = self.jobs.send(Job::Finish);
        match self.thread.join() {
            Ok(finished) => finished,
            // A panic is a bug in wsproof: pass it on.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

struct Worker {
    writer: ReportWriter,
    waiting: Arc<Waiting>,
    progress: Progress,
    liveness: Liveness,
    /// When the index is written next: some time after the first result that it does not have.
    index_due: Option<Instant>,
    trouble: Option<String>,
    failures: usize,
}

impl Worker {
    fn run(mut self, queue: &mpsc::Receiver<Job>) -> Finished {
        loop {
            match self.next(queue) {
                Ok(Job::Begin(id)) => self.progress.begin(id),
                Ok(Job::Say(text)) => self.progress.message(&text),
                Ok(Job::Add(outcome)) => self.take(&outcome, Progress::outcome),
                Ok(Job::Revise(outcome)) => self.take(&outcome, Progress::revised),
                Ok(Job::Update(done)) => {
                    // Whoever asked may have gone.
                    let _ = done.send(self.write_index());
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.index_due.is_some_and(|due| due <= Instant::now()) {
                        // What could not be written was noted.
                        let _ = self.write_index();
                    }
                    self.progress.tell_if_silent();
                }
                Ok(Job::Finish) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.revise();
        let result = self.writer.finish().map(|_| ()).map_err(|error| error.to_string());
        self.note(result);
        self.progress.finish();
        let trouble = self.trouble.map(|first| match self.failures {
            0 | 1 => first,
            n => format!("{first} (and {} more)", n - 1),
        });
        Finished::of(&self.writer, trouble)
    }

    /// Writes an outcome, and then shows it: what was shown is never lost.
    fn take(&mut self, outcome: &Outcome, show: fn(&mut Progress, &Outcome)) {
        self.liveness.note(outcome);
        let result = self.writer.add(outcome).map_err(|error| error.to_string());
        show(&mut self.progress, outcome);
        self.note(result);
        self.index_due.get_or_insert_with(|| Instant::now() + INDEX_EVERY);
        self.waiting.remove(outcome.weight());
    }

    /// Takes back what a testee that was never seen alive seemed to pass.
    fn revise(&mut self) {
        let unproven: Vec<_> =
            self.liveness.unproven().into_iter().map(|(agent, id)| (agent.to_owned(), id)).collect();
        for (agent, id) in unproven {
            let revised = match self.writer.outcome(&agent, id) {
                Ok(outcome) => outcome.and_then(|outcome| self.liveness.revise(outcome)),
                Err(error) => {
                    self.note(Err(error.to_string()));
                    None
                }
            };
            if let Some(outcome) = revised {
                let result = self.writer.add(&outcome).map_err(|error| error.to_string());
                self.progress.revised(&outcome);
                self.note(result);
            }
        }
    }

    /// The next job; a timeout when the index, or a word about what is going on, is due first.
    fn next(&self, queue: &mpsc::Receiver<Job>) -> Result<Job, RecvTimeoutError> {
        match [self.index_due, self.progress.word_due()].into_iter().flatten().min() {
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => match due.checked_duration_since(Instant::now()) {
                Some(left) => queue.recv_timeout(left),
                // Overdue, however many results wait in the queue.
                None => Err(RecvTimeoutError::Timeout),
            },
        }
    }

    fn write_index(&mut self) -> Result<(), String> {
        self.index_due = None;
        let result = self.writer.update().map(|_| ()).map_err(|error| error.to_string());
        self.note(result.clone());
        result
    }

    /// Reports the first trouble at once, since there may still be time to free disk space. Later ones are counted.
    fn note(&mut self, result: Result<(), String>) {
        let Err(error) = result else { return };
        self.failures += 1;
        if self.trouble.is_none() {
            self.progress.message(&format!("warning: {error}"));
            self.trouble = Some(error);
        }
    }
}
