//! What the objects can do, as CPython asks for it.
//!
//! One of the modules with `unsafe` code: see [`class`](super::class).
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PySlice, PyString, PyTuple, PyType};

use super::CLASSES;
use super::class::{arguments, fields, free, object, utf8};

/// Payload shown by `repr`, in characters or octets.
const SHOWN: usize = 64;

/// Makes the class `C` and adds it to the module.
pub(super) fn ready<const C: usize>(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let (py, class) = (module.py(), &CLASSES[C]);
    if let Some(python) = class.python.get(py) {
        return module.add(class.name(), python);
    }
    // What CPython keeps pointers into lives as long as the process.
    let mut members: Vec<ffi::PyMemberDef> = class
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| ffi::PyMemberDef {
            name: field.name.as_ptr(),
            type_code: ffi::Py_T_OBJECT_EX,
            offset: (size_of::<ffi::PyObject>() + at * size_of::<*mut ffi::PyObject>()) as ffi::Py_ssize_t,
            flags: ffi::Py_READONLY,
            doc: ptr::null(),
        })
        .collect();
    members.push(ffi::PyMemberDef::default());
    let reduce = ffi::PyMethodDef {
        ml_name: c"__reduce__".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: reduce::<C> },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: ptr::null(),
    };
    let members = Box::leak(members.into_boxed_slice());
    let methods = Box::leak(Box::new([reduce, ffi::PyMethodDef::zeroed()]));
    let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_new, new::<C> as ffi::newfunc as *mut c_void),
        slot(ffi::Py_tp_dealloc, free::<C> as ffi::destructor as *mut c_void),
        slot(ffi::Py_tp_repr, repr::<C> as ffi::reprfunc as *mut c_void),
        slot(ffi::Py_tp_hash, hash::<C> as ffi::hashfunc as *mut c_void),
        slot(ffi::Py_tp_richcompare, compare::<C> as ffi::richcmpfunc as *mut c_void),
        slot(ffi::Py_tp_members, members.as_mut_ptr().cast()),
        slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
        slot(ffi::Py_tp_doc, class.doc.as_ptr().cast_mut().cast()),
        ffi::PyType_Slot::default(),
    ];
    let mut spec = ffi::PyType_Spec {
        name: class.path.as_ptr(),
        basicsize: (size_of::<ffi::PyObject>() + class.fields.len() * size_of::<*mut ffi::PyObject>())
            as c_int,
        itemsize: 0,
        flags: ffi::Py_TPFLAGS_DEFAULT as _,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the specification is as CPython asks for it, ended by zeros; the slots have the types that they are for.
    let python = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec))? };
    let python = python.cast_into::<PyType>()?;
    let names: Vec<&str> = class.fields.iter().map(|field| utf8(field.name)).collect();
    python.setattr("__match_args__", PyTuple::new(py, names)?)?;
    module.add(class.name(), &python)?;
    class.python.get_or_init(py, || python.unbind());
    Ok(())
}

/// Hands a result to CPython: an object, or null with the exception set.
fn handed<'py>(py: Python<'py>, result: PyResult<Bound<'py, PyAny>>) -> *mut ffi::PyObject {
    match result {
        Ok(object) => object.into_ptr(),
        Err(error) => {
            error.restore(py);
            ptr::null_mut()
        }
    }
}

/// A slot's argument as an object.
///
/// # Safety
///
/// CPython's promise to slots: a valid object, lent for the call, and a thread attached to the interpreter.
unsafe fn lent<'py>(object: *mut ffi::PyObject) -> Bound<'py, PyAny> {
    // SAFETY: as promised.
    unsafe { Bound::from_borrowed_ptr(Python::assume_attached(), object) }
}

unsafe extern "C" fn new<const C: usize>(
    _class: *mut ffi::PyTypeObject,
    positional: *mut ffi::PyObject,
    named: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython hands a tuple and a dictionary or null.
    let (positional, named) = unsafe { (lent(positional), (!named.is_null()).then(|| lent(named))) };
    let py = positional.py();
    let make = || {
        let positional = positional.cast::<PyTuple>()?;
        let named = named.as_ref().map(|named| named.cast::<PyDict>()).transpose()?;
        let class = &CLASSES[C];
        let made = match class.fields.len() {
            1 => object::<C, 1>(py, arguments(class, positional, named)?),
            2 => object::<C, 2>(py, arguments(class, positional, named)?),
            _ => object::<C, 3>(py, arguments(class, positional, named)?),
        };
        made.map(|made| made.into_bound(py))
    };
    handed(py, make())
}

unsafe extern "C" fn repr<const C: usize>(this: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: CPython's promise to slots.
    let this = unsafe { lent(this) };
    let make = || {
        let class = &CLASSES[C];
        let mut shown = Vec::new();
        for (field, value) in class.fields.iter().zip(fields::<C>(&this)) {
            let value = start(&value)?;
            shown.push(if field.named { format!("{}={value}", utf8(field.name)) } else { value });
        }
        let text = format!("{}({})", class.name(), shown.join(", "));
        Ok(text.into_pyobject(this.py())?.into_any())
    };
    handed(this.py(), make())
}

/// The `repr` of a value, or of its start when it is long.
fn start(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let (len, unit) = match (value.cast::<PyString>(), value.cast::<PyBytes>()) {
        (Ok(text), _) => (text.len()?, "characters"),
        (_, Ok(octets)) => (octets.len()?, "octets"),
        _ => (0, ""),
    };
    if len <= SHOWN {
        return Ok(value.repr()?.to_string());
    }
    let start = value.get_item(PySlice::new(value.py(), 0, SHOWN as isize, 1))?.repr()?;
    Ok(format!("{start}... {len} {unit}"))
}

unsafe extern "C" fn hash<const C: usize>(this: *mut ffi::PyObject) -> ffi::Py_hash_t {
    // SAFETY: CPython's promise to slots.
    let this = unsafe { lent(this) };
    let make =
        || (CLASSES[C].name(), PyTuple::new(this.py(), fields::<C>(&this))?).into_pyobject(this.py())?.hash();
    match make() {
        // What CPython never gives: -1 stands for an exception.
        Ok(hash) => hash,
        Err(error) => {
            error.restore(this.py());
            -1
        }
    }
}

unsafe extern "C" fn compare<const C: usize>(
    this: *mut ffi::PyObject,
    other: *mut ffi::PyObject,
    how: c_int,
) -> *mut ffi::PyObject {
    // SAFETY: CPython's promise to slots.
    let (this, other) = unsafe { (lent(this), lent(other)) };
    let py = this.py();
    let make = || {
        if !matches!(how, ffi::Py_EQ | ffi::Py_NE) || !this.get_type().is(other.get_type()) {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let equal = PyTuple::new(py, fields::<C>(&this))?.eq(PyTuple::new(py, fields::<C>(&other))?)?;
        Ok((equal == (how == ffi::Py_EQ)).into_pyobject(py)?.to_owned().into_any())
    };
    handed(py, make())
}

unsafe extern "C" fn reduce<const C: usize>(
    this: *mut ffi::PyObject,
    _: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: CPython's promise to methods.
    let this = unsafe { lent(this) };
    let make = || {
        let fields = PyTuple::new(this.py(), fields::<C>(&this))?;
        Ok((this.get_type(), fields).into_pyobject(this.py())?.into_any())
    };
    handed(this.py(), make())
}
