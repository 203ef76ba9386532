//! The native half of the Python package: `wsproof._core`. Translation only, no protocol logic.

mod codec;
mod command;
mod run;

/// The native module.
#[pyo3::pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::codec::register(module)?;
        crate::command::register(module)?;
        crate::run::register(module)?;
        Ok(())
    }
}
