//! The opening handshake, as a server that tests clients sees it.
//!
//! It is more lenient than a server need be where strictness would keep a testee from being tested at all: `Host` may
//! name another port (the port may be mapped, or behind a proxy), version 8 will do, and extension offers that make no
//! sense are declined, not refused.

use wsproof_core::handshake::{HttpVersion, Request, accept_key};

/// Explains [`Judgement::Plain`] to users who wonder why their client is not tested.
pub(super) const PLAIN: &str =
    "the request has no Upgrade header, so it was answered as that of a browser (RFC 6455 §4.1 item 5)";

/// What to do with a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is a WebSocket handshake, and this is the value of `Sec-WebSocket-Accept`.
    Accept(String),
    /// It is a request as browsers and health checks make it.
    Plain,
    /// It is neither.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Judges a request.
pub(super) fn judge(request: &Request) -> Judgement {
    match check(request) {
        Ok(Some(accept)) => Judgement::Accept(accept),
        Ok(None) => Judgement::Plain,
        Err((status, reason)) => Judgement::Refuse { status, reason },
    }
}

fn check(request: &Request) -> Result<Option<String>, (u16, &'static str)> {
    let headers = request.headers();
    let upgrades = headers.all("Upgrade").next().is_some();
    if request.method() != "GET" && (upgrades || request.method() != "HEAD") {
        return Err((405, "the method must be GET"));
    }
    if !upgrades {
        return Ok(None);
    }
    if request.version() != HttpVersion::Http11 {
        return Err((505, "the handshake needs HTTP/1.1"));
    }
    if request.target().contains('#') {
        return Err((400, "the request target has a fragment (#), which WebSocket URLs must not have"));
    }
    if headers.all("Host").count() != 1 {
        return Err((400, "there must be exactly one Host header"));
    }
    if !headers.has_token("Upgrade", "websocket") {
        return Err((400, "the Upgrade header does not name websocket"));
    }
    if !headers.has_token("Connection", "Upgrade") {
        return Err((400, "the Connection header does not name Upgrade"));
    }
    let version = headers
        .at_most_one("Sec-WebSocket-Version")
        .map_err(|_| (400, "two Sec-WebSocket-Version headers"))?;
    let origin = match version {
        None => return Err((400, "the Sec-WebSocket-Version header is missing")),
        Some("13") => "Origin",
        Some("8") => "Sec-WebSocket-Origin",
        Some(_) => return Err((426, "Sec-WebSocket-Version must be 13 (or 8)")),
    };
    let mut protocols: Vec<&str> = headers.list("Sec-WebSocket-Protocol").collect();
    let asked = protocols.len();
    protocols.sort_unstable();
    protocols.dedup();
    if protocols.len() != asked {
        return Err((400, "a subprotocol is named twice"));
    }
    if headers.at_most_one(origin).is_err() {
        return Err((400, "there is more than one header with the origin"));
    }
    let key = headers.at_most_one("Sec-WebSocket-Key").map_err(|_| (400, "two Sec-WebSocket-Key headers"))?;
    match key {
        None => Err((400, "the Sec-WebSocket-Key header is missing")),
        Some(key) if is_key(key) => Ok(Some(accept_key(key))),
        Some(_) => {
            Err((400, "Sec-WebSocket-Key is not base64 of 16 octets (24 characters, two = at the end)"))
        }
    }
}

/// The form alone: bits that base64 leaves over need not be zero.
fn is_key(key: &str) -> bool {
    key.strip_suffix("==").is_some_and(|text| {
        text.len() == 22 && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/')
    })
}

/// A whole answer with a short text for people.
pub(super) fn refusal(status: u16, reason: &str) -> Vec<u8> {
    let (phrase, extra) = match status {
        403 => ("Forbidden", ""),
        405 => ("Method Not Allowed", "Allow: GET\r\n"),
        408 => ("Request Timeout", ""),
        426 => ("Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13, 8\r\n"),
        431 => ("Request Header Fields Too Large", ""),
        500 => ("Internal Server Error", ""),
        503 => ("Service Unavailable", ""),
        505 => ("HTTP Version Not Supported", ""),
        _ => ("Bad Request", ""),
    };
    let connection = if status == 426 { "close, Upgrade" } else { "close" };
    format!(
        "HTTP/1.1 {status} {phrase}\r\n{extra}Connection: {connection}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Length: {}\r\n\r\n{reason}\n",
        reason.len() + 1
    )
    .into_bytes()
}

/// The answer that opens the connection. No subprotocol and no extension is ever chosen here.
pub(super) fn switching(accept: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nServer: wsproof/{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "GET /getCaseCount HTTP/1.1\r\nHost: testee:1\r\nUpgrade: WebSocket\r\n\
                        Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                        Sec-WebSocket-Version: 13\r\n\r\n";

    fn judged(head: &str) -> Judgement {
        judge(&Request::parse(head.as_bytes()).unwrap().unwrap().0)
    }

    fn with(line: &str) -> Judgement {
        judged(&GOOD.replace("\r\n\r\n", &format!("\r\n{line}\r\n\r\n")))
    }

    fn accepted() -> Judgement {
        Judgement::Accept("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned())
    }

    #[test]
    fn good_requests_and_odd_ones_are_accepted() {
        assert_eq!(judged(GOOD), accepted());
        assert_eq!(judged(&GOOD.replace("testee:1", "other")), accepted());
        assert_eq!(judged(&GOOD.replace("Version: 13", "Version: 8")), accepted());
        for line in [
            "Sec-WebSocket-Extensions: permessage-deflate; no_such=1",
            "Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: ;;=",
            "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c",
            "Origin: null",
            "Upgrade: h2c",
        ] {
            assert_eq!(with(line), accepted(), "{line}");
        }
        // Spare bits of the last character are not zero.
        assert!(matches!(judged(&GOOD.replace("jZQ==", "jZR==")), Judgement::Accept(_)));
    }

    #[test]
    fn requests_without_upgrade_are_plain() {
        assert_eq!(judged("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Judgement::Plain);
        assert_eq!(judged("GET / HTTP/1.0\r\n\r\n"), Judgement::Plain);
        assert_eq!(judged("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"), Judgement::Plain);
    }

    #[test]
    fn each_rule_has_its_status() {
        for (from, to, status) in [
            ("GET", "POST", 405),
            ("GET", "HEAD", 405),
            ("HTTP/1.1", "HTTP/1.0", 505),
            ("/getCaseCount", "/x#y", 400),
            ("Host: testee:1\r\n", "", 400),
            ("WebSocket", "h2c", 400),
            ("keep-alive, Upgrade", "keep-alive", 400),
            ("Sec-WebSocket-Version: 13\r\n", "", 400),
            ("Version: 13", "Version: 7", 426),
            ("Version: 13", "Version: 13, 8", 426),
            ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400),
            ("jZQ==", "jZ===", 400),
            ("jZQ==", "==", 400),
            ("dGhl", "d-hl", 400),
        ] {
            let head = GOOD.replace(from, to);
            assert!(matches!(judged(&head), Judgement::Refuse { status: s, .. } if s == status), "{head}");
        }
        for line in [
            "Host: again",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: a, b, a",
            "Origin: a\r\nOrigin: b",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ] {
            assert!(matches!(with(line), Judgement::Refuse { status: 400, .. }), "{line}");
        }
    }

    #[test]
    fn answers_are_whole() {
        let text = String::from_utf8(refusal(426, "why")).unwrap();
        assert!(text.starts_with("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"), "{text}");
        assert!(text.ends_with("Content-Length: 4\r\n\r\nwhy\n"), "{text}");
        let text = String::from_utf8(switching("x")).unwrap();
        assert!(text.ends_with("Sec-WebSocket-Accept: x\r\n\r\n"), "{text}");
    }
}
