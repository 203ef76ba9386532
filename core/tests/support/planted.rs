//! Compressed messages with a reference of a given distance, made bit by bit (RFC 1951 §3.2).

/// The bits of a compressed message, the lowest of each octet first.
#[derive(Default)]
pub struct Bits {
    octets: Vec<u8>,
    used: usize,
}

impl Bits {
    /// A number of so many bits, the lowest first.
    fn number(&mut self, number: usize, bits: usize) {
        for bit in 0..bits {
            if self.used.is_multiple_of(8) {
                self.octets.push(0);
            }
            *self.octets.last_mut().unwrap() |= ((number >> bit & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }

    /// A code word: the highest bit first.
    fn word(&mut self, word: usize, bits: usize) {
        (0..bits).rev().for_each(|bit| self.number(word >> bit & 1, 1));
    }

    /// These octets in stored blocks.
    pub fn stored(mut self, octets: &[u8]) -> Self {
        for block in octets.chunks(0xffff) {
            self.number(0, 3);
            self.used = self.used.next_multiple_of(8);
            self.number(block.len(), 16);
            self.number(!block.len() & 0xffff, 16);
            self.octets.extend_from_slice(block);
            self.used += 8 * block.len();
        }
        self
    }

    /// A block of the fixed codes: these literals, each below 144, then three octets of so far back, then one literal more.
    pub fn reference(mut self, literals: &[u8], distance: usize) -> Self {
        self.number(0b010, 3);
        let literal = |bits: &mut Self, octet: u8| bits.word(0x30 + usize::from(octet), 8);
        literals.iter().for_each(|octet| literal(&mut self, *octet));
        // Three octets are symbol 257.
        self.word(1, 7);
        // The symbols of distances stand two by two for a power of two.
        let far = distance - 1;
        let (symbol, extra) = match far {
            0..4 => (far, 0),
            _ => {
                let extra = far.ilog2() as usize - 1;
                (2 * extra + (far >> extra), extra)
            }
        };
        self.word(symbol, 5);
        self.number(far & ((1 << extra) - 1), extra);
        literal(&mut self, b'!');
        self.word(0, 7);
        self
    }

    /// The message: with the header of the empty block whose end the sender cuts off (RFC 7692 §7.2.1).
    pub fn message(mut self) -> Vec<u8> {
        self.number(0, 3);
        self.octets
    }
}
