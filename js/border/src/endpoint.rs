//! A decoder or a connection, fed whole reads.

use wsproof_core::close::{CloseCode, ClosePayload};
use wsproof_core::connection::{self, Connection, SeededKeys, State, TcpAction};
use wsproof_core::frame::Opcode;
use wsproof_core::message::{self, DataKind, Event, Limits, MessageDecoder};
use wsproof_core::{Role, Violation};

use crate::keys::Keys;
use crate::table::{
    ASIDE, ASIDE_AT, ASIDE_LEN, CODE_SHIFT, DONE, EVENT, FAILED, FIRST, FULL, HEAD, INFLATED, INFLATED_CAP,
    LAST, RSV_SHIFT,
};

/// What [`Endpoint::send`] is told beside the payload.
pub mod send_word {
    /// Not the last frame of its message.
    pub const MORE: u32 = 1 << 4;
    /// A fragment: the message may go on over several calls.
    pub const FRAGMENT: u32 = 1 << 5;
}

/// How an endpoint is set up. Numbers as JavaScript has them: a limit below 0 is core's default, one of 2⁶⁴
/// and more is none.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Whether it is a server.
    pub server: bool,
    /// Octets of a frame.
    pub max_frame: f64,
    /// Octets of a message.
    pub max_message: f64,
    /// Frames of a message.
    pub max_fragments: f64,
    /// RSV bits that an extension may set.
    pub allowed_rsv: u8,
}

impl Settings {
    /// `flags`: bit 0 for a server, RSV bits from bit 1.
    #[must_use]
    pub const fn new(flags: u32, max_frame: f64, max_message: f64, max_fragments: f64) -> Self {
        let allowed_rsv = (flags >> 1 & 7) as u8;
        Self { server: flags & 1 != 0, max_frame, max_message, max_fragments, allowed_rsv }
    }

    const fn role(&self) -> Role {
        if self.server { Role::Server } else { Role::Client }
    }

    fn limits(&self) -> Limits {
        let default = Limits::default();
        // A cast keeps to the range of its type.
        let limit = |value: f64, default: u64| if value >= 0.0 { value as u64 } else { default };
        let max_fragments = limit(self.max_fragments, u64::from(default.max_fragments));
        Limits {
            max_frame: limit(self.max_frame, default.max_frame),
            max_message: limit(self.max_message, default.max_message),
            max_fragments: u32::try_from(max_fragments).unwrap_or(u32::MAX),
        }
    }
}

/// What a handle stands for.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "the decoder is what is quick: one step less to its memory")]
pub enum Endpoint {
    /// Receives only.
    Decoder(MessageDecoder),
    /// Answers too.
    Connection(Box<Connection<Keys>>),
}

impl Endpoint {
    /// A decoder.
    #[must_use]
    pub fn decoder(settings: &Settings) -> Self {
        let options = message::Options { limits: settings.limits(), allowed_rsv: settings.allowed_rsv };
        Self::Decoder(MessageDecoder::new(settings.role(), options))
    }

    /// A connection after its handshake. `flags`: bit 4 answers pings, bit 5 answers a Close, bit 6 makes masking keys from
    /// `seed`.
    ///
    /// # Errors
    ///
    /// The host has no entropy for masking keys.
    pub fn connection(flags: u32, settings: &Settings, pong_backlog: u32, seed: f64) -> Result<Self, String> {
        let options = connection::Options {
            limits: settings.limits(),
            allowed_rsv: settings.allowed_rsv,
            auto_pong: flags & 16 != 0,
            auto_close: flags & 32 != 0,
            pong_backlog: pong_backlog as usize,
        };
        let keys = match flags & 64 != 0 {
            true => Keys::Seeded(SeededKeys::new(seed as u64)),
            false => Keys::random(settings.role())?,
        };
        Ok(Self::Connection(Box::new(Connection::new(settings.role(), options, keys))))
    }

    /// The same with permessage-deflate: see [`crate::deflate`].
    #[cfg(feature = "full")]
    pub(crate) fn with_deflate(
        self,
        agreed: wsproof_core::deflate::Response,
        settings: wsproof_core::deflate::Settings,
        check: Option<bool>,
    ) -> Self {
        match self {
            Self::Decoder(decoder) => {
                let sending = agreed.sending(decoder.receiver().peer());
                let mut inflater = wsproof_core::deflate::Inflater::new(sending);
                if let Some(check) = check {
                    inflater = inflater.with_window_check(check);
                }
                Self::Decoder(decoder.with_inflater(inflater))
            }
            Self::Connection(connection) => {
                let mut connection = connection.with_deflate(agreed, settings);
                if let Some(check) = check {
                    connection = connection.with_window_check(check);
                }
                Self::Connection(Box::new(connection))
            }
        }
    }

    /// Decodes `input` in place and describes it in `table`, which must have [`HEAD`] words at least; appends what is
    /// inflated.
    #[inline]
    pub fn feed(&mut self, input: &mut [u8], table: &mut [u32], inflated: &mut Vec<u8>) {
        let Some((head, events)) = table.split_at_mut_checked(HEAD) else { return };
        let before = self.offset();
        let place = Place { start: input.as_ptr() as usize, len: input.len() };
        let (status, count) = match self {
            Self::Decoder(decoder) => describe(decoder.decode(input), place, head, events, inflated),
            Self::Connection(connection) => {
                describe(connection.receive(input), place, head, events, inflated)
            }
        };
        head[0] = status;
        head[1] = (self.offset() - before) as u32;
        head[2] = inflated.len() as u32;
        head[3] = count;
    }

    /// Octets of the stream processed so far.
    #[must_use]
    pub fn offset(&self) -> u64 {
        match self {
            Self::Decoder(decoder) => decoder.offset(),
            Self::Connection(connection) => connection.offset(),
        }
    }

    /// The rule that was broken.
    #[must_use]
    pub const fn violation(&self) -> Option<Violation> {
        match self {
            Self::Decoder(decoder) => decoder.violation(),
            Self::Connection(connection) => connection.violation(),
        }
    }
}

/// Where an input is in memory: what is decoded in it is told by its distance from the start.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    len: usize,
}

/// Both kinds of events.
trait Source {
    fn next_event(&mut self) -> Result<Option<Event<'_>>, Violation>;
}

impl Source for message::Events<'_, '_> {
    #[inline]
    fn next_event(&mut self) -> Result<Option<Event<'_>>, Violation> {
        Self::next_event(self)
    }
}

impl Source for connection::Incoming<'_, '_, Keys> {
    #[inline]
    fn next_event(&mut self) -> Result<Option<Event<'_>>, Violation> {
        Self::next_event(self)
    }
}

/// Fills the table; returns how it ended and the number of events.
#[inline]
fn describe(
    mut source: impl Source,
    place: Place,
    head: &mut [u32],
    events: &mut [u32],
    inflated: &mut Vec<u8>,
) -> (u32, u32) {
    let mut count = 0;
    while let Some(row) = events.get_mut(EVENT * count as usize..).and_then(|rest| rest.get_mut(..EVENT)) {
        let (word, payload) = match source.next_event() {
            Ok(Some(Event::Data(data))) => {
                let first = if data.first { FIRST } else { 0 };
                let last = if data.last { LAST } else { 0 };
                let opcode = u32::from(data.kind.opcode().get());
                (opcode | first | last | u32::from(data.rsv) << RSV_SHIFT, data.payload)
            }
            Ok(Some(Event::Ping(payload))) => (u32::from(Opcode::PING.get()) | FIRST | LAST, payload),
            Ok(Some(Event::Pong(payload))) => (u32::from(Opcode::PONG.get()) | FIRST | LAST, payload),
            Ok(Some(Event::Close(close))) => {
                let code = close.code.map_or(0, |code| u32::from(code.0));
                let word = u32::from(Opcode::CLOSE.get()) | FIRST | LAST | code << CODE_SHIFT;
                (word, close.reason.as_bytes())
            }
            Ok(None) => return (DONE, count),
            Err(_) => return (FAILED, count),
        };
        let at = (payload.as_ptr() as usize).wrapping_sub(place.start);
        if payload.is_empty() || at < place.len {
            row.copy_from_slice(&[
                word,
                if payload.is_empty() { 0 } else { at as u32 },
                payload.len() as u32,
            ]);
        } else if word & 8 != 0 {
            row.copy_from_slice(&[word | ASIDE, 0, put_aside(payload, head)]);
        } else {
            row.copy_from_slice(&[word | INFLATED, inflated.len() as u32, payload.len() as u32]);
            inflated.extend_from_slice(payload);
            count = join(events, count);
            if inflated.len() >= INFLATED_CAP {
                return (FULL, count);
            }
            continue;
        }
        count += 1;
    }
    (FULL, count)
}

/// Counts a row of inflated octets; those that continue the row before them become one with it.
fn join(events: &mut [u32], count: u32) -> u32 {
    let at = EVENT * count as usize;
    let Some((before, row)) = events.split_at_mut_checked(at) else { return count };
    if let ([.., word, _, len], [next, _, more, ..]) = (before, row)
        && *word & (INFLATED | LAST) == INFLATED
        && *next & FIRST == 0
    {
        *word |= *next & LAST;
        *len += *more;
        return count;
    }
    count + 1
}

/// Copies a control payload that came in pieces into the table; returns its length. An input ends at most one of them.
#[cold]
fn put_aside(payload: &[u8], head: &mut [u32]) -> u32 {
    let payload = &payload[..payload.len().min(ASIDE_LEN)];
    for (word, octets) in head[ASIDE_AT..].iter_mut().zip(payload.chunks(4)) {
        let mut four = [0; 4];
        four[..octets.len()].copy_from_slice(octets);
        *word = u32::from_ne_bytes(four);
    }
    payload.len() as u32
}

/// Sending, and what a connection is asked. A decoder sends nothing: everything is refused.
impl Endpoint {
    fn talking(&mut self) -> Result<&mut Connection<Keys>, String> {
        match self {
            Self::Connection(connection) => Ok(connection),
            Self::Decoder(_) => Err("a decoder sends nothing".to_owned()),
        }
    }

    /// Queues a frame: `word` is an opcode with the bits of [`send_word`].
    ///
    /// # Errors
    ///
    /// The text of core's [`connection::SendError`].
    pub fn send(&mut self, word: u32, payload: &[u8]) -> Result<(), String> {
        let connection = self.talking()?;
        let opcode = Opcode::new((word & 0xf) as u8);
        let kind = if opcode == Opcode::TEXT { DataKind::Text } else { DataKind::Binary };
        let sent = match opcode {
            Opcode::PING => connection.send_ping(payload),
            Opcode::PONG => connection.send_pong(payload),
            _ if word & send_word::FRAGMENT != 0 => {
                connection.send_fragment(kind, payload, word & send_word::MORE == 0)
            }
            Opcode::TEXT => {
                let text = std::str::from_utf8(payload).map_err(|error| error.to_string())?;
                connection.send_text(text)
            }
            _ => connection.send_binary(payload),
        };
        sent.map_err(|error| error.to_string())
    }

    /// Queues a Close; code 0 is none.
    ///
    /// # Errors
    ///
    /// The text of core's [`connection::SendError`].
    pub fn close(&mut self, code: u32, reason: &[u8]) -> Result<(), String> {
        let connection = self.talking()?;
        let reason = std::str::from_utf8(reason).map_err(|error| error.to_string())?;
        let code = match code {
            0 => None,
            code => Some(CloseCode(
                u16::try_from(code).map_err(|_| format!("close code {code} is no 16-bit number"))?,
            )),
        };
        connection.close(ClosePayload { code, reason }).map_err(|error| error.to_string())
    }

    /// The octets to write to the peer.
    #[must_use]
    pub fn transmit(&self) -> &[u8] {
        match self {
            Self::Connection(connection) => connection.transmit(),
            Self::Decoder(_) => &[],
        }
    }

    /// Tells that so many of them are written.
    pub fn advance(&mut self, written: usize) {
        if let Self::Connection(connection) = self {
            connection.advance(written);
        }
    }

    /// Tells that the peer's stream has ended.
    pub fn receive_eof(&mut self) {
        if let Self::Connection(connection) = self {
            connection.receive_eof();
        }
    }

    /// Where the endpoint stands: `state | tcp action << 4 | between messages << 8 | clean << 9 | close code << 16`.
    #[must_use]
    pub fn status(&self) -> u32 {
        match self {
            Self::Decoder(decoder) => {
                let state = if decoder.violation().is_some() {
                    State::Failed
                } else if decoder.is_closed() {
                    State::CloseReceived
                } else {
                    State::Open
                };
                number(state) | u32::from(decoder.is_between_messages()) << 8
            }
            Self::Connection(connection) => {
                let action = match connection.tcp_action() {
                    TcpAction::Keep => 0,
                    TcpAction::AwaitPeer => 1,
                    TcpAction::Close => 2,
                };
                let code = connection.close_code().map_or(0, |code| u32::from(code.0));
                number(connection.state())
                    | action << 4
                    | u32::from(connection.was_clean()) << 9
                    | code << CODE_SHIFT
            }
        }
    }
}

const fn number(state: State) -> u32 {
    match state {
        State::Open => 0,
        State::CloseSent => 1,
        State::CloseReceived => 2,
        State::Closed => 3,
        State::Failed => 4,
    }
}
