//! A connection without a handshake: frames, if they fit.

use wsproof_core::Count;

use super::{Circumstances, Piece, other};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::fit::{self, Fit};
use crate::model::Sender;

/// So many octets are looked at before it is decided.
const ENOUGH: usize = 16 << 10;

/// With so many of an end's segments it is tried whether a frame begins there.
const TRIES: usize = 32;

/// So many pieces are held before it is decided.
const MAX_PIECES: usize = 4096;

/// What was said so far.
#[derive(Default)]
pub(super) struct Unknown {
    heard: Vec<Heard>,
    held: usize,
}

enum Heard {
    Octets(Piece),
    /// So many octets are not in the capture.
    Missing(Sender, u64),
}

impl Heard {
    fn sender(&self) -> Sender {
        match self {
            Self::Octets(piece) => piece.sender,
            Self::Missing(sender, _) => *sender,
        }
    }
}

/// From where on an end's octets are read.
#[derive(Clone, Copy)]
struct End {
    /// So much of what was heard of it is passed over.
    first: usize,
    /// What its octets are from there to the next that are missing.
    fit: Option<Fit>,
}

impl Unknown {
    /// Takes a segment; whether there is enough to decide.
    pub(super) fn take(&mut self, piece: Piece) -> bool {
        self.held += piece.octets.len();
        self.heard.push(Heard::Octets(piece));
        self.held >= ENOUGH || self.heard.len() >= MAX_PIECES
    }

    /// So many octets are missing; whether there is enough to decide.
    pub(super) fn miss(&mut self, sender: Sender, count: u64) -> bool {
        self.heard.push(Heard::Missing(sender, count));
        self.heard.len() >= MAX_PIECES
    }

    /// The conversation, and whether the ends are the other way round; `None` if these are no frames.
    pub(super) fn recognize(
        self,
        how: &Circumstances,
        swapped: bool,
        budget: &Budget,
    ) -> Option<(Conversation, bool)> {
        if self.held == 0 {
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
        for heard in self.heard {
            let sender = if turned { other(heard.sender()) } else { heard.sender() };
            let end = usize::from(sender == Sender::Server);
            let is_read = at[end] >= firsts[end];
            at[end] += 1;
            match heard {
                Heard::Octets(piece) if is_read => conversation.take(sender, &piece.octets, piece.time_us),
                Heard::Octets(piece) => passed_over += piece.octets.len(),
                Heard::Missing(_, count) if is_read => conversation.miss(sender, count),
                Heard::Missing(..) => {}
            }
        }
        if passed_over > 0 {
            let octets = Count(passed_over as u64, "octet");
            let were = octets.verb("was", "were");
            conversation.note(format!("{octets} before the first frame that is known {were} passed over"));
        }
        Some((conversation, turned))
    }

    /// What an end said, as its frames; `None` if it said what cannot be frames.
    fn end(&self, sender: Sender, turned: bool, how: &Circumstances) -> Option<End> {
        let real = if turned { other(sender) } else { sender };
        let heard: Vec<&Heard> = self.heard.iter().filter(|heard| heard.sender() == real).collect();
        let octets = |from: usize| -> Vec<u8> {
            let until_missing = heard[from..].iter().map_while(|heard| match heard {
                Heard::Octets(piece) => Some(&piece.octets),
                Heard::Missing(..) => None,
            });
            until_missing.flatten().copied().collect()
        };
        if heard.iter().all(|heard| matches!(heard, Heard::Missing(..))) {
            return Some(End { first: 0, fit: None });
        }
        // What was seen from its first octet on begins with a frame.
        let whole = how.from_start && !heard.iter().any(|heard| matches!(heard, Heard::Missing(..)));
        let tries = heard.len().min(if whole { 1 } else { TRIES });
        let fits = (0..tries).filter_map(|first| {
            let (octets, masked) = (octets(first), Some(sender == Sender::Client));
            // Behind frames that are some for sure there may be one that breaks a rule.
            let sure = || fit::beginning(&octets, masked).filter(Fit::is_sure);
            let fit = fit::frames(&octets, masked).or_else(sure)?;
            Some(End { first, fit: Some(fit) })
        });
        let fits: Vec<End> = fits.collect();
        let sure = fits.iter().find(|end| end.fit.is_some_and(|fit| fit.is_sure()));
        sure.or(fits.first()).copied()
    }

    /// Whether the first segment is of the other end, by its mask.
    fn turned_by_mask(&self, how: &Circumstances) -> bool {
        let first = self.heard.iter().find_map(|heard| match heard {
            Heard::Octets(piece) => Some(piece),
            Heard::Missing(..) => None,
        });
        first.filter(|_| !how.sure_ends).is_some_and(|piece| {
            let masked = piece.octets.get(1).is_some_and(|octet| octet & 0x80 != 0);
            masked != (piece.sender == Sender::Client)
        })
    }
}
