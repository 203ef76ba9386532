//! What is wrong in a response without ending the handshake.

use alloc::vec::Vec;
use core::fmt;

use super::Response;

/// A rule of HTTP that a server's answer 101 breaks, though a client need not fail the connection for it: RFC 6455 §4.1
/// doesn't ask it to, and browsers don't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum HandshakeWarning {
    /// `Content-Length` in it. Clients take it for nothing, since a 101 has no content (RFC 9112 §6.3); proxies on the
    /// way may not.
    ContentLength,
    /// `Transfer-Encoding` in it. A server that goes by it sends the end of a chunked content (`0` and two line ends)
    /// in front of its first frame.
    TransferEncoding,
    /// `Connection` names `close` besides `Upgrade`.
    ConnectionClose,
}

impl HandshakeWarning {
    /// The rule's place, as "RFC 9110 §8.6".
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::ContentLength => "RFC 9110 §8.6",
            Self::TransferEncoding => "RFC 9112 §6.1",
            Self::ConnectionClose => "RFC 9112 §9.6",
        }
    }
}

impl fmt::Display for HandshakeWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentLength => {
                "the response 101 has a Content-Length header, which a server must not send in it"
            }
            Self::TransferEncoding => {
                "the response 101 has a Transfer-Encoding header, which a server must not send in it"
            }
            Self::ConnectionClose => "the response's Connection header names \"close\" besides \"Upgrade\"",
        })
    }
}

impl Response {
    /// What breaks rules of HTTP in an answer 101, in the order of [`HandshakeWarning`]'s variants; nothing for
    /// another status. Errors are for [`check_response`](super::check_response) to find.
    ///
    /// ```
    /// use wsproof_core::handshake::{HandshakeWarning, Response};
    ///
    /// let response = Response::new(101, "")?.with_header("Content-Length", "0")?;
    /// assert_eq!(response.warnings(), [HandshakeWarning::ContentLength]);
    /// assert_eq!(response.warnings()[0].clause(), "RFC 9110 §8.6");
    /// # Ok::<(), wsproof_core::handshake::HandshakeError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<HandshakeWarning> {
        if self.status() != 101 {
            return Vec::new();
        }
        let headers = self.headers();
        [
            (headers.get("Content-Length").is_some(), HandshakeWarning::ContentLength),
            (headers.get("Transfer-Encoding").is_some(), HandshakeWarning::TransferEncoding),
            (headers.has_token("Connection", "close"), HandshakeWarning::ConnectionClose),
        ]
        .into_iter()
        .filter_map(|(found, warning)| found.then_some(warning))
        .collect()
    }
}
