//! The commands `wsproof` and `wstest`, for the console scripts of the package.

use std::ffi::OsString;
use std::process::ExitCode;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Adds it to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(run_command, module)?)
}

/// Runs the command of this name, `wsproof` or `wstest`, with these arguments, and returns its exit status.
///
/// It writes to the standard output and standard error of the process, not to `sys.stdout`. It listens for Ctrl-C
/// itself; a program of Python's that calls it should leave that signal alone for so long.
#[pyfunction]
fn run_command(py: Python<'_>, name: &str, arguments: Vec<OsString>) -> PyResult<u8> {
    let arguments = std::iter::once(OsString::from(name)).chain(arguments);
    match name {
        "wsproof" => Ok(py.detach(|| wsproof::run(arguments)).code()),
        // Autobahn's has two ends: all well, and wrong use.
        "wstest" => Ok(u8::from(py.detach(|| wsproof::wstest::main(arguments)) != ExitCode::SUCCESS)),
        _ => Err(PyValueError::new_err("the commands are `wsproof` and `wstest`")),
    }
}
