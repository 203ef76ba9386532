//! A stream of frames in, messages out, without answers.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use wsproof_core::Role;
use wsproof_core::message::{MessageDecoder, Options};

use super::batch::{Batch, Columns};
use super::deflate::Agreement;
use super::errors::{self, Stop};
use super::input::Input;
use super::maker::Maker;
use super::options::{Side, limits, role_name};

/// Receives a stream of frames.
#[pyclass(module = "wsproof")]
pub(super) struct Decoder {
    role: Role,
    decoder: MessageDecoder,
    maker: Maker,
    /// What the core copies to.
    scratch: Vec<u8>,
    /// The events of one call; empty between calls.
    events: Vec<Py<PyAny>>,
}

#[pymethods]
impl Decoder {
    #[new]
    #[pyo3(signature = (role, *, deflate = None, check_window = None, pieces = false,
        max_frame = None, max_message = None, max_fragments = None))]
    fn new(
        role: Side,
        deflate: Option<&Agreement>,
        check_window: Option<bool>,
        pieces: bool,
        max_frame: Option<u64>,
        max_message: Option<u64>,
        max_fragments: Option<u32>,
    ) -> Self {
        let Side(role) = role;
        let limits = limits(max_frame, max_message, max_fragments);
        let mut decoder = MessageDecoder::new(role, Options { limits, allowed_rsv: 0 });
        if let Some(agreed) = deflate {
            decoder = decoder.with_inflater(agreed.inflater(role, check_window));
        }
        Self { role, decoder, maker: Maker::new(pieces), scratch: Vec::new(), events: Vec::new() }
    }

    /// Takes octets and gives the events in them.
    fn feed<'py>(&mut self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let input = Input::of(data)?;
        let Self { decoder, maker, scratch, events, .. } = self;
        let end = decoder.decode_shared(input.octets(), scratch, |event| {
            if let Some(event) = maker.make(py, event)? {
                events.push(event);
            }
            Ok(())
        });
        drop(input);
        finish(py, events, end)
    }

    /// Takes octets and gives the events in them as columns.
    fn batch<'py>(&mut self, py: Python<'py>, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Batch>> {
        let Some(collector) = self.maker.collector() else {
            return Err(PyValueError::new_err("a batch has whole messages; this decoder gives pieces"));
        };
        let input = Input::of(data)?;
        let mut columns = Columns::with_room_for(input.octets().len());
        let end: Result<(), Stop> = self.decoder.decode_shared(input.octets(), &mut self.scratch, |event| {
            columns.push(event, collector);
            Ok(())
        });
        collector.release();
        drop(input);
        let batch = columns.finish(py)?;
        match end {
            Ok(()) => Ok(batch),
            Err(Stop::Violation(violation)) => Err(errors::raise(py, &violation, batch.into_any())),
            Err(Stop::Python(error)) => Err(error),
        }
    }

    #[getter]
    fn role(&self) -> &'static str {
        role_name(self.role)
    }

    #[getter]
    fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    #[getter]
    fn is_between_messages(&self) -> bool {
        self.decoder.is_between_messages()
    }

    #[getter]
    fn is_closed(&self) -> bool {
        self.decoder.is_closed()
    }

    #[getter]
    fn violation<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.decoder
            .violation()
            .map(|violation| errors::violation(py, &violation, PyList::empty(py).into_any()))
            .transpose()
    }

    fn __repr__(&self) -> String {
        format!("<Decoder of a {}, at octet {}>", role_name(self.role), self.decoder.offset())
    }
}

/// The list of what a call gathered, or the exception that carries it.
pub(super) fn finish<'py>(
    py: Python<'py>,
    events: &mut Vec<Py<PyAny>>,
    end: Result<(), Stop>,
) -> PyResult<Bound<'py, PyList>> {
    /// Room for so many events is kept for the next call.
    const KEPT: usize = 4096;
    let list = PyList::new(py, events.drain(..));
    if events.capacity() > KEPT {
        *events = Vec::new();
    }
    match end {
        Ok(()) => list,
        Err(Stop::Violation(violation)) => Err(errors::raise(py, &violation, list?.into_any())),
        Err(Stop::Python(error)) => Err(error),
    }
}
