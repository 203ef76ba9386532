//! The client's judgement of a response (RFC 6455 §4.1, "Once the client's opening handshake has been sent").

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::syntax::is_token;
use super::{ExtensionList, HandshakeError, HandshakeWarning, Headers, HttpVersion, Key, Response};

/// What both ends agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// The subprotocol that the server chose, if any.
    pub protocol: Option<String>,
    /// The extensions that the server chose, in the order in which they transform outgoing data (§9.1).
    pub extensions: ExtensionList,
    /// What is wrong in the response though the connection stands: see [`Response::warnings`].
    pub warnings: Vec<HandshakeWarning>,
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
        return Err(HandshakeError::ResponseHttpVersion);
    }
    check_upgrade(headers)?;
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
    Ok(Agreement { protocol: protocol.map(str::to_owned), extensions, warnings: response.warnings() })
}

/// §4.1 item 2: the value *is* "websocket". A list is not foreseen as it is in a request, nor is a second field, which
/// makes one; Chrome refuses both.
fn check_upgrade(headers: &Headers) -> Result<(), HandshakeError> {
    const SHOWN: usize = 100;
    let mut values = headers.all("Upgrade");
    let Some(first) = values.next() else { return Err(HandshakeError::Upgrade) };
    let more = values.next();
    if more.is_none() && first.eq_ignore_ascii_case("websocket") {
        return Ok(());
    }
    let mut value = String::new();
    for (at, part) in core::iter::once(first).chain(more).chain(values).enumerate() {
        let room = SHOWN.saturating_sub(value.chars().count());
        value.extend(if at == 0 { "" } else { ", " }.chars().chain(part.chars()).take(room));
    }
    Err(HandshakeError::UpgradeValue(value))
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
            ("HTTP/1.1", "HTTP/1.0", HandshakeError::ResponseHttpVersion),
            ("Upgrade: websocket\r\n", "", HandshakeError::Upgrade),
            (
                "Upgrade: websocket",
                "Upgrade: h2c, websocket",
                HandshakeError::UpgradeValue("h2c, websocket".into()),
            ),
            (
                "Connection:",
                "upgrade: websocket\r\nConnection:",
                HandshakeError::UpgradeValue("websocket, websocket".into()),
            ),
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
        // A list of connection options may be in one field or in several (RFC 9110 §5.3).
        for list in
            ["keep-alive, Upgrade", "keep-alive\r\nConnection: Upgrade", "upgrade\r\nConnection: keep-alive"]
        {
            let agreed = judge(&GOOD.replace("Connection: Upgrade", &alloc::format!("Connection: {list}")));
            assert_eq!(agreed.unwrap().warnings, [], "{list}");
        }
    }

    #[test]
    fn errors_name_the_side_and_the_value() {
        let text = |from: &str, to: &str| {
            let error = judge(&GOOD.replacen(from, to, 1)).unwrap_err();
            alloc::format!("{error} ({})", error.clause())
        };
        assert_eq!(
            text("HTTP/1.1", "HTTP/1.0"),
            "the response is HTTP/1.0; the handshake needs HTTP/1.1 (RFC 6455 §4.2.2 item 5.1)"
        );
        assert_eq!(
            text("Connection:", "Upgrade: websocket\r\nConnection:"),
            "the value of the response's Upgrade header is \"websocket, websocket\", not \"websocket\" (RFC 6455 \
             §4.1 item 2)"
        );
        assert!(text("Sec-WebSocket-Accept", "X").ends_with("(RFC 6455 §4.1 item 4)"));
        let long = text("Connection:", &alloc::format!("Upgrade: {}\r\nConnection:", "\u{e9}".repeat(5000)));
        // A hundred characters, escaped.
        assert!(long.chars().count() < 1000, "{long}");
    }

    #[test]
    fn what_need_not_end_the_handshake_is_told() {
        for (field, want) in [
            ("Content-Length: 0", HandshakeWarning::ContentLength),
            ("transfer-encoding: chunked", HandshakeWarning::TransferEncoding),
            ("Connection: close", HandshakeWarning::ConnectionClose),
        ] {
            let agreed = judge(&GOOD.replace("\r\n\r\n", &alloc::format!("\r\n{field}\r\n\r\n"))).unwrap();
            assert_eq!(agreed.warnings, [want]);
        }
        assert_eq!(judge(GOOD).unwrap().warnings, []);
        // Elsewhere these fields are as they should be.
        let refusal = Response::refuse(&HandshakeError::Host);
        assert_eq!((refusal.header("Content-Length"), refusal.warnings()), (Some("0"), alloc::vec![]));
    }
}
