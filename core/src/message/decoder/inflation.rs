//! Payload of compressed messages: inflated, counted and validated while it arrives (RFC 7692 §6.2).

use super::{MessageDecoder, State};
use crate::deflate::{InflateError, Inflater, PIECE};
use crate::message::{Data, DataKind};
use crate::violation::{Violation, ViolationKind};

/// Compressed octets taken at a time.
const CARRY: usize = 1024;

/// The inflater of a decoder, and the compressed octets that it has not taken yet.
#[derive(Debug)]
pub(super) struct Inflation {
    inflater: Inflater,
    /// Unmasked octets wait in `carry[taken..len]`.
    carry: [u8; CARRY],
    taken: usize,
    len: usize,
    /// The inflater may hold back output: its last step filled its room.
    held_back: bool,
    /// Where in the stream the payload of the frame at hand began.
    pub(super) frame_at: u64,
    /// The piece to lend: the first octets of the inflater's output.
    piece: usize,
    first: bool,
    last: bool,
}

impl Inflation {
    pub(super) const fn new(inflater: Inflater) -> Self {
        Self {
            inflater,
            carry: [0; CARRY],
            taken: 0,
            len: 0,
            held_back: false,
            frame_at: 0,
            piece: 0,
            first: false,
            last: false,
        }
    }

    /// Gives back what is of no use between messages.
    pub(super) fn rest(&mut self) {
        if self.taken == self.len && !self.held_back {
            self.inflater.rest();
            self.piece = 0;
        }
    }

    pub(super) fn with_window_check(self, check: bool) -> Self {
        Self { inflater: self.inflater.with_window_check(check), ..self }
    }
}

impl MessageDecoder {
    /// Inflates what `input` has of the frame, until there is a piece to lend: answers whether there is. Otherwise
    /// `input` is used up, or the frame is.
    pub(super) fn inflate(&mut self, input: &mut &mut [u8]) -> Result<bool, Violation> {
        let Some(inflation) = self.inflation.as_deref_mut() else {
            debug_assert!(false, "a compressed message without an inflater");
            return Ok(false);
        };
        loop {
            if inflation.taken == inflation.len && !inflation.held_back {
                match (self.frames.remaining(), self.fin) {
                    (0, false) => {
                        self.state = State::Header;
                        return Ok(false);
                    }
                    (0, true) => {}
                    _ if input.is_empty() => return Ok(false),
                    _ => {
                        let octets = self.frames.take_payload_up_to(input, CARRY);
                        self.frames.unmask(octets);
                        inflation.carry[..octets.len()].copy_from_slice(octets);
                        (inflation.taken, inflation.len) = (0, octets.len());
                    }
                }
            }
            let mut waiting = &inflation.carry[inflation.taken..inflation.len];
            let ends = self.fin && self.frames.remaining() == 0;
            let step = if ends {
                inflation.inflater.inflate_last(&mut waiting)
            } else {
                inflation.inflater.inflate(&mut waiting).map(|_| false)
            };
            inflation.taken = inflation.len - waiting.len();
            let output = inflation.inflater.output();
            inflation.held_back = output.len() == PIECE;

            let made = output.len() as u64;
            let mut valid = self.limiter.take_inflated(made);
            let mut fault = match step {
                _ if valid < made => Some(ViolationKind::MessageTooLong),
                Err(InflateError::Truncated) => Some(ViolationKind::DeflateTruncated),
                Err(InflateError::TooFarBack(fault)) => Some(fault.violation(self.rules.receiver.peer())),
                Err(_) => Some(ViolationKind::NotDeflate),
                Ok(_) => None,
            };
            let complete = matches!(step, Ok(true)) && fault.is_none();
            if self.kind == DataKind::Text {
                let before = self.text.position();
                if self.text.feed(&output[..valid as usize]).is_err() {
                    valid = self.text.position() - before;
                    fault = Some(ViolationKind::TextNotUtf8);
                } else if complete && self.text.finish().is_err() {
                    fault = Some(ViolationKind::TextTruncated);
                }
            }
            inflation.piece = valid as usize;
            inflation.last = complete && fault.is_none();
            let violation = fault.map(|kind| kind.at(inflation.frame_at));
            if let Some(violation) = violation {
                self.state = State::Failed(violation);
            } else if complete {
                self.state = State::Header;
                self.rules.in_message = false;
                self.limiter.end_message();
                self.text.reset();
            }
            if inflation.piece > 0 || inflation.last {
                inflation.first = !core::mem::replace(&mut self.lent, true);
                return Ok(true);
            }
            if let Some(violation) = violation {
                return Err(violation);
            }
        }
    }

    /// The piece that [`inflate`](Self::inflate) tells of.
    pub(super) fn inflated(&self) -> Option<Data<'_>> {
        self.inflation.as_deref().map(|inflation| Data {
            kind: self.kind,
            rsv: self.rsv,
            payload: &inflation.inflater.output()[..inflation.piece],
            first: inflation.first,
            last: inflation.last,
        })
    }
}
