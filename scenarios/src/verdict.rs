//! Verdicts: Autobahn's two, and the single one of our own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Autobahn's main verdict, `behavior` in its reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Behavior {
    /// The testee did what the case asks.
    #[serde(rename = "OK")]
    Ok,
    /// Legal, but not what a SHOULD or good practice asks.
    #[serde(rename = "NON-STRICT")]
    NonStrict,
    /// Observed, not judged.
    #[serde(rename = "INFORMATIONAL")]
    Informational,
    /// The testee does not do what the case needs, such as compression.
    #[serde(rename = "UNIMPLEMENTED")]
    Unimplemented,
    /// The testee did something else.
    #[serde(rename = "FAILED")]
    Failed,
}

impl Behavior {
    /// The text in Autobahn's reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NonStrict => "NON-STRICT",
            Self::Informational => "INFORMATIONAL",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Autobahn's verdict on the end of the connection, `behaviorClose` in its reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BehaviorClose {
    /// Closed by the right side, in the right way.
    #[serde(rename = "OK")]
    Ok,
    /// Observed, not judged.
    #[serde(rename = "INFORMATIONAL")]
    Informational,
    /// The server left it to the client to drop TCP.
    #[serde(rename = "FAILED BY CLIENT")]
    FailedByClient,
    /// The testee's close frame carried a code that the case does not accept.
    #[serde(rename = "WRONG CODE")]
    WrongCode,
    /// The closing handshake was not completed.
    #[serde(rename = "UNCLEAN")]
    Unclean,
    /// The wrong side closed or failed the connection, or it never opened.
    #[serde(rename = "FAILED")]
    Failed,
}

impl BehaviorClose {
    /// The text in Autobahn's reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Informational => "INFORMATIONAL",
            Self::FailedByClient => "FAILED BY CLIENT",
            Self::WrongCode => "WRONG CODE",
            Self::Unclean => "UNCLEAN",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for BehaviorClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The single verdict of our own, by the strength of the rules that were kept or broken.
///
/// The order is from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every rule was kept.
    Pass,
    /// Every MUST was kept; a SHOULD was missed, or the case is only for information.
    PassWithNotes,
    /// The testee declared a limit of its own and closed cleanly: 1009 or 1008.
    Limit,
    /// The testee does not do what the case needs.
    Unimplemented,
    /// A MUST was broken.
    Fail,
    /// The case could not be brought to its end.
    Incomplete,
}

impl Verdict {
    /// All verdicts, from best to worst.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::PassWithNotes, Self::Limit, Self::Unimplemented, Self::Fail, Self::Incomplete];

    /// Whether it is a failure by default.
    pub fn fails(self) -> bool {
        self >= Self::Fail
    }

    /// Whether it is one where nothing but a plain pass counts. A case that is only for information has no plain pass to
    /// give, so of such none is asked for.
    pub fn fails_strictly(self, behavior: Behavior) -> bool {
        let as_good_as_it_gets = match behavior {
            Behavior::Informational => Self::PassWithNotes,
            _ => Self::Pass,
        };
        self > as_good_as_it_gets
    }

    /// The name in reports and options.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::PassWithNotes => "pass-with-notes",
            Self::Limit => "limit",
            Self::Unimplemented => "unimplemented",
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|v| v.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("`{text}` is not a verdict; there are {names}")
        })
    }
}
