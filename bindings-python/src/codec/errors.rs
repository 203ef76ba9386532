//! The exceptions of the codec. They are written in Python (`wsproof/errors.py`), because a class with fields cannot
//! extend an exception in the limited API before 3.12.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use wsproof_core::Violation;
use wsproof_core::deflate::NegotiationError;
use wsproof_core::handshake::HandshakeError;

/// Why events end.
pub(super) enum Stop {
    /// The peer broke a rule.
    Violation(Violation),
    /// Python has no memory.
    Python(PyErr),
}

impl From<Violation> for Stop {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

static VIOLATION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static SEND_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static HANDSHAKE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// An enum's variant as it is called in Rust, without what it holds.
fn variant(value: &impl std::fmt::Debug) -> String {
    let mut name = format!("{value:?}");
    if let Some(end) = name.find(['(', ' ']) {
        name.truncate(end);
    }
    name
}

/// The exception for a violation; `events` is what came before it in the same call.
pub(super) fn violation<'py>(
    py: Python<'py>,
    violation: &Violation,
    events: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    VIOLATION.import(py, "wsproof.errors", "Violation")?.call1((
        violation.kind.name(),
        violation.clause(),
        violation.close_code().0,
        violation.offset,
        violation.to_string(),
        events,
    ))
}

/// As [`violation`], to be raised.
#[cold]
pub(super) fn raise(py: Python<'_>, fault: &Violation, events: Bound<'_, PyAny>) -> PyErr {
    violation(py, fault, events).map_or_else(|error| error, PyErr::from_value)
}

/// For what cannot be sent.
#[cold]
pub(super) fn unsendable(py: Python<'_>, error: &(impl std::fmt::Debug + std::fmt::Display)) -> PyErr {
    made(SEND_ERROR.import(py, "wsproof.errors", "SendError"), (variant(error), error.to_string()))
}

/// For a handshake that is refused.
#[cold]
pub(super) fn handshake(py: Python<'_>, error: &HandshakeError) -> PyErr {
    refused(py, (variant(error), error.clause(), error.status(), error.to_string()))
}

/// For an answer about permessage-deflate that a client must not take.
#[cold]
pub(super) fn negotiation(py: Python<'_>, error: &NegotiationError) -> PyErr {
    // A server never raises it: the status is that of a fault that only a client can find.
    refused(py, (variant(error), error.clause(), 400, error.to_string()))
}

/// For a list of extensions that breaks its grammar.
#[cold]
pub(super) fn refused(py: Python<'_>, fields: (String, &str, u16, String)) -> PyErr {
    made(HANDSHAKE_ERROR.import(py, "wsproof.errors", "HandshakeError"), fields)
}

fn made<'py>(class: PyResult<&Bound<'py, PyType>>, fields: impl pyo3::call::PyCallArgs<'py>) -> PyErr {
    class.and_then(|class| class.call1(fields)).map_or_else(|error| error, PyErr::from_value)
}
