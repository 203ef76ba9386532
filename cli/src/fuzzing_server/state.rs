//! The state that the connections of a fuzzing server share.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::timeout;
use wsproof_report::max_testees;
use wsproof_scenarios::SessionOptions;
use wsproof_scenarios::select::AgentExclusions;
use wsproof_scenarios::{Behavior, CaseId, CaseRef, Outcome};

use super::{Config, EndReason, Event, Observer};
use crate::net::Peer;
use crate::results::Results;
use crate::runner::{Buffers, Patience, Why};

/// How long `/updateReports` waits for cases of the same client that are just ending.
const ENDING: Duration = Duration::from_secs(1);

pub(super) struct State {
    pub(super) cases: Vec<CaseRef>,
    pub(super) plain_agent: Option<String>,
    /// The ids of `cases`.
    pub(super) selected: Vec<CaseId>,
    pub(super) exclusions: AgentExclusions,
    pub(super) allow_direct: bool,
    pub(super) case_limit: Duration,
    pub(super) buffers: Buffers,
    pub(super) reports: PathBuf,
    pub(super) serve_folder: Option<PathBuf>,
    session: SessionOptions,
    observer: Observer,
    sessions: AtomicU64,
    clients: Mutex<HashMap<String, Client>>,
    /// Counts changes of `clients`.
    changes: watch::Sender<u64>,
    stop: watch::Sender<Option<EndReason>>,
    results: Results,
}

/// What is known of a client.
#[derive(Default)]
struct Client {
    results: HashMap<CaseId, Behavior>,
    /// Cases that are running, and on how many connections.
    running: HashMap<CaseId, u32>,
    /// How long it is waited for.
    patience: Patience,
}

impl State {
    pub(super) fn new(config: Config) -> Self {
        Self {
            selected: config.cases.iter().map(|case| case.id).collect(),
            cases: config.cases,
            plain_agent: config.plain_agent,
            exclusions: config.exclude_agent_cases,
            allow_direct: config.allow_direct,
            case_limit: config.case_limit,
            buffers: Buffers::default(),
            reports: config.reports,
            serve_folder: config.serve_folder,
            session: config.session,
            observer: config.observer,
            sessions: AtomicU64::new(0),
            clients: Mutex::default(),
            changes: watch::Sender::new(0),
            stop: watch::Sender::new(None),
            results: config.results,
        }
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        (self.observer)(event);
    }

    /// Options for one more session with this client, with a seed of its own; and why it is not waited for as long as usual, if
    /// it is not.
    pub(super) fn session_options(&self, agent: &str) -> (SessionOptions, Option<Why>) {
        let turn = self.sessions.fetch_add(1, Ordering::Relaxed);
        let options = SessionOptions { seed: self.session.seed.wrapping_add(turn), ..self.session.clone() };
        match self.clients().get(agent) {
            Some(client) => client.patience.apply(options),
            None => (options, None),
        }
    }

    /// Returns when there is room for one more result: to be awaited before a case begins.
    pub(super) async fn room(&self) {
        self.results.room().await;
    }

    /// How long an opening handshake may take.
    pub(super) fn open_timeout(&self) -> Duration {
        self.session.open_timeout
    }

    /// How long the reply to a close frame may take.
    pub(super) fn close_timeout(&self) -> Duration {
        self.session.close_timeout
    }

    /// Folders that the web port serves: the name in the path, and the folder.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let folder = self.serve_folder.as_deref().map(|folder| ("cwd", folder));
        std::iter::once(("reports", self.reports.as_path())).chain(folder)
    }

    /// Whether this client may command us: it is on this machine, and not a page from elsewhere in a browser on it.
    pub(super) fn may_command(&self, peer: Peer, origin: Option<&str>) -> bool {
        self.allow_direct || (peer.is_local() && origin.is_none_or(is_local_origin))
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<String, Client>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Notes that a case of this client is running until the guard is dropped; `None` when there are too many clients.
    pub(super) fn begin(&self, agent: &str, id: CaseId) -> Option<Running<'_>> {
        let mut clients = self.clients();
        // A client that takes a new name each time must not fill memory and disk.
        if clients.len() >= max_testees(self.cases.len()) && !clients.contains_key(agent) {
            return None;
        }
        *clients.entry(agent.to_owned()).or_default().running.entry(id).or_default() += 1;
        self.results.begin(id);
        Some(Running { state: self, agent: agent.to_owned(), id })
    }

    /// Keeps a result: first for the report, then for clients that ask for it.
    pub(super) fn record(&self, outcome: Outcome, took: Duration) {
        self.tell(Event::CaseEnds(&outcome));
        if let Some(client) = self.clients().get(&outcome.agent) {
            client.patience.note(&outcome, took);
        }
        let (agent, id, behavior) = (outcome.agent.clone(), outcome.id, outcome.behavior);
        self.results.add(outcome);
        self.clients().entry(agent).or_default().results.insert(id, behavior);
    }

    /// The verdict of a case, once there is one and the case is not running again.
    pub(super) async fn verdict(&self, agent: &str, id: CaseId) -> Behavior {
        let mut changes = self.changes.subscribe();
        loop {
            changes.borrow_and_update();
            if let Some(client) = self.clients().get(agent)
                && !client.running.contains_key(&id)
                && let Some(behavior) = client.results.get(&id)
            {
                return *behavior;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Writes the index. A result whose connection has just ended may still be on its way, and a client that asks for
    /// the reports now means to find it there.
    pub(super) async fn write_reports(&self, agent: &str) {
        let mut changes = self.changes.subscribe();
        let quiet =
            changes.wait_for(|_| self.clients().get(agent).is_none_or(|client| client.running.is_empty()));
        let _ = timeout(ENDING, quiet).await;
        // What could not be written was said already.
        let _ = self.results.update().await;
    }

    /// Asks the server to end.
    pub(super) fn stop(&self, why: EndReason) {
        self.stop.send_if_modified(|stop| stop.is_none() && stop.replace(why).is_none());
    }

    /// To see when the server ends.
    pub(super) fn stopped(&self) -> watch::Receiver<Option<EndReason>> {
        self.stop.subscribe()
    }

    /// Ready when the server ends.
    pub(super) async fn until_stopped(&self) {
        // An error means that the sender is gone, and it is ours.
        let _ = self.stopped().wait_for(Option::is_some).await;
    }
}

/// A case that is running.
pub(super) struct Running<'a> {
    state: &'a State,
    agent: String,
    id: CaseId,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.state.clients().get_mut(&self.agent)
            && let Some(count) = client.running.get_mut(&self.id)
        {
            *count -= 1;
            if *count == 0 {
                client.running.remove(&self.id);
            }
        }
        self.state.changed();
    }
}

/// Whether a page of this origin came from this machine.
fn is_local_origin(origin: &str) -> bool {
    let host = origin.split_once("://").map_or("", |(_, rest)| rest);
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split([':', '/']).next().unwrap_or(""),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_from_elsewhere_are_told_apart() {
        for origin in
            ["http://localhost:8080", "http://127.0.0.1:1", "https://[::1]:8080", "http://localhost"]
        {
            assert!(is_local_origin(origin), "{origin}");
        }
        for origin in
            ["null", "", "http://localhost.example.com", "https://example.com:8080", "http://10.0.0.1"]
        {
            assert!(!is_local_origin(origin), "{origin}");
        }
    }
}
