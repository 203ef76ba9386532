//! Values of JavaScript, by raw Node-API: what a call costs is counted in nanoseconds here.
#![allow(unsafe_code, reason = "Node-API is a C interface")]

use std::ffi::c_void;
use std::ptr::{null, null_mut, slice_from_raw_parts_mut};

use napi_sys as sys;

/// The call being answered. All of this is valid until the callback returns.
pub(crate) struct Call<const N: usize> {
    env: sys::napi_env,
    arguments: [sys::napi_value; N],
}

impl<const N: usize> Call<N> {
    /// Takes the arguments; those that are missing are `undefined`.
    ///
    /// # Safety
    ///
    /// Both must be what Node hands to a callback, within that callback.
    #[inline]
    pub(crate) unsafe fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        let mut arguments = [null_mut(); N];
        let mut count = N;
        // SAFETY: `arguments` has room for `count` values.
        unsafe {
            sys::napi_get_cb_info(env, info, &mut count, arguments.as_mut_ptr(), null_mut(), null_mut())
        };
        Self { env, arguments }
    }

    /// An argument as a 32-bit number; 0 for what is none.
    #[inline]
    pub(crate) fn u32(&self, at: usize) -> u32 {
        let mut value = 0;
        // SAFETY: the argument belongs to this call.
        unsafe { sys::napi_get_value_uint32(self.env, self.arguments[at], &mut value) };
        value
    }

    /// An argument as a number; 0 for what is none.
    #[inline]
    pub(crate) fn f64(&self, at: usize) -> f64 {
        let mut value = 0.0;
        // SAFETY: the argument belongs to this call.
        unsafe { sys::napi_get_value_double(self.env, self.arguments[at], &mut value) };
        value
    }

    /// The memory of a typed array of this type; empty for anything else. `buffer` gets its buffer.
    #[inline]
    fn memory(
        &self,
        at: usize,
        wanted: sys::napi_typedarray_type,
        buffer: *mut sys::napi_value,
    ) -> (*mut c_void, usize) {
        let (mut kind, mut len, mut data) = (-1, 0, null_mut());
        // SAFETY: the argument belongs to this call; the last result is not asked for, nor the buffer where it is null.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.arguments[at],
                &mut kind,
                &mut len,
                &mut data,
                buffer,
                null_mut(),
            )
        };
        if status != sys::Status::napi_ok || kind != wanted || data.is_null() {
            (null_mut(), 0)
        } else {
            (data, len)
        }
    }

    /// The memory of a `Uint8Array` that the user handed in. That of a `SharedArrayBuffer`, which another thread may write
    /// to meanwhile, and one that is gone, since its buffer was transferred, are empty, and an exception is thrown.
    #[inline]
    fn input(&self, at: usize) -> (*mut c_void, usize) {
        let (mut buffer, mut unshared) = (null_mut(), false);
        let memory = self.memory(at, sys::TypedarrayType::uint8_array, &mut buffer);
        // SAFETY: the buffer belongs to this call, if it is one; else the call answers that it is none.
        unsafe { sys::napi_is_arraybuffer(self.env, buffer, &mut unshared) };
        if unshared && memory.1 != 0 {
            return memory;
        }
        if !buffer.is_null() {
            self.refuse(buffer, unshared);
        }
        (null_mut(), 0)
    }

    /// Throws an exception for memory that cannot be used.
    #[cold]
    fn refuse(&self, buffer: sys::napi_value, unshared: bool) {
        let mut gone = false;
        // SAFETY: the buffer belongs to this call; the texts end with NUL.
        unsafe {
            let text = if !unshared {
                c"octets are in a SharedArrayBuffer, where other threads may change them: hand in a copy, such as octets.slice()"
            } else {
                sys::napi_is_detached_arraybuffer(self.env, buffer, &mut gone);
                if !gone {
                    return;
                }
                c"octets are gone: their ArrayBuffer was transferred"
            };
            sys::napi_throw_type_error(self.env, null(), text.as_ptr());
        }
    }

    /// An argument that is a `Uint8Array`.
    ///
    /// # Safety
    ///
    /// No other slice of this call is held, and no JavaScript runs meanwhile.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn octets(&self, at: usize) -> &mut [u8] {
        // SAFETY: the caller vouches.
        unsafe { slice(self.input(at)) }
    }

    /// A `Uint8Array` and another one of our own; nothing if they share memory, which any program can bring about.
    ///
    /// # Safety
    ///
    /// As for [`octets`](Self::octets).
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn two_octets(&self, one: usize, two: usize) -> Option<(&mut [u8], &mut [u8])> {
        let (one, two) = (self.input(one), self.memory(two, sys::TypedarrayType::uint8_array, null_mut()));
        // SAFETY: they do not overlap; for the rest the caller vouches.
        disjoint(one, 1, two, 1).then(|| unsafe { (slice(one), slice(two)) })
    }

    /// A `Uint8Array` and a `Uint32Array` of our own; nothing if they share memory.
    ///
    /// # Safety
    ///
    /// As for [`octets`](Self::octets).
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn octets_and_words(&self, one: usize, two: usize) -> Option<(&mut [u8], &mut [u32])> {
        let (one, two) = (self.input(one), self.memory(two, sys::TypedarrayType::uint32_array, null_mut()));
        // SAFETY: they do not overlap; for the rest the caller vouches. JavaScript keeps words at a multiple of four.
        disjoint(one, 1, two, 4).then(|| unsafe { (slice(one), slice(two)) })
    }

    /// A number to return.
    #[inline]
    pub(crate) fn number(&self, value: u32) -> sys::napi_value {
        let mut result = null_mut();
        // SAFETY: `result` is written before it is used; on failure it stays null, which is `undefined`.
        unsafe { sys::napi_create_uint32(self.env, value, &mut result) };
        result
    }

    /// A number to return.
    pub(crate) fn double(&self, value: f64) -> sys::napi_value {
        let mut result = null_mut();
        // SAFETY: as for `number`.
        unsafe { sys::napi_create_double(self.env, value, &mut result) };
        result
    }

    /// A text to return.
    pub(crate) fn text(&self, text: &str) -> sys::napi_value {
        let mut result = null_mut();
        // SAFETY: `text` is so long.
        unsafe {
            sys::napi_create_string_utf8(self.env, text.as_ptr().cast(), text.len() as isize, &mut result)
        };
        result
    }
}

/// Whether two typed arrays, of elements of so many octets, have no memory in common.
fn disjoint(one: (*mut c_void, usize), size: usize, two: (*mut c_void, usize), other_size: usize) -> bool {
    let (start, other_start) = (one.0 as usize, two.0 as usize);
    start + size * one.1 <= other_start || other_start + other_size * two.1 <= start
}

/// The memory of a typed array as a slice.
///
/// # Safety
///
/// Node says that so many elements are there, aligned; they stay as long as the array, which the call holds. Nobody else
/// may hold them meanwhile.
#[inline]
unsafe fn slice<'a, T>((data, len): (*mut c_void, usize)) -> &'a mut [T] {
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the caller vouches.
    unsafe { &mut *slice_from_raw_parts_mut(data.cast(), len) }
}

/// Hangs a function on an object.
///
/// # Safety
///
/// Both must be what Node hands to the add-on's entry.
pub(crate) unsafe fn export(
    env: sys::napi_env,
    exports: sys::napi_value,
    name: &std::ffi::CStr,
    callback: sys::napi_callback,
) {
    let mut function = null_mut();
    // SAFETY: the name ends with NUL, as both calls ask.
    unsafe {
        let length = name.to_bytes().len() as isize;
        sys::napi_create_function(env, name.as_ptr(), length, callback, null_mut(), &mut function);
        sys::napi_set_named_property(env, exports, name.as_ptr(), function);
    }
}
