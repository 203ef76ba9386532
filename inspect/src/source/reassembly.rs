//! TCP segments back in order (RFC 9293 §3.4).

use std::collections::BTreeMap;

/// So many octets of one direction may wait for a segment that is missing: 16 MiB.
const MAX_WAITING: usize = 16 << 20;

/// One direction of a TCP connection.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The sequence number of the next octet, once one is known.
    next: Option<u32>,
    /// Segments that came too early, by their distance from `next`.
    waiting: BTreeMap<u32, Vec<u8>>,
    held: usize,
    /// Octets that never came and were passed over.
    pub(super) lost: u64,
}

impl Direction {
    /// The first octet of data is this one.
    pub(super) fn begin(&mut self, sequence: u32) {
        *self = Self { next: Some(sequence), ..Self::default() };
    }

    /// Takes a segment; what is now in order is handed to `out`.
    pub(super) fn take(&mut self, sequence: u32, octets: &[u8], mut out: impl FnMut(&[u8])) {
        if octets.is_empty() {
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        let ahead = sequence.wrapping_sub(next);
        if ahead < 1 << 31 {
            if ahead == 0 {
                self.pass(octets, &mut out);
            } else if self.waiting.get(&sequence).is_none_or(|known| known.len() < octets.len()) {
                self.held += octets.len();
                self.waiting.insert(sequence, octets.to_vec());
            }
        } else {
            // Sent again: maybe with something new at its end.
            let known = next.wrapping_sub(sequence) as usize;
            if known < octets.len() {
                self.pass(&octets[known..], &mut out);
            }
        }
        self.release(&mut out);
        if self.held > MAX_WAITING {
            self.give_up(&mut out);
        }
    }

    /// Nothing more comes: what waits is handed out, and what is missing counted.
    pub(super) fn give_up(&mut self, out: &mut impl FnMut(&[u8])) {
        while let Some(next) = self.next
            && let Some(nearest) =
                self.waiting.keys().copied().min_by_key(|sequence| sequence.wrapping_sub(next))
        {
            let gap = nearest.wrapping_sub(next);
            if gap < 1 << 31 {
                self.lost += u64::from(gap);
                self.next = Some(nearest);
            }
            self.release(out);
        }
    }

    fn pass(&mut self, octets: &[u8], out: &mut impl FnMut(&[u8])) {
        out(octets);
        self.next = self.next.map(|next| next.wrapping_add(octets.len() as u32));
    }

    fn release(&mut self, out: &mut impl FnMut(&[u8])) {
        while let Some(next) = self.next {
            let due = self.waiting.keys().copied().find(|sequence| {
                let ahead = sequence.wrapping_sub(next);
                ahead == 0 || ahead >= 1 << 31
            });
            let Some(sequence) = due else { return };
            let Some(octets) = self.waiting.remove(&sequence) else { return };
            self.held = self.held.saturating_sub(octets.len());
            let known = next.wrapping_sub(sequence) as usize;
            if known < octets.len() {
                self.pass(&octets[known..], out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(begin: Option<u32>, segments: &[(u32, &str)]) -> (String, u64) {
        let mut direction = Direction::default();
        if let Some(begin) = begin {
            direction.begin(begin);
        }
        let mut all = Vec::new();
        for (sequence, octets) in segments {
            direction.take(*sequence, octets.as_bytes(), |piece| all.extend_from_slice(piece));
        }
        direction.give_up(&mut |piece| all.extend_from_slice(piece));
        (String::from_utf8(all).unwrap(), direction.lost)
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
            assert_eq!(run(Some(10), segments), ("abcdef".to_owned(), 0), "{segments:?}");
        }
    }

    #[test]
    fn numbers_begin_again_after_the_last() {
        let segments = [(u32::MAX - 1, "abc"), (1, "def")];
        assert_eq!(run(Some(u32::MAX - 1), &segments).0, "abcdef");
        assert_eq!(run(None, &[segments[0], (4, "ghi"), segments[1]]).0, "abcdefghi");
    }

    #[test]
    fn what_never_comes_is_counted() {
        assert_eq!(run(Some(10), &[(10, "ab"), (15, "fg"), (20, "k")]), ("abfgk".to_owned(), 6));
    }
}
