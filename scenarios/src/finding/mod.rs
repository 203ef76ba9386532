//! What was found wrong, or worth telling, in one case: a value, from which the sentence for people is made.
//!
//! ```
//! use wsproof_core::ViolationKind;
//! use wsproof_scenarios::finding::{Finding, FindingKind};
//!
//! let masked = Finding::of(FindingKind::BrokenRule { violation: ViolationKind::MaskedFrame }).at_octet(1);
//! assert_eq!(masked.clause.as_deref(), Some("RFC 6455 §5.1"));
//! assert_eq!(
//!     masked.to_string(),
//!     "the testee breaks the protocol: frame from a server is masked (RFC 6455 §5.1), in octet 1 of what it sent"
//! );
//! ```

mod binding;
mod cause;
mod handshake;
mod kind;
mod rerun;
mod sentence;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use cause::cause;
pub use handshake::{HandshakeFailure, Refusal};
pub use kind::{Answered, Ended, FindingKind, NoCompression, Received};
pub use rerun::Rerun;
pub(crate) use sentence::reason;

use crate::case::Level;
use crate::verdict::Verdict;

/// From so many octets on, a message, or all messages together, may meet a limit of the testee: 16 KiB.
pub(crate) const LARGE: u64 = 1 << 14;

/// One finding. An outcome has them in the order in which they were looked for; the worst decides its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The verdict that it leads to. [`Verdict::Pass`] is a remark: worth telling, though every rule was kept.
    pub weight: Verdict,
    /// How binding the rule behind it is; `None` where the case, not a standard, asks for what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// The rule behind it, such as `RFC 6455 §5.5.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Cow<'static, str>>,
    /// Whose doing it is.
    pub by: Party,
    /// The octet that shows it, counted from 0 at the first octet that the testee sent after its part of the opening
    /// handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub octet: Option<u64>,
    /// The moment at which it showed: microseconds since TCP was connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_us: Option<u64>,
    /// What was found, with its numbers. In JSON the name is in `kind` and the numbers stand beside it.
    #[serde(flatten)]
    pub kind: FindingKind,
}

/// Whose doing a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The testee's.
    Testee,
    /// Our own: the case itself, or how it is run.
    Wsproof,
    /// It can't be told: the testee, the network, or something between.
    Unknown,
}

impl Finding {
    /// This finding, with the weight and the rule that belong to its kind.
    pub fn of(kind: FindingKind) -> Self {
        let (weight, level, clause) = binding::binding(&kind);
        Self { weight, level, clause, by: binding::party(&kind), octet: None, at_us: None, kind }
    }

    /// With the octet that shows it.
    #[must_use]
    pub fn at_octet(self, octet: u64) -> Self {
        Self { octet: Some(octet), ..self }
    }

    /// With the moment at which it showed, since TCP was connected.
    #[must_use]
    pub fn at(self, moment: Duration) -> Self {
        Self { at_us: Some(moment.as_micros() as u64), ..self }
    }

    /// With another weight than that of its kind.
    #[must_use]
    pub fn weighing(self, weight: Verdict) -> Self {
        Self { weight, ..self }
    }

    /// Whether a machine, or a testee, that is busy with other cases could explain the finding: nothing but the time that
    /// something took speaks against the testee, or it dropped TCP without a word at our request. The case is then run
    /// again, alone, before it is judged.
    pub fn may_be_load(&self) -> bool {
        binding::may_be_load(&self.kind)
    }
}

impl From<FindingKind> for Finding {
    fn from(kind: FindingKind) -> Self {
        Self::of(kind)
    }
}
