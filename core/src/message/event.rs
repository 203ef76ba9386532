//! The events of a stream; their payloads borrow the caller's buffer.

use crate::close::ClosePayload;
use crate::frame::Opcode;
use crate::rules::MAX_CONTROL_PAYLOAD;

/// Text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataKind {
    /// UTF-8 over the whole message.
    Text,
    /// Any octets.
    Binary,
}

impl DataKind {
    /// The opcode of the message's first frame.
    #[must_use]
    pub const fn opcode(self) -> Opcode {
        match self {
            Self::Text => Opcode::TEXT,
            Self::Binary => Opcode::BINARY,
        }
    }
}

/// A piece of a data message: as much of one frame as was there.
///
/// Pieces that follow each other are one text; only how it is cut depends on how the input was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// Text or binary.
    pub kind: DataKind,
    /// RSV bits of the message's first frame (4 is RSV1): not 0 only when an extension was allowed to set them. Such a
    /// payload belongs to that extension: text is then not validated here. With an inflater
    /// ([`MessageDecoder::with_inflater`](super::MessageDecoder::with_inflater)) RSV1 only tells that the message came
    /// compressed: it is inflated and validated here.
    pub rsv: u8,
    /// The octets, unmasked and inflated. Text is valid so far, but may end inside a character. Empty only in a last piece.
    pub payload: &'a [u8],
    /// Whether this is the first piece of its message.
    pub first: bool,
    /// Whether this is the last piece of its message.
    pub last: bool,
}

/// What a stream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A piece of a text or binary message.
    Data(Data<'a>),
    /// A ping with its application data, at most 125 octets.
    Ping(&'a [u8]),
    /// A pong with its application data, at most 125 octets.
    Pong(&'a [u8]),
    /// The peer's Close. Whatever follows it is dropped.
    Close(ClosePayload<'a>),
}

/// A control frame's payload that is kept: one that came in pieces, or one to be sent later.
#[derive(Clone, Debug)]
pub(crate) struct ControlPayload {
    octets: [u8; MAX_CONTROL_PAYLOAD as usize],
    /// `0 <= len <= 125`; the payload is `octets[..len]`.
    len: u8,
}

impl ControlPayload {
    pub(crate) const fn new() -> Self {
        Self { octets: [0; MAX_CONTROL_PAYLOAD as usize], len: 0 }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends octets, all of which must fit: the header rules see to that.
    pub(crate) fn push(&mut self, octets: &[u8]) {
        let start = usize::from(self.len);
        let room = &mut self.octets[start..];
        debug_assert!(octets.len() <= room.len());
        let taken = octets.len().min(room.len());
        room[..taken].copy_from_slice(&octets[..taken]);
        self.len += taken as u8;
    }
}
