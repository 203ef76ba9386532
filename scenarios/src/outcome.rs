//! The outcome of one case: verdicts, facts, transcript.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wsproof_core::Count;

use crate::event::Event;
use crate::finding::{self, Finding, FindingKind, Rerun};
use crate::id::CaseId;
use crate::tcp_end::TcpEnd;
use crate::transcript::{Excerpt, LogEntry, Transcript, is_zero};
use crate::verdict::{Behavior, BehaviorClose, Verdict};

/// What became of one case against one testee. One of these is one line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The case.
    pub id: CaseId,
    /// Name of the testee.
    pub agent: String,
    /// Whether the testee was a server or a client.
    pub testee: Testee,
    /// Position of the case, from 1: in the whole catalogue when the testee is a server, in the selected cases when
    /// it is a client (as Autobahn counts).
    pub number: u32,
    /// When the connection began: milliseconds since 1970-01-01T00:00:00Z.
    pub started_ms: u64,
    /// From the opened connection to its end, in microseconds; 0 if it never opened.
    pub duration_us: u64,
    /// How much of that was our own work: reading, writing, judging, compressing. In microseconds.
    #[serde(default)]
    pub own_us: u64,
    /// How much of it was quiet until a timer of the case's script went off, in microseconds. What remains was the
    /// testee's, and the network's.
    #[serde(default)]
    pub waited_us: u64,
    /// Autobahn's main verdict.
    pub behavior: Behavior,
    /// Autobahn's verdict on the end of the connection.
    pub behavior_close: BehaviorClose,
    /// One sentence that explains `behavior`, in the words that readers of Autobahn's reports match.
    pub result: String,
    /// One sentence that explains `behavior_close`, likewise.
    pub result_close: String,
    /// Our own single verdict.
    pub verdict: Verdict,
    /// Why, for people: the sentences of the findings that decided it.
    pub reason: String,
    /// What was found, as data; the worst decides. Empty where nothing is to be said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Whether the case was run again before it was judged, because its failure rested on time alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<Rerun>,
    /// The lists of events that the case accepts, by verdict.
    pub expected: Vec<(Behavior, Vec<Event<Excerpt>>)>,
    /// The end of the connection that the case accepts.
    pub expected_close: ExpectedClose,
    /// The events that came, at most [`Outcome::MAX_EVENTS`] of them.
    pub received: Vec<Event<Excerpt>>,
    /// Events that came besides and were not kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub events_left_out: u64,
    /// What ended the case before its own time was up, if anything did. `reason` tells of it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<CutShort>,
    /// How the connection went.
    pub facts: Facts,
    /// What went over the wire.
    pub transcript: Transcript,
}

impl Outcome {
    /// No more events are kept than this.
    pub const MAX_EVENTS: usize = 1_000;

    /// Whether it is a failure: by default a broken MUST and a case that could not be brought to its end, `strict` whatever
    /// is not as good as the case can be.
    pub fn fails(&self, strict: bool) -> bool {
        self.verdict.fails() || strict && self.verdict.fails_strictly(self.behavior)
    }

    /// Milliseconds from the opened connection to its end.
    pub fn duration_ms(&self) -> f64 {
        self.duration_us as f64 / 1e3
    }

    /// About how many octets of memory it takes.
    pub fn weight(&self) -> usize {
        let Transcript { http_request, http_response, wire_log, received_octets, sent_octets, .. } =
            &self.transcript;
        let entry = size_of::<LogEntry>() + Excerpt::MAX;
        let event = size_of::<Event<Excerpt>>() + Excerpt::MAX;
        size_of::<Self>()
            + http_request.len()
            + http_response.len()
            + wire_log.len() * entry
            + (received_octets.len() + sent_octets.len()) * 32
            + (self.received.len() + self.expected.iter().map(|(_, events)| events.len()).sum::<usize>())
                * event
            + self.reason.len()
    }

    /// Judges the case by this finding alone: what the whole run has shown overrules what one case can tell. Autobahn's
    /// pair stays as it is.
    pub fn overrule(&mut self, finding: Finding) {
        self.verdict = finding.weight;
        self.findings = vec![finding];
        self.reason = finding::reason(self.verdict, &self.findings);
    }

    /// Adds to a handshake that failed that it works without this offer in `Sec-WebSocket-Extensions`, as another one with
    /// the same testee has shown. Changes nothing where the handshake was completed.
    pub fn handshake_works_without(&mut self, offer: String) {
        for finding in &mut self.findings {
            if let FindingKind::HandshakeFailed { works_without, .. } = &mut finding.kind {
                *works_without = Some(offer.clone());
                self.reason = finding::reason(self.verdict, &self.findings);
                return;
            }
        }
    }

    /// What went wrong, without what differs from case to case: outcomes of a testee with the same cause went wrong in the
    /// same way, whatever their lengths, times and octets. A name for comparing, not for people; `None` for a pass.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        finding::cause(self.verdict, &self.findings)
    }

    /// Whether the case failed in a way that other cases beside it could explain ([`Finding::may_be_load`]).
    pub fn may_be_load(&self) -> bool {
        let mut deciding = self.findings.iter().filter(|finding| finding.weight.fails()).peekable();
        deciding.peek().is_some() && deciding.all(Finding::may_be_load)
    }
}

/// What ended a case before its own time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum CutShort {
    /// Nothing at all was read or written for so long ([`SessionOptions::idle_limit`]).
    ///
    /// [`SessionOptions::idle_limit`]: crate::SessionOptions::idle_limit
    Idle {
        /// Milliseconds.
        limit_ms: u64,
    },
    /// The case would have waited longer for the testee ([`SessionOptions::wait_limit`]).
    ///
    /// [`SessionOptions::wait_limit`]: crate::SessionOptions::wait_limit
    Wait {
        /// Milliseconds that it waited.
        limit_ms: u64,
        /// Milliseconds that it allows.
        allowed_ms: u64,
    },
    /// The testee sent more than anybody wants to read ([`SessionOptions::receive_limit`]).
    ///
    /// [`SessionOptions::receive_limit`]: crate::SessionOptions::receive_limit
    Flood {
        /// Octets that came.
        octets: u64,
        /// Frames that came.
        frames: u64,
        /// Octets that compressed messages made.
        inflated: u64,
    },
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: u64| Duration::from_millis(ms).as_secs_f64();
        match *self {
            Self::Idle { limit_ms } => {
                write!(f, "The case was cut short: nothing moved for {} s.", seconds(limit_ms))
            }
            Self::Wait { limit_ms, allowed_ms } => {
                let (limit, allowed) = (seconds(limit_ms), seconds(allowed_ms));
                write!(f, "The case was cut short: it waited {limit} s of the {allowed} s that it allows.")
            }
            Self::Flood { octets, frames, inflated } => {
                write!(
                    f,
                    "The case was cut short: {} in {} had come",
                    Count(octets, "octet"),
                    Count(frames, "whole frame")
                )?;
                if inflated > 0 {
                    write!(f, ", and {} of compressed messages were inflated", Count(inflated, "octet"))?;
                }
                f.write_str(".")
            }
        }
    }
}

/// Which side of the connection is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Testee {
    /// A server: we connect to it (Autobahn's fuzzing client).
    Server,
    /// A client: it connects to us (Autobahn's fuzzing server).
    Client,
}

/// The end of the connection that a case accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedClose {
    /// Whether we, not the testee, send the first close frame.
    pub closed_by_me: bool,
    /// Close codes accepted from the testee.
    pub close_code: Vec<u16>,
    /// Whether the closing handshake must be completed.
    pub require_clean: bool,
    /// Whether the wrong side closing makes the main verdict FAILED.
    pub closed_by_wrong_endpoint_is_fatal: bool,
}

/// How the connection went, seen from our side. The names are those of Autobahn's reports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// The opening handshake was completed.
    pub opened: bool,
    /// We sent a close frame that was not a reply.
    pub closed_by_me: bool,
    /// We failed the connection: the testee broke a rule, or was silent too long.
    pub failed_by_me: bool,
    /// We dropped TCP before the testee did.
    pub dropped_by_me: bool,
    /// The closing handshake was completed.
    pub was_clean: bool,
    /// Why not, if it was not.
    pub was_not_clean_reason: Option<String>,
    /// The opening handshake took too long.
    pub was_open_handshake_timeout: bool,
    /// The testee did not answer our close frame in time.
    pub was_close_handshake_timeout: bool,
    /// The testee, a server, did not drop TCP in time after the closing handshake.
    pub was_server_connection_drop_timeout: bool,
    /// The code of our close frame, if it had one.
    pub local_close_code: Option<u16>,
    /// The reason in our close frame: the octets, which need not be UTF-8.
    pub local_close_reason: Option<Vec<u8>>,
    /// The code of the testee's last close frame, if it had one.
    pub remote_close_code: Option<u16>,
    /// The reason in it.
    pub remote_close_reason: Option<String>,
    /// How the testee ended TCP, if it did so before we dropped it. Autobahn's reports don't tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_end: Option<TcpEnd>,
}
