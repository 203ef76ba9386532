//! A WebSocket over HTTP/2 or HTTP/3 (RFC 8441, RFC 9220): the handshake is an Extended CONNECT, without key and accept.

use wsproof_core::deflate::{self, NAME};
use wsproof_core::handshake::ExtensionList;

use crate::checks;
use crate::model::{Connection, Handshake, Head};

/// The connection with this handshake; without a response where none was recorded.
pub(crate) fn connection(name: String, request: Head, response: Option<Head>) -> Connection {
    let mut connection = Connection::new(name);
    connection.notes.push(
        "a WebSocket over HTTP/2 (RFC 8441): CONNECT and 2xx open it, without key and accept".to_owned(),
    );
    let mut handshake = Handshake { request: Some(request), response, ..Handshake::default() };
    if let Some(response) = &handshake.response {
        if checks::opens_by_connect(&response.line) {
            handshake.protocol = response.value("Sec-WebSocket-Protocol").map(str::to_owned);
            handshake.deflate = response.value("Sec-WebSocket-Extensions").and_then(agreed);
        } else {
            let line = &response.line;
            connection.notes.push(format!("the server refused, with \"{line}\": no WebSocket was opened"));
        }
    }
    handshake.checks = checks::of_connect(&handshake);
    connection.handshake = Some(handshake);
    connection
}

fn agreed(extensions: &str) -> Option<String> {
    let list = ExtensionList::parse(extensions).ok()?;
    deflate::Response::from_extension(list.get(NAME)?).ok().map(|agreed| agreed.to_string())
}
