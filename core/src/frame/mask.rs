//! Masking (RFC 6455 §5.3): octet *i* of the payload is XORed with octet *i* mod 4 of the key. Masking
//! twice restores the payload, so the same functions mask and unmask.

use core::mem::MaybeUninit;

mod wide;

/// Octets masked at a time.
const BLOCK: usize = 32;

/// Octets a turn of the loop over long payloads: with a block a turn, the time depends by a fifth on where the linker puts it.
const STRIDE: usize = 4 * BLOCK;

/// From this length on a copy writes to whole lines of the cache: to memory that is new, a write across two pages takes as
/// long as a hundred others.
const WORTH_ALIGNING: usize = 1024;

pub(super) use wide::append;

/// Masks or unmasks `buf` in place, where `offset` is the position of `buf[0]` in the payload (so a payload may be
/// worked on piece by piece).
///
/// ```
/// use wsproof_core::frame::mask;
/// let key = [0x37, 0xfa, 0x21, 0x3d];
/// let mut whole = *b"Hello";
/// mask::apply(key, 0, &mut whole);
/// let mut pieces = *b"Hello";
/// let (head, tail) = pieces.split_at_mut(3);
/// mask::apply(key, 0, head);
/// mask::apply(key, 3, tail);
/// assert_eq!(whole, pieces);
/// ```
#[inline]
pub fn apply(key: [u8; 4], offset: u64, buf: &mut [u8]) {
    wide::apply(Key::at(key, offset), buf);
}

/// Copies `src` into `dst` masked or unmasked, in one pass; `offset` as for [`apply`].
///
/// # Panics
///
/// When `src` and `dst` differ in length, as [`slice::copy_from_slice`] does.
#[inline]
pub fn copy(key: [u8; 4], offset: u64, src: &[u8], dst: &mut [u8]) {
    assert_eq!(src.len(), dst.len(), "source and destination of a masking copy differ in length");
    wide::copy(Key::at(key, offset), src, dst, |octet| octet);
}

/// As [`copy`], into memory that need not be initialised: afterwards it is, and is handed back so.
///
/// # Panics
///
/// When `src` and `dst` differ in length.
///
/// ```
/// use core::mem::MaybeUninit;
/// use wsproof_core::frame::mask;
/// let mut room = [MaybeUninit::uninit(); 5];
/// assert_eq!(mask::copy_uninit([0x37, 0xfa, 0x21, 0x3d], 0, b"\x7f\x9f\x4d\x51\x58", &mut room), b"Hello");
/// ```
#[inline]
pub fn copy_uninit<'d>(
    key: [u8; 4],
    offset: u64,
    src: &[u8],
    dst: &'d mut [MaybeUninit<u8>],
) -> &'d mut [u8] {
    assert_eq!(src.len(), dst.len(), "source and destination of a masking copy differ in length");
    wide::copy_uninit(Key::at(key, offset), src, dst)
}

/// The key, turned so that its first octet belongs to the first octet at hand. As a little-endian number, whatever the
/// machine, so that turning it is a rotation.
#[derive(Clone, Copy)]
struct Key(u32);

impl Key {
    #[inline(always)]
    fn at(key: [u8; 4], offset: u64) -> Self {
        Self(u32::from_le_bytes(key)).turned(offset as usize)
    }

    /// The key for the octet `steps` further on.
    #[inline(always)]
    fn turned(self, steps: usize) -> Self {
        Self(self.0.rotate_right(8 * (steps as u32 & 3)))
    }

    /// `N` is a multiple of four.
    #[inline(always)]
    fn xor<const N: usize>(self, mut octets: [u8; N]) -> [u8; N] {
        for word in octets.as_chunks_mut::<4>().0 {
            *word = (u32::from_le_bytes(*word) ^ self.0).to_le_bytes();
        }
        octets
    }

    #[inline(always)]
    fn xor_into<const N: usize, T>(self, octets: [u8; N], wrap: impl Fn(u8) -> T) -> [T; N] {
        let octets = self.xor(octets);
        core::array::from_fn(|i| wrap(octets[i]))
    }
}

/// Masks a buffer of `N` to `2 * N` octets: its first and its last `N`, both read before one of them is written, since
/// they may overlap. `false`, and nothing done, when it is shorter than `N`.
#[inline(always)]
fn apply_ends<const N: usize>(key: Key, buf: &mut [u8]) -> bool {
    let (Some(&first), Some(&last)) = (buf.first_chunk::<N>(), buf.last_chunk::<N>()) else { return false };
    let last = key.turned(buf.len()).xor(last);
    if let Some(start) = buf.first_chunk_mut() {
        *start = key.xor(first);
    }
    if let Some(end) = buf.last_chunk_mut() {
        *end = last;
    }
    true
}

/// Whole blocks from the start; the last block ends where the buffer ends and may overlap the one before. It is read
/// before that one is written, so each octet is masked once, and there is no octet-by-octet rest.
#[inline(always)]
fn apply_blocks(key: Key, buf: &mut [u8]) {
    let len = buf.len();
    if let Some(&last) = buf.last_chunk::<BLOCK>() {
        let last = key.turned(len).xor(last);
        let (strides, rest) = buf.as_chunks_mut::<STRIDE>();
        for stride in strides {
            *stride = key.xor(*stride);
        }
        for block in rest.as_chunks_mut::<BLOCK>().0 {
            *block = key.xor(*block);
        }
        if let Some(end) = buf.last_chunk_mut() {
            *end = last;
        }
    } else if !apply_ends::<16>(key, buf) && !apply_ends::<8>(key, buf) {
        for (octet, key) in buf.iter_mut().zip(key.0.to_le_bytes().into_iter().cycle()) {
            *octet ^= key;
        }
    }
}

/// As [`apply_blocks`], from one buffer to another of the same length. What is stored is `wrap` of the octet, so that
/// the destination may be memory that is not initialised yet.
#[inline(always)]
fn copy_blocks<T: Copy>(key: Key, src: &[u8], dst: &mut [T], wrap: impl Fn(u8) -> T + Copy) {
    let len = src.len();
    if let (Some(last), Some(end)) = (src.last_chunk::<BLOCK>(), dst.last_chunk_mut::<BLOCK>()) {
        *end = key.turned(len).xor_into(*last, wrap);
        let mut aligned = 0;
        if len >= WORTH_ALIGNING
            && let (Some(start), Some(first)) = (dst.first_chunk_mut::<BLOCK>(), src.first_chunk::<BLOCK>())
        {
            *start = key.xor_into(*first, wrap);
            aligned = dst.as_ptr().align_offset(BLOCK).min(BLOCK);
        }
        let (key, src, dst) = (key.turned(aligned), &src[aligned..], &mut dst[aligned..]);
        for (to, from) in dst.as_chunks_mut::<BLOCK>().0.iter_mut().zip(src.as_chunks::<BLOCK>().0) {
            *to = key.xor_into(*from, wrap);
        }
    } else {
        let (words, rest) = src.as_chunks::<8>();
        let (to_words, to_rest) = dst.as_chunks_mut::<8>();
        for (to, from) in to_words.iter_mut().zip(words) {
            *to = key.xor_into(*from, wrap);
        }
        for ((to, from), key) in to_rest.iter_mut().zip(rest).zip(key.0.to_le_bytes().into_iter().cycle()) {
            *to = wrap(from ^ key);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    /// RFC 6455 §5.3, word for word.
    fn model(key: [u8; 4], offset: u64, octets: &[u8]) -> Vec<u8> {
        octets.iter().enumerate().map(|(i, octet)| octet ^ key[((offset + i as u64) % 4) as usize]).collect()
    }

    #[test]
    fn equals_the_model_at_every_length_alignment_and_offset() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let source: Vec<u8> = (0..400_u32).map(|i| (i * 7 + i / 256) as u8).collect();
        let (starts, step) = if cfg!(miri) { (2, 7) } else { (9, 1) };
        for start in 0..starts {
            for len in (0..300).step_by(step) {
                for offset in [0, 1, 2, 3, 4, u64::MAX - 1] {
                    let octets = &source[start..start + len];
                    // The offset wraps like the payload position it stands for; only its low two bits count.
                    let want = model(key, offset & 3, octets);
                    let mut copied = vec![0; len];
                    copy(key, offset, octets, &mut copied);
                    assert_eq!(copied, want);
                    let mut room = vec![MaybeUninit::uninit(); len];
                    assert_eq!(copy_uninit(key, offset, octets, &mut room), want);
                    if offset == 0 {
                        let mut appended = vec![7; start];
                        append(key, octets, &mut appended);
                        assert_eq!(appended, [vec![7; start], want.clone()].concat());
                    }
                    let mut buffer = source.clone();
                    apply(key, offset, &mut buffer[start..start + len]);
                    assert_eq!(buffer[start..start + len], want);
                    assert_eq!(buffer[..start], source[..start]);
                    assert_eq!(buffer[start + len..], source[start + len..]);
                }
            }
        }
    }
}
