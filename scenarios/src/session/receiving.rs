//! How the session reacts to the testee's frames.

use std::time::Duration;

use wsproof_core::deflate::TooFarBack;
use wsproof_core::frame::Opcode;
use wsproof_core::{Role, Violation, ViolationKind};

use super::inbox::{Heard, InFrame, InMessage};
use super::judge::Progress;
use super::{DropKind, Session, State};
use crate::case::Judge;
use crate::event::Event;
use crate::payload::Payload;
use crate::transcript::Excerpt;

/// A frame costs us about as much as so many octets, however short it is.
const FRAME_COST: u64 = 64;

/// Pings are not answered while more frames than this wait to be written: RFC 6455 §5.5.3 lets us answer only the
/// latest, and a testee that pings and does not read must not fill the memory.
const MAX_QUEUED_PONGS: usize = 1_000;

impl Session<'_> {
    /// Takes octets off what the testee may still send. Answers whether it is cut off.
    pub(super) fn spend(&mut self, octets: u64, now: Duration) -> bool {
        let spent = self.budget.spend(octets, self.recorder.transcript());
        if spent {
            self.progress.flooded = true;
            if self.watching {
                self.end_watch(DropKind::Reset);
            } else {
                self.drop_tcp(DropKind::Reset, now);
            }
        }
        spent
    }

    pub(super) fn receive_frames(&mut self, mut octets: &mut [u8], now: Duration) {
        self.ends.octets(octets);
        self.note_http(octets);
        while self.state != State::Closed || self.watching {
            match self.read(&mut octets, now) {
                None | Some(Heard::Nothing) => return,
                Some(Heard::Violation(violation)) => self.violated(violation, now),
                Some(Heard::TooFarBack(fault, at)) => self.referred_too_far_back(fault, at, now),
                Some(Heard::FrameEnd) => {
                    let closed_before = self.ends.first.is_some();
                    if self.watching {
                        self.frame_watched(now);
                    } else {
                        self.frame_received(now);
                    }
                    if !closed_before {
                        self.ends.octets(octets);
                    }
                    self.note_http(octets);
                }
            }
        }
    }

    /// Takes note of an HTTP response where a frame is due. It is read as frames all the same, as Autobahn does.
    fn note_http(&mut self, octets: &[u8]) {
        if octets.starts_with(b"HTTP/") && self.inbox.is_between_frames() && self.ends.first.is_none() {
            let at = self.inbox.position();
            self.progress.http.get_or_insert_with(|| (at, Excerpt::of(octets)));
        }
    }

    /// Reads on until there is something to tell; `None` if the testee was cut off.
    fn read(&mut self, octets: &mut &mut [u8], now: Duration) -> Option<Heard> {
        let (progress, corpus_loop) = (&mut self.progress, self.corpus_loop.as_ref());
        // What comes by itself before our message, or behind the testee's close frame, is no echo.
        let no_echo = progress.greetings_left > 0 || self.ends.first.is_some();
        let heard = self.inbox.read(octets, |offset, piece| match corpus_loop {
            _ if no_echo => {}
            Some(corpus_loop) => progress.content_differs |= !corpus_loop.matches_at(offset, piece),
            None => progress.compare(offset, piece),
        });
        let inflated = self.budget.inflated(self.inbox.take_inflated());
        if inflated > 0 && self.spend(inflated, now) { None } else { Some(heard) }
    }

    /// The testee broke a rule: the connection fails as Autobahn fails it.
    fn violated(&mut self, violation: Violation, now: Duration) {
        self.breach(violation, now);
        match violation.kind {
            _ if self.watching => {
                if violation.kind == ViolationKind::NotDeflate {
                    self.end_watch(DropKind::Reset);
                }
            }
            ViolationKind::TextNotUtf8 | ViolationKind::TextTruncated => {
                self.fail(1007, "invalid UTF-8 in a text message", now);
            }
            // Autobahn trips over it.
            ViolationKind::NotDeflate => self.give_up_reading(now),
            kind => self.fail(1002, &kind.to_string(), now),
        }
    }

    /// A compressed message refers further back than was agreed. Autobahn inflates a message with a window of the agreed
    /// size through zlib: that notices what reaches further than the window back from where the message starts, and then
    /// tears TCP down; what stays inside the message it takes.
    fn referred_too_far_back(&mut self, fault: TooFarBack, at: u64, now: Duration) {
        // Of a thousand messages each may do so; the first is told of, the others are counted.
        if self.inbox.too_far().is_some_and(|too_far| too_far.others == 0) {
            self.breach(fault.violation(self.role.peer()).at(at), now);
        }
        let noticed = match fault {
            TooFarBack::Window { window, distance, octet } => {
                u64::from(distance) > octet + window.octets() as u64
            }
            TooFarBack::Message { .. } => true,
        };
        match (noticed, self.watching) {
            (true, true) => self.end_watch(DropKind::Reset),
            (true, false) => self.give_up_reading(now),
            (false, _) => {}
        }
    }

    /// What the testee compressed cannot be read on: TCP is torn down, as Autobahn does, and the facts stay as they are.
    fn give_up_reading(&mut self, now: Duration) {
        self.progress.unreadable = true;
        self.tear_down(DropKind::Reset, now);
    }

    /// Takes note of a broken rule for our own verdict.
    pub(super) fn breach(&mut self, violation: Violation, now: Duration) {
        if !self.ends.violation(violation.kind) {
            self.progress.note(violation, now);
        }
    }

    /// A frame came after Autobahn had given the testee up: only how the connection ends is still of interest, and an
    /// answer that is late.
    fn frame_watched(&mut self, now: Duration) {
        let Some(frame) = self.inbox.take_frame() else { return };
        if self.spend(FRAME_COST, now) {
            return;
        }
        self.recorder.frame_received(now, &frame.header, frame.excerpt());
        if frame.header.opcode == Opcode::CLOSE {
            self.note_close_frame(frame.payload(), now);
            if self.role == Role::Server {
                self.end_watch(DropKind::Graceful);
            }
        } else if !frame.header.opcode.is_control() {
            self.ends.data_frame(frame.header.opcode, frame.header.payload_len);
            if frame.header.fin
                && let Some(message) = self.inbox.take_message()
            {
                self.late(&message);
            }
        }
    }

    /// A message came after the time of the case.
    fn late(&mut self, message: &InMessage) {
        let event = message_event(message);
        if self.ends.first.is_none() && self.budget.has_room_for(&event, self.progress.late.len()) {
            self.progress.late.push(event);
        }
    }

    fn frame_received(&mut self, now: Duration) {
        let Some(frame) = self.inbox.take_frame() else { return };
        if self.spend(FRAME_COST, now) {
            return;
        }
        let excerpt = if frame.header.opcode.is_control() || !self.facts.failed_by_me {
            frame.excerpt()
        } else {
            Excerpt::default()
        };
        self.recorder.frame_received(now, &frame.header, excerpt);
        if frame.header.opcode.is_control() {
            self.control_frame_received(&frame, now);
        } else {
            self.traffic.incoming.frames += 1;
            self.ends.data_frame(frame.header.opcode, frame.header.payload_len);
            if !frame.header.fin {
                return;
            }
            if !self.inbox.text_is_complete() {
                self.violated(ViolationKind::TextTruncated.at(self.inbox.position()), now);
            }
            self.message_received(now);
        }
    }

    fn control_frame_received(&mut self, frame: &InFrame, now: Duration) {
        let payload = frame.payload();
        match frame.header.opcode {
            Opcode::CLOSE => {
                self.close_frame_received(payload, now);
                self.dialogue_goes_on(now);
            }
            Opcode::PING if self.state == State::Open => {
                if self.outbox.len() > MAX_QUEUED_PONGS {
                    return;
                }
                if self.script.is_inside_frame() {
                    self.script.hold_pong(payload);
                } else {
                    self.send_simple_frame(Opcode::PONG, Payload::bytes(payload), now);
                }
            }
            Opcode::PONG => {
                if self.ends.pings_behind.iter().any(|ping| ping == payload) {
                    self.progress.pongs_after_close += 1;
                }
                let payload = match payload.len() > self.inbox.max_kept() {
                    false => Payload::bytes(payload),
                    // Longer than any that the case expects: only its head and length matter.
                    true => Payload::repeat(&payload[..Excerpt::MAX], payload.len() as u64),
                };
                self.record(Event::Pong { payload });
                self.pong_received(now);
            }
            _ => {}
        }
    }

    /// No pong is awaited where messages are counted, yet Autobahn closes at once when one comes. In a loop the pair of
    /// verdicts is settled by that, and the loop goes on for our own.
    fn pong_received(&mut self, now: Duration) {
        let sized = matches!(self.case.judge, Judge::Size { .. });
        let looped = matches!(self.case.judge, Judge::EchoLoop | Judge::CorpusLoop);
        if (sized || looped) && self.state == State::Open {
            self.progress.ponged = true;
            self.progress.settle(self.progress.result.clone());
        }
        if !looped {
            self.finish_when_done(now);
        }
        self.dialogue_goes_on(now);
    }

    fn message_received(&mut self, now: Duration) {
        let Some(message) = self.inbox.take_message() else { return };
        if message.truncated {
            self.breach(ViolationKind::DeflateTruncated.at(self.inbox.position()), now);
        }
        if self.facts.failed_by_me {
            if self.progress.killed {
                self.late(&message);
            }
            return;
        }
        if self.greets(&message) {
            return;
        }
        match self.case.judge {
            Judge::Size { binary, octets } => {
                self.progress.sized_message(binary, octets, &message);
                self.recorder.switch(now, true, false);
                self.shut_with_code(1000, now);
            }
            Judge::EchoLoop => {
                if !self.progress.echo_is_right(&message) {
                    self.recorder.switch(now, true, true);
                    self.shut_with_code(1000, now);
                } else if self.next_round_trip(now) {
                    self.progress.loop_done();
                    self.recorder.switch(now, true, true);
                    self.shut_with_code(1000, now);
                }
            }
            Judge::CorpusLoop => self.corpus_message_received(&message, now),
            Judge::Events | Judge::EventsAndFramesSent { .. } | Judge::Informational => {
                self.record(message_event(&message));
                self.finish_when_done(now);
            }
            Judge::Steps => {
                self.record(message_event(&message));
                self.dialogue_goes_on(now);
            }
        }
    }

    /// Whether the message is a greeting, which our own verdict looks past. Autobahn's pair does so only if it is told to:
    /// where one message decides, or one that is wrong ends a loop, the pair is settled here, and the case goes on.
    fn greets(&mut self, message: &InMessage) -> bool {
        if self.progress.greetings_left == 0 {
            return false;
        }
        self.progress.greetings_left -= 1;
        self.progress.greetings += 1;
        self.progress.greeting_octets.get_or_insert(message.len);
        if self.options.ignore_greeting {
            return true;
        }
        match self.case.judge {
            Judge::Size { binary, octets } => {
                let mut as_autobahn = Progress::new(self.case, 0);
                as_autobahn.sized_message(binary, octets, message);
                self.progress.settle(as_autobahn.result);
            }
            Judge::EchoLoop => {
                let mut as_autobahn = Progress::new(self.case, 0);
                as_autobahn.echo_is_right(message);
                self.progress.settle(as_autobahn.result);
            }
            Judge::CorpusLoop => {
                let mut as_autobahn = Progress::new(self.case, 0);
                as_autobahn.corpus_echo_is_wrong(message);
                self.progress.settle(as_autobahn.result);
            }
            // Not one of Autobahn's.
            Judge::Steps => {}
            Judge::Events | Judge::EventsAndFramesSent { .. } | Judge::Informational => return false,
        }
        true
    }

    /// An echo in a loop of compressed messages.
    fn corpus_message_received(&mut self, message: &InMessage, now: Duration) {
        let Some(corpus_loop) = &self.corpus_loop else {
            // Compression was not agreed on, or the loop has not begun.
            self.progress.corpus_echo_is_wrong(message);
            return self.shut_with_code(1000, now);
        };
        let kind_is_right = message.binary == corpus_loop.is_binary();
        let right = kind_is_right && message.len == corpus_loop.octets() && !self.progress.content_differs;
        self.traffic.incoming.message(message.len, message.wire_len);
        self.progress.compressed_messages += u64::from(message.compressed);
        if !right {
            self.progress.corpus_echo_is_wrong(message);
            if !kind_is_right && message.binary && !message.starts_like_text() {
                // Autobahn reads the echo as text, and trips over one that is none: TCP is torn down.
                return self.tear_down(DropKind::Reset, now);
            }
            self.recorder.switch(now, true, true);
            self.shut_with_code(1000, now);
        } else if self.next_corpus_message(now) {
            self.progress.loop_done();
            self.snapshot_traffic();
            self.recorder.switch(now, true, true);
            self.shut_with_code(1000, now);
        }
    }

    fn record(&mut self, event: Event<Payload>) {
        if self.budget.has_room_for(&event, self.received.len()) {
            self.received.push(event);
        }
    }

    /// Closes as soon as the events are exactly those of the only alternative.
    fn finish_when_done(&mut self, now: Duration) {
        let case = self.case;
        if case.judge == Judge::Steps {
            return;
        }
        let done = case.accept.iter().all(|alternative| alternative.events == self.received);
        if done && case.close.auto_close {
            let code = case.close.codes.first().copied().unwrap_or(1000);
            self.shut_with_code(code, now);
        }
    }
}

fn message_event(message: &InMessage) -> Event<Payload> {
    let payload = match message.whole() {
        Some(whole) => Payload::bytes(whole),
        // Too long to be kept, so longer than any that a case expects: only its head and length matter.
        None => Payload::repeat(message.kept.clone(), message.len),
    };
    Event::Message { binary: message.binary, payload }
}
