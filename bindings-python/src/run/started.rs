//! A server that is started for several runs.

use std::path::PathBuf;

use pyo3::prelude::*;
use wsproof::embed;

use super::{raise, seconds};

/// A command that serves.
#[pyclass(frozen, module = "wsproof")]
pub(super) struct StartedServer(embed::StartedServer);

#[pymethods]
impl StartedServer {
    #[new]
    #[pyo3(signature = (command, *, url = "ws://127.0.0.1:{port}", unix = None, log = None, wait = 30.0))]
    fn new(
        py: Python<'_>,
        command: Vec<String>,
        url: &str,
        unix: Option<PathBuf>,
        log: Option<PathBuf>,
        wait: f64,
    ) -> PyResult<Self> {
        let wait = seconds("wait", wait)?;
        let command = command.into_iter().map(Into::into).collect();
        let started = py.detach(|| embed::StartedServer::start(command, url, unix, log.as_deref(), wait));
        started.map(Self).map_err(|failure| raise(&failure))
    }

    /// Where it is, with the user name and password that were given.
    #[getter]
    fn url(&self) -> String {
        self.0.url().with_userinfo()
    }

    /// Stops it with everything it started.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}
