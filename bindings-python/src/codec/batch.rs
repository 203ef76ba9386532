//! Many events as columns, for who looks at few of them.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList, PyMemoryView};
use wsproof_core::close::ClosePayload;
use wsproof_core::frame::Opcode;
use wsproof_core::message::{Collector, DataKind, Event, SharedEvent};

use super::{event, objects};

/// Gathers the columns.
pub(super) struct Columns {
    opcodes: Vec<u8>,
    /// Where each payload ends in `data`, in octets.
    ends: Vec<u64>,
    data: Vec<u8>,
}

impl Columns {
    pub(super) fn with_room_for(octets: usize) -> Self {
        Self { opcodes: Vec::new(), ends: Vec::new(), data: Vec::with_capacity(octets) }
    }

    /// Adds an event. Pieces of a message wait in `collector`.
    #[inline]
    pub(super) fn push(&mut self, event: SharedEvent<'_>, collector: &mut Collector) {
        match event {
            SharedEvent::Message(message) => {
                let kind = message.kind();
                let payload =
                    objects::append(&mut self.data, message.len(), |place| message.unmask_to(place));
                if kind == DataKind::Text {
                    let len = payload.len();
                    if !message.judge_text(payload) {
                        self.data.truncate(self.data.len() - len);
                        return;
                    }
                }
                self.end(kind.opcode());
            }
            SharedEvent::Event(Event::Data(piece)) => {
                if let Some(message) = collector.push(piece) {
                    self.add(message.kind.opcode(), message.payload);
                }
            }
            SharedEvent::Event(Event::Ping(payload)) => self.add(Opcode::PING, payload),
            SharedEvent::Event(Event::Pong(payload)) => self.add(Opcode::PONG, payload),
            SharedEvent::Event(Event::Close(close)) => {
                let written = close.encode(&mut self.data);
                debug_assert!(written.is_ok(), "a payload that was received fits");
                self.end(Opcode::CLOSE);
            }
        }
    }

    fn add(&mut self, opcode: Opcode, payload: &[u8]) {
        self.data.extend_from_slice(payload);
        self.end(opcode);
    }

    #[inline]
    fn end(&mut self, opcode: Opcode) {
        self.opcodes.push(opcode.get());
        self.ends.push(self.data.len() as u64);
    }

    pub(super) fn finish(self, py: Python<'_>) -> PyResult<Bound<'_, Batch>> {
        let offsets = std::iter::once(0).chain(self.ends.iter().copied());
        let offsets: Vec<u8> = offsets.flat_map(u64::to_ne_bytes).collect();
        let batch = Batch {
            opcodes: objects::bytes_of(py, &self.opcodes)?.unbind(),
            offsets: objects::bytes_of(py, &offsets)?.unbind(),
            data: objects::bytes_of(py, &self.data)?.unbind(),
            ends: self.ends,
        };
        Bound::new(py, batch)
    }
}

/// What one read held, as columns.
#[pyclass(frozen, sequence, module = "wsproof")]
pub(super) struct Batch {
    /// The opcode of each event.
    #[pyo3(get)]
    opcodes: Py<PyBytes>,
    /// One native 64-bit number more than there are events.
    offsets: Py<PyBytes>,
    /// All payloads, one after the other.
    #[pyo3(get)]
    data: Py<PyBytes>,
    /// `offsets` without its first, which is 0; ascending, the last is the length of `data`.
    ends: Vec<u64>,
}

impl Batch {
    fn event(&self, py: Python<'_>, at: usize) -> PyResult<Py<PyAny>> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        let payload = &self.data.as_bytes(py)[start..self.ends[at] as usize];
        match Opcode::new(self.opcodes.as_bytes(py)[at]) {
            Opcode::TEXT => event::text(objects::text_of(py, payload)?),
            Opcode::BINARY => event::binary(objects::bytes_of(py, payload)?),
            Opcode::PING => event::ping(py, payload),
            Opcode::PONG => event::pong(py, payload),
            // What `push` encoded.
            _ => event::close(py, &ClosePayload::parse(payload).unwrap_or_default()),
        }
    }
}

#[pymethods]
impl Batch {
    /// Where each payload begins in `data`, and where the last ends.
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        PyMemoryView::from(self.offsets.bind(py))?.call_method1("cast", ("Q",))
    }

    fn __len__(&self) -> usize {
        self.ends.len()
    }

    fn __getitem__(&self, py: Python<'_>, index: isize) -> PyResult<Py<PyAny>> {
        let len = self.ends.len();
        let at = if index < 0 { index.checked_add_unsigned(len) } else { Some(index) };
        match at.and_then(|at| usize::try_from(at).ok()) {
            Some(at) if at < len => self.event(py, at),
            _ => Err(PyIndexError::new_err(format!("index {index} in a batch of {len} events"))),
        }
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let events = (0..self.ends.len()).map(|at| self.event(py, at)).collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, events)?.try_iter()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<Batch of {} events, {} octets>", self.ends.len(), self.data.as_bytes(py).len())
    }
}
