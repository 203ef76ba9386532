//! Masking (RFC 6455 §5.3): octet *i* of the payload is XORed with octet *i* mod 4 of the key. Twice is nothing, so
//! the same functions mask and unmask.

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
    let key = Key::rotated(key, offset);
    let (words, tail) = buf.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key.word()).to_ne_bytes();
    }
    for (octet, key) in tail.iter_mut().zip(key.0) {
        *octet ^= key;
    }
}

/// Copies `src` into `dst` masked or unmasked, in one pass; `offset` as for [`apply`].
///
/// # Panics
///
/// When `src` and `dst` differ in length, as [`slice::copy_from_slice`] does.
#[inline]
pub fn copy(key: [u8; 4], offset: u64, src: &[u8], dst: &mut [u8]) {
    assert_eq!(src.len(), dst.len(), "source and destination of a masking copy differ in length");
    let key = Key::rotated(key, offset);
    let (from, from_tail) = src.as_chunks::<8>();
    let (to, to_tail) = dst.as_chunks_mut::<8>();
    for (to, from) in to.iter_mut().zip(from) {
        *to = (u64::from_ne_bytes(*from) ^ key.word()).to_ne_bytes();
    }
    for ((to, from), key) in to_tail.iter_mut().zip(from_tail).zip(key.0) {
        *to = from ^ key;
    }
}

/// The key, turned so that its first octet belongs to the first octet at hand, and doubled.
#[derive(Clone, Copy)]
struct Key([u8; 8]);

impl Key {
    #[inline]
    fn rotated(key: [u8; 4], offset: u64) -> Self {
        let turn = (offset & 3) as usize;
        Self(core::array::from_fn(|i| key[(i + turn) & 3]))
    }

    #[inline]
    fn word(self) -> u64 {
        u64::from_ne_bytes(self.0)
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
        let step = if cfg!(miri) { 23 } else { 1 };
        for start in (0..9).step_by(step.min(4)) {
            for len in (0..300).step_by(step) {
                for offset in [0, 1, 2, 3, 4, u64::MAX - 1] {
                    let octets = &source[start..start + len];
                    // The offset wraps like the payload position it stands for; only its low two bits count.
                    let want = model(key, offset & 3, octets);
                    let mut copied = vec![0; len];
                    copy(key, offset, octets, &mut copied);
                    assert_eq!(copied, want);
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
