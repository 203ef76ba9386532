//! The server's half of the opening handshake.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use super::head::refusal;
use super::headers::text;
use super::syntax::{is_field_value, is_token};
use super::{ExtensionList, HandshakeError, HeadFinder, HeadLimits, Headers, HttpVersion, Offer, VERSION};

/// An HTTP/1.x response head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    version: HttpVersion,
    status: u16,
    reason: String,
    headers: Headers,
}

impl Response {
    /// A response by HTTP/1.1 without header fields. `status` is 100 to 999; `reason` may be empty.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Unsendable`] for another status, or control characters in the reason.
    pub fn new(status: u16, reason: &str) -> Result<Self, HandshakeError> {
        if !(100..=999).contains(&status) {
            return Err(HandshakeError::Unsendable("the status"));
        }
        if !is_field_value(reason) {
            return Err(HandshakeError::Unsendable("the reason phrase"));
        }
        Ok(Self { version: HttpVersion::Http11, status, reason: reason.to_owned(), headers: Headers::new() })
    }

    /// The answer 101 of RFC 6455 §4.2.2, with the chosen subprotocol and extensions.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::ProtocolNotOffered`] or [`HandshakeError::ExtensionNotOffered`] when the choice is not among
    /// what the client offered; [`HandshakeError::Protocol`] when the subprotocol is not a token.
    pub fn accept(
        offer: &Offer,
        protocol: Option<&str>,
        extensions: Option<&ExtensionList>,
    ) -> Result<Self, HandshakeError> {
        let mut response = Self::new(101, "Switching Protocols")?
            .with_header("Upgrade", "websocket")?
            .with_header("Connection", "Upgrade")?
            .with_header("Sec-WebSocket-Accept", &offer.key.accept())?;
        if let Some(protocol) = protocol {
            if !is_token(protocol) {
                return Err(HandshakeError::Protocol);
            }
            if !offer.protocols.iter().any(|offered| offered == protocol) {
                return Err(HandshakeError::ProtocolNotOffered(protocol.to_owned()));
            }
            response = response.with_header("Sec-WebSocket-Protocol", protocol)?;
        }
        if let Some(extensions) = extensions
            && !extensions.is_empty()
        {
            if let Some(stranger) = extensions.iter().find(|chosen| !offer.extensions.has(chosen.name())) {
                return Err(HandshakeError::ExtensionNotOffered(stranger.name().to_owned()));
            }
            response = response.with_header("Sec-WebSocket-Extensions", &extensions.to_string())?;
        }
        Ok(response)
    }

    /// The refusal of a request, by [`HandshakeError::status`], with an empty body and the connection to be closed.
    #[must_use]
    pub fn refuse(error: &HandshakeError) -> Self {
        let allow: &[(&str, &str)] = if error.status() == 405 { &[("Allow", "GET")] } else { &[] };
        // The statuses of errors and this field can be sent.
        Self::rejection(error.status(), allow, b"").unwrap_or_else(|_| Self {
            version: HttpVersion::Http11,
            status: 400,
            reason: reason(400).to_owned(),
            headers: Headers::new(),
        })
    }

    /// The head of the answer that turns a request down with this status, as a server does for reasons of its own: 401, 403,
    /// 404, 429, 503. What it has is complete HTTP: the status's usual reason phrase, `Connection: close` and the
    /// `Content-Length` of the body, which is to be sent behind it; for 426 also what §4.2.2 item 4 asks for. `headers` are
    /// put behind those.
    ///
    /// ```
    /// use wsproof_core::handshake::Response;
    /// let head = Response::rejection(401, &[("WWW-Authenticate", "Bearer")], b"no token")?;
    /// assert_eq!((head.reason(), head.header("Content-Length")), ("Unauthorized", Some("8")));
    /// # Ok::<(), wsproof_core::handshake::HandshakeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Unsendable`] for a status that has no body (below 200, 204, 304), that there is not, or for a header
    /// that must not be sent; [`HandshakeError::RepeatedHeader`] for one of `headers` that would say a second time how long
    /// the body is.
    pub fn rejection(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Result<Self, HandshakeError> {
        if matches!(status, 0..=199 | 204 | 304) {
            return Err(HandshakeError::Unsendable("the status"));
        }
        let upgrade = status == 426;
        let mut response = Self::new(status, reason(status))?
            .with_header("Connection", if upgrade { "close, Upgrade" } else { "close" })?
            .with_header("Content-Length", &body.len().to_string())?;
        if upgrade {
            // RFC 9110 §15.5.22 asks for the first, RFC 6455 §4.2.2 item 4 for the second.
            response = response
                .with_header("Upgrade", "websocket")?
                .with_header("Sec-WebSocket-Version", VERSION)?;
        }
        for (name, value) in headers {
            for said in ["Content-Length", "Transfer-Encoding"] {
                if name.eq_ignore_ascii_case(said) {
                    return Err(HandshakeError::RepeatedHeader(said));
                }
            }
            response = response.with_header(name, value)?;
        }
        Ok(response)
    }

    /// The same response with one more header field.
    ///
    /// # Errors
    ///
    /// As [`Headers::push`].
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, HandshakeError> {
        self.headers.push(name, value)?;
        Ok(self)
    }

    /// Reads a head from the start of `input`, within the default limits: the response and how many octets it took, or
    /// `None` while it is incomplete.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::NotHttp`], [`HeadTooLong`](HandshakeError::HeadTooLong) or
    /// [`TooManyHeaders`](HandshakeError::TooManyHeaders).
    pub fn parse(input: &[u8]) -> Result<Option<(Self, usize)>, HandshakeError> {
        Self::parse_within(input, &HeadLimits::default())
    }

    /// [`parse`](Self::parse) within limits of your own. For input that arrives in small pieces ask a [`HeadFinder`]
    /// first: this function looks at the whole input each time.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_within(input: &[u8], limits: &HeadLimits) -> Result<Option<(Self, usize)>, HandshakeError> {
        let found = HeadFinder::default().find(input, limits)?;
        let end = found.unwrap_or(input.len());
        let mut fields = vec![httparse::EMPTY_HEADER; limits.max_headers];
        let mut response = httparse::Response::new(&mut fields);
        match response.parse(&input[..end]).map_err(refusal)? {
            httparse::Status::Complete(len) if found == Some(len) => {}
            httparse::Status::Partial if found.is_none() => return Ok(None),
            _ => return Err(HandshakeError::NotHttp),
        }
        // The parser sees to three digits; "008" is no status (RFC 9110 §15).
        let Some(status @ 100..) = response.code else { return Err(HandshakeError::NotHttp) };
        let response = Self {
            version: HttpVersion::from_minor(response.version)?,
            status,
            reason: text(response.reason.unwrap_or("").as_bytes()),
            headers: Headers::from_wire(response.headers),
        };
        Ok(Some((response, end)))
    }

    /// The octets of the head, with its empty line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let status = self.status.to_string();
        for part in [self.version.as_str(), " ", status.as_str(), " ", self.reason.as_str(), "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        self.headers.write(&mut out);
        out
    }

    /// The version of HTTP.
    #[must_use]
    pub const fn version(&self) -> HttpVersion {
        self.version
    }

    /// The status, as 101.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase; may be empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The header fields.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The value of the first field of this name, in any case of letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The values of all fields of this name, in order.
    pub fn headers_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.all(name)
    }
}

/// The usual reason phrase of a status (RFC 9110 §15); none for those that few use.
const fn reason(status: u16) -> &'static str {
    match status {
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        let response =
            Response::new(101, "Switching Protocols").unwrap().with_header("Upgrade", "websocket").unwrap();
        let wire = response.to_bytes();
        assert_eq!(wire, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
        assert_eq!(Response::parse(&wire).unwrap().unwrap(), (response, wire.len()));
        let (bare, _) = Response::parse(b"HTTP/1.0 101\r\n\r\n").unwrap().unwrap();
        assert_eq!((bare.status(), bare.reason(), bare.version()), (101, "", HttpVersion::Http10));
    }

    #[test]
    fn refusals_say_what_http_asks_for() {
        let refusal = Response::refuse(&HandshakeError::Version);
        assert_eq!((refusal.status(), refusal.header("Sec-WebSocket-Version")), (426, Some("13")));
        assert_eq!(Response::refuse(&HandshakeError::Method).header("Allow"), Some("GET"));
        assert_eq!(Response::refuse(&HandshakeError::HeadTooLong).status(), 431);
        let wire = Response::refuse(&HandshakeError::Host).to_bytes();
        assert_eq!(wire, b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn what_can_never_be_a_response_is_refused_at_its_first_impossible_octet() {
        for (wire, possible) in [
            (&b"SSH-2.0"[..], 0),
            (b"\x15\x03\x03", 0),
            (b"HTTP/1.1 10x", 11),
            (b"HTTP/1.1 101 S\r\nA: \0", 19),
        ] {
            for len in 0..=wire.len() {
                let want = if len <= possible { Ok(None) } else { Err(HandshakeError::NotHttp) };
                assert_eq!(Response::parse(&wire[..len]), want, "{}", wire[..len].escape_ascii());
            }
        }
    }

    #[test]
    fn refusals_of_any_status_are_complete() {
        let refused = Response::rejection(503, &[("Retry-After", "60")], b"busy").unwrap();
        assert_eq!(
            refused.to_bytes(),
            b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 4\r\nRetry-After: 60\r\n\r\n"
        );
        for (status, reason) in
            [(401, "Unauthorized"), (403, "Forbidden"), (429, "Too Many Requests"), (418, "")]
        {
            assert_eq!(Response::rejection(status, &[], b"").unwrap().reason(), reason);
        }
        let own = Response::rejection(401, &[("Content-Length", "9")], b"");
        assert_eq!(own, Err(HandshakeError::RepeatedHeader("Content-Length")));
        let upgrade = Response::rejection(426, &[], b"").unwrap();
        assert_eq!(
            (upgrade.header("Upgrade"), upgrade.header("Sec-WebSocket-Version")),
            (Some("websocket"), Some("13"))
        );
        for status in [101, 204, 304, 99] {
            assert!(Response::rejection(status, &[], b"").is_err(), "{status}");
        }
    }

    #[test]
    fn unsendable_start_lines() {
        assert!(Response::new(99, "").is_err());
        assert!(Response::new(1000, "").is_err());
        assert!(Response::new(200, "OK\r\nX: y").is_err());
        for status in ["x", "008", "1000", "10"] {
            let wire = alloc::format!("HTTP/1.1 {status} OK\r\n\r\n");
            assert_eq!(Response::parse(wire.as_bytes()), Err(HandshakeError::NotHttp), "{status}");
        }
    }
}
