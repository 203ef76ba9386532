//! Steps that wait for what the testee must do in their place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Clause;
use super::format::seconds;
use crate::event::Event;
use crate::payload::Payload;
use crate::verdict::Verdict;

/// This event must come next. Pongs that are not asked for are looked past (RFC 6455 §5.5.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectStep {
    /// A message or a pong.
    pub event: Event<Payload>,
    /// Within this time, from the moment in which all that was sent before has left. Default: a second.
    #[serde(default = "a_second", with = "seconds")]
    pub within: Duration,
    /// What it means if it does not come.
    #[serde(default, skip_serializing_if = "Otherwise::is_default")]
    pub otherwise: Otherwise,
    /// The rule that it proves. Default: the first of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
}

/// No message may come for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilenceStep {
    /// For so long.
    #[serde(with = "seconds")]
    pub seconds: Duration,
    /// What it means if something comes.
    #[serde(default, skip_serializing_if = "Otherwise::is_default")]
    pub otherwise: Otherwise,
    /// The rule that it proves. Default: the first of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
}

/// The testee must fail the connection here (RFC 6455 §7.1.7): close, or end TCP, with no message before that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseStep {
    /// The close codes that say what is wrong; another one is a note (§7.4.1). Default: 1002.
    #[serde(default = "protocol_error")]
    pub codes: Vec<u16>,
    /// Within this time. Default: a second.
    #[serde(default = "a_second", with = "seconds")]
    pub within: Duration,
    /// The rule that it proves. Default: the first of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Clause>,
}

/// What it means if a step does not get what it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The case fails, and ends.
    #[default]
    Fail,
    /// A note, and the script goes on.
    Note,
    /// The case can't be judged, and ends: what was to be proven needs this.
    Incomplete,
    /// Nothing: the script goes on.
    GoOn,
}

impl Otherwise {
    // serde wants a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The weight of the finding; none for [`Otherwise::GoOn`].
    pub(crate) fn weight(self) -> Option<Verdict> {
        match self {
            Self::Fail => Some(Verdict::Fail),
            Self::Note => Some(Verdict::PassWithNotes),
            Self::Incomplete => Some(Verdict::Incomplete),
            Self::GoOn => None,
        }
    }

    /// Whether the script ends.
    pub(crate) fn ends(self) -> bool {
        matches!(self, Self::Fail | Self::Incomplete)
    }
}

fn a_second() -> Duration {
    Duration::from_secs(1)
}

fn protocol_error() -> Vec<u16> {
    vec![1002]
}
