//! Huffman codes (RFC 1951 §3.2.2), read by table.

/// The longest code word, in bits.
pub(super) const MAX_LEN: usize = 15;

/// A Huffman code: `1 << bits` slots for the code words that are not longer than so many bits, and the symbols in the order
/// of their code words for those that are.
#[derive(Debug)]
pub(super) struct Code<const SLOTS: usize, const SYMBOLS: usize> {
    /// By the next bits of the stream: `symbol << 4 | length`, and 0 where no short code word matches.
    slots: [u16; SLOTS],
    /// How many code words there are of each length.
    count: [u16; MAX_LEN + 1],
    symbols: [u16; SYMBOLS],
}

/// What the next bits of the stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A symbol, and the length of its code word in bits.
    Symbol(u16, u32),
    /// The beginning of a code word: more bits are needed.
    Incomplete,
    /// No code word begins like that.
    Invalid,
}

impl<const SLOTS: usize, const SYMBOLS: usize> Code<SLOTS, SYMBOLS> {
    /// Bits that the table is looked up by.
    const BITS: usize = SLOTS.trailing_zeros() as usize;

    pub(super) const fn new() -> Self {
        Self { slots: [0; SLOTS], count: [0; MAX_LEN + 1], symbols: [0; SYMBOLS] }
    }

    /// Takes the code whose words have these lengths, at most `SYMBOLS` of them, each at most 15; 0 for a symbol that is not
    /// used. Answers whether there is such a code, with zlib's judgement: a set of words that leaves some bits without
    /// meaning is taken only where it is one word of one bit, or none, and `may_be_partial`.
    #[must_use]
    pub(super) fn set(&mut self, lengths: &[u8], may_be_partial: bool) -> bool {
        self.count = [0; MAX_LEN + 1];
        for &len in lengths {
            self.count[usize::from(len)] += 1;
        }
        self.count[0] = 0;
        // How many words of the length at hand are left over, and where the symbols of each length begin.
        let (mut left, mut begin) = (1_i32, [0_u16; MAX_LEN + 2]);
        for len in 1..=MAX_LEN {
            left = 2 * left - i32::from(self.count[len]);
            if left < 0 {
                return false;
            }
            begin[len + 1] = begin[len] + self.count[len];
        }
        let longer_than_a_bit = self.count[2..].iter().any(|&count| count > 0);
        if left > 0 && (longer_than_a_bit || !may_be_partial) {
            return false;
        }
        let mut next = begin;
        for (symbol, &len) in lengths.iter().enumerate().filter(|(_, len)| **len > 0) {
            let place = &mut next[usize::from(len)];
            self.symbols[usize::from(*place)] = symbol as u16;
            *place += 1;
        }
        self.fill_slots();
        true
    }

    /// Slots for words of one bit, then of two: what is there stands twice then, with a further 0 and a further 1.
    fn fill_slots(&mut self) {
        self.slots[0] = 0;
        let (mut word, mut at) = (0_u16, 0);
        for len in 1..=Self::BITS.min(MAX_LEN) {
            let half = 1 << (len - 1);
            self.slots.copy_within(..half, half);
            word <<= 1;
            for &symbol in &self.symbols[at..at + usize::from(self.count[len])] {
                // The stream has a word's first bit lowest.
                self.slots[usize::from(word.reverse_bits() >> (16 - len))] = symbol << 4 | len as u16;
                word += 1;
            }
            at += usize::from(self.count[len]);
        }
    }

    /// What [`next`](Self::next) finds without a search: `symbol << 4 | length`, or 0. So many bits must be there.
    #[inline(always)]
    pub(super) fn slot(&self, bits: u64) -> u16 {
        self.slots[bits as usize & (SLOTS - 1)]
    }

    /// The symbol whose code word is next in `bits`, of which `known` are there, the rest zero or the bits that follow.
    #[inline]
    pub(super) fn next(&self, bits: u64, known: u32) -> Word {
        let entry = self.slot(bits);
        if entry == 0 {
            return self.search(bits, known);
        }
        let len = u32::from(entry & 15);
        if len > known { Word::Incomplete } else { Word::Symbol(entry >> 4, len) }
    }

    /// As [`next`](Self::next), for words of any length: bit by bit.
    #[cold]
    fn search(&self, bits: u64, known: u32) -> Word {
        // The bits so far as a number, the first word of that length, and how many words are shorter.
        let (mut word, mut first, mut shorter) = (0_usize, 0_usize, 0_usize);
        for (at, &count) in self.count[1..].iter().enumerate() {
            if at as u32 == known {
                return Word::Incomplete;
            }
            let count = usize::from(count);
            word = word << 1 | (bits >> at & 1) as usize;
            first <<= 1;
            if word - first < count {
                return Word::Symbol(self.symbols[shorter + word - first], at as u32 + 1);
            }
            first += count;
            shorter += count;
        }
        Word::Invalid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1951() {
        // §3.2.2: A to H.
        let mut code = Code::<8, 8>::new();
        assert!(code.set(&[3, 3, 3, 3, 3, 2, 4, 4], false));
        for (word, len, symbol) in [(0b010, 3, 0), (0b011, 3, 1), (0b110, 3, 4), (0b00, 2, 5), (0b1111, 4, 7)]
        {
            let bits = u64::from(u16::reverse_bits(word) >> (16 - len));
            assert_eq!(code.next(bits, len), Word::Symbol(symbol, len));
            assert_eq!(code.search(bits, len), Word::Symbol(symbol, len));
            assert_eq!(code.next(bits, len - 1), Word::Incomplete, "{word:b}");
        }
    }

    #[test]
    fn sets_that_are_no_code() {
        let mut code = Code::<8, 8>::new();
        for (lengths, whole, partial) in [
            (&[1, 1][..], true, true),
            (&[1, 1, 1], false, false),
            (&[1, 2, 2, 15], false, false),
            (&[1], false, true),
            (&[2, 2, 2], false, false),
            (&[0, 0], false, true),
        ] {
            assert_eq!((code.set(lengths, false), code.set(lengths, true)), (whole, partial), "{lengths:?}");
        }
        assert!(code.set(&[1], true));
        assert_eq!((code.next(0, 9), code.next(1, 15)), (Word::Symbol(0, 1), Word::Invalid));
    }
}
