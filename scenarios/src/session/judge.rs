//! Autobahn's two verdicts, rule by rule.

use std::time::Duration;

use wsproof_core::Violation;
use wsproof_core::frame::Opcode;

use super::inbox::InMessage;
use super::{Identity, Session};
use crate::case::{Case, Judge, Step};
use crate::event::Event;
use crate::finding::{self, Finding};
use crate::outcome::{ExpectedClose, Facts, Outcome};
use crate::payload::Payload;
use crate::transcript::{Excerpt, Transcript};
use crate::verdict::{Behavior, BehaviorClose, Verdict};

/// What is known for the verdict while the session runs.
#[derive(Debug)]
pub(super) struct Progress {
    /// Under [`Judge::Size`] and [`Judge::EchoLoop`]: the verdict so far, and its sentence.
    pub(super) behavior: Behavior,
    pub(super) result: String,
    /// Under the same: Autobahn would have ended the case here with FAILED and this sentence, at a pong or at a greeting.
    settled: Option<String>,
    /// Under the same: a pong has come, at which Autobahn closes.
    pub(super) ponged: bool,
    /// The first message that is not the one that was asked for.
    pub(super) wrong: Option<Event<u64>>,
    /// Under the same: what each message should hold.
    wanted: Option<Payload>,
    /// Under [`Judge::EchoLoop`]: whether messages are binary.
    loop_is_binary: bool,
    /// A message came back with other octets than were sent.
    pub(super) content_differs: bool,
    /// How the server's answer departs from our offer of compression, and the rule.
    pub(super) answer_departs: Option<(String, &'static str)>,
    /// Messages that are still to come before the testee's greeting is over.
    pub(super) greetings_left: u32,
    /// Messages of the greeting that came.
    pub(super) greetings: u32,
    /// Octets of the first of them.
    pub(super) greeting_octets: Option<u64>,
    /// The case's kill timer fired.
    pub(super) killed: bool,
    /// The case's end timer fired.
    pub(super) timed_out: bool,
    /// When the kill timer or the end timer fired.
    pub(super) waited_until: Duration,
    /// Under [`Judge::Size`] and the loops: whether all was right when the testee's close frame came. What comes behind that
    /// is no echo.
    pub(super) right_at_close: Option<bool>,
    /// Pongs that answer pings which we sent behind our close frame.
    pub(super) pongs_after_close: u32,
    /// The testee sent a close frame before we did.
    pub(super) closed_first: bool,
    /// Messages that came after the kill timer had fired: too late for Autobahn.
    pub(super) late: Vec<Event<Payload>>,
    /// Messages of the testee that came compressed.
    pub(super) compressed_messages: u64,
    /// The case took longer than its time limit, and our driver waited no longer.
    pub(super) cut_off: bool,
    /// The testee sent more than anybody wants to read.
    pub(super) flooded: bool,
    /// A fault ended the reading before the case was over, and TCP with it: what is missing then is not the testee's doing.
    pub(super) unreadable: bool,
    /// What the testee did wrong in what it sent before its close frame, and when, without repeats of a kind.
    pub(super) breaches: Vec<(Violation, Duration)>,
    /// Where an HTTP response began instead of a frame, and its octets.
    pub(super) http: Option<(u64, Excerpt)>,
}

impl Progress {
    pub(super) fn new(case: &Case, greeting: u32) -> Self {
        let seconds = case.steps.iter().find_map(|step| match step {
            Step::CloseAfter { seconds } | Step::KillAfter { seconds } => Some(seconds.as_secs()),
            _ => None,
        });
        let seconds = seconds.unwrap_or_default();
        let result = match case.judge {
            Judge::Size { .. } => format!("Did not receive message within {seconds} seconds."),
            Judge::EchoLoop | Judge::CorpusLoop => format!("Case did not finish within {seconds} seconds."),
            _ => "Actual events differ from any expected.".to_owned(),
        };
        let wanted = match case.judge {
            Judge::Size { .. } | Judge::EchoLoop => case.steps.iter().find_map(|step| match step {
                Step::Frame(frame) | Step::EchoLoop { frame, .. } => Some(frame.payload.clone()),
                Step::Message { payload, .. } => Some(payload.clone()),
                _ => None,
            }),
            _ => None,
        };
        Self {
            behavior: Behavior::Failed,
            result,
            settled: None,
            ponged: false,
            wrong: None,
            wanted,
            loop_is_binary: case
                .steps
                .iter()
                .any(|step| matches!(step, Step::EchoLoop { frame, .. } if frame.opcode == Opcode::BINARY)),
            content_differs: false,
            answer_departs: None,
            greetings_left: greeting,
            greetings: 0,
            greeting_octets: None,
            killed: false,
            timed_out: false,
            waited_until: Duration::ZERO,
            right_at_close: None,
            pongs_after_close: 0,
            closed_first: false,
            late: Vec::new(),
            compressed_messages: 0,
            cut_off: false,
            flooded: false,
            unreadable: false,
            breaches: Vec::new(),
            http: None,
        }
    }

    /// Whether the message, or all messages of the loop, came right, for our own verdict.
    pub(super) fn is_right(&self) -> bool {
        self.right_at_close.unwrap_or(self.behavior == Behavior::Ok)
    }

    pub(super) fn note(&mut self, violation: Violation, now: Duration) {
        if !self.breaches.iter().any(|(known, _)| known.kind == violation.kind) {
            self.breaches.push((violation, now));
        }
    }

    /// Autobahn would end the case here with FAILED and this sentence; for our own verdict it goes on.
    pub(super) fn settle(&mut self, result: String) {
        self.settled.get_or_insert(result);
    }

    /// Compares a piece of a message with what was sent.
    pub(super) fn compare(&mut self, offset: u64, piece: &[u8]) {
        let Some(wanted) = &self.wanted else { return };
        if !self.content_differs {
            self.content_differs = !wanted.matches_at(offset, piece);
        }
    }

    /// A message came where one of this type and length is wanted. A wrong one does not take back an OK.
    pub(super) fn sized_message(&mut self, binary: bool, octets: u64, message: &InMessage) {
        let (kind, other) = if binary { ("binary", "text") } else { ("text", "binary") };
        if message.binary != binary || message.len != octets {
            self.is_wrong(message);
        }
        self.result = if message.binary != binary {
            format!("Expected {kind} message with payload, but got {other}.")
        } else if message.len != octets {
            format!("Expected {kind} message with payload of length {octets}, but got {}.", message.len)
        } else {
            self.behavior = Behavior::Ok;
            format!("Received {kind} message of length {octets}.")
        };
    }

    /// The message is not the one that was asked for.
    fn is_wrong(&mut self, message: &InMessage) {
        self.wrong.get_or_insert(Event::Message { binary: message.binary, payload: message.len });
    }

    /// A message came in an echo loop.
    pub(super) fn echo_is_right(&mut self, message: &InMessage) -> bool {
        let Some(wanted) = &self.wanted else { return false };
        let right = message.len == wanted.len() && message.binary == self.loop_is_binary;
        if !right {
            self.is_wrong(message);
            self.behavior = Behavior::Failed;
            self.result = format!(
                "Echo'ed message type or length differs from what I sent (got binary = {}, payload length = {}).",
                if message.binary { "True" } else { "False" },
                message.len
            );
        }
        right
    }

    /// A message came in a loop of compressed messages, and is not the one that was sent.
    pub(super) fn corpus_echo_is_wrong(&mut self, message: &InMessage) {
        self.is_wrong(message);
        self.behavior = Behavior::Failed;
        self.result = format!(
            "Echo'ed message type, length or content differs from what I sent (got binary = {}, payload length = {}).",
            if message.binary { "True" } else { "False" },
            message.len
        );
    }

    /// The case needs an extension that was not agreed on.
    pub(super) fn unimplemented(&mut self) {
        self.behavior = Behavior::Unimplemented;
    }

    /// All round trips were made.
    pub(super) fn loop_done(&mut self) {
        self.behavior = Behavior::Ok;
        self.result = "Ok, received all echo'ed messages in time.".to_owned();
    }
}

/// All verdicts on one case, with their sentences.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) behavior: Behavior,
    pub(super) result: String,
    pub(super) behavior_close: BehaviorClose,
    pub(super) result_close: String,
    pub(super) verdict: Verdict,
    pub(super) findings: Vec<Finding>,
}

impl Session<'_> {
    pub(super) fn judge(&self) -> Judgement {
        let (behavior_close, result_close) = self.judge_close();
        let (behavior, result) = self.judge_events(behavior_close, &result_close);
        let mut judgement = Judgement {
            behavior,
            result,
            behavior_close,
            result_close,
            verdict: Verdict::Fail,
            findings: Vec::new(),
        };
        if self.case.judge == Judge::Informational {
            judgement.behavior_close = BehaviorClose::Informational;
        }
        judgement.findings = self.assess(&judgement, behavior_close);
        judgement.verdict =
            judgement.findings.iter().map(|finding| finding.weight).max().unwrap_or(Verdict::Pass);
        judgement
    }

    /// The verdict on the end of the connection: the first line that applies.
    fn judge_close(&self) -> (BehaviorClose, String) {
        let (facts, rule) = (&self.facts, &self.case.close);
        if !facts.opened {
            (BehaviorClose::Failed, "The WebSocket opening handshake was never completed!".to_owned())
        } else if facts.closed_by_me != rule.by_fuzzer {
            (BehaviorClose::Failed, "The connection was failed by the wrong endpoint".to_owned())
        } else if rule.require_clean && !facts.was_clean {
            (BehaviorClose::Unclean, "The spec requires the connection to be failed cleanly here".to_owned())
        } else if facts.remote_close_code.is_some_and(|code| !rule.codes.contains(&code)) {
            let codes: Vec<String> = rule.codes.iter().map(u16::to_string).collect();
            (
                BehaviorClose::WrongCode,
                format!("The close code should have been {} or empty", codes.join(",")),
            )
        } else if self.role == wsproof_core::Role::Client && facts.dropped_by_me {
            (
                BehaviorClose::FailedByClient,
                "It is preferred that the server close the TCP connection".to_owned(),
            )
        } else {
            (BehaviorClose::Ok, "Connection was properly closed".to_owned())
        }
    }

    fn judge_events(&self, close: BehaviorClose, result_close: &str) -> (Behavior, String) {
        let differ = "Actual events differ from any expected.".to_owned();
        let matched = self.matched(&self.received).filter(|_| self.facts.opened);
        let wrong_endpoint = self.facts.opened && self.facts.closed_by_me != self.case.close.by_fuzzer;
        if self.progress.behavior == Behavior::Unimplemented {
            // The script was ended before what is expected could come.
            return (Behavior::Unimplemented, self.progress.result.clone());
        }
        match self.case.judge {
            Judge::EchoLoop | Judge::CorpusLoop if let Some(result) = &self.progress.settled => {
                (Behavior::Failed, result.clone())
            }
            Judge::Size { .. }
                if self.progress.greetings > 0
                    && let Some(result) = &self.progress.settled =>
            {
                (Behavior::Failed, result.clone())
            }
            Judge::Size { .. } | Judge::EchoLoop | Judge::CorpusLoop => {
                (self.progress.behavior, self.progress.result.clone())
            }
            Judge::Informational => {
                let result = match matched {
                    // Close codes outside any range: no alternative speaks of order.
                    _ if self.case.accept.len() == 1 => "Actual events are undefined by the spec.".to_owned(),
                    Some(Behavior::Ok) => "Text message was processed before close.".to_owned(),
                    Some(_) => "Close was processed before text message could be returned.".to_owned(),
                    None => differ,
                };
                (Behavior::Informational, result)
            }
            Judge::Steps => self.dialogue_behavior(),
            // Autobahn's pong has broken the frame that it was sending.
            Judge::Events | Judge::EventsAndFramesSent { .. } if self.script.held_a_pong => {
                (Behavior::Failed, differ)
            }
            Judge::EventsAndFramesSent { .. } if !self.facts.opened => {
                (Behavior::Failed, "WebSocket connection was never open".to_owned())
            }
            Judge::EventsAndFramesSent { text, continuation }
                if self.frames_sent() != (text, continuation) =>
            {
                let (sent_text, sent_continuation) = self.frames_sent();
                let result = format!(
                    "Frames transmitted {{0: {sent_continuation}, 1: {sent_text}}} does not match what we expected \
                     {{0: {continuation}, 1: {text}}}."
                );
                (Behavior::Failed, result)
            }
            Judge::Events | Judge::EventsAndFramesSent { .. } => {
                let (mut behavior, mut result) = match matched {
                    Some(behavior) => (behavior, "Actual events match at least one expected.".to_owned()),
                    None => (Behavior::Failed, differ),
                };
                if self.case.close.wrong_endpoint_fatal && wrong_endpoint {
                    behavior = Behavior::Failed;
                }
                if self.case.close.wrong_code_fatal && close == BehaviorClose::WrongCode {
                    behavior = Behavior::Failed;
                    result_close.clone_into(&mut result);
                }
                (behavior, result)
            }
        }
    }

    /// The verdict of the alternative that these events equal.
    pub(super) fn matched(&self, events: &[Event<Payload>]) -> Option<Behavior> {
        self.case.accept.iter().find(|alternative| alternative.events == events).map(|found| found.behavior)
    }

    /// Text and continuation frames that we sent.
    fn frames_sent(&self) -> (u32, u32) {
        let sent =
            |opcode: u8| self.recorder.transcript().sent_frames.get(&opcode).copied().unwrap_or(0) as u32;
        (sent(1), sent(0))
    }
}

impl Judgement {
    pub(super) fn into_outcome(
        self,
        case: &Case,
        identity: Identity,
        received: Vec<Event<Payload>>,
        facts: Facts,
        transcript: Transcript,
    ) -> Outcome {
        let excerpt = |events: &[Event<Payload>]| -> Vec<Event<Excerpt>> {
            events.iter().map(|event| event.map(Excerpt::of_payload)).collect()
        };
        Outcome {
            id: case.id,
            agent: identity.agent,
            testee: identity.testee,
            number: identity.number,
            started_ms: identity.started_ms,
            duration_us: identity.duration_us,
            own_us: identity.own_us,
            waited_us: identity.waited_us,
            behavior: self.behavior,
            behavior_close: self.behavior_close,
            result: self.result,
            result_close: self.result_close,
            verdict: self.verdict,
            reason: finding::reason(self.verdict, &self.findings),
            findings: self.findings,
            rerun: None,
            expected: case.accept.iter().map(|a| (a.behavior, excerpt(&a.events))).collect(),
            expected_close: ExpectedClose {
                closed_by_me: case.close.by_fuzzer,
                close_code: case.close.codes.clone(),
                require_clean: case.close.require_clean,
                closed_by_wrong_endpoint_is_fatal: case.close.wrong_endpoint_fatal,
            },
            received: excerpt(&received),
            events_left_out: 0,
            cut_short: None,
            facts,
            transcript,
        }
    }
}
