//! How both sides closed, for our own verdict. Autobahn's facts stop where its timers end; this goes on.

use std::time::Duration;

use wsproof_core::ViolationKind;
use wsproof_core::frame::Opcode;

use crate::tcp_end::TcpEnd;
use crate::transcript::Excerpt;

/// A close frame of the testee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CloseFrame {
    pub(super) code: Option<u16>,
    /// The reason, as far as it is UTF-8.
    pub(super) reason: Option<String>,
    /// When it came.
    pub(super) at: Duration,
}

/// How both sides closed.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// When our last close frame was queued; once it has left, when it did.
    pub(super) ours: Option<Duration>,
    /// Our close frame has not left yet.
    waits_to_leave: bool,
    /// Frames of ours were queued behind our close frame.
    pub(super) sent_behind: bool,
    /// One of them was a second close frame, and the testee had not sent its second one yet.
    pub(super) closed_twice: bool,
    /// Payloads of the pings among them.
    pub(super) pings_behind: Vec<Vec<u8>>,
    /// The testee's first close frame.
    pub(super) first: Option<CloseFrame>,
    /// How many events had come before it.
    events: usize,
    /// Its second one.
    pub(super) second: Option<CloseFrame>,
    /// The octets that came after its first close frame.
    pub(super) behind: Excerpt,
    /// The first data frame among them, with the length of its payload.
    pub(super) data_behind: Option<(Opcode, u64)>,
    /// What shows that they are no frames.
    pub(super) violation_behind: Option<ViolationKind>,
    /// How and when the testee ended TCP.
    pub(super) tcp: Option<(TcpEnd, Duration)>,
    /// When we stopped waiting for the testee to end TCP.
    pub(super) gave_up: Option<Duration>,
}

impl Ends {
    /// Our close frame was queued.
    pub(super) fn we_closed(&mut self, now: Duration) {
        self.ours = Some(now);
        self.waits_to_leave = true;
    }

    /// A frame of ours was queued.
    pub(super) fn we_sent(&mut self, opcode: Opcode, now: Duration, payload: impl FnOnce() -> Vec<u8>) {
        /// More pings behind a close frame are not told apart.
        const MAX_PINGS: usize = 16;
        if self.ours.is_none() {
            return;
        }
        self.sent_behind = true;
        match opcode {
            Opcode::CLOSE => {
                self.closed_twice |= self.second.is_none();
                self.we_closed(now);
            }
            Opcode::PING if self.pings_behind.len() < MAX_PINGS => self.pings_behind.push(payload()),
            _ => {}
        }
    }

    /// Everything that was queued has left.
    pub(super) fn flushed(&mut self, now: Duration) {
        if std::mem::take(&mut self.waits_to_leave) {
            self.ours = Some(now);
        }
    }

    /// A close frame of the testee came, after so many events.
    pub(super) fn it_closed(&mut self, frame: CloseFrame, events: usize) {
        if self.first.is_none() {
            self.events = events;
            self.first = Some(frame);
        } else if self.second.is_none() {
            self.second = Some(frame);
        }
    }

    /// Octets came. Those after the testee's close frame are kept; to be called before they are unmasked.
    pub(super) fn octets(&mut self, octets: &[u8]) {
        if self.first.is_none() {
            return;
        }
        self.behind.len += octets.len() as u64;
        let room = Excerpt::MAX - self.behind.head.len();
        self.behind.head.extend_from_slice(&octets[..octets.len().min(room)]);
    }

    /// A data frame came.
    pub(super) fn data_frame(&mut self, opcode: Opcode, len: u64) {
        if self.first.is_some() {
            self.data_behind.get_or_insert((opcode, len));
        }
    }

    /// Something that is no legal frame came. Answers whether it came after the testee's close frame, where single rules
    /// mean nothing any more.
    pub(super) fn violation(&mut self, kind: ViolationKind) -> bool {
        // Frames that are out of order, or whose text is wrong, are frames all the same.
        let is_frame = matches!(
            kind,
            ViolationKind::UnexpectedContinuation
                | ViolationKind::ExpectedContinuation(_)
                | ViolationKind::TextNotUtf8
                | ViolationKind::TextTruncated
        );
        if self.first.is_some() && !is_frame {
            self.violation_behind.get_or_insert(kind);
        }
        self.first.is_some()
    }

    /// Of so many events, how many came before the testee's close frame.
    pub(super) fn events_before(&self, all: usize) -> usize {
        if self.first.is_some() { self.events.min(all) } else { all }
    }

    /// How long after our last close frame this moment is.
    pub(super) fn since_ours(&self, moment: Duration) -> Option<Duration> {
        Some(moment.saturating_sub(self.ours?))
    }
}
