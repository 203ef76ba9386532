//! A corpus compressed once, for all messages of all cases that are cut from it.
//!
//! Message follows message round the ring, and the cases of a section send the same octets in messages of different
//! lengths: gigabytes in all, but only a few hundred thousand distinct octets. So the
//! ring is cut at fixed places, and what lies between two of them is compressed once. A message is then put together
//! from such pieces; only where it begins and ends inside one is the rest compressed, and that is kept too, since other
//! cases cut there as well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use wsproof_core::deflate::{Deflater, Sending, Settings, WindowBits};

use super::{Corpus, Ring, Span};

/// The ring is cut every so many octets.
const PIECE: usize = 4096;

/// A piece refers to at most so many octets before it, or to none.
const HISTORY: usize = 8192;

/// What a piece ends with, so that the next begins at a whole octet; the last of a message is sent without it
/// (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Pieces of one corpus, compressed for one window.
#[derive(Debug)]
pub(crate) struct Compressed {
    ring: &'static Ring,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    deflater: Deflater,
    /// What a piece may refer to, at most.
    window: usize,
    /// By first octet, length, and whether it refers to what is before it.
    pieces: HashMap<(u32, u32, bool), Box<[u8]>>,
}

impl Compressed {
    /// That of this corpus and window: one for all that ask at the same time.
    pub(crate) fn of(corpus: Corpus, window: WindowBits) -> Arc<Self> {
        type Known = HashMap<(Corpus, WindowBits), Weak<Compressed>>;
        static KNOWN: Mutex<Option<Known>> = Mutex::new(None);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        if let Some(there) = known.get(&(corpus, window)).and_then(Weak::upgrade) {
            return there;
        }
        let agreed = Sending { window, takeover: false };
        let inner = Inner {
            deflater: Deflater::new(agreed, Settings::default()),
            window: window.octets().min(HISTORY),
            pieces: HashMap::new(),
        };
        let made = Arc::new(Self { ring: corpus.ring(), inner: Mutex::new(inner) });
        known.insert((corpus, window), Arc::downgrade(&made));
        made
    }

    /// Appends the octets of `span`, compressed, as one message. `before` says how many octets the receiver's window
    /// holds of what is before the span in the ring.
    pub(crate) fn message(&self, span: Span, before: usize, out: &mut Vec<u8>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let size = self.ring.octets().len();
        let mut done = 0;
        while done < span.len {
            let start = (span.start + done) % size;
            let next_cut = ((start / PIECE + 1) * PIECE).min(size);
            let len = (next_cut - start).min(span.len - done);
            let refers = before + done >= inner.window;
            out.extend_from_slice(inner.piece(self.ring, Span { start, len }, refers));
            done += len;
        }
        let end = out.len() - TAIL.len();
        debug_assert_eq!(out[end..], TAIL);
        out.truncate(end);
    }
}

impl Inner {
    fn piece(&mut self, ring: &Ring, span: Span, refers: bool) -> &[u8] {
        let Self { deflater, window, pieces } = self;
        pieces.entry((span.start as u32, span.len as u32, refers)).or_insert_with(|| {
            if refers {
                let size = ring.octets().len();
                let start = (span.start + size - *window) % size;
                deflater.remember(&ring.pieces(Span { start, len: *window }).concat());
            } else {
                deflater.remember(&[]);
            }
            let mut octets = Vec::new();
            deflater.message(ring.pieces(span)[0], &mut octets);
            octets.extend(TAIL);
            octets.into_boxed_slice()
        })
    }
}

#[cfg(test)]
mod tests {
    use wsproof_core::deflate::{Inflater, Sending};

    use super::*;

    #[test]
    fn messages_inflate_to_what_the_ring_says() {
        for corpus in Corpus::ALL {
            for (bits, takeover) in [(9, true), (9, false), (15, true), (15, false)] {
                let compressed = Compressed::of(corpus, WindowBits::new(bits).unwrap());
                for units in [4096, 5000, 65_536, 131_072] {
                    let window = WindowBits::new(bits).unwrap();
                    let mut inflater = Inflater::new(Sending { window, takeover });
                    let (mut at, mut before) = (0, 0);
                    for _ in 0..12 {
                        let span = corpus.ring().span(at, units);
                        let (mut payload, mut back) = (Vec::new(), Vec::new());
                        compressed.message(span, if takeover { before } else { 0 }, &mut payload);
                        inflater.message(&payload, span.len, &mut back).unwrap();
                        assert!(
                            corpus.ring().matches_at(span, 0, &back) && back.len() == span.len,
                            "{corpus:?}"
                        );
                        at = (at + units) % corpus.ring().units();
                        before += span.len;
                    }
                }
            }
        }
    }
}
