//! Skips payload that needs no work: unmasked, uncompressed binary data is passed on as it is.

use super::decoder::State;
use super::{DataKind, MessageDecoder};

/// A piece of a message whose octets the decoder did not see: [`Data`](super::Data) without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Text only where an extension was allowed its RSV bits: then it is not validated here.
    pub kind: DataKind,
    /// RSV bits of the message's first frame (4 is RSV1).
    pub rsv: u8,
    /// Octets, at least 1.
    pub len: u64,
    /// Whether this is the first piece of its message.
    pub first: bool,
    /// Whether this is the last piece of its message.
    pub last: bool,
}

impl MessageDecoder {
    /// Goes past at most `most` octets of the payload that comes next, for who has it elsewhere: in another memory, in a
    /// file. `None`, with nothing changed, when those octets must be decoded: between frames, of text, of what is masked or
    /// compressed, of control frames.
    ///
    /// ```
    /// use wsproof_core::Role;
    /// use wsproof_core::message::{MessageDecoder, Options};
    /// let mut decoder = MessageDecoder::new(Role::Client, Options::default());
    /// // The header of a binary message of 1000 octets (RFC 6455 §5.2).
    /// assert_eq!(decoder.decode(&mut [0x82, 126, 3, 232]).next_event(), Ok(None));
    /// let passed = decoder.pass(4096).expect("this payload needs no work");
    /// assert_eq!((passed.len, passed.first, passed.last), (1000, true, true));
    /// assert!(decoder.is_between_messages());
    /// ```
    pub fn pass(&mut self, most: u64) -> Option<Passed> {
        let unseen = self.kind == DataKind::Binary || self.rsv != 0;
        if self.state != State::Data || !unseen {
            return None;
        }
        let len = self.frames.pass(most)?;
        let last = self.end_piece();
        let first = !core::mem::replace(&mut self.lent, true);
        Some(Passed { kind: self.kind, rsv: self.rsv, len, first, last })
    }
}
