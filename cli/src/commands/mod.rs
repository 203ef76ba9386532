//! The commands of `wsproof`, and what they share.

pub mod cases;
pub mod decode;
pub mod echo;
pub mod explain;
pub mod main_job;
pub mod merge;
pub mod replay;
pub mod scenario;
pub mod test_client;
pub mod test_server;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wsproof_core::Count;
use wsproof_report::{CaseInfo, Options, Part};
use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::scenario::is_own;
use wsproof_scenarios::{CaseRef, SessionOptions, Testee};

use crate::args::{CaseChoice, Judge, Show, Times};
use crate::choice;
use crate::exit::{Exit, Failure};
use crate::inspector;
use crate::output::Channel;
use crate::progress::{Progress, Style};
use crate::results::{self, Finished, Keeper, Results};
use crate::summary;

/// When nothing moves on a connection for so long although the testee should say something, it is not waited for any
/// longer. Well above what the slowest testee takes to echo 16 MiB.
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// Name and version, for reports.
pub(crate) const TOOL: &str = concat!("wsproof ", env!("CARGO_PKG_VERSION"));

/// The runtime: one thread, since cases mostly wait.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::wrong_use(format!("the system does not let this program work: {error}")))?;
    Ok(runtime.block_on(work))
}

/// The cases that were asked for, one's own among them, in running order.
fn select(choice: &CaseChoice, scenarios: &[PathBuf]) -> Result<Chosen, Failure> {
    let own = choice::load_scenarios(scenarios)?;
    let cases = choice::select(choice.profile, &choice.cases, &choice.exclude, &own)?;
    let profile = choice.profile;
    Ok(match choice.shard {
        Some(shard) => {
            let of = cases.iter().map(|case| case.id).collect();
            Chosen { cases: shard.of(&cases), part: Some(Part { shard, of }), profile }
        }
        None => Chosen { cases, part: None, profile },
    })
}

/// What a run is about.
struct Chosen {
    cases: Vec<CaseRef>,
    /// Which part of the choice these cases are.
    part: Option<Part>,
    profile: Profile,
}

fn session_options(times: &Times) -> SessionOptions {
    SessionOptions {
        open_timeout: times.open_timeout,
        idle_limit: Some(IDLE_LIMIT),
        seed: times.seed.unwrap_or_else(random_seed),
        ..SessionOptions::default()
    }
}

pub(crate) fn random_seed() -> u64 {
    getrandom::u64().unwrap_or_default()
}

fn style(show: &Show) -> Style {
    Style { quiet: show.quiet, json: show.json }
}

/// Opens the report.
fn open(
    dir: &Path,
    testee: Testee,
    chosen: &Chosen,
    show: &Show,
    progress: Progress,
) -> Result<(Results, Keeper), Failure> {
    let options = Options {
        testee,
        cases: chosen.cases.iter().map(|case| CaseInfo::from(&**case)).collect(),
        junit: show.junit.clone(),
        tool: match chosen.profile {
            Profile::Full => TOOL.to_owned(),
            _ if chosen.cases.iter().all(|case| is_own(case.id)) => TOOL.to_owned(),
            profile => format!("{TOOL}, profile {profile}"),
        },
        part: chosen.part.clone(),
    };
    inspector::put_into(dir);
    results::open(dir, options, progress)
}

/// Shows the summary and where the report is.
fn show_summary(finished: &Finished, channel: Channel) {
    if finished.summary.agents.is_empty() {
        return;
    }
    channel.line(&format!("\n{}", summary::table(finished, channel.palette()).trim_end()));
}

fn show_paths(finished: &Finished, channel: Channel) {
    channel.line(&format!("Report: {}", finished.paths.index_html.display()));
    if let Some(junit) = &finished.paths.junit {
        channel.line(&format!("JUnit:  {}", junit.display()));
    }
}

/// Says what the profile left out, and how to have the whole.
fn show_profile(chosen: &Chosen, show: &Show) {
    let cut = chosen.cases.iter().filter(|case| chosen.profile.cuts(case)).count();
    if cut > 0 && !show.quiet {
        style(show).channel().line(&format!(
            "\nProfile {}: fewer messages in the loops of {}. The whole, with Autobahn's counts, takes minutes: \
             --profile full",
            chosen.profile,
            count(cut, "case")
        ));
    }
}

/// The exit status that the verdicts ask for.
fn by_verdicts(finished: &Finished, judge: &Judge) -> Exit {
    let failed = finished.results.iter().any(|result| judge.fails(result.verdict, result.behavior));
    if failed { Exit::CasesFailed } else { Exit::Good }
}

/// The exit status, when the report could not be written in full.
fn check_written(finished: &Finished) -> Result<(), Failure> {
    match &finished.trouble {
        None => Ok(()),
        Some(trouble) => Err(Failure::wrong_use(format!("the report is not complete: {trouble}"))),
    }
}

/// `1 case`, `2 cases`.
fn count(n: usize, one: &'static str) -> String {
    Count(n as u64, one).to_string()
}
