//! Sending (RFC 6455 §6.1).

use core::fmt;

use super::output::Output;
use super::{Connection, KeySource, State};
use crate::Role;
use crate::close::{CloseCode, CloseError, ClosePayload};
use crate::frame::{FrameHeader, Opcode, append_frame};
use crate::message::DataKind;
use crate::rules::MAX_CONTROL_PAYLOAD;
use crate::utf8::{Utf8Error, Utf8Validator};

/// Why something is not sent. Nothing is queued then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// Our Close was sent already (§5.5.1), or the peer's stream has ended without its Close.
    NotOpen,
    /// A fragmented message is in progress, so no other data message may begin (§5.4).
    MessageInProgress,
    /// The fragment is of another kind than the message in progress.
    KindDiffers,
    /// The payload of a control frame is longer than 125 octets (§5.5).
    ControlTooLong,
    /// The fragments are not UTF-8 (§5.6); the offset counts from the start of the message.
    NotUtf8(Utf8Error),
    /// The Close payload breaks a rule (§5.5.1, §7.4).
    Close(CloseError),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpen => f.write_str("the connection is closing or closed"),
            Self::MessageInProgress => f.write_str("a fragmented message is in progress"),
            Self::KindDiffers => f.write_str("the message in progress is of another kind"),
            Self::ControlTooLong => f.write_str("a control frame of more than 125 octets"),
            Self::NotUtf8(error) => error.fmt(f),
            Self::Close(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SendError {}

impl<K: KeySource> Connection<K> {
    /// Queues a text message in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`], [`SendError::MessageInProgress`].
    #[inline]
    pub fn send_text(&mut self, text: &str) -> Result<(), SendError> {
        self.send_message(DataKind::Text, text.as_bytes())
    }

    /// Queues a binary message in one frame.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`], [`SendError::MessageInProgress`].
    #[inline]
    pub fn send_binary(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.send_message(DataKind::Binary, payload)
    }

    /// Queues a fragment: the first call begins a message, `last` ends it. Text may be cut inside a character.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`], [`SendError::KindDiffers`], [`SendError::NotUtf8`]. The message in progress
    /// is then as it was before the call.
    pub fn send_fragment(&mut self, kind: DataKind, payload: &[u8], last: bool) -> Result<(), SendError> {
        self.require_open()?;
        if self.sending.is_some_and(|sending| sending != kind) {
            return Err(SendError::KindDiffers);
        }
        if kind == DataKind::Text {
            let mut text = if self.sending.is_some() { self.sending_text } else { Utf8Validator::new() };
            text.feed(payload).map_err(SendError::NotUtf8)?;
            if last {
                text.finish().map_err(SendError::NotUtf8)?;
            }
            self.sending_text = text;
        }
        let first = self.sending.is_none();
        let opcode = if first { kind.opcode() } else { Opcode::CONTINUATION };
        self.sending = if last { None } else { Some(kind) };
        self.queue_data(last, opcode, payload);
        Ok(())
    }

    /// Queues a ping of at most 125 octets.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`], [`SendError::ControlTooLong`].
    pub fn send_ping(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.send_control(Opcode::PING, payload)
    }

    /// Queues a pong of at most 125 octets: the answer to a ping without
    /// [`auto_pong`](super::Options::auto_pong), or one unasked for (§5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`], [`SendError::ControlTooLong`].
    pub fn send_pong(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.send_control(Opcode::PONG, payload)
    }

    /// Queues a Close: begins the closing handshake, answers the peer's, or tells the peer which rule it broke (§7.1.7).
    /// Nothing may follow. It takes the place of the Close that [`auto_close`](super::Options::auto_close) would send.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`] when a Close was sent already or the peer's stream has ended without its Close, [`SendError::Close`] for a code or reason that must not be
    /// on the wire.
    pub fn close(&mut self, payload: ClosePayload<'_>) -> Result<(), SendError> {
        self.require_open()?;
        if let Some(code) = payload.code
            && !code.is_valid_on_wire()
        {
            return Err(SendError::Close(CloseError::Code(code)));
        }
        if payload.reason.len() > crate::close::MAX_REASON_LEN {
            return Err(SendError::Close(CloseError::TooLong));
        }
        if payload.code.is_none() && !payload.reason.is_empty() {
            return Err(SendError::Close(CloseError::ReasonWithoutCode));
        }
        self.queue_close(&payload);
        Ok(())
    }

    /// Queues a Close whose payload has been judged, which [`can_send`](Self::can_send) allows.
    fn queue_close(&mut self, payload: &ClosePayload<'_>) {
        append_close(self.role, &mut self.keys, &mut self.output, payload);
        self.close_sent = true;
        self.state = match self.state {
            State::Open => State::CloseSent,
            State::CloseReceived => State::Closed,
            other => other,
        };
    }

    /// Queues the Close that answers the peer's, or a violation, where we answer by ourselves.
    #[cold]
    pub(super) fn queue_owed_close(&mut self) {
        if let Some(code) = self.owed_close() {
            self.queue_close(&ClosePayload { code, reason: "" });
        }
    }

    /// The code of the Close that we owe to the peer, if we owe one.
    pub(super) fn owed_close(&self) -> Option<Option<CloseCode>> {
        if !self.options.auto_close || self.close_sent {
            return None;
        }
        match self.state {
            State::CloseReceived => Some(self.peer_code.filter(|code| *code != CloseCode::NO_STATUS)),
            State::Failed => self.violation().map(|violation| Some(violation.close_code())),
            State::Open | State::CloseSent | State::Closed => None,
        }
    }

    #[inline]
    fn send_message(&mut self, kind: DataKind, payload: &[u8]) -> Result<(), SendError> {
        self.require_open()?;
        if self.sending.is_some() {
            return Err(SendError::MessageInProgress);
        }
        self.queue_data(true, kind.opcode(), payload);
        Ok(())
    }

    fn send_control(&mut self, opcode: Opcode, payload: &[u8]) -> Result<(), SendError> {
        self.require_open()?;
        if payload.len() as u64 > MAX_CONTROL_PAYLOAD {
            return Err(SendError::ControlTooLong);
        }
        self.queue(true, opcode, payload);
        Ok(())
    }

    #[inline]
    fn require_open(&self) -> Result<(), SendError> {
        if self.can_send() { Ok(()) } else { Err(SendError::NotOpen) }
    }

    /// Whether our Close is not sent, and somebody may still read.
    #[inline]
    pub(super) fn can_send(&self) -> bool {
        self.state == State::Open || self.can_still_send()
    }

    #[cold]
    fn can_still_send(&self) -> bool {
        !self.close_sent && (self.state == State::CloseReceived || self.violation().is_some())
    }

    #[inline]
    pub(super) fn queue(&mut self, fin: bool, opcode: Opcode, payload: &[u8]) {
        append(self.role, &mut self.keys, &mut self.output, fin, opcode, payload);
    }

    /// Queues a frame of a data message, compressed if that was agreed.
    #[inline]
    fn queue_data(&mut self, fin: bool, opcode: Opcode, payload: &[u8]) {
        #[cfg(feature = "deflate")]
        if let Some(compression) = &mut self.compression
            && let Some((rsv, payload)) = compression.compress(fin, opcode, payload)
        {
            let header = FrameHeader { fin, rsv, ..FrameHeader::new(opcode, 0) };
            append_with(self.role, &mut self.keys, &mut self.output, header, payload);
            compression.release();
            return;
        }
        self.queue(fin, opcode, payload);
    }
}

/// Appends a frame to the output, masked as the role demands.
#[inline]
pub(super) fn append<K: KeySource>(
    role: Role,
    keys: &mut K,
    output: &mut Output,
    fin: bool,
    opcode: Opcode,
    payload: &[u8],
) {
    append_with(role, keys, output, FrameHeader { fin, ..FrameHeader::new(opcode, 0) }, payload);
}

#[inline]
fn append_with<K: KeySource>(
    role: Role,
    keys: &mut K,
    output: &mut Output,
    header: FrameHeader,
    payload: &[u8],
) {
    let mask = if role.masks() { Some(keys.next_key()) } else { None };
    append_frame(FrameHeader { mask, ..header }, payload, output.tail());
}

/// Appends a Close frame; the payload has been judged.
fn append_close<K: KeySource>(role: Role, keys: &mut K, output: &mut Output, payload: &ClosePayload<'_>) {
    let mut octets = alloc::vec::Vec::with_capacity(2 + payload.reason.len());
    let encoded = payload.encode(&mut octets);
    debug_assert!(encoded.is_ok());
    append(role, keys, output, true, Opcode::CLOSE, &octets);
}
