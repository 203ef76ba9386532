//! The receiving half of an endpoint, without answers.

mod control;
#[cfg(feature = "deflate")]
mod inflation;
mod whole;

use super::{ControlPayload, Data, DataKind, Event, Limiter, Limits};
use crate::Role;
use crate::frame::{FrameDecoder, FrameHeader, LengthForm, Opcode};
use crate::rules::{Fault, HeaderRules, announced, length_octet};
use crate::utf8::Utf8Validator;
use crate::violation::{Violation, ViolationKind};

/// Octets unmasked and then validated at a time: they are still in the first-level cache for the second step.
pub(super) const BLOCK: usize = 16 * 1024;

/// The bit that tells of a compressed message, in the three RSV bits (RFC 7692 §6).
#[cfg(feature = "deflate")]
const RSV1: u8 = 4;

/// How to receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bounds on frames and messages.
    pub limits: Limits,
    /// RSV bits (4 is RSV1) that a negotiated extension may set on the first frame of a data message. The payload of a
    /// message that has one set is handed on as it is, its text not validated.
    pub allowed_rsv: u8,
}

/// Receives a stream of frames: fragments in order, text validated to the octet, limits kept, every rule judged.
///
/// The stream may be cut anywhere: the events (adjacent pieces joined) and the violation are the same. After a violation
/// or a Close nothing more is processed.
#[derive(Debug)]
pub struct MessageDecoder {
    pub(super) frames: FrameDecoder,
    pub(super) rules: HeaderRules,
    pub(super) limiter: Limiter,
    pub(super) state: State,
    /// FIN of the data frame in progress, or of the last one.
    fin: bool,
    /// The message in progress: kind, RSV bits, whether a piece was lent already.
    pub(super) kind: DataKind,
    pub(super) rsv: u8,
    pub(super) lent: bool,
    /// Text of the message in progress.
    text: Utf8Validator,
    /// A control payload that comes in pieces.
    control: ControlPayload,
    /// The control frame in progress.
    control_opcode: Opcode,
    /// What inflates messages that have RSV1 set.
    #[cfg(feature = "deflate")]
    inflation: Option<alloc::boxed::Box<inflation::Inflation>>,
}

/// Where in the stream we stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Between frames or in a header.
    Header,
    /// In the payload of a data frame, which lacks at least one octet or is empty and final.
    Data,
    /// In the payload of a data frame that is compressed, or its inflated octets are not all lent yet.
    #[cfg(feature = "deflate")]
    Inflate,
    /// In the payload of a control frame.
    Control,
    /// A Close came.
    Closed,
    /// A rule was broken.
    Failed(Violation),
}

impl MessageDecoder {
    /// A decoder for the frames that `receiver` receives.
    #[must_use]
    pub const fn new(receiver: Role, options: Options) -> Self {
        Self {
            frames: FrameDecoder::new(),
            rules: HeaderRules { receiver, allowed_rsv: options.allowed_rsv, in_message: false },
            limiter: Limiter::new(options.limits),
            state: State::Header,
            fin: true,
            kind: DataKind::Binary,
            rsv: 0,
            lent: false,
            text: Utf8Validator::new(),
            control: ControlPayload::new(),
            control_opcode: Opcode::PING,
            #[cfg(feature = "deflate")]
            inflation: None,
        }
    }

    /// The same decoder for a connection with permessage-deflate: messages that have RSV1 set are inflated, their octets
    /// counted against [`Limits::max_message`] and their text validated while they are. Set it before any octets are
    /// decoded.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_inflater(mut self, inflater: crate::deflate::Inflater) -> Self {
        self.set_inflater(inflater);
        self
    }

    /// As [`with_inflater`](Self::with_inflater).
    #[cfg(feature = "deflate")]
    pub(crate) fn set_inflater(&mut self, inflater: crate::deflate::Inflater) {
        self.rules.allowed_rsv |= RSV1;
        self.inflation = Some(alloc::boxed::Box::new(inflation::Inflation::new(inflater)));
    }

    /// Whether the inflater, if there is one, looks at distances.
    #[cfg(feature = "deflate")]
    pub(crate) fn set_window_check(&mut self, check: bool) {
        if let Some(inflation) = self.inflation.take() {
            self.inflation = Some(alloc::boxed::Box::new(inflation.with_window_check(check)));
        }
    }

    /// Whether a message with these RSV bits is inflated here.
    #[cfg(feature = "deflate")]
    #[inline]
    const fn inflates(&self, rsv: u8) -> bool {
        rsv & RSV1 != 0 && self.inflation.is_some()
    }

    /// Whether a message with these RSV bits is inflated here.
    #[cfg(not(feature = "deflate"))]
    const fn inflates(&self, _rsv: u8) -> bool {
        false
    }

    /// The events in `input`, which continues the stream. Payload is unmasked in place, so `input` is scratch afterwards.
    #[inline]
    pub fn decode<'d, 'b>(&'d mut self, input: &'b mut [u8]) -> Events<'d, 'b> {
        Events { decoder: self, input }
    }

    /// Which end it receives for.
    #[must_use]
    pub const fn receiver(&self) -> Role {
        self.rules.receiver
    }

    /// Octets of the stream processed so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.frames.offset()
    }

    /// Whether the stream stands between two messages, and between two frames.
    #[must_use]
    pub const fn is_between_messages(&self) -> bool {
        self.frames.is_between_frames() && !self.rules.in_message
    }

    /// The rule that was broken, if any.
    #[must_use]
    pub const fn violation(&self) -> Option<Violation> {
        match self.state {
            State::Failed(violation) => Some(violation),
            _ => None,
        }
    }

    /// Whether the peer's Close was received.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The next event, whatever it is, cut off `input`; `None` when `input` is used up (or dropped, after a Close).
    pub(crate) fn step_by_state<'s, 'b: 's>(
        &'s mut self,
        input: &mut &'b mut [u8],
    ) -> Result<Option<Event<'s>>, Violation> {
        loop {
            match self.state {
                // What came before was judged when it came.
                State::Header if input.is_empty() => {
                    #[cfg(feature = "deflate")]
                    if let Some(inflation) = &mut self.inflation {
                        inflation.rest();
                    }
                    return Ok(None);
                }
                State::Header => {
                    let Some((header, len)) = self.frames.read_header(input) else {
                        return self.judge_partial_header().map(|()| None);
                    };
                    self.begin_frame(&header, len)?;
                }
                State::Data => {
                    if let Some(data) = self.data(input) {
                        return Ok(Some(Event::Data(data)));
                    }
                    if self.state == State::Data {
                        return Ok(None);
                    }
                }
                #[cfg(feature = "deflate")]
                State::Inflate => {
                    if self.inflate(input)? {
                        return Ok(self.inflated().map(Event::Data));
                    }
                    if self.state == State::Inflate {
                        return Ok(None);
                    }
                }
                State::Control => return self.control(input),
                State::Closed => {
                    *input = &mut [];
                    return Ok(None);
                }
                State::Failed(violation) => return Err(violation),
            }
        }
    }

    /// Judges a header and prepares for its payload.
    #[inline]
    fn begin_frame(&mut self, header: &FrameHeader, len: usize) -> Result<(), Violation> {
        let form = header.length_form(len);
        if let Err(fault) = self.judge(header, len, form) {
            return Err(self.fail(fault.kind, self.frames.offset() - len as u64 + fault.at));
        }
        if header.opcode.is_control() {
            self.control.clear();
            self.control_opcode = header.opcode;
            self.state = State::Control;
            return Ok(());
        }
        if !self.rules.in_message {
            self.kind = if header.opcode == Opcode::TEXT { DataKind::Text } else { DataKind::Binary };
            self.rsv = header.rsv;
            self.lent = false;
            self.rules.in_message = true;
        }
        self.fin = header.fin;
        // An empty frame that is not the last of its message says nothing.
        if header.payload_len != 0 || header.fin {
            self.state = State::Data;
            #[cfg(feature = "deflate")]
            if self.inflates(self.rsv)
                && let Some(inflation) = &mut self.inflation
            {
                inflation.frame_at = self.frames.offset();
                self.state = State::Inflate;
            }
        }
        Ok(())
    }

    #[inline]
    fn judge(&mut self, header: &FrameHeader, len: usize, form: LengthForm) -> Result<(), Fault> {
        self.rules.judge(header, len)?;
        if header.opcode.is_control() {
            return Ok(());
        }
        let length_at = length_octet(form);
        if self.inflates(if self.rules.in_message { self.rsv } else { header.rsv }) {
            return self.limiter.admit_compressed(header.payload_len, length_at);
        }
        self.limiter.admit(header.payload_len, length_at)
    }

    /// The input ended in a header: what is there may be wrong already.
    #[cold]
    fn judge_partial_header(&mut self) -> Result<(), Violation> {
        let octets = self.frames.partial_header();
        let mut fault = self.rules.judge_prefix(octets);
        if let (Ok(()), &[first, second, ref rest @ ..]) = (fault, octets)
            && Opcode::new(first).is_data()
        {
            let form = LengthForm::from_second_octet(second);
            if let Some(payload_len) = announced(form, second, rest) {
                let compressed = self.inflates(if self.rules.in_message { self.rsv } else { first >> 4 & 7 });
                let check = if compressed { Limiter::check_compressed } else { Limiter::check };
                fault = check(&self.limiter, payload_len, length_octet(form));
            }
        }
        let start = self.frames.offset() - octets.len() as u64;
        fault.map_err(|fault| self.fail(fault.kind, start + fault.at))
    }

    /// What `input` has of a data frame; `None` when it has nothing, or when what it has is wrong from the first octet.
    #[inline]
    fn data<'b>(&mut self, input: &mut &'b mut [u8]) -> Option<Data<'b>> {
        if input.is_empty() && self.frames.remaining() != 0 {
            return None;
        }
        let octets = self.frames.take_payload(input);
        let mut valid = octets.len();
        let mut last = self.frames.remaining() == 0 && self.fin;
        if self.kind == DataKind::Text && self.rsv == 0 {
            (valid, last) = self.text(octets, last);
        } else {
            self.frames.unmask(octets);
        }
        if self.state == State::Data {
            self.end_piece();
        }
        if valid == 0 && !last {
            return None;
        }
        let first = !core::mem::replace(&mut self.lent, true);
        Some(Data { kind: self.kind, rsv: self.rsv, payload: &octets[..valid], first, last })
    }

    /// Goes on to the next frame where a piece ended its own; whether it ended its message.
    #[inline]
    pub(super) fn end_piece(&mut self) -> bool {
        if self.frames.remaining() != 0 {
            return false;
        }
        self.state = State::Header;
        if self.fin {
            self.rules.in_message = false;
            self.limiter.end_message();
        }
        self.fin
    }

    /// Unmasks and validates a piece of text: how many of its octets are right, and whether it ends its message well.
    #[inline]
    fn text(&mut self, octets: &mut [u8], last: bool) -> (usize, bool) {
        let len = octets.len();
        let start = self.frames.offset() - len as u64;
        let before = self.text.position();
        for block in octets.chunks_mut(BLOCK) {
            self.frames.unmask(block);
            if self.text.feed(block).is_err() {
                let valid = self.text.position() - before;
                self.fail(ViolationKind::TextNotUtf8, start + valid);
                return (valid as usize, false);
            }
        }
        if last {
            if self.text.finish().is_err() {
                self.fail(ViolationKind::TextTruncated, start + len as u64);
                return (len, false);
            }
            self.text.reset();
        }
        (len, last)
    }

    #[cold]
    pub(super) fn fail(&mut self, kind: ViolationKind, offset: u64) -> Violation {
        set_failed(&mut self.state, kind, offset)
    }
}

/// [`MessageDecoder::fail`] while other fields are lent.
#[cold]
fn set_failed(state: &mut State, kind: ViolationKind, offset: u64) -> Violation {
    let violation = kind.at(offset);
    *state = State::Failed(violation);
    violation
}

/// The events in a piece of input: see [`MessageDecoder::decode`].
#[derive(Debug)]
pub struct Events<'d, 'b> {
    decoder: &'d mut MessageDecoder,
    input: &'b mut [u8],
}

impl Events<'_, '_> {
    /// The next event, or `None` when the input is used up. Take them all: what is left behind is lost to the decoder.
    ///
    /// # Errors
    ///
    /// The first rule broken. Later calls, on later input too, give the same error: nothing more is processed.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, Violation> {
        match self.decoder.whole_message(&mut self.input) {
            Some(Ok(data)) => return Ok(Some(Event::Data(data))),
            Some(Err(payload)) => {
                if let Some(data) = self.decoder.invalid_message(payload) {
                    return Ok(Some(Event::Data(data)));
                }
            }
            None => {}
        }
        self.decoder.step_by_state(&mut self.input)
    }
}
