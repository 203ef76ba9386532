//! Immutable objects of one to three fields, with no more than CPython needs for them.
//!
//! One of the modules with `unsafe` code. A `#[pyclass]` of pyo3 takes part in garbage collection, which objects of a
//! string and two booleans need not: many small messages a read cost twice as much that way.
#![allow(unsafe_code)]

use std::ffi::CStr;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString, PyTuple, PyType};

use super::CLASSES;

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Str,
    Bytes,
    Bool,
    /// A close code, 0 to 65535, or `None`.
    Code,
}

/// A field of a class.
pub(super) struct Field {
    pub(super) name: &'static CStr,
    pub(super) kind: Kind,
    /// Whether `repr` tells its name.
    pub(super) named: bool,
    /// Whether it may be left out: it is `None` then, or empty.
    pub(super) optional: bool,
}

/// A class.
pub(super) struct Class {
    /// The module, a dot, the name.
    pub(super) path: &'static CStr,
    pub(super) doc: &'static CStr,
    /// One to three: as many pointers follow the head of each object.
    pub(super) fields: &'static [Field],
    pub(super) python: PyOnceLock<Py<PyType>>,
}

impl Class {
    pub(super) const fn new(path: &'static CStr, doc: &'static CStr, fields: &'static [Field]) -> Self {
        Self { path, doc, fields, python: PyOnceLock::new() }
    }

    pub(super) fn name(&self) -> &'static str {
        let path = utf8(self.path);
        path.rsplit_once('.').map_or(path, |(_, name)| name)
    }
}

pub(super) fn utf8(text: &'static CStr) -> &'static str {
    text.to_str().unwrap_or_default()
}

/// Makes an object of class `C`, which has `N` fields, of values of their kinds.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub(super) fn object<const C: usize, const N: usize>(
    py: Python<'_>,
    values: [Bound<'_, PyAny>; N],
) -> PyResult<Py<PyAny>> {
    assert_eq!(CLASSES[C].fields.len(), N);
    let Some(class) = CLASSES[C].python.get(py) else {
        return Err(PyTypeError::new_err("the module is not initialised"));
    };
    // SAFETY: the class was made with room for `N` pointers after the head of its objects; they are all written before
    // anybody else sees the object.
    unsafe {
        let object: *mut ffi::PyObject = ffi::PyObject_New(class.as_ptr().cast());
        if object.is_null() {
            return Err(PyErr::fetch(py));
        }
        let place: *mut *mut ffi::PyObject = object.add(1).cast();
        for (at, value) in values.into_iter().enumerate() {
            place.add(at).write(value.into_ptr());
        }
        Ok(Bound::from_owned_ptr(py, object).unbind())
    }
}

/// The fields of an object of class `C`.
pub(super) fn fields<'py, const C: usize>(object: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let class = &CLASSES[C];
    assert!(class.python.get(object.py()).is_some_and(|python| object.get_type().is(python)));
    // SAFETY: an object of this very class has as many pointers after its head, to objects that it owns.
    unsafe {
        let place: *mut *mut ffi::PyObject = object.as_ptr().add(1).cast();
        (0..class.fields.len()).map(|at| Bound::from_borrowed_ptr(object.py(), *place.add(at))).collect()
    }
}

/// Frees an object of class `C`.
///
/// # Safety
///
/// CPython's: the last reference to such an object is gone, and this thread is attached to the interpreter.
pub(super) unsafe extern "C" fn free<const C: usize>(object: *mut ffi::PyObject) {
    // SAFETY: the object owns its fields and a reference to its class, as every object of a class on the heap.
    unsafe {
        let class = ffi::Py_TYPE(object);
        let place: *mut *mut ffi::PyObject = object.add(1).cast();
        for at in 0..CLASSES[C].fields.len() {
            ffi::Py_DECREF(*place.add(at));
        }
        ffi::PyObject_Free(object.cast());
        ffi::Py_DECREF(class.cast());
    }
}

/// The values for the fields out of the arguments of a call.
pub(super) fn arguments<'py, const N: usize>(
    class: &Class,
    positional: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<[Bound<'py, PyAny>; N]> {
    let (py, name) = (positional.py(), class.name());
    if positional.len() > N {
        let given = positional.len();
        return Err(PyTypeError::new_err(format!("{name}() takes at most {N} arguments, not {given}")));
    }
    let mut used = 0;
    let mut values = Vec::with_capacity(N);
    for (at, field) in class.fields.iter().enumerate() {
        let by_name = named.map(|named| named.get_item(utf8(field.name))).transpose()?.flatten();
        used += usize::from(by_name.is_some());
        let value = match (positional.get_item(at).ok(), by_name) {
            (Some(_), Some(_)) => {
                let field = utf8(field.name);
                return Err(PyTypeError::new_err(format!("{name}() got {field} twice")));
            }
            (Some(value), None) | (None, Some(value)) => checked(name, field, value)?,
            (None, None) if field.optional => match field.kind {
                Kind::Str => PyString::new(py, "").into_any(),
                _ => py.None().into_bound(py),
            },
            (None, None) => {
                let field = utf8(field.name);
                return Err(PyTypeError::new_err(format!("{name}() misses {field}")));
            }
        };
        values.push(value);
    }
    if named.is_some_and(|named| named.len() > used) {
        return Err(PyTypeError::new_err(format!("{name}() got an argument that it does not have")));
    }
    <[_; N]>::try_from(values).map_err(|_| PyTypeError::new_err("fields of another class"))
}

fn checked<'py>(class: &str, field: &Field, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let (fits, wanted) = match field.kind {
        Kind::Str => (value.is_instance_of::<PyString>(), "str"),
        Kind::Bytes => (value.is_instance_of::<PyBytes>(), "bytes"),
        Kind::Bool => (value.is_instance_of::<PyBool>(), "bool"),
        Kind::Code if value.is_none() => (true, ""),
        Kind::Code => {
            let code: i64 = value.extract()?;
            let code = u16::try_from(code)
                .map_err(|_| PyValueError::new_err(format!("a close code is 0 to 65535, not {code}")))?;
            return Ok(code.into_pyobject(value.py())?.into_any());
        }
    };
    if fits {
        return Ok(value);
    }
    let (field, given) = (utf8(field.name), value.get_type());
    Err(PyTypeError::new_err(format!("{class}.{field} is {wanted}, not {}", given.name()?)))
}
