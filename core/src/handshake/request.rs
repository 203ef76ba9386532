//! The client's half of the opening handshake.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::head::refusal;
use super::syntax::{is_token, is_visible_ascii};
use super::{HandshakeError, HeadFinder, HeadLimits, Headers, HttpVersion, Key, VERSION};

/// An HTTP/1.x request head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    method: String,
    target: String,
    version: HttpVersion,
    headers: Headers,
}

impl Request {
    /// A request by `GET` and HTTP/1.1 without header fields.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Unsendable`] when the target is empty or not visible ASCII.
    pub fn get(target: &str) -> Result<Self, HandshakeError> {
        if !is_visible_ascii(target) {
            return Err(HandshakeError::Unsendable("the request target"));
        }
        Ok(Self {
            method: "GET".to_owned(),
            target: target.to_owned(),
            version: HttpVersion::Http11,
            headers: Headers::new(),
        })
    }

    /// The upgrade request of RFC 6455 §4.1: `Host`, `Upgrade`, `Connection`, `Sec-WebSocket-Key` and
    /// `Sec-WebSocket-Version`. `target` is the resource name (path and query), `host` the authority.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Unsendable`] when target or host have characters that do not belong there.
    pub fn upgrade(target: &str, host: &str, key: &Key) -> Result<Self, HandshakeError> {
        Self::get(target)?
            .with_header("Host", host)?
            .with_header("Upgrade", "websocket")?
            .with_header("Connection", "Upgrade")?
            .with_header("Sec-WebSocket-Key", &key.to_base64())?
            .with_header("Sec-WebSocket-Version", VERSION)
    }

    /// The same request with one more header field.
    ///
    /// # Errors
    ///
    /// As [`Headers::push`].
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, HandshakeError> {
        self.headers.push(name, value)?;
        Ok(self)
    }

    /// The same request by another method.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Unsendable`] when the method is not a token.
    pub fn with_method(mut self, method: &str) -> Result<Self, HandshakeError> {
        if !is_token(method) {
            return Err(HandshakeError::Unsendable("the request method"));
        }
        method.clone_into(&mut self.method);
        Ok(self)
    }

    /// The same request by another version of HTTP.
    #[must_use]
    pub fn with_version(mut self, version: HttpVersion) -> Self {
        self.version = version;
        self
    }

    /// Reads a head from the start of `input`, within the default limits: the request and how many octets it took, or
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
        let mut request = httparse::Request::new(&mut fields);
        // A head that ends before the empty line (line feeds alone) is refused: two readers could disagree on its end.
        match request.parse(&input[..end]).map_err(refusal)? {
            httparse::Status::Complete(len) if found == Some(len) => {}
            httparse::Status::Partial if found.is_none() => return Ok(None),
            _ => return Err(HandshakeError::NotHttp),
        }
        let (Some(method), Some(target)) = (request.method, request.path) else {
            return Err(HandshakeError::NotHttp);
        };
        let request = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: HttpVersion::from_minor(request.version)?,
            headers: Headers::from_wire(request.headers),
        };
        Ok(Some((request, end)))
    }

    /// The octets of the head, with its empty line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        for part in [self.method.as_str(), " ", self.target.as_str(), " ", self.version.as_str(), "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        self.headers.write(&mut out);
        out
    }

    /// The method, as "GET".
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The request target, as "/chat?room=1".
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The version of HTTP.
    #[must_use]
    pub const fn version(&self) -> HttpVersion {
        self.version
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

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &[u8] =
        b"GET /chat?room=1 HTTP/1.1\r\nHost: example.com:8080\r\nConnection: keep-alive, Upgrade\r\n\
        upgrade: WebSocket\r\nX-Empty:\r\nX-Latin: caf\xe9\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\nX-Twice: a\r\nx-twice: b\r\n\r\n\x81\x85";

    #[test]
    fn reads_what_browsers_send() {
        let (request, consumed) = Request::parse(CHROME).unwrap().unwrap();
        assert_eq!(consumed, CHROME.len() - 2);
        assert_eq!((request.method(), request.target()), ("GET", "/chat?room=1"));
        assert_eq!(request.version(), HttpVersion::Http11);
        assert_eq!(request.header("UPGRADE"), Some("WebSocket"));
        assert_eq!(request.header("x-empty"), Some(""));
        assert_eq!(request.header("x-latin"), Some("café"));
        assert!(request.headers_all("X-Twice").eq(["a", "b"]));
        assert_eq!(request.headers().iter().next().unwrap().name(), "Host");
    }

    #[test]
    fn every_prefix_is_incomplete() {
        for len in 0..CHROME.len() - 2 {
            assert_eq!(Request::parse(&CHROME[..len]), Ok(None), "{len}");
        }
    }

    #[test]
    fn refuses_what_is_not_http() {
        for wrong in [
            &b"\x16\x03\x01\x02\r\n\r\n"[..],
            b"GET / HTTP/2.0\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\n\nGET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: b\x00c\r\n\r\n",
            b"\r\n\r\n",
        ] {
            assert_eq!(Request::parse(wrong), Err(HandshakeError::NotHttp), "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn what_can_never_be_a_request_is_refused_at_its_first_impossible_octet() {
        let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
        for (wire, possible) in [
            (&tls[..], 0),
            (b"\0\0\0\0", 0),
            (b"SSH-2.0-OpenSSH_9.6\r\n", 19),
            (b"GET / HTTP/2.0\r\n", 11),
            (b"GET /\r\nHost: x", 5),
            (b"GET / HTTP/1.1\r\nHost: \0", 22),
            (b"GET / HTTP/1.1\r\nno colon\r\n", 18),
        ] {
            for len in 0..=possible {
                assert_eq!(Request::parse(&wire[..len]), Ok(None), "{}", wire[..len].escape_ascii());
            }
            for len in possible + 1..=wire.len() {
                let refused = Err(HandshakeError::NotHttp);
                assert_eq!(Request::parse(&wire[..len]), refused, "{}", wire[..len].escape_ascii());
            }
        }
    }

    #[test]
    fn limits_hold() {
        let mut wire = b"GET / HTTP/1.1\r\n".to_vec();
        for _ in 0..129 {
            wire.extend_from_slice(b"A: b\r\n");
        }
        wire.extend_from_slice(b"\r\n");
        assert_eq!(Request::parse(&wire), Err(HandshakeError::TooManyHeaders));
        let limits = HeadLimits { max_headers: 129, ..HeadLimits::default() };
        assert_eq!(Request::parse_within(&wire, &limits).unwrap().unwrap().0.headers().len(), 129);
        assert_eq!(Request::parse(&[b'x'; 65_536]), Err(HandshakeError::HeadTooLong));
    }

    #[test]
    fn writes_what_it_reads() {
        let key = Key::new([7; 16]);
        let request = Request::upgrade("/", "h", &key).unwrap().with_header("X", "a\tb é").unwrap();
        let wire = request.to_bytes();
        assert_eq!(Request::parse(&wire).unwrap().unwrap(), (request, wire.len()));
    }

    #[test]
    fn injection_is_refused() {
        let key = Key::new([7; 16]);
        for bad in ["/a b", "/\r\nX: y", "", "/é"] {
            assert!(Request::upgrade(bad, "h", &key).is_err(), "{bad:?}");
        }
        let request = Request::upgrade("/", "h", &key).unwrap();
        for (name, value) in
            [("X", "a\r\nY: b"), ("X", "a\nb"), ("X\r\n", "a"), ("X:", "a"), ("", "a"), ("X", "\0")]
        {
            assert!(request.clone().with_header(name, value).is_err(), "{name:?} {value:?}");
        }
        assert!(request.with_method("GET /x").is_err());
    }
}
