//! The client's judgement of a response (RFC 6455 §4.1, "Once the client's opening handshake has been sent").

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use super::syntax::is_token;
use super::{ExtensionList, HandshakeError, HttpVersion, Key, Response};

/// What both ends agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// The subprotocol that the server chose, if any.
    pub protocol: Option<String>,
    /// The extensions that the server chose, in the order in which they transform outgoing data (§9.1).
    pub extensions: ExtensionList,
}

/// Judges a response by RFC 6455 §4.1, given what the request offered. Whether the *parameters* of a chosen extension
/// are acceptable is for that extension to say.
///
/// # Errors
///
/// The first rule broken, in the order of §4.1.
pub fn check_response(
    response: &Response,
    key: &Key,
    offered_protocols: &[&str],
    offered_extensions: &ExtensionList,
) -> Result<Agreement, HandshakeError> {
    let headers = response.headers();
    if response.status() != 101 {
        return Err(HandshakeError::Status(response.status()));
    }
    if response.version() < HttpVersion::Http11 {
        return Err(HandshakeError::HttpVersion);
    }
    // §4.1 item 2: the value *is* "websocket"; a list is not foreseen here as it is in a request.
    if !headers.get("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return Err(HandshakeError::Upgrade);
    }
    if !headers.has_token("Connection", "Upgrade") {
        return Err(HandshakeError::Connection);
    }
    let accept = headers
        .at_most_one("Sec-WebSocket-Accept")?
        .ok_or(HandshakeError::MissingHeader("Sec-WebSocket-Accept"))?;
    if accept != key.accept() {
        return Err(HandshakeError::Accept);
    }
    let extensions = headers.extensions()?;
    if let Some(stranger) = extensions.iter().find(|chosen| !offered_extensions.has(chosen.name())) {
        return Err(HandshakeError::ExtensionNotOffered(stranger.name().to_owned()));
    }
    let protocol = headers.at_most_one("Sec-WebSocket-Protocol")?;
    if let Some(protocol) = protocol {
        if !is_token(protocol) {
            return Err(HandshakeError::Protocol);
        }
        if !offered_protocols.contains(&protocol) {
            return Err(HandshakeError::ProtocolNotOffered(protocol.to_owned()));
        }
    }
    Ok(Agreement { protocol: protocol.map(str::to_owned), extensions })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\
        Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

    fn judge(wire: &str) -> Result<Agreement, HandshakeError> {
        let (response, _) = Response::parse(wire.as_bytes())?.expect("whole");
        let offered = ExtensionList::parse("permessage-deflate; client_max_window_bits").unwrap();
        check_response(&response, &Key::new(*b"the sample nonce"), &["chat"], &offered)
    }

    #[test]
    fn each_rule() {
        assert_eq!(judge(GOOD).unwrap().protocol.as_deref(), Some("chat"));
        for (from, to, want) in [
            ("101 Switching Protocols", "200 OK", HandshakeError::Status(200)),
            ("HTTP/1.1", "HTTP/1.0", HandshakeError::HttpVersion),
            ("Upgrade: websocket\r\n", "", HandshakeError::Upgrade),
            ("Upgrade: websocket", "Upgrade: h2c, websocket", HandshakeError::Upgrade),
            ("Connection: Upgrade", "Connection: close", HandshakeError::Connection),
            ("Sec-WebSocket-Accept", "X", HandshakeError::MissingHeader("Sec-WebSocket-Accept")),
            ("s3pP", "S3pP", HandshakeError::Accept),
            ("Protocol: chat", "Protocol: Chat", HandshakeError::ProtocolNotOffered("Chat".into())),
            ("Protocol: chat", "Protocol: chat, chat", HandshakeError::Protocol),
            (
                "Extensions: permessage-deflate",
                "Extensions: x",
                HandshakeError::ExtensionNotOffered("x".into()),
            ),
        ] {
            assert!(GOOD.contains(from), "{from}");
            assert_eq!(judge(&GOOD.replacen(from, to, 1)), Err(want), "{from} -> {to}");
        }
        assert!(judge(&GOOD.replace("permessage-deflate", "")).is_err());
        assert!(judge(&GOOD.replace("websocket\r\n", "WebSocket\r\n")).is_ok());
    }
}
