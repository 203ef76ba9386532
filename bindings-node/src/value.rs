//! Values of JavaScript, by raw Node-API: what a call costs is counted in nanoseconds here.
#![allow(unsafe_code, reason = "Node-API is a C interface")]

use std::ffi::c_void;
use std::ptr::{null_mut, slice_from_raw_parts_mut};

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

    /// The memory of a typed array of this type; empty for anything else.
    #[inline]
    fn memory(&self, at: usize, wanted: sys::napi_typedarray_type) -> (*mut c_void, usize) {
        let (mut kind, mut len, mut data) = (-1, 0, null_mut());
        // SAFETY: the argument belongs to this call; the last two results are not asked for.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.arguments[at],
                &mut kind,
                &mut len,
                &mut data,
                null_mut(),
                null_mut(),
            )
        };
        if status != sys::Status::napi_ok || kind != wanted || data.is_null() {
            (null_mut(), 0)
        } else {
            (data, len)
        }
    }

    /// An argument that is a `Uint8Array`.
    ///
    /// # Safety
    ///
    /// No two slices of one call may overlap, and no JavaScript may run while they are held. The face in `js/` sees to
    /// the first; nothing here calls JavaScript.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn octets(&self, at: usize) -> &mut [u8] {
        match self.memory(at, sys::TypedarrayType::uint8_array) {
            (_, 0) => &mut [],
            // SAFETY: Node says that so many octets are there; they stay as long as the array, which the call holds.
            (data, len) => unsafe { &mut *slice_from_raw_parts_mut(data.cast(), len) },
        }
    }

    /// An argument that is a `Uint32Array`.
    ///
    /// # Safety
    ///
    /// As for [`octets`](Self::octets).
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn words(&self, at: usize) -> &mut [u32] {
        match self.memory(at, sys::TypedarrayType::uint32_array) {
            (_, 0) => &mut [],
            // SAFETY: as above; JavaScript keeps such an array at a multiple of four.
            (data, len) => unsafe { &mut *slice_from_raw_parts_mut(data.cast(), len) },
        }
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
