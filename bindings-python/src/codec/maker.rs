//! From the events of the core to objects.

use pyo3::prelude::*;
use wsproof_core::message::{Collector, Data, DataKind, Event, SharedEvent, TextCutter};

use super::{event, objects};

/// Makes objects of the events of one stream.
#[derive(Default)]
pub(super) struct Maker {
    collector: Collector,
    /// For messages in pieces instead of whole ones.
    cutter: Option<TextCutter>,
    /// Where text is unmasked to, in the limited API.
    text: Vec<u8>,
}

impl Maker {
    pub(super) fn new(pieces: bool) -> Self {
        Self { cutter: pieces.then(TextCutter::default), ..Self::default() }
    }

    /// Where whole messages are joined; `None` for messages in pieces.
    pub(super) fn collector(&mut self) -> Option<&mut Collector> {
        if self.cutter.is_some() { None } else { Some(&mut self.collector) }
    }

    /// The object for an event; `None` when it has to wait for more, or is text that is wrong.
    #[inline]
    pub(super) fn make(&mut self, py: Python<'_>, event: SharedEvent<'_>) -> PyResult<Option<Py<PyAny>>> {
        let message = match event {
            SharedEvent::Message(message) => message,
            SharedEvent::Event(event) => return self.other(py, event),
        };
        match message.kind() {
            DataKind::Binary => {
                let data = objects::bytes(py, message.len(), |place| message.unmask_to(place))?;
                let pieces = self.cutter.is_some();
                if pieces { event::binary_piece(data, true, true) } else { event::binary(data) }.map(Some)
            }
            DataKind::Text => {
                let data = objects::text(py, &mut self.text, message);
                wsproof_core::memory::empty(&mut self.text);
                let Some(data) = data? else { return Ok(None) };
                let pieces = self.cutter.is_some();
                if pieces { event::text_piece(data, true, true) } else { event::text(data) }.map(Some)
            }
        }
    }

    /// What is not a whole message in one frame.
    fn other(&mut self, py: Python<'_>, event: Event<'_>) -> PyResult<Option<Py<PyAny>>> {
        match event {
            Event::Data(piece) if self.cutter.is_some() => self.piece(py, piece),
            Event::Data(piece) => self.whole(py, piece),
            Event::Ping(payload) => event::ping(py, payload).map(Some),
            Event::Pong(payload) => event::pong(py, payload).map(Some),
            Event::Close(payload) => event::close(py, &payload).map(Some),
        }
    }

    fn whole(&mut self, py: Python<'_>, piece: Data<'_>) -> PyResult<Option<Py<PyAny>>> {
        let Some(message) = self.collector.push(piece) else { return Ok(None) };
        let made = match message.kind {
            DataKind::Text => objects::text_of(py, message.payload).and_then(event::text),
            DataKind::Binary => objects::bytes_of(py, message.payload).and_then(event::binary),
        };
        self.collector.release();
        made.map(Some)
    }

    fn piece(&mut self, py: Python<'_>, piece: Data<'_>) -> PyResult<Option<Py<PyAny>>> {
        match (piece.kind, &mut self.cutter) {
            (DataKind::Text, Some(cutter)) => {
                let Some(text) = cutter.cut(piece) else { return Ok(None) };
                event::text_piece(objects::text_of(py, text.payload)?, text.first, text.last).map(Some)
            }
            _ => {
                let data = objects::bytes_of(py, piece.payload)?;
                event::binary_piece(data, piece.first, piece.last).map(Some)
            }
        }
    }
}
