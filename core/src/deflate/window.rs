//! The size of the LZ77 window of one direction.

use core::fmt;

/// The base-2 logarithm of a window's size in octets: 8 to 15 (RFC 7692 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 256 octets.
    pub const MIN: Self = Self(8);
    /// 32 768 octets: what is used when nothing is agreed.
    pub const MAX: Self = Self(15);

    /// A window of `2^bits` octets; `None` unless `bits` is 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        if bits >= Self::MIN.0 && bits <= Self::MAX.0 { Some(Self(bits)) } else { None }
    }

    /// The logarithm, 8 to 15.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Octets in the window, 256 to 32 768.
    #[must_use]
    pub const fn octets(self) -> usize {
        1 << self.0
    }

    /// Reads the value of a parameter: a decimal number without a leading zero (§7.1.2.1).
    pub(super) fn parse(value: &str) -> Option<Self> {
        match *value.as_bytes() {
            [digit @ b'8'..=b'9'] => Some(Self(digit - b'0')),
            [b'1', digit @ b'0'..=b'5'] => Some(Self(10 + digit - b'0')),
            _ => None,
        }
    }
}

impl Default for WindowBits {
    fn default() -> Self {
        Self::MAX
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What was agreed for the messages that one end sends. By default no limit: a window of 15 bits, with context takeover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sending {
    /// The window that the sender keeps to.
    pub window: WindowBits,
    /// Whether a message may refer to the messages before it (context takeover, §7.1.1).
    pub takeover: bool,
}

impl Default for Sending {
    fn default() -> Self {
        Self { window: WindowBits::MAX, takeover: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decimal_without_leading_zeros() {
        for bits in 0..=255 {
            let text = alloc::format!("{bits}");
            assert_eq!(WindowBits::parse(&text), WindowBits::new(bits), "{text}");
            assert_eq!(WindowBits::new(bits).is_some(), (8..=15).contains(&bits));
        }
        for text in ["", "08", "+9", "9x", "015", "1", " 9", "9 ", "0x9", "1५"] {
            assert_eq!(WindowBits::parse(text), None, "{text}");
        }
    }
}
