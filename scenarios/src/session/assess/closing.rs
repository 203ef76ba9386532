//! Whether our close frame was answered as it must be, and how the connection ended.

use std::time::Duration;

use wsproof_core::{Role, ViolationKind};

use super::super::Session;
use super::{is_new, is_unassigned};
use crate::finding::{Finding, FindingKind};
use crate::tcp_end::TcpEnd;
use crate::verdict::{BehaviorClose, Verdict};

/// What comes later than this after our last close frame is worth a note.
const PROMPT: Duration = Duration::from_secs(1);

/// "An extension is missing": said by clients alone (RFC 6455 §7.4.1).
const MANDATORY_EXTENSION: u16 = 1010;

impl Session<'_> {
    /// Whether our close frame was answered. `end_is_told`: another finding tells already how the testee ended the
    /// connection by itself.
    pub(super) fn answer_to_our_close(&self, close: BehaviorClose, end_is_told: bool) -> Vec<Finding> {
        let (facts, ends) = (&self.facts, &self.ends);
        let told =
            |violation: ViolationKind| !matches!(violation, ViolationKind::CloseCode(code) if is_new(code.0));
        if self.progress.breaches.iter().any(|(violation, _)| told(violation.kind)) {
            return Vec::new(); // What follows is our answer to it.
        }
        if !facts.closed_by_me || self.progress.closed_first {
            let finding = || FindingKind::ClosedByItself { ended: self.ended() }.into();
            return if end_is_told { Vec::new() } else { vec![finding()] };
        }
        let Some(answer) = &ends.first else { return vec![self.no_answer()] };
        let after = ends.since_ours(answer.at).unwrap_or_default();
        let late = (after > PROMPT)
            .then(|| Finding::from(FindingKind::LateCloseAnswer { after_us: after.as_micros() as u64 }));
        // Our own close frame with 1001 is answered with that.
        let judged = close == BehaviorClose::WrongCode || answer.code.is_some_and(is_new);
        let code = if judged && !self.progress.killed { self.wrong_code(answer.code) } else { None };
        late.into_iter().chain(code.map(|finding| finding.at(answer.at))).collect()
    }

    /// No close frame came.
    fn no_answer(&self) -> Finding {
        let ends = &self.ends;
        let since_ours = |at: Duration| ends.since_ours(at).unwrap_or_default().as_micros() as u64;
        let Some((tcp, at)) = ends.tcp else {
            let waited_us = since_ours(ends.gave_up.unwrap_or(self.ended_at));
            return FindingKind::CloseUnanswered { waited_us }.into();
        };
        let kind = if self.is_error_to_a_client() {
            FindingKind::RefusedCode { code: MANDATORY_EXTENSION }
        } else if self.case.close.require_clean {
            FindingKind::DroppedUnanswered { tcp, after_us: since_ours(at) }
        } else {
            FindingKind::DroppedWithoutClose { tcp }
        };
        // A reset may have eaten the answer.
        let weight = match (&kind, tcp) {
            (FindingKind::DroppedUnanswered { .. }, TcpEnd::Reset) if ends.sent_behind => {
                Some(Verdict::PassWithNotes)
            }
            _ => None,
        };
        let finding = Finding::of(kind).at(at);
        weight.map_or(finding.clone(), |weight| finding.weighing(weight))
    }

    /// Our close frame says what only a client may say.
    fn is_error_to_a_client(&self) -> bool {
        self.role == Role::Server && self.facts.local_close_code == Some(MANDATORY_EXTENSION)
    }

    /// Our close frame was answered with a code that the case does not accept.
    fn wrong_code(&self, answer: Option<u16>) -> Option<Finding> {
        let (code, codes) = (answer?, &self.case.close.codes);
        // Autobahn judges the last close frame, and we the first.
        if codes.contains(&code) {
            return None;
        }
        let sent = self.facts.local_close_code;
        let illegal = !self.case.close.require_clean;
        // Codes that nobody may send are told from those that are merely not assigned.
        let unassigned = sent.is_some_and(is_unassigned) && self.facts.local_close_reason.is_none();
        Some(
            if self.is_error_to_a_client() {
                FindingKind::RefusedCode { code: MANDATORY_EXTENSION }
            } else if illegal && !unassigned {
                FindingKind::IllegalCloseAnswered { code, due: codes.clone() }
            } else {
                FindingKind::UnusualCode { code, usual: codes.clone() }
            }
            .into(),
        )
    }

    /// How the connection ended once the testee had sent its close frame.
    pub(super) fn end_of_connection(&self) -> Vec<Finding> {
        let ends = &self.ends;
        let Some(first) = &ends.first else { return Vec::new() };
        let mut findings: Vec<Finding> = Vec::new();
        if let Some(second) = &ends.second {
            let kind = FindingKind::SecondClose {
                first: first.code,
                second: second.code,
                answers_two: ends.closed_twice,
            };
            findings.push(Finding::of(kind).at(second.at));
        }
        if let Some((opcode, octets)) = ends.data_behind {
            findings.push(FindingKind::DataAfterClose { opcode, octets }.into());
        } else if ends.violation_behind.is_some() {
            findings.push(FindingKind::OctetsAfterClose { octets: ends.behind.clone() }.into());
        }
        // A server ends TCP first (RFC 6455 §7.1.1); as a server we do so ourselves.
        if self.role == Role::Client && ends.ours.is_some() {
            findings.extend(self.end_of_tcp());
        }
        findings
    }

    fn end_of_tcp(&self) -> Option<Finding> {
        let ends = &self.ends;
        let since_ours = |at: Duration| ends.since_ours(at).unwrap_or_default();
        match (ends.tcp, ends.gave_up) {
            (Some((_, at)), _) if since_ours(at) > PROMPT => {
                let after_us = since_ours(at).as_micros() as u64;
                Some(Finding::of(FindingKind::LateTcpEnd { after_us }).at(at))
            }
            // What we sent behind our close frame, or as an answer to the testee's, may have lain unread.
            (Some((TcpEnd::Reset, at)), _)
                if self.facts.was_clean
                    && self.facts.closed_by_me
                    && !ends.sent_behind
                    && !self.progress.closed_first =>
            {
                Some(Finding::of(FindingKind::ResetAfterClose).at(at))
            }
            (None, Some(gave_up)) => {
                let waited_us = since_ours(gave_up).as_micros() as u64;
                Some(Finding::of(FindingKind::TcpKeptOpen { waited_us }).at(gave_up))
            }
            _ => None,
        }
    }
}
