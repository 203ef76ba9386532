//! Large payloads that need no work: they stay in JavaScript's memory.

use wsproof_core::frame::{FrameHeader, Opcode, Parsed};
use wsproof_core::message::Passed;

use crate::delivery::Delivery;
use crate::endpoint::{Codec, Endpoint};
use crate::table::{EVENT, FIRST, LAST, RSV_SHIFT};

/// Octets of a payload from which on copying it costs more than asking.
const WORTH_PASSING: u64 = 2048;

impl Endpoint {
    /// Goes past a payload that need not be looked at, or a header and what follows of its payload: see core's
    /// [`pass`](wsproof_core::message::MessageDecoder::pass). `head` has the next octets of the input, as many as a header
    /// has if there are so many, `rest` counts them and all that follow. Returns how many octets it went past, and describes
    /// the piece in `row`; 0 when the input must be fed. A row without octets tells of a header alone.
    pub fn pass(&mut self, head: &mut [u8], rest: u64, row: &mut [u32; EVENT]) -> u64 {
        *row = [0; EVENT];
        let pieces = matches!(self.delivery, Delivery::Pieces(_));
        if pieces && let Some(passed) = self.pass_payload(rest) {
            *row = describe(passed, 0);
            return passed.len;
        }
        let Parsed::Complete { header, len } = FrameHeader::parse(head) else { return 0 };
        let told = pieces || (header.fin && header.payload_len <= rest - len as u64);
        let worth = told && header.opcode == Opcode::BINARY && header.payload_len >= WORTH_PASSING;
        if !worth || !self.is_between_messages() || !self.takes_header(&mut head[..len]) {
            return 0;
        }
        let passed = self.pass_payload(rest - len as u64);
        if let Some(passed) = passed {
            *row = describe(passed, len);
        }
        len as u64 + passed.map_or(0, |passed| passed.len)
    }

    fn pass_payload(&mut self, most: u64) -> Option<Passed> {
        match &mut self.codec {
            Codec::Decoder(decoder) => decoder.pass(most),
            Codec::Connection(connection) => connection.pass(most),
        }
    }

    const fn is_between_messages(&self) -> bool {
        match &self.codec {
            Codec::Decoder(decoder) => decoder.is_between_messages(),
            Codec::Connection(connection) => connection.is_between_messages(),
        }
    }

    /// Decodes a header alone, which is no event. Whether it is a legal one: if not, all later input is refused.
    fn takes_header(&mut self, header: &mut [u8]) -> bool {
        match &mut self.codec {
            Codec::Decoder(decoder) => decoder.decode(header).next_event().is_ok(),
            Codec::Connection(connection) => connection.receive(header).next_event().is_ok(),
        }
    }
}

fn describe(passed: Passed, start: usize) -> [u32; EVENT] {
    let first = if passed.first { FIRST } else { 0 };
    let last = if passed.last { LAST } else { 0 };
    let opcode = u32::from(passed.kind.opcode().get());
    [opcode | first | last | u32::from(passed.rsv) << RSV_SHIFT, start as u32, passed.len as u32]
}
