//! A slow and obvious inflater (RFC 1951), octet by octet and bit by bit: the judge of the real one, and of what that says
//! of distances.

/// What a raw DEFLATE stream says.
#[derive(Clone, Debug, Default)]
pub struct Inflated {
    pub output: Vec<u8>,
    /// The furthest distance that was used.
    pub distance: usize,
    /// Every reference: the octet of the output for which it stands, and its distance.
    pub references: Vec<(usize, usize)>,
}

struct Bits<'a> {
    octets: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<usize> {
        let octet = self.octets.get(self.at / 8)?;
        let bit = octet >> (self.at % 8) & 1;
        self.at += 1;
        Some(usize::from(bit))
    }

    fn number(&mut self, bits: u32) -> Option<usize> {
        (0..bits).try_fold(0, |sum, place| Some(sum | self.bit()? << place))
    }
}

/// A Huffman code: how many words of each length, and their symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    /// `None` where the words are too many for their lengths, or too few: but for a single one of a bit, or none, if it
    /// `may_be_partial`.
    fn new(lengths: &[u32], may_be_partial: bool) -> Option<Self> {
        let mut symbols: Vec<(u32, usize)> = lengths
            .iter()
            .enumerate()
            .filter(|(_, len)| **len > 0)
            .map(|(symbol, len)| (*len, symbol))
            .collect();
        symbols.sort_unstable();
        let used: usize = symbols.iter().map(|(len, _)| 1 << (15 - len)).sum();
        let partial = matches!(symbols[..], [] | [(1, _)]) && may_be_partial;
        let mut counts = [0; 16];
        symbols.iter().for_each(|(len, _)| counts[*len as usize] += 1);
        let symbols = symbols.into_iter().map(|(_, symbol)| symbol).collect();
        (used == 1 << 15 || partial).then_some(Self { counts, symbols })
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut index) = (0_usize, 0_usize, 0_usize);
        for count in &self.counts[1..] {
            code = code << 1 | bits.bit()?;
            first <<= 1;
            if code < first + count {
                return Some(self.symbols[index + code - first]);
            }
            first += count;
            index += count;
        }
        None
    }
}

const LENGTHS: [(usize, u32); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Inflates whole blocks, also behind a final one, onto what is there already; `None` when the data is wrong or ends
/// inside a block.
pub fn inflate(octets: &[u8], seen: &mut Inflated) -> Option<()> {
    let mut bits = Bits { octets, at: 0 };
    while bits.at.div_ceil(8) < octets.len() {
        let last = bits.bit()?;
        match bits.number(2)? {
            0 => {
                bits.at = bits.at.div_ceil(8) * 8;
                let (len, complement) = (bits.number(16)?, bits.number(16)?);
                if len != !complement & 0xffff {
                    return None;
                }
                for _ in 0..len {
                    seen.output.push(bits.number(8)? as u8);
                }
            }
            1 => {
                let lengths: Vec<u32> = (0..288)
                    .map(|symbol| match symbol {
                        0..144 => 8,
                        144..256 => 9,
                        256..280 => 7,
                        _ => 8,
                    })
                    .collect();
                let (literals, distances) = (Code::new(&lengths, false)?, Code::new(&[5; 32], false)?);
                block(&mut bits, &literals, &distances, seen)?;
            }
            2 => {
                let (literals, distances, codes) =
                    (bits.number(5)? + 257, bits.number(5)? + 1, bits.number(4)? + 4);
                if literals > 286 || distances > 30 {
                    return None;
                }
                let mut lengths = [0; 19];
                for place in &ORDER[..codes] {
                    lengths[*place] = bits.number(3)? as u32;
                }
                let code = Code::new(&lengths, false)?;
                let mut lengths = Vec::new();
                while lengths.len() < literals + distances {
                    let (value, times) = match code.symbol(&mut bits)? {
                        16 => (*lengths.last()?, bits.number(2)? + 3),
                        17 => (0, bits.number(3)? + 3),
                        18 => (0, bits.number(7)? + 11),
                        len => (len as u32, 1),
                    };
                    lengths.extend(std::iter::repeat_n(value, times));
                }
                if lengths.len() > literals + distances || lengths[256] == 0 {
                    return None;
                }
                let (literals, distances) =
                    (Code::new(&lengths[..literals], true)?, Code::new(&lengths[literals..], true)?);
                block(&mut bits, &literals, &distances, seen)?;
            }
            _ => return None,
        }
        if last == 1 {
            bits.at = bits.at.div_ceil(8) * 8;
        }
    }
    Some(())
}

fn block(bits: &mut Bits<'_>, literals: &Code, distances: &Code, seen: &mut Inflated) -> Option<()> {
    loop {
        match literals.symbol(bits)? {
            256 => return Some(()),
            literal @ 0..256 => seen.output.push(literal as u8),
            symbol => {
                let (base, extra) = *LENGTHS.get(symbol - 257)?;
                let len = base + bits.number(extra)?;
                let symbol = distances.symbol(bits)?;
                if symbol >= 30 {
                    return None;
                }
                let extra = (symbol / 2).saturating_sub(1) as u32;
                let base = if symbol < 4 { symbol + 1 } else { ((2 + symbol % 2) << extra) + 1 };
                let distance = base + bits.number(extra)?;
                seen.distance = seen.distance.max(distance);
                seen.references.push((seen.output.len(), distance));
                let from = seen.output.len().checked_sub(distance)?;
                for at in from..from + len {
                    seen.output.push(seen.output[at]);
                }
            }
        }
    }
}
