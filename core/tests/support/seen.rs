//! Events as owned values, adjacent pieces of a message joined, so that two ways to cut the same stream compare equal.

use std::mem::MaybeUninit;

use wsproof_core::message::{DataKind, Event, MessageDecoder, SharedEvent};
use wsproof_core::{Role, Violation};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Data { kind: DataKind, rsv: u8, payload: Vec<u8>, first: bool, last: bool },
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>, String),
}

/// All that a stream said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    pub seen: Vec<Seen>,
    pub violation: Option<Violation>,
}

impl Log {
    /// Of whole text that is wrong, shared input says nothing but that; decoded in place, the valid start comes first.
    fn without_valid_start_of_wrong_text(&self) -> Self {
        let mut log = self.clone();
        if log.violation.is_some()
            && matches!(log.seen.last(), Some(Seen::Data { kind: DataKind::Text, last: false, .. }))
        {
            log.seen.pop();
        }
        log
    }

    pub fn push(&mut self, event: &Event<'_>) {
        match *event {
            Event::Data(data) => self.push_data(data.kind, data.rsv, data.payload, data.first, data.last),
            Event::Ping(payload) => self.seen.push(Seen::Ping(payload.to_vec())),
            Event::Pong(payload) => self.seen.push(Seen::Pong(payload.to_vec())),
            Event::Close(close) => {
                self.seen.push(Seen::Close(close.code.map(|code| code.0), close.reason.to_owned()));
            }
        }
    }

    pub fn push_shared(&mut self, event: SharedEvent<'_>) {
        match event {
            SharedEvent::Event(event) => self.push(&event),
            SharedEvent::Message(message) => {
                let mut place = vec![MaybeUninit::uninit(); message.len()];
                let (kind, payload) = (message.kind(), message.unmask_to(&mut place));
                if kind == DataKind::Binary || message.judge_text(payload) {
                    self.push_data(kind, 0, payload, true, true);
                }
            }
        }
    }

    pub fn push_data(&mut self, kind: DataKind, rsv: u8, octets: &[u8], first: bool, last: bool) {
        assert!(last || !octets.is_empty(), "an empty piece that is not the last says nothing");
        if let Some(Seen::Data { payload, last: ended, kind: before, rsv: rsv_before, .. }) =
            self.seen.last_mut()
            && !*ended
            && !first
        {
            assert_eq!((*before, *rsv_before), (kind, rsv));
            payload.extend_from_slice(octets);
            *ended = last;
            return;
        }
        self.seen.push(Seen::Data { kind, rsv, payload: octets.to_vec(), first, last });
    }
}

/// What the decoder makes of a stream in these pieces: in place, out of shared input, and going past what need not be seen.
pub fn decode<'a>(
    receiver: Role,
    options: wsproof_core::message::Options,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Log {
    let mut decoder = MessageDecoder::new(receiver, options);
    let mut log = Log::default();
    let mut shared =
        Shared { decoder: MessageDecoder::new(receiver, options), log: Log::default(), scratch: vec![] };
    let mut passing = Passing { decoder: MessageDecoder::new(receiver, options), log: Log::default() };
    for piece in pieces {
        shared.decode(piece);
        passing.decode(piece);
        let mut piece = piece.to_vec();
        let mut events = decoder.decode(&mut piece);
        loop {
            match events.next_event() {
                Ok(Some(event)) => log.push(&event),
                Ok(None) => break,
                Err(violation) => {
                    // A violation is for ever.
                    assert_eq!(*log.violation.get_or_insert(violation), violation);
                    break;
                }
            }
        }
        assert_eq!(decoder.violation(), log.violation);
        assert_eq!(shared.decoder.violation(), log.violation);
        assert_eq!(passing.decoder.violation(), log.violation);
        if log.violation.is_none() {
            assert_eq!(shared.decoder.offset(), decoder.offset());
            assert_eq!(passing.decoder.offset(), decoder.offset());
        }
    }
    assert_eq!(passing.log.seen, log.seen);
    assert_eq!(shared.log.without_valid_start_of_wrong_text(), log.without_valid_start_of_wrong_text());
    log
}

/// A decoder of shared input.
struct Shared {
    decoder: MessageDecoder,
    log: Log,
    scratch: Vec<u8>,
}

impl Shared {
    fn decode(&mut self, piece: &[u8]) {
        let log = &mut self.log;
        let end = self.decoder.decode_shared(piece, &mut self.scratch, |event| {
            log.push_shared(event);
            Ok::<(), Violation>(())
        });
        assert_eq!(end.err(), self.log.violation.or(self.decoder.violation()));
        self.log.violation = self.decoder.violation();
    }
}

/// A decoder that goes past what it can, and sees the rest octet by octet.
struct Passing {
    decoder: MessageDecoder,
    log: Log,
}

impl Passing {
    fn decode(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let passed = self.decoder.pass(piece.len() as u64);
            let (octets, rest) = piece.split_at(passed.map_or(1, |passed| passed.len as usize));
            piece = rest;
            if let Some(passed) = passed {
                self.log.push_data(passed.kind, passed.rsv, octets, passed.first, passed.last);
                continue;
            }
            let mut octet = octets.to_vec();
            let mut events = self.decoder.decode(&mut octet);
            while let Ok(Some(event)) = events.next_event() {
                self.log.push(&event);
            }
        }
    }
}

/// Cuts `wire` at the given places.
pub fn cut(wire: &[u8], mut places: Vec<usize>) -> Vec<&[u8]> {
    places.extend([0, wire.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &wire[pair[0]..pair[1]]).collect()
}
