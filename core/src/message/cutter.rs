//! Text in pieces that end between characters.

use alloc::vec::Vec;

use super::Data;

/// Cuts the pieces of a text message between characters: the octets of one that is not complete wait for the next piece.
/// So each piece is text by itself, wherever the stream was cut.
///
/// ```
/// use wsproof_core::message::{Data, DataKind, TextCutter};
///
/// let piece = |payload, first, last| Data { kind: DataKind::Text, rsv: 0, payload, first, last };
/// let mut cutter = TextCutter::new();
/// assert_eq!(cutter.cut(piece(b"a\xc3", true, false)).unwrap().payload, b"a");
/// assert_eq!(cutter.cut(piece(b"\xa9b", false, true)).unwrap().payload, "\u{e9}b".as_bytes());
/// ```
#[derive(Clone, Debug, Default)]
pub struct TextCutter {
    /// The start of a character, at most three octets.
    held: [u8; 3],
    held_len: usize,
    /// A piece with what was held before it.
    joined: Vec<u8>,
    /// Whether a piece of the message was handed out.
    begun: bool,
}

impl TextCutter {
    /// A cutter between messages.
    #[must_use]
    pub const fn new() -> Self {
        Self { held: [0; 3], held_len: 0, joined: Vec::new(), begun: false }
    }

    /// The whole characters of a piece of text that was validated; `None` when there are none to hand out. A piece that was
    /// not cut inside a character is lent on without a copy.
    pub fn cut<'a>(&'a mut self, piece: Data<'a>) -> Option<Data<'a>> {
        if piece.first {
            self.held_len = 0;
            self.begun = false;
        }
        let held = core::mem::take(&mut self.held_len);
        let octets = if held == 0 {
            piece.payload
        } else {
            self.joined.clear();
            self.joined.extend_from_slice(&self.held[..held]);
            self.joined.extend_from_slice(piece.payload);
            &self.joined
        };
        let held_back = if piece.last { 0 } else { cut_off(octets) };
        let (text, rest) = octets.split_at(octets.len() - held_back);
        self.held[..rest.len()].copy_from_slice(rest);
        self.held_len = rest.len();
        if text.is_empty() && !piece.last {
            return None;
        }
        let first = !core::mem::replace(&mut self.begun, true);
        Some(Data { payload: text, first, ..piece })
    }
}

/// Octets at the end that begin a character without completing it, at most three; what comes before is valid.
fn cut_off(text: &[u8]) -> usize {
    for (back, &octet) in text.iter().rev().take(3).enumerate() {
        let len = match octet {
            0x80..=0xbf => continue,
            0x00..=0x7f => 1,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
        };
        return if len > back + 1 { back + 1 } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::DataKind;
    use std::string::String;

    #[test]
    fn each_piece_is_text_wherever_it_was_cut() {
        let text = "a\u{e9}\u{65e5}\u{1f600}b";
        for step in 1..=text.len() {
            let mut cutter = TextCutter::new();
            for _message in 0..2 {
                let mut seen = String::new();
                let mut ends = 0;
                for (at, payload) in text.as_bytes().chunks(step).enumerate() {
                    let last = (at + 1) * step >= text.len();
                    let piece = Data { kind: DataKind::Text, rsv: 0, payload, first: at == 0, last };
                    if let Some(cut) = cutter.cut(piece) {
                        assert_eq!(cut.first, seen.is_empty());
                        seen.push_str(core::str::from_utf8(cut.payload).unwrap());
                        ends += usize::from(cut.last);
                    }
                }
                assert_eq!((seen.as_str(), ends), (text, 1));
            }
        }
    }
}
