//! Decoding input that must not be written to, such as a buffer that another language lends.
//!
//! A message of one whole frame is handed out still masked, so that the caller unmasks it while copying it: one pass over the
//! payload. Anything else is first copied, as much as one step needs, and decoded in the copy.

use core::mem::MaybeUninit;

use super::decoder::{BLOCK, State};
use super::{DataKind, Event, MessageDecoder};
use crate::frame::{FrameHeader, Parsed, mask};
use crate::utf8::Utf8Validator;
use crate::violation::{Violation, ViolationKind};

/// What a stream says, out of input that is shared.
#[derive(Debug)]
pub enum SharedEvent<'a> {
    /// A whole message that was in one frame, not compressed, all of it in the input.
    Message(MaskedMessage<'a>),
    /// Anything else.
    Event(Event<'a>),
}

/// A whole message, still masked if it came so.
///
/// Text is **not validated yet**: unmask it, then ask [`judge_text`](Self::judge_text).
#[derive(Debug)]
pub struct MaskedMessage<'a> {
    decoder: &'a mut MessageDecoder,
    kind: DataKind,
    key: Option<[u8; 4]>,
    payload: &'a [u8],
}

impl MaskedMessage<'_> {
    /// Text or binary.
    #[must_use]
    #[inline]
    pub const fn kind(&self) -> DataKind {
        self.kind
    }

    /// Octets of the payload.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.payload.len()
    }

    /// Whether the payload is empty.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.payload.is_empty()
    }

    /// Writes the payload, unmasked, to a place of its length and hands that back.
    ///
    /// # Panics
    ///
    /// When `place` is not as long as the payload.
    #[inline]
    pub fn unmask_to<'p>(&self, place: &'p mut [MaybeUninit<u8>]) -> &'p mut [u8] {
        // A key of zeros copies.
        mask::copy_uninit(self.key.unwrap_or_default(), 0, self.payload, place)
    }

    /// Whether `text`, the unmasked payload, is UTF-8. If not, the violation is what the decoder says next, and nothing of
    /// the message is handed out, while [`decode`](MessageDecoder::decode) hands out what is right of it.
    #[inline]
    pub fn judge_text(self, text: &[u8]) -> bool {
        let mut validator = Utf8Validator::new();
        let Err(error) = validator.feed(text).and_then(|()| validator.finish()) else { return true };
        let kind = if error.truncated { ViolationKind::TextTruncated } else { ViolationKind::TextNotUtf8 };
        let start = self.decoder.offset() - self.payload.len() as u64;
        self.decoder.fail(kind, start + error.offset);
        false
    }
}

impl MessageDecoder {
    /// Decodes `input`, which continues the stream, without writing to it: each event is handed to `sink`. `scratch` is
    /// used for what must be copied; keep it, so that its memory is used again.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use wsproof_core::message::{MessageDecoder, Options, SharedEvent};
    /// use wsproof_core::{Role, Violation};
    ///
    /// let wire = [0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    /// let mut decoder = MessageDecoder::new(Role::Server, Options::default());
    /// decoder.decode_shared(&wire, &mut Vec::new(), |event| {
    ///     let SharedEvent::Message(message) = event else { unreachable!() };
    ///     let mut place = [MaybeUninit::uninit(); 5];
    ///     assert_eq!(message.unmask_to(&mut place), b"Hello");
    ///     Ok::<(), Violation>(())
    /// })?;
    /// # Ok::<(), Violation>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first rule broken, also at later calls; or what `sink` gives, and then what follows in `input` is lost.
    #[inline]
    pub fn decode_shared<E: From<Violation>>(
        &mut self,
        mut input: &[u8],
        scratch: &mut alloc::vec::Vec<u8>,
        mut sink: impl FnMut(SharedEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            while let Some(message) = self.whole_shared_message(&mut input) {
                sink(SharedEvent::Message(message))?;
            }
            let mut piece = self.copy_step(&mut input, scratch);
            while let Some(event) = self.step_by_state(&mut piece)? {
                sink(SharedEvent::Event(event))?;
            }
            if input.is_empty() {
                return Ok(());
            }
        }
    }

    /// As [`whole_message`](Self::whole_message), from shared input.
    #[inline]
    pub(crate) fn whole_shared_message<'a, 'b: 'a>(
        &'a mut self,
        input: &mut &'b [u8],
    ) -> Option<MaskedMessage<'a>> {
        if !matches!(self.state, State::Header) || self.rules.in_message {
            return None;
        }
        let kind = match input.first() {
            Some(0x81) => DataKind::Text,
            Some(0x82) => DataKind::Binary,
            _ => return None,
        };
        let masked = self.rules.receiver.peer().masks();
        let (key, payload) = self.frames.take_whole_shared_frame(input, masked, self.limiter.max_whole())?;
        Some(MaskedMessage { decoder: self, kind, key, payload })
    }

    /// Cuts off `input` what the next step takes, a header or some payload, and copies it to `scratch`. Takes all when
    /// nothing more is processed.
    pub(crate) fn copy_step<'s>(
        &self,
        input: &mut &[u8],
        scratch: &'s mut alloc::vec::Vec<u8>,
    ) -> &'s mut [u8] {
        let len = match self.state {
            State::Header => {
                let begun = self.frames.partial_header();
                let need = match FrameHeader::parse(if begun.is_empty() { input } else { begun }) {
                    Parsed::Complete { len, .. } => len,
                    Parsed::Incomplete { need } => need - begun.len(),
                };
                need.min(input.len())
            }
            State::Closed | State::Failed(_) => {
                *input = &[];
                0
            }
            _ => self.frames.remaining().min(input.len().min(BLOCK) as u64) as usize,
        };
        let (step, rest) = input.split_at(len);
        *input = rest;
        scratch.clear();
        scratch.extend_from_slice(step);
        scratch
    }
}
