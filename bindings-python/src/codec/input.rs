//! The caller's octets, read where they lie.
//!
//! One of the modules with `unsafe` code: pyo3's `PyBuffer` asks for a format and an item size, and is slower for `bytes`.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::slice;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// Octets of a `bytes` object, or of any object with a C-contiguous buffer, such as `bytearray` and `memoryview`.
pub(super) enum Input<'a> {
    /// They never change.
    Bytes(&'a [u8]),
    /// They stay where they are while the buffer is exported.
    Buffer(Buffer),
}

/// An exported buffer, released when dropped.
pub(super) struct Buffer(Box<ffi::Py_buffer>);

impl<'a> Input<'a> {
    /// Borrows the octets of `data`.
    ///
    /// # Errors
    ///
    /// `TypeError` when it has no buffer, `BufferError` when that is not C-contiguous.
    #[inline]
    pub(super) fn of(data: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        match data.cast::<PyBytes>() {
            Ok(bytes) => Ok(Self::Bytes(bytes.as_bytes())),
            Err(_) => Self::export(data),
        }
    }

    fn export(data: &Bound<'_, PyAny>) -> PyResult<Self> {
        if data.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("octets are wanted (bytes, bytearray, memoryview), not str"));
        }
        let mut view = Box::new(MaybeUninit::uninit());
        // SAFETY: the object is alive, and the view is room for one `Py_buffer`, which is moved no more since CPython may
        // keep pointers into it. It is taken as initialised only after the call has said so.
        let view = unsafe {
            if ffi::PyObject_GetBuffer(data.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_SIMPLE) != 0 {
                return Err(PyErr::fetch(data.py()));
            }
            view.assume_init()
        };
        Ok(Self::Buffer(Buffer(view)))
    }

    /// The octets. They must not be lent while Python code may run, which could write to a `bytearray`.
    #[inline]
    pub(super) fn octets(&self) -> &[u8] {
        match self {
            Self::Bytes(octets) => octets,
            Self::Buffer(Buffer(view)) if view.len == 0 => &[],
            // SAFETY: a simple buffer is `len` octets at `buf` (PEP 3118), which stay there until it is released.
            Self::Buffer(Buffer(view)) => unsafe {
                slice::from_raw_parts(view.buf.cast::<u8>(), view.len as usize)
            },
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: it was exported once and is released once; whoever holds a `Buffer` is attached to the interpreter,
        // because it never leaves the call that made it.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.0) };
    }
}
