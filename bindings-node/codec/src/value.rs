//! Values of JavaScript, by raw Node-API: what a call costs is counted in nanoseconds here.
#![allow(unsafe_code, reason = "Node-API is a C interface")]

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

    /// The memory of a typed array of this type, its length in octets; empty for anything else. `buffer` gets its buffer.
    fn memory(&self, at: usize, wanted: sys::napi_typedarray_type, buffer: *mut sys::napi_value) -> Memory {
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
        if status != sys::Status::napi_ok || kind != wanted {
            return Memory::NONE;
        }
        let size = if kind == sys::TypedarrayType::uint32_array { 4 } else { 1 };
        Memory { data: data.cast(), len: len * size }
    }

    /// [`memory`](Self::memory) at half the cost: that compares the array with each type there is, which takes longer than
    /// a small frame does.
    ///
    /// # Safety
    ///
    /// JavaScript vouches that the argument is a view on memory that is not shared, whatever its type: for what is no view
    /// Node ends the process.
    #[inline]
    unsafe fn view(&self, at: usize, wanted: sys::napi_typedarray_type) -> Memory {
        let (mut data, mut len) = (null_mut(), 0);
        // SAFETY: the argument belongs to this call and is a view.
        let status = unsafe { sys::napi_get_buffer_info(self.env, self.arguments[at], &mut data, &mut len) };
        if status != sys::Status::napi_ok {
            // A host to which only a `Uint8Array` is a Buffer.
            return self.memory(at, wanted, null_mut());
        }
        Memory { data: data.cast(), len }
    }

    /// The memory of a `Uint8Array` that the user handed in. That of a `SharedArrayBuffer`, which another thread may write
    /// to meanwhile, and one that is gone, since its buffer was transferred, are empty, and an exception is thrown.
    fn input(&self, at: usize) -> Memory {
        let (mut buffer, mut unshared) = (null_mut(), false);
        let memory = self.memory(at, sys::TypedarrayType::uint8_array, &mut buffer);
        // SAFETY: the buffer belongs to this call, if it is one; else the call answers that it is none.
        unsafe { sys::napi_is_arraybuffer(self.env, buffer, &mut unshared) };
        if unshared && memory.len != 0 {
            return memory;
        }
        if !buffer.is_null() {
            self.refuse(buffer, unshared);
        }
        Memory::NONE
    }

    /// Throws an exception for memory that cannot be used.
    #[cold]
    fn refuse(&self, buffer: sys::napi_value, unshared: bool) {
        let mut gone = false;
        // SAFETY: the buffer belongs to this call; the texts end with NUL.
        unsafe {
            let text = if !unshared {
                c"octets are in a SharedArrayBuffer, where other threads may change them: hand in a copy, such as new Uint8Array(octets)"
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
        unsafe { self.input(at).octets() }
    }

    /// The memory of two views; nothing if they share some, which any program can bring about.
    ///
    /// # Safety
    ///
    /// Both are views, no other slice of this call is held, and no JavaScript runs meanwhile.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn two_octets(&self, one: usize, two: usize) -> Option<(&mut [u8], &mut [u8])> {
        let kind = sys::TypedarrayType::uint8_array;
        // SAFETY: they are views. What is lent does not overlap; for the rest the caller vouches.
        unsafe {
            let (one, two) = (self.view(one, kind), self.view(two, kind));
            one.is_apart_from(two).then(|| (one.octets(), two.octets()))
        }
    }

    /// The memory of a view.
    ///
    /// # Safety
    ///
    /// It is a view, no other slice on its memory is held, and no JavaScript runs meanwhile.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the memory is JavaScript's, not of the call")]
    pub(crate) unsafe fn view_octets(&self, at: usize) -> &mut [u8] {
        // SAFETY: the caller vouches.
        unsafe { self.view(at, sys::TypedarrayType::uint8_array).octets() }
    }

    /// Keeps an argument that is a `Uint32Array` from being collected, to write to it in later calls.
    pub(crate) fn keep(&self, at: usize) -> Option<Kept> {
        let memory = self.memory(at, sys::TypedarrayType::uint32_array, null_mut());
        let mut reference = null_mut();
        // SAFETY: the argument belongs to this call.
        let status = unsafe { sys::napi_create_reference(self.env, self.arguments[at], 1, &mut reference) };
        (status == sys::Status::napi_ok).then_some(Kept { env: self.env, reference, memory })
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

    /// Throws an exception with this text; what is returned then is of no account.
    #[cold]
    pub(crate) fn fail(&self, text: &str) -> sys::napi_value {
        let mut error = null_mut();
        // SAFETY: the text is a value of this call. No code is given.
        unsafe {
            sys::napi_create_error(self.env, null_mut(), self.text(text), &mut error);
            sys::napi_throw(self.env, error);
        }
        null_mut()
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

/// A `Uint32Array` that outlives the call. It is taken to be ours alone: JavaScript that hands its memory on, to another
/// thread or to the decoder as input, breaks what the border is built on; none of the package does.
pub(crate) struct Kept {
    env: sys::napi_env,
    reference: sys::napi_ref,
    memory: Memory,
}

impl Kept {
    /// Its words.
    ///
    /// # Safety
    ///
    /// Its memory is still where it was, which it is unless JavaScript transfers it; no JavaScript runs meanwhile.
    #[inline]
    pub(crate) unsafe fn words(&mut self) -> &mut [u32] {
        // SAFETY: the caller vouches.
        unsafe { self.memory.words() }
    }

    /// Lets it be collected. Not by `Drop`: when a thread ends, Node has let go of all that it kept, and of itself.
    pub(crate) fn release(self) {
        // SAFETY: made by `keep`, on this thread; a callback is running, so the environment is there.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}

/// Memory that JavaScript owns.
#[derive(Clone, Copy)]
struct Memory {
    /// Null where there is none.
    data: *mut u8,
    /// In octets.
    len: usize,
}

impl Memory {
    const NONE: Self = Self { data: null_mut(), len: 0 };

    /// Whether the two have no octet in common.
    #[inline]
    fn is_apart_from(self, other: Self) -> bool {
        let (start, other_start) = (self.data as usize, other.data as usize);
        start + self.len <= other_start || other_start + other.len <= start
    }

    /// # Safety
    ///
    /// Node says that so many octets are there; they stay as long as the view, which the call holds. Nobody else may hold
    /// them meanwhile.
    #[inline]
    unsafe fn octets<'a>(self) -> &'a mut [u8] {
        if self.data.is_null() {
            return &mut [];
        }
        // SAFETY: the caller vouches.
        unsafe { &mut *slice_from_raw_parts_mut(self.data, self.len) }
    }

    /// As words; none where they do not lie as words do.
    ///
    /// # Safety
    ///
    /// As for [`octets`](Self::octets).
    #[inline]
    unsafe fn words<'a>(self) -> &'a mut [u32] {
        let words: *mut u32 = self.data.cast();
        if words.is_null() || !words.is_aligned() {
            return &mut [];
        }
        // SAFETY: the caller vouches; aligned, as was just seen.
        unsafe { &mut *slice_from_raw_parts_mut(words, self.len / 4) }
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
