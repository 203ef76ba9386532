//! The client's half.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use wsproof_core::handshake::{HandshakeError, Key, Offer, Request as Head};

use super::super::deflate::extensions;
use super::super::input::Input;
use super::super::{errors, objects};
use super::{fields, names, pairs};

/// An HTTP/1.x request head.
#[pyclass(frozen, eq, module = "wsproof")]
#[derive(PartialEq)]
pub(super) struct Request(pub(super) Head);

impl Request {
    /// What it offers, when it is a valid upgrade request.
    pub(super) fn offer(&self, py: Python<'_>) -> PyResult<Offer> {
        Offer::from_request(&self.0).map_err(|error| errors::handshake(py, &error))
    }
}

fn built(
    target: &str,
    host: &str,
    key: &str,
    protocols: &[String],
    offers: &str,
    more: &[(String, String)],
) -> Result<Head, HandshakeError> {
    let mut head = Head::upgrade(target, host, &Key::parse(key)?)?;
    if !protocols.is_empty() {
        head = head.with_header("Sec-WebSocket-Protocol", &protocols.join(", "))?;
    }
    if !offers.is_empty() {
        head = head.with_header("Sec-WebSocket-Extensions", offers)?;
    }
    for (name, value) in more {
        head = head.with_header(name, value)?;
    }
    // What a server would refuse, such as a second Host, is not written.
    Offer::from_request(&head)?;
    Ok(head)
}

#[pymethods]
impl Request {
    /// The upgrade request of §4.1.
    #[new]
    #[pyo3(signature = (target, host, key, *, protocols = None, extensions = "", headers = None))]
    fn new(
        py: Python<'_>,
        target: &str,
        host: &str,
        key: &str,
        protocols: Option<Vec<String>>,
        extensions: &str,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        self::extensions(py, extensions)?;
        built(target, host, key, &names(protocols)?, extensions, &fields(headers)?)
            .map(Self)
            .map_err(|error| errors::handshake(py, &error))
    }

    /// Reads a head; `None` while it is not complete.
    #[staticmethod]
    fn parse(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Option<(Self, usize)>> {
        let input = Input::of(data)?;
        let parsed = Head::parse(input.octets()).map_err(|error| errors::handshake(py, &error))?;
        Ok(parsed.map(|(head, len)| (Self(head), len)))
    }

    /// Judges it by §4.2.1.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        self.offer(py).map(drop)
    }

    #[getter]
    fn key(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.offer(py)?.key.to_base64())
    }

    #[getter]
    fn protocols(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        Ok(self.offer(py)?.protocols)
    }

    #[getter]
    fn extensions(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.offer(py)?.extensions.to_string())
    }

    /// The first of `supported` that the client offers.
    fn choose_protocol(&self, py: Python<'_>, supported: Vec<String>) -> PyResult<Option<String>> {
        let supported: Vec<&str> = supported.iter().map(String::as_str).collect();
        Ok(self.offer(py)?.choose_protocol(&supported).map(str::to_owned))
    }

    #[getter]
    fn method(&self) -> &str {
        self.0.method()
    }

    #[getter]
    fn target(&self) -> &str {
        self.0.target()
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
        let restore = py.import("wsproof.handshake")?.getattr("_restore_request")?;
        (restore, (self.__bytes__(py)?,)).into_pyobject(py)
    }

    fn __repr__(&self) -> String {
        format!("<Request {} {}>", self.0.method(), self.0.target())
    }
}
