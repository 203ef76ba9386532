//! What went over the wire: the log, and the statistics that Autobahn's reports carry.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::hex;
use crate::payload::Payload;
use crate::tcp_end::TcpEnd;

/// The first octets of something, and how many there were.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Excerpt {
    /// Octets in all.
    pub len: u64,
    /// The first of them, at most [`Excerpt::MAX`].
    #[serde(with = "hex::serde_bytes")]
    pub head: Vec<u8>,
}

impl Excerpt {
    /// How many octets are kept.
    pub const MAX: usize = 64;

    /// Of these octets.
    pub fn of(octets: &[u8]) -> Self {
        Self { len: octets.len() as u64, head: octets[..octets.len().min(Self::MAX)].to_vec() }
    }

    /// Of this payload.
    pub fn of_payload(payload: &Payload) -> Self {
        Self { len: payload.len(), head: payload.head(Self::MAX) }
    }
}

/// Everything that was seen on one connection.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Transcript {
    /// The client's request head; empty if there was none.
    pub http_request: String,
    /// The server's response head; empty if there was none.
    pub http_response: String,
    /// The log, in order of time.
    pub wire_log: Vec<LogEntry>,
    /// Entries that were left out because the log was full (see [`Transcript::MAX_ENTRIES`]). Those that
    /// [`LogEntry::repeats`] counts are not among them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub entries_left_out: u64,
    /// Where they were: before the entry of this position, from 0. `None`: behind the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out_before: Option<usize>,
    /// Whether the log was on when the connection ended.
    pub log_on_at_end: bool,
    /// Octets received, by size of the read: size to count, of at most [`Transcript::MAX_SIZES`] sizes. The opening
    /// handshake is included.
    pub received_octets: BTreeMap<u64, u64>,
    /// Reads of still other sizes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reads_left_out: u64,
    /// Octets sent, by size of the frame or piece: size to count. The opening handshake is included.
    pub sent_octets: BTreeMap<u64, u64>,
    /// Frames received, by opcode.
    pub received_frames: BTreeMap<u8, u64>,
    /// Frames sent, by opcode.
    pub sent_frames: BTreeMap<u8, u64>,
    /// What compression did, if a loop of compressed messages came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
}

/// Data messages in both directions up to the last echo of a loop, and what they took on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// From the testee.
    pub incoming: Flow,
    /// To the testee.
    pub outgoing: Flow,
    /// Octets of the opening handshake from the testee.
    pub preopen_incoming: u64,
    /// Octets of the opening handshake to the testee.
    pub preopen_outgoing: u64,
}

/// One direction of the [`Traffic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flow {
    /// Data messages.
    pub messages: u64,
    /// Data frames.
    pub frames: u64,
    /// Octets of the messages.
    pub app: u64,
    /// Octets of the frames' payloads: of compressed messages, the compressed octets.
    pub websocket: u64,
    /// Octets on TCP since the opening handshake.
    pub wire: u64,
}

impl Flow {
    /// Counts a message of `app` octets that took `websocket` octets of payload.
    pub(crate) fn message(&mut self, app: u64, websocket: u64) {
        self.messages += 1;
        self.app += app;
        self.websocket += websocket;
    }

    /// Compressed octets per octet; `None` when nothing was sent.
    pub fn compression_ratio(&self) -> Option<f64> {
        (self.app > 0).then(|| self.websocket as f64 / self.app as f64)
    }

    /// What framing added, per octet of payload; `None` when nothing was sent.
    pub fn overhead(&self) -> Option<f64> {
        (self.websocket > 0).then(|| self.wire.saturating_sub(self.websocket) as f64 / self.websocket as f64)
    }
}

impl Transcript {
    /// A log holds no more entries than this, and four for each step of the case: a testee that never stops talking must
    /// not fill the memory. A log that would be longer is folded: of entries that say the same the first few stand for
    /// all ([`LogEntry::repeats`]). What does not fit even so is left out before the last [`Transcript::LAST_ENTRIES`].
    pub const MAX_ENTRIES: usize = 1_000;

    /// So many entries at the end of a log are always there.
    pub const LAST_ENTRIES: usize = 100;

    /// Reads are counted for so many sizes.
    pub const MAX_SIZES: usize = 4_096;
}

pub(crate) fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// One line of the wire log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Microseconds since TCP was connected.
    pub at_us: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: LogEvent,
    /// Later entries that said the same and are not in the log themselves; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Box<Repeats>>,
}

/// Entries of a log that said the same as one before them. The same are frames that differ in nothing but their masking
/// key, and octets of the same direction, whatever they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// How many there were.
    pub times: u64,
    /// Octets that went over the wire, or of the frames' payloads, in all of them.
    pub octets: u64,
    /// When the last of them came: microseconds since TCP was connected.
    pub until_us: u64,
}

impl LogEntry {
    /// That this happened at this time.
    pub fn new(at_us: u64, what: LogEvent) -> Self {
        Self { at_us, what, repeats: None }
    }

    /// The time since TCP was connected.
    pub fn at(&self) -> Duration {
        Duration::from_micros(self.at_us)
    }
}

/// What a line of the wire log tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "log", rename_all = "snake_case")]
pub enum LogEvent {
    /// Octets were read.
    OctetsReceived {
        /// The octets.
        octets: Excerpt,
    },
    /// Octets were handed to the network.
    OctetsSent {
        /// The octets.
        octets: Excerpt,
        /// Written on their own: a chopped piece, or a frame that asked for it.
        sync: bool,
    },
    /// A whole frame was read.
    FrameReceived {
        /// Its payload after unmasking; left empty once the connection has been failed.
        payload: Excerpt,
        /// Opcode, 0 to 15.
        opcode: u8,
        /// The FIN bit.
        fin: bool,
        /// The reserved bits, 0 to 7.
        rsv: u8,
        /// The masking key, if the frame was masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mask: Option<[u8; 4]>,
    },
    /// A frame was queued for sending.
    FrameSent {
        /// The payload before masking; of a repeated payload, one unit.
        payload: Excerpt,
        /// Opcode, 0 to 15.
        opcode: u8,
        /// The FIN bit.
        fin: bool,
        /// The reserved bits, 0 to 7.
        rsv: u8,
        /// The masking key, if the frame is masked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mask: Option<[u8; 4]>,
        /// Of a repeated payload, its whole length.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeated_to: Option<u64>,
        /// Written in pieces of so many octets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chop: Option<u32>,
        /// Written on its own.
        sync: bool,
    },
    /// A wait of the script began.
    WaitBegins {
        /// How long, in seconds.
        seconds: f64,
        /// Its label, if it has one.
        label: Option<String>,
    },
    /// A wait of the script ended.
    WaitEnds {
        /// Its label, if it has one.
        label: Option<String>,
    },
    /// The connection will be failed after so long.
    KillTimerArmed {
        /// How long, in seconds.
        seconds: f64,
    },
    /// That time was up.
    KillTimerFired,
    /// The connection will be closed after so long.
    CloseTimerArmed {
        /// How long, in seconds.
        seconds: f64,
    },
    /// That time was up.
    CloseTimerFired,
    /// The testee ended TCP. Always the last line, also of a log that is full; Autobahn's reports don't have it.
    TcpEnded {
        /// How.
        end: TcpEnd,
    },
    /// The log was switched.
    LogSwitched {
        /// On, or off.
        on: bool,
    },
}
