//! The fast path for frames that lie in the input as a whole, as nearly all do.

use core::mem::take;

use super::FrameDecoder;
use crate::frame::{MAX_HEADER_LEN, mask};

impl FrameDecoder {
    /// Cuts a frame off `input` that is there as a whole and has a header of the usual kind: masked or not as told, a
    /// minimal length below 64 Ki and at most `max`. The payload, unmasked; or `None`, with nothing changed.
    #[inline]
    pub(crate) fn take_whole_frame<'b>(
        &mut self,
        input: &mut &'b mut [u8],
        masked: bool,
        max: u64,
    ) -> Option<&'b mut [u8]> {
        let (payload_at, len) = self.usual_frame(input, masked, max)?;
        let (frame, rest) = take(input).split_at_mut(payload_at + len);
        *input = rest;
        self.offset += frame.len() as u64;
        let (header, payload) = frame.split_at_mut(payload_at);
        if masked && let Some(key) = header.last_chunk() {
            mask::apply(*key, 0, payload);
        }
        Some(payload)
    }

    /// As [`take_whole_frame`](Self::take_whole_frame), of any length, from input that cannot be written to: the key, if
    /// masked, and the payload as it is.
    #[inline]
    pub(crate) fn take_whole_shared_frame<'b>(
        &mut self,
        input: &mut &'b [u8],
        masked: bool,
        max: u64,
    ) -> Option<(Option<[u8; 4]>, &'b [u8])> {
        let usual = self.usual_frame(input, masked, max);
        let (payload_at, len) = if usual.is_none() { self.long_frame(input, masked, max)? } else { usual? };
        let (frame, rest) = input.split_at(payload_at + len);
        *input = rest;
        self.offset += frame.len() as u64;
        let (header, payload) = frame.split_at(payload_at);
        Some((if masked { header.last_chunk().copied() } else { None }, payload))
    }

    /// Where the payload begins and how long it is, of a frame that `input` has as a whole and whose length is minimal,
    /// below 64 Ki and at most `max`.
    #[inline(always)]
    fn usual_frame(&self, input: &[u8], masked: bool, max: u64) -> Option<(usize, usize)> {
        let &[_, second, third, fourth, ..] = input else { return None };
        if (second & 0x80 != 0) != masked || self.spilled != 0 {
            return None;
        }
        let (len, key_at) = match second & 0x7f {
            126 => match u16::from_be_bytes([third, fourth]) {
                0..126 => return None,
                len => (usize::from(len), 4),
            },
            127 => return None,
            len => (usize::from(len), 2),
        };
        let payload_at = key_at + if masked { 4 } else { 0 };
        (input.len() >= payload_at + len && len as u64 <= max).then_some((payload_at, len))
    }

    /// As [`usual_frame`](Self::usual_frame), for lengths from 64 Ki on.
    fn long_frame(&self, input: &[u8], masked: bool, max: u64) -> Option<(usize, usize)> {
        let (&[_, second], rest) = input.split_first_chunk()?;
        if second != (if masked { 0xff } else { 0x7f }) || self.spilled != 0 {
            return None;
        }
        let len = u64::from_be_bytes(*rest.first_chunk()?);
        let payload_at = if masked { MAX_HEADER_LEN } else { MAX_HEADER_LEN - 4 };
        let there = input.len().checked_sub(payload_at)?;
        // At most `there`, so it fits a `usize`.
        (len > 0xffff && len <= max && len <= there as u64).then_some((payload_at, len as usize))
    }
}
