//! Tells that a case was run again before it was judged.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What running a case again, alone, has shown. Only cases whose failure a busy machine could explain
/// are run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rerun {
    /// The outcome is that of a second run, in which nothing else ran beside the case.
    Alone,
    /// The outcome is that of the first run. Several cases with the same finding were run again, alone, with the same
    /// result each time, so this one was not.
    Sampled,
}

impl Rerun {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Sampled => "sampled",
        }
    }
}

impl fmt::Display for Rerun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "The case was run again, alone, since a busy machine could explain what its first run showed: this is the second.",
            Self::Sampled => {
                "A busy machine could explain this. Other cases with the same finding were run again, alone, and showed it each \
                 time."
            }
        })
    }
}
