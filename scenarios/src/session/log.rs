//! The growing wire log: complete while it is short, folded once it gets long; the end is always kept.

use std::collections::VecDeque;

use crate::transcript::{LogEntry, LogEvent, Repeats, Transcript};

/// A step of a case that sends one frame makes no more entries than this: the frame, its octets, and those of an echo.
const ENTRIES_OF_A_STEP: usize = 4;

/// Of entries that say the same so many are kept, the first ones; the last of these counts the others.
const KEPT_OF_A_KIND: u32 = 4;

/// So many kinds of entries are told apart while folding, those that came last.
const KINDS: usize = 32;

/// A wire log.
#[derive(Debug)]
pub(super) struct Log {
    entries: Vec<LogEntry>,
    /// `entries` never holds more.
    room: usize,
    /// `None` while all entries are there as they came: a testee that says what it is asked for never gets beyond that.
    folding: Option<Folding>,
}

#[derive(Debug, Default)]
struct Folding {
    /// What was said lately, the last first.
    kinds: Vec<Kind>,
    /// The last entries, once `entries` is full.
    tail: VecDeque<LogEntry>,
    /// Entries between the two.
    left_out: u64,
}

/// Entries that say the same.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// The last one that is kept.
    at: usize,
    /// How many are kept.
    kept: u32,
}

impl Log {
    /// For a case of so many steps.
    pub(super) fn new(steps: usize) -> Self {
        let room = Transcript::MAX_ENTRIES + ENTRIES_OF_A_STEP * steps;
        Self { entries: Vec::new(), room: room - Transcript::LAST_ENTRIES, folding: None }
    }

    pub(super) fn push(&mut self, entry: LogEntry) {
        match &mut self.folding {
            Some(folding) => folding.push(entry, &mut self.entries, self.room),
            None if self.entries.len() < self.room + Transcript::LAST_ENTRIES => self.entries.push(entry),
            None => {
                let mut folding = Folding::default();
                for entry in std::mem::take(&mut self.entries).into_iter().chain([entry]) {
                    folding.push(entry, &mut self.entries, self.room);
                }
                self.folding = Some(folding);
            }
        }
    }

    /// Hands the log over.
    pub(super) fn finish(self, transcript: &mut Transcript) {
        transcript.wire_log = self.entries;
        if let Some(Folding { tail, left_out, .. }) = self.folding {
            transcript.entries_left_out = left_out;
            transcript.left_out_before = (left_out > 0).then_some(transcript.wire_log.len());
            transcript.wire_log.extend(tail);
        }
    }
}

impl Folding {
    fn push(&mut self, entry: LogEntry, entries: &mut Vec<LogEntry>, room: usize) {
        let is_full = entries.len() >= room;
        let known = self.kinds.iter().position(|kind| is_the_same(&entries[kind.at].what, &entry.what));
        if let Some(known) = known {
            self.kinds[..=known].rotate_right(1);
            let kind = &mut self.kinds[0];
            if kind.kept >= KEPT_OF_A_KIND || is_full {
                return count(&mut entries[kind.at], &entry);
            }
            kind.at = entries.len();
            kind.kept += 1;
        } else if is_full {
            if self.tail.len() >= Transcript::LAST_ENTRIES {
                self.tail.pop_front();
                self.left_out += 1;
            }
            return self.tail.push_back(entry);
        } else if is_foldable(&entry.what) {
            self.kinds.truncate(KINDS - 1);
            self.kinds.insert(0, Kind { at: entries.len(), kept: 1 });
        }
        entries.push(entry);
    }
}

/// Counts an entry at one that says the same.
fn count(at: &mut LogEntry, entry: &LogEntry) {
    let octets = octets(&entry.what);
    match &mut at.repeats {
        Some(repeats) => {
            repeats.times += 1;
            repeats.octets = repeats.octets.saturating_add(octets);
            repeats.until_us = entry.at_us;
        }
        None => at.repeats = Some(Box::new(Repeats { times: 1, octets, until_us: entry.at_us })),
    }
}

/// Whether an entry may stand for others. What is said of time is said a few times only.
fn is_foldable(what: &LogEvent) -> bool {
    octets_or_frame(what).is_some()
}

/// Octets of an entry about octets or a frame.
fn octets(what: &LogEvent) -> u64 {
    octets_or_frame(what).unwrap_or(0)
}

fn octets_or_frame(what: &LogEvent) -> Option<u64> {
    match what {
        LogEvent::OctetsReceived { octets } | LogEvent::OctetsSent { octets, .. } => Some(octets.len),
        LogEvent::FrameReceived { payload, .. } => Some(payload.len),
        LogEvent::FrameSent { payload, repeated_to, .. } => Some(repeated_to.unwrap_or(payload.len)),
        _ => None,
    }
}

/// Whether two entries say the same: see [`Repeats`].
fn is_the_same(a: &LogEvent, b: &LogEvent) -> bool {
    match (a, b) {
        (LogEvent::OctetsReceived { .. }, LogEvent::OctetsReceived { .. }) => true,
        (LogEvent::OctetsSent { sync: a, .. }, LogEvent::OctetsSent { sync: b, .. }) => a == b,
        (
            LogEvent::FrameReceived { payload, opcode, fin, rsv, mask },
            LogEvent::FrameReceived { payload: p, opcode: o, fin: f, rsv: r, mask: m },
        ) => (opcode, fin, rsv, mask.is_some(), payload) == (o, f, r, m.is_some(), p),
        (
            LogEvent::FrameSent { payload, opcode, fin, rsv, mask, repeated_to, chop, sync },
            LogEvent::FrameSent {
                payload: p,
                opcode: o,
                fin: f,
                rsv: r,
                mask: m,
                repeated_to: t,
                chop: c,
                sync: s,
            },
        ) => {
            (opcode, fin, rsv, mask.is_some(), payload) == (o, f, r, m.is_some(), p)
                && (repeated_to, chop, sync) == (t, c, s)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Excerpt;

    const FULL: u64 = Transcript::MAX_ENTRIES as u64;

    fn frame(payload: &[u8], key: u64) -> LogEvent {
        let mask = Some((key as u32).to_be_bytes());
        LogEvent::FrameReceived { payload: Excerpt::of(payload), opcode: 9, fin: true, rsv: 0, mask }
    }

    fn octets(n: u64) -> LogEvent {
        LogEvent::OctetsReceived { octets: Excerpt { len: n, head: vec![n as u8] } }
    }

    fn log(events: impl IntoIterator<Item = LogEvent>) -> Transcript {
        let mut log = Log::new(0);
        for (at, what) in (0..).zip(events) {
            log.push(LogEntry::new(at, what));
        }
        let mut transcript = Transcript::default();
        log.finish(&mut transcript);
        transcript
    }

    #[test]
    fn a_log_that_fits_is_as_it_came() {
        let transcript = log((0..FULL).map(|n| frame(b"", n)));
        assert_eq!(transcript.wire_log.len(), Transcript::MAX_ENTRIES);
        assert!(transcript.wire_log.iter().all(|entry| entry.repeats.is_none()));
        assert_eq!((transcript.entries_left_out, transcript.left_out_before), (0, None));
    }

    #[test]
    fn a_flood_of_one_frame_is_four_frames_and_a_count() {
        let transcript = log((0..20_002).map(|n| frame(b"ab", n)));
        let repeats: Vec<_> = transcript.wire_log.iter().map(|entry| entry.repeats.as_deref()).collect();
        let counted = Repeats { times: 19_998, octets: 2 * 19_998, until_us: 20_001 };
        assert_eq!(repeats, [None, None, None, Some(&counted)]);
        assert_eq!(transcript.entries_left_out, 0);
    }

    #[test]
    fn what_comes_between_and_behind_is_there() {
        let mut events: Vec<LogEvent> =
            (0..5_000).flat_map(|n| [octets(n), frame(b"a", n), frame(b"b", n)]).collect();
        events.insert(9_000, LogEvent::KillTimerFired);
        events.push(frame(b"the last", 0));
        let transcript = log(events);
        let log = &transcript.wire_log;
        assert_eq!(log.len(), 3 * 4 + 2);
        assert_eq!((&log[12].what, log[12].at_us), (&LogEvent::KillTimerFired, 9_000));
        assert_eq!(log[13].what, frame(b"the last", 0));
        let counted = log.iter().filter_map(|entry| entry.repeats.as_ref()).map(|r| r.times).sum::<u64>();
        assert_eq!(counted + log.len() as u64, 15_002);
        let read: u64 = log[9].repeats.as_ref().unwrap().octets;
        assert_eq!(read + 1 + 2 + 3, (0..5_000).sum::<u64>(), "of octets received");
    }

    #[test]
    fn of_what_does_not_fit_the_end_is_there() {
        let transcript = log((0..5_000_u64).map(|n| frame(&n.to_be_bytes(), n)));
        let log = &transcript.wire_log;
        assert_eq!(log.len(), Transcript::MAX_ENTRIES);
        assert_eq!(transcript.entries_left_out, 4_000);
        let gap = transcript.left_out_before.unwrap();
        assert_eq!((log[gap - 1].at_us, log[gap].at_us), (899, 4_900));
        assert_eq!(log.last().unwrap().at_us, 4_999);
    }

    #[test]
    fn a_repeat_is_counted_also_when_the_log_is_full() {
        let mut events: Vec<LogEvent> = (0..2_000_u64).map(|n| frame(&n.to_be_bytes(), n)).collect();
        // Those that were kept last are known still.
        events.extend((0..50).map(|_| frame(&899_u64.to_be_bytes(), 0)));
        let transcript = log(events);
        assert_eq!(transcript.wire_log[899].repeats.as_ref().unwrap().times, 50);
        assert_eq!(transcript.entries_left_out, 1_000);
    }

    #[test]
    fn a_long_script_has_a_long_log() {
        let mut log = Log::new(1_000);
        (0..5_000).for_each(|n| log.push(LogEntry::new(n, frame(&n.to_be_bytes(), 0))));
        let mut transcript = Transcript::default();
        log.finish(&mut transcript);
        assert_eq!((transcript.wire_log.len(), transcript.entries_left_out), (5_000, 0));
    }
}
