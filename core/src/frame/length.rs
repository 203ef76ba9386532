//! The three spellings of a payload length (RFC 6455 §5.2).

use core::fmt;

/// How a header writes its payload length (RFC 6455 §5.2).
///
/// The protocol demands the shortest form; the others exist so that a tool can send and show what is forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LengthForm {
    /// Seven bits in the second octet: 0 to 125.
    Bits7,
    /// The marker 126 and two octets: up to 65,535; minimal from 126.
    Bits16,
    /// The marker 127 and eight octets: minimal from 65,536. The top bit must be zero.
    Bits64,
}

impl LengthForm {
    /// The form the protocol demands for a payload of `payload_len` octets.
    ///
    /// ```
    /// use wsproof_core::frame::LengthForm;
    /// assert_eq!(LengthForm::minimal(125), LengthForm::Bits7);
    /// assert_eq!(LengthForm::minimal(126), LengthForm::Bits16);
    /// assert_eq!(LengthForm::minimal(65_536), LengthForm::Bits64);
    /// ```
    #[must_use]
    #[inline]
    pub const fn minimal(payload_len: u64) -> Self {
        match payload_len {
            0..=125 => Self::Bits7,
            126..=0xffff => Self::Bits16,
            _ => Self::Bits64,
        }
    }

    /// The largest length this form can write: 125, 65,535 or 2^64 - 1.
    #[must_use]
    pub const fn max(self) -> u64 {
        match self {
            Self::Bits7 => 125,
            Self::Bits16 => 0xffff,
            Self::Bits64 => u64::MAX,
        }
    }

    /// Bits of the length: 7, 16 or 64.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Bits7 => 7,
            Self::Bits16 => 16,
            Self::Bits64 => 64,
        }
    }

    /// Octets of the extended length field: 0, 2 or 8.
    #[must_use]
    #[inline]
    pub const fn extended_octets(self) -> usize {
        match self {
            Self::Bits7 => 0,
            Self::Bits16 => 2,
            Self::Bits64 => 8,
        }
    }

    /// The form that the second octet of a header announces.
    #[must_use]
    #[inline]
    pub const fn from_second_octet(octet: u8) -> Self {
        match octet & 0x7f {
            126 => Self::Bits16,
            127 => Self::Bits64,
            _ => Self::Bits7,
        }
    }
}

impl fmt::Display for LengthForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bits7 => "7-bit",
            Self::Bits16 => "16-bit",
            Self::Bits64 => "64-bit",
        })
    }
}
