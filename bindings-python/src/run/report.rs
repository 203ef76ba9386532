//! A report of outcomes, wherever they came from.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use wsproof_report::{CaseInfo, Options, ReportWriter};
use wsproof_scenarios::Testee;

use super::case::Case;
use super::outcome::Outcome;
use super::{RunError, UsageError};

/// Writes the files of a report.
#[pyclass(frozen, module = "wsproof")]
pub(super) struct Report(Mutex<ReportWriter>);

#[pymethods]
impl Report {
    #[new]
    #[pyo3(signature = (folder, cases, *, testee = "server", junit = None))]
    fn new(folder: PathBuf, cases: Vec<Case>, testee: &str, junit: Option<PathBuf>) -> PyResult<Self> {
        let testee = match testee {
            "server" => Testee::Server,
            "client" => Testee::Client,
            _ => return Err(UsageError::new_err("testee is `server` or `client`")),
        };
        let options = Options {
            testee,
            cases: cases.iter().map(|case| CaseInfo::from(&*case.0)).collect(),
            junit,
            part: None,
            tool: concat!("wsproof ", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        let writer =
            ReportWriter::open(folder, options).map_err(|error| RunError::new_err(error.to_string()))?;
        Ok(Self(Mutex::new(writer)))
    }

    /// Adds an outcome: its files are written at once.
    fn add(&self, py: Python<'_>, outcome: &Outcome) -> PyResult<()> {
        py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).add(&outcome.0))
            .map_err(|error| RunError::new_err(error.to_string()))
    }

    /// Writes the index; the page to open.
    fn finish(&self, py: Python<'_>) -> PyResult<PathBuf> {
        py.detach(|| {
            let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            writer.finish().map(|paths| paths.index_html.clone())
        })
        .map_err(|error| RunError::new_err(error.to_string()))
    }
}
