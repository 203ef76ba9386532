//! Control frames: their payload is handed out as a whole, and a Close is judged while it comes.

use super::{MessageDecoder, State, set_failed};
use crate::close::{self, ClosePayload};
use crate::frame::Opcode;
use crate::message::Event;
use crate::rules::close_fault;
use crate::violation::Violation;

impl MessageDecoder {
    /// What `input` has of a control frame; the event when that completes it.
    pub(super) fn control<'s, 'b: 's>(
        &'s mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'s>>, Violation> {
        let octets = self.frames.take_payload(input);
        self.frames.unmask(octets);
        let complete = self.frames.remaining() == 0;
        let whole = complete && self.control.as_slice().is_empty();
        if !whole {
            self.control.push(octets);
        }
        let payload: &'s [u8] = if whole { octets } else { self.control.as_slice() };
        let start = self.frames.offset() - payload.len() as u64;
        if !complete {
            if self.control_opcode == Opcode::CLOSE
                && let Err(error) = close::check_prefix(payload)
            {
                let fault = close_fault(error);
                return Err(set_failed(&mut self.state, fault.kind, start + fault.at));
            }
            return Ok(None);
        }
        self.state = State::Header;
        Ok(Some(match self.control_opcode {
            Opcode::PING => Event::Ping(payload),
            Opcode::PONG => Event::Pong(payload),
            _ => match ClosePayload::parse(payload) {
                Ok(payload) => {
                    self.state = State::Closed;
                    Event::Close(payload)
                }
                Err(error) => {
                    let fault = close_fault(error);
                    return Err(set_failed(&mut self.state, fault.kind, start + fault.at));
                }
            },
        }))
    }
}
