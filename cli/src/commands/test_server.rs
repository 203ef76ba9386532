//! `wsproof test-server`.

use wsproof_scenarios::{ClientRequest, Testee};

use super::{
    Chosen, block_on, by_verdicts, check_written, open, select, session_options, show_paths, show_summary,
    style,
};
use crate::args::TestServer;
use crate::exit::{Exit, Failure};
use crate::net::{Url, tls};
use crate::output::Channel;
use crate::progress::Progress;
use crate::runner::{DEFAULT_JOBS, End, ServerRun, ServerTest, resolve_url};
use crate::stop::Stop;
use crate::testee::process::Log;

/// What the server prints goes into this file in the report folder.
const LOG: &str = "testee.log";

/// Runs the command.
///
/// # Errors
/// Wrong use, or the server cannot be reached; what was finished is in the report.
pub fn run(options: &TestServer) -> Result<Exit, Failure> {
    run_chosen(options, &select(&options.cases, &options.scenario)?)
}

/// The same with these cases.
pub(super) fn run_chosen(options: &TestServer, chosen: &Chosen) -> Result<Exit, Failure> {
    let cases = &chosen.cases;
    let url = resolve_url(&options.url, !options.command.is_empty())?;
    let style = style(&options.show);
    let channel = style.channel();
    let progress = Progress::new(style, "server", Some(cases.len()));
    let (results, keeper) = open(&options.outdir, Testee::Server, chosen, &options.show, progress)?;
    let test = server_test(options, &url);
    let note = |text: &str| Channel::Err.line(text);
    let end = block_on(async { test.run(cases, &results, &Stop::on_signals(), &note).await });
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
        End::Interrupted { .. } => Ok(Some(Exit::Interrupted)),
        end => end.failure(url, cases).map_or(Ok(None), Err),
    }
}

fn server_test(options: &TestServer, url: &Url) -> ServerTest {
    ServerTest {
        url: url.clone(),
        command: options.command.clone(),
        log: Log::kept(options.outdir.join(LOG)).into(),
        tls: tls::ClientOptions { verify: options.tls.tls_verify, server_name: options.tls.hostname.clone() },
        wait: options.wait,
        jobs: options.jobs,
        run: ServerRun {
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
        },
    }
}
