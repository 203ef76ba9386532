//! The timers of a session. Time is handed in.

use std::time::Duration;

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimerKind {
    /// The opening handshake must be completed.
    Opening,
    /// The body of an answer that refuses must come.
    Body,
    /// Our close frame must be answered.
    CloseReply,
    /// The server must drop TCP after the closing handshake.
    ServerDrop,
    /// The server that closed by itself must drop TCP.
    Linger,
    /// For our own verdict: the testee must answer our close frame and end TCP, after Autobahn has given it up.
    Watch,
    /// The last octets must leave before we drop TCP.
    Flush,
    /// The case fails the connection.
    Kill,
    /// The case closes the connection.
    End,
    /// The script goes on.
    Script,
}

#[derive(Debug)]
struct Timer {
    kind: TimerKind,
    length: Duration,
    due: Duration,
    /// Octets that were queued before the timer have not left yet: it counts from the moment they have.
    awaits_flush: bool,
}

/// The armed timers, in the order in which they were armed.
///
/// Of two timers the one that was armed first ends first, unless it is longer: several are armed within the same
/// millisecond, and which of them ends first decides a verdict. Neither the time that octets take to leave nor a machine
/// that wakes us late changes their order.
#[derive(Debug, Default)]
pub(super) struct Timers(Vec<Timer>);

impl Timers {
    /// Arms a timer. With `awaits_flush` it counts anew once [`Timers::flushed`] is called.
    pub(super) fn arm(&mut self, kind: TimerKind, length: Duration, now: Duration, awaits_flush: bool) {
        self.cancel(kind);
        self.0.push(Timer { kind, length, due: now + length, awaits_flush });
        self.keep_order();
    }

    fn keep_order(&mut self) {
        for later in 1..self.0.len() {
            let (before, rest) = self.0.split_at_mut(later);
            let timer = &mut rest[0];
            let earlier = before.iter().filter(|earlier| earlier.length <= timer.length);
            timer.due = earlier.map(|earlier| earlier.due).fold(timer.due, Duration::max);
        }
    }

    pub(super) fn cancel(&mut self, kind: TimerKind) {
        self.0.retain(|timer| timer.kind != kind);
    }

    pub(super) fn is_armed(&self, kind: TimerKind) -> bool {
        self.0.iter().any(|timer| timer.kind == kind)
    }

    /// All queued octets have left: the testee's time to answer begins now.
    pub(super) fn flushed(&mut self, now: Duration) {
        for timer in self.0.iter_mut().filter(|timer| timer.awaits_flush) {
            timer.awaits_flush = false;
            timer.due = now + timer.length;
        }
        self.keep_order();
    }

    /// Makes a timer due now.
    pub(super) fn hasten(&mut self, kind: TimerKind, now: Duration) {
        for timer in self.0.iter_mut().filter(|timer| timer.kind == kind) {
            timer.due = timer.due.min(now);
        }
    }

    /// When the next timer is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.0.iter().map(|timer| timer.due).min()
    }

    /// Takes the timer that is due first; of several due at the same time, the one armed first. Tells since when it has
    /// been running too.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<(TimerKind, Duration)> {
        let due = self.next_due().filter(|due| *due <= now)?;
        let at = self.0.iter().position(|timer| timer.due == due)?;
        let timer = self.0.remove(at);
        Some((timer.kind, timer.due.saturating_sub(timer.length)))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn of_equal_times_the_first_armed_fires_first() {
        let mut timers = Timers::default();
        timers.arm(TimerKind::CloseReply, S, Duration::ZERO, true);
        timers.arm(TimerKind::Kill, S, Duration::ZERO, true);
        timers.flushed(S / 10);
        assert_eq!(timers.next_due(), Some(S + S / 10));
        assert_eq!(timers.take_due(S), None);
        assert_eq!(timers.take_due(2 * S), Some((TimerKind::CloseReply, S / 10)));
        assert_eq!(timers.take_due(2 * S), Some((TimerKind::Kill, S / 10)));
        assert_eq!(timers.take_due(2 * S), None);
    }

    #[test]
    fn what_was_armed_first_ends_first_though_its_octets_leave_later() {
        let mut timers = Timers::default();
        timers.arm(TimerKind::Kill, S, Duration::ZERO, true);
        timers.arm(TimerKind::ServerDrop, S, S / 1000, false);
        timers.flushed(S / 500);
        assert_eq!(timers.take_due(2 * S).unwrap().0, TimerKind::Kill);
        assert_eq!(timers.take_due(2 * S).unwrap().0, TimerKind::ServerDrop);
        // A longer one is not waited for.
        timers.arm(TimerKind::Kill, 10 * S, Duration::ZERO, false);
        timers.arm(TimerKind::ServerDrop, S, Duration::ZERO, false);
        assert_eq!(timers.take_due(2 * S).unwrap().0, TimerKind::ServerDrop);
    }

    #[test]
    fn arming_again_replaces() {
        let mut timers = Timers::default();
        timers.arm(TimerKind::ServerDrop, S, Duration::ZERO, false);
        timers.arm(TimerKind::ServerDrop, S, S, false);
        assert_eq!(timers.take_due(S), None);
        assert_eq!(timers.take_due(2 * S), Some((TimerKind::ServerDrop, S)));
    }
}
