//! How a server is reached: the keyword arguments of `wsproof.ConnectOptions`.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};
use wsproof::embed::{ConnectOptions, Header, RequestOptions, tls};

use super::UsageError;

/// Reads them; none is needed.
///
/// # Errors
/// `TypeError` for a name that is none of them or a value of another type; `UsageError` for a header that cannot be sent,
/// and a certificate without its key.
pub(super) fn read(given: Option<&Bound<'_, PyDict>>) -> PyResult<(RequestOptions, ConnectOptions)> {
    let (mut request, mut connect) = (RequestOptions::default(), ConnectOptions::default());
    let (mut certificate, mut key) = (None, None);
    for (name, value) in given.into_iter().flatten() {
        let name: String = name.extract()?;
        let done = match &*name {
            "headers" => headers(&value).map(|headers| request.headers = headers),
            "origin" => value.extract().map(|origin| request.origin = origin),
            "protocols" => value.extract().map(|protocols| request.protocols = protocols),
            "cert" => value.extract::<Option<PathBuf>>().map(|path| certificate = path),
            "key" => value.extract::<Option<PathBuf>>().map(|path| key = path),
            "ca" => value.extract().map(|path| connect.tls.authorities = path),
            "tls_verify" => value.extract().map(|verify| connect.tls.verify = verify),
            "hostname" => value.extract().map(|name| connect.tls.server_name = name),
            "unix" => value.extract().map(|path| connect.unix = path),
            _ => Err(PyTypeError::new_err("there is no such argument")),
        };
        done.map_err(|error| named(value.py(), &name, error))?;
    }
    connect.tls.identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(tls::Identity { certificate, key }),
        (None, None) => None,
        _ => return Err(UsageError::new_err("cert and key go together: give both files, or neither")),
    };
    Ok((request, connect))
}

/// Says which argument is of a wrong type.
fn named(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    if error.is_instance_of::<PyTypeError>(py) {
        PyTypeError::new_err(format!("{name}: {}", error.value(py)))
    } else {
        error
    }
}

/// A mapping, or pairs of name and value.
fn headers(given: &Bound<'_, PyAny>) -> PyResult<Vec<Header>> {
    let pairs = match given.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.into_any(),
        Err(_) => given.clone(),
    };
    let mut headers = Vec::new();
    for pair in pairs.try_iter()? {
        let (name, value): (String, String) = pair?.extract()?;
        headers.push(Header::new(&name, &value).map_err(|error| UsageError::new_err(error.to_string()))?);
    }
    Ok(headers)
}

/// Takes a header as a command line has it apart: name and value.
#[pyfunction]
pub(super) fn parse_header(text: &str) -> PyResult<(String, String)> {
    let header: Header =
        text.parse().map_err(|error: wsproof::embed::HeaderError| UsageError::new_err(error.to_string()))?;
    Ok((header.name().to_owned(), header.value().to_owned()))
}
