//! Where a client's masking keys come from (RFC 6455 §5.3, §10.3).

/// A source of masking keys, one for each frame sent. Any `FnMut() -> [u8; 4]` is one.
///
/// In production the keys must come from strong entropy: a peer that can foresee them can choose what appears on the wire
/// and so deceive proxies (§10.3).
pub trait KeySource {
    /// The next key.
    fn next_key(&mut self) -> [u8; 4];
}

impl<F: FnMut() -> [u8; 4]> KeySource for F {
    #[inline]
    fn next_key(&mut self) -> [u8; 4] {
        self()
    }
}

/// For servers, which mask nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl KeySource for NoKeys {
    #[inline]
    fn next_key(&mut self) -> [u8; 4] {
        [0; 4]
    }
}

/// Keys that follow from a seed, for runs that can be repeated: **not** for production.
///
/// ```
/// use wsproof_core::connection::{KeySource, SeededKeys};
/// let (mut a, mut b) = (SeededKeys::new(7), SeededKeys::new(7));
/// assert_eq!(a.next_key(), b.next_key());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SeededKeys {
    state: u64,
}

impl SeededKeys {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }
}

impl KeySource for SeededKeys {
    /// SplitMix64, of which the upper half is taken.
    #[inline]
    fn next_key(&mut self) -> [u8; 4] {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 32) as u32).to_be_bytes()
    }
}
