//! A case that was run again before it was judged.

use serde::{Deserialize, Serialize};

/// What running a case again, alone, has shown. Only cases whose failure rested on time alone are run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rerun {
    /// The outcome is that of a second run, in which nothing else ran beside the case.
    Alone,
    /// The outcome is that of the first run. Several cases with the same finding were run again, alone, with the same
    /// result each time, so this one was not.
    Sampled,
}
