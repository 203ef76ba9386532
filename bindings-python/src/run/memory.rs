//! A session in memory: octets and times are handed in.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wsproof_scenarios::{Action, ClientRequest, DropKind, OwnedSession, SessionOptions, TcpEnd};

use super::case::Case;
use super::outcome::Outcome;
use super::{UsageError, now_ms, seconds};

/// One case against one server, without a socket and without a clock.
#[pyclass(frozen, module = "wsproof")]
pub(super) struct Session {
    session: Mutex<OwnedSession>,
    started_ms: u64,
}

impl Session {
    fn lock(&self) -> MutexGuard<'_, OwnedSession> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Session {
    #[new]
    #[pyo3(signature = (case, *, host = "localhost", resource = "/", seed = 0))]
    fn new(case: &Case, host: &str, resource: &str, seed: u64) -> Self {
        let options = SessionOptions { seed, ..SessionOptions::default() };
        let session = OwnedSession::connect(case.0.clone(), ClientRequest::new(host, resource), options);
        Self { session: Mutex::new(session), started_ms: now_ms() }
    }

    /// Takes octets that the testee sent.
    fn receive(&self, data: &[u8], now: f64) -> PyResult<()> {
        let now = seconds("now", now)?;
        self.lock().receive(data, now);
        Ok(())
    }

    /// The testee closed the connection, or reset it.
    #[pyo3(signature = (now, *, reset = false))]
    fn peer_closed(&self, now: f64, reset: bool) -> PyResult<()> {
        let end = if reset { TcpEnd::Reset } else { TcpEnd::Fin };
        self.lock().peer_closed(end, seconds("now", now)?);
        Ok(())
    }

    /// What to do now: `("write", octets)`, `("wait", time or None)`, `("drop", None)` or `("done", None)`.
    fn poll<'py>(&self, py: Python<'py>, now: f64) -> PyResult<(&'static str, Option<Bound<'py, PyAny>>)> {
        let now = seconds("now", now)?;
        self.lock().poll(now, |action| {
            Ok(match action {
                Action::Write(octets) => ("write", Some(PyBytes::new(py, octets).into_any())),
                Action::Wait(None) => ("wait", None),
                Action::Wait(Some(until)) => {
                    ("wait", Some(until.as_secs_f64().into_pyobject(py)?.into_any()))
                }
                Action::Drop(DropKind::Reset | DropKind::Graceful) => ("drop", None),
                Action::Done => ("done", None),
            })
        })
    }

    /// So many octets of the last write were taken.
    fn wrote(&self, octets: usize, now: f64) -> PyResult<()> {
        self.lock().wrote(octets, seconds("now", now)?);
        Ok(())
    }

    /// Ends the session and judges it. Can be called once.
    fn outcome(&self, agent: String) -> PyResult<Outcome> {
        let outcome = self.lock().take_outcome(agent, self.started_ms);
        outcome
            .map(|outcome| Outcome(outcome.into()))
            .ok_or_else(|| UsageError::new_err("the outcome of this session was taken already"))
    }
}
