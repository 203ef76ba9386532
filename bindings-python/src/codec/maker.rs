//! From the events of the core to objects.

use pyo3::prelude::*;
use wsproof_core::message::{Collector, Data, DataKind, Event, SharedEvent};

use super::event::{Binary, BinaryPiece, Close, Ping, Pong, Text, TextPiece};
use super::objects;
use super::pieces::TextCutter;

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
                let data = objects::bytes(py, message.len(), |place| message.unmask_to(place))?.unbind();
                if self.cutter.is_some() {
                    return object(py, BinaryPiece { data, first: true, last: true });
                }
                object(py, Binary { data })
            }
            DataKind::Text => {
                let text = objects::text(py, &mut self.text, message)?;
                let Some(data) = text.map(Bound::unbind) else { return Ok(None) };
                if self.cutter.is_some() {
                    return object(py, TextPiece { data, first: true, last: true });
                }
                object(py, Text { data })
            }
        }
    }

    /// What is not a whole message in one frame.
    fn other(&mut self, py: Python<'_>, event: Event<'_>) -> PyResult<Option<Py<PyAny>>> {
        match event {
            Event::Data(piece) => match &mut self.cutter {
                Some(_) => self.piece(py, piece),
                None => self.whole(py, piece),
            },
            Event::Ping(payload) => object(py, Ping { data: objects::bytes_of(py, payload)?.unbind() }),
            Event::Pong(payload) => object(py, Pong { data: objects::bytes_of(py, payload)?.unbind() }),
            Event::Close(close) => object(py, Close::of(py, close.code.map(u16::from), close.reason)?),
        }
    }

    fn whole(&mut self, py: Python<'_>, piece: Data<'_>) -> PyResult<Option<Py<PyAny>>> {
        let Some(message) = self.collector.push(piece) else { return Ok(None) };
        match message.kind {
            DataKind::Text => object(py, Text { data: objects::text_of(py, message.payload)?.unbind() }),
            DataKind::Binary => object(py, Binary { data: objects::bytes_of(py, message.payload)?.unbind() }),
        }
    }

    fn piece(&mut self, py: Python<'_>, piece: Data<'_>) -> PyResult<Option<Py<PyAny>>> {
        let last = piece.last;
        match (piece.kind, &mut self.cutter) {
            (DataKind::Text, Some(cutter)) => {
                let Some((text, first)) = cutter.cut(&piece) else { return Ok(None) };
                object(py, TextPiece { data: objects::text_of(py, text)?.unbind(), first, last })
            }
            _ => {
                let data = objects::bytes_of(py, piece.payload)?.unbind();
                object(py, BinaryPiece { data, first: piece.first, last })
            }
        }
    }
}

#[inline]
fn object<T: pyo3::PyClass + Into<PyClassInitializer<T>>>(
    py: Python<'_>,
    event: T,
) -> PyResult<Option<Py<PyAny>>> {
    Ok(Some(Py::new(py, event)?.into_any()))
}
