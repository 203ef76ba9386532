//! Cases, runs and outcomes, as Python sees them.

mod case;
mod client;
mod connect;
mod memory;
mod outcome;
mod report;
mod server;
mod started;
mod waiting;

use pyo3::create_exception;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use wsproof::embed::Failure;
use wsproof::exit::Exit;
use wsproof::face::Face;

create_exception!(
    wsproof,
    RunError,
    PyRuntimeError,
    "The testee cannot be reached, or the run cannot go on."
);
create_exception!(
    wsproof,
    UsageError,
    PyValueError,
    "What was asked for cannot be: no such case, no URL, a port in use."
);

/// Adds them to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("RunError", module.py().get_type::<RunError>())?;
    module.add("UsageError", module.py().get_type::<UsageError>())?;
    module.add_class::<case::Case>()?;
    module.add_class::<outcome::Outcome>()?;
    module.add_class::<server::ServerRun>()?;
    module.add_class::<started::StartedServer>()?;
    module.add_class::<client::ClientRun>()?;
    module.add_class::<memory::Session>()?;
    module.add_class::<report::Report>()?;
    module.add_function(wrap_pyfunction!(server::check_server, module)?)?;
    module.add_function(wrap_pyfunction!(connect::parse_header, module)?)?;
    module.add_function(wrap_pyfunction!(case::default_profile, module)?)?;
    module.add_function(wrap_pyfunction!(case::select, module)?)?;
    module.add_function(wrap_pyfunction!(case::select_by_spec, module)?)?;
    module.add_function(wrap_pyfunction!(case::parse_scenarios, module)?)?;
    module.add_function(wrap_pyfunction!(case::load_scenarios, module)?)
}

/// The exception that a failure of the run is in Python. Its attribute `in_pytest` is the text as the pytest plugin shows
/// it, where settings have other names.
fn raise(failure: &Failure) -> PyErr {
    let text = failure.text(Face::Python);
    let error = match failure.exit() {
        Exit::WrongUse => UsageError::new_err(text),
        _ => RunError::new_err(text),
    };
    Python::attach(|py| {
        // An exception takes attributes; if it did not, its own text would do.
        let _ = error.value(py).setattr("in_pytest", failure.text(Face::Pytest));
    });
    error
}

fn case_id(text: &str) -> PyResult<wsproof_scenarios::CaseId> {
    text.parse().map_err(|error: wsproof_scenarios::ParseCaseIdError| UsageError::new_err(error.to_string()))
}

/// Seconds from Python as a time.
fn seconds(name: &str, value: f64) -> PyResult<std::time::Duration> {
    wsproof_scenarios::time::seconds(name, value).map_err(UsageError::new_err)
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
