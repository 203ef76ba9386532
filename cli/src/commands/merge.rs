//! `wsproof merge`: merges the reports of the parts of a run into one.

use super::{by_verdicts, count, show_paths, show_summary};
use crate::args::Merge;
use crate::exit::{Exit, Failure};
use crate::inspector;
use crate::output::Channel;
use crate::results::Finished;

/// Runs the command.
///
/// # Errors
/// A folder has no report, or one that does not fit the others; parts or cases are missing (what is there was merged).
pub fn run(options: &Merge) -> Result<Exit, Failure> {
    inspector::put_into(&options.outdir);
    let merged = wsproof_report::merge(&options.parts, &options.outdir, options.junit.clone())
        .map_err(Failure::wrong_use)?;
    let finished = Finished::of(&merged.report, None);
    show_summary(&finished, Channel::Out);
    show_paths(&finished, Channel::Out);
    for warning in &merged.warnings {
        Channel::Err.line(&format!("warning: {warning}"));
    }
    let missing = finished.summary.missing();
    match by_verdicts(&finished, &options.judge) {
        Exit::Good if missing > 0 => Err(Failure::incomplete(format!("not run: {}", count(missing, "case")))),
        Exit::Good if !merged.complete => Err(Failure::incomplete("the report is not that of a whole run")),
        exit => Ok(exit),
    }
}
