//! How much of a capture is kept: a hostile one must not fill the memory.

use std::cell::Cell;
use std::rc::Rc;

/// Octets of payload that are kept of a capture, those of frames and of messages together: 256 MiB.
const TOTAL: usize = 256 << 20;

/// Octets that are kept of one message: 16 MiB.
const MESSAGE: usize = 16 << 20;

/// Octets that are inflated of one message at most: 64 MiB.
pub(crate) const MAX_INFLATED: u64 = 64 << 20;

/// Frames, or messages, that are listed of one connection at most.
pub(crate) const MAX_LISTED: usize = 4 << 20;

/// What may still be kept. Clones share it: one for a capture, however many connections are in it.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: Rc<Cell<usize>>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: Rc::new(Cell::new(TOTAL)) }
    }
}

impl Budget {
    /// Appends what fits.
    pub(crate) fn keep(&self, kept: &mut Vec<u8>, piece: &[u8]) {
        let left = self.left.get();
        let room = MESSAGE.saturating_sub(kept.len()).min(left).min(piece.len());
        kept.extend_from_slice(&piece[..room]);
        self.left.set(left - room);
    }
}

#[cfg(test)]
mod tests {
    /// Two streams that keep 200 MiB each, if each had a budget of its own.
    #[test]
    fn connections_of_a_capture_share_it() {
        let budget = super::Budget::default();
        let piece = vec![0; super::MESSAGE];
        let mut kept = 0;
        for _ in 0..2 {
            let share = budget.clone();
            for _ in 0..13 {
                let mut payload = Vec::new();
                share.keep(&mut payload, &piece);
                kept += payload.len();
            }
        }
        assert_eq!(kept, super::TOTAL);
    }
}
