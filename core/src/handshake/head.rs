//! Finding the end of an HTTP head, within limits.

use super::HandshakeError;

/// The version in a start line. Others than these two are [`HandshakeError::NotHttp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpVersion {
    /// HTTP/1.0, which cannot upgrade.
    Http10,
    /// HTTP/1.1.
    Http11,
}

impl HttpVersion {
    /// As written in a start line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }

    pub(super) fn from_minor(minor: Option<u8>) -> Result<Self, HandshakeError> {
        match minor {
            Some(0) => Ok(Self::Http10),
            Some(1) => Ok(Self::Http11),
            _ => Err(HandshakeError::NotHttp),
        }
    }
}

/// How much of a head is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadLimits {
    /// Octets of the head, its empty line included. Default 64 KiB.
    pub max_head: usize,
    /// Header fields. Default 128.
    pub max_headers: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { max_head: 64 * 1024, max_headers: 128 }
    }
}

/// Finds the end of a head that arrives in pieces, looking at each octet once.
///
/// Parsing afresh at each piece would let a peer that sends octet by octet cost quadratic time (CVE-2023-43669);
/// so ask this first and parse when it answers.
///
/// ```
/// use wsproof_core::handshake::{HeadFinder, HeadLimits};
/// let mut finder = HeadFinder::default();
/// assert_eq!(finder.find(b"GET / HTTP/1.1\r\n\r", &HeadLimits::default()), Ok(None));
/// assert_eq!(finder.find(b"GET / HTTP/1.1\r\n\r\n\x81\x80", &HeadLimits::default()), Ok(Some(18)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadFinder {
    /// Octets looked at: no head ends at or before this index. At most the length of the buffer of the last call.
    seen: usize,
}

impl HeadFinder {
    /// The length of the head, its empty line included, or `None` while it is incomplete. `buffer` is everything since
    /// the start of the head: the same octets as at the last call, and more.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::HeadTooLong`] once the limit is passed without an end.
    pub fn find(&mut self, buffer: &[u8], limits: &HeadLimits) -> Result<Option<usize>, HandshakeError> {
        const END: &[u8; 4] = b"\r\n\r\n";
        // The end may have begun in the last three octets of what was looked at.
        let from = self.seen.saturating_sub(END.len() - 1).min(buffer.len());
        let within = &buffer[..buffer.len().min(limits.max_head)];
        if let Some(at) =
            within.get(from..).and_then(|rest| rest.windows(END.len()).position(|octets| octets == END))
        {
            return Ok(Some(from + at + END.len()));
        }
        self.seen = within.len();
        if buffer.len() >= limits.max_head { Err(HandshakeError::HeadTooLong) } else { Ok(None) }
    }
}

/// Maps the parser's errors to ours.
pub(super) fn refusal(error: httparse::Error) -> HandshakeError {
    match error {
        httparse::Error::TooManyHeaders => HandshakeError::TooManyHeaders,
        _ => HandshakeError::NotHttp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_end_at_any_growth() {
        let wire = b"GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
        let limits = HeadLimits::default();
        let mut finder = HeadFinder::default();
        for len in 0..wire.len() {
            let want = (len >= 27).then_some(27);
            assert_eq!(finder.find(&wire[..len], &limits), Ok(want), "{len}");
        }
        for first in 0..wire.len() {
            let mut finder = HeadFinder::default();
            let _ = finder.find(&wire[..first], &limits);
            assert_eq!(finder.find(wire, &limits), Ok(Some(27)));
        }
    }

    #[test]
    fn the_limit_counts_the_head_only() {
        let limits = HeadLimits { max_head: 27, ..HeadLimits::default() };
        let wire = b"GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
        assert_eq!(HeadFinder::default().find(wire, &limits), Ok(Some(27)));
        let limits = HeadLimits { max_head: 26, ..limits };
        assert_eq!(HeadFinder::default().find(wire, &limits), Err(HandshakeError::HeadTooLong));
        assert_eq!(HeadFinder::default().find(&wire[..25], &limits), Ok(None));
        assert_eq!(HeadFinder::default().find(&wire[..26], &limits), Err(HandshakeError::HeadTooLong));
    }
}
