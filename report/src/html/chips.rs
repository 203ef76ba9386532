//! Verdicts as pages show them: a word, never a colour alone.

use wsproof_scenarios::{Behavior, BehaviorClose, Verdict};

/// The class that colours a verdict; filters use it too.
pub(super) fn class(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::PassWithNotes) => "notes",
        Some(Verdict::Limit) => "limit",
        Some(Verdict::Unimplemented) => "unimpl",
        Some(Verdict::Fail) => "fail",
        Some(Verdict::Incomplete) => "incomplete",
        None => "missing",
    }
}

/// The verdict in a word short enough for a column.
pub(super) fn word(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "Pass",
        Some(Verdict::PassWithNotes) => "Notes",
        Some(Verdict::Limit) => "Limit",
        Some(Verdict::Unimplemented) => "Unimpl.",
        Some(Verdict::Fail) => "Fail",
        Some(Verdict::Incomplete) => "Incompl.",
        None => "Missing",
    }
}

/// The verdict in full.
pub(super) fn name(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "Pass",
        Some(Verdict::PassWithNotes) => "Pass with notes",
        Some(Verdict::Limit) => "Limit declared",
        Some(Verdict::Unimplemented) => "Unimplemented",
        Some(Verdict::Fail) => "Fail",
        Some(Verdict::Incomplete) => "Incomplete",
        None => "Missing",
    }
}

/// What the verdict means.
pub(super) fn meaning(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "Every rule that the case proves was kept.",
        Some(Verdict::PassWithNotes) => {
            "Every MUST was kept; a SHOULD was missed, or the case only observes."
        }
        Some(Verdict::Limit) => {
            "The testee declared a limit of its own and closed cleanly, with 1009 or 1008."
        }
        Some(Verdict::Unimplemented) => "The testee does not do what the case needs, such as compression.",
        Some(Verdict::Fail) => "A MUST was broken.",
        Some(Verdict::Incomplete) => "The case could not be brought to its end.",
        None => "The case was selected and not run.",
    }
}

/// The class of Autobahn's main verdict in Autobahn's own index, which scripts count.
pub(super) fn behavior_class(behavior: Behavior) -> &'static str {
    match behavior {
        Behavior::Ok => "case_ok",
        Behavior::NonStrict => "case_non_strict",
        Behavior::Informational => "case_info",
        Behavior::Unimplemented => "case_unimplemented",
        Behavior::Failed => "case_failed",
    }
}

/// The class of Autobahn's close verdict, likewise.
pub(super) fn close_class(close: BehaviorClose) -> &'static str {
    match close {
        BehaviorClose::Ok => "case_ok",
        BehaviorClose::FailedByClient => "case_almost",
        BehaviorClose::WrongCode => "case_non_strict",
        BehaviorClose::Informational => "case_info",
        BehaviorClose::Unclean | BehaviorClose::Failed => "case_failed",
    }
}
