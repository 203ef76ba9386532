//! A connection without a handshake: frames, if they fit.

use super::{Circumstances, Piece, other};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::fit::{self, Fit};
use crate::model::Sender;

/// So many octets are looked at before it is decided.
const ENOUGH: usize = 16 << 10;

/// With so many of an end's first segments it is tried whether a frame begins there.
const TRIES: usize = 32;

/// What was said so far.
#[derive(Default)]
pub(super) struct Unknown {
    pieces: Vec<Piece>,
    held: usize,
    /// Octets are missing in between; segments behind them do not go on where those before ended.
    holes: bool,
}

/// What one end said, read as frames.
struct End {
    /// The first of its segments that is read; those before it are passed over.
    first: usize,
    fit: Option<Fit>,
}

impl Unknown {
    /// Takes a segment; whether there is enough to decide.
    pub(super) fn take(&mut self, piece: Piece) -> bool {
        self.held += piece.octets.len();
        self.pieces.push(piece);
        self.held >= ENOUGH
    }

    /// Octets are missing: what came before is given up.
    pub(super) fn miss(&mut self, sender: Sender) {
        self.holes = true;
        self.pieces.retain(|piece| piece.sender != sender);
        self.held = self.pieces.iter().map(|piece| piece.octets.len()).sum();
    }

    /// The conversation, and whether the ends are the other way round; `None` if these are no frames.
    pub(super) fn recognize(
        self,
        how: &Circumstances,
        swapped: bool,
        budget: &Budget,
    ) -> Option<(Conversation, bool)> {
        if self.pieces.is_empty() {
            return None;
        }
        let turns: &[bool] = if how.sure_ends { &[false] } else { &[false, true] };
        let found = turns.iter().find_map(|turned| {
            let ends = [self.end(Sender::Client, *turned, how)?, self.end(Sender::Server, *turned, how)?];
            ends.iter().any(|end| end.fit.is_some_and(|fit| fit.is_sure())).then_some((*turned, ends))
        });
        let (turned, firsts) = match found {
            Some((turned, ends)) => (turned, ends.map(|end| end.first)),
            None if how.force => (self.turned_by_mask(how), [0, 0]),
            None => return None,
        };
        let (from, to) = if swapped != turned { (1, 0) } else { (0, 1) };
        let name = format!("{} → {}", how.ends[from], how.ends[to]);
        let mut conversation = Conversation::midstream(name, how.agreed, budget);
        let mut at = [0, 0];
        let mut passed_over = 0;
        for piece in self.pieces {
            let sender = if turned { other(piece.sender) } else { piece.sender };
            let end = usize::from(sender == Sender::Server);
            if at[end] >= firsts[end] {
                conversation.take(sender, &piece.octets, piece.time_us);
            } else {
                passed_over += piece.octets.len();
            }
            at[end] += 1;
        }
        if passed_over > 0 {
            conversation
                .note(format!("{passed_over} octets before the first frame that is known were passed over"));
        }
        Some((conversation, turned))
    }

    /// What an end said, as its frames; `None` if it said what cannot be frames.
    fn end(&self, sender: Sender, turned: bool, how: &Circumstances) -> Option<End> {
        let real = if turned { other(sender) } else { sender };
        let pieces: Vec<&Piece> = self.pieces.iter().filter(|piece| piece.sender == real).collect();
        if pieces.is_empty() {
            return Some(End { first: 0, fit: None });
        }
        let tries = if how.from_start && !self.holes { 1 } else { TRIES };
        (0..pieces.len().min(tries)).find_map(|first| {
            let octets: Vec<u8> = pieces[first..].iter().flat_map(|piece| &piece.octets).copied().collect();
            let fit = fit::frames(&octets, Some(sender == Sender::Client))?;
            Some(End { first, fit: Some(fit) })
        })
    }

    /// Whether the first segment is of the other end, by its mask.
    fn turned_by_mask(&self, how: &Circumstances) -> bool {
        let first = self.pieces.first().filter(|_| !how.sure_ends);
        first.is_some_and(|piece| {
            let masked = piece.octets.get(1).is_some_and(|octet| octet & 0x80 != 0);
            masked != (piece.sender == Sender::Client)
        })
    }
}
