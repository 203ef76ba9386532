//! An endpoint after the handshake (RFC 6455 §7).

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use wsproof_core::Role;
use wsproof_core::close::{CloseCode, ClosePayload};
use wsproof_core::connection::{Connection as Endpoint, Options, SendError, State, TcpAction};
use wsproof_core::deflate::Settings;
use wsproof_core::message::DataKind;

use super::decoder::finish;
use super::deflate::Agreement;
use super::input::Input;
use super::keys::Keys;
use super::maker::Maker;
use super::options::{Side, limits, role_name};
use super::{errors, objects};

/// One end of a connection.
#[pyclass(module = "wsproof")]
pub(super) struct Connection {
    endpoint: Endpoint<Keys>,
    maker: Maker,
    /// What the core copies to.
    scratch: Vec<u8>,
    /// The events of one call; empty between calls.
    events: Vec<Py<PyAny>>,
}

impl Connection {
    fn send(
        &mut self,
        py: Python<'_>,
        send: impl FnOnce(&mut Endpoint<Keys>) -> Result<(), SendError>,
    ) -> PyResult<()> {
        send(&mut self.endpoint).map_err(|error| errors::unsendable(py, &error))
    }
}

#[pymethods]
impl Connection {
    #[new]
    #[pyo3(signature = (role, *, deflate = None, level = 6, mem_level = 8, min_deflate = 0,
        check_window = None, pieces = false,
        auto_pong = true, auto_close = true, pong_backlog = 65_536,
        max_frame = None, max_message = None, max_fragments = None, seed = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of a constructor")]
    fn new(
        role: Side,
        deflate: Option<&Agreement>,
        level: u8,
        mem_level: u8,
        min_deflate: usize,
        check_window: Option<bool>,
        pieces: bool,
        auto_pong: bool,
        auto_close: bool,
        pong_backlog: usize,
        max_frame: Option<u64>,
        max_message: Option<u64>,
        max_fragments: Option<u32>,
        seed: Option<u64>,
    ) -> PyResult<Self> {
        if level > 9 {
            return Err(PyValueError::new_err(format!("level is 0 to 9, not {level}")));
        }
        if !(1..=9).contains(&mem_level) {
            return Err(PyValueError::new_err(format!("mem_level is 1 to 9, not {mem_level}")));
        }
        let limits = limits(max_frame, max_message, max_fragments);
        let options = Options { limits, allowed_rsv: 0, auto_pong, auto_close, pong_backlog };
        let mut keys = Keys::new(seed);
        if role.0 == Role::Client {
            keys.prepare()?;
        }
        let mut endpoint = Endpoint::new(role.0, options, keys);
        if let Some(agreed) = deflate {
            endpoint = endpoint.with_deflate(agreed.0, Settings { level, mem_level, min_len: min_deflate });
            if let Some(check) = check_window {
                endpoint = endpoint.with_window_check(check);
            }
        }
        Ok(Self { endpoint, maker: Maker::new(pieces), scratch: Vec::new(), events: Vec::new() })
    }

    /// Takes octets read from the peer.
    fn receive<'py>(&mut self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let input = Input::of(data)?;
        let Self { endpoint, maker, scratch, events } = self;
        let end = endpoint.receive_shared(input.octets(), scratch, |event| {
            if let Some(event) = maker.make(py, event)? {
                events.push(event);
            }
            Ok(())
        });
        drop(input);
        finish(py, events, end)
    }

    /// The peer's stream has ended.
    fn receive_eof(&mut self) {
        self.endpoint.receive_eof();
    }

    /// Takes all that is to be written.
    fn transmit<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let octets = objects::bytes_of(py, self.endpoint.transmit())?;
        self.endpoint.advance(usize::MAX);
        let late = self.endpoint.transmit();
        if late.is_empty() {
            return Ok(octets);
        }
        // A pong that was held back is queued once there is room.
        let octets = objects::bytes_of(py, &[octets.as_bytes(), late].concat())?;
        self.endpoint.advance(usize::MAX);
        Ok(octets)
    }

    fn send_text(&mut self, py: Python<'_>, data: &str) -> PyResult<()> {
        self.send(py, |endpoint| endpoint.send_text(data))
    }

    fn send_binary(&mut self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let input = Input::of(data)?;
        self.send(py, |endpoint| endpoint.send_binary(input.octets()))
    }

    /// A fragment: text when it is `str`, binary otherwise.
    #[pyo3(signature = (data, *, last))]
    fn send_fragment(&mut self, py: Python<'_>, data: &Bound<'_, PyAny>, last: bool) -> PyResult<()> {
        if let Ok(text) = data.cast::<PyString>() {
            let octets = objects::utf8(text)?;
            return self.send(py, |endpoint| endpoint.send_fragment(DataKind::Text, octets, last));
        }
        let input = Input::of(data)?;
        self.send(py, |endpoint| endpoint.send_fragment(DataKind::Binary, input.octets(), last))
    }

    #[pyo3(signature = (data = None))]
    fn send_ping(&mut self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let input = data.map(Input::of).transpose()?;
        self.send(py, |endpoint| endpoint.send_ping(input.as_ref().map_or(&[], Input::octets)))
    }

    #[pyo3(signature = (data = None))]
    fn send_pong(&mut self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let input = data.map(Input::of).transpose()?;
        self.send(py, |endpoint| endpoint.send_pong(input.as_ref().map_or(&[], Input::octets)))
    }

    #[pyo3(signature = (code = None, reason = ""))]
    fn close(&mut self, py: Python<'_>, code: Option<u16>, reason: &str) -> PyResult<()> {
        self.send(py, |endpoint| endpoint.close(ClosePayload { code: code.map(CloseCode), reason }))
    }

    #[getter]
    fn role(&self) -> &'static str {
        role_name(self.endpoint.role())
    }

    #[getter]
    fn state(&self) -> &'static str {
        match self.endpoint.state() {
            State::Open => "open",
            State::CloseSent => "close-sent",
            State::CloseReceived => "close-received",
            State::Closed => "closed",
            State::Failed => "failed",
        }
    }

    #[getter]
    fn tcp_action(&self) -> &'static str {
        match self.endpoint.tcp_action() {
            TcpAction::Keep => "keep",
            TcpAction::AwaitPeer => "await-peer",
            TcpAction::Close => "close",
        }
    }

    #[getter]
    fn close_code(&self) -> Option<u16> {
        self.endpoint.close_code().map(u16::from)
    }

    #[getter]
    fn was_clean(&self) -> bool {
        self.endpoint.was_clean()
    }

    #[getter]
    fn violation<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.endpoint.violation();
        found.map(|found| errors::violation(py, &found, PyList::empty(py).into_any())).transpose()
    }

    fn __repr__(&self) -> String {
        format!("<Connection of a {}, {}>", self.role(), self.state())
    }
}
