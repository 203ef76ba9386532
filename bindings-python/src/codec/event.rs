//! What a stream says, as small frozen objects.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use pyo3::{PyTypeInfo, intern};

use super::objects;

/// Objects of each class that are kept for the next use.
const KEPT: usize = 256;

/// Payload shown by `repr`, in characters or octets.
const SHOWN: usize = 64;

/// A class with the one field `data`.
macro_rules! payload_event {
    ($name:ident, $text:literal, $data:ty, $unit:literal, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, freelist = KEPT, module = "wsproof")]
        pub(super) struct $name {
            #[pyo3(get)]
            pub(super) data: Py<$data>,
        }

        #[pymethods]
        impl $name {
            #[classattr]
            #[pyo3(name = "__match_args__")]
            const MATCH_ARGS: (&'static str,) = ("data",);

            #[new]
            fn new(data: Py<$data>) -> Self {
                Self { data }
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                Ok(format!("{}({})", $text, shown(self.data.bind(py), $unit)?))
            }

            fn __eq__(&self, py: Python<'_>, other: &Bound<'_, Self>) -> PyResult<bool> {
                self.data.bind(py).as_any().eq(&other.get().data)
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                ($text, &self.data).into_pyobject(py)?.hash()
            }

            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                (Self::type_object(py), (&self.data,)).into_pyobject(py)
            }
        }
    };
}

payload_event!(Text, "Text", PyString, "characters", "A whole text message (RFC 6455 §5.6).");
payload_event!(Binary, "Binary", PyBytes, "octets", "A whole binary message (RFC 6455 §5.6).");
payload_event!(Ping, "Ping", PyBytes, "octets", "A ping with its application data (RFC 6455 §5.5.2).");
payload_event!(Pong, "Pong", PyBytes, "octets", "A pong with its application data (RFC 6455 §5.5.3).");

/// A class for a piece of a message.
macro_rules! piece_event {
    ($name:ident, $text:literal, $data:ty, $unit:literal, $doc:literal) => {
        #[doc = $doc]
        #[pyclass(frozen, freelist = KEPT, module = "wsproof")]
        pub(super) struct $name {
            #[pyo3(get)]
            pub(super) data: Py<$data>,
            #[pyo3(get)]
            pub(super) first: bool,
            #[pyo3(get)]
            pub(super) last: bool,
        }

        #[pymethods]
        impl $name {
            #[classattr]
            #[pyo3(name = "__match_args__")]
            const MATCH_ARGS: (&'static str, &'static str, &'static str) = ("data", "first", "last");

            #[new]
            fn new(data: Py<$data>, first: bool, last: bool) -> Self {
                Self { data, first, last }
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let [first, last] = [self.first, self.last].map(|is| if is { "True" } else { "False" });
                Ok(format!("{}({}, first={first}, last={last})", $text, shown(self.data.bind(py), $unit)?))
            }

            fn __eq__(&self, py: Python<'_>, other: &Bound<'_, Self>) -> PyResult<bool> {
                let other = other.get();
                Ok((self.first, self.last) == (other.first, other.last)
                    && self.data.bind(py).as_any().eq(&other.data)?)
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                ($text, &self.data, self.first, self.last).into_pyobject(py)?.hash()
            }

            fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                (Self::type_object(py), (&self.data, self.first, self.last)).into_pyobject(py)
            }
        }
    };
}

piece_event!(
    TextPiece,
    "TextPiece",
    PyString,
    "characters",
    "A piece of a text message, cut between characters."
);
piece_event!(BinaryPiece, "BinaryPiece", PyBytes, "octets", "A piece of a binary message.");

/// The peer's Close (RFC 6455 §5.5.1).
#[pyclass(frozen, module = "wsproof")]
pub(super) struct Close {
    #[pyo3(get)]
    code: Option<u16>,
    #[pyo3(get)]
    reason: Py<PyString>,
}

impl Close {
    pub(super) fn of(py: Python<'_>, code: Option<u16>, reason: &str) -> PyResult<Self> {
        Ok(Self { code, reason: objects::text_of(py, reason.as_bytes())?.unbind() })
    }
}

#[pymethods]
impl Close {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("code", "reason");

    #[new]
    #[pyo3(signature = (code = None, reason = None))]
    fn new(py: Python<'_>, code: Option<u16>, reason: Option<Py<PyString>>) -> Self {
        Self { code, reason: reason.unwrap_or_else(|| intern!(py, "").clone().unbind()) }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let code = self.code.map_or_else(|| "None".to_owned(), |code| code.to_string());
        Ok(format!("Close({code}, {})", self.reason.bind(py).repr()?))
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, Self>) -> PyResult<bool> {
        let other = other.get();
        Ok(self.code == other.code && self.reason.bind(py).as_any().eq(&other.reason)?)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        ("Close", self.code, &self.reason).into_pyobject(py)?.hash()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        (Self::type_object(py), (self.code, &self.reason)).into_pyobject(py)
    }
}

/// The `repr` of a payload, or of its start when it is long.
fn shown(data: &Bound<'_, PyAny>, unit: &str) -> PyResult<String> {
    let len = data.len()?;
    if len <= SHOWN {
        return Ok(data.repr()?.to_string());
    }
    let start = data.get_item(pyo3::types::PySlice::new(data.py(), 0, SHOWN as isize, 1))?.repr()?;
    Ok(format!("{start}... {len} {unit}"))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Text>()?;
    module.add_class::<Binary>()?;
    module.add_class::<Ping>()?;
    module.add_class::<Pong>()?;
    module.add_class::<Close>()?;
    module.add_class::<TextPiece>()?;
    module.add_class::<BinaryPiece>()
}
