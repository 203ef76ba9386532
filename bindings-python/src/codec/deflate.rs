//! permessage-deflate: its negotiation (RFC 7692 §7.1).

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use wsproof_core::Role;
use wsproof_core::deflate::{Inflater, Offer, Policy, Response, WindowBits, agreed, to_header};
use wsproof_core::handshake::ExtensionList;

use super::errors;

/// The base-2 logarithm of a window.
#[derive(Clone, Copy)]
struct Window(WindowBits);

impl<'a, 'py> FromPyObject<'a, 'py> for Window {
    type Error = PyErr;

    fn extract(bits: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let bits: i64 = bits.extract()?;
        u8::try_from(bits)
            .ok()
            .and_then(WindowBits::new)
            .map(Self)
            .ok_or_else(|| PyValueError::new_err(format!("the bits of a window are 8 to 15, not {bits}")))
    }
}

/// What a client offers.
#[pyclass(frozen, eq, hash, module = "wsproof", name = "DeflateOffer", from_py_object)]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct DeflateOffer(Offer);

#[pymethods]
impl DeflateOffer {
    #[new]
    #[pyo3(signature = (*, server_no_context_takeover = false, client_no_context_takeover = false,
        server_max_window_bits = None, client_max_window_bits = None))]
    fn new(
        server_no_context_takeover: bool,
        client_no_context_takeover: bool,
        server_max_window_bits: Option<Window>,
        client_max_window_bits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let client_max_window_bits = match client_max_window_bits {
            None => None,
            Some(bits) => match bits.cast::<PyBool>() {
                Ok(can) => can.is_true().then_some(None),
                Err(_) => Some(Some(bits.extract::<Window>()?.0)),
            },
        };
        Ok(Self(Offer {
            server_no_context_takeover,
            client_no_context_takeover,
            server_max_window_bits: server_max_window_bits.map(|bits| bits.0),
            client_max_window_bits,
        }))
    }

    #[getter]
    fn server_no_context_takeover(&self) -> bool {
        self.0.server_no_context_takeover
    }

    #[getter]
    fn client_no_context_takeover(&self) -> bool {
        self.0.client_no_context_takeover
    }

    #[getter]
    fn server_max_window_bits(&self) -> Option<u8> {
        self.0.server_max_window_bits.map(WindowBits::get)
    }

    #[getter]
    fn client_max_window_bits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self.0.client_max_window_bits {
            None => py.None().into_bound(py),
            Some(None) => PyBool::new(py, true).to_owned().into_any(),
            Some(Some(bits)) => bits.get().into_pyobject(py)?.into_any(),
        })
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<DeflateOffer {}>", self.0)
    }
}

/// What was agreed.
#[pyclass(frozen, eq, hash, module = "wsproof", name = "DeflateAgreement")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Agreement(pub(super) Response);

impl Agreement {
    /// What inflates the messages that `receiver` receives.
    pub(super) fn inflater(&self, receiver: Role, check_window: Option<bool>) -> Inflater {
        let inflater = Inflater::new(self.0.sending(receiver.peer()));
        match check_window {
            Some(check) => inflater.with_window_check(check),
            None => inflater,
        }
    }
}

#[pymethods]
impl Agreement {
    #[new]
    #[pyo3(signature = (*, server_no_context_takeover = false, client_no_context_takeover = false,
        server_max_window_bits = None, client_max_window_bits = None))]
    fn new(
        server_no_context_takeover: bool,
        client_no_context_takeover: bool,
        server_max_window_bits: Option<Window>,
        client_max_window_bits: Option<Window>,
    ) -> Self {
        Self(Response {
            server_no_context_takeover,
            client_no_context_takeover,
            server_max_window_bits: server_max_window_bits.map(|bits| bits.0),
            client_max_window_bits: client_max_window_bits.map(|bits| bits.0),
        })
    }

    #[getter]
    fn server_no_context_takeover(&self) -> bool {
        self.0.server_no_context_takeover
    }

    #[getter]
    fn client_no_context_takeover(&self) -> bool {
        self.0.client_no_context_takeover
    }

    #[getter]
    fn server_max_window_bits(&self) -> Option<u8> {
        self.0.server_max_window_bits.map(WindowBits::get)
    }

    #[getter]
    fn client_max_window_bits(&self) -> Option<u8> {
        self.0.client_max_window_bits.map(WindowBits::get)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<DeflateAgreement {}>", self.0)
    }
}

/// The value of `Sec-WebSocket-Extensions` that makes these offers.
#[pyfunction]
#[pyo3(signature = (*offers))]
fn deflate_offers(offers: Vec<DeflateOffer>) -> String {
    let offers: Vec<Offer> = offers.into_iter().map(|offer| offer.0).collect();
    to_header(&offers)
}

/// A server's answer.
#[pyfunction]
#[pyo3(signature = (offered, *, server_no_context_takeover = false, client_no_context_takeover = false,
    server_max_window_bits = None, client_max_window_bits = None))]
fn answer_deflate(
    py: Python<'_>,
    offered: &str,
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<Window>,
    client_max_window_bits: Option<Window>,
) -> PyResult<Option<Agreement>> {
    let window = |bits: Option<Window>| bits.map(|bits| bits.0).unwrap_or_default();
    let policy = Policy {
        server_no_context_takeover,
        client_no_context_takeover,
        server_max_window_bits: window(server_max_window_bits),
        client_max_window_bits: window(client_max_window_bits),
    };
    Ok(policy.answer(&extensions(py, offered)?).map(Agreement))
}

/// A client's judgement of the answer.
#[pyfunction]
#[pyo3(signature = (answered, *offers))]
fn agreed_deflate(py: Python<'_>, answered: &str, offers: Vec<DeflateOffer>) -> PyResult<Option<Agreement>> {
    let offers: Vec<Offer> = offers.into_iter().map(|offer| offer.0).collect();
    let agreed = agreed(&extensions(py, answered)?, &offers);
    Ok(agreed.map_err(|error| errors::negotiation(py, &error))?.map(Agreement))
}

/// Reads a list of extensions; nothing for an empty text.
pub(super) fn extensions(py: Python<'_>, text: &str) -> PyResult<ExtensionList> {
    if text.is_empty() {
        return Ok(ExtensionList::new());
    }
    ExtensionList::parse(text).map_err(|error| errors::handshake(py, &error.into()))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<DeflateOffer>()?;
    module.add_class::<Agreement>()?;
    module.add_function(wrap_pyfunction!(deflate_offers, module)?)?;
    module.add_function(wrap_pyfunction!(answer_deflate, module)?)?;
    module.add_function(wrap_pyfunction!(agreed_deflate, module)?)
}
