//! `wstest`: Autobahn's command line, for scripts that were written for it.
//!
//! Flags, spec files, folders, lines on standard output and exit statuses are those of the original: 0 whatever the
//! verdicts, 1 for wrong use. What is for people only (warnings, what was wrong) goes to standard error.

mod args;
mod client;
mod lines;
mod peers;
mod server;
mod spec_file;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use wsproof_scenarios::select::Selection;
use wsproof_scenarios::spec::Options;
use wsproof_scenarios::{Case, CaseId, SessionOptions, catalogue};

use self::args::{Args, Mode};
use crate::exit::Failure;
use crate::output::Channel;

/// No case takes longer than this. The longest end timer of a case is 480 s.
const CASE_LIMIT: Duration = Duration::from_secs(600);

/// Runs the command. `args` begins with the name of the program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // An error in printing means that nobody reads.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            };
        }
    };
    match run(&args) {
        Ok(status) => status,
        Err(failure) => {
            Channel::Err.line(&format!("wstest: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, Failure> {
    if args.autobahnversion {
        Channel::Out.line(&format!("wsproof {}", env!("CARGO_PKG_VERSION")));
        Channel::Out.line("AutobahnTestSuite 25.10.1 (the release that this program stands in for)");
        return Ok(ExitCode::SUCCESS);
    }
    let mode = args.mode()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::wrong_use(format!("cannot start: {error}")))?;
    let status = match mode {
        Mode::FuzzingClient => runtime.block_on(client::run(args)),
        Mode::FuzzingServer => runtime.block_on(server::run(args)),
        Mode::EchoServer | Mode::TesteeServer => runtime.block_on(peers::server(args)),
        Mode::EchoClient => runtime.block_on(peers::client(args)),
        Mode::TesteeClient => runtime.block_on(peers::testee_client(args)),
    };
    // A thread that resolves a name or reads a file is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    status
}

/// All cases that can be run, by id.
fn available() -> Vec<CaseId> {
    catalogue::all().iter().map(|case| case.id).collect()
}

/// The selected cases; tells what was asked for and cannot be run.
fn cases(selection: &Selection) -> Vec<&'static Case> {
    if !selection.unknown.is_empty() {
        let unknown: Vec<_> = selection.unknown.iter().take(10).map(|text| format!("{text:.40?}")).collect();
        Channel::Err.line(&format!("note: there are no such cases: {}", unknown.join(", ")));
    }
    selection.cases.iter().filter_map(|id| catalogue::find(*id)).collect()
}

/// The time limits that a spec file asks for.
fn session_options(options: &Options) -> Result<SessionOptions, Failure> {
    let defaults = SessionOptions::default();
    let seed = getrandom::u64().map_err(|error| Failure::wrong_use(format!("no random numbers: {error}")))?;
    Ok(SessionOptions {
        open_timeout: options.open_timeout.unwrap_or(defaults.open_timeout),
        close_timeout: options.close_timeout.unwrap_or(defaults.close_timeout),
        drop_timeout: options.drop_timeout.unwrap_or(defaults.drop_timeout),
        fail_by_drop: options.fail_by_drop.unwrap_or(false),
        seed,
        ..defaults
    })
}

/// With `--debug`: what of a spec file has no effect.
fn tell_ignored(args: &Args, unknown_keys: &[String], options: &[&Options]) {
    if !args.debug {
        return;
    }
    for key in unknown_keys {
        Channel::Err.line(&format!("debug: the key {key:?} of the spec file has no meaning"));
    }
    for name in options.iter().flat_map(|options| &options.without_effect) {
        Channel::Err.line(&format!("debug: the option {name} has no effect here"));
    }
}
