//! Whole messages out of pieces.

use alloc::vec::Vec;
use core::mem::take;

use super::{Data, DataKind};

/// Joins pieces to whole messages. A message in one piece is lent on without a copy; its buffer is used again.
/// [`release`](Self::release) gives back what a long message took.
///
/// It grows no further than [`Limits::max_message`](super::Limits::max_message) allows.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    /// The pieces so far of the message in progress, or the whole last message when `complete`.
    buffer: Vec<u8>,
    /// Whether `buffer` holds a message already handed out.
    complete: bool,
}

/// A whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Text or binary.
    pub kind: DataKind,
    /// RSV bits of the first frame: see [`Data::rsv`].
    pub rsv: u8,
    /// The octets.
    pub payload: &'a [u8],
}

impl Collector {
    /// A collector without a message.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), complete: false }
    }

    /// Takes a piece; the message, when the piece was its last.
    #[inline]
    pub fn push<'a>(&'a mut self, piece: Data<'a>) -> Option<Message<'a>> {
        let Data { kind, rsv, payload, first, last } = piece;
        if first && last {
            return Some(Message { kind, rsv, payload });
        }
        if take(&mut self.complete) || first {
            crate::memory::empty(&mut self.buffer);
        }
        self.buffer.extend_from_slice(payload);
        self.complete = last;
        last.then_some(Message { kind, rsv, payload: &self.buffer })
    }

    /// Gives back what the last message took beyond [`KEPT_CAPACITY`](crate::memory::KEPT_CAPACITY), once you are done
    /// with it: otherwise that waits for the next message in pieces. A message in progress stays.
    #[inline]
    pub fn release(&mut self) {
        if self.complete {
            self.complete = false;
            crate::memory::empty(&mut self.buffer);
        }
    }

    /// Octets kept for the message in progress.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.complete { 0 } else { self.buffer.len() }
    }

    /// Whether no octets are kept for a message in progress.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Message<'a> {
    /// The text of a text message; `None` for a binary one, and for octets that an extension has yet to decode.
    ///
    /// It was validated as it arrived; since this crate keeps to safe code it is validated once more here, at the speed
    /// of `simdutf8`.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        match self.kind {
            DataKind::Text => simdutf8::basic::from_utf8(self.payload).ok(),
            DataKind::Binary => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_starts_again() {
        let piece = |payload, first, last| Data { kind: DataKind::Text, rsv: 0, payload, first, last };
        let mut collector = Collector::new();
        for _ in 0..2 {
            assert_eq!(collector.push(piece(b"a", true, false)), None);
            assert_eq!(collector.push(piece(b"b", false, false)), None);
            assert_eq!(collector.len(), 2);
            assert_eq!(collector.push(piece(b"", false, true)).unwrap().text(), Some("ab"));
            assert!(collector.is_empty());
            assert_eq!(collector.push(piece(b"whole", true, true)).unwrap().text(), Some("whole"));
        }
    }
}
