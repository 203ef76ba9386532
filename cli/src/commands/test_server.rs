//! `wsproof test-server`.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use wsproof_scenarios::{Case, ClientRequest, Testee};

use super::{
    block_on, by_verdicts, check_written, count, open, select, session_options, show_paths, show_summary,
    style,
};
use crate::args::TestServer;
use crate::exit::{Exit, Failure};
use crate::net::{ConnectError, Connector, Url, free_port, tls};
use crate::output::Channel;
use crate::progress::Progress;
use crate::results::Results;
use crate::runner::{DEFAULT_JOBS, End, ServerRun, probe};
use crate::stop::Stop;
use crate::testee::process::Process;

/// How long a started server may take until it accepts connections, unless `--wait` says otherwise.
const DEFAULT_WAIT: Duration = Duration::from_secs(30);

/// Time between two tries to connect to a server that somebody else is starting.
const POLL: Duration = Duration::from_millis(50);

/// When the server cannot be reached any more, its process gets so long to turn out dead.
const POST_MORTEM: Duration = Duration::from_millis(300);

/// What the server prints goes into this file in the report folder.
const LOG: &str = "testee.log";

/// Runs the command.
///
/// # Errors
/// Wrong use, or the server cannot be reached; what was finished is in the report.
pub fn run(options: &TestServer) -> Result<Exit, Failure> {
    let cases = select(&options.cases)?;
    let url = resolve_url(&options.url, !options.command.is_empty())?;
    let style = style(&options.show);
    let channel = style.channel();
    let progress = Progress::new(style, "server", Some(cases.len()));
    let (results, keeper) = open(&options.outdir, Testee::Server, &cases, &options.show, progress)?;
    let end = block_on(test(options, &url, &cases, &results));
    let finished = keeper.finish();
    show_summary(&finished, channel);
    show_paths(&finished, channel);
    let end = end??;
    check_written(&finished)?;
    conclude(end, &url, cases.len())?.map_or_else(|| Ok(by_verdicts(&finished, &options.judge)), Ok)
}

/// The exit status of a run that did not come to its end; `None` if it did.
pub(super) fn conclude(end: End, url: &Url, cases: usize) -> Result<Option<Exit>, Failure> {
    match end {
        End::Complete => Ok(None),
        End::Interrupted { .. } => Ok(Some(Exit::Interrupted)),
        End::Unreachable(error) => Err(unreachable(&error, url)),
        End::Lost { reason, not_run } => Err(Failure::incomplete(format!(
            "the server was lost, {} of {cases} not run: {reason}",
            count(not_run, "case")
        ))),
    }
}

fn unreachable(error: &ConnectError, url: &Url) -> Failure {
    let hint = if error.is_refused() {
        format!("\nStart the server first, or have it started: wsproof test-server {url} -- COMMAND")
    } else {
        String::new()
    };
    Failure::incomplete(format!("{error}{hint}"))
}

/// Reads the URL; with a command to start, `{port}` or port 0 in it become a free port.
fn resolve_url(text: &str, starts_command: bool) -> Result<Url, Failure> {
    let picks = text.contains("{port}");
    let url: Url = text.replace("{port}", "0").parse().map_err(Failure::wrong_use)?;
    if url.port() != 0 {
        return Ok(url);
    }
    if !starts_command {
        let which = if picks { "`{port}`" } else { "port 0" };
        return Err(Failure::wrong_use(format!(
            "{which} picks a free port for the command after `--`; there is none"
        )));
    }
    let port = free_port().map_err(|error| Failure::wrong_use(format!("there is no free port: {error}")))?;
    // All of the text again: `{port}` may stand in the path too.
    if picks {
        text.replace("{port}", &port.to_string()).parse().map_err(Failure::wrong_use)
    } else {
        Ok(url.with_port(port))
    }
}

async fn test(
    options: &TestServer,
    url: &Url,
    cases: &[&'static Case],
    results: &Results,
) -> Result<End, Failure> {
    let stop = Stop::on_signals();
    let tls =
        tls::ClientOptions { verify: options.tls.tls_verify, server_name: options.tls.hostname.clone() };
    let connector =
        Connector::new(url, &tls, options.times.open_timeout).await.map_err(Failure::incomplete)?;
    let mut process = match &options.command[..] {
        [] => None,
        command => Some(Process::start(command, url, &options.outdir.join(LOG))?),
    };
    let ready = tokio::select! {
        biased;
        () = stop.requested() => Ok(false),
        ready = wait_until_ready(options, &connector, process.as_mut()) => ready.map(|()| true),
    };
    let end = match ready {
        Err(failure) => Err(failure),
        Ok(false) => Ok(End::Interrupted { not_run: cases.len() }),
        Ok(true) => {
            let mut run = server_run(options, url);
            run.jobs = match options.jobs {
                Some(jobs) => jobs,
                None => tokio::select! {
                    jobs = fitting_jobs(&connector, &run.request) => jobs,
                    () = stop.requested() => 1,
                },
            };
            let end = run.run(connector, cases, results, &stop, death(process.as_mut())).await;
            Ok(with_last_words(end, process.as_mut()).await)
        }
    };
    if let Some(process) = process {
        process.stop().await;
    }
    end
}

fn server_run(options: &TestServer, url: &Url) -> ServerRun {
    ServerRun {
        request: ClientRequest {
            origin: options.origin.clone(),
            protocols: options.protocol.clone(),
            ..ClientRequest::new(url.authority(), url.resource())
        },
        session: session_options(&options.times),
        case_limit: options.times.timeout,
        jobs: options.jobs.unwrap_or(DEFAULT_JOBS),
        agent: options.agent.clone(),
        on_start: None,
    }
}

/// How many cases the server can take side by side. One that serves a client at a time would fail those that wait.
async fn fitting_jobs(connector: &Connector, request: &ClientRequest) -> usize {
    match probe(connector, request).await {
        Ok(seen) if !seen.side_by_side => {
            Channel::Err
                .line("note: the server serves one client at a time, so the cases run one after another");
            1
        }
        // What is wrong with a server that can't be reached is told by the run.
        _ => DEFAULT_JOBS,
    }
}

async fn wait_until_ready(
    options: &TestServer,
    connector: &Connector,
    process: Option<&mut Process>,
) -> Result<(), Failure> {
    if let Some(process) = process {
        return process.wait_until_it_listens(connector, options.wait.unwrap_or(DEFAULT_WAIT)).await;
    }
    let Some(wait) = options.wait else { return Ok(()) };
    let deadline = Instant::now() + wait;
    // The run itself tells what is wrong, if it still is after that time.
    while connector.probe(wait).await.is_err() && Instant::now() < deadline {
        sleep(POLL).await;
    }
    Ok(())
}

/// Ready when the command has failed. One that ended well may have left its server in the background.
async fn death(process: Option<&mut Process>) -> String {
    if let Some(process) = process
        && let Ok(status) = process.wait().await
        && !status.success()
    {
        return process.last_words("in the middle of the run");
    }
    std::future::pending().await
}

/// A server that cannot be reached any more is mostly one that died: tell what it printed last.
async fn with_last_words(end: End, process: Option<&mut Process>) -> End {
    match (end, process) {
        (End::Lost { reason, not_run }, Some(process)) => {
            match tokio::time::timeout(POST_MORTEM, process.wait()).await {
                Ok(_) => End::Lost { reason: process.last_words("in the middle of the run"), not_run },
                Err(_) => End::Lost { reason, not_run },
            }
        }
        (end, _) => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_picked_for_a_command_only() {
        assert_eq!(resolve_url("ws://h:9001/x", false).unwrap().port(), 9001);
        for text in ["ws://127.0.0.1:0/", "ws://127.0.0.1:{port}/?p={port}"] {
            assert!(resolve_url(text, false).unwrap_err().to_string().contains("free port"), "{text}");
            assert_ne!(resolve_url(text, true).unwrap().port(), 0, "{text}");
        }
        let url = resolve_url("ws://127.0.0.1:{port}/?p={port}", true).unwrap();
        assert_eq!(url.resource(), format!("/?p={}", url.port()));
    }
}
