//! The fuzzing server. Clients connect to it; the path of the request selects what happens.
//!
//! | path | what happens |
//! | --- | --- |
//! | `/getCaseCount` | the number of selected cases, as a text message |
//! | `/getCaseInfo?case=N` | id and description of a case, as JSON |
//! | `/runCase?case=N&agent=NAME` | the case runs on this connection |
//! | `/getCaseStatus?case=N&agent=NAME` | the verdict, as soon as there is one |
//! | `/updateReports?agent=NAME` | the reports are written; with `shutdownOnComplete=true` the server then ends |
//! | `/stopServer` | the server ends |
//! | anything else | the client says by JSON commands what is to be sent to it |
//!
//! In place of `case=N`, which counts the selected cases from 1, `casetuple=ID` names the case. Any number of
//! connections may be open; of two results of one client for one case the later counts. Each result is in the report
//! folder as soon as it exists.
//!
//! Beside it, on a port of its own, stands a web page that drives a browser through the cases.

mod address;
mod direct;
mod event;
mod head;
mod refusals;
mod serve;
mod state;
mod talk;
mod upgrade;
mod web;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wsproof_scenarios::CaseRef;
use wsproof_scenarios::SessionOptions;
use wsproof_scenarios::select::AgentExclusions;

pub use event::{Event, Observer};
pub use refusals::Refusals;
use state::State;

use crate::net::{ListenAt, Listener, Url};
use crate::results::Results;

/// So many connections are served at once; more wait until one ends.
const MAX_CONNECTIONS: usize = 1024;

/// The same for the web port.
const MAX_BROWSERS: usize = 256;

/// How long connections get to end when the server stops.
const FAREWELL: Duration = Duration::from_millis(700);

/// What a fuzzing server needs to know.
pub struct Config {
    /// Where clients connect; port 0 stands for any free one.
    pub listen: ListenAt,
    /// With it, clients must speak TLS, on the web port too.
    pub tls: Option<TlsAcceptor>,
    /// Where the web page is, if there is to be one.
    pub web: Option<SocketAddr>,
    /// The selected cases, in the order in which `case=N` counts them.
    pub cases: Vec<CaseRef>,
    /// With it, a request whose path means nothing runs the first case, under this name: for a client that cannot be
    /// told a path.
    pub plain_agent: Option<String>,
    /// Which clients are spared which cases.
    pub exclude_agent_cases: AgentExclusions,
    /// Time limits of the cases.
    pub session: SessionOptions,
    /// No case takes longer than this; one that would is `incomplete`.
    pub case_limit: Duration,
    /// Direct commands and `/stopServer` are obeyed from everywhere, not only from this machine.
    pub allow_direct: bool,
    /// The folder that the web port serves under `/cwd/`, if any.
    pub serve_folder: Option<PathBuf>,
    /// Where results go. The caller closes it after the server has ended.
    pub results: Results,
    /// The folder of the report, which the web port serves under `/reports/`.
    pub reports: PathBuf,
    /// The receiver of events.
    pub observer: Observer,
}

/// A fuzzing server whose ports are open.
pub struct FuzzingServer {
    listener: Listener,
    web: Option<Listener>,
    state: Arc<State>,
}

/// Why a fuzzing server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The caller's future was ready: a signal, mostly.
    Asked,
    /// A client asked by `/stopServer`.
    Stopped,
    /// A client asked by `/updateReports` with `shutdownOnComplete`.
    Completed,
}

impl FuzzingServer {
    /// Opens the ports. Must be called within the runtime.
    ///
    /// # Errors
    /// A port cannot be had; the message says which and what to do.
    pub fn bind(config: Config) -> io::Result<Self> {
        if config.web.is_some() && matches!(config.listen, ListenAt::Unix(_)) {
            let why = "the page for browsers needs a port to send them to: a browser cannot connect to a Unix socket";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let listener = Listener::at(&config.listen, config.tls.clone())?;
        let web = config.web.map(|address| Listener::bind(address, config.tls.clone())).transpose()?;
        Ok(Self { listener, web, state: Arc::new(State::new(config)) })
    }

    /// The address to which clients connect; none if it is a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.address()
    }

    /// The same as a URL that clients on this machine can use.
    pub fn url(&self) -> Url {
        self.listener.url()
    }

    /// The URL of the web page, for browsers on this machine.
    pub fn web_url(&self) -> Option<String> {
        let web = self.web.as_ref()?.url();
        let scheme = if web.is_secure() { "https" } else { "http" };
        Some(format!("{scheme}://{}/", web.authority()))
    }

    /// Serves clients until `shutdown` is ready or a client ends it. Then the connections are ended within a second;
    /// cases that were running have no result.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> EndReason {
        let Self { listener, web, state, .. } = self;
        // A page for browsers stands only beside a port.
        let port = listener.address().map_or(0, |address| address.port());
        let mut tasks = JoinSet::new();
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let windows = Arc::new(Semaphore::new(MAX_BROWSERS));
        let mut stopped = state.stopped();
        let mut shutdown = std::pin::pin!(shutdown);
        let why = loop {
            // Take a permit first: excess clients wait in the queue of the operating system.
            let client = async {
                let place = places.clone().acquire_owned().await;
                (listener.accept().await, place)
            };
            let browser = async {
                let place = windows.clone().acquire_owned().await;
                match &web {
                    Some(web) => (web.accept().await, place),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut shutdown => break EndReason::Asked,
                why = stopped.wait_for(Option::is_some) => {
                    break why.ok().and_then(|why| *why).unwrap_or(EndReason::Asked);
                }
                (incoming, place) = client => {
                    let state = state.clone();
                    tasks.spawn(async move {
                        let _place = place;
                        serve::client(&state, incoming).await;
                    });
                }
                (incoming, place) = browser => {
                    let state = state.clone();
                    tasks.spawn(async move {
                        let _place = place;
                        web::serve(state, incoming, port).await;
                    });
                }
                Some(ended) = tasks.join_next(), if !tasks.is_empty() => resume_panic(ended),
            }
        };
        drop((listener, web));
        state.stop(why);
        let _ = timeout(FAREWELL, async {
            while let Some(ended) = tasks.join_next().await {
                resume_panic(ended);
            }
        })
        .await;
        tasks.shutdown().await;
        why
    }
}

/// A fault of this program must not pass for a client that went away.
fn resume_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
