//! Compares the distances in a compressed stream (RFC 1951) with the agreed window.
//!
//! zlib takes every reference whose octets it still has, and it has more than the agreed window: what it inflated in the same
//! call, and here all of a window of 15 bits. So the blocks are read a second time, for their distances alone. Whether they
//! are DEFLATE data at all is not judged here but by the inflater: where they are not, this stops at the same octet.

use super::bits::Bits;
use super::huffman::{Code, Word};
use super::{Sending, TooFarBack, WindowBits};

/// Slots of the codes: hardly any word has more bits than that.
const LITERAL_SLOTS: usize = 1 << 10;
const DISTANCE_SLOTS: usize = 1 << 8;
const LITERALS: usize = 288;
const DISTANCES: usize = 32;

/// The symbol that ends a block (RFC 1951 §3.2.5).
const END: u16 = 256;

/// The order in which the lengths of the code for code lengths come (§3.2.7).
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Symbols 257 to 285 (§3.2.5): the least length, and how many bits more tell by how much it is longer.
const LENGTHS: [(u16, u8); 29] = {
    let mut lengths = [(0, 0); 29];
    let (mut symbol, mut least) = (0, 3);
    while symbol < 28 {
        let extra = if symbol < 8 { 0 } else { symbol / 4 - 1 };
        lengths[symbol] = (least, extra as u8);
        least += 1 << extra;
        symbol += 1;
    }
    lengths[28] = (258, 0);
    lengths
};

/// Follows the compressed octets of one direction. It holds some 4 KiB, whatever comes.
pub(super) struct Distances {
    agreed: Sending,
    at: At,
    /// The block at hand is the last of its stream: the next one begins with an octet.
    last: bool,
    /// The next `known` bits of the stream.
    bits: u64,
    known: u32,
    /// Octets of the message so far, inflated.
    octets: u64,
    /// From this octet of a message on, nothing in it can reach too far.
    safe_from: u64,
    /// Octets of the messages before, inflated; as many as can be referred to.
    before: u64,
    literals: Code<LITERAL_SLOTS, LITERALS>,
    distances: Code<DISTANCE_SLOTS, DISTANCES>,
    /// The codes are those of blocks with fixed ones.
    fixed: bool,
    /// The lengths of the code words of the block's header.
    lengths: [u8; 320],
}

/// Where in the stream we stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Before a block.
    Block,
    /// Before the length of a stored block.
    StoredLength,
    /// So many octets before the end of a stored block.
    Stored(u64),
    /// Before the three counts of a block's codes.
    Counts,
    /// In the lengths of the code for code lengths.
    LengthLengths(Header),
    /// In the code lengths.
    Lengths(Header),
    /// In the data of a block.
    Data,
    /// Where the rest of the message says nothing: a distance was told, or it is no DEFLATE data, or none can be too far.
    Rest,
}

/// How many code lengths there are, and how many came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    literals: u16,
    all: u16,
    length_lengths: u8,
    have: u16,
}

impl Distances {
    /// Stands at the start of a message, before which the connection had so many octets in compressed messages, inflated.
    pub(super) fn new(agreed: Sending, before: u64) -> Self {
        // With the largest window there is, only what comes early in a message can reach to before it.
        let safe_from =
            if agreed.window == WindowBits::MAX { agreed.window.octets() as u64 } else { u64::MAX };
        Self {
            agreed,
            at: At::Block,
            last: false,
            bits: 0,
            known: 0,
            octets: 0,
            safe_from,
            before,
            literals: Code::new(),
            distances: Code::new(),
            fixed: false,
            lengths: [0; 320],
        }
    }

    /// Reads on. Tells the first reference of a message that reaches too far; after that the rest of the message is not
    /// looked at.
    pub(super) fn read(&mut self, octets: &[u8]) -> Option<TooFarBack> {
        if self.at == At::Rest {
            return None;
        }
        let mut bits = Bits { octets, bits: self.bits, known: self.known };
        let found = loop {
            match self.step(&mut bits) {
                Step::Go => {}
                Step::More => break None,
                Step::Rest => {
                    self.at = At::Rest;
                    return None;
                }
                Step::TooFar(distance) => {
                    self.at = At::Rest;
                    break self.judge(distance);
                }
            }
        };
        self.known = bits.known;
        self.bits = bits.bits & ((1 << bits.known) - 1);
        found
    }

    /// The message at hand has ended, between two blocks: stands at the start of the next, as [`new`](Self::new) has it.
    pub(super) fn begin_message(&mut self, before: u64) {
        self.at = At::Block;
        self.before = before;
        (self.bits, self.known, self.octets) = (0, 0, 0);
    }

    /// Which limit the next octets of the message pass when they refer so far back.
    #[cold]
    fn judge(&self, distance: u16) -> Option<TooFarBack> {
        let far = u64::from(distance);
        let Sending { window, takeover } = self.agreed;
        let octet = self.octets;
        let into_messages_before = far > octet && far <= octet + self.before;
        if !takeover && into_messages_before {
            Some(TooFarBack::Message { distance, octet })
        } else if far > window.octets() as u64 {
            Some(TooFarBack::Window { window, distance, octet })
        } else {
            // To before the first message: that is no DEFLATE data.
            None
        }
    }

    fn step(&mut self, bits: &mut Bits<'_>) -> Step {
        self.try_step(bits).unwrap_or(Step::More)
    }

    /// The next part of the stream; `None`, with nothing taken of it, when it is not all there.
    fn try_step(&mut self, bits: &mut Bits<'_>) -> Option<Step> {
        self.at = match self.at {
            At::Block => {
                if self.octets >= self.safe_from {
                    return Some(Step::Rest);
                }
                let head = bits.number(3)?;
                self.last = head & 1 == 1;
                match head >> 1 {
                    0 => {
                        bits.drop(bits.known % 8);
                        At::StoredLength
                    }
                    1 => {
                        self.set_fixed_codes();
                        At::Data
                    }
                    2 => At::Counts,
                    _ => return Some(Step::Rest),
                }
            }
            At::StoredLength => {
                let lengths = bits.number(32)?;
                if lengths as u16 != !((lengths >> 16) as u16) {
                    return Some(Step::Rest);
                }
                At::Stored(u64::from(lengths as u16))
            }
            At::Stored(0) => self.end_block(bits),
            At::Stored(left) => {
                let skipped = bits.skip(left);
                if skipped == 0 {
                    return None;
                }
                self.octets += skipped;
                At::Stored(left - skipped)
            }
            At::Counts => {
                let counts = bits.number(14)?;
                let (literals, distances) = (257 + (counts & 31), 1 + (counts >> 5 & 31));
                if literals > 286 || distances > 30 {
                    return Some(Step::Rest);
                }
                self.lengths[..ORDER.len()].fill(0);
                At::LengthLengths(Header {
                    literals: literals as u16,
                    all: (literals + distances) as u16,
                    length_lengths: 4 + (counts >> 10) as u8,
                    have: 0,
                })
            }
            At::LengthLengths(mut header) => {
                while header.have < u16::from(header.length_lengths) {
                    let Some(length) = bits.number(3) else {
                        self.at = At::LengthLengths(header);
                        return None;
                    };
                    self.lengths[usize::from(ORDER[usize::from(header.have)])] = length as u8;
                    header.have += 1;
                }
                self.fixed = false;
                if !self.distances.set(&self.lengths[..ORDER.len()], false) {
                    return Some(Step::Rest);
                }
                At::Lengths(Header { have: 0, ..header })
            }
            At::Lengths(mut header) => {
                while header.have < header.all {
                    match self.code_length(header, bits) {
                        None => {
                            self.at = At::Lengths(header);
                            return None;
                        }
                        Some(0) => return Some(Step::Rest),
                        Some(times) => header.have += times,
                    }
                }
                let (literals, distances) =
                    self.lengths[..usize::from(header.all)].split_at(usize::from(header.literals));
                if literals[usize::from(END)] == 0
                    || !self.literals.set(literals, true)
                    || !self.distances.set(distances, true)
                {
                    return Some(Step::Rest);
                }
                At::Data
            }
            At::Data => match self.data(bits) {
                Step::Go => self.end_block(bits),
                other => return Some(other),
            },
            At::Rest => return Some(Step::Rest),
        };
        Some(Step::Go)
    }

    fn end_block(&self, bits: &mut Bits<'_>) -> At {
        if self.last {
            bits.drop(bits.known % 8);
        }
        At::Block
    }

    fn set_fixed_codes(&mut self) {
        if self.fixed {
            return;
        }
        self.fixed = true;
        // RFC 1951 §3.2.6.
        let mut lengths = [8; LITERALS];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        let set = self.literals.set(&lengths, false) && self.distances.set(&[5; DISTANCES], false);
        debug_assert!(set, "they are codes");
    }

    /// Takes a code length, or how often one is repeated: answers how many there are now more, 0 when that cannot be.
    fn code_length(&mut self, header: Header, bits: &mut Bits<'_>) -> Option<u16> {
        bits.refill();
        let (symbol, len) = match self.distances.next(bits.bits, bits.known) {
            Word::Symbol(symbol, len) => (symbol, len),
            Word::Incomplete => return None,
            Word::Invalid => return Some(0),
        };
        let have = usize::from(header.have);
        let (least, extra, value) = match symbol {
            16 if have == 0 => return Some(0),
            16 => (3, 2, self.lengths[have - 1]),
            17 => (3, 3, 0),
            18 => (11, 7, 0),
            length => {
                bits.drop(len);
                self.lengths[have] = length as u8;
                return Some(1);
            }
        };
        if bits.known < len + extra {
            return None;
        }
        bits.drop(len);
        let times = least + (bits.bits & ((1 << extra) - 1)) as u16;
        bits.drop(extra);
        if header.have + times > header.all {
            return Some(0);
        }
        self.lengths[have..have + usize::from(times)].fill(value);
        Some(times)
    }

    /// Reads the data of a block, to its end.
    fn data(&mut self, input: &mut Bits<'_>) -> Step {
        let Self { agreed, safe_from, literals, distances, .. } = self;
        let (window, takeover, safe_from) = (agreed.window.octets() as u64, agreed.takeover, *safe_from);
        let mut bits = Bits { ..*input };
        let mut octets = self.octets;
        let end = loop {
            bits.refill();
            if bits.known >= 56 {
                // Literals are what there is most of. Four words that the table has leave enough bits for a further look at it.
                let mut entry = literals.slot(bits.bits);
                let mut count = 0;
                while count < 4 && is_literal(entry) {
                    bits.drop(u32::from(entry & 15));
                    entry = literals.slot(bits.bits);
                    count += 1;
                }
                octets += count;
                if count == 4 {
                    continue;
                }
                bits.refill();
            }
            let (symbol, len) = match literals.next(bits.bits, bits.known) {
                Word::Symbol(symbol, len) => (symbol, len),
                Word::Incomplete => break Step::More,
                Word::Invalid => break Step::Rest,
            };
            if symbol <= END {
                bits.drop(len);
                if symbol == END {
                    break Step::Go;
                }
                octets += 1;
                continue;
            }
            let Some(&(least, extra)) = LENGTHS.get(usize::from(symbol - END - 1)) else { break Step::Rest };
            let rest = bits.bits >> len;
            let length = least + (rest as u16 & ((1 << extra) - 1));
            let rest = rest >> extra;
            let len = len + u32::from(extra);
            let (symbol, more) = match distances.next(rest, bits.known.saturating_sub(len)) {
                Word::Symbol(symbol, more) => (symbol, more),
                Word::Incomplete => break Step::More,
                Word::Invalid => break Step::Rest,
            };
            if symbol >= 30 {
                break Step::Rest;
            }
            // RFC 1951 §3.2.5: two symbols for each count of further bits, but for the first four.
            let extra = (u32::from(symbol) / 2).saturating_sub(1);
            let least = if symbol < 4 { symbol } else { (2 | symbol & 1) << extra };
            let distance = 1 + least + ((rest >> more) as u16 & ((1 << extra) - 1));
            // At most 48 bits: all are there if the stream has them.
            let len = len + more + extra;
            if len > bits.known {
                break Step::More;
            }
            let far = u64::from(distance);
            if far > window || (!takeover && far > octets) {
                break Step::TooFar(distance);
            }
            bits.drop(len);
            octets += u64::from(length);
            if octets >= safe_from {
                break Step::Rest;
            }
        };
        *input = bits;
        self.octets = octets;
        end
    }
}

/// Whether a slot has a literal.
#[inline(always)]
const fn is_literal(entry: u16) -> bool {
    // 0 is not a distance.
    entry.wrapping_sub(1) < (END << 4) - 1
}

/// What a step led to.
enum Step {
    /// There may be more to read.
    Go,
    /// More octets are needed.
    More,
    /// The rest of the message says nothing.
    Rest,
    /// A reference, which begins at the octet at hand, reaches so far back that it must be judged.
    TooFar(u16),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_small() {
        assert!(size_of::<Distances>() <= 4096, "{}", size_of::<Distances>());
    }

    #[test]
    fn lengths_are_those_of_rfc_1951() {
        for (symbol, least, extra) in [
            (257, 3, 0),
            (264, 10, 0),
            (265, 11, 1),
            (269, 19, 2),
            (273, 35, 3),
            (277, 67, 4),
            (281, 131, 5),
            (284, 227, 5),
            (285, 258, 0),
        ] {
            assert_eq!(LENGTHS[symbol - 257], (least, extra), "{symbol}");
        }
    }
}
