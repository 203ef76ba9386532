//! What the testee's frames do to the session.

use std::time::Duration;

use wsproof_core::frame::Opcode;

use super::inbox::{Heard, InFrame, InMessage};
use super::judge::Breach;
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
            self.cut_off(now);
        }
        spent
    }

    fn cut_off(&mut self, now: Duration) {
        self.progress.flooded = true;
        self.drop_tcp(DropKind::Reset, now);
    }

    pub(super) fn receive_frames(&mut self, mut octets: &mut [u8], now: Duration) {
        while self.state != State::Closed {
            let (progress, corpus_loop) = (&mut self.progress, self.corpus_loop.as_ref());
            let heard = self.inbox.read(&mut octets, |offset, piece| match corpus_loop {
                Some(corpus_loop) => {
                    progress.content_differs |= !corpus_loop.matches_at(offset, piece);
                }
                None => progress.compare(offset, piece),
            });
            if self.budget.spend_inflated(self.inbox.take_inflated(), self.recorder.transcript()) {
                return self.cut_off(now);
            }
            match heard {
                Heard::Nothing => return,
                Heard::Violation(rule) => {
                    self.progress.note(Breach::Rule(rule));
                    self.fail(1002, rule, now);
                }
                Heard::InvalidText => self.text_is_invalid(now),
                Heard::NotDeflate => {
                    // Autobahn trips over it: TCP is torn down, and the facts stay as they are.
                    self.progress.note(Breach::Rule("a compressed payload is not valid DEFLATE data"));
                    self.tear_down(DropKind::Reset, now);
                }
                Heard::FrameEnd => self.frame_received(now),
            }
        }
    }

    fn text_is_invalid(&mut self, now: Duration) {
        self.progress.note(Breach::Rule("its text is not UTF-8"));
        self.fail(1007, "invalid UTF-8 in a text message", now);
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
            if !frame.header.fin {
                return;
            }
            if !self.inbox.text_is_complete() {
                self.text_is_invalid(now);
            }
            self.message_received(now);
        }
    }

    fn control_frame_received(&mut self, frame: &InFrame, now: Duration) {
        let payload = frame.payload();
        match frame.header.opcode {
            Opcode::CLOSE => self.close_frame_received(payload, now),
            Opcode::PING if self.state == State::Open => {
                if self.outbox.len() > MAX_QUEUED_PONGS {
                    return;
                }
                self.progress.pong_inside_frame |= self.script.is_inside_frame();
                self.send_simple_frame(Opcode::PONG, Payload::bytes(payload), now);
            }
            Opcode::PONG => {
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
            self.progress.closed_at_pong.get_or_insert_with(|| self.progress.result.clone());
        }
        if !looped {
            self.finish_when_done(now);
        }
    }

    fn message_received(&mut self, now: Duration) {
        let Some(message) = self.inbox.take_message() else { return };
        if message.truncated {
            self.progress.note(Breach::Rule("a compressed message ends inside a DEFLATE block"));
        }
        if self.facts.failed_by_me {
            let event = message_event(&message);
            if self.progress.killed && self.budget.has_room_for(&event, self.progress.late.len()) {
                self.progress.late.push(event);
            }
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
        }
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
