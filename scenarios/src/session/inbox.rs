//! Reads frames as Autobahn reads them: a frame that breaks a rule is reported and then read on as if it were legal.
//!
//! That is not how a library should read (`wsproof_core::connection` stops at the first violation), but verdicts
//! count how often a testee broke the rules, so this must be told apart as Autobahn does.

use wsproof_core::deflate::{InflateError, Inflater, Sending, TooFarBack};
use wsproof_core::frame::{FrameHeader, LengthForm, MAX_HEADER_LEN, Opcode, Parsed, mask};
use wsproof_core::utf8::Utf8Validator;
use wsproof_core::{Role, Violation, ViolationKind};

use crate::transcript::Excerpt;

/// No more octets of a control frame are kept than this; the rest is counted.
const MAX_CONTROL_KEPT: usize = 1 << 16;

/// What the reader tells the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// More octets are needed.
    Nothing,
    /// The testee broke a rule. After [`ViolationKind::NotDeflate`] nothing more can be read; all else is read on.
    Violation(Violation),
    /// A compressed message refers further back than was agreed; the octets that it was made from begin at this place.
    TooFarBack(TooFarBack, u64),
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
    /// Takes octets of the message. `at` is the place of the first of them in the testee's stream; of inflated ones, that
    /// of the compressed octets which they were made from.
    fn take(
        &mut self,
        octets: &[u8],
        at: u64,
        max_kept: usize,
        on_payload: &mut impl FnMut(u64, &[u8]),
    ) -> Heard {
        let before = self.len;
        on_payload(before, octets);
        self.len += octets.len() as u64;
        keep(&mut self.kept, octets, max_kept);
        match self.text.as_mut().map(|text| text.feed(octets)) {
            Some(Err(error)) => {
                let into = if self.compressed { 0 } else { error.offset.saturating_sub(before) };
                Heard::Violation(ViolationKind::TextNotUtf8.at(at + into))
            }
            _ => Heard::Nothing,
        }
    }

    /// Takes compressed octets of the message; without any, what was held back at its end.
    fn inflate(
        &mut self,
        inflater: &mut Inflater,
        mut octets: Option<&[u8]>,
        at: u64,
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
            let made = self.take(output, at, max_kept, on_payload);
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
                Err(InflateError::TooFarBack(fault)) => {
                    heard = Heard::TooFarBack(fault, at);
                    if matches!(fault, TooFarBack::Message { .. }) {
                        return heard;
                    }
                }
                Err(_) => return Heard::Violation(ViolationKind::NotDeflate.at(at)),
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
    faults: Vec<Violation>,
    /// Octets of the testee's stream that were read, from the first after its part of the opening handshake.
    position: u64,
    /// No more octets of a message are kept than this; the rest is counted.
    max_kept: usize,
    /// What inflates messages, if permessage-deflate was agreed.
    inflater: Option<Box<Inflater>>,
    /// Octets that were inflated and not told of yet.
    inflated: u64,
    /// Data messages so far.
    messages: u64,
    /// References that reach too far back.
    too_far: Option<TooFar>,
}

/// Messages that refer further back than was agreed.
#[derive(Debug, Clone, Copy)]
pub(super) struct TooFar {
    /// The first such message of the testee, counted from 1.
    pub(super) message: u64,
    /// The octet of it, inflated, for which the reference stands.
    pub(super) octet: u64,
    /// How many messages more there are of that kind.
    pub(super) others: u64,
}

/// RSV1, which tells of a compressed message, in the three RSV bits (RFC 7692 §6).
const RSV1: u8 = 4;

impl Inbox {
    /// Reads as this endpoint: a server wants masked frames, a client unmasked ones.
    pub(super) fn new(role: Role, max_kept: usize) -> Self {
        Self {
            role,
            spill: Vec::new(),
            frame: None,
            message: None,
            faults: Vec::new(),
            position: 0,
            max_kept,
            inflater: None,
            inflated: 0,
            messages: 0,
            too_far: None,
        }
    }

    /// Reads compressed messages from now on, of a sender that agreed to this.
    pub(super) fn inflate(&mut self, agreed: Sending) {
        self.inflater = Some(Box::new(Inflater::new(agreed)));
    }

    /// The messages that refer further back than was agreed.
    pub(super) fn too_far(&self) -> Option<TooFar> {
        self.too_far
    }

    /// Counts a message that refers too far back. Only its first such reference is ever heard of.
    fn count_too_far(&mut self, heard: Heard) {
        let Heard::TooFarBack(fault, _) = heard else { return };
        match &mut self.too_far {
            Some(too_far) => too_far.others += 1,
            None => self.too_far = Some(TooFar { message: self.messages, octet: fault.octet(), others: 0 }),
        }
    }

    /// No more octets of a message are kept than this.
    pub(super) fn max_kept(&self) -> usize {
        self.max_kept
    }

    /// The place in the testee's stream of the octet that is read next.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The octet that is read next is the first of a frame.
    pub(super) fn is_between_frames(&self) -> bool {
        self.frame.is_none() && self.spill.is_empty() && self.faults.is_empty()
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
                    let heard = message.inflate(
                        inflater,
                        None,
                        self.position,
                        &mut self.inflated,
                        self.max_kept,
                        &mut on_payload,
                    );
                    if heard != Heard::Nothing {
                        self.count_too_far(heard);
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
            let at = self.position;
            self.position += n as u64;
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
                        at,
                        &mut self.inflated,
                        self.max_kept,
                        &mut on_payload,
                    ),
                    _ => message.take(piece, at, self.max_kept, &mut on_payload),
                };
                if heard != Heard::Nothing {
                    self.count_too_far(heard);
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
        let start = self.position - before as u64;
        if self.spill.len() >= 2 {
            self.judge_first_octets(self.spill[0], self.spill[1], start);
        }
        let Parsed::Complete { header, len } = FrameHeader::parse(&self.spill) else {
            *octets = &mut std::mem::take(octets)[take..];
            self.position += take as u64;
            return None;
        };
        *octets = &mut std::mem::take(octets)[len - before..];
        self.position += (len - before) as u64;
        self.spill.clear();
        if header.length_form(len) != LengthForm::minimal(header.payload_len) {
            self.faults.insert(0, ViolationKind::LengthNotMinimal.at(start + 2));
        }
        if header.payload_len > i64::MAX as u64 {
            self.faults.insert(0, ViolationKind::LengthTopBit.at(start + 2));
        }
        if !header.opcode.is_control() && self.message.is_none() {
            self.messages += 1;
            self.message = Some(InMessage {
                binary: header.opcode == Opcode::BINARY,
                compressed: self.inflater.is_some() && header.rsv == RSV1,
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

    /// Judges what the first two octets of a header tell, in Autobahn's order. `start` is the place of the first.
    fn judge_first_octets(&mut self, first: u8, second: u8, start: u64) {
        use ViolationKind as Kind;
        let opcode = Opcode::new(first & 15);
        let (fin, masked, length) = (first & 0x80 != 0, second & 0x80 != 0, second & 0x7f);
        let in_message = self.message.is_some();
        let rsv = (first >> 4) & 7;
        let compression = self.inflater.is_some();
        let compressed = compression && rsv == RSV1;
        let rules = [
            (rsv != 0 && !compressed, Kind::ReservedBits(if compression { rsv & !RSV1 } else { rsv }), 0),
            (self.role == Role::Server && !masked, Kind::UnmaskedFrame, 1),
            (self.role == Role::Client && masked, Kind::MaskedFrame, 1),
            (opcode.is_control() && !fin, Kind::FragmentedControl(opcode), 0),
            (opcode.is_control() && length > 125, Kind::ControlTooLong(opcode), 1),
            (opcode.is_reserved(), Kind::ReservedOpcode(opcode), 0),
            (opcode == Opcode::CLOSE && length == 1, Kind::CloseOneOctet, 1),
            (opcode == Opcode::CONTINUATION && !in_message, Kind::UnexpectedContinuation, 0),
            (
                !opcode.is_control() && opcode != Opcode::CONTINUATION && in_message,
                Kind::ExpectedContinuation(opcode),
                0,
            ),
            (
                compressed && (opcode.is_control() || opcode == Opcode::CONTINUATION),
                Kind::ReservedBits(RSV1),
                0,
            ),
        ];
        let broken = rules.into_iter().rev().filter(|(broken, ..)| *broken);
        self.faults = broken.map(|(_, kind, at)| kind.at(start + at)).collect();
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
        let invalid = [Heard::Violation(ViolationKind::TextNotUtf8.at(2))];
        assert_eq!(hear(&mut inbox, &[0x81, 3, 0xff]), invalid);
        assert!(matches!(hear(&mut inbox, b"a")[..], [Heard::Violation(_)]));
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
