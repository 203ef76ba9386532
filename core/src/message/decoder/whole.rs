//! The fast path for messages of one frame that lies in the input as a whole, as nearly all do.

use super::{MessageDecoder, State};
use crate::message::{Data, DataKind};
use crate::utf8::{self, Utf8Validator};
use crate::violation::ViolationKind;

impl MessageDecoder {
    /// The usual case at the least cost: an unfragmented message, all of it in `input`, nothing wrong with it. In all
    /// others `None`: [`step_by_state`](Self::step_by_state) takes over and finds what it is.
    ///
    /// A message that is not UTF-8 is handed back for [`invalid_message`](Self::invalid_message): were its piece returned from
    /// here, the usual one would be written to memory by the octet and read by the word, which costs more than a small frame.
    #[inline(always)]
    pub(crate) fn whole_message<'b>(
        &mut self,
        input: &mut &'b mut [u8],
    ) -> Option<Result<Data<'b>, &'b [u8]>> {
        if !matches!(self.state, State::Header) || self.rules.in_message {
            return None;
        }
        // FIN, no RSV bit, text or binary.
        let kind = match input.first() {
            Some(0x81) => DataKind::Text,
            Some(0x82) => DataKind::Binary,
            _ => return None,
        };
        let masked = self.rules.receiver.peer().masks();
        let payload = self.frames.take_whole_frame(input, masked, self.limiter.max_whole())?;
        if kind == DataKind::Text && !utf8::is_valid(payload) {
            return Some(Err(payload));
        }
        Some(Ok(Data { kind, rsv: 0, payload, first: true, last: true }))
    }

    /// A whole message that is not UTF-8: what is right of it, if anything.
    #[cold]
    pub(crate) fn invalid_message<'b>(&mut self, payload: &'b [u8]) -> Option<Data<'b>> {
        let mut text = Utf8Validator::new();
        let error = text.feed(payload).and_then(|()| text.finish()).err()?;
        let kind = if error.truncated { ViolationKind::TextTruncated } else { ViolationKind::TextNotUtf8 };
        self.fail(kind, self.frames.offset() - payload.len() as u64 + error.offset);
        let payload = &payload[..error.offset as usize];
        (!payload.is_empty()).then_some(Data {
            kind: DataKind::Text,
            rsv: 0,
            payload,
            first: true,
            last: false,
        })
    }
}
