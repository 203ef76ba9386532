//! The 4-bit opcode (RFC 6455 §5.2, §11.8).

use core::fmt;

/// What a frame is: the low four bits of its first octet (RFC 6455 §5.2).
///
/// All sixteen values exist, also the ten that are reserved: see [`is_reserved`](Self::is_reserved).
///
/// ```
/// use wsproof_core::frame::Opcode;
/// assert_eq!(Opcode::new(9), Opcode::PING);
/// assert!(Opcode::new(0xb).is_control() && Opcode::new(0xb).is_reserved());
/// assert_eq!(Opcode::new(3).to_string(), "reserved 0x3");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "u8", into = "u8"))]
pub struct Opcode(u8);

impl Opcode {
    /// 0x0: a further fragment of the message in progress (§5.4).
    pub const CONTINUATION: Self = Self(0x0);
    /// 0x1: text, whose payload is UTF-8 over the whole message (§5.6).
    pub const TEXT: Self = Self(0x1);
    /// 0x2: binary data (§5.6).
    pub const BINARY: Self = Self(0x2);
    /// 0x8: the closing handshake (§5.5.1).
    pub const CLOSE: Self = Self(0x8);
    /// 0x9: ping (§5.5.2).
    pub const PING: Self = Self(0x9);
    /// 0xA: pong (§5.5.3).
    pub const PONG: Self = Self(0xa);

    /// The opcode in the low four bits of `value`; the high four bits (FIN and RSV in an octet off the wire) are
    /// dropped.
    #[must_use]
    #[inline]
    pub const fn new(value: u8) -> Self {
        Self(value & 0x0f)
    }

    /// The value, 0 to 15.
    #[must_use]
    #[inline]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether the top bit is set, 0x8 to 0xF: control frames, known and reserved (§5.5).
    #[must_use]
    #[inline]
    pub const fn is_control(self) -> bool {
        self.0 & 0x8 != 0
    }

    /// Whether the top bit is clear, 0x0 to 0x7: data frames, known (continuation among them) and reserved (§5.6).
    #[must_use]
    #[inline]
    pub const fn is_data(self) -> bool {
        !self.is_control()
    }

    /// Whether no meaning is assigned: 0x3 to 0x7 and 0xB to 0xF.
    #[must_use]
    #[inline]
    pub const fn is_reserved(self) -> bool {
        self.0 & 0x7 > 2
    }

    /// The name in lower case, or `None` for a reserved opcode.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::CONTINUATION => "continuation",
            Self::TEXT => "text",
            Self::BINARY => "binary",
            Self::CLOSE => "close",
            Self::PING => "ping",
            Self::PONG => "pong",
            _ => return None,
        })
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "reserved {:#x}", self.0),
        }
    }
}

impl fmt::Debug for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opcode({self})")
    }
}

impl From<u8> for Opcode {
    /// As [`Opcode::new`]: the low four bits count.
    fn from(octet: u8) -> Self {
        Self::new(octet)
    }
}

impl From<Opcode> for u8 {
    fn from(opcode: Opcode) -> Self {
        opcode.get()
    }
}

#[cfg(test)]
mod tests {
    use super::Opcode;

    #[test]
    fn classes_cover_all_sixteen() {
        for value in 0..=0xff_u8 {
            let opcode = Opcode::new(value);
            assert_eq!(opcode.get(), value & 0xf);
            assert_eq!(opcode.is_control(), value & 0xf >= 8);
            assert_ne!(opcode.is_control(), opcode.is_data());
            assert_eq!(opcode.is_reserved(), !matches!(value & 0xf, 0..=2 | 8..=10));
            assert_eq!(opcode.is_reserved(), opcode.name().is_none());
        }
    }
}
