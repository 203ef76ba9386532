//! The content of a capture, as values that the command, the packages and the inspector show alike.

use serde::{Serialize, Serializer};
use wsproof_core::frame::{FrameHeader, Opcode, mask};
use wsproof_core::{Role, Violation};

/// A capture, read and judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Capture {
    /// What it was read from.
    pub source: Source,
    /// The connections in it, in the order in which they began.
    pub connections: Vec<Connection>,
    /// What was passed over, or could not be read, in words.
    pub notes: Vec<String>,
}

/// What a capture was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Octets of one stream.
    Octets,
    /// An HTTP archive with `_webSocketMessages`.
    Har,
    /// Events of a browser's DevTools protocol: live, or recorded.
    Events,
    /// Chromium's net-export log.
    Netlog,
    /// pcap or pcapng.
    Pcap,
    /// The report on a case, by wsproof or Autobahn.
    Report,
}

impl Source {
    /// Whether it has frames as they were on the wire. Otherwise it has messages only: no masks, fragments, control
    /// frames or compressed sizes.
    pub fn has_frames(self) -> bool {
        !matches!(self, Self::Har | Self::Events)
    }
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Connection {
    /// Its URL, or the addresses of its ends; empty if unknown.
    pub name: String,
    /// The opening handshake, if the capture has it.
    pub handshake: Option<Handshake>,
    /// The frames of both ends, in the order in which they began.
    pub frames: Vec<Frame>,
    /// The data messages of both ends, in the order in which they began.
    pub messages: Vec<Message>,
    /// How it ended, where the program at one end told so, beside what went over the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_close: Option<ToldClose>,
    /// Broken rules that a program at one end told of, where the octets are not in the capture.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told_violations: Vec<Finding>,
    /// What could not be followed, in words.
    pub notes: Vec<String>,
}

/// A close as the WebSocket API of a page tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToldClose {
    /// As [`Frame::time_us`].
    pub time_us: Option<u64>,
    /// The close code; 1005 where the frame had none, 1006 where there was no frame.
    pub code: u16,
    /// The reason.
    pub reason: String,
    /// Whether both ends closed, as RFC 6455 §7.1.4 has it.
    pub clean: bool,
}

impl Connection {
    /// One of which nothing is known yet.
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            handshake: None,
            frames: Vec::new(),
            messages: Vec::new(),
            told_close: None,
            told_violations: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// How many rules were broken, the handshake's included.
    pub fn violations(&self) -> usize {
        let frames: usize = self.frames.iter().map(|frame| frame.violations.len()).sum();
        frames
            + self.told_violations.len()
            + self.handshake.as_ref().map_or(0, |handshake| handshake.violations.len())
    }
}

/// Which end sent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The client: its frames are masked.
    Client,
    /// The server.
    Server,
}

impl Sender {
    pub(crate) fn role(self) -> Role {
        match self {
            Self::Client => Role::Client,
            Self::Server => Role::Server,
        }
    }

    pub(crate) fn receiver(self) -> Role {
        match self {
            Self::Client => Role::Server,
            Self::Server => Role::Client,
        }
    }
}

/// The opening handshake (RFC 6455 §4).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Handshake {
    /// The request: its first line, and its header fields.
    pub request: Option<Head>,
    /// The response.
    pub response: Option<Head>,
    /// The subprotocol that was agreed on.
    pub protocol: Option<String>,
    /// The parameters of permessage-deflate that were agreed on, as in the response.
    pub deflate: Option<String>,
    /// The rules that were broken: of each head the first.
    pub violations: Vec<Finding>,
    /// Every header field that RFC 6455 has a rule for, judged by itself.
    pub checks: Vec<Check>,
}

/// A judgement on one header field, or on the first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Whose head it is in.
    pub sender: Sender,
    /// Which field: an index into [`Head::headers`]; `None` for the first line, or a field that is missing.
    pub header: Option<usize>,
    /// Whether the rule is kept.
    pub ok: bool,
    /// What the field says, or what is wrong with it.
    pub text: String,
    /// The rule, such as `RFC 6455 §4.2.1`.
    pub clause: String,
}

/// An HTTP head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The first line.
    pub line: String,
    /// Names and values of the header fields, in their order.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The value of the first field with this name, whatever its case.
    pub fn value(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }
}

/// A broken rule, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub text: String,
    /// The rule, such as `RFC 6455 §5.2`.
    pub clause: String,
    /// The octet that shows it, counted from the first after the handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The code with which its receiver should close.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_code: Option<u16>,
}

impl From<Violation> for Finding {
    fn from(violation: Violation) -> Self {
        Self {
            text: violation.kind.to_string(),
            clause: violation.clause().to_owned(),
            offset: Some(violation.offset),
            close_code: Some(violation.close_code().0),
        }
    }
}

/// A frame, as it was on the wire.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frame {
    /// When its first octet was seen, in microseconds since the connection's first octet; `None` if the capture does
    /// not tell.
    pub time_us: Option<u64>,
    /// Who sent it.
    pub sender: Sender,
    /// Where in the sender's stream it begins, counted from the first octet after the handshake.
    pub offset: u64,
    /// Octets of the header.
    pub header_len: usize,
    /// The FIN bit.
    pub fin: bool,
    /// The reserved bits, 0 to 7; 4 is RSV1.
    pub rsv: u8,
    /// The opcode, 0 to 15.
    pub opcode: u8,
    /// The masking key.
    #[serde(serialize_with = "hex_key")]
    pub mask: Option<[u8; 4]>,
    /// The payload length that the header announces.
    pub announced: u64,
    /// The payload, unmasked, as far as it is in the capture.
    #[serde(serialize_with = "hex_octets")]
    pub payload: Vec<u8>,
    /// The message that it belongs to: an index into [`Connection::messages`].
    pub message: Option<usize>,
    /// The rules that it breaks.
    pub violations: Vec<Finding>,
}

impl Frame {
    /// Whether all of its payload is in the capture.
    pub fn is_complete(&self) -> bool {
        self.payload.len() as u64 == self.announced
    }

    /// What it says as text: a text frame's part of its message as far as that was not compressed, the reason of a close
    /// frame. Octets that are not UTF-8 are replaced.
    pub fn text(&self, connection: &Connection) -> Option<String> {
        if let Some((_, reason)) = self.close() {
            return Some(reason);
        }
        let message = connection.messages.get(self.message?).filter(|message| !message.binary)?;
        match (message.compressed, self.opcode) {
            (false, _) => Some(String::from_utf8_lossy(&self.payload).into_owned()),
            (true, 1) => message.text(),
            (true, _) => None,
        }
    }

    /// The header, as it was on the wire.
    pub fn header(&self) -> Vec<u8> {
        let opcode = Opcode::new(self.opcode);
        let header = FrameHeader {
            fin: self.fin,
            rsv: self.rsv,
            opcode,
            mask: self.mask,
            payload_len: self.announced,
        };
        if let Some(octets) = header.encode_as(header.length_form(self.header_len)) {
            return octets.to_vec();
        }
        // 126 or 127 in the seven bits, and no longer length behind them: a fault that `encode_as` does not know.
        let mut octets = FrameHeader { payload_len: 0, ..header }.encode().to_vec();
        octets[1] |= self.announced as u8 & 0x7f;
        octets
    }

    /// The frame as it was on the wire, as far as it is in the capture: header and masked payload.
    pub fn wire(&self) -> Vec<u8> {
        let mut octets = self.header();
        let begin = octets.len();
        octets.extend_from_slice(&self.payload);
        if let Some(key) = self.mask {
            mask::apply(key, 0, &mut octets[begin..]);
        }
        octets
    }

    /// The close code and the reason of a close frame, if it has them; the reason is cut at octets that are not UTF-8.
    pub fn close(&self) -> Option<(u16, String)> {
        let (code, reason) = self.payload.split_first_chunk::<2>().filter(|_| self.opcode == 8)?;
        Some((u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned()))
    }
}

/// A data message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// As [`Frame::time_us`].
    pub time_us: Option<u64>,
    /// Who sent it.
    pub sender: Sender,
    /// Binary; otherwise text.
    pub binary: bool,
    /// It came compressed.
    pub compressed: bool,
    /// Its octets, inflated. Of a long one only the first.
    #[serde(serialize_with = "hex_octets")]
    pub octets: Vec<u8>,
    /// Octets, inflated; as far as they are in the capture.
    pub len: u64,
    /// Octets of payload on the wire.
    pub wire_len: u64,
    /// Its last frame is in the capture.
    pub complete: bool,
}

impl Message {
    /// The text, as far as it was kept; octets that are not UTF-8 are replaced. `None` if it is binary.
    pub fn text(&self) -> Option<String> {
        (!self.binary).then(|| String::from_utf8_lossy(&self.octets).into_owned())
    }
}

fn hex_key<S: Serializer>(key: &Option<[u8; 4]>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => serializer.serialize_some(&hex(key)),
        None => serializer.serialize_none(),
    }
}

fn hex_octets<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(octets))
}

/// Octets as hexadecimal digits.
pub fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(octet & 15)]).collect()
}
