//! The opening handshake (RFC 6455 §4).

mod request;
mod response;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use wsproof_core::handshake::{Headers, Key};

use super::input::Input;
use super::keys;

/// The `Sec-WebSocket-Accept` for a key.
#[pyfunction]
fn accept_key(key: &Bound<'_, PyAny>) -> PyResult<String> {
    match key.cast::<PyString>() {
        Ok(text) => Ok(wsproof_core::handshake::accept_key(super::objects::utf8(text)?)),
        Err(_) => Ok(wsproof_core::handshake::accept_key(Input::of(key)?.octets())),
    }
}

/// A fresh `Sec-WebSocket-Key`.
#[pyfunction]
fn new_key() -> PyResult<String> {
    let mut nonce = [0; 16];
    keys::fill(&mut nonce)?;
    Ok(Key::new(nonce).to_base64())
}

/// Header fields as pairs.
fn pairs<'py>(py: Python<'py>, headers: &Headers) -> PyResult<Bound<'py, PyTuple>> {
    let pairs = headers.iter().map(|header| (header.name(), header.value()).into_pyobject(py));
    PyTuple::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
}

/// Header fields from a mapping or from pairs.
fn fields(headers: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<(String, String)>> {
    let Some(headers) = headers else { return Ok(Vec::new()) };
    let pairs = match headers.getattr_opt("items")? {
        Some(items) => items.call0()?,
        None => headers.clone(),
    };
    let wrong = || PyTypeError::new_err("headers are a mapping, or pairs, of str");
    pairs.try_iter()?.map(|pair| pair?.extract::<(String, String)>().map_err(|_| wrong())).collect()
}

/// Subprotocols, each of them a name.
fn names(protocols: Option<Vec<String>>) -> PyResult<Vec<String>> {
    let protocols = protocols.unwrap_or_default();
    match protocols.iter().find(|name| !wsproof_core::handshake::is_token(name)) {
        Some(name) => {
            Err(PyValueError::new_err(format!("subprotocol {name:?} is not a token (RFC 9110 §5.6.2)")))
        }
        None => Ok(protocols),
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<request::Request>()?;
    module.add_class::<response::Response>()?;
    module.add_function(wrap_pyfunction!(accept_key, module)?)?;
    module.add_function(wrap_pyfunction!(new_key, module)?)
}
