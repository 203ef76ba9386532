//! `bytes`, `str` and `list` objects whose memory is written once.
//!
//! One of the modules with `unsafe` code: pyo3's safe ways fill the memory with zeros first (a third of the time at
//! 16 KiB), copy text twice, and panic when there is no memory.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use wsproof_core::frame::mask;
use wsproof_core::message::MaskedMessage;

/// A `bytes` object of `len` octets, which `write` must write: it hands back what it wrote, all of it.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub(super) fn bytes<'py>(
    py: Python<'py>,
    len: usize,
    write: impl FnOnce(&mut [MaybeUninit<u8>]) -> &mut [u8],
) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: a null pointer asks for `len` octets that are not initialised (a slice's length fits `Py_ssize_t`); they
    // belong to nobody else until the object is handed out, and `write` has initialised them by then.
    unsafe {
        let object =
            Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(std::ptr::null(), len as isize))?;
        let place = ffi::PyBytes_AsString(object.as_ptr()).cast::<MaybeUninit<u8>>();
        let written = write(slice::from_raw_parts_mut(place, len)).len();
        // What is handed back can only be initialised memory.
        assert_eq!(written, len, "octets of a new object were not written");
        Ok(object.cast_into_unchecked())
    }
}

/// A `bytes` object of `head` and then `payload`, masked with `key`.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub(super) fn frame<'py>(
    py: Python<'py>,
    head: &[u8],
    key: Option<[u8; 4]>,
    payload: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    let len = head.len() + payload.len();
    // SAFETY: as in `bytes`; both parts are written.
    unsafe {
        let object =
            Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromStringAndSize(std::ptr::null(), len as isize))?;
        let place = ffi::PyBytes_AsString(object.as_ptr()).cast::<MaybeUninit<u8>>();
        let (start, body) = slice::from_raw_parts_mut(place, len).split_at_mut(head.len());
        std::ptr::copy_nonoverlapping(head.as_ptr().cast(), start.as_mut_ptr(), head.len());
        match key {
            Some(key) => _ = mask::copy_uninit(key, 0, payload, body),
            None => std::ptr::copy_nonoverlapping(payload.as_ptr().cast(), body.as_mut_ptr(), payload.len()),
        }
        Ok(object.cast_into_unchecked())
    }
}

/// A `bytes` object that is a copy.
///
/// # Errors
///
/// `MemoryError`.
#[inline]
pub(super) fn bytes_of<'py>(py: Python<'py>, octets: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    // SAFETY: pointer and length are those of a slice.
    unsafe {
        let object = ffi::PyBytes_FromStringAndSize(octets.as_ptr().cast(), octets.len() as isize);
        Ok(Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked())
    }
}

/// A `str` from octets; CPython validates them.
///
/// # Errors
///
/// `UnicodeDecodeError` when they are not UTF-8, `MemoryError`.
#[inline]
pub(super) fn text_of<'py>(py: Python<'py>, octets: &[u8]) -> PyResult<Bound<'py, PyString>> {
    // SAFETY: pointer and length are those of a slice; no error handler stands for "strict".
    unsafe {
        let object =
            ffi::PyUnicode_DecodeUTF8(octets.as_ptr().cast(), octets.len() as isize, std::ptr::null());
        Ok(Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked())
    }
}

/// The `str` of a text message: unmasked into its place where the API allows it.
///
/// # Errors
///
/// `MemoryError`. `Ok(None)` when the message is not UTF-8: its decoder says so next.
#[inline]
pub(super) fn text<'py>(
    py: Python<'py>,
    scratch: &mut Vec<u8>,
    message: MaskedMessage<'_>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    let len = message.len();
    #[cfg(not(feature = "abi3"))]
    if len > 1 {
        // SAFETY: a new string of more than one character is nobody else's; as ASCII it has `len` octets at its data.
        // With other octets in it, it is not handed out.
        unsafe {
            let object = Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_New(len as isize, 127))?;
            let place = ffi::PyUnicode_DATA(object.as_ptr()).cast::<MaybeUninit<u8>>();
            let octets = message.unmask_to(slice::from_raw_parts_mut(place, len));
            if octets.is_ascii() {
                return Ok(Some(object.cast_into_unchecked()));
            }
            return judged(py, octets, message);
        }
    }
    scratch.clear();
    scratch.reserve(len);
    let octets = message.unmask_to(&mut scratch.spare_capacity_mut()[..len]);
    judged(py, octets, message)
}

/// CPython validates text while it decodes; only what it refuses is judged by the core, which knows the octet.
#[inline]
fn judged<'py>(
    py: Python<'py>,
    octets: &[u8],
    message: MaskedMessage<'_>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    match text_of(py, octets) {
        Ok(text) => Ok(Some(text)),
        Err(error) if message.judge_text(octets) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Appends `len` octets that `write` writes, as it is asked to for [`bytes`].
#[inline]
pub(super) fn append(
    to: &mut Vec<u8>,
    len: usize,
    write: impl FnOnce(&mut [MaybeUninit<u8>]) -> &mut [u8],
) -> &mut [u8] {
    let start = to.len();
    to.reserve(len);
    let written = write(&mut to.spare_capacity_mut()[..len]).len();
    assert_eq!(written, len, "octets of the room were not written");
    // SAFETY: the room was reserved, and `write` has initialised it.
    unsafe { to.set_len(start + len) };
    &mut to[start..]
}

/// The UTF-8 of a `str`, kept by the object.
///
/// # Errors
///
/// `UnicodeEncodeError` for a lone surrogate, `MemoryError`.
#[inline]
pub(super) fn utf8<'a>(text: &'a Bound<'_, PyString>) -> PyResult<&'a [u8]> {
    let mut len = 0;
    // SAFETY: the octets belong to the object, which is immutable and outlives the borrow.
    unsafe {
        let octets = ffi::PyUnicode_AsUTF8AndSize(text.as_ptr(), &raw mut len);
        if octets.is_null() {
            return Err(PyErr::fetch(text.py()));
        }
        Ok(slice::from_raw_parts(octets.cast(), len as usize))
    }
}
