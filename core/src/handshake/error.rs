//! Why a handshake is refused.

use alloc::string::String;
use core::fmt;

use super::ExtensionError;

/// A rule of the opening handshake that was broken; by [`clause`](Self::clause) the place in its RFC, by
/// [`status`](Self::status) what a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The head is longer than [`HeadLimits::max_head`](super::HeadLimits::max_head) octets.
    HeadTooLong,
    /// The head has more header fields than [`HeadLimits::max_headers`](super::HeadLimits::max_headers).
    TooManyHeaders,
    /// The head is not HTTP/1.x.
    NotHttp,
    /// A request by HTTP/1.0.
    HttpVersion,
    /// A response by HTTP/1.0, which has no status 101 (RFC 9110 §15.2).
    ResponseHttpVersion,
    /// A request by another method than GET.
    Method,
    /// A request target that is neither a path nor an absolute URI.
    Target,
    /// No `Host` header, or more than one.
    Host,
    /// `Upgrade` does not name `websocket`.
    Upgrade,
    /// The value of a response's `Upgrade` is not `websocket` alone. Several fields of this name make one value, with
    /// commas between (RFC 9110 §5.3). Of a long value, the first 100 characters.
    UpgradeValue(String),
    /// `Connection` does not name `Upgrade`.
    Connection,
    /// A header is missing that must be there.
    MissingHeader(&'static str),
    /// A header is there twice that must be there once.
    RepeatedHeader(&'static str),
    /// `Sec-WebSocket-Key` is not base64 of 16 octets.
    BadKey,
    /// `Sec-WebSocket-Version` is not 13.
    Version,
    /// `Sec-WebSocket-Protocol` is not a list of distinct tokens (in a response: not one token).
    Protocol,
    /// `Sec-WebSocket-Extensions` breaks its grammar.
    Extensions(ExtensionError),
    /// The server answered another status than 101.
    Status(u16),
    /// `Sec-WebSocket-Accept` does not answer the key.
    Accept,
    /// The server chose a subprotocol that was not offered.
    ProtocolNotOffered(String),
    /// The server chose an extension that was not offered.
    ExtensionNotOffered(String),
    /// A method, target, reason or header to be **sent** holds an octet that would break the head, such as CR or LF.
    Unsendable(&'static str),
}

impl HandshakeError {
    /// The rule's place, as "RFC 6455 §4.2.1".
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        match self {
            Self::HeadTooLong | Self::TooManyHeaders => "RFC 6585 §5",
            Self::NotHttp => "RFC 9112 §2.2",
            Self::ResponseHttpVersion => "RFC 6455 §4.2.2 item 5.1",
            Self::HttpVersion | Self::Method | Self::Target => "RFC 6455 §4.2.1 item 1",
            Self::Host => "RFC 6455 §4.2.1 item 2",
            Self::Upgrade => "RFC 6455 §4.2.1 item 3, §4.1 item 2",
            Self::UpgradeValue(_) => "RFC 6455 §4.1 item 2",
            Self::Connection => "RFC 6455 §4.2.1 item 4, §4.1 item 3",
            Self::BadKey => "RFC 6455 §4.2.1 item 5",
            Self::Version => "RFC 6455 §4.2.1 item 6",
            Self::MissingHeader(name) => match name.as_bytes() {
                b"Sec-WebSocket-Accept" => "RFC 6455 §4.1 item 4",
                _ => "RFC 6455 §4.2.1",
            },
            Self::RepeatedHeader(_) => "RFC 6455 §11.3",
            Self::Protocol => "RFC 6455 §11.3.4",
            Self::Extensions(_) => "RFC 6455 §9.1",
            Self::Status(_) => "RFC 6455 §4.1 item 1",
            Self::Accept => "RFC 6455 §4.1 item 4",
            Self::ExtensionNotOffered(_) => "RFC 6455 §4.1 item 5",
            Self::ProtocolNotOffered(_) => "RFC 6455 §4.1 item 6",
            Self::Unsendable(_) => "RFC 9110 §5.5",
        }
    }

    /// The rule's place where the error is that of a response: [`clause`](Self::clause) without the rules for requests.
    #[must_use]
    pub const fn clause_in_response(&self) -> &'static str {
        match self {
            Self::Upgrade => "RFC 6455 §4.1 item 2",
            Self::Connection => "RFC 6455 §4.1 item 3",
            _ => self.clause(),
        }
    }

    /// The HTTP status with which a server refuses a request for this reason: 400, 405, 426 or 431. What only a
    /// client can find wrong gives 400 too.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::HeadTooLong | Self::TooManyHeaders => 431,
            Self::Method => 405,
            // An ordinary HTTP request: told to upgrade.
            Self::Upgrade | Self::Version => 426,
            _ => 400,
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeadTooLong => f.write_str("the HTTP head is too long"),
            Self::TooManyHeaders => f.write_str("the HTTP head has too many header fields"),
            Self::NotHttp => f.write_str("not an HTTP/1.1 head"),
            Self::HttpVersion => f.write_str("the request is HTTP/1.0; the handshake needs HTTP/1.1"),
            Self::ResponseHttpVersion => {
                f.write_str("the response is HTTP/1.0; the handshake needs HTTP/1.1")
            }
            Self::Method => f.write_str("the request's method is not GET"),
            Self::Target => f.write_str("the request target is neither a path nor an absolute URI"),
            Self::Host => f.write_str("the request does not have exactly one Host header"),
            Self::Upgrade => f.write_str("the Upgrade header does not name \"websocket\""),
            Self::UpgradeValue(value) => {
                let value = value.escape_default();
                write!(f, "the value of the response's Upgrade header is \"{value}\", not \"websocket\"")
            }
            Self::Connection => f.write_str("the Connection header does not name \"Upgrade\""),
            Self::MissingHeader(name) => write!(f, "no {name} header"),
            Self::RepeatedHeader(name) => write!(f, "more than one {name} header"),
            Self::BadKey => f.write_str("Sec-WebSocket-Key is not 16 octets in base64"),
            Self::Version => f.write_str("Sec-WebSocket-Version is not 13"),
            Self::Protocol => f.write_str("Sec-WebSocket-Protocol is not made of distinct tokens"),
            Self::Extensions(error) => write!(f, "Sec-WebSocket-Extensions: {error}"),
            Self::Status(status) => write!(f, "the server answered {status}, not 101"),
            Self::Accept => f.write_str("Sec-WebSocket-Accept does not match the key"),
            Self::ProtocolNotOffered(name) => {
                write!(f, "the server chose subprotocol \"{}\", not offered", name.escape_default())
            }
            Self::ExtensionNotOffered(name) => {
                write!(f, "the server chose extension \"{}\", not offered", name.escape_default())
            }
            Self::Unsendable(what) => write!(f, "{what} holds an octet that must not be sent there"),
        }
    }
}

impl core::error::Error for HandshakeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Extensions(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ExtensionError> for HandshakeError {
    fn from(error: ExtensionError) -> Self {
        Self::Extensions(error)
    }
}
