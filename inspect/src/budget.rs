//! How much of a capture is kept: a hostile one must not fill the memory.

/// Octets of payload that are kept of a capture, frames and messages each: 256 MiB.
const TOTAL: usize = 256 << 20;

/// Octets that are kept of one message: 16 MiB.
const MESSAGE: usize = 16 << 20;

/// Octets that are inflated of one message at most: 64 MiB.
pub(crate) const MAX_INFLATED: u64 = 64 << 20;

/// Frames, or messages, that are listed of one connection at most.
pub(crate) const MAX_LISTED: usize = 4 << 20;

/// What may still be kept.
#[derive(Debug)]
pub(crate) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: TOTAL }
    }
}

impl Budget {
    /// Appends what fits.
    pub(crate) fn keep(&mut self, kept: &mut Vec<u8>, piece: &[u8]) {
        let room = MESSAGE.saturating_sub(kept.len()).min(self.left).min(piece.len());
        kept.extend_from_slice(&piece[..room]);
        self.left -= room;
    }
}
