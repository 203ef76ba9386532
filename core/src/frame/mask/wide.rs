//! The only unsafe code of the crate: SIMD masking, and a copy into uninitialised memory.
//!
//! Measured (bench/README.md): AVX2 halves the time of masking 16 KiB; masking while copying instead of after it halves
//! that of encoding 16 KiB as a client.
#![allow(unsafe_code)]

use alloc::vec::Vec;
use core::mem::MaybeUninit;

use super::{BLOCK, Key, apply_blocks, copy_blocks};

/// From this length on the wide registers pay for asking whether they are there.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
const WORTH_ASKING: usize = 64;

#[inline]
pub(super) fn apply(key: Key, buf: &mut [u8]) {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    {
        #[target_feature(enable = "avx2")]
        fn avx2(key: Key, buf: &mut [u8]) {
            apply_blocks(key, buf);
        }
        if buf.len() >= WORTH_ASKING && std::is_x86_feature_detected!("avx2") {
            // SAFETY: `avx2` is safe code that needs nothing but AVX2, which was just found.
            return unsafe { avx2(key, buf) };
        }
    }
    apply_blocks(key, buf);
}

#[inline]
pub(super) fn copy<T: Copy>(key: Key, src: &[u8], dst: &mut [T], wrap: impl Fn(u8) -> T + Copy) {
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    {
        #[target_feature(enable = "avx2")]
        fn avx2<T: Copy>(key: Key, src: &[u8], dst: &mut [T], wrap: impl Fn(u8) -> T + Copy) {
            copy_blocks(key, src, dst, wrap);
        }
        if src.len() >= WORTH_ASKING && std::is_x86_feature_detected!("avx2") {
            // SAFETY: `avx2` is safe code that needs nothing but AVX2, which was just found.
            return unsafe { avx2(key, src, dst, wrap) };
        }
    }
    copy_blocks(key, src, dst, wrap);
}

/// As [`copy`], into memory that need not be initialised.
#[inline]
pub(super) fn copy_uninit<'d>(key: Key, src: &[u8], dst: &'d mut [MaybeUninit<u8>]) -> &'d mut [u8] {
    copy(key, src, dst, MaybeUninit::new);
    let dst: *mut [MaybeUninit<u8>] = dst;
    // SAFETY: `copy` has written each octet of `dst`, which is as long as `src`: the callers see to that. The layout is
    // that of octets, and the borrow goes on as it was.
    unsafe { &mut *(dst as *mut [u8]) }
}

/// Appends `src` to `out`, masked from the key's first octet on, in one pass.
#[inline]
pub(in crate::frame) fn append(key: [u8; 4], src: &[u8], out: &mut Vec<u8>) {
    if src.len() < BLOCK {
        let start = out.len();
        out.extend_from_slice(src);
        return apply_blocks(Key::at(key, 0), &mut out[start..]);
    }
    out.reserve(src.len());
    let spare = &mut out.spare_capacity_mut()[..src.len()];
    copy(Key::at(key, 0), src, spare, MaybeUninit::new);
    // SAFETY: the capacity was reserved, and `copy` has written each of the `src.len()` octets after the old end: whole
    // blocks from the start, and the last block up to the end.
    unsafe { out.set_len(out.len() + src.len()) };
}
