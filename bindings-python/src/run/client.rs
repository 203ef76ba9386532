//! Clients under test.

use std::net::SocketAddr;
use std::path::PathBuf;

use pyo3::prelude::*;
use wsproof::embed::{self, ClientOptions, ReportFolder, Times};

use super::case::Case;
use super::outcome::Outcome;
use super::{UsageError, raise, seconds, waiting};

/// A fuzzing server in the background.
#[pyclass(frozen, module = "wsproof")]
pub(super) struct ClientRun(Option<embed::ClientRun>);

impl ClientRun {
    fn run(&self) -> &embed::ClientRun {
        match &self.0 {
            Some(run) => run,
            None => unreachable!("it is taken out only when it is dropped"),
        }
    }
}

impl Drop for ClientRun {
    fn drop(&mut self) {
        let run = self.0.take();
        if Python::try_attach(|py| py.detach(|| run.as_ref().map(embed::ClientRun::stop))).is_some() {
            Python::attach(|py| py.detach(|| drop(run)));
        }
    }
}

#[pymethods]
impl ClientRun {
    #[new]
    #[pyo3(signature = (cases, *, listen = "127.0.0.1:0", plain_agent = None, timeout = 120.0, open_timeout = 5.0,
        seed = None, report = None, junit = None))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn new(
        py: Python<'_>,
        cases: Vec<Case>,
        listen: &str,
        plain_agent: Option<String>,
        timeout: f64,
        open_timeout: f64,
        seed: Option<u64>,
        report: Option<PathBuf>,
        junit: Option<PathBuf>,
    ) -> PyResult<Self> {
        let listen: SocketAddr = listen.parse().map_err(|_| {
            UsageError::new_err(format!(
                "an address with a port is wanted, such as 127.0.0.1:0, not {listen:?}"
            ))
        })?;
        let options = ClientOptions {
            listen: listen.into(),
            plain_agent,
            times: Times {
                case: seconds("timeout", timeout)?,
                open: seconds("open_timeout", open_timeout)?,
                seed,
            },
            report: report.map(|dir| ReportFolder { dir, junit }),
            ..ClientOptions::new(cases.into_iter().map(|case| case.0).collect())
        };
        let run = py.detach(|| embed::ClientRun::start(options)).map_err(|failure| raise(&failure))?;
        Ok(Self(Some(run)))
    }

    /// Where clients connect.
    #[getter]
    fn url(&self) -> String {
        self.run().url().to_string()
    }

    /// How many cases clients have begun.
    #[getter]
    fn begun(&self) -> usize {
        self.run().begun()
    }

    /// Why the last request that was not served was not; `None` if all were.
    #[getter]
    fn refusal(&self) -> Option<String> {
        self.run().refusals().last()
    }

    /// Waits for the outcome of a case; `None` when the time is up.
    #[pyo3(signature = (id, timeout = None, agent = None))]
    fn wait(
        &self,
        py: Python<'_>,
        id: &str,
        timeout: Option<f64>,
        agent: Option<&str>,
    ) -> PyResult<Option<Outcome>> {
        waiting::wait(py, self.run().outcomes(), id, agent, timeout)
    }

    /// Calls `callback(outcome, exception)`, one of them `None`, from another thread.
    #[pyo3(signature = (id, callback, agent = None))]
    fn announce(&self, py: Python<'_>, id: &str, callback: Py<PyAny>, agent: Option<String>) -> PyResult<()> {
        let outcomes = self.run().outcomes().clone();
        let id = id.to_owned();
        py.detach(move || waiting::announce(&outcomes, &id, agent.as_deref(), callback))
    }

    /// All outcomes so far.
    fn outcomes(&self) -> Vec<Outcome> {
        self.run().outcomes().all().into_iter().map(Outcome).collect()
    }

    /// Waits until no case is being run; false when the time is up.
    fn settle(&self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        let limit = seconds("timeout", timeout)?;
        Ok(py.detach(|| self.run().settle(limit)))
    }

    /// Stops serving and waits until the report is written; the page to open, if one was asked for.
    fn finish(&self, py: Python<'_>) -> Option<PathBuf> {
        py.detach(|| self.run().finish()).map(|written| written.paths.index_html.clone())
    }
}
