//! TCP segments back in order (RFC 9293 §3.4).

use std::collections::BTreeMap;

/// So many octets of one direction may wait for a segment that is missing: 16 MiB.
const MAX_WAITING: usize = 16 << 20;

/// So many segments may come after the other end has confirmed what is missing here: then it is not in the capture.
const MAX_OVERDUE: u32 = 8;

/// What a direction gives, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// Octets, and when they were seen, in microseconds.
    Octets(&'a [u8], Option<u64>),
    /// So many octets are not in the capture.
    Missing(u64),
}

/// One direction of a TCP connection.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The number of the next octet, once one is known: the sequence number, counted on where that begins again.
    next: Option<u64>,
    /// Segments that came too early, by their number.
    waiting: BTreeMap<u64, Early>,
    held: usize,
    /// Segments since the other end confirmed what is missing.
    overdue: u32,
}

/// A segment that came too early.
#[derive(Debug)]
struct Early {
    octets: Vec<u8>,
    cut: u64,
    time_us: Option<u64>,
}

impl Direction {
    /// The first octet of data is this one.
    pub(super) fn begin(&mut self, sequence: u32) {
        *self = Self { next: Some(u64::from(sequence) + (1 << 32)), ..Self::default() };
    }

    /// Whether a segment may belong to this connection: it begins where something was, or is to come soon.
    pub(super) fn is_near(&self, sequence: u32) -> bool {
        let Some(next) = self.next else { return true };
        (sequence.wrapping_sub(next as u32) as i32).unsigned_abs() < 1 << 24
    }

    /// The number of an octet, near `next`.
    fn number(next: u64, sequence: u32) -> u64 {
        next.saturating_add_signed(i64::from(sequence.wrapping_sub(next as u32) as i32))
    }

    /// Takes a segment of which `cut` octets at its end were not captured; what is now in order is handed to `out`.
    pub(super) fn take(
        &mut self,
        sequence: u32,
        octets: &[u8],
        cut: u64,
        time_us: Option<u64>,
        mut out: impl FnMut(Heard<'_>),
    ) {
        if octets.is_empty() && cut == 0 {
            return;
        }
        let next = *self.next.get_or_insert(u64::from(sequence) + (1 << 32));
        let number = Self::number(next, sequence);
        if number <= next {
            self.pass(number, octets, cut, time_us, &mut out);
        } else if self.waiting.get(&number).is_none_or(|known| known.octets.len() < octets.len()) {
            self.held += octets.len();
            let early = Early { octets: octets.to_vec(), cut, time_us };
            let before = self.waiting.insert(number, early);
            self.held -= before.map_or(0, |before| before.octets.len());
        }
        self.release(&mut out);
        while self.held > MAX_WAITING {
            self.give_up_one(&mut out);
        }
    }

    /// The other end has confirmed everything before this octet.
    pub(super) fn confirmed(&mut self, sequence: u32, mut out: impl FnMut(Heard<'_>)) {
        let (Some(next), Some((first, _))) = (self.next, self.waiting.first_key_value()) else { return };
        if Self::number(next, sequence) < *first {
            return;
        }
        self.overdue += 1;
        if self.overdue > MAX_OVERDUE {
            self.give_up_one(&mut out);
        }
    }

    /// Nothing more comes: what waits is handed out, and what is missing told of.
    pub(super) fn give_up(&mut self, out: &mut impl FnMut(Heard<'_>)) {
        while self.give_up_one(out) {}
    }

    /// Goes past what is missing next.
    fn give_up_one(&mut self, out: &mut impl FnMut(Heard<'_>)) -> bool {
        let (Some(next), Some((first, _))) = (self.next, self.waiting.first_key_value()) else {
            return false;
        };
        let first = *first;
        if first > next {
            out(Heard::Missing(first - next));
            self.next = Some(first);
        }
        self.release(out);
        true
    }

    /// Hands out what is new in a segment that begins at or before the next octet.
    fn pass(
        &mut self,
        number: u64,
        octets: &[u8],
        cut: u64,
        time_us: Option<u64>,
        out: &mut impl FnMut(Heard<'_>),
    ) {
        let Some(next) = self.next else { return };
        let end = number.saturating_add(octets.len() as u64);
        // What was sent again may have something new at its end.
        let known = (next - number).min(octets.len() as u64) as usize;
        if known < octets.len() {
            out(Heard::Octets(&octets[known..], time_us));
        }
        let after = end.saturating_add(cut);
        let missing = after.saturating_sub(end.max(next));
        if missing > 0 {
            out(Heard::Missing(missing));
        }
        self.next = Some(next.max(after));
    }

    fn release(&mut self, out: &mut impl FnMut(Heard<'_>)) {
        while let (Some(next), Some(first)) = (self.next, self.waiting.first_entry())
            && *first.key() <= next
        {
            let (number, early) = first.remove_entry();
            self.held -= early.octets.len();
            self.overdue = 0;
            self.pass(number, &early.octets, early.cut, early.time_us, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out, with `_` for each octet that is missing.
    fn run(begin: Option<u32>, segments: &[(u32, &str)]) -> String {
        let mut direction = Direction::default();
        if let Some(begin) = begin {
            direction.begin(begin);
        }
        let mut all = String::new();
        let mut push = |heard: Heard<'_>| match heard {
            Heard::Octets(octets, _) => all.push_str(std::str::from_utf8(octets).unwrap()),
            Heard::Missing(count) => all.push_str(&"_".repeat(count as usize)),
        };
        for (sequence, text) in segments {
            let octets = text.trim_end_matches('_');
            direction.take(*sequence, octets.as_bytes(), (text.len() - octets.len()) as u64, None, &mut push);
        }
        direction.give_up(&mut push);
        all
    }

    #[test]
    fn order_repeats_and_overlaps_are_mended() {
        for segments in [
            &[(10, "abc"), (13, "def")][..],
            &[(13, "def"), (10, "abc")],
            &[(10, "abc"), (10, "abc"), (13, "def"), (11, "bc")],
            &[(10, "abcd"), (12, "cdef")],
            &[(12, "cdef"), (10, "ab"), (14, "ef")],
        ] {
            assert_eq!(run(Some(10), segments), "abcdef", "{segments:?}");
        }
    }

    #[test]
    fn numbers_begin_again_after_the_last() {
        let segments = [(u32::MAX - 1, "abc"), (1, "def")];
        assert_eq!(run(Some(u32::MAX - 1), &segments), "abcdef");
        assert_eq!(run(None, &[segments[0], (4, "ghi"), segments[1]]), "abcdefghi");
        assert_eq!(run(Some(0), &[(0, "ab"), (u32::MAX, "xa"), (2, "c")]), "abc");
    }

    #[test]
    fn what_never_comes_is_told_of_where_it_is_missing() {
        assert_eq!(run(Some(10), &[(10, "ab"), (15, "fg"), (20, "k")]), "ab___fg___k");
        assert_eq!(run(Some(10), &[(10, "ab__"), (14, "ef"), (10, "ab__")]), "ab__ef");
        assert_eq!(run(Some(10), &[(14, "ef__"), (10, "ab__"), (18, "k")]), "ab__ef__k");
    }

    #[test]
    fn nobody_waits_for_what_the_other_end_has_confirmed() {
        let mut direction = Direction::default();
        direction.begin(10);
        direction.take(10, b"ab", 0, None, |_| {});
        direction.take(15, b"fg", 0, Some(3), |_| panic!("something is missing"));
        direction.confirmed(12, |_| panic!("only what is there"));
        let mut out = Vec::new();
        for _ in 0..=MAX_OVERDUE {
            assert!(out.is_empty());
            direction.confirmed(17, |heard| {
                out.push(match heard {
                    Heard::Octets(octets, time) => format!("{octets:?} {time:?}"),
                    Heard::Missing(count) => format!("{count} missing"),
                });
            });
        }
        assert_eq!(out, ["3 missing", "[102, 103] Some(3)"]);
    }
}
