//! The server's judgement of a request (RFC 6455 §4.2.1) and its choice of subprotocol (§4.2.2).

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::syntax::is_token;
use super::{ExtensionList, HandshakeError, HttpVersion, Key, Request, VERSION};

/// What a valid upgrade request offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The client's nonce.
    pub key: Key,
    /// Subprotocols in the client's order of preference; empty when none was named.
    pub protocols: Vec<String>,
    /// Extensions in the client's order of preference; empty when none was named.
    pub extensions: ExtensionList,
}

impl Offer {
    /// Judges a request by RFC 6455 §4.2.1. `Origin` is left to the application.
    ///
    /// # Errors
    ///
    /// The first rule broken, in the order of §4.2.1, then subprotocols, then extensions.
    pub fn from_request(request: &Request) -> Result<Self, HandshakeError> {
        let headers = request.headers();
        if request.method() != "GET" {
            return Err(HandshakeError::Method);
        }
        if request.version() < HttpVersion::Http11 {
            return Err(HandshakeError::HttpVersion);
        }
        if !is_resource(request.target()) {
            return Err(HandshakeError::Target);
        }
        if headers.all("Host").count() != 1 {
            return Err(HandshakeError::Host);
        }
        if !headers.has_token("Upgrade", "websocket") {
            return Err(HandshakeError::Upgrade);
        }
        if !headers.has_token("Connection", "Upgrade") {
            return Err(HandshakeError::Connection);
        }
        let key = headers
            .at_most_one("Sec-WebSocket-Key")?
            .ok_or(HandshakeError::MissingHeader("Sec-WebSocket-Key"))?;
        let key = Key::parse(key)?;
        let version = headers
            .at_most_one("Sec-WebSocket-Version")?
            .ok_or(HandshakeError::MissingHeader("Sec-WebSocket-Version"))?;
        if version != VERSION {
            return Err(HandshakeError::Version);
        }
        let mut protocols: Vec<String> = Vec::new();
        for protocol in headers.list("Sec-WebSocket-Protocol") {
            if !is_token(protocol) || protocols.iter().any(|known| known == protocol) {
                return Err(HandshakeError::Protocol);
            }
            protocols.push(protocol.to_owned());
        }
        Ok(Self { key, protocols, extensions: headers.extensions()? })
    }

    /// The first of `supported` (the server's order of preference) that the client offered. Names compare with regard
    /// to case (§11.5).
    #[must_use]
    pub fn choose_protocol<'a>(&self, supported: &[&'a str]) -> Option<&'a str> {
        supported.iter().copied().find(|name| self.protocols.iter().any(|offered| offered == name))
    }
}

/// §4.2.1 item 1: a path, or an absolute `http`, `https`, `ws` or `wss` URI; no fragment (§3).
fn is_resource(target: &str) -> bool {
    let absolute = || {
        target.split_once("://").is_some_and(|(scheme, rest)| {
            ["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
                && !rest.is_empty()
        })
    };
    (target.starts_with('/') || absolute()) && !target.contains('#')
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::handshake::Response;

    const GOOD: &str = "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: chat, superchat\r\n\r\n";

    fn judge(wire: &str) -> Result<Offer, HandshakeError> {
        Offer::from_request(&Request::parse(wire.as_bytes())?.expect("whole").0)
    }

    #[test]
    fn each_rule() {
        assert!(judge(GOOD).is_ok());
        for (from, to, want) in [
            ("GET", "POST", HandshakeError::Method),
            ("HTTP/1.1", "HTTP/1.0", HandshakeError::HttpVersion),
            ("/chat", "chat", HandshakeError::Target),
            ("/chat", "*", HandshakeError::Target),
            ("/chat", "ftp://h/", HandshakeError::Target),
            ("/chat", "/#a", HandshakeError::Target),
            ("Host: h\r\n", "", HandshakeError::Host),
            ("Host: h\r\n", "Host: h\r\nHost: h\r\n", HandshakeError::Host),
            ("Upgrade: websocket", "Upgrade: h2c", HandshakeError::Upgrade),
            ("Upgrade: websocket", "Upgrade: websockets", HandshakeError::Upgrade),
            ("Connection: Upgrade", "Connection: close", HandshakeError::Connection),
            ("Sec-WebSocket-Key: ", "X: ", HandshakeError::MissingHeader("Sec-WebSocket-Key")),
            ("Key: d", "Key: d!", HandshakeError::BadKey),
            (
                "Sec-WebSocket-V",
                "Sec-WebSocket-Key: a\r\nSec-WebSocket-V",
                HandshakeError::RepeatedHeader("Sec-WebSocket-Key"),
            ),
            ("Version: 13", "Version: 8", HandshakeError::Version),
            ("Version: 13", "Version: 013", HandshakeError::Version),
            ("Sec-WebSocket-Version", "X", HandshakeError::MissingHeader("Sec-WebSocket-Version")),
            ("superchat", "chat", HandshakeError::Protocol),
            ("superchat", "super/chat", HandshakeError::Protocol),
        ] {
            assert!(GOOD.contains(from), "{from}");
            assert_eq!(judge(&GOOD.replacen(from, to, 1)), Err(want), "{from} -> {to}");
        }
        for (from, to) in [
            ("Upgrade: websocket", "upgrade: WebSocket, h2c"),
            ("Connection: Upgrade", "Connection: keep-alive, upgrade"),
            ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade"),
            ("/chat", "ws://h/chat"),
        ] {
            assert!(judge(&GOOD.replacen(from, to, 1)).is_ok(), "{to}");
        }
    }

    #[test]
    fn choice_is_by_the_servers_preference_and_never_a_stranger() {
        let offer = judge(GOOD).unwrap();
        assert_eq!(offer.choose_protocol(&["superchat", "chat"]), Some("superchat"));
        assert_eq!(offer.choose_protocol(&["Chat"]), None);
        assert_eq!(
            Response::accept(&offer, Some("other"), None),
            Err(HandshakeError::ProtocolNotOffered("other".to_string()))
        );
        let extensions = ExtensionList::parse("x-nobody").unwrap();
        assert_eq!(
            Response::accept(&offer, None, Some(&extensions)),
            Err(HandshakeError::ExtensionNotOffered("x-nobody".to_string()))
        );
        let response = Response::accept(&offer, Some("chat"), None).unwrap();
        assert_eq!(response.header("Sec-WebSocket-Accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
}
