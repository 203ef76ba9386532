//! Messages into frames, without state.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use wsproof_core::Role;
use wsproof_core::close::{CloseCode, CloseError, ClosePayload};
use wsproof_core::connection::{KeySource as _, SendError};
use wsproof_core::frame::{FrameHeader, Opcode, mask as masking};
use wsproof_core::rules::MAX_CONTROL_PAYLOAD;

use super::input::Input;
use super::keys::Keys;
use super::options::{Side, role_name};
use super::{errors, objects};

/// Writes frames.
#[pyclass(module = "wsproof")]
pub(super) struct Encoder {
    role: Role,
    keys: Keys,
}

impl Encoder {
    #[inline]
    fn header(&mut self, opcode: Opcode, fin: bool, rsv: u8, payload_len: usize) -> PyResult<FrameHeader> {
        let mask = if self.role.masks() {
            self.keys.prepare()?;
            Some(self.keys.next_key())
        } else {
            None
        };
        Ok(FrameHeader { fin, rsv, opcode, mask, payload_len: payload_len as u64 })
    }

    #[inline]
    fn write<'py>(
        &mut self,
        py: Python<'py>,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let header = self.header(opcode, fin, 0, payload.len())?;
        objects::frame(py, &header.encode(), header.mask, payload)
    }

    fn control<'py>(&mut self, opcode: Opcode, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let input = Input::of(data)?;
        if input.octets().len() as u64 > MAX_CONTROL_PAYLOAD {
            return Err(errors::unsendable(data.py(), &SendError::ControlTooLong));
        }
        self.write(data.py(), opcode, true, input.octets())
    }
}

#[pymethods]
impl Encoder {
    #[new]
    #[pyo3(signature = (role, *, seed = None))]
    fn new(role: Side, seed: Option<u64>) -> Self {
        Self { role: role.0, keys: Keys::new(seed) }
    }

    #[pyo3(signature = (data, *, fin = true))]
    fn text<'py>(&mut self, data: &Bound<'py, PyString>, fin: bool) -> PyResult<Bound<'py, PyBytes>> {
        self.write(data.py(), Opcode::TEXT, fin, objects::utf8(data)?)
    }

    #[pyo3(signature = (data, *, fin = true))]
    fn binary<'py>(&mut self, data: &Bound<'py, PyAny>, fin: bool) -> PyResult<Bound<'py, PyBytes>> {
        let input = Input::of(data)?;
        self.write(data.py(), Opcode::BINARY, fin, input.octets())
    }

    #[pyo3(signature = (data, *, fin = true))]
    fn continuation<'py>(&mut self, data: &Bound<'py, PyAny>, fin: bool) -> PyResult<Bound<'py, PyBytes>> {
        let input = Payload::of(data)?;
        self.write(data.py(), Opcode::CONTINUATION, fin, input.octets())
    }

    #[pyo3(signature = (data = None))]
    fn ping<'py>(
        &mut self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        match data {
            Some(data) => self.control(Opcode::PING, data),
            None => self.write(py, Opcode::PING, true, &[]),
        }
    }

    #[pyo3(signature = (data = None))]
    fn pong<'py>(
        &mut self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        match data {
            Some(data) => self.control(Opcode::PONG, data),
            None => self.write(py, Opcode::PONG, true, &[]),
        }
    }

    #[pyo3(signature = (code = None, reason = ""))]
    fn close<'py>(
        &mut self,
        py: Python<'py>,
        code: Option<u16>,
        reason: &str,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let refuse = |error| errors::unsendable(py, &SendError::Close(error));
        let code = code.map(CloseCode);
        if let Some(code) = code.filter(|code| !code.is_valid_on_wire()) {
            return Err(refuse(CloseError::Code(code)));
        }
        let mut payload = Vec::with_capacity(2 + reason.len());
        ClosePayload { code, reason }.encode(&mut payload).map_err(refuse)?;
        self.write(py, Opcode::CLOSE, true, &payload)
    }

    /// A data message for `writelines`: header and payload apart unless the payload has to be masked.
    fn parts<'py>(&mut self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
        let py = data.py();
        let opcode = if data.is_instance_of::<PyString>() { Opcode::TEXT } else { Opcode::BINARY };
        let input = Payload::of(data)?;
        if self.role.masks() {
            return PyTuple::new(py, [self.write(py, opcode, true, input.octets())?]);
        }
        let header = self.header(opcode, true, 0, input.octets().len())?;
        let header = objects::bytes_of(py, &header.encode())?.into_any();
        let payload = match opcode {
            Opcode::TEXT => objects::bytes_of(py, input.octets())?.into_any(),
            _ => data.clone(),
        };
        PyTuple::new(py, [header, payload])
    }

    /// Any frame, legal or not.
    #[pyo3(signature = (opcode, payload, *, fin = true, rsv = 0))]
    fn frame<'py>(
        &mut self,
        opcode: u8,
        payload: &Bound<'py, PyAny>,
        fin: bool,
        rsv: u8,
    ) -> PyResult<Bound<'py, PyBytes>> {
        if opcode > 15 {
            return Err(PyValueError::new_err(format!("an opcode is 0 to 15, not {opcode}")));
        }
        if rsv > 7 {
            return Err(PyValueError::new_err(format!("RSV bits are 0 to 7, not {rsv}")));
        }
        let input = Payload::of(payload)?;
        let header = self.header(Opcode::new(opcode), fin, rsv, input.octets().len())?;
        objects::frame(payload.py(), &header.encode(), header.mask, input.octets())
    }

    #[getter]
    fn role(&self) -> &'static str {
        role_name(self.role)
    }

    fn __repr__(&self) -> String {
        format!("<Encoder of a {}>", role_name(self.role))
    }
}

/// Octets, or text as its UTF-8.
enum Payload<'a> {
    Text(&'a [u8]),
    Octets(Input<'a>),
}

impl<'a> Payload<'a> {
    #[inline]
    fn of(data: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        match data.cast::<PyString>() {
            Ok(text) => objects::utf8(text).map(Self::Text),
            Err(_) => Input::of(data).map(Self::Octets),
        }
    }

    #[inline]
    fn octets(&self) -> &[u8] {
        match self {
            Self::Text(octets) => octets,
            Self::Octets(input) => input.octets(),
        }
    }
}

/// Octets masked or unmasked (RFC 6455 §5.3).
#[pyfunction]
#[pyo3(signature = (data, key, offset = 0))]
pub(super) fn mask<'py>(
    data: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
    offset: u64,
) -> PyResult<Bound<'py, PyBytes>> {
    let key = Input::of(key)?;
    let Ok(key) = <[u8; 4]>::try_from(key.octets()) else {
        return Err(PyValueError::new_err(format!("a masking key is 4 octets, not {}", key.octets().len())));
    };
    let input = Input::of(data)?;
    let octets = input.octets();
    objects::bytes(data.py(), octets.len(), |place| masking::copy_uninit(key, offset, octets, place))
}
