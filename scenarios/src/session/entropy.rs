//! Masking keys and nonces from a recording or a seed, so that a session can be repeated octet by octet.

use super::options::RecordedKeys;

/// SplitMix64. Not for secrets: a conformance run wants keys that vary, not keys that can't be guessed.
#[derive(Debug)]
pub(super) struct Entropy {
    state: u64,
    /// What was recorded and not used yet.
    nonce: Option<[u8; 16]>,
    masking_keys: std::vec::IntoIter<[u8; 4]>,
}

impl Entropy {
    pub(super) fn new(seed: u64, recorded: Option<RecordedKeys>) -> Self {
        let RecordedKeys { nonce, masking_keys } = recorded.unwrap_or_default();
        Self { state: seed, nonce, masking_keys: masking_keys.into_iter() }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn masking_key(&mut self) -> [u8; 4] {
        self.masking_keys.next().unwrap_or_else(|| (self.next() as u32).to_be_bytes())
    }

    pub(super) fn nonce(&mut self) -> [u8; 16] {
        if let Some(nonce) = self.nonce.take() {
            return nonce;
        }
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.next().to_be_bytes());
        nonce[8..].copy_from_slice(&self.next().to_be_bytes());
        nonce
    }
}
