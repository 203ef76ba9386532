//! A server under test.

use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wsproof_scenarios::{CaseRef, Testee};

use super::background::{Background, EndGuard};
use super::report::{self, ReportFolder, Written};
use super::{Outcomes, Times};
use crate::commands::block_on;
use crate::exit::Failure;
use crate::net::{ConnectOptions, Route, Url};
use crate::runner::{DEFAULT_JOBS, RequestOptions, ServerTest, resolve_url};
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
    /// What the request has beside what the URL says: headers, subprotocols.
    pub request: RequestOptions,
    /// How to connect: TLS, a Unix socket.
    pub connect: ConnectOptions,
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
            request: RequestOptions::default(),
            connect: ConnectOptions::default(),
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
    /// The options are not possible: the URL is invalid, a certificate file cannot be used, a header is given twice,
    /// the report folder cannot be written. That the server cannot be reached shows in the outcomes.
    pub fn start(options: ServerOptions) -> Result<Self, Failure> {
        let url = resolve_url(&options.url, !options.command.is_empty())?;
        let test = server_test(&options, &url)?;
        let (results, keeper) = report::open(options.report.as_ref(), Testee::Server, &options.cases)?;
        let outcomes = Outcomes::default();
        let results = results.watched({
            let outcomes = outcomes.clone();
            Arc::new(move |outcome| outcomes.add(outcome))
        });
        let (stop, stopped) = Stop::manual();
        let notes = Arc::<Mutex<Vec<String>>>::default();
        let background = Background::start("wsproof run", stop, {
            let (outcomes, notes, cases) = (outcomes.clone(), notes.clone(), options.cases);
            move || {
                // Whatever happens here, no caller may wait forever.
                let guard = EndGuard(outcomes);
                let note =
                    |text: &str| notes.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
                let end = block_on(test.run(&cases, &results, &stopped, &note)).and_then(|end| end);
                guard.0.end(match end.map(|end| end.failure(cases.len())) {
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

fn server_test(options: &ServerOptions, url: &Url) -> Result<ServerTest, Failure> {
    let log = options.report.as_ref().map_or_else(Log::temporary, |report| Log::kept(report.dir.join(LOG)));
    Ok(ServerTest {
        route: Route::new(url, &options.connect).map_err(Failure::wrong_use)?,
        command: options.command.clone(),
        log: log.into(),
        wait: options.wait,
        jobs: options.jobs.map(|jobs| jobs.clamp(1, 1000)),
        run: crate::runner::ServerRun {
            request: options.request.request(url)?,
            session: options.times.session_options(),
            case_limit: options.times.case,
            jobs: DEFAULT_JOBS,
            agent: options.agent.clone(),
            on_start: None,
            round_trip: None,
            whatever_happens: false,
        },
    })
}
