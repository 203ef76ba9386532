//! A corpus as a ring from which messages are cut one after another.

/// A corpus without end: after its last octet comes its first.
#[derive(Debug)]
pub(crate) struct Ring {
    octets: Vec<u8>,
    /// For text: how many octets begin no character, before each of those, in order.
    extras: Vec<usize>,
}

/// Octets of a ring: `len` of them from `start` on, maybe past its end and on at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Ring {
    /// Units are octets.
    pub(super) fn of_octets(octets: Vec<u8>) -> Self {
        Self { octets, extras: Vec::new() }
    }

    /// Units are characters.
    pub(super) fn of_text(text: String) -> Self {
        let octets = text.into_bytes();
        let extras = (0..octets.len()).filter(|&at| octets[at] & 0xc0 == 0x80).collect();
        Self { octets, extras }
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Characters of a text, octets of anything else.
    pub(crate) fn units(&self) -> usize {
        self.octets.len() - self.extras.len()
    }

    /// The octets of `units` units, fewer than the ring has, from unit `from` on, which is one of the ring.
    pub(crate) fn span(&self, from: usize, units: usize) -> Span {
        let start = self.octet_of(from);
        let end = match (from + units).checked_sub(self.units()) {
            None => self.octet_of(from + units),
            Some(over) => self.octets.len() + self.octet_of(over),
        };
        Span { start, len: end - start }
    }

    /// Where a unit begins.
    fn octet_of(&self, unit: usize) -> usize {
        // The octets that begin no character and stand before it: those of which fewer units than `unit` stand before.
        let before = self.extras.iter().enumerate().take_while(|(count, at)| *at - count <= unit).count();
        unit + before
    }

    /// The octets of a span, in two pieces where it goes past the end.
    pub(crate) fn pieces(&self, span: Span) -> [&[u8]; 2] {
        let first = span.len.min(self.octets.len() - span.start);
        [&self.octets[span.start..span.start + first], &self.octets[..span.len - first]]
    }

    /// Whether the octets of the span from `offset` on begin with these.
    pub(crate) fn matches_at(&self, span: Span, offset: usize, octets: &[u8]) -> bool {
        if offset + octets.len() > span.len {
            return false;
        }
        let start = (span.start + offset) % self.octets.len();
        let [first, rest] = self.pieces(Span { start, len: octets.len() });
        octets[..first.len()] == *first && octets[first.len()..] == *rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_characters_and_go_round() {
        let text = "aäb€c";
        let ring = Ring::of_text(text.to_owned());
        assert_eq!((ring.units(), ring.octets().len()), (5, 8));
        let endless: Vec<char> = text.chars().cycle().take(20).collect();
        for from in 0..5 {
            for units in 0..5 {
                let want: String = endless[from..from + units].iter().collect();
                let span = ring.span(from, units);
                assert_eq!(ring.pieces(span).concat(), want.as_bytes(), "{units} from {from}");
                for offset in 0..=want.len() {
                    assert!(ring.matches_at(span, offset, &want.as_bytes()[offset..]));
                    assert!(!ring.matches_at(span, offset, &[&want.as_bytes()[offset..], b"x"].concat()));
                }
            }
        }
    }
}
