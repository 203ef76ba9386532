//! A frame as a case describes it.

use serde::{Deserialize, Serialize};
use wsproof_core::Role;
use wsproof_core::frame::{EncodedHeader, FrameHeader, LengthForm, Opcode};

use super::format::{length, masking, opcode};
use super::yes;
use crate::payload::Payload;

/// One frame to send, as it shall be on the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameStep {
    /// Opcode, 0 to 15. In JSON also `continuation`, `text`, `binary`, `close`, `ping`, `pong`.
    #[serde(with = "opcode")]
    pub opcode: Opcode,
    /// The FIN bit.
    #[serde(default = "yes")]
    pub fin: bool,
    /// The reserved bits, 0 to 7: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[serde(default)]
    pub rsv: u8,
    /// The payload, before masking.
    #[serde(default)]
    pub payload: Payload,
    /// Whether, and with which key, the frame is masked. By default as RFC 6455 §5.1 wants it: frames of a client are, with
    /// a random key, those of a server are not.
    #[serde(default, with = "masking", skip_serializing_if = "Masking::is_default")]
    pub mask: Masking,
    /// The form of the length (RFC 6455 §5.2). By default the shortest that holds it. In JSON the number of its bits: 7, 16
    /// or 64.
    #[serde(default, with = "length", skip_serializing_if = "Option::is_none")]
    pub length: Option<LengthForm>,
    /// The length that the header says, if it is not that of the payload: the rest is not sent, or what is sent beyond it
    /// stands where the next frame should. Any number up to 2^64 - 1; RFC 6455 §5.2 allows those below 2^63.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<u64>,
    /// Write header, key and payload in pieces of so many octets, each on its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chop: Option<u32>,
    /// Write the frame on its own, not together with its neighbours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sync: bool,
}

/// Whether, and with which key, a frame is masked (RFC 6455 §5.3). In JSON `"none"`, `"random"`, or a key of eight
/// hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Masking {
    /// As the role asks: a client masks, a server does not.
    #[default]
    AsRole,
    /// Not at all.
    None,
    /// With a random key.
    Random,
    /// With this key.
    Key([u8; 4]),
}

impl Masking {
    fn is_default(&self) -> bool {
        *self == Self::AsRole
    }

    /// The key with which an endpoint of this role masks the frame; `random` makes one.
    pub(crate) fn key(self, role: Role, random: impl FnOnce() -> [u8; 4]) -> Option<[u8; 4]> {
        match self {
            Self::AsRole => (role == Role::Client).then(random),
            Self::None => None,
            Self::Random => Some(random()),
            Self::Key(key) => Some(key),
        }
    }
}

impl FrameStep {
    /// A final frame that is legal in form.
    pub(crate) fn simple(opcode: Opcode, payload: Payload) -> Self {
        Self {
            opcode,
            fin: true,
            rsv: 0,
            payload,
            mask: Masking::AsRole,
            length: None,
            announce: None,
            chop: None,
            sync: false,
        }
    }

    /// The header, masked with this key or not.
    pub(crate) fn header(&self, mask: Option<[u8; 4]>) -> FrameHeader {
        let payload_len = self.announce.unwrap_or(self.payload.len());
        FrameHeader { fin: self.fin, rsv: self.rsv, opcode: self.opcode, mask, payload_len }
    }

    /// The header's octets; `None` if its length does not fit the form.
    pub(crate) fn encode(&self, header: &FrameHeader) -> Option<EncodedHeader> {
        header.encode_as(self.length.unwrap_or(LengthForm::minimal(header.payload_len)))
    }

    /// What is wrong with it, if anything: field and words.
    pub(crate) fn fault(&self) -> Option<(&'static str, String)> {
        if self.rsv > 7 {
            return Some(("rsv", format!("`rsv` is from 0 to 7, not {}", self.rsv)));
        }
        if self.chop == Some(0) {
            return Some(("chop", "`chop` is at least 1".to_owned()));
        }
        let header = self.header(None);
        self.encode(&header).is_none().then(|| {
            let most = if self.length == Some(LengthForm::Bits7) { 125 } else { 65_535 };
            (
                "length",
                format!(
                    "a length of {} octets does not fit this form, which holds {most} at most",
                    header.payload_len
                ),
            )
        })
    }
}
