//! A stream of DEFLATE data bit by bit (RFC 1951 §3.1.1): the lowest bit of each octet first.

/// The octets at hand, as bits.
pub(super) struct Bits<'a> {
    /// Those that are not among the bits yet.
    pub(super) octets: &'a [u8],
    /// The next bits, the first of them lowest. Those above the known ones are zero, or the ones that follow.
    pub(super) bits: u64,
    /// How many are there, at most 63.
    pub(super) known: u32,
}

impl Bits<'_> {
    /// Makes at least 56 bits known, or all there are.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(eight) = self.octets.first_chunk::<8>() {
            self.bits |= u64::from_le_bytes(*eight) << self.known;
            let taken = (63 - self.known) / 8;
            self.octets = &self.octets[taken as usize..];
            self.known += 8 * taken;
            return;
        }
        while self.known < 56
            && let Some((octet, rest)) = self.octets.split_first()
        {
            self.bits |= u64::from(*octet) << self.known;
            self.octets = rest;
            self.known += 8;
        }
    }

    /// Goes past so many bits.
    #[inline(always)]
    pub(super) fn drop(&mut self, count: u32) {
        self.bits >>= count;
        self.known -= count;
    }

    /// Takes `count` bits, at most 32, as a number; `None` if they are not all there.
    pub(super) fn number(&mut self, count: u32) -> Option<u32> {
        self.refill();
        if self.known < count {
            return None;
        }
        let number = (self.bits & ((1 << count) - 1)) as u32;
        self.drop(count);
        Some(number)
    }

    /// Goes past at most `count` octets; the stream stands at the start of one. Answers how many.
    pub(super) fn skip(&mut self, count: u64) -> u64 {
        let held = count.min(u64::from(self.known / 8));
        // A shift by the full width of a number is not defined.
        for _ in 0..held {
            self.drop(8);
        }
        if self.known > 0 {
            return held;
        }
        self.bits = 0;
        let rest = (count - held).min(self.octets.len() as u64);
        self.octets = &self.octets[rest as usize..];
        held + rest
    }
}
