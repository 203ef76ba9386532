//! The small language in which the catalogue is written.

use std::time::Duration;

use wsproof_core::frame::Opcode;

use crate::case::{Alternative, Case, Clause, CloseRule, DeflateWish, FrameStep, Judge, Level, Step};
use crate::event::Event;
use crate::id::CaseId;
use crate::payload::Payload;
use crate::verdict::Behavior;

/// A frame of this opcode, final, without reserved bits.
pub(super) fn frame(opcode: Opcode, payload: impl Into<Payload>) -> FrameStep {
    FrameStep::simple(opcode, payload.into())
}

pub(super) fn text(payload: impl Into<Payload>) -> FrameStep {
    frame(Opcode::TEXT, payload)
}

pub(super) fn binary(payload: impl Into<Payload>) -> FrameStep {
    frame(Opcode::BINARY, payload)
}

pub(super) fn continuation(payload: impl Into<Payload>) -> FrameStep {
    frame(Opcode::CONTINUATION, payload)
}

pub(super) fn ping(payload: impl Into<Payload>) -> FrameStep {
    frame(Opcode::PING, payload)
}

pub(super) fn pong(payload: impl Into<Payload>) -> FrameStep {
    frame(Opcode::PONG, payload)
}

impl FrameStep {
    /// With FIN=0: more fragments follow.
    pub(super) fn unfinished(mut self) -> Self {
        self.fin = false;
        self
    }

    /// With these reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    pub(super) fn rsv(mut self, bits: u8) -> Self {
        self.rsv = bits;
        self
    }

    /// Sent as `how` says.
    pub(super) fn sent(mut self, how: Delivery) -> Self {
        match how {
            Delivery::Together => {}
            Delivery::Apart => self.sync = true,
            Delivery::Octetwise => self.chop = Some(1),
        }
        self
    }

    /// Written to TCP in pieces of so many octets.
    pub(super) fn chopped(mut self, octets: u32) -> Self {
        self.chop = Some(octets);
        self
    }
}

/// How the frames of a case reach TCP: the three ways in which the catalogue repeats many of its cases.
#[derive(Clone, Copy)]
pub(super) enum Delivery {
    /// All in one write.
    Together,
    /// One write a frame.
    Apart,
    /// One write an octet.
    Octetwise,
}

impl Delivery {
    /// All three, in the catalogue's order.
    pub(super) const ALL: [Self; 3] = [Self::Together, Self::Apart, Self::Octetwise];

    /// For descriptions.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Together => "all in one write",
            Self::Apart => "one write per frame",
            Self::Octetwise => "one octet per write",
        }
    }
}

impl From<&str> for Payload {
    fn from(text: &str) -> Self {
        Self::bytes(text)
    }
}

impl From<&[u8]> for Payload {
    fn from(octets: &[u8]) -> Self {
        Self::bytes(octets)
    }
}

impl<const N: usize> From<&[u8; N]> for Payload {
    fn from(octets: &[u8; N]) -> Self {
        Self::bytes(*octets)
    }
}

/// The event of a text message coming back.
pub(super) fn text_event(payload: impl Into<Payload>) -> Event<Payload> {
    Event::Message { binary: false, payload: payload.into() }
}

/// The event of a binary message coming back.
pub(super) fn binary_event(payload: impl Into<Payload>) -> Event<Payload> {
    Event::Message { binary: true, payload: payload.into() }
}

/// The event of a pong coming.
pub(super) fn pong_event(payload: impl Into<Payload>) -> Event<Payload> {
    Event::Pong { payload: payload.into() }
}

/// The event of a wait ending with the connection still open.
pub(super) fn timeout_event(label: &str) -> Event<Payload> {
    Event::Timeout { label: label.to_owned() }
}

/// Times in the catalogue are whole and half seconds.
fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A case in the making.
#[derive(Clone)]
pub(super) struct Builder(Case);

/// Begins a case.
pub(super) fn case(id: &[u16], description: impl Into<String>, expectation: impl Into<String>) -> Builder {
    Builder(Case {
        id: CaseId::new(id).expect("catalogue ids have two or three numbers"),
        description: description.into(),
        expectation: expectation.into(),
        clauses: Vec::new(),
        deflate: Vec::new(),
        steps: Vec::new(),
        judge: Judge::Events,
        accept: Vec::new(),
        close: CloseRule {
            by_fuzzer: true,
            codes: vec![1000],
            require_clean: true,
            auto_close: false,
            wrong_endpoint_fatal: false,
            wrong_code_fatal: false,
        },
        report_time: false,
    })
}

impl Builder {
    fn clause(mut self, level: Level, section: &str) -> Self {
        self.0.clauses.push(Clause { level, section: section.to_owned() });
        self
    }

    /// Proves a MUST.
    pub(super) fn must(self, section: &str) -> Self {
        self.clause(Level::Must, section)
    }

    /// Proves a SHOULD.
    pub(super) fn should(self, section: &str) -> Self {
        self.clause(Level::Should, section)
    }

    /// Observes what is left open.
    pub(super) fn may(self, section: &str) -> Self {
        self.clause(Level::May, section)
    }

    pub(super) fn step(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }

    /// Sends a frame.
    pub(super) fn send(self, frame: FrameStep) -> Self {
        self.step(Step::Frame(frame))
    }

    /// Sends frames in a row.
    pub(super) fn send_all(self, frames: impl IntoIterator<Item = FrameStep>) -> Self {
        frames.into_iter().fold(self, Self::send)
    }

    /// Sends a message, in fragments of so many octets if told.
    pub(super) fn message(self, binary: bool, payload: impl Into<Payload>, fragment: Option<u32>) -> Self {
        self.step(Step::Message { binary, payload: payload.into(), fragment })
    }

    /// Asks for compression.
    pub(super) fn deflate(mut self, wishes: &[DeflateWish]) -> Self {
        self.0.deflate = wishes.to_vec();
        self
    }

    /// Starts the closing handshake with this close frame payload.
    pub(super) fn close(self, payload: impl Into<Payload>) -> Self {
        self.step(Step::Close { payload: payload.into() })
    }

    /// Starts the closing handshake with this code and reason.
    pub(super) fn close_with(self, code: u16, reason: &[u8]) -> Self {
        let payload = [&code.to_be_bytes()[..], reason].concat();
        self.close(&payload[..])
    }

    /// Pauses the script.
    pub(super) fn wait(self, seconds: f64) -> Self {
        self.step(Step::Wait { seconds: secs(seconds), record: None })
    }

    /// Pauses the script, and records that the connection was still open.
    pub(super) fn wait_and_record(self, seconds: f64, label: &str) -> Self {
        self.step(Step::Wait { seconds: secs(seconds), record: Some(label.to_owned()) })
    }

    /// Fails the connection after so long.
    pub(super) fn kill_after(self, seconds: f64) -> Self {
        self.step(Step::KillAfter { seconds: secs(seconds) })
    }

    /// Closes the connection after so long.
    pub(super) fn close_after(self, seconds: f64) -> Self {
        self.step(Step::CloseAfter { seconds: secs(seconds) })
    }

    /// These events are right; then we close, and the closing handshake must be completed.
    pub(super) fn expect(mut self, events: impl IntoIterator<Item = Event<Payload>>) -> Self {
        self.0.close.auto_close = true;
        self.alternative(Behavior::Ok, events)
    }

    /// The testee must fail the connection with this code, having sent nothing.
    pub(super) fn expect_failure(self, code: u16) -> Self {
        self.failure_rule(code).alternative(Behavior::Ok, [])
    }

    /// The testee must fail the connection with this code; the echo of the legal message before should have come.
    pub(super) fn expect_then_failure(self, first: Event<Payload>, code: u16) -> Self {
        self.failure_rule(code).alternative(Behavior::Ok, [first]).alternative(Behavior::NonStrict, [])
    }

    fn failure_rule(mut self, code: u16) -> Self {
        self.0.close = CloseRule {
            by_fuzzer: false,
            codes: vec![code],
            require_clean: false,
            auto_close: false,
            wrong_endpoint_fatal: false,
            wrong_code_fatal: false,
        };
        self
    }

    /// Nothing must come but an answer to our close frame, with one of these codes or none.
    pub(super) fn expect_close_reply(mut self, codes: &[u16]) -> Self {
        self.0.close.codes = codes.to_vec();
        self.0.close.wrong_code_fatal = true;
        self.alternative(Behavior::Ok, [])
    }

    /// Our close frame is illegal: a failed connection is as good an answer.
    pub(super) fn or_failure(mut self) -> Self {
        self.0.close.require_clean = false;
        self
    }

    pub(super) fn alternative(
        mut self,
        behavior: Behavior,
        events: impl IntoIterator<Item = Event<Payload>>,
    ) -> Self {
        self.0.accept.push(Alternative { behavior, events: events.into_iter().collect() });
        self
    }

    /// Exactly these alternatives, in order of preference.
    pub(super) fn replace_alternatives(
        mut self,
        alternatives: impl IntoIterator<Item = (Behavior, Vec<Event<Payload>>)>,
    ) -> Self {
        self.0.accept.clear();
        alternatives
            .into_iter()
            .fold(self, |builder, (behavior, events)| builder.alternative(behavior, events))
    }

    pub(super) fn judge(mut self, judge: Judge) -> Self {
        self.0.judge = judge;
        self
    }

    pub(super) fn close_rule(mut self, change: impl FnOnce(&mut CloseRule)) -> Self {
        change(&mut self.0.close);
        self
    }

    /// Reports show how long the case took.
    pub(super) fn timed(mut self) -> Self {
        self.0.report_time = true;
        self
    }

    pub(super) fn build(self) -> Case {
        self.0
    }
}
