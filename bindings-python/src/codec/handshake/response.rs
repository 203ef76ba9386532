//! The server's half.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple, PyType};
use wsproof_core::handshake::{HandshakeError, Key, Response as Head, check_response};

use super::super::deflate::extensions;
use super::super::input::Input;
use super::super::{errors, objects};
use super::request::Request;
use super::{fields, names, pairs};

static HANDSHAKE_WARNING: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// An HTTP/1.x response head.
#[pyclass(frozen, eq, module = "wsproof")]
#[derive(PartialEq)]
pub(super) struct Response(Head);

fn with_fields(mut head: Head, more: &[(String, String)]) -> Result<Head, HandshakeError> {
    for (name, value) in more {
        head = head.with_header(name, value)?;
    }
    Ok(head)
}

#[pymethods]
impl Response {
    #[new]
    #[pyo3(signature = (status, reason = "", *, headers = None))]
    fn new(py: Python<'_>, status: u16, reason: &str, headers: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let more = fields(headers)?;
        Head::new(status, reason)
            .and_then(|head| with_fields(head, &more))
            .map(Self)
            .map_err(|error| errors::handshake(py, &error))
    }

    /// The answer 101 of §4.2.2.
    #[staticmethod]
    #[pyo3(signature = (request, *, protocol = None, extensions = "", headers = None))]
    fn accept(
        py: Python<'_>,
        request: &Request,
        protocol: Option<&str>,
        extensions: &str,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let chosen = self::extensions(py, extensions)?;
        let (offer, more) = (request.offer(py)?, fields(headers)?);
        Head::accept(&offer, protocol, Some(&chosen))
            .and_then(|head| with_fields(head, &more))
            .map(Self)
            .map_err(|error| errors::handshake(py, &error))
    }

    /// The answer to a request that breaks a rule: 400, 405 or 426.
    #[staticmethod]
    fn refuse(request: &Request) -> PyResult<Self> {
        match wsproof_core::handshake::Offer::from_request(&request.0) {
            Err(error) => Ok(Self(Head::refuse(&error))),
            Ok(_) => Err(PyTypeError::new_err("the request is valid: refuse it with a Response of your own")),
        }
    }

    /// Reads a head; `None` while it is not complete.
    #[staticmethod]
    fn parse(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Option<(Self, usize)>> {
        let input = Input::of(data)?;
        let parsed = Head::parse(input.octets()).map_err(|error| errors::handshake(py, &error))?;
        Ok(parsed.map(|(head, len)| (Self(head), len)))
    }

    /// Judges it by §4.1: the subprotocol and the extensions that the server chose.
    #[pyo3(signature = (key, *, protocols = None, extensions = ""))]
    fn check(
        &self,
        py: Python<'_>,
        key: &str,
        protocols: Option<Vec<String>>,
        extensions: &str,
    ) -> PyResult<(Option<String>, String)> {
        let protocols = names(protocols)?;
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        let offered = self::extensions(py, extensions)?;
        Key::parse(key)
            .and_then(|key| check_response(&self.0, &key, &protocols, &offered))
            .map(|agreed| (agreed.protocol, agreed.extensions.to_string()))
            .map_err(|error| errors::handshake(py, &error))
    }

    /// What is wrong though the connection stands.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let class = HANDSHAKE_WARNING.import(py, "wsproof.errors", "HandshakeWarning")?;
        let warnings = self.0.warnings();
        let made = warnings
            .iter()
            .map(|warning| class.call1((format!("{warning:?}"), warning.clause(), warning.to_string())));
        PyTuple::new(py, made.collect::<PyResult<Vec<_>>>()?)
    }

    #[getter]
    fn status(&self) -> u16 {
        self.0.status()
    }

    #[getter]
    fn reason(&self) -> &str {
        self.0.reason()
    }

    #[getter]
    fn version(&self) -> &str {
        self.0.version().as_str()
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        pairs(py, self.0.headers())
    }

    /// The value of the first field of this name.
    fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// The values of all fields of this name.
    fn headers_all(&self, name: &str) -> Vec<&str> {
        self.0.headers_all(name).collect()
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        objects::bytes_of(py, &self.0.to_bytes())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let restore = py.import("wsproof.handshake")?.getattr("_restore_response")?;
        (restore, (self.__bytes__(py)?,)).into_pyobject(py)
    }

    fn __repr__(&self) -> String {
        format!("<Response {} {}>", self.0.status(), self.0.reason())
    }
}
