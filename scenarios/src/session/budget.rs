//! Limits on what a hostile testee can make one case cost: octets, events kept, and time.

use std::time::Duration;

use super::SessionOptions;
use super::timers::TimerKind;
use crate::case::Case;
use crate::event::Event;
use crate::outcome::{CutShort, Outcome};
use crate::payload::Payload;
use crate::transcript::Transcript;

/// Octets of events that are kept beyond what the longest alternative holds.
const MORE_EVENTS: u64 = 256 << 10;

/// The timers that only a testee's silence lets run out.
pub(super) const WAITS_FOR_TESTEE: [TimerKind; 4] =
    [TimerKind::Kill, TimerKind::End, TimerKind::Linger, TimerKind::Watch];

/// Counts what is left.
#[derive(Debug)]
pub(super) struct Budget {
    /// Octets that the testee may still send before it is cut off.
    octets: u64,
    /// Octets that compressed messages made so far.
    inflated: u64,
    /// Octets of events that may still be kept.
    events: u64,
    events_left_out: u64,
    wait_limit: Option<Duration>,
    /// What the case allows for the wait that `wait_limit` shortened.
    allowed: Option<Duration>,
    cut_short: Option<CutShort>,
}

impl Budget {
    pub(super) fn new(case: &Case, options: &SessionOptions) -> Self {
        let expected = case.accept.iter().map(|alternative| alternative.events.iter().map(held).sum());
        Self {
            octets: case.load().saturating_mul(4).saturating_add(options.receive_limit),
            inflated: 0,
            events: expected.max().unwrap_or(0) + MORE_EVENTS,
            events_left_out: 0,
            wait_limit: options.wait_limit,
            allowed: None,
            cut_short: None,
        }
    }

    /// Takes octets off what the testee may still send. Answers whether nothing is left.
    pub(super) fn spend(&mut self, octets: u64, so_far: &Transcript) -> bool {
        self.octets = self.octets.saturating_sub(octets);
        if self.octets == 0 {
            let sizes = so_far.received_octets.iter();
            let octets =
                sizes.fold(0_u64, |sum, (size, count)| sum.saturating_add(size.saturating_mul(*count)));
            let frames = so_far.received_frames.values().sum();
            self.cut_short = Some(CutShort::Flood { octets, frames, inflated: self.inflated });
        }
        self.octets == 0
    }

    /// Takes note of octets that compressed messages made, and gives them back.
    pub(super) fn inflated(&mut self, octets: u64) -> u64 {
        self.inflated += octets;
        octets
    }

    /// Whether one more event is kept, of so many of its list. Without room there is more already than any alternative
    /// holds: what else comes changes no verdict.
    pub(super) fn has_room_for(&mut self, event: &Event<Payload>, kept: usize) -> bool {
        let left = self.events.checked_sub(held(event));
        self.events = left.unwrap_or(0);
        let fits = left.is_some() && kept < Outcome::MAX_EVENTS;
        self.events_left_out += u64::from(!fits);
        fits
    }

    /// How long a timer runs that the case wants to run so long.
    pub(super) fn wait(&mut self, kind: TimerKind, length: Duration) -> Duration {
        match self.wait_limit.filter(|limit| WAITS_FOR_TESTEE.contains(&kind) && *limit < length) {
            Some(limit) => {
                self.allowed = Some(length);
                limit
            }
            None => length,
        }
    }

    /// A timer went off: its time may have been shortened.
    pub(super) fn waited(&mut self, kind: TimerKind) {
        if let (Some(limit), Some(allowed)) = (self.wait_limit, self.allowed)
            && WAITS_FOR_TESTEE.contains(&kind)
        {
            let [limit_ms, allowed_ms] = [limit, allowed].map(millis);
            self.cut_short.get_or_insert(CutShort::Wait { limit_ms, allowed_ms });
        }
    }

    /// Adds to the outcome what was cut.
    pub(super) fn conclude(self, mut outcome: Outcome) -> Outcome {
        if let Some(cut_short) = &self.cut_short {
            outcome.reason.push_str(&format!(" {cut_short}"));
        }
        Outcome { cut_short: self.cut_short, events_left_out: self.events_left_out, ..outcome }
    }

    /// Nothing moved for so long, and the case is hastened.
    pub(super) fn idled(&mut self, limit: Duration) {
        self.cut_short.get_or_insert(CutShort::Idle { limit_ms: millis(limit) });
    }
}

/// Octets of payload that an event holds.
fn held(event: &Event<Payload>) -> u64 {
    match event {
        Event::Message { payload, .. } | Event::Pong { payload } => payload.held(),
        Event::Timeout { .. } => 0,
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}
