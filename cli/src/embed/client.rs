//! Clients under test: a fuzzing server in the background.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wsproof_scenarios::select::AgentExclusions;
use wsproof_scenarios::{CaseRef, Testee};

use super::background::{Background, EndGuard};
use super::report::{self, ReportFolder, Written};
use super::{Outcomes, Times};
use crate::commands::block_on;
use crate::exit::Failure;
use crate::fuzzing_server::{Config, Event, FuzzingServer, Refusals};
use crate::net::{ListenAt, Url};
use crate::stop::Stop;

/// What is served, and how: the options of `wsproof test-client`.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Where clients connect; port 0 stands for any free one.
    pub listen: ListenAt,
    /// The cases, in the order in which `case=N` counts them.
    pub cases: Vec<CaseRef>,
    /// With it, a request whose path means nothing runs the first case under this name.
    pub plain_agent: Option<String>,
    /// Time limits.
    pub times: Times,
    /// Where the report goes, if one is wanted.
    pub report: Option<ReportFolder>,
}

impl ClientOptions {
    /// These cases on a free port of the loopback address.
    pub fn new(cases: Vec<CaseRef>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            cases,
            plain_agent: None,
            times: Times::default(),
            report: None,
        }
    }

    /// One case for one client, which may connect to any path.
    pub fn one(case: CaseRef, agent: impl Into<String>) -> Self {
        Self { plain_agent: Some(agent.into()), ..Self::new(vec![case]) }
    }
}

/// A fuzzing server that runs in the background: see [`fuzzing_server`](crate::fuzzing_server) for its URLs.
#[derive(Debug)]
pub struct ClientRun {
    url: Url,
    outcomes: Outcomes,
    begun: Arc<AtomicUsize>,
    refusals: Arc<Refusals>,
    background: Background,
}

impl ClientRun {
    /// Opens the port and begins to serve.
    ///
    /// # Errors
    /// The port cannot be had, or the report folder cannot be written.
    pub fn start(options: ClientOptions) -> Result<Self, Failure> {
        let (results, keeper) = report::open(options.report.as_ref(), Testee::Client, &options.cases)?;
        let outcomes = Outcomes::default();
        let results = results.watched({
            let outcomes = outcomes.clone();
            Arc::new(move |outcome| outcomes.add(outcome))
        });
        let begun = Arc::<AtomicUsize>::default();
        let refusals = Arc::<Refusals>::default();
        let (stop, stopped) = Stop::manual();
        let config = Config {
            listen: options.listen,
            tls: None,
            web: None,
            cases: options.cases,
            plain_agent: options.plain_agent,
            exclude_agent_cases: AgentExclusions::default(),
            session: options.times.session_options(),
            case_limit: options.times.case,
            allow_direct: false,
            serve_folder: None,
            results,
            reports: options.report.map_or_else(PathBuf::new, |report| report.dir),
            observer: {
                let (begun, refusals) = (begun.clone(), refusals.clone());
                Arc::new(move |event: Event<'_>| match event {
                    Event::CaseBegins { .. } => drop(begun.fetch_add(1, Ordering::Relaxed)),
                    event => drop(refusals.note(&event)),
                })
            },
        };
        let (tell, told) = std::sync::mpsc::channel();
        let background = Background::start("wsproof server", stop, {
            let outcomes = outcomes.clone();
            move || {
                let guard = EndGuard(outcomes);
                let served = block_on(async {
                    match FuzzingServer::bind(config).map_err(Failure::wrong_use) {
                        Err(failure) => drop(tell.send(Err(failure))),
                        Ok(server) => {
                            let _ = tell.send(Ok(server.url()));
                            server.run(stopped.requested()).await;
                        }
                    }
                });
                guard.0.end(match served {
                    Err(failure) => failure,
                    Ok(()) => Failure::incomplete("the server was stopped before a client had run this case"),
                });
                report::close(keeper)
            }
        })?;
        let url = told.recv().unwrap_or_else(|_| Err(Failure::incomplete("the server's thread ended")))?;
        Ok(Self { url, outcomes, begun, refusals, background })
    }

    /// Where clients connect.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What came of the cases so far.
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// How many cases clients have begun.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Requests that were not served.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Stops serving. Cases that are not finished have no outcome.
    pub fn stop(&self) {
        self.background.stop();
    }

    /// Stops serving and waits until the report is written; tells where it is, if one was wanted. May be called again.
    pub fn finish(&self) -> Option<Arc<Written>> {
        self.stop();
        self.background.finish()
    }

    /// Waits until no case is being run any more: the last of those that began has its outcome, or the time is up.
    pub fn settle(&self, limit: Duration) -> bool {
        let deadline = std::time::Instant::now() + limit;
        while self.outcomes.len() < self.begun() {
            if std::time::Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }
}
