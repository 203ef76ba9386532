//! Decodes frames from a stream that arrives in pieces of any length (RFC 6455 §5.2).

mod whole;

use core::mem::take;

use super::{FrameHeader, MAX_HEADER_LEN, Parsed, mask};

/// Takes a stream of frames apart, in the caller's buffer, without judging it.
///
/// Input may be cut anywhere. The decoder keeps at most the 13 octets of a header begun, and counters; payload is
/// unmasked in place as it arrives and lent out.
///
/// ```
/// use wsproof_core::frame::{FrameDecoder, FrameEvent};
///
/// let mut wire = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
/// let mut decoder = FrameDecoder::new();
/// let mut payload = Vec::new();
/// for piece in wire.chunks_mut(4) {
///     for event in decoder.decode(piece) {
///         if let FrameEvent::Payload { octets, .. } = event {
///             payload.extend_from_slice(octets);
///         }
///     }
/// }
/// assert_eq!(payload, b"Hello");
/// ```
#[derive(Clone, Debug, Default)]
pub struct FrameDecoder {
    /// A header that has begun: `spill[..spilled]`.
    spill: [u8; MAX_HEADER_LEN],
    /// `0 <= spilled < MAX_HEADER_LEN`; not 0 only between frames.
    spilled: u8,
    /// The key of the frame in progress.
    mask: Option<[u8; 4]>,
    /// Octets of payload still to come: `position + remaining` is the announced length.
    remaining: u64,
    /// Octets of payload seen.
    position: u64,
    /// Octets of the stream seen, header and payload.
    offset: u64,
    /// Whether [`FrameEvent::End`] is due.
    end_due: bool,
}

/// What [`FrameDecoder::decode`] found. A frame is one `Header`, any number of `Payload`, one `End`.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameEvent<'a> {
    /// A whole header.
    Header {
        /// The header, unjudged.
        header: FrameHeader,
        /// Octets it took on the wire.
        len: usize,
        /// Where in the stream it began.
        offset: u64,
    },
    /// A piece of payload, unmasked; never empty.
    Payload {
        /// The octets, in the caller's buffer.
        octets: &'a mut [u8],
        /// Where in the payload the piece belongs.
        position: u64,
    },
    /// The frame is complete.
    End,
}

impl FrameDecoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            spill: [0; MAX_HEADER_LEN],
            spilled: 0,
            mask: None,
            remaining: 0,
            position: 0,
            offset: 0,
            end_due: false,
        }
    }

    /// The events in `input`, which continues the stream. Take them all: what the iterator has not passed is not seen
    /// (see [`FrameEvents::into_rest`]).
    pub fn decode<'d, 'b>(&'d mut self, input: &'b mut [u8]) -> FrameEvents<'d, 'b> {
        FrameEvents { decoder: self, input }
    }

    /// Octets of the stream seen so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Octets of payload that the frame in progress still lacks.
    #[must_use]
    pub const fn remaining(&self) -> u64 {
        self.remaining
    }

    /// The octets of a header that has begun; empty between frames and in a payload.
    #[must_use]
    pub fn partial_header(&self) -> &[u8] {
        &self.spill[..usize::from(self.spilled)]
    }

    /// Whether the stream stands between two frames: it may end here without cutting one.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        self.remaining == 0 && self.spilled == 0
    }

    /// Reads the next header and cuts it off `input`; `None` when all input is used up first.
    /// For use between frames only.
    #[inline]
    pub(crate) fn read_header(&mut self, input: &mut &mut [u8]) -> Option<(FrameHeader, usize)> {
        if self.spilled == 0
            && let Parsed::Complete { header, len } = FrameHeader::parse(input)
        {
            skip(input, len);
            self.offset += len as u64;
            self.begin(&header);
            return Some((header, len));
        }
        self.read_split_header(input)
    }

    /// A header cut by the end of a piece.
    #[cold]
    #[inline(never)]
    fn read_split_header(&mut self, input: &mut &mut [u8]) -> Option<(FrameHeader, usize)> {
        loop {
            let spilled = usize::from(self.spilled);
            match FrameHeader::parse(&self.spill[..spilled]) {
                Parsed::Complete { header, len } => {
                    self.spilled = 0;
                    self.begin(&header);
                    return Some((header, len));
                }
                // `need` grows at most once, from 2 to at most `MAX_HEADER_LEN`.
                Parsed::Incomplete { need } => {
                    let taken = (need - spilled).min(input.len());
                    if taken == 0 {
                        return None;
                    }
                    self.spill[spilled..spilled + taken].copy_from_slice(&input[..taken]);
                    skip(input, taken);
                    self.spilled += taken as u8;
                    self.offset += taken as u64;
                }
            }
        }
    }

    #[inline]
    fn begin(&mut self, header: &FrameHeader) {
        self.mask = header.mask;
        self.remaining = header.payload_len;
        self.position = 0;
    }

    /// Cuts what `input` has of the frame's payload off it, still masked; [`unmask`](Self::unmask) it next.
    #[inline]
    pub(crate) fn take_payload<'b>(&mut self, input: &mut &'b mut [u8]) -> &'b mut [u8] {
        self.take_payload_up_to(input, usize::MAX)
    }

    /// As [`take_payload`](Self::take_payload), at most `most` octets.
    #[inline]
    pub(crate) fn take_payload_up_to<'b>(&mut self, input: &mut &'b mut [u8], most: usize) -> &'b mut [u8] {
        // At most `input.len()`, so it fits a `usize`.
        let len = self.remaining.min(input.len().min(most) as u64) as usize;
        let (octets, rest) = take(input).split_at_mut(len);
        *input = rest;
        self.remaining -= len as u64;
        self.offset += len as u64;
        octets
    }

    /// Goes past at most `most` octets of the payload, unless it is masked; how many there were, if any.
    pub(crate) fn pass(&mut self, most: u64) -> Option<u64> {
        let len = self.remaining.min(most);
        if self.mask.is_some() || len == 0 {
            return None;
        }
        self.remaining -= len;
        self.offset += len;
        self.position += len;
        Some(len)
    }

    /// Unmasks the next octets of the payload, in order.
    #[inline]
    pub(crate) fn unmask(&mut self, octets: &mut [u8]) {
        if let Some(key) = self.mask {
            mask::apply(key, self.position, octets);
        }
        self.position += octets.len() as u64;
    }
}

#[inline]
fn skip(input: &mut &mut [u8], len: usize) {
    *input = take(input).split_at_mut(len).1;
}

/// Iterator over the [`FrameEvent`]s in a piece of input.
#[derive(Debug)]
pub struct FrameEvents<'d, 'b> {
    decoder: &'d mut FrameDecoder,
    input: &'b mut [u8],
}

impl<'b> FrameEvents<'_, 'b> {
    /// The input that no event has taken yet.
    #[must_use]
    pub fn into_rest(self) -> &'b mut [u8] {
        self.input
    }
}

impl<'b> Iterator for FrameEvents<'_, 'b> {
    type Item = FrameEvent<'b>;

    #[inline]
    fn next(&mut self) -> Option<FrameEvent<'b>> {
        let decoder = &mut *self.decoder;
        if decoder.remaining != 0 {
            if self.input.is_empty() {
                return None;
            }
            let position = decoder.position;
            let octets = decoder.take_payload(&mut self.input);
            decoder.unmask(octets);
            return Some(FrameEvent::Payload { octets, position });
        }
        if take(&mut decoder.end_due) {
            return Some(FrameEvent::End);
        }
        let (header, len) = decoder.read_header(&mut self.input)?;
        decoder.end_due = true;
        Some(FrameEvent::Header { header, len, offset: decoder.offset - len as u64 })
    }
}

impl core::iter::FusedIterator for FrameEvents<'_, '_> {}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::frame::{LengthForm, Opcode};

    /// Header, where it began, payload, whether the end was seen.
    type Seen = Vec<(FrameHeader, usize, u64, Vec<u8>, bool)>;

    fn frames<'a>(pieces: impl IntoIterator<Item = &'a mut [u8]>) -> Seen {
        let mut decoder = FrameDecoder::new();
        let mut seen = Seen::new();
        for piece in pieces {
            for event in decoder.decode(piece) {
                match event {
                    FrameEvent::Header { header, len, offset } => {
                        seen.push((header, len, offset, vec![], false));
                    }
                    FrameEvent::Payload { octets, position } => {
                        let (.., payload, _) = seen.last_mut().unwrap();
                        assert_eq!(position, payload.len() as u64);
                        assert!(!octets.is_empty());
                        payload.extend_from_slice(octets);
                    }
                    FrameEvent::End => seen.last_mut().unwrap().4 = true,
                }
            }
        }
        seen
    }

    #[test]
    fn every_pair_of_cuts_gives_the_same_frames() {
        let mut wire = Vec::new();
        let mut want = Seen::new();
        for (form, mask, len) in [
            (LengthForm::Bits7, Some([1, 2, 3, 4]), 5),
            (LengthForm::Bits64, None, 3),
            (LengthForm::Bits16, Some([9, 8, 7, 6]), 0),
            (LengthForm::Bits64, Some([5, 6, 7, 8]), 9),
        ] {
            let header = FrameHeader { mask, rsv: 3, ..FrameHeader::new(Opcode::new(0xb), len as u64) };
            let payload: Vec<u8> = (0..len).collect();
            let octets = header.encode_as(form).unwrap();
            want.push((header, octets.len(), wire.len() as u64, payload.clone(), true));
            wire.extend_from_slice(&octets);
            let start = wire.len();
            wire.extend_from_slice(&payload);
            mask::apply(mask.unwrap_or_default(), 0, &mut wire[start..]);
        }
        assert_eq!(frames(wire.clone().chunks_mut(1)), want);
        for first in 0..=wire.len() {
            for second in (first..=wire.len()).step_by(if cfg!(miri) { 11 } else { 1 }) {
                let mut wire = wire.clone();
                let (head, tail) = wire.split_at_mut(second);
                let (head, middle) = head.split_at_mut(first);
                assert_eq!(frames([head, middle, tail]), want, "{first} {second}");
            }
        }
    }

    #[test]
    fn a_huge_announcement_costs_nothing() {
        let mut wire = *b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xffab";
        let mut decoder = FrameDecoder::new();
        assert_eq!(decoder.decode(&mut wire).count(), 2);
        assert_eq!(decoder.remaining(), u64::MAX - 2);
        assert!(!decoder.is_between_frames());
    }

    #[test]
    fn what_was_not_taken_is_handed_back() {
        let mut wire = *b"\x81\x01a\x81";
        let mut decoder = FrameDecoder::new();
        let mut events = decoder.decode(&mut wire);
        events.next();
        assert_eq!(events.into_rest(), b"a\x81");
        assert_eq!(decoder.offset(), 2);
    }
}
