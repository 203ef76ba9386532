//! Text in pieces that end between characters.

use wsproof_core::message::Data;

/// Cuts a text message between characters: the octets of one that is not complete wait for the next piece.
#[derive(Default)]
pub(super) struct TextCutter {
    /// The start of a character, at most three octets.
    held: Vec<u8>,
    /// A piece with what was held before it.
    joined: Vec<u8>,
    /// Whether a piece of the message was handed out.
    begun: bool,
}

impl TextCutter {
    /// The whole characters of a piece, and whether they begin the message; `None` when there are none to hand out.
    pub(super) fn cut<'a>(&'a mut self, piece: &Data<'a>) -> Option<(&'a [u8], bool)> {
        if piece.first {
            self.held.clear();
            self.begun = false;
        }
        let octets = if self.held.is_empty() {
            piece.payload
        } else {
            self.joined.clear();
            self.joined.extend_from_slice(&self.held);
            self.joined.extend_from_slice(piece.payload);
            &self.joined
        };
        let (text, rest) = octets.split_at(octets.len() - cut_off(octets));
        self.held.clear();
        self.held.extend_from_slice(rest);
        if text.is_empty() && !piece.last {
            return None;
        }
        Some((text, !std::mem::replace(&mut self.begun, true)))
    }
}

/// Octets at the end that begin a character without completing it; what comes before is valid.
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
