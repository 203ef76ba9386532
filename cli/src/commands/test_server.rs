//! `wsproof test-server`.

use wsproof_scenarios::{SessionOptions, Testee};

use super::{
    Chosen, block_on, by_verdicts, check_written, open, select, session_options, show_paths, show_profile,
    show_summary, style,
};
use crate::args::TestServer;
use crate::exit::{Exit, Failure};
use crate::net::{Route, Url};
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
    run_chosen(options, &select(&options.cases.choice, &options.cases.scenario)?)
}

/// The same with these cases.
pub(super) fn run_chosen(options: &TestServer, chosen: &Chosen) -> Result<Exit, Failure> {
    let cases = &chosen.cases;
    let url = resolve_url(&options.url, !options.command.is_empty())?;
    let test = server_test(options, &url)?;
    let style = style(&options.run.show);
    let channel = style.channel();
    let progress = Progress::new(style, "server", Some(cases.len()));
    let (results, keeper) = open(&options.outdir, Testee::Server, chosen, &options.run.show, progress)?;
    let note = |text: &str| Channel::Err.line(text);
    let end = block_on(async { test.run(cases, &results, &Stop::on_signals(), &note).await });
    let finished = keeper.finish();
    show_summary(&finished, channel);
    show_paths(&finished, channel);
    show_profile(chosen, &options.run.show);
    let end = end??;
    check_written(&finished)?;
    conclude(end, cases.len())?.map_or_else(|| Ok(by_verdicts(&finished, &options.run.judge)), Ok)
}

/// The exit status of a run that did not come to its end; `None` if it did.
pub(super) fn conclude(end: End, cases: usize) -> Result<Option<Exit>, Failure> {
    match end {
        End::Interrupted { .. } => Ok(Some(Exit::Interrupted)),
        end => end.failure(cases).map_or(Ok(None), Err),
    }
}

fn server_test(options: &TestServer, url: &Url) -> Result<ServerTest, Failure> {
    let (reach, times) = (&options.reach, &options.run.times);
    Ok(ServerTest {
        route: Route::new(url, &reach.connect.options()).map_err(Failure::wrong_use)?,
        command: options.command.clone(),
        log: Log::kept(options.outdir.join(LOG)).into(),
        wait: reach.wait,
        jobs: options.jobs,
        run: ServerRun {
            request: reach.request.options().request(url)?,
            session: SessionOptions { ignore_greeting: options.ignore_greeting, ..session_options(times) },
            case_limit: times.timeout,
            jobs: options.jobs.unwrap_or(DEFAULT_JOBS),
            agent: options.agent.clone(),
            on_start: None,
            round_trip: None,
            whatever_happens: options.keep_going,
        },
    })
}
