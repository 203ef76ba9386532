//! `wsproof` without a command: tests wsproof's own server and client.
//!
//! It is the shortest way to see what a run looks like, and a self-test of the program.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use wsproof_scenarios::select::AgentExclusions;
use wsproof_scenarios::{CaseRef, ClientRequest, SessionOptions, Testee};

use super::{
    Chosen, block_on, by_verdicts, check_written, count, open, random_seed, select, show_paths, show_profile,
    show_summary, style,
};
use crate::args::{MainJob, Show};
use crate::exit::{Exit, Failure};
use crate::fuzzing_server::{Config, FuzzingServer};
use crate::net::{ConnectOptions, Connector, Route};
use crate::output::Channel;
use crate::progress::Progress;
use crate::results::{Finished, Results};
use crate::runner::{End, ServerRun};
use crate::stop::Stop;
use crate::testee;
use crate::testee::echo_client::EchoClient;
use crate::testee::echo_server::EchoServer;

/// Names of the embedded testees in the reports.
const SERVER: &str = "wsproof-echo-server";
const CLIENT: &str = "wsproof-echo-client";

/// Any free port of this machine alone.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// No case takes longer than this.
const CASE_LIMIT: Duration = Duration::from_secs(120);

/// Runs both halves.
///
/// # Errors
/// Wrong use, or a half did not come to its end; what was finished is in the reports.
pub fn run(options: &MainJob) -> Result<Exit, Failure> {
    let chosen = select(&options.cases, &[])?;
    let channel = style(&options.show).channel();
    if !options.show.quiet {
        channel.line(&format!(
            "Proving wsproof's own server and client: {} each",
            count(chosen.cases.len(), "case")
        ));
    }
    let server = half(options, Testee::Server, &chosen)?;
    let client =
        if server.1 == Exit::Interrupted { None } else { Some(half(options, Testee::Client, &chosen)?) };
    let halves: Vec<(Finished, Exit)> = [Some(server), client].into_iter().flatten().collect();
    for (finished, _) in &halves {
        show_summary(finished, channel);
    }
    channel.line("");
    for (finished, _) in &halves {
        show_paths(finished, channel);
        check_written(finished)?;
    }
    show_profile(&chosen, &options.show);
    Ok(halves.into_iter().map(|(_, exit)| exit).max().unwrap_or(Exit::Good))
}

fn half(options: &MainJob, testee: Testee, chosen: &Chosen) -> Result<(Finished, Exit), Failure> {
    let cases = &chosen.cases[..];
    let (folder, title) = match testee {
        Testee::Server => ("servers", "server"),
        Testee::Client => ("clients", "client"),
    };
    let folder = options.outdir.join(folder);
    let progress = Progress::new(style(&options.show), title, Some(cases.len()));
    let show =
        Show { junit: options.show.junit.as_deref().map(|path| junit_of(path, title)), ..options.show };
    let (results, keeper) = open(&folder, testee, chosen, &show, progress)?;
    let end = block_on(async {
        match testee {
            Testee::Server => test_server(options, cases, &results).await,
            Testee::Client => test_client(options, cases, &results, &folder).await,
        }
    });
    let finished = keeper.finish();
    let exit = match end {
        Ok(Ok(true)) => by_verdicts(&finished, &options.judge),
        Ok(Ok(false)) => Exit::Interrupted,
        Ok(Err(failure)) | Err(failure) => {
            show_summary(&finished, Channel::Err);
            return Err(failure);
        }
    };
    Ok((finished, exit))
}

/// The two halves have a JUnit file each: `out.xml` becomes `out-server.xml` and `out-client.xml`.
fn junit_of(path: &Path, title: &str) -> std::path::PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(extension) => format!("{stem}-{title}.{}", extension.to_string_lossy()),
        None => format!("{stem}-{title}"),
    };
    path.with_file_name(name)
}

fn session() -> SessionOptions {
    SessionOptions { seed: random_seed(), idle_limit: Some(super::IDLE_LIMIT), ..SessionOptions::default() }
}

/// Returns whether every case was run; if not, the run was stopped.
async fn test_server(options: &MainJob, cases: &[CaseRef], results: &Results) -> Result<bool, Failure> {
    let stop = Stop::on_signals();
    let echo = EchoServer::start_thread(ANY_PORT).map_err(Failure::wrong_use)?;
    let url = echo.url().clone();
    let session = session();
    let route = Route::new(&url, &ConnectOptions::default()).map_err(Failure::wrong_use)?;
    let connector = Connector::new(&route, session.open_timeout).await?;
    let run = ServerRun {
        request: ClientRequest::new(url.authority(), url.resource()),
        session,
        case_limit: CASE_LIMIT,
        jobs: options.jobs,
        agent: Some(SERVER.to_owned()),
        on_start: None,
        round_trip: None,
        whatever_happens: false,
    };
    let end = run.run(connector, cases, results, &stop, std::future::pending()).await;
    let complete = matches!(end, End::Complete);
    super::test_server::conclude(end, cases.len())?;
    Ok(complete)
}

/// Likewise, with our own client.
async fn test_client(
    options: &MainJob,
    cases: &[CaseRef],
    results: &Results,
    reports: &Path,
) -> Result<bool, Failure> {
    let stop = Stop::on_signals();
    let server = FuzzingServer::bind(Config {
        listen: ANY_PORT.into(),
        tls: None,
        web: None,
        cases: cases.to_vec(),
        plain_agent: None,
        exclude_agent_cases: AgentExclusions::default(),
        session: session(),
        case_limit: CASE_LIMIT,
        allow_direct: false,
        serve_folder: None,
        results: results.clone(),
        reports: reports.to_owned(),
        observer: Arc::new(|_| {}),
    })
    .map_err(Failure::wrong_use)?;
    let client = client_thread(EchoClient {
        url: server.url(),
        agent: CLIENT.to_owned(),
        jobs: options.jobs,
        cases: Some(cases.to_vec()),
        connect: ConnectOptions::default(),
    })?;
    let mut answer = Ok(false);
    server
        .run(async {
            tokio::select! {
                biased;
                () = stop.requested() => {}
                result = client => answer = result.map(|_| true),
            }
        })
        .await;
    answer
}

/// Our own client on threads of its own, so that it takes nothing from the run's. Ready when it is done.
fn client_thread(client: EchoClient) -> Result<impl Future<Output = Result<usize, Failure>>, Failure> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let no_threads = |error| Failure::wrong_use(format!("cannot start threads: {error}"));
    let runtime = testee::runtime().map_err(no_threads)?;
    std::thread::Builder::new()
        .name("echo client".to_owned())
        .spawn(move || {
            // Nobody listens any more when the run was stopped.
            let _ = tell.send(runtime.block_on(client.run()));
        })
        .map_err(no_threads)?;
    Ok(async { told.await.unwrap_or_else(|_| Err(Failure::incomplete("the echo client's thread ended"))) })
}
