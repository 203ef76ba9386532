//! Whether the testee failed the connection, as the case requires.

use wsproof_core::ViolationKind;
use wsproof_core::frame::Opcode;

use super::super::Session;
use super::content::is_with_stray_pongs;
use super::received;
use crate::case::{Alternative, Step};
use crate::event::Event;
use crate::finding::{Finding, FindingKind};
use crate::payload::Payload;
use crate::verdict::Behavior;

impl Session<'_> {
    pub(super) fn refusal(&self) -> Vec<Finding> {
        let rule = |violation: ViolationKind| !matches!(violation, ViolationKind::CloseCode(_));
        if self.progress.breaches.iter().any(|(violation, _)| rule(violation.kind)) {
            return Vec::new();
        }
        let codes = &self.case.close.codes;
        let due = codes.first().copied().unwrap_or(1002);
        let mut findings = Vec::new();
        if self.progress.killed && !self.failed_in_time() {
            return vec![self.not_failed(due)];
        }
        match self.matched(self.answers()) {
            Some(Behavior::Ok) => {}
            Some(_) => findings.push(self.not_strict()),
            None => match self.case.accept.iter().find(|a| is_with_stray_pongs(self.answers(), &a.events)) {
                Some(Alternative { behavior: Behavior::Ok, .. }) => findings.push(self.stray_pongs()),
                Some(_) => findings.extend([self.not_strict(), self.stray_pongs()]),
                None => findings.push(
                    FindingKind::WrongEvents {
                        expected: received(
                            self.case.accept.first().map(|a| &a.events[..]).unwrap_or_default(),
                        ),
                        received: received(self.answers()),
                        ended: self.ended(),
                    }
                    .into(),
                ),
            },
        }
        findings.extend(self.manner_of_refusal(due));
        findings
    }

    /// Whether the testee closed, or ended TCP, before the time of the case was up.
    fn failed_in_time(&self) -> bool {
        self.progress.closed_first || !self.facts.closed_by_me && self.ends.tcp.is_some()
    }

    /// The testee let the time of the case pass. What it did then is looked at too.
    fn not_failed(&self, due: u16) -> Finding {
        let codes = &self.case.close.codes;
        let late = self.ends.first.as_ref().filter(|close| {
            // The code of our own close frame, and 1000, are answers to that.
            close.code.is_some_and(|code| codes.contains(&code) && code != 1000)
        });
        let since = self.heard_at.max(self.opened_at);
        match late {
            Some(close) => {
                let after_us = close.at.saturating_sub(since).as_micros() as u64;
                FindingKind::LateFailure { code: close.code.unwrap_or(due), after_us }.into()
            }
            None => FindingKind::NotFailed {
                due,
                waited_us: self.progress.waited_until.saturating_sub(self.opened_at).as_micros() as u64,
                received: received(&self.sent_by_the_testee()),
            }
            .into(),
        }
    }

    /// The events before the testee's close frame that are its doing: without the ends of our own waits.
    fn sent_by_the_testee(&self) -> Vec<Event<Payload>> {
        self.answers().iter().filter(|event| !matches!(event, Event::Timeout { .. })).cloned().collect()
    }

    /// How the testee failed the connection.
    pub(in crate::session) fn manner_of_refusal(&self, due: u16) -> Option<Finding> {
        let Some(close) = &self.ends.first else {
            let (tcp, at) = self.ends.tcp?;
            return Some(Finding::of(FindingKind::DroppedWithoutClose { tcp }).at(at));
        };
        let kind = match close.code {
            Some(code) if self.case.close.codes.contains(&code) => return None,
            Some(code) => FindingKind::WrongFailCode { code, due },
            None if self.sends_bad_close() => FindingKind::AmbiguousClose,
            None => FindingKind::FailedWithoutCode { due },
        };
        Some(Finding::of(kind).at(close.at))
    }

    /// What it means that a testee failed the connection in the second best way.
    fn not_strict(&self) -> Finding {
        if self.case.close.wrong_endpoint_fatal {
            FindingKind::LateRefusal.into()
        } else {
            FindingKind::LostEcho.into()
        }
    }

    /// The bad frame is a close frame, so that what came could also be the answer to a good one.
    fn sends_bad_close(&self) -> bool {
        let bad_close = |step: &Step| matches!(step, Step::Frame(frame) if frame.opcode == Opcode::CLOSE);
        self.case.steps.iter().any(bad_close)
    }
}
