//! What went wrong, without what differs from case to case: failures of one testee that have it in common have one cause.

use std::fmt::Write as _;

use serde::Serialize;
use wsproof_core::ViolationKind;

use super::{Ended, Finding, FindingKind, HandshakeFailure, Received};
use crate::event::Event;
use crate::tcp_end::TcpEnd;
use crate::verdict::Verdict;

/// The cause behind these findings, of which the worst decided this verdict: a name for comparing, not for people. Two
/// outcomes with the same one went wrong in the same way, whatever their lengths, times and octets. `None` for a pass.
pub(crate) fn cause(verdict: Verdict, findings: &[Finding]) -> Option<String> {
    let finding = findings.iter().find(|finding| finding.weight == verdict && verdict != Verdict::Pass)?;
    let mut name = verdict.as_str().to_owned();
    let _ = write!(name, " {}", of(&finding.kind));
    Some(name)
}

fn of(kind: &FindingKind) -> String {
    use FindingKind as K;
    match kind {
        K::HandshakeFailed { why, .. } => format!("handshake {}", of_handshake(why)),
        K::BrokenRule { violation } => format!("broken rule {}", rule(violation)),
        K::TooFarBack { violation, .. } => format!("too far back {}", rule(violation)),
        K::Echoed { violation, .. } => format!("echoed {}", rule(violation)),
        // Whatever was asked for: what came instead is the cause.
        K::WrongEvents { received, ended, .. } => format!("answer {} {}", shape(received), end(ended)),
        K::WrongMessage { received, ended, .. } => {
            format!("answer {} {}", received.as_ref().map_or("nothing", event), end(ended))
        }
        K::EchoesMissing { wrong, ended, .. } => {
            format!("answer {} {}", wrong.as_ref().map_or("nothing", event), end(ended))
        }
        K::ClosedByItself { ended } => format!("closed {}", end(ended)),
        K::NotFailed { due, received, .. } => format!("not failed {due} {}", shape(received)),
        K::LateFailure { code, .. } => format!("late failure {code}"),
        K::WrongFailCode { code, due } => format!("code {code} for {due}"),
        K::FailedWithoutCode { due } => format!("no code for {due}"),
        K::UnusualCode { code, .. } => format!("unusual code {code}"),
        K::IllegalCloseAnswered { code, .. } => format!("illegal close answered {code}"),
        K::Limit { code, .. } => format!("limit {code}"),
        K::NoCompression { why } => format!("no compression {why:?}"),
        K::AnswerDeparts { rule, .. } => format!("answer departs {rule}"),
        K::HandshakeWarning { warning } => format!("handshake warning {warning:?}"),
        K::DroppedWithoutClose { tcp } => format!("dropped {}", tcp_name(*tcp)),
        // The name of the kind says it all.
        other => tag(other, "kind"),
    }
}

/// The name of a variant, which JSON has under this key.
fn tag(value: &impl Serialize, key: &str) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.get(key).and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

/// The rule, without the octets that break it.
fn rule(violation: &ViolationKind) -> String {
    match violation {
        ViolationKind::ReservedOpcode(_) => "reserved opcode".to_owned(),
        ViolationKind::ReservedBits(_) => "reserved bits".to_owned(),
        // A fragmented message whose rest is another: one misunderstanding of fragments.
        ViolationKind::UnexpectedContinuation | ViolationKind::ExpectedContinuation(_) => {
            "fragments".to_owned()
        }
        // Text that is not UTF-8, or not to its end.
        ViolationKind::TextNotUtf8 | ViolationKind::TextTruncated => "text".to_owned(),
        ViolationKind::CloseCode(_) => "close code".to_owned(),
        other => tag(other, "rule"),
    }
}

fn of_handshake(why: &HandshakeFailure) -> String {
    match why {
        HandshakeFailure::Refused(refusal) => format!("refused {}", refusal.status),
        HandshakeFailure::Invalid { what, .. } => format!("invalid {what}"),
        HandshakeFailure::NotHttp { .. } => "not HTTP".to_owned(),
        HandshakeFailure::SpeaksTls { alert } => format!("TLS {alert}"),
        HandshakeFailure::TimedOut { .. } => "timed out".to_owned(),
        HandshakeFailure::Dropped { tcp, .. } => format!("dropped {}", tcp_name(*tcp)),
        HandshakeFailure::CutOff => "cut off".to_owned(),
    }
}

/// The types of the events that came, each once.
fn shape(received: &Received) -> &'static str {
    let mut kinds: Vec<&str> = received.first.iter().map(event).collect();
    kinds.retain(|kind| !kind.is_empty());
    match kinds.first() {
        None => "nothing",
        Some(_) if kinds.iter().all(|kind| *kind == "pong") => "pongs",
        Some(_) => "messages",
    }
}

fn event(event: &Event<u64>) -> &'static str {
    match event {
        Event::Message { .. } => "messages",
        Event::Pong { .. } => "pong",
        Event::Timeout { .. } => "",
    }
}

fn end(ended: &Ended) -> String {
    match ended {
        Ended::Answer => "whole".to_owned(),
        Ended::Silence { .. } => "silence".to_owned(),
        Ended::Closed { code, .. } => format!("closed {}", code.unwrap_or_default()),
        Ended::Dropped { tcp, .. } => format!("dropped {}", tcp_name(*tcp)),
    }
}

/// How TCP ended; of TLS not by which alert.
fn tcp_name(end: TcpEnd) -> String {
    match end {
        TcpEnd::Tls(_) => "TLS".to_owned(),
        end => end.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(kind: FindingKind) -> String {
        cause(Verdict::Fail, &[Finding::of(kind).weighing(Verdict::Fail)]).unwrap()
    }

    fn message(len: u64) -> Event<u64> {
        Event::Message { binary: false, payload: len }
    }

    #[test]
    fn what_differs_from_case_to_case_is_no_other_cause() {
        let silent = |asked, waited_us| FindingKind::WrongMessage {
            expected: message(asked),
            received: None,
            ended: Ended::Silence { waited_us },
        };
        assert_eq!(named(silent(0, 1_000_000)), named(silent(65_536, 10_000_000)));
        let none_of = FindingKind::EchoesMissing {
            came: 0,
            of: 50,
            wrong: None,
            ended: Ended::Silence { waited_us: 3 },
        };
        assert_eq!(named(none_of), named(silent(1, 1)));
        let reserved = |bits| FindingKind::BrokenRule { violation: ViolationKind::ReservedBits(bits) };
        assert_eq!(named(reserved(1)), named(reserved(4)));
    }

    #[test]
    fn codes_and_rules_are() {
        let code = |code| FindingKind::WrongFailCode { code, due: 1007 };
        assert_ne!(named(code(1000)), named(code(1011)));
        let echoed = |violation| FindingKind::Echoed { violation, due: vec![1002] };
        assert_ne!(named(echoed(ViolationKind::TextNotUtf8)), named(echoed(ViolationKind::CloseOneOctet)));
        assert_ne!(named(FindingKind::Flooded), named(FindingKind::ContentDiffers));
        assert_eq!(cause(Verdict::Pass, &[Finding::of(FindingKind::StrayPongs)]), None);
    }
}
