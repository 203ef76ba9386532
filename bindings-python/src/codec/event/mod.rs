//! What a stream says, as small frozen objects.

mod class;
mod slots;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyString};

use super::objects;
use class::{Class, Field, Kind, object};

/// A field that is there whatever the class.
const fn data(kind: Kind) -> Field {
    Field { name: c"data", kind, named: false, optional: false }
}

const fn end(name: &'static std::ffi::CStr) -> Field {
    Field { name, kind: Kind::Bool, named: true, optional: false }
}

const CLOSE: [Field; 2] = [
    Field { name: c"code", kind: Kind::Code, named: false, optional: true },
    Field { name: c"reason", kind: Kind::Str, named: false, optional: true },
];

/// All classes, by the numbers below.
static CLASSES: [Class; 7] = [
    Class::new(
        c"wsproof.Text",
        c"Text(data)\n--\n\nA whole text message (RFC 6455 §5.6).",
        &[data(Kind::Str)],
    ),
    Class::new(
        c"wsproof.Binary",
        c"Binary(data)\n--\n\nA whole binary message (RFC 6455 §5.6).",
        &[data(Kind::Bytes)],
    ),
    Class::new(c"wsproof.Ping", c"Ping(data)\n--\n\nA ping (RFC 6455 §5.5.2).", &[data(Kind::Bytes)]),
    Class::new(c"wsproof.Pong", c"Pong(data)\n--\n\nA pong (RFC 6455 §5.5.3).", &[data(Kind::Bytes)]),
    Class::new(
        c"wsproof.Close",
        c"Close(code=None, reason='')\n--\n\nThe peer's Close (RFC 6455 §5.5.1).",
        &CLOSE,
    ),
    Class::new(
        c"wsproof.TextPiece",
        c"TextPiece(data, first, last)\n--\n\nA piece of a text message, cut between characters.",
        &[data(Kind::Str), end(c"first"), end(c"last")],
    ),
    Class::new(
        c"wsproof.BinaryPiece",
        c"BinaryPiece(data, first, last)\n--\n\nA piece of a binary message.",
        &[data(Kind::Bytes), end(c"first"), end(c"last")],
    ),
];

const TEXT: usize = 0;
const BINARY: usize = 1;
const PING: usize = 2;
const PONG: usize = 3;
const CLOSED: usize = 4;
const TEXT_PIECE: usize = 5;
const BINARY_PIECE: usize = 6;

/// An event.
pub(super) type Made = PyResult<Py<PyAny>>;

#[inline]
pub(super) fn text(data: Bound<'_, PyString>) -> Made {
    object::<TEXT, 1>(data.py(), [data.into_any()])
}

#[inline]
pub(super) fn binary(data: Bound<'_, PyBytes>) -> Made {
    object::<BINARY, 1>(data.py(), [data.into_any()])
}

pub(super) fn ping(py: Python<'_>, payload: &[u8]) -> Made {
    object::<PING, 1>(py, [objects::bytes_of(py, payload)?.into_any()])
}

pub(super) fn pong(py: Python<'_>, payload: &[u8]) -> Made {
    object::<PONG, 1>(py, [objects::bytes_of(py, payload)?.into_any()])
}

pub(super) fn close(py: Python<'_>, close: &wsproof_core::close::ClosePayload<'_>) -> Made {
    let code = close.code.map(u16::from).into_pyobject(py)?;
    object::<CLOSED, 2>(py, [code, objects::text_of(py, close.reason.as_bytes())?.into_any()])
}

pub(super) fn text_piece(data: Bound<'_, PyString>, first: bool, last: bool) -> Made {
    let py = data.py();
    object::<TEXT_PIECE, 3>(py, [data.into_any(), boolean(py, first), boolean(py, last)])
}

pub(super) fn binary_piece(data: Bound<'_, PyBytes>, first: bool, last: bool) -> Made {
    let py = data.py();
    object::<BINARY_PIECE, 3>(py, [data.into_any(), boolean(py, first), boolean(py, last)])
}

fn boolean(py: Python<'_>, value: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, value).to_owned().into_any()
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    slots::ready::<TEXT>(module)?;
    slots::ready::<BINARY>(module)?;
    slots::ready::<PING>(module)?;
    slots::ready::<PONG>(module)?;
    slots::ready::<CLOSED>(module)?;
    slots::ready::<TEXT_PIECE>(module)?;
    slots::ready::<BINARY_PIECE>(module)
}
