//! Receiving, with the answers that the protocol asks for.

use alloc::vec::Vec;

use super::{Connection, KeySource, State};
use crate::close::CloseCode;
use crate::frame::Opcode;
use crate::message::{ControlPayload, Event, Passed, SharedEvent};
use crate::violation::Violation;

impl<K: KeySource> Connection<K> {
    /// The events in `input`, which continues the peer's stream. Payload is unmasked in place, so `input` is scratch
    /// afterwards. A pong is queued as its ping is taken; the Close that answers a Close or a violation is queued by
    /// [`transmit`](Self::transmit), behind all that you send until then.
    #[inline]
    pub fn receive<'c, 'b>(&'c mut self, input: &'b mut [u8]) -> Incoming<'c, 'b, K> {
        Incoming { connection: self, input }
    }

    /// As [`MessageDecoder::pass`](crate::message::MessageDecoder::pass): a piece of a message needs no answer.
    pub fn pass(&mut self, most: u64) -> Option<Passed> {
        self.decoder.pass(most)
    }

    /// Whether the peer's stream stands between two messages, and between two frames.
    #[must_use]
    pub const fn is_between_messages(&self) -> bool {
        self.decoder.is_between_messages()
    }

    /// As [`receive`](Self::receive), from input that must not be written to: see
    /// [`MessageDecoder::decode_shared`](crate::message::MessageDecoder::decode_shared).
    ///
    /// # Errors
    ///
    /// The first rule that the peer broke, also at later calls; or what `sink` gives, and then what follows in `input` is
    /// lost.
    #[inline]
    pub fn receive_shared<E: From<Violation>>(
        &mut self,
        mut input: &[u8],
        scratch: &mut Vec<u8>,
        mut sink: impl FnMut(SharedEvent<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            while let Some(message) = self.decoder.whole_shared_message(&mut input) {
                sink(SharedEvent::Message(message))?;
            }
            let step = self.decoder.copy_step(&mut input, scratch);
            let mut incoming = Incoming { connection: self, input: step };
            while let Some(event) = incoming.next_by_state()? {
                sink(SharedEvent::Event(event))?;
            }
            if input.is_empty() {
                return Ok(());
            }
        }
    }

    /// Queues the pong that was held back, once there is room.
    #[inline]
    pub(super) fn send_late_pong(&mut self) {
        if self.late_pong.is_some() && self.output.pending().len() < self.options.pong_backlog {
            self.queue_late_pong();
        }
    }

    #[cold]
    fn queue_late_pong(&mut self) {
        if let Some(payload) = self.late_pong.take()
            && self.can_send()
        {
            self.queue(true, Opcode::PONG, payload.as_slice());
        }
    }
}

/// The events in a piece of input: see [`Connection::receive`].
#[derive(Debug)]
pub struct Incoming<'c, 'b, K> {
    connection: &'c mut Connection<K>,
    input: &'b mut [u8],
}

impl<K: KeySource> Incoming<'_, '_, K> {
    /// The connection, to send between two events: so an answer goes out before what follows its cause is judged.
    ///
    /// ```
    /// # use wsproof_core::connection::{Connection, Options};
    /// # use wsproof_core::message::Event;
    /// # let mut client = Connection::client(Options::default(), || [1, 2, 3, 4]);
    /// # client.send_text("hello")?;
    /// # let mut wire = client.transmit().to_vec();
    /// wire.extend([0xff; 8]); // what follows the message breaks the rules
    /// let mut server = Connection::server(Options::default());
    /// let mut incoming = server.receive(&mut wire);
    /// while let Ok(Some(event)) = incoming.next_event() {
    ///     if matches!(event, Event::Data(piece) if piece.last) {
    ///         incoming.connection().send_text("got it")?;
    ///     }
    /// }
    /// assert_eq!(server.transmit()[..8], *b"\x81\x06got it");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn connection(&mut self) -> &mut Connection<K> {
        self.connection
    }

    /// The next event, or `None` when the input is used up. Take them all: what is left behind is lost.
    ///
    /// # Errors
    ///
    /// The first rule that the peer broke. The connection has then failed: later calls give the same error, and nothing
    /// more is processed.
    #[inline]
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, Violation> {
        // The fast path: most input is whole messages, which need no answer.
        match self.connection.decoder.whole_message(&mut self.input) {
            Some(Ok(data)) => return Ok(Some(Event::Data(data))),
            Some(Err(payload)) => {
                if let Some(data) = self.connection.decoder.invalid_message(payload) {
                    return Ok(Some(Event::Data(data)));
                }
            }
            None => {}
        }
        self.next_by_state()
    }

    /// The next event, whatever it is, with its answer.
    fn next_by_state(&mut self) -> Result<Option<Event<'_>>, Violation> {
        let Connection { role, options, keys, decoder, output, state, late_pong, peer_code, .. } =
            &mut *self.connection;
        let answers = matches!(state, State::Open);
        match decoder.step_by_state(&mut self.input) {
            Ok(Some(event @ Event::Data(_))) => Ok(Some(event)),
            Ok(Some(Event::Ping(payload))) => {
                if answers && options.auto_pong {
                    if output.pending().len() < options.pong_backlog {
                        // Answers are in the order of the pings: an older one held back is now out of date (§5.5.3).
                        *late_pong = None;
                        super::send::append(*role, keys, output, true, Opcode::PONG, payload);
                    } else {
                        let kept = late_pong.get_or_insert_with(ControlPayload::new);
                        kept.clear();
                        kept.push(payload);
                    }
                }
                Ok(Some(Event::Ping(payload)))
            }
            Ok(Some(Event::Close(payload))) => {
                *peer_code = Some(payload.code.unwrap_or(CloseCode::NO_STATUS));
                *state = match *state {
                    State::Open => State::CloseReceived,
                    State::CloseSent => State::Closed,
                    other => other,
                };
                Ok(Some(Event::Close(payload)))
            }
            Ok(event) => Ok(event),
            Err(violation) => {
                *state = State::Failed;
                Err(violation)
            }
        }
    }
}
