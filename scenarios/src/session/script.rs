//! Performs the steps of a case.

use std::time::Duration;

use wsproof_core::Role;
use wsproof_core::frame::{FrameHeader, Opcode};

use super::outbox::{Fragments, OutFrame, Source};
use super::timers::TimerKind;
use super::{Session, State};
use crate::case::{FrameStep, Judge, Step};
use crate::event::Event;
use crate::payload::Payload;
use crate::transcript::LogEvent;

/// Where the script is.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// The next step. At most the number of steps.
    next: usize,
    /// The fragment size that messages follow unless they name one; 0 is none.
    auto_fragment: u32,
    /// The message that is being streamed.
    stream: Option<Stream>,
    /// The round trips still to be made, the one under way included.
    pub(super) round_trips_left: u32,
    /// Pongs that wait until a frame of ours is complete, with their payloads.
    held_pongs: Vec<Vec<u8>>,
    /// A pong was held back. Autobahn would have written it into the frame, and so have broken its own stream.
    pub(super) held_a_pong: bool,
}

/// No more pongs are held back than this: RFC 6455 §5.5.3 lets us answer only the latest pings.
const MAX_HELD_PONGS: usize = 100;

impl Script {
    /// The fragment size that messages follow unless they name one; 0 is none.
    pub(super) fn auto_fragment(&self) -> u32 {
        self.auto_fragment
    }

    /// The step that was done last, or that waits.
    pub(super) fn current(&self) -> Option<usize> {
        self.next.checked_sub(1)
    }

    /// Does no more of this many steps.
    pub(super) fn end(&mut self, steps: usize) {
        self.next = steps;
    }

    /// Whether all of this many steps were begun.
    pub(super) fn is_over(&self, steps: usize) -> bool {
        self.next >= steps
    }

    /// Whether a frame's header was sent and its payload is not complete: what is sent now lands inside that frame.
    pub(super) fn is_inside_frame(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.sent < stream.announced)
    }

    /// Keeps the answer to a ping until the frame that is half sent is complete.
    pub(super) fn hold_pong(&mut self, payload: &[u8]) {
        self.held_a_pong = true;
        if self.held_pongs.len() == MAX_HELD_PONGS {
            self.held_pongs.remove(0);
        }
        self.held_pongs.push(payload.to_vec());
    }
}

#[derive(Debug)]
struct Stream {
    opcode: Opcode,
    key: Option<[u8; 4]>,
    /// Octets of payload that the frame's header announced; 0 before it was sent.
    announced: u64,
    /// Octets of the frame's payload that were sent.
    sent: u64,
}

impl Session<'_> {
    /// Does the steps up to the next wait.
    pub(super) fn run_script(&mut self, now: Duration) {
        let case = self.case;
        while let Some(step) = case.steps.get(self.script.next) {
            self.script.next += 1;
            match step {
                Step::Frame(frame) => self.send_frame(frame, now),
                Step::Expect(expect) => {
                    if !self.await_step(step, expect.within, now) {
                        return;
                    }
                }
                Step::ExpectSilence(silence) => {
                    if !self.await_step(step, silence.seconds, now) {
                        return;
                    }
                }
                Step::Refuse(refuse) => {
                    if !self.await_step(step, refuse.within, now) {
                        return;
                    }
                }
                Step::Octets { payload, chop } => self.send_octets(payload, *chop, now),
                Step::Message { binary, payload, fragment } => {
                    self.send_message(*binary, payload, fragment.unwrap_or(self.script.auto_fragment), now);
                }
                Step::Close { payload } => self.shut(payload, false, now),
                Step::StreamBegin { binary } => {
                    let opcode = if *binary { Opcode::BINARY } else { Opcode::TEXT };
                    self.script.stream = Some(Stream { opcode, key: None, announced: 0, sent: 0 });
                }
                Step::StreamHeader { octets } => self.stream_header(*octets, now),
                Step::StreamData { payload } => self.stream_data(payload, now),
                Step::StreamEnd => {
                    if self.state == State::Open {
                        self.send_simple_frame(Opcode::CONTINUATION, Payload::bytes([]), now);
                    }
                }
                Step::Wait { seconds, record } => {
                    let begins =
                        LogEvent::WaitBegins { seconds: seconds.as_secs_f64(), label: record.clone() };
                    self.recorder.always(now, begins);
                    self.arm(TimerKind::Script, *seconds, now);
                    return;
                }
                Step::KillAfter { seconds } => {
                    self.recorder.always(now, LogEvent::KillTimerArmed { seconds: seconds.as_secs_f64() });
                    self.arm(TimerKind::Kill, *seconds, now);
                }
                Step::CloseAfter { seconds } => {
                    self.recorder.always(now, LogEvent::CloseTimerArmed { seconds: seconds.as_secs_f64() });
                    self.arm(TimerKind::End, *seconds, now);
                }
                Step::AutoFragment { octets } => self.script.auto_fragment = *octets,
                Step::QuietLog { announce } => self.recorder.switch(now, false, *announce),
                Step::RequireDeflate => {
                    if !self.require_deflate(now) {
                        self.script.next = case.steps.len();
                    }
                }
                Step::CorpusLoop { corpus, units, count } => {
                    self.begin_corpus_loop(*corpus, *units, *count, now);
                }
                Step::EchoLoop { count, frame } => {
                    self.script.round_trips_left = *count;
                    self.send_frame(frame, now);
                }
            }
        }
        if case.judge == Judge::Steps {
            self.end_dialogue(now);
        }
    }

    /// A wait is over.
    pub(super) fn resume_script(&mut self, now: Duration) {
        let Some(Step::Wait { record, .. }) =
            self.script.next.checked_sub(1).and_then(|at| self.case.steps.get(at))
        else {
            return self.dialogue_timed_out(now);
        };
        self.recorder.always(now, LogEvent::WaitEnds { label: record.clone() });
        if let Some(label) = record {
            if self.state != State::Open {
                self.script.next = self.case.steps.len();
                return;
            }
            self.received.push(Event::Timeout { label: label.clone() });
        }
        self.run_script(now);
    }

    /// The frame of the loop came back: sends it once more, if it must. Answers whether the loop is done.
    pub(super) fn next_round_trip(&mut self, now: Duration) -> bool {
        let case = self.case;
        self.script.round_trips_left = self.script.round_trips_left.saturating_sub(1);
        if self.script.round_trips_left == 0 {
            return true;
        }
        if let Some(Step::EchoLoop { frame, .. }) =
            case.steps.iter().find(|step| matches!(step, Step::EchoLoop { .. }))
        {
            self.send_frame(frame, now);
        }
        false
    }

    /// A masking key, if we are the endpoint that masks (RFC 6455 §5.1).
    fn masking_key(&mut self) -> Option<[u8; 4]> {
        (self.role == Role::Client).then(|| self.entropy.masking_key())
    }

    /// Sends a final frame that is legal in form.
    pub(super) fn send_simple_frame(&mut self, opcode: Opcode, payload: Payload, now: Duration) {
        self.send_frame(&FrameStep::simple(opcode, payload), now);
    }

    fn send_frame(&mut self, frame: &FrameStep, now: Duration) {
        if self.state == State::Closed {
            return;
        }
        let key = frame.mask.key(self.role, || self.entropy.masking_key());
        let header = frame.header(key);
        // Scenarios whose length does not fit its form are refused when they are read.
        let head = frame.encode(&header).unwrap_or_else(|| header.encode());
        self.ends.we_sent(frame.opcode, now, || frame.payload.head(usize::MAX));
        self.recorder.frame_sent(now, &header, &frame.payload, frame.chop, frame.sync);
        self.push_frame(OutFrame::whole(head, key, frame.payload.clone()), frame.chop, frame.sync, now);
    }

    /// Sends octets as they are.
    fn send_octets(&mut self, payload: &Payload, chop: Option<u32>, now: Duration) {
        if self.state != State::Closed {
            self.push_frame(OutFrame::continuing(payload.clone(), None, 0), chop, false, now);
        }
    }

    /// Queues a frame. What joins the next write is logged as written now; what goes on its own, when it goes.
    fn push_frame(&mut self, frame: OutFrame, chop: Option<u32>, sync: bool, now: Duration) {
        let (len, excerpt) = (frame.wire_len(), self.recorder.is_on().then(|| frame.excerpt()));
        if self.outbox.push_frame(frame, chop, sync) {
            self.recorder.octets_sent(now, || excerpt.unwrap_or_default(), len, false);
        }
    }

    fn send_message(&mut self, binary: bool, payload: &Payload, fragment: u32, now: Duration) {
        if self.state != State::Open {
            return;
        }
        let opcode = if binary { Opcode::BINARY } else { Opcode::TEXT };
        if fragment == 0 {
            self.send_simple_frame(opcode, payload.clone(), now);
            return;
        }
        let masked = self.role == Role::Client;
        let source = Source::Described(payload.clone());
        self.send_fragments(Fragments::new(opcode, source, u64::from(fragment), masked), now);
    }

    /// Queues the frames of a message.
    pub(super) fn send_fragments(&mut self, mut fragments: Fragments, now: Duration) {
        if self.recorder.is_on() {
            while let Some((header, frame)) = fragments.next(&mut self.entropy) {
                self.recorder.frame_sent(now, &header, &frame.window(), None, false);
                self.push_frame(frame, None, false, now);
            }
            return;
        }
        // Tens of thousands of frames: they are made when they are due, and counted here.
        let mut continuations = 0;
        for (size, count) in fragments.sizes() {
            self.recorder.count_octets_sent(size, count);
            continuations += count;
        }
        self.recorder.count_frames_sent(fragments.opcode().get(), 1);
        self.recorder.count_frames_sent(Opcode::CONTINUATION.get(), continuations - 1);
        self.outbox.push_fragments(fragments);
    }

    fn stream_header(&mut self, octets: u64, now: Duration) {
        let key = self.masking_key();
        if self.state != State::Open {
            return;
        }
        let Some(stream) = &mut self.script.stream else { return };
        stream.key = key;
        (stream.announced, stream.sent) = (octets, 0);
        let header =
            FrameHeader { fin: false, rsv: 0, opcode: stream.opcode, mask: key, payload_len: octets };
        self.push_frame(OutFrame::header_only(&header), None, false, now);
    }

    fn stream_data(&mut self, payload: &Payload, now: Duration) {
        if self.state != State::Open {
            return;
        }
        let Some(stream) = &mut self.script.stream else { return };
        let frame = OutFrame::continuing(payload.clone(), stream.key, stream.sent);
        stream.sent += payload.len();
        self.push_frame(frame, None, false, now);
        if !self.script.is_inside_frame() {
            for payload in std::mem::take(&mut self.script.held_pongs) {
                self.send_simple_frame(Opcode::PONG, Payload::bytes(payload), now);
            }
        }
    }
}
