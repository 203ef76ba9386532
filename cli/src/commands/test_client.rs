//! `wsproof test-client`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use wsproof_scenarios::select::AgentExclusions;
use wsproof_scenarios::{CaseRef, Testee};

use super::{
    Chosen, block_on, by_verdicts, check_written, count, open, select, session_options, show_paths,
    show_profile, show_summary, style,
};
use crate::args::{Listen, TestClient};
use crate::exit::{Exit, Failure};
use crate::fuzzing_server::{Config, Event, FuzzingServer, Refusals};
use crate::net::tls;
use crate::output::Channel;
use crate::progress::Progress;
use crate::results::{Finished, Results};
use crate::stop::Stop;
use crate::testee::process::{Log, Process};

/// What the client prints goes into this file in the report folder.
const LOG: &str = "testee.log";

/// Runs the command.
///
/// # Errors
/// Wrong use, or no client ran all cases; what was finished is in the report.
pub fn run(options: &TestClient) -> Result<Exit, Failure> {
    run_chosen(options, &select(&options.cases.choice, &options.cases.scenario)?)
}

/// The same with these cases.
pub(super) fn run_chosen(options: &TestClient, chosen: &Chosen) -> Result<Exit, Failure> {
    let cases = &chosen.cases;
    let style = style(&options.run.show);
    let channel = style.channel();
    let progress = Progress::new(style, "client", None);
    let (results, keeper) = open(&options.outdir, Testee::Client, chosen, &options.run.show, progress)?;
    let end = block_on(serve(options, cases, &results, channel));
    let finished = keeper.finish();
    show_summary(&finished, channel);
    show_paths(&finished, channel);
    show_profile(chosen, &options.run.show);
    let end = end??;
    check_written(&finished)?;
    if end == End::Interrupted && !options.command.is_empty() {
        return Ok(Exit::Interrupted);
    }
    complete(&finished, cases.len(), &end)?;
    Ok(by_verdicts(&finished, &options.run.judge))
}

/// Why the server was ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// A signal: without a command the usual way.
    Interrupted,
    /// The client did as it was meant to.
    Asked,
    /// The command ended; with its last words, if it failed.
    CommandEnded(Option<String>),
}

/// Whether every client ran all cases.
fn complete(finished: &Finished, cases: usize, end: &End) -> Result<(), Failure> {
    let words = match end {
        End::CommandEnded(Some(words)) => format!(": {words}"),
        _ => String::new(),
    };
    if finished.summary.agents.is_empty() {
        return Err(Failure::incomplete(format!("no client has run a case{words}")));
    }
    match finished.summary.missing() {
        0 => Ok(()),
        missing => {
            let clients = finished.summary.agents.len();
            let all = cases * clients;
            Err(Failure::incomplete(format!("{} of {all} not run{words}", count(missing, "case"))))
        }
    }
}

/// TLS of a server of ours: from files, or self-made, or none.
pub(super) fn acceptor(listen: &Listen) -> Result<Option<TlsAcceptor>, Failure> {
    match (&listen.cert, &listen.key) {
        (Some(certificate), Some(key)) => tls::acceptor_from_files(certificate, key).map(Some),
        _ if listen.tls => tls::self_made_acceptor(&[]).map(Some),
        _ => Ok(None),
    }
    .map_err(Failure::wrong_use)
}

async fn serve(
    options: &TestClient,
    cases: &[CaseRef],
    results: &Results,
    channel: Channel,
) -> Result<End, Failure> {
    let stop = Stop::on_signals();
    let updated = Arc::new(Notify::new());
    let observer = {
        let updated = updated.clone();
        let any = AtomicBool::new(false);
        let refusals = Refusals::default();
        Arc::new(move |event: Event<'_>| match event {
            Event::CaseEnds(_) => any.store(true, Ordering::Relaxed),
            // The page for browsers asks once before its first case, too.
            Event::ReportsWritten { .. } if any.load(Ordering::Relaxed) => updated.notify_one(),
            event => {
                if let Some(line) = refusals.note(&event) {
                    Channel::Err.line(&line);
                }
            }
        })
    };
    let server = FuzzingServer::bind(Config {
        listen: options.listen.place(),
        tls: acceptor(&options.listen)?,
        web: options.web,
        cases: cases.to_vec(),
        plain_agent: None,
        exclude_agent_cases: AgentExclusions::default(),
        session: session_options(&options.run.times),
        case_limit: options.run.times.timeout,
        allow_direct: options.allow_direct,
        serve_folder: None,
        results: results.clone(),
        reports: options.outdir.clone(),
        observer,
    })
    .map_err(Failure::wrong_use)?;
    let url = server.url();
    let on = match &options.listen.unix {
        Some(path) => format!("the Unix socket {}", path.display()),
        None => url.to_string(),
    };
    channel.line(&format!("Waiting for clients on {on} with {}", count(cases.len(), "case")));
    if let Some(web) = server.web_url() {
        channel.line(&format!("Browsers are driven through them by {web}"));
    }
    let mut process = match &options.command[..] {
        [] => None,
        command => {
            let log = Log::kept(options.outdir.join(LOG)).into();
            Some(Process::start(command, &url, options.listen.unix.as_deref(), &log)?)
        }
    };
    let (end_server, ended) = tokio::sync::oneshot::channel::<()>();
    let mut serving = std::pin::pin!(server.run(async { drop(ended.await) }));
    let end = tokio::select! {
        biased;
        () = stop.requested() => End::Interrupted,
        () = updated.notified(), if options.exit_after_update => End::Asked,
        _ = &mut serving => End::Asked,
        words = end_of(process.as_mut()) => End::CommandEnded(words),
    };
    drop(end_server);
    if end != End::Asked || options.exit_after_update {
        serving.await;
    }
    if let Some(process) = process {
        process.stop().await;
    }
    Ok(end)
}

/// Ready when the command has ended; with its last words if it failed.
async fn end_of(process: Option<&mut Process>) -> Option<String> {
    let Some(process) = process else { return std::future::pending().await };
    match process.wait().await {
        Ok(status) if status.success() => None,
        _ => Some(process.last_words("before it had run every case")),
    }
}
