//! One end's octets after the handshake: frames, judged one by one.
//!
//! A library stops at the first violation. Here it is recorded and reading goes on, because what follows is of interest.
//! `places` skips octets that are missing from the capture, or that are not frames.

mod places;

use wsproof_core::close::ClosePayload;
use wsproof_core::deflate::{InflateError, Inflater};
use wsproof_core::frame::{FrameDecoder, FrameHeader, Opcode};
use wsproof_core::rules::{self, HeaderRules};
use wsproof_core::utf8::{Utf8Error, Utf8Validator};
use wsproof_core::{Count, ViolationKind};

use crate::budget::{Budget, MAX_INFLATED, MAX_LISTED};
use crate::model::{Connection, Finding, Frame, Message, Sender};
use crate::stray::Chunks;
use places::Place;

/// RSV1 tells of a compressed message (RFC 7692 §6).
const RSV1: u8 = 4;

/// The octets that one end sends.
pub(crate) struct Stream {
    sender: Sender,
    decoder: FrameDecoder,
    rules: HeaderRules,
    /// permessage-deflate was agreed on.
    deflate: bool,
    /// None without that, and once what comes cannot be inflated any more.
    inflater: Option<Inflater>,
    /// The frame that is arriving: its index.
    frame: usize,
    /// The message that is in progress.
    message: Option<Open>,
    /// How many messages began.
    messages: u64,
    /// A close frame has come: nothing may follow (RFC 6455 §5.5.1).
    closed: bool,
    budget: Budget,
    /// What comes is not listed any more: the list is full.
    full: bool,
    /// Octets of the frames that were taken as excerpts.
    told: u64,
    /// Where in the sender's octets the decoder began.
    base: u64,
    place: Place,
    /// Frames come in the chunked transfer coding.
    chunks: Option<Chunks>,
    /// What was agreed on is not known, or what was said before: a message that cannot be inflated breaks no rule.
    presumed: bool,
    /// The message in progress may have begun before what is known.
    within: bool,
    /// Octets that were passed over since no frame was seen to begin in them.
    passed_over: u64,
    /// Octets that are not in the capture, and how often that went beyond a payload.
    missing: u64,
    gaps: u64,
    /// Nothing more comes.
    at_end: bool,
    /// That a length was read otherwise than it is written was told.
    told_meaning: bool,
}

/// A message in progress.
struct Open {
    index: usize,
    sender: Sender,
    /// The sender's first message is 1.
    number: u64,
    text: Option<Utf8Validator>,
    compressed: bool,
    /// It broke a rule that makes the rest meaningless.
    spoilt: bool,
    /// Octets of it are not in the capture.
    maimed: bool,
}

impl Stream {
    /// `inflater` if the sender may compress.
    pub(crate) fn new(sender: Sender, inflater: Option<Inflater>, budget: Budget) -> Self {
        let mut rules = HeaderRules::new(sender.receiver());
        rules.allowed_rsv = if inflater.is_some() { RSV1 } else { 0 };
        Self {
            sender,
            decoder: FrameDecoder::new(),
            rules,
            deflate: inflater.is_some(),
            inflater,
            frame: 0,
            message: None,
            messages: 0,
            closed: false,
            budget,
            full: false,
            told: 0,
            base: 0,
            place: Place::Frames,
            chunks: None,
            presumed: false,
            within: false,
            passed_over: 0,
            missing: 0,
            gaps: 0,
            at_end: false,
            told_meaning: false,
        }
    }

    /// Takes a frame of which the capture has the header's facts and the payload's first octets, unmasked.
    pub(crate) fn take_excerpt(&mut self, connection: &mut Connection, header: &FrameHeader, begin: &[u8]) {
        if self.full || connection.frames.len() >= MAX_LISTED {
            self.full = true;
            return;
        }
        let len = header.encoded_len();
        self.header(connection, header, len, self.told, None);
        self.told += len as u64 + header.payload_len;
        self.payload(connection, begin, 0);
        let whole = begin.len() as u64 == header.payload_len;
        if let Some(open) = self.message.as_mut().filter(|_| !whole && header.opcode.is_data()) {
            // What is not there can be neither inflated nor judged.
            open.spoilt = true;
        }
        self.end(connection);
    }

    /// The capture ends.
    pub(crate) fn finish(&mut self, connection: &mut Connection) {
        if self.full {
            return;
        }
        self.settle(connection);
        let sender = name(self.sender);
        if self.missing > 0 {
            let (missing, gaps) = (self.missing, self.gaps);
            let beyond = match gaps {
                0 => String::new(),
                _ => format!(
                    ", with headers in {}; frames are read again from the next segment that begins with one",
                    Count(gaps, "gap")
                ),
            };
            let octets = Count(missing, "octet");
            let are = octets.verb("is", "are");
            connection.notes.push(format!("{octets} of the {sender} {are} not in the capture{beyond}"));
        }
        if self.passed_over > 0 {
            let octets = Count(self.passed_over, "octet");
            let were = octets.verb("was", "were");
            connection.notes.push(format!(
                "{octets} of the {sender} {were} passed over, since no frame was seen to begin there"
            ));
        }
        if matches!(self.place, Place::Over) {
            return;
        }
        if let Place::Maimed(missing) = self.place {
            connection.notes.push(format!(
                "the {sender}'s last frame is cut off: it lacks {} more at its end",
                Count(missing, "octet")
            ));
        } else if !self.decoder.partial_header().is_empty() {
            connection.notes.push(format!("the {sender}'s octets end inside a frame header"));
        } else if self.decoder.remaining() > 0 {
            let octets = Count(self.decoder.remaining(), "octet");
            let are = octets.verb("is", "are");
            connection
                .notes
                .push(format!("the {sender}'s last frame is cut off: {octets} of it {are} missing"));
        }
    }

    fn header(
        &mut self,
        connection: &mut Connection,
        header: &FrameHeader,
        len: usize,
        offset: u64,
        time_us: Option<u64>,
    ) {
        let goes_on = self.within && header.opcode == Opcode::CONTINUATION;
        self.within &= !header.opcode.is_data() || goes_on && !header.fin;
        self.rules.in_message = self.message.is_some() || goes_on;
        let mut frame = Frame {
            time_us,
            sender: self.sender,
            offset,
            header_len: len,
            fin: header.fin,
            rsv: header.rsv,
            opcode: header.opcode.get(),
            mask: header.mask,
            announced: header.payload_len,
            payload: Vec::new(),
            message: None,
            violations: Vec::new(),
        };
        if let Err(fault) = self.rules.judge(header, len) {
            frame.violations.push(fault.kind.at(offset + fault.at).into());
        }
        if self.closed {
            frame.violations.push(Finding {
                text: "a frame after the close frame".to_owned(),
                clause: "RFC 6455 §5.5.1".to_owned(),
                offset: Some(offset),
                close_code: None,
            });
        }
        if matches!(header.opcode, Opcode::TEXT | Opcode::BINARY) {
            self.begin(connection, header, time_us);
        }
        if header.opcode.is_data() {
            frame.message = self.message.as_ref().map(|message| message.index);
        }
        self.frame = connection.frames.len();
        connection.frames.push(frame);
    }

    fn begin(&mut self, connection: &mut Connection, header: &FrameHeader, time_us: Option<u64>) {
        let binary = header.opcode == Opcode::BINARY;
        let compressed = header.rsv & RSV1 != 0 && self.deflate;
        let text = (!binary).then(Utf8Validator::new);
        self.messages += 1;
        self.message = Some(Open {
            index: connection.messages.len(),
            sender: self.sender,
            number: self.messages,
            text,
            compressed,
            spoilt: compressed && self.inflater.is_none(),
            maimed: false,
        });
        connection.messages.push(Message {
            time_us,
            sender: self.sender,
            binary,
            compressed,
            octets: Vec::new(),
            len: 0,
            wire_len: 0,
            complete: false,
        });
    }

    fn payload(&mut self, connection: &mut Connection, octets: &[u8], position: u64) {
        let frame = &mut connection.frames[self.frame];
        self.budget.keep(&mut frame.payload, octets);
        let Some(open) = self.message.as_mut().filter(|_| frame.message.is_some()) else { return };
        let at = frame.offset + frame.header_len as u64;
        let message = &mut connection.messages[open.index];
        message.wire_len += octets.len() as u64;
        let fault = match &mut self.inflater {
            Some(inflater) if open.compressed => {
                let faults = inflate(inflater, open, message, &self.budget, Some(octets), at);
                // What it refers to may have been said before the capture began.
                if !self.presumed {
                    frame.violations.extend(faults);
                }
                None
            }
            _ if open.compressed => None,
            _ => {
                let before = message.len;
                message.len += octets.len() as u64;
                self.budget.keep(&mut message.octets, octets);
                open.text(octets).map(|error| {
                    // The octet in the text, as an octet of this frame.
                    ViolationKind::TextNotUtf8.at(at + position + error.offset.saturating_sub(before))
                })
            }
        };
        frame.violations.extend(fault.filter(|_| !(self.presumed && open.compressed)).map(Into::into));
    }

    fn end(&mut self, connection: &mut Connection) {
        let frame = &mut connection.frames[self.frame];
        let at = frame.offset + frame.header_len as u64;
        if frame.opcode == Opcode::CLOSE.get() {
            self.closed = true;
            // One octet alone was told of by the header.
            if frame.is_complete()
                && frame.payload.len() > 1
                && let Err(error) = ClosePayload::parse(match frame.payload.len() {
                    // That it is too long was told of by the header too.
                    126.. => &frame.payload[..2],
                    _ => &frame.payload,
                })
            {
                let fault = rules::close_fault(error);
                frame.violations.push(fault.kind.at(at + fault.at).into());
            }
        }
        if frame.message.is_none() || !frame.fin {
            return;
        }
        let Some(mut open) = self.message.take() else { return };
        let message = &mut connection.messages[open.index];
        message.complete = !open.maimed;
        let mut faults: Vec<Finding> = Vec::new();
        if let Some(inflater) = self.inflater.as_mut().filter(|_| open.compressed) {
            faults.extend(inflate(inflater, &mut open, message, &self.budget, None, at));
        }
        if open.text.as_mut().is_some_and(|text| text.finish().is_err()) && !open.spoilt {
            faults.push(ViolationKind::TextTruncated.at(at + frame.announced).into());
        }
        if !(self.presumed && open.compressed) {
            frame.violations.extend(faults);
        }
        if open.spoilt && open.compressed && self.inflater.is_some() {
            // What comes next may refer to what was not understood.
            self.inflater = None;
            let why = match self.presumed {
                true => {
                    "what a compressed message refers to is not in the capture: from there on they are not inflated"
                }
                false => "after this fault compressed messages are not inflated any more",
            };
            connection.notes.push(why.to_owned());
        }
    }
}

fn name(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    }
}

impl Open {
    /// Validates a piece, unless a fault was told already.
    fn text(&mut self, piece: &[u8]) -> Option<Utf8Error> {
        let error = self.text.as_mut().filter(|_| !self.spoilt)?.feed(piece).err()?;
        self.spoilt = !self.compressed;
        if self.compressed {
            self.text = None;
        }
        Some(error)
    }
}

/// Inflates a piece, or without one the end of the message. What is wrong is at the octet `at`, where the frame's payload begins.
fn inflate(
    inflater: &mut Inflater,
    open: &mut Open,
    message: &mut Message,
    budget: &Budget,
    mut input: Option<&[u8]>,
    at: u64,
) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let tell = |kind: ViolationKind| kind.at(at).into();
    while !open.spoilt {
        let step = match &mut input {
            Some(input) => inflater.inflate(input),
            None => inflater.finish(),
        };
        let output = inflater.output();
        message.len += output.len() as u64;
        budget.keep(&mut message.octets, output);
        if message.len > MAX_INFLATED {
            open.spoilt = true;
            found.push(tell(ViolationKind::MessageTooLong));
            break;
        }
        if open.text(output).is_some() {
            found.push(tell(ViolationKind::TextNotUtf8));
        }
        match step {
            Ok(0) if input.is_none_or(<[u8]>::is_empty) => break,
            Ok(_) => {}
            // What comes behind it can be understood.
            Err(InflateError::TooFarBack(fault)) => {
                let kind = fault.violation(open.sender.role());
                found.push(Finding {
                    text: format!(
                        "{kind} (octet {} of the {}'s message {}, inflated)",
                        fault.octet(),
                        open.sender.role(),
                        open.number
                    ),
                    ..tell(kind)
                });
            }
            Err(error) => {
                open.spoilt = true;
                found.push(tell(match error {
                    InflateError::Truncated => ViolationKind::DeflateTruncated,
                    _ => ViolationKind::NotDeflate,
                }));
            }
        }
    }
    found
}
