//! A server under test.

use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wsproof_scenarios::{CaseRef, ClientRequest, Testee};

use super::background::{Background, EndGuard};
use super::report::{self, ReportFolder, Written};
use super::{Outcomes, Times};
use crate::commands::block_on;
use crate::exit::Failure;
use crate::net::{Url, tls};
use crate::runner::{DEFAULT_JOBS, ServerTest, resolve_url};
use crate::stop::Stop;
use crate::testee::process::Log;

/// Name of the file in the report folder that gets what the command prints.
const LOG: &str = "testee.log";

/// What is to be tested, and how: the options of `wsproof test-server`.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where the server is, `ws://` or `wss://`. With a command, `{port}` or port 0 is a free port.
    pub url: String,
    /// Starts the server; empty if it runs already. `{url}` and `{port}` are replaced, `WSPROOF_URL` and
    /// `WSPROOF_PORT` are set.
    pub command: Vec<OsString>,
    /// The cases, see [`select`](super::select).
    pub cases: Vec<CaseRef>,
    /// Cases side by side. By default as many as a look at the server allows.
    pub jobs: Option<usize>,
    /// Name of the server. By default its `Server` header.
    pub agent: Option<String>,
    /// `Origin` header to send.
    pub origin: Option<String>,
    /// Subprotocols to ask for.
    pub protocols: Vec<String>,
    /// Whether a certificate must be one that this machine trusts.
    pub tls_verify: bool,
    /// How long the server may take until it accepts connections. By default 30 seconds with a command, else none.
    pub wait: Option<Duration>,
    /// Time limits.
    pub times: Times,
    /// Where the report goes, if one is wanted.
    pub report: Option<ReportFolder>,
}

impl ServerOptions {
    /// These cases on the server at this URL.
    pub fn new(url: impl Into<String>, cases: Vec<CaseRef>) -> Self {
        Self {
            url: url.into(),
            command: Vec::new(),
            cases,
            jobs: None,
            agent: None,
            origin: None,
            protocols: Vec::new(),
            tls_verify: false,
            wait: None,
            times: Times::default(),
            report: None,
        }
    }
}

/// Cases being run against a server, in the background.
#[derive(Debug)]
pub struct ServerRun {
    url: Url,
    outcomes: Outcomes,
    notes: Arc<Mutex<Vec<String>>>,
    background: Background,
}

impl ServerRun {
    /// Starts the run.
    ///
    /// # Errors
    /// The URL is none, or the report folder cannot be written. That the server cannot be reached shows in the
    /// outcomes.
    pub fn start(options: ServerOptions) -> Result<Self, Failure> {
        let url = resolve_url(&options.url, !options.command.is_empty())?;
        let (results, keeper) = report::open(options.report.as_ref(), Testee::Server, &options.cases)?;
        let outcomes = Outcomes::default();
        let results = results.watched({
            let outcomes = outcomes.clone();
            Arc::new(move |outcome| outcomes.add(outcome))
        });
        let (stop, stopped) = Stop::manual();
        let notes = Arc::<Mutex<Vec<String>>>::default();
        let test = server_test(&options, &url);
        let background = Background::start("wsproof run", stop, {
            let (outcomes, notes, cases, url) = (outcomes.clone(), notes.clone(), options.cases, url.clone());
            move || {
                // Whatever happens here, nobody must wait for ever.
                let guard = EndGuard(outcomes);
                let note =
                    |text: &str| notes.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
                let end = block_on(test.run(&cases, &results, &stopped, &note)).and_then(|end| end);
                guard.0.end(match end.map(|end| end.failure(&url, cases.len())) {
                    Err(failure) | Ok(Some(failure)) => failure,
                    Ok(None) => {
                        Failure::incomplete("the run was cancelled, or the case is not one of its cases")
                    }
                });
                report::close(keeper)
            }
        })?;
        Ok(Self { url, outcomes, notes, background })
    }

    /// Where the server is: a free port has been chosen.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What came of the cases so far.
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// What the person who watches may want to know, such as that cases run one after another.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the run to end. Cases that are not finished have no outcome. A started server is stopped.
    pub fn cancel(&self) {
        self.background.stop();
    }

    /// Waits until every case is done and the report is written; tells where it is, if one was wanted. May be called
    /// again.
    pub fn finish(&self) -> Option<Arc<Written>> {
        self.background.finish()
    }
}

fn server_test(options: &ServerOptions, url: &Url) -> ServerTest {
    let log = options.report.as_ref().map_or_else(Log::temporary, |report| Log::kept(report.dir.join(LOG)));
    ServerTest {
        url: url.clone(),
        command: options.command.clone(),
        log: log.into(),
        tls: tls::ClientOptions { verify: options.tls_verify, server_name: None },
        wait: options.wait,
        jobs: options.jobs.map(|jobs| jobs.clamp(1, 1000)),
        run: crate::runner::ServerRun {
            request: ClientRequest {
                origin: options.origin.clone(),
                protocols: options.protocols.clone(),
                ..ClientRequest::new(url.authority(), url.resource())
            },
            session: options.times.session_options(),
            case_limit: options.times.case,
            jobs: DEFAULT_JOBS,
            agent: options.agent.clone(),
            on_start: None,
        },
    }
}
