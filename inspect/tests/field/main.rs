//! What users bring: each kind of input on which a user of a WebSocket debugger ran into trouble in public, made anew and
//! small, with the right value.

mod archives;
mod connections;
mod hostile;
mod links;
mod octets;
mod packed;
mod packets;
mod texts;

use wsproof_inspect::{Capture, Connection, Options, Sender, read};

const CLIENT: Sender = Sender::Client;
const SERVER: Sender = Sender::Server;

const REQUEST: &[u8] = b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// `text "hi"`, of a server.
const HI: &[u8] = b"\x81\x02hi";

/// `text "Hello"`, of a client.
const HELLO: &[u8] = b"\x81\x85\x01\x02\x03\x04Igohn";

fn open(octets: &[u8]) -> Capture {
    read(octets, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn text(text: &str) -> Capture {
    read(text.as_bytes(), &Options::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The only connection of a capture.
fn only(capture: Capture) -> Connection {
    assert_eq!(capture.connections.len(), 1, "{:?}", capture.notes);
    capture.connections.into_iter().next().unwrap()
}

/// The messages as text, each with its sender.
fn said(connection: &Connection) -> Vec<(Sender, String)> {
    let text = |message: &wsproof_inspect::Message| {
        message.text().unwrap_or_else(|| wsproof_inspect::hex(&message.octets))
    };
    connection.messages.iter().map(|message| (message.sender, text(message))).collect()
}

/// The clause and the octet of each broken rule, the handshake's first.
fn broken(connection: &Connection) -> Vec<(&str, Option<u64>)> {
    let handshake = connection.handshake.iter().flat_map(|handshake| &handshake.violations);
    let frames = connection.frames.iter().flat_map(|frame| &frame.violations);
    let all = handshake.chain(&connection.told_violations).chain(frames);
    all.map(|finding| (finding.clause.as_str(), finding.offset)).collect()
}

#[track_caller]
fn has_note(notes: &[String], words: &str) {
    assert!(notes.iter().any(|note| note.contains(words)), "`{words}` is not in {notes:#?}");
}

/// One WebSocket on which the server says "hi", and no rule is broken.
#[track_caller]
fn is_hi(capture: Capture) -> Connection {
    let connection = only(capture);
    assert_eq!(said(&connection), [(SERVER, "hi".to_owned())], "{connection:#?}");
    assert_eq!(broken(&connection), [], "{connection:#?}");
    connection
}
