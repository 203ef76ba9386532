//! What became of a case.

use std::sync::Arc;

use pyo3::prelude::*;
use wsproof::args::Judge;
use wsproof_report::{CaseInfo, text};
use wsproof_scenarios::{self as scenarios, Testee};

use super::UsageError;
use super::case::Case;

/// What became of one case against one testee.
#[pyclass(frozen, module = "wsproof")]
pub(super) struct Outcome(pub(super) Arc<scenarios::Outcome>);

#[pymethods]
impl Outcome {
    /// The case.
    #[getter]
    fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// Name of the testee.
    #[getter]
    fn agent(&self) -> &str {
        &self.0.agent
    }

    /// `server` or `client`.
    #[getter]
    fn testee(&self) -> &'static str {
        match self.0.testee {
            Testee::Server => "server",
            Testee::Client => "client",
        }
    }

    /// Our own single verdict.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.0.verdict.as_str()
    }

    /// Autobahn's main verdict.
    #[getter]
    fn behavior(&self) -> &'static str {
        self.0.behavior.as_str()
    }

    /// Autobahn's verdict on the end of the connection.
    #[getter]
    fn behavior_close(&self) -> &'static str {
        self.0.behavior_close.as_str()
    }

    /// Why.
    #[getter]
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The findings behind the verdict, as dictionaries.
    #[getter]
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = serde_json::to_string(&self.0.findings)
            .map_err(|error| UsageError::new_err(error.to_string()))?;
        py.import("json")?.call_method1("loads", (text,))
    }

    /// Whether the case was run again before it was judged: `alone` or `sampled`.
    #[getter]
    fn rerun(&self) -> Option<&'static str> {
        self.0.rerun.map(scenarios::finding::Rerun::as_str)
    }

    /// Seconds from the opened connection to its end.
    #[getter]
    fn duration(&self) -> f64 {
        self.0.duration_us as f64 / 1e6
    }

    /// The code of the testee's last close frame.
    #[getter]
    fn close_code(&self) -> Option<u16> {
        self.0.facts.remote_close_code
    }

    /// Whether it is a failure, by the verdicts that count as one, or because anything but a plain pass does.
    #[pyo3(signature = (fail_on = vec!["fail".to_owned(), "incomplete".to_owned()], strict = false))]
    fn fails(&self, fail_on: Vec<String>, strict: bool) -> PyResult<bool> {
        let fail_on = fail_on.iter().map(|verdict| verdict.parse().map(Some)).collect::<Result<_, String>>();
        let judge = Judge { fail_on: fail_on.map_err(UsageError::new_err)?, strict };
        Ok(judge.fails(self.0.verdict, self.0.behavior))
    }

    /// All about it, with the first and last lines of the wire log.
    #[pyo3(signature = (case = None, first = 60, last = 40))]
    fn explain(&self, case: Option<&Case>, first: usize, last: usize) -> String {
        let info = case.map_or_else(|| CaseInfo::unknown(self.0.id), |case| CaseInfo::from(&*case.0));
        text::explain(&self.0, &info, (first, last))
    }

    /// All of it as one line of JSON.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&*self.0).map_err(|error| UsageError::new_err(error.to_string()))
    }

    /// The outcome that such a line holds.
    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        let outcome = serde_json::from_str(text).map_err(|error| UsageError::new_err(error.to_string()))?;
        Ok(Self(Arc::new(outcome)))
    }

    fn __repr__(&self) -> String {
        format!("<Outcome {}: {}, {}>", self.0.id, self.0.verdict, self.0.reason)
    }
}
