//! A scenario as data: what to send, when to wait, what is accepted, and why.

mod expect;
mod format;
mod frame;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wsproof_core::frame::Opcode;

use crate::corpus::Corpus;
use crate::event::Event;
use crate::id::CaseId;
use crate::payload::Payload;
use crate::verdict::Behavior;

pub use expect::{ExpectStep, Otherwise, RefuseStep, SilenceStep};
pub use frame::{FrameStep, Masking};

use format::seconds;

/// One case: a script for one connection, and the rules by which its end is judged.
///
/// The steps are performed in order, at the moment the connection opens, except where a
/// [`Step::Wait`] splits it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Which case this is. In a file of one's own scenarios it may be left out.
    #[serde(default = "unnumbered")]
    pub id: CaseId,
    /// What is sent, in one or two sentences.
    pub description: String,
    /// What a right testee does, in one or two sentences.
    #[serde(default)]
    pub expectation: String,
    /// The rules that the case proves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// What is offered, or accepted, of permessage-deflate (RFC 7692), the preferred first; empty to go without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deflate: Vec<DeflateWish>,
    /// The script.
    pub steps: Vec<Step>,
    /// How the main verdict is reached.
    #[serde(default)]
    pub judge: Judge,
    /// Under [`Judge::Events`]: the lists of events, in order of preference, that lead to a verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<Alternative>,
    /// How the end of the connection is judged.
    #[serde(default)]
    pub close: CloseRule,
    /// Whether reports show how long the case took.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub report_time: bool,
}

impl Step {
    /// Whether the step waits for something that the testee must do or leave.
    pub fn is_awaited(&self) -> bool {
        matches!(self, Self::Expect(_) | Self::ExpectSilence(_) | Self::Refuse(_))
    }
}

impl Case {
    /// How long the case takes at least against a right testee: the sum of the script's waits.
    pub fn fixed_wait(&self) -> Duration {
        let mut total = Duration::ZERO;
        for step in &self.steps {
            if let Step::Wait { seconds, record } = step {
                total += *seconds;
                // In the fail-fast cases the second wait is cut short by a testee that fails fast.
                if record.is_some() {
                    break;
                }
            }
        }
        total
    }

    /// Octets of the longest message that the case sends, or a little more: fragments sent one by one are counted together.
    pub fn longest_message(&self) -> u64 {
        let mut apart = 0;
        let whole = self.steps.iter().map(|step| match step {
            Step::Frame(frame) => {
                apart += frame.payload.len();
                0
            }
            Step::StreamData { payload } | Step::Octets { payload, .. } => {
                apart += payload.len();
                0
            }
            Step::Message { payload, .. } => payload.len(),
            Step::EchoLoop { frame, .. } => frame.payload.len(),
            Step::CorpusLoop { units, .. } => u64::from(*units),
            _ => 0,
        });
        whole.max().unwrap_or(0).max(apart)
    }

    /// Whether the case sends text.
    pub(crate) fn sends_text(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Frame(frame) | Step::EchoLoop { frame, .. } => frame.opcode == Opcode::TEXT,
            Step::Message { binary, .. } | Step::StreamBegin { binary } => !binary,
            _ => false,
        })
    }

    /// About how many payload octets the case sends: what it asks of the testee and of the machine.
    pub fn load(&self) -> u64 {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Frame(frame) => frame.payload.len(),
                Step::Message { payload, .. }
                | Step::StreamData { payload }
                | Step::Octets { payload, .. } => payload.len(),
                Step::EchoLoop { count, frame } => u64::from(*count) * (frame.payload.len() + 64),
                Step::CorpusLoop { count, units, .. } => u64::from(*count) * (u64::from(*units) + 64),
                _ => 0,
            })
            .sum()
    }
}

/// What we ask of the testee's compression, and how we limit our own: a client testee agrees by our answer to its offer,
/// a server testee is asked in ours (RFC 7692 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeflateWish {
    /// The testee must compress each message on its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_context_takeover: bool,
    /// The testee must keep to a window of 2 to the power of this many octets, 8 to 15.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_window_bits: Option<u8>,
    /// We compress each message on its own, and say so. In an offer that is a hint, which we keep whether or not the
    /// server's answer has it too (RFC 7692 §7.1.1.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_no_context_takeover: bool,
    /// Our offer has the same hint, and we keep it only if the server's answer has it too. The RFC does not provide for
    /// that; Autobahn's cases do it, so that servers get messages of both kinds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hint_not_kept: bool,
    /// We keep to a window of 2 to the power of this many octets, 8 to 15, and say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_max_window_bits: Option<u8>,
}

/// One rule of a standard, with the strength of its keyword (RFC 2119).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// How binding the rule is.
    pub level: Level,
    /// Where it stands, such as `RFC 6455 §5.5.2`.
    pub section: String,
}

/// As `MUST RFC 6455 §5.5.2`.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level.as_str(), self.section)
    }
}

/// The strength of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// MAY, or a plain statement.
    May,
    /// SHOULD or SHOULD NOT.
    Should,
    /// MUST or MUST NOT.
    Must,
}

impl Level {
    /// The keyword: `MUST`, `SHOULD` or `MAY`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        }
    }
}

/// One action of a script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Send one frame exactly as described, legal or not, in whatever state the connection is.
    Frame(FrameStep),
    /// Send these octets as they are, in whatever state the connection is.
    Octets {
        /// The octets. They are not masked.
        payload: Payload,
        /// Write them in pieces of so many octets, each on its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chop: Option<u32>,
    },
    /// Send a message, cut into frames by the fragment size. Ignored unless the connection is open.
    Message {
        /// Binary message; otherwise text.
        #[serde(default)]
        binary: bool,
        /// The whole message.
        payload: Payload,
        /// Octets in a frame; `None` follows the last [`Step::AutoFragment`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fragment: Option<u32>,
    },
    /// Wait until an event comes. With steps that wait like this the case is judged by them ([`Judge::Steps`]), and when the
    /// last is done we close.
    Expect(ExpectStep),
    /// Wait, and no message may come meanwhile.
    ExpectSilence(SilenceStep),
    /// Wait until the testee fails the connection.
    Refuse(RefuseStep),
    /// Start the closing handshake with a close frame of this payload (any octets).
    Close {
        /// The close frame's whole payload: the code in two octets, then the reason.
        payload: Payload,
    },
    /// Start a message of which frames are then written in pieces.
    StreamBegin {
        /// Binary message; otherwise text.
        #[serde(default)]
        binary: bool,
    },
    /// Write only the header of a frame (FIN=0) that announces so many octets.
    StreamHeader {
        /// Announced payload length.
        octets: u64,
    },
    /// Write the next octets of that frame's payload.
    StreamData {
        /// The octets.
        payload: Payload,
    },
    /// End the streamed message with an empty final continuation frame.
    StreamEnd,
    /// Stop the script for a while.
    Wait {
        /// How long.
        #[serde(with = "seconds")]
        seconds: Duration,
        /// With a label: record a timeout event of that label and go on, if the connection is still open; else
        /// end the script. Without: go on unless the connection is closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<String>,
    },
    /// Fail the connection with code 1001 after so long.
    KillAfter {
        /// How long.
        #[serde(with = "seconds")]
        seconds: Duration,
    },
    /// Close the connection with an empty close frame after so long.
    CloseAfter {
        /// How long.
        #[serde(with = "seconds")]
        seconds: Duration,
    },
    /// From here on cut messages into frames of so many octets (0: don't).
    AutoFragment {
        /// Octets in a frame.
        octets: u32,
    },
    /// Switch the wire log off until the answer has come: the case moves too many octets to keep.
    QuietLog {
        /// Whether the log says that it was switched.
        announce: bool,
    },
    /// End the script, and with it the case, unless permessage-deflate was agreed on: close with code 1000.
    RequireDeflate,
    /// Send a compressed message of so many characters (of a text corpus) or octets, then after each right echo the one
    /// that follows it in the corpus, so many in all. Cut into frames as the last [`Step::AutoFragment`] says.
    CorpusLoop {
        /// Where the messages come from.
        corpus: Corpus,
        /// Characters or octets in each; fewer than the corpus has.
        units: u32,
        /// Round trips.
        count: u32,
    },
    /// Send the frame, then once more after each right echo, so many times in all.
    EchoLoop {
        /// Round trips.
        count: u32,
        /// What is sent each time.
        frame: FrameStep,
    },
}

/// A list of events that leads to a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The verdict.
    #[serde(default = "ok")]
    pub behavior: Behavior,
    /// Exactly these events, in this order.
    pub events: Vec<Event<Payload>>,
}

/// How the main verdict is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Judge {
    /// The events must equal one of the alternatives.
    #[default]
    Events,
    /// As [`Judge::Events`], and what was sent must have been cut into so many frames: a check of ourselves.
    EventsAndFramesSent {
        /// Text frames sent.
        text: u32,
        /// Continuation frames sent.
        continuation: u32,
    },
    /// Whatever happens is of interest, not right or wrong.
    Informational,
    /// One message of this type and length must come.
    Size {
        /// Binary message; otherwise text.
        binary: bool,
        /// Its length in octets.
        octets: u64,
    },
    /// Each message of an [`Step::EchoLoop`] must come back with the same type and length.
    EchoLoop,
    /// Each message of a [`Step::CorpusLoop`] must come back with the same type and octets.
    CorpusLoop,
    /// Step by step: by [`Step::Expect`], [`Step::ExpectSilence`] and [`Step::Refuse`].
    Steps,
}

/// How the end of the connection is judged.
///
/// In JSON each part may be left out; the default is [`CloseRule::default`] without `auto_close` and `require_clean`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRule {
    /// Who must send the first close frame: we, or the testee.
    #[serde(default = "yes")]
    pub by_fuzzer: bool,
    /// The close codes that the testee may send; none at all is always accepted.
    #[serde(default = "normal")]
    pub codes: Vec<u16>,
    /// The closing handshake must be completed in both directions.
    #[serde(default)]
    pub require_clean: bool,
    /// Close with the first of `codes` as soon as the events are those of the only alternative.
    #[serde(default)]
    pub auto_close: bool,
    /// A connection closed by the wrong side makes the main verdict FAILED too.
    #[serde(default)]
    pub wrong_endpoint_fatal: bool,
    /// A wrong close code makes the main verdict FAILED too.
    #[serde(default)]
    pub wrong_code_fatal: bool,
}

impl Default for CloseRule {
    /// What most scenarios mean: we close with 1000 as soon as what is accepted has come, and the testee answers.
    fn default() -> Self {
        Self {
            by_fuzzer: true,
            codes: normal(),
            require_clean: true,
            auto_close: true,
            wrong_endpoint_fatal: false,
            wrong_code_fatal: false,
        }
    }
}

fn unnumbered() -> CaseId {
    CaseId::UNNUMBERED
}

fn yes() -> bool {
    true
}

fn ok() -> Behavior {
    Behavior::Ok
}

fn normal() -> Vec<u16> {
    vec![1000]
}
