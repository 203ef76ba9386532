//! Compressing what an endpoint sends (RFC 7692 §6.1).

use alloc::vec::Vec;

use super::{Connection, KeySource};
use crate::deflate::{Deflater, Inflater, Response, Settings};
use crate::frame::Opcode;

/// RSV1, in the three RSV bits.
const RSV1: u8 = 4;

/// The compressor of an endpoint.
#[derive(Debug)]
pub(super) struct Compression {
    deflater: Deflater,
    /// The compressed payload of the frame at hand.
    payload: Vec<u8>,
    /// Whether the fragmented message in progress is compressed.
    in_message: bool,
}

impl<K: KeySource> Connection<K> {
    /// The same connection with permessage-deflate as agreed in the handshake: messages that arrive compressed are
    /// inflated, and messages sent are compressed as `settings` say. Set it before anything is received or sent.
    ///
    /// A message is sent as it is when it is shorter than [`Settings::min_len`], and, without context takeover, when
    /// compression would make it longer.
    #[must_use]
    pub fn with_deflate(mut self, agreed: Response, settings: Settings) -> Self {
        self.decoder.set_inflater(Inflater::new(agreed.sending(self.role.peer())));
        self.compression = Some(alloc::boxed::Box::new(Compression {
            deflater: Deflater::new(agreed.sending(self.role), settings),
            payload: Vec::new(),
            in_message: false,
        }));
        self
    }

    /// The same connection with or without a look at how far back each reference of a compressed message reaches: see
    /// [`Inflater::with_window_check`]. Set it behind [`with_deflate`](Self::with_deflate), and before anything is received;
    /// without compression it changes nothing.
    ///
    /// ```
    /// use wsproof_core::connection::{Connection, Options};
    /// use wsproof_core::deflate::{Response, Settings, WindowBits};
    ///
    /// // For a peer that is known not to keep to the window that it agrees to.
    /// let agreed = Response { client_max_window_bits: WindowBits::new(9), ..Response::default() };
    /// let server =
    ///     Connection::server(Options::default()).with_deflate(agreed, Settings::default()).with_window_check(false);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn with_window_check(mut self, check: bool) -> Self {
        self.decoder.set_window_check(check);
        self
    }
}

impl Compression {
    /// The RSV bits and the payload of a data frame; `None` to send it as it is.
    pub(super) fn compress(&mut self, fin: bool, opcode: Opcode, payload: &[u8]) -> Option<(u8, &[u8])> {
        let first = opcode != Opcode::CONTINUATION;
        let whole = first && fin;
        // Of a message in fragments nobody knows yet how long it will be.
        let compressed =
            if first { !whole || payload.len() >= self.deflater.settings().min_len } else { self.in_message };
        self.in_message = compressed && !fin;
        if !compressed {
            return None;
        }
        self.payload.clear();
        self.deflater.fragment(payload, fin, &mut self.payload);
        // With context takeover the peer's window needs the message, once it is in ours.
        if whole && !self.deflater.agreed().takeover && self.payload.len() >= payload.len() {
            return None;
        }
        Some((if first { RSV1 } else { 0 }, &self.payload))
    }

    /// Gives back what the payload took, once it is queued: to ask for it again costs little beside compressing.
    pub(super) fn release(&mut self) {
        self.payload = Vec::new();
    }
}
