//! A server under test.

use std::path::PathBuf;

use pyo3::prelude::*;
use wsproof::embed::{self, ReportFolder, ServerOptions, Times};
use wsproof::runner::resolve_url;

use super::case::Case;
use super::outcome::Outcome;
use super::{raise, seconds, waiting};

/// Checks a URL of a server; with a command to start there, it may leave the port open (`{port}`, or port 0).
#[pyfunction]
#[pyo3(signature = (url, *, starts_command = false))]
pub(super) fn check_url(url: &str, starts_command: bool) -> PyResult<()> {
    resolve_url(url, starts_command).map(drop).map_err(|failure| raise(&failure))
}

/// Cases being run against a server, in the background.
#[pyclass(frozen, module = "wsproof")]
pub(super) struct ServerRun(Option<embed::ServerRun>);

impl ServerRun {
    fn run(&self) -> &embed::ServerRun {
        match &self.0 {
            Some(run) => run,
            None => unreachable!("it is taken out only when it is dropped"),
        }
    }
}

impl Drop for ServerRun {
    /// The thread of the run may need Python for a callback while it is waited for.
    fn drop(&mut self) {
        let run = self.0.take();
        if Python::try_attach(|py| py.detach(|| run.as_ref().map(embed::ServerRun::cancel))).is_some() {
            Python::attach(|py| py.detach(|| drop(run)));
        }
    }
}

#[pymethods]
impl ServerRun {
    #[new]
    #[pyo3(signature = (url, cases, *, command = Vec::new(), jobs = None, agent = None, origin = None,
        protocols = Vec::new(), tls_verify = false, wait = None, timeout = 120.0, open_timeout = 5.0, seed = None,
        report = None, junit = None))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn new(
        py: Python<'_>,
        url: String,
        cases: Vec<Case>,
        command: Vec<String>,
        jobs: Option<usize>,
        agent: Option<String>,
        origin: Option<String>,
        protocols: Vec<String>,
        tls_verify: bool,
        wait: Option<f64>,
        timeout: f64,
        open_timeout: f64,
        seed: Option<u64>,
        report: Option<PathBuf>,
        junit: Option<PathBuf>,
    ) -> PyResult<Self> {
        let options = ServerOptions {
            command: command.into_iter().map(Into::into).collect(),
            jobs,
            agent,
            origin,
            protocols,
            tls_verify,
            wait: wait.map(|value| seconds("wait", value)).transpose()?,
            times: Times {
                case: seconds("timeout", timeout)?,
                open: seconds("open_timeout", open_timeout)?,
                seed,
            },
            report: report.map(|dir| ReportFolder { dir, junit }),
            ..ServerOptions::new(url, cases.into_iter().map(|case| case.0).collect())
        };
        let run = py.detach(|| embed::ServerRun::start(options)).map_err(|failure| raise(&failure))?;
        Ok(Self(Some(run)))
    }

    /// Where the server is.
    #[getter]
    fn url(&self) -> String {
        self.run().url().to_string()
    }

    /// What the person who watches may want to know.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.run().notes()
    }

    /// Waits for the outcome of a case; `None` when the time is up.
    #[pyo3(signature = (id, timeout = None))]
    fn wait(&self, py: Python<'_>, id: &str, timeout: Option<f64>) -> PyResult<Option<Outcome>> {
        waiting::wait(py, self.run().outcomes(), id, None, timeout)
    }

    /// Calls `callback(outcome, exception)`, one of them `None`, from another thread.
    fn announce(&self, py: Python<'_>, id: &str, callback: Py<PyAny>) -> PyResult<()> {
        let outcomes = self.run().outcomes().clone();
        let id = id.to_owned();
        py.detach(move || waiting::announce(&outcomes, &id, None, callback))
    }

    /// All outcomes so far.
    fn outcomes(&self) -> Vec<Outcome> {
        self.run().outcomes().all().into_iter().map(Outcome).collect()
    }

    /// Asks the run to end.
    fn cancel(&self) {
        self.run().cancel();
    }

    /// Waits until all is done and written; the page to open, if a report was asked for.
    fn finish(&self, py: Python<'_>) -> Option<PathBuf> {
        py.detach(|| self.run().finish()).map(|written| written.paths.index_html.clone())
    }
}
