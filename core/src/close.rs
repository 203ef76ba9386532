//! The Close frame's payload and its status codes (RFC 6455 §5.5.1, §7.4).

use alloc::vec::Vec;
use core::fmt;

use crate::utf8::{Utf8Error, Utf8Validator};

/// Octets a Close reason may have: a control frame's 125 less the code's 2 (§5.5).
pub const MAX_REASON_LEN: usize = 123;

/// A status code (RFC 6455 §7.4), any of the 65,536.
///
/// ```
/// use wsproof_core::close::CloseCode;
/// assert!(CloseCode::NORMAL.is_valid_on_wire());
/// assert!(CloseCode(1014).is_valid_on_wire()); // Bad Gateway, registered after RFC 6455
/// assert!(!CloseCode(1005).is_valid_on_wire()); // means "there was none"
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: a server goes down or a browser leaves the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: protocol error.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of data that the endpoint cannot accept.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// 1005: stands for "no code was in the Close frame"; never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// 1006: stands for "no Close frame came"; never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// 1007: data inconsistent with the type of the message, as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a policy is violated.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message too big to process.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1010: the client misses an extension in the server's handshake.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// 1011: the server met an unexpected condition.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012: the service restarts (IANA).
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 1013: try again later (IANA).
    pub const TRY_AGAIN_LATER: Self = Self(1013);
    /// 1014: a gateway got an invalid response upstream (IANA).
    pub const BAD_GATEWAY: Self = Self(1014);
    /// 1015: stands for "the TLS handshake failed"; never on the wire.
    pub const TLS_HANDSHAKE: Self = Self(1015);

    /// Whether an endpoint may send this code in a Close frame, by §7.4 and the IANA registry "WebSocket Close Code
    /// Number" as it stands: 1000 to 1003, 1007 to 1014, and 3000 to 4999, which are for libraries and applications.
    #[must_use]
    pub const fn is_valid_on_wire(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// The registered name, as "Normal Closure"; `None` for a code without one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1000 => "Normal Closure",
            1001 => "Going Away",
            1002 => "Protocol error",
            1003 => "Unsupported Data",
            1004 => "Reserved",
            1005 => "No Status Rcvd",
            1006 => "Abnormal Closure",
            1007 => "Invalid frame payload data",
            1008 => "Policy Violation",
            1009 => "Message Too Big",
            1010 => "Mandatory Ext.",
            1011 => "Internal Error",
            1012 => "Service Restart",
            1013 => "Try Again Later",
            1014 => "Bad Gateway",
            1015 => "TLS handshake",
            _ => return None,
        })
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u16> for CloseCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

/// What a Close frame says: nothing, or a code and a reason (RFC 6455 §5.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClosePayload<'a> {
    /// The code; `None` when the payload is empty.
    pub code: Option<CloseCode>,
    /// The reason, at most [`MAX_REASON_LEN`] octets; empty when there is none.
    pub reason: &'a str,
}

/// What is wrong with a Close payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseError {
    /// One octet: too short for a code (§5.5.1).
    OneOctet,
    /// A code that must not be on the wire (§7.4); its two octets are at offset 0.
    Code(CloseCode),
    /// The reason is not UTF-8 (§5.5.1); the offset counts from the start of the **payload**, code included.
    Reason(Utf8Error),
    /// More than 125 octets in all, or a reason of more than 123 (§5.5).
    TooLong,
    /// A reason without a code: only when encoding.
    ReasonWithoutCode,
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOctet => f.write_str("a Close payload of one octet has no room for its code"),
            Self::Code(code) => write!(f, "close code {code} must not be sent"),
            Self::Reason(error) => write!(f, "close reason: {error}"),
            Self::TooLong => f.write_str("a Close payload of more than 125 octets"),
            Self::ReasonWithoutCode => f.write_str("a close reason needs a code before it"),
        }
    }
}

impl core::error::Error for CloseError {}

impl<'a> ClosePayload<'a> {
    /// A code and a reason, which may be empty.
    #[must_use]
    pub const fn new(code: CloseCode, reason: &'a str) -> Self {
        Self { code: Some(code), reason }
    }

    /// Reads the (unmasked) payload of a Close frame.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, in the order of the octets.
    ///
    /// ```
    /// use wsproof_core::close::{CloseCode, CloseError, ClosePayload};
    /// assert_eq!(ClosePayload::parse(b"\x03\xe8bye"), Ok(ClosePayload::new(CloseCode::NORMAL, "bye")));
    /// assert_eq!(ClosePayload::parse(b""), Ok(ClosePayload::default()));
    /// assert_eq!(ClosePayload::parse(b"\x03"), Err(CloseError::OneOctet));
    /// assert_eq!(ClosePayload::parse(b"\x03\xed"), Err(CloseError::Code(CloseCode(1005))));
    /// ```
    pub fn parse(payload: &'a [u8]) -> Result<Self, CloseError> {
        if payload.len() > MAX_REASON_LEN + 2 {
            return Err(CloseError::TooLong);
        }
        check_prefix(payload)?;
        let Some((code, reason)) = payload.split_first_chunk::<2>() else {
            return if payload.is_empty() { Ok(Self::default()) } else { Err(CloseError::OneOctet) };
        };
        let code = CloseCode(u16::from_be_bytes(*code));
        match core::str::from_utf8(reason) {
            Ok(reason) => Ok(Self::new(code, reason)),
            // `check_prefix` found every wrong octet, so what is left is a character cut off by the end.
            Err(_) => Err(CloseError::Reason(Utf8Error { offset: payload.len() as u64, truncated: true })),
        }
    }

    /// Appends the payload to `out`.
    ///
    /// # Errors
    ///
    /// [`CloseError::TooLong`] or [`CloseError::ReasonWithoutCode`]; `out` is then unchanged. The code is written as
    /// given, also one that [`is_valid_on_wire`](CloseCode::is_valid_on_wire) refuses: this layer can say it.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), CloseError> {
        if self.reason.len() > MAX_REASON_LEN {
            return Err(CloseError::TooLong);
        }
        match self.code {
            Some(code) => out.extend_from_slice(&code.0.to_be_bytes()),
            None if self.reason.is_empty() => {}
            None => return Err(CloseError::ReasonWithoutCode),
        }
        out.extend_from_slice(self.reason.as_bytes());
        Ok(())
    }
}

/// Judges the first octets of a payload that may not be whole yet: the code once both its octets are there, the
/// reason up to what has come.
pub(crate) fn check_prefix(payload: &[u8]) -> Result<(), CloseError> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else { return Ok(()) };
    let code = CloseCode(u16::from_be_bytes(*code));
    if !code.is_valid_on_wire() {
        return Err(CloseError::Code(code));
    }
    Utf8Validator::new()
        .feed(reason)
        .map_err(|error| CloseError::Reason(Utf8Error { offset: error.offset + 2, ..error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_by_the_registry() {
        let valid = (0..=u16::MAX).filter(|&code| CloseCode(code).is_valid_on_wire());
        assert!(valid.eq((1000..=1003).chain(1007..=1014).chain(3000..=4999)));
    }

    #[test]
    fn wrong_reasons_have_exact_offsets() {
        let wrong = ClosePayload::parse(b"\x03\xe8ok\xff");
        assert_eq!(wrong, Err(CloseError::Reason(Utf8Error { offset: 4, truncated: false })));
        let cut = ClosePayload::parse(b"\x03\xe8ok\xe2\x82");
        assert_eq!(cut, Err(CloseError::Reason(Utf8Error { offset: 6, truncated: true })));
    }

    #[test]
    fn a_bad_code_comes_before_a_bad_reason() {
        assert_eq!(ClosePayload::parse(b"\x00\x00\xff"), Err(CloseError::Code(CloseCode(0))));
    }

    #[test]
    fn encoding_keeps_the_bounds() {
        let mut out = Vec::new();
        let reason = "x".repeat(124);
        assert_eq!(ClosePayload::new(CloseCode::NORMAL, &reason).encode(&mut out), Err(CloseError::TooLong));
        let lone = ClosePayload { code: None, reason: "x" };
        assert_eq!(lone.encode(&mut out), Err(CloseError::ReasonWithoutCode));
        assert!(out.is_empty());
        let most = ClosePayload::new(CloseCode::NORMAL, &reason[..123]);
        most.encode(&mut out).unwrap();
        assert_eq!(out.len(), 125);
        assert_eq!(ClosePayload::parse(&out), Ok(most));
        assert_eq!(ClosePayload::parse(&[b'x'; 126]), Err(CloseError::TooLong));
    }
}
