//! A slow and obvious inflater (RFC 1951), octet by octet and bit by bit: the judge of the real one, and the only one that
//! tells how far back a stream looks.

/// What a raw DEFLATE stream says.
#[derive(Debug, Default)]
pub struct Inflated {
    pub output: Vec<u8>,
    /// The furthest distance that was used.
    pub distance: usize,
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

/// A Huffman code as its lengths: symbols of each length in order.
struct Code(Vec<(u32, usize)>);

impl Code {
    fn new(lengths: &[u32]) -> Self {
        let mut symbols: Vec<(u32, usize)> = lengths
            .iter()
            .enumerate()
            .filter(|(_, len)| **len > 0)
            .map(|(symbol, len)| (*len, symbol))
            .collect();
        symbols.sort_unstable();
        Self(symbols)
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut len) = (0_usize, 0);
        let (mut first, mut index) = (0_usize, 0);
        loop {
            code = code << 1 | bits.bit()?;
            len += 1;
            first <<= 1;
            let count = self.0.iter().filter(|(length, _)| *length == len).count();
            if code < first + count {
                return Some(self.0[index + code - first].1);
            }
            first += count;
            index += count;
            if len > 15 {
                return None;
            }
        }
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
                block(&mut bits, &Code::new(&lengths), &Code::new(&[5; 30]), seen)?;
            }
            2 => {
                let (literals, distances, codes) =
                    (bits.number(5)? + 257, bits.number(5)? + 1, bits.number(4)? + 4);
                let mut lengths = [0; 19];
                for place in &ORDER[..codes] {
                    lengths[*place] = bits.number(3)? as u32;
                }
                let code = Code::new(&lengths);
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
                block(&mut bits, &Code::new(&lengths[..literals]), &Code::new(&lengths[literals..]), seen)?;
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
                let extra = (symbol / 2).saturating_sub(1) as u32;
                let base = if symbol < 4 { symbol + 1 } else { ((2 + symbol % 2) << extra) + 1 };
                let distance = base + bits.number(extra)?;
                seen.distance = seen.distance.max(distance);
                let from = seen.output.len().checked_sub(distance)?;
                for at in from..from + len {
                    seen.output.push(seen.output[at]);
                }
            }
        }
    }
}
