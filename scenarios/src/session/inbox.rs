//! Reads frames as Autobahn reads them: a frame that breaks a rule is reported and then read on as if it were legal.
//!
//! That is not how a library should read (`wsproof_core::connection` stops at the first violation), but verdicts
//! count how often a testee broke the rules, so this must be told apart as Autobahn does.

use wsproof_core::Role;
use wsproof_core::deflate::{InflateError, Inflater};
use wsproof_core::frame::{FrameHeader, LengthForm, MAX_HEADER_LEN, Opcode, Parsed, mask};
use wsproof_core::utf8::Utf8Validator;

use crate::transcript::Excerpt;

/// No more octets of a control frame are kept than this; the rest is counted.
const MAX_CONTROL_KEPT: usize = 1 << 16;

/// What the reader tells the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// More octets are needed.
    Nothing,
    /// The testee broke a rule of framing: fail with code 1002.
    Violation(&'static str),
    /// A text is not UTF-8: fail with code 1007.
    InvalidText,
    /// A compressed payload is no DEFLATE data: nothing more can be read.
    NotDeflate,
    /// A frame is complete.
    FrameEnd,
}

/// A frame that is being read.
#[derive(Debug)]
pub(super) struct InFrame {
    pub(super) header: FrameHeader,
    /// Octets of its payload read so far. At most `header.payload_len`.
    read: u64,
    /// A control frame's payload, or the first octets of a data frame's.
    kept: Vec<u8>,
}

impl InFrame {
    pub(super) fn excerpt(&self) -> Excerpt {
        Excerpt { len: self.read, head: self.kept[..self.kept.len().min(Excerpt::MAX)].to_vec() }
    }

    /// The payload of a control frame.
    pub(super) fn payload(&self) -> &[u8] {
        &self.kept
    }
}

/// A data message that is being read.
#[derive(Debug)]
pub(super) struct InMessage {
    pub(super) binary: bool,
    /// It came with RSV1: its octets are inflated.
    pub(super) compressed: bool,
    /// Octets so far, inflated.
    pub(super) len: u64,
    /// Octets of payload so far, as they came.
    pub(super) wire_len: u64,
    /// Its end was taken out of the inflater.
    ended: bool,
    /// Whether it ended inside a DEFLATE block.
    pub(super) truncated: bool,
    /// The first of them.
    pub(super) kept: Vec<u8>,
    text: Option<Utf8Validator>,
}

impl InMessage {
    /// Takes octets of the message.
    fn take(&mut self, octets: &[u8], max_kept: usize, on_payload: &mut impl FnMut(u64, &[u8])) -> Heard {
        on_payload(self.len, octets);
        self.len += octets.len() as u64;
        keep(&mut self.kept, octets, max_kept);
        if self.text.as_mut().is_some_and(|text| text.feed(octets).is_err()) {
            return Heard::InvalidText;
        }
        Heard::Nothing
    }

    /// Takes compressed octets of the message; without any, what was held back at its end.
    fn inflate(
        &mut self,
        inflater: &mut Inflater,
        mut octets: Option<&[u8]>,
        inflated: &mut u64,
        max_kept: usize,
        on_payload: &mut impl FnMut(u64, &[u8]),
    ) -> Heard {
        let mut heard = Heard::Nothing;
        loop {
            let step = match &mut octets {
                Some(octets) => inflater.inflate(octets),
                None => inflater.finish(),
            };
            let output = inflater.output();
            *inflated += output.len() as u64;
            let made = self.take(output, max_kept, on_payload);
            if made != Heard::Nothing {
                heard = made;
            }
            match step {
                Ok(0) if octets.is_none_or(<[u8]>::is_empty) => return heard,
                Ok(_) => {}
                // Autobahn does not notice, and takes the message as far as it came.
                Err(InflateError::Truncated) => {
                    self.truncated = true;
                    return heard;
                }
                Err(_) => return Heard::NotDeflate,
            }
        }
    }

    /// Whether what was kept of it could be the beginning of a text.
    pub(super) fn starts_like_text(&self) -> bool {
        Utf8Validator::new().feed(&self.kept).is_ok()
    }

    /// The whole message, if it was short enough to be kept.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        (self.kept.len() as u64 == self.len).then_some(&self.kept)
    }
}

/// Reads the testee's frames.
#[derive(Debug)]
pub(super) struct Inbox {
    role: Role,
    /// Octets of a header that is not complete.
    spill: Vec<u8>,
    frame: Option<InFrame>,
    message: Option<InMessage>,
    /// Violations found in the header at hand that were not told yet, in reverse order.
    faults: Vec<&'static str>,
    /// No more octets of a message are kept than this; the rest is counted.
    max_kept: usize,
    /// What inflates messages, if permessage-deflate was agreed.
    inflater: Option<Box<Inflater>>,
    /// Octets that were inflated and not told of yet.
    inflated: u64,
}

/// The bit of a frame's first octet that tells of a compressed message (RFC 7692 §6).
const RSV1: u8 = 0x40;

impl Inbox {
    /// Reads as this endpoint: a server wants masked frames, a client unmasked ones.
    pub(super) fn new(role: Role, max_kept: usize) -> Self {
        Self {
            role,
            spill: Vec::new(),
            frame: None,
            message: None,
            faults: Vec::new(),
            max_kept,
            inflater: None,
            inflated: 0,
        }
    }

    /// Reads compressed messages from now on; `takeover` says whether they may refer to those before them.
    pub(super) fn inflate(&mut self, takeover: bool) {
        self.inflater = Some(Box::new(Inflater::new(takeover)));
    }

    /// No more octets of a message are kept than this.
    pub(super) fn max_kept(&self) -> usize {
        self.max_kept
    }

    /// Octets that were inflated since this was asked last.
    pub(super) fn take_inflated(&mut self) -> u64 {
        std::mem::take(&mut self.inflated)
    }

    /// The frame that [`Heard::FrameEnd`] told of.
    pub(super) fn take_frame(&mut self) -> Option<InFrame> {
        self.frame.take()
    }

    /// Ends the message: its final frame is complete. Answers whether its text, if it is one, is good to the end.
    pub(super) fn text_is_complete(&mut self) -> bool {
        self.message
            .as_mut()
            .and_then(|message| message.text.as_mut())
            .is_none_or(|text| text.finish().is_ok())
    }

    pub(super) fn take_message(&mut self) -> Option<InMessage> {
        self.message.take()
    }

    /// Reads on until there is something to tell. `octets` is advanced past what was read.
    ///
    /// `on_payload` sees each piece of a data message's payload, unmasked.
    pub(super) fn read(&mut self, octets: &mut &mut [u8], mut on_payload: impl FnMut(u64, &[u8])) -> Heard {
        loop {
            if let Some(fault) = self.faults.pop() {
                return Heard::Violation(fault);
            }
            if self.frame.is_none() {
                match self.read_header(octets) {
                    Some(()) => {
                        if let Some(fault) = self.faults.pop() {
                            return Heard::Violation(fault);
                        }
                    }
                    None => match self.faults.pop() {
                        Some(fault) => return Heard::Violation(fault),
                        None => return Heard::Nothing,
                    },
                }
            }
            let Some(frame) = &mut self.frame else { return Heard::Nothing };
            let left = frame.header.payload_len - frame.read;
            if left == 0 {
                if frame.header.fin
                    && !frame.header.opcode.is_control()
                    && let Some(message) =
                        self.message.as_mut().filter(|message| message.compressed && !message.ended)
                    && let Some(inflater) = &mut self.inflater
                {
                    message.ended = true;
                    let heard =
                        message.inflate(inflater, None, &mut self.inflated, self.max_kept, &mut on_payload);
                    if heard != Heard::Nothing {
                        return heard;
                    }
                }
                return Heard::FrameEnd;
            }
            if octets.is_empty() {
                return Heard::Nothing;
            }
            let n = left.min(octets.len() as u64) as usize;
            let (piece, rest) = std::mem::take(octets).split_at_mut(n);
            *octets = rest;
            if let Some(key) = frame.header.mask {
                mask::apply(key, frame.read, piece);
            }
            frame.read += n as u64;
            if frame.header.opcode.is_control() {
                keep(&mut frame.kept, piece, MAX_CONTROL_KEPT);
                continue;
            }
            keep(&mut frame.kept, piece, Excerpt::MAX);
            if let Some(message) = &mut self.message {
                message.wire_len += n as u64;
                let heard = match &mut self.inflater {
                    Some(inflater) if message.compressed => message.inflate(
                        inflater,
                        Some(piece),
                        &mut self.inflated,
                        self.max_kept,
                        &mut on_payload,
                    ),
                    _ => message.take(piece, self.max_kept, &mut on_payload),
                };
                if heard != Heard::Nothing {
                    return heard;
                }
            }
        }
    }

    /// Takes a header off the octets. While it is incomplete its first octets are judged anew at each read, as Autobahn
    /// does: a wrong header that arrives in two reads counts twice.
    fn read_header(&mut self, octets: &mut &mut [u8]) -> Option<()> {
        let before = self.spill.len();
        let take = octets.len().min(MAX_HEADER_LEN - before);
        if take == 0 {
            return None;
        }
        self.spill.extend_from_slice(&octets[..take]);
        if self.spill.len() >= 2 {
            self.judge_first_octets(self.spill[0], self.spill[1]);
        }
        let Parsed::Complete { header, len } = FrameHeader::parse(&self.spill) else {
            *octets = &mut std::mem::take(octets)[take..];
            return None;
        };
        *octets = &mut std::mem::take(octets)[len - before..];
        self.spill.clear();
        let form = header.length_form(len);
        if form != LengthForm::minimal(header.payload_len) {
            self.faults.insert(0, "the payload length is not in its shortest form");
        }
        if header.payload_len > i64::MAX as u64 {
            self.faults.insert(0, "the top bit of the 64-bit payload length is set");
        }
        if !header.opcode.is_control() && self.message.is_none() {
            self.message = Some(InMessage {
                binary: header.opcode == Opcode::BINARY,
                compressed: self.inflater.is_some() && header.rsv == RSV1 >> 4,
                len: 0,
                wire_len: 0,
                ended: false,
                truncated: false,
                kept: Vec::new(),
                text: (header.opcode == Opcode::TEXT).then(Utf8Validator::new),
            });
        }
        self.frame = Some(InFrame { header, read: 0, kept: Vec::new() });
        Some(())
    }

    /// Judges what the first two octets of a header tell, in Autobahn's order.
    fn judge_first_octets(&mut self, first: u8, second: u8) {
        let opcode = Opcode::new(first & 15);
        let (fin, masked, length) = (first & 0x80 != 0, second & 0x80 != 0, second & 0x7f);
        let in_message = self.message.is_some();
        let compression = self.inflater.is_some();
        let rules = [
            (
                first & 0x70 != 0 && !(compression && first & 0x70 == RSV1),
                if compression {
                    "a reserved bit is set that permessage-deflate does not use"
                } else {
                    "a reserved bit is set and no extension was negotiated"
                },
            ),
            (self.role == Role::Server && !masked, "a client's frame is not masked"),
            (self.role == Role::Client && masked, "a server's frame is masked"),
            (opcode.is_control() && !fin, "a control frame is fragmented"),
            (opcode.is_control() && length > 125, "a control frame's payload is longer than 125 octets"),
            (opcode.is_reserved(), "the opcode is reserved"),
            (opcode == Opcode::CLOSE && length == 1, "a close frame's payload has one octet"),
            (opcode == Opcode::CONTINUATION && !in_message, "a continuation frame continues nothing"),
            (
                !opcode.is_control() && opcode != Opcode::CONTINUATION && in_message,
                "a new message begins inside a fragmented one",
            ),
            (
                compression
                    && first & 0x70 == RSV1
                    && (opcode.is_control() || opcode == Opcode::CONTINUATION),
                "RSV1 is set on a control or continuation frame",
            ),
        ];
        self.faults = rules.into_iter().rev().filter_map(|(broken, rule)| broken.then_some(rule)).collect();
    }
}

fn keep(kept: &mut Vec<u8>, piece: &[u8], max: usize) {
    let room = max.saturating_sub(kept.len());
    kept.extend_from_slice(&piece[..piece.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(inbox: &mut Inbox, octets: &[u8]) -> Vec<Heard> {
        let mut octets = octets.to_vec();
        let mut rest = &mut octets[..];
        let mut heard = Vec::new();
        loop {
            match inbox.read(&mut rest, |_, _| ()) {
                Heard::Nothing => return heard,
                what => {
                    heard.push(what);
                    if what == Heard::FrameEnd && inbox.take_frame().is_some_and(|f| f.header.fin) {
                        inbox.take_message();
                    }
                }
            }
        }
    }

    #[test]
    fn two_faults_in_one_header_are_two() {
        let mut inbox = Inbox::new(Role::Client, 100);
        let heard = hear(&mut inbox, &[0xf3, 0x00]);
        assert!(
            matches!(heard[..], [Heard::Violation(_), Heard::Violation(_), Heard::FrameEnd]),
            "{heard:?}"
        );
    }

    #[test]
    fn a_wrong_header_in_two_reads_counts_twice() {
        let mut inbox = Inbox::new(Role::Client, 100);
        assert_eq!(hear(&mut inbox, &[0xc1, 126]).len(), 1);
        let heard = hear(&mut inbox, &[0, 126]);
        assert!(matches!(heard[..], [Heard::Violation(_)]), "{heard:?}");
    }

    #[test]
    fn a_bad_text_is_told_at_each_piece_and_at_its_end() {
        let mut inbox = Inbox::new(Role::Client, 100);
        assert_eq!(hear(&mut inbox, &[0x81, 3, 0xff]), [Heard::InvalidText]);
        assert_eq!(hear(&mut inbox, b"a"), [Heard::InvalidText]);
    }

    #[test]
    fn lengths_are_wanted_in_their_shortest_form() {
        for wire in [
            &[0x82, 126, 0, 125][..],
            &[0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255],
            &[0x82, 127, 128, 0, 0, 0, 0, 0, 0, 0],
        ] {
            let heard = hear(&mut Inbox::new(Role::Client, 100), wire);
            assert!(matches!(heard[..], [Heard::Violation(_)]), "{wire:?} {heard:?}");
        }
    }
}
