//! How binding each kind of finding is, which rule stands behind it, and whose doing it is.

use std::borrow::Cow;

use wsproof_core::handshake::HandshakeWarning;

use super::{FindingKind, HandshakeFailure, Party};
use crate::case::Level;
use crate::tcp_end::TcpEnd;
use crate::verdict::Verdict;

type Clause = Option<Cow<'static, str>>;

/// The verdict that a kind leads to, the strength of its rule, and the rule.
pub(super) fn binding(kind: &FindingKind) -> (Verdict, Option<Level>, Clause) {
    use FindingKind as K;
    let must = |clause: &'static str| (Verdict::Fail, Some(Level::Must), Some(Cow::Borrowed(clause)));
    let should =
        |clause: &'static str| (Verdict::PassWithNotes, Some(Level::Should), Some(Cow::Borrowed(clause)));
    let open = |clause: &'static str| (Verdict::PassWithNotes, Some(Level::May), Some(Cow::Borrowed(clause)));
    let allowed = |clause: &'static str| (Verdict::Pass, Some(Level::May), Some(Cow::Borrowed(clause)));
    let asked = (Verdict::Fail, None, None);
    match kind {
        K::HandshakeFailed { why, .. } => match why {
            HandshakeFailure::Invalid { clause, .. } => {
                (Verdict::Fail, Some(Level::Must), Some(Cow::Owned(clause.clone())))
            }
            HandshakeFailure::CutOff => (Verdict::Incomplete, None, None),
            // The case asks for a connection; a server may refuse one.
            _ => asked,
        },
        // The connection stands, and nobody who reads it is misled: RFC 9112 §6.3 has a 101 end with its head.
        K::HandshakeWarning { warning } => {
            (Verdict::PassWithNotes, Some(Level::Must), Some(Cow::Borrowed(warning.clause())))
        }
        K::ChunkedHandshake => must(HandshakeWarning::TransferEncoding.clause()),
        K::AnswerDeparts { rule, .. } => (Verdict::Fail, Some(Level::Must), Some(Cow::Owned(rule.clone()))),
        K::NoCompression { .. } => (Verdict::Unimplemented, Some(Level::May), Some("RFC 7692 §5".into())),
        K::HttpAmongFrames { .. } => must("RFC 6455 §5.1"),
        K::BrokenRule { violation } | K::Echoed { violation, .. } | K::TooFarBack { violation, .. } => {
            must(violation.clause())
        }
        // The case asks for an echo, no standard does.
        K::Flooded
        | K::ContentDiffers
        | K::WrongEvents { .. }
        | K::NotSilent { .. }
        | K::WrongMessage { .. }
        | K::EchoesMissing { .. }
        | K::ClosedByItself { .. }
        | K::DroppedAtAnswer { .. } => asked,
        K::Greeting { .. } => (Verdict::Pass, None, None),
        K::UnassignedCode { .. } => should("RFC 6455 §7.4.2"),
        K::UndefinedCodeEchoed { .. } | K::UndefinedCode { .. } => open("RFC 6455 §7.4.2"),
        K::Limit { .. } => (Verdict::Limit, Some(Level::May), Some("RFC 6455 §10.4".into())),
        K::TextBeforeClose { .. } | K::Unforeseen { .. } => open("RFC 6455 §5.5.1"),
        K::ClosedAtPong | K::CutOff { .. } => (Verdict::Incomplete, None, None),
        K::StrayPongs => allowed("RFC 6455 §5.5.3"),
        K::PongAfterClose => allowed("RFC 6455 §5.5.2"),
        K::NeverCompressed => allowed("RFC 7692 §6"),
        K::LateAnswer | K::NotStrict => (Verdict::PassWithNotes, None, None),
        K::LatePong => should("RFC 6455 §5.5.2"),
        K::OnlyLatestPing => open("RFC 6455 §5.5.3"),
        K::CloseUnanswered { .. } | K::DroppedUnanswered { .. } => must("RFC 6455 §5.5.1"),
        K::LateCloseAnswer { .. } => should("RFC 6455 §5.5.1"),
        K::RefusedCode { .. } => open("RFC 6455 §7.4.1"),
        K::UnusualCode { .. } => should("RFC 6455 §5.5.1"),
        // To answer is to close: only the code does not say what was wrong.
        K::IllegalCloseAnswered { .. } => should("RFC 6455 §7.4.1"),
        K::AmbiguousClose => open("RFC 6455 §7.4.1"),
        K::TcpKeptOpen { .. } => must("RFC 6455 §7.1.1"),
        K::LateTcpEnd { .. } | K::ResetAfterClose => should("RFC 6455 §7.1.1"),
        K::SecondClose { .. } => should("RFC 6455 §5.5.1"),
        K::DataAfterClose { .. } | K::OctetsAfterClose { .. } => must("RFC 6455 §5.5.1"),
        K::NotFailed { .. } => must("RFC 6455 §7.1.7"),
        K::LateRefusal => should("RFC 6455 §8.1"),
        K::LateFailure { .. } => should("RFC 6455 §7.1.7"),
        K::LostEcho => (Verdict::PassWithNotes, None, None),
        K::WrongFailCode { .. } | K::FailedWithoutCode { .. } => should("RFC 6455 §7.4.1"),
        K::DroppedWithoutClose { .. } => should("RFC 6455 §7.1.7"),
        K::NeverAlive { .. } => (Verdict::Incomplete, None, None),
    }
}

/// Whose doing it is.
pub(super) fn party(kind: &FindingKind) -> Party {
    match kind {
        FindingKind::ClosedAtPong
        | FindingKind::CutOff { .. }
        | FindingKind::HandshakeFailed { why: HandshakeFailure::CutOff, .. } => Party::Wsproof,
        FindingKind::AmbiguousClose | FindingKind::NeverAlive { .. } => Party::Unknown,
        _ => Party::Testee,
    }
}

/// A silence that is longer is explained by no busy machine: 15 seconds.
const BUSY_US: u64 = 15_000_000;

/// Whether a machine, or a testee, that is busy with other cases could explain it: nothing but the time that something took
/// speaks against the testee, or it dropped TCP without a word at our request.
pub(super) fn may_be_load(kind: &FindingKind) -> bool {
    use super::Ended;
    use FindingKind as K;
    match kind {
        K::WrongEvents { ended, .. }
        | K::WrongMessage { received: None, ended, .. }
        | K::EchoesMissing { wrong: None, ended, .. } => {
            matches!(ended, Ended::Silence { waited_us } if *waited_us <= BUSY_US)
        }
        K::NotFailed { received, .. } => received.first.is_empty(),
        K::HandshakeFailed { why: HandshakeFailure::TimedOut { .. }, .. } => true,
        K::HandshakeFailed { why: HandshakeFailure::Dropped { tcp, came, .. }, .. } => {
            came.len == 0 && matches!(tcp, TcpEnd::Fin | TcpEnd::Reset)
        }
        K::CloseUnanswered { .. }
        | K::TcpKeptOpen { .. }
        | K::LateAnswer
        | K::LateCloseAnswer { .. }
        | K::LateTcpEnd { .. }
        | K::LateRefusal
        | K::LateFailure { .. } => true,
        _ => false,
    }
}
