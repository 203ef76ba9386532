//! A server under test.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsproof::embed::{self, ReportFolder, ServerOptions, Times};
use wsproof::net::Route;
use wsproof::runner::resolve_url;

use super::case::Case;
use super::outcome::Outcome;
use super::{UsageError, connect, raise, seconds, waiting};

/// Checks a URL of a server, and how it is reached; with a command to start there, the URL may leave the port open
/// (`{port}`, or port 0).
#[pyfunction]
#[pyo3(signature = (url, *, starts_command = false, **connect))]
pub(super) fn check_server(
    url: &str,
    starts_command: bool,
    connect: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    let (request, connect) = connect::read(connect)?;
    let url = resolve_url(url, starts_command).map_err(|failure| raise(&failure))?;
    request.request(&url).map_err(|failure| raise(&failure))?;
    Route::new(&url, &connect).map(drop).map_err(|error| UsageError::new_err(error.to_string()))
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
    #[pyo3(signature = (url, cases, *, command = Vec::new(), jobs = None, agent = None, wait = None, timeout = 120.0,
        open_timeout = 5.0, seed = None, report = None, junit = None, **connect))]
    #[expect(clippy::too_many_arguments, reason = "they have names in Python")]
    fn new(
        py: Python<'_>,
        url: String,
        cases: Vec<Case>,
        command: Vec<String>,
        jobs: Option<usize>,
        agent: Option<String>,
        wait: Option<f64>,
        timeout: f64,
        open_timeout: f64,
        seed: Option<u64>,
        report: Option<PathBuf>,
        junit: Option<PathBuf>,
        connect: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let (request, connect) = connect::read(connect)?;
        let options = ServerOptions {
            command: command.into_iter().map(Into::into).collect(),
            jobs,
            agent,
            request,
            connect,
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
