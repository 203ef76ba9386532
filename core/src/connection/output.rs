//! Octets waiting to be written.

use alloc::vec::Vec;

/// A queue of octets: appended at the end, written from the start.
#[derive(Clone, Debug, Default)]
pub(super) struct Output {
    /// `buffer[written..]` waits.
    buffer: Vec<u8>,
    /// `0 <= written <= buffer.len()`; 0 when nothing waits.
    written: usize,
}

impl Output {
    pub(super) const fn new() -> Self {
        Self { buffer: Vec::new(), written: 0 }
    }

    #[inline]
    pub(super) fn pending(&self) -> &[u8] {
        &self.buffer[self.written..]
    }

    #[inline]
    pub(super) fn advance(&mut self, written: usize) {
        self.written = self.written.saturating_add(written).min(self.buffer.len());
        if self.written == self.buffer.len() {
            crate::memory::empty(&mut self.buffer);
            self.written = 0;
        }
    }

    /// Where to append. Octets written long ago are dropped first when they are most of the buffer, so that a queue that
    /// never runs empty does not grow without bound.
    #[inline]
    pub(super) fn tail(&mut self) -> &mut Vec<u8> {
        const WORTH_MOVING: usize = 4096;
        if self.written > WORTH_MOVING && self.written > self.buffer.len() / 2 {
            self.drop_written();
        }
        &mut self.buffer
    }

    #[cold]
    fn drop_written(&mut self) {
        self.buffer.drain(..self.written);
        self.written = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_never_empties_stays_small() {
        let mut output = Output::new();
        output.tail().extend_from_slice(&[0; 100]);
        for i in 0..10_000_u32 {
            output.tail().extend_from_slice(&[i as u8; 100]);
            output.advance(100);
            assert_eq!(output.pending(), [i as u8; 100]);
        }
        assert!(output.buffer.capacity() < 64 * 1024);
        output.advance(usize::MAX);
        assert!(output.pending().is_empty());
    }

    #[test]
    fn a_queue_that_was_long_gives_its_memory_back() {
        let mut output = Output::new();
        for len in [100_000, 60_000_000] {
            output.tail().resize(len, 0);
            output.advance(len - 1);
            assert_eq!(output.pending(), [0]);
            output.advance(1);
            assert!(output.buffer.capacity() <= crate::memory::KEPT_CAPACITY);
        }
    }
}
