//! Waiting for outcomes without holding up Python.

use std::time::{Duration, Instant};

use pyo3::prelude::*;
use wsproof::embed::Outcomes;

use super::outcome::Outcome;
use super::{case_id, raise, seconds};

/// Python looks for Ctrl-C so often.
const SIGNALS: Duration = Duration::from_millis(50);

/// Waits; `None` when the time is up.
pub(super) fn wait(
    py: Python<'_>,
    outcomes: &Outcomes,
    id: &str,
    agent: Option<&str>,
    timeout: Option<f64>,
) -> PyResult<Option<Outcome>> {
    let id = case_id(id)?;
    let limit = timeout.map(|value| seconds("timeout", value)).transpose()?;
    let deadline = limit.map(|limit| Instant::now() + limit);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let turn = left.map_or(SIGNALS, |left| left.min(SIGNALS));
        let known = py.detach(|| outcomes.wait(id, agent, Some(turn)));
        match known.map_err(|failure| raise(&failure))? {
            Some(outcome) => return Ok(Some(Outcome(outcome))),
            None if left.is_some_and(|left| left.is_zero()) => return Ok(None),
            None => py.check_signals()?,
        }
    }
}

/// Calls back with the outcome, or with the exception that tells why there is none.
pub(super) fn announce(
    outcomes: &Outcomes,
    id: &str,
    agent: Option<&str>,
    callback: Py<PyAny>,
) -> PyResult<()> {
    let call = Box::new(move |known| {
        Python::try_attach(|py| {
            let arguments = match known {
                Ok(outcome) => (Py::new(py, Outcome(outcome)).ok().map(Py::into_any), None),
                Err(failure) => (None, Some(raise(&failure).into_value(py))),
            };
            if let Err(error) = callback.call1(py, arguments) {
                error.write_unraisable(py, None);
            }
        });
    });
    outcomes.announce(case_id(id)?, agent, call);
    Ok(())
}
