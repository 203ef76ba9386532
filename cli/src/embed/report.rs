//! The report of an embedded run.

use std::path::PathBuf;

use wsproof_report::{CaseInfo, Options, ReportPaths, Summary};
use wsproof_scenarios::{CaseRef, Testee};

use crate::commands::TOOL;
use crate::exit::Failure;
use crate::inspector;
use crate::progress::Progress;
use crate::results::{self, Keeper, Results};

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFolder {
    /// The folder; it is made if need be.
    pub dir: PathBuf,
    /// JUnit XML, if it is wanted.
    pub junit: Option<PathBuf>,
}

/// A report that was written.
#[derive(Debug)]
pub struct Written {
    /// Where it is.
    pub paths: ReportPaths,
    /// How many cases got which verdict, by testee.
    pub summary: Summary,
    /// What could not be written, if anything.
    pub trouble: Option<String>,
}

/// Opens the report, if one is wanted.
pub(super) fn open(
    folder: Option<&ReportFolder>,
    testee: Testee,
    cases: &[CaseRef],
) -> Result<(Results, Option<Keeper>), Failure> {
    let Some(folder) = folder else { return Ok((Results::unwritten(), None)) };
    let options = Options {
        testee,
        cases: cases.iter().map(|case| CaseInfo::from(&**case)).collect(),
        junit: folder.junit.clone(),
        tool: TOOL.to_owned(),
        part: None,
    };
    inspector::put_into(&folder.dir);
    let (results, keeper) = results::open(&folder.dir, options, Progress::none())?;
    Ok((results, Some(keeper)))
}

/// Writes what is left to write.
pub(super) fn close(keeper: Option<Keeper>) -> Option<Written> {
    let finished = keeper?.finish();
    Some(Written { paths: finished.paths, summary: finished.summary, trouble: finished.trouble })
}
