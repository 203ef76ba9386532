//! wsproof's own single verdict, by how binding the broken rules are.
//!
//! It starts from the same facts as Autobahn's two and departs from them where they pass a testee that did nothing, or
//! fail one that did nothing wrong; `docs/differences.md` lists the departures, and `docs/verdicts.md` says of each case
//! what a right testee may do.

mod closing;
mod content;
mod echoed;
mod opening;
mod refusal;

use wsproof_core::ViolationKind;

use super::Session;
use super::inbox::TooFar;
use super::judge::Judgement;
use crate::case::Judge;
use crate::event::Event;
use crate::finding::{Answered, Ended, Finding, FindingKind, LARGE, Received};
use crate::payload::Payload;
use crate::verdict::{Behavior, BehaviorClose};

/// "Against my policy": may be said of a rate as well as of a size (RFC 6455 §7.4.1).
const POLICY_VIOLATION: u16 = 1008;

/// "Too big for me" (RFC 6455 §7.4.1).
const TOO_BIG: u16 = 1009;

/// Codes that no rule defines, and none forbids to receive (RFC 6455 §7.4.2).
fn is_unassigned(code: u16) -> bool {
    matches!(code, 1004 | 1016..=2999)
}

/// Codes beyond every range that RFC 6455 §7.4.2 speaks of.
fn is_undefined(code: u16) -> bool {
    code >= 5000
}

/// Codes registered with IANA since Autobahn was written: service restart, try again later, bad gateway.
fn is_new(code: u16) -> bool {
    matches!(code, 1012..=1014)
}

impl Session<'_> {
    /// What is to be said of the testee. `close` is the verdict on the close before a case for information covers it.
    pub(super) fn assess(&self, judgement: &Judgement, close: BehaviorClose) -> Vec<Finding> {
        if let Some(finding) = self.hindrance() {
            return vec![finding];
        }
        let mut findings = self.handshake();
        if self.opening.ends_a_chunked_content() {
            return findings; // Every frame is out of step.
        }
        findings.extend(self.breaches());
        findings.extend(self.greeting());
        if let Some(limit) = self.declared_limit() {
            findings.push(limit);
        } else if self.case.judge == Judge::Steps {
            let found = self.dialogue.findings();
            findings.extend_from_slice(found);
            if judgement.behavior == Behavior::Unimplemented {
                findings.push(FindingKind::NoCompression { why: self.no_compression() }.into());
            }
            if self.case.close.by_fuzzer {
                let end_is_told = found.iter().any(|finding| finding.weight.fails());
                findings.extend(self.answer_to_our_close(close, end_is_told));
            }
        } else if self.case.judge == Judge::Informational {
            findings.push(self.information());
        } else if self.case.close.by_fuzzer {
            let content = self.content(judgement).map(|finding| match self.dropped_at_answer() {
                Some(dropped) if finding.weight.fails() => dropped,
                _ => finding,
            });
            let tells_of_the_end = content.as_ref().is_some_and(|finding| finding.weight.fails());
            findings.extend(content);
            findings.extend(self.never_compressed());
            if let Some((why, clause)) = &self.progress.answer_departs {
                findings
                    .push(FindingKind::AnswerDeparts { why: why.clone(), rule: (*clause).to_owned() }.into());
            }
            findings.extend(self.answer_to_our_close(close, tells_of_the_end));
        } else {
            findings.extend(self.refusal());
        }
        findings.extend(self.end_of_connection());
        findings
    }

    /// What keeps the case from being judged at all.
    fn hindrance(&self) -> Option<Finding> {
        let kind = if !self.facts.opened {
            FindingKind::HandshakeFailed { why: self.handshake_failure(), works_without: None }
        } else if self.progress.flooded {
            FindingKind::Flooded
        } else if self.progress.cut_off {
            FindingKind::CutOff { after_us: self.ended_at.as_micros() as u64 }
        } else {
            return None;
        };
        Some(Finding::of(kind).at(self.ended_at))
    }

    /// What the testee broke in what it sent before its close frame, and in that.
    fn breaches(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let text_is_told = self.progress.breaches.iter().any(|(v, _)| v.kind == ViolationKind::TextNotUtf8);
        let http = self.progress.http.as_ref();
        for (violation, at) in &self.progress.breaches {
            if let Some((begins, octets)) = http.filter(|(begins, _)| *begins <= violation.offset) {
                let kind = FindingKind::HttpAmongFrames { octets: octets.clone() };
                findings.push(Finding::of(kind).at_octet(*begins).at(*at));
                break; // What follows is no frame.
            }
            let kind = match violation.kind {
                ViolationKind::TextTruncated if text_is_told => continue,
                ViolationKind::CloseCode(code) if is_new(code.0) => continue,
                ViolationKind::CloseCode(code)
                    if (is_unassigned(code.0) || is_undefined(code.0)) && self.sent(violation.kind) =>
                {
                    // Cases for information tell it themselves.
                    if self.case.judge == Judge::Informational {
                        continue;
                    }
                    FindingKind::UndefinedCodeEchoed { code: code.0 }
                }
                ViolationKind::CloseCode(code) if is_unassigned(code.0) => {
                    FindingKind::UnassignedCode { code: code.0 }
                }
                kind @ (ViolationKind::WindowExceeded { .. } | ViolationKind::ContextTakeover { .. }) => {
                    let Some(TooFar { message, octet, others }) = self.inbox.too_far() else { continue };
                    FindingKind::TooFarBack { violation: kind, message, message_octet: octet, others }
                }
                kind if self.sent(kind) => {
                    FindingKind::Echoed { violation: kind, due: self.case.close.codes.clone() }
                }
                kind => FindingKind::BrokenRule { violation: kind },
            };
            findings.push(Finding::of(kind).at_octet(violation.offset).at(*at));
        }
        findings
    }

    /// Messages that came by themselves before ours could be answered.
    fn greeting(&self) -> Option<Finding> {
        let octets = self.progress.greeting_octets?;
        Some(FindingKind::Greeting { messages: self.progress.greetings, octets }.into())
    }

    /// The testee closed by itself, and cleanly, because what we sent is too much for it. What it got wrong before that
    /// is told apart.
    fn declared_limit(&self) -> Option<Finding> {
        let progress = &self.progress;
        let close = self.ends.first.as_ref()?;
        let reached = match close.code? {
            TOO_BIG => self.case.longest_message() >= LARGE,
            POLICY_VIOLATION => self.case.load() >= LARGE,
            _ => false,
        };
        let right_so_far = !progress.content_differs
            && self.case.accept.iter().all(|accepted| accepted.events.starts_with(self.answers()));
        (reached && progress.closed_first && right_so_far).then(|| {
            let kind =
                FindingKind::Limit { code: close.code.unwrap_or_default(), reason: close.reason.clone() };
            Finding::of(kind).at(close.at)
        })
    }

    /// What is told where the RFC leaves open what a testee does.
    fn information(&self) -> Finding {
        let answered = self.answered();
        match self.facts.local_close_code {
            Some(sent) if is_undefined(sent) && self.answers().is_empty() => {
                FindingKind::UndefinedCode { sent, answered }
            }
            _ => match self.case.accept.iter().find(|accepted| accepted.behavior == Behavior::Ok) {
                Some(best) if !best.events.is_empty() => FindingKind::TextBeforeClose {
                    echoed: best.events.iter().all(|event| self.received.contains(event)),
                    answered,
                },
                _ => FindingKind::Unforeseen { received: received(&self.received) },
            },
        }
        .into()
    }

    /// How the testee took our close frame.
    fn answered(&self) -> Answered {
        match (&self.ends.first, self.ends.tcp) {
            (Some(close), _) => close.code.map_or(Answered::WithoutCode, Answered::Code),
            (None, Some(_)) => Answered::Dropped,
            (None, None) => Answered::Not,
        }
    }

    /// The events that came before the testee's close frame, without those of the greeting.
    fn answers(&self) -> &[Event<Payload>] {
        let greeting = match self.options.ignore_greeting {
            true => 0,
            false => self.progress.greetings as usize,
        };
        let is_message = |event: &Event<Payload>| matches!(event, Event::Message { .. });
        let leading = self.received.iter().take_while(|event| is_message(event)).count();
        let end = self.ends.events_before(self.received.len());
        &self.received[greeting.min(leading).min(end)..end]
    }

    /// What ended the wait for an answer.
    pub(in crate::session) fn ended(&self) -> Ended {
        let since_open = |at: std::time::Duration| at.saturating_sub(self.opened_at).as_micros() as u64;
        let (progress, ends) = (&self.progress, &self.ends);
        match (&ends.first, ends.tcp) {
            (Some(close), _) if progress.closed_first => Ended::Closed {
                code: close.code,
                reason: close.reason.clone(),
                after_us: since_open(close.at),
            },
            (None, Some((tcp, at))) if !self.facts.closed_by_me => Ended::Dropped {
                tcp,
                after_us: since_open(at),
                before_any_frame: self.recorder.transcript().received_frames.is_empty(),
            },
            _ if progress.killed || progress.timed_out => {
                let since = self.heard_at.max(self.opened_at);
                Ended::Silence { waited_us: progress.waited_until.saturating_sub(since).as_micros() as u64 }
            }
            _ => Ended::Answer,
        }
    }
}

/// Events in short.
pub(in crate::session) fn received<'e>(events: impl IntoIterator<Item = &'e Event<Payload>>) -> Received {
    let mut events = events.into_iter();
    let first = events.by_ref().take(Received::MAX).map(|event| event.map(Payload::len)).collect();
    Received { first, more: events.count() as u64 }
}
