//! Exports a capture in formats of other programs: an HTTP archive, JSON lines, packets, a scenario to run again.

mod pcapng;
mod scenario;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::{Capture, Connection, Head, Message, Sender};
pub use pcapng::pcapng;
pub use scenario::{frame_scenario, message_scenario, scenario};

/// An HTTP archive with `_webSocketMessages`, of all connections. It has messages only.
///
/// Times count from the beginning of each connection, since captures seldom tell the hour.
pub fn har(capture: &Capture) -> String {
    let entries: Vec<Value> = capture.connections.iter().map(entry).collect();
    let log = json!({
        "version": "1.2",
        "creator": {"name": "wsproof", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries,
    });
    json!({ "log": log }).to_string()
}

fn entry(connection: &Connection) -> Value {
    let handshake = connection.handshake.as_ref();
    let request = handshake.and_then(|handshake| handshake.request.as_ref());
    let response = handshake.and_then(|handshake| handshake.response.as_ref());
    let word = |head: Option<&Head>, at: usize| {
        head.and_then(|head| head.line.split(' ').nth(at)).unwrap_or_default().to_owned()
    };
    let status: u16 = word(response, 1).parse().unwrap_or_default();
    let messages: Vec<Value> = connection.messages.iter().map(archived).collect();
    json!({
        "_resourceType": "websocket",
        "startedDateTime": "1970-01-01T00:00:00.000Z",
        "time": 0,
        "request": {
            "method": "GET", "url": connection.name, "httpVersion": "HTTP/1.1", "headers": fields(request),
            "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0,
        },
        "response": {
            "status": status,
            "statusText": response
                .and_then(|head| head.line.splitn(3, ' ').nth(2))
                .unwrap_or_default(),
            "httpVersion": "HTTP/1.1", "headers": fields(response), "cookies": [], "redirectURL": "",
            "content": {"size": 0, "mimeType": ""}, "headersSize": -1, "bodySize": 0,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_webSocketMessages": messages,
    })
}

fn fields(head: Option<&Head>) -> Vec<Value> {
    let fields = head.map(|head| &head.headers[..]).unwrap_or_default();
    fields.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn archived(message: &Message) -> Value {
    json!({
        "type": if message.sender == Sender::Client { "send" } else { "receive" },
        "time": message.time_us.unwrap_or_default() as f64 / 1e6,
        "opcode": if message.binary { 2 } else { 1 },
        "data": message.text().unwrap_or_else(|| STANDARD.encode(&message.octets)),
    })
}

/// A line of JSON for each frame, or, where the capture has none, for each message.
pub fn json_lines(connection: &Connection) -> String {
    let mut lines = String::new();
    let mut push = |value: serde_json::Result<Value>, text: Option<String>| {
        let Ok(mut value) = value else { return };
        if let Some(text) = text {
            value["text"] = text.into();
        }
        lines.push_str(&value.to_string());
        lines.push('\n');
    };
    if connection.frames.is_empty() {
        for message in &connection.messages {
            push(serde_json::to_value(message), message.text());
        }
    }
    for frame in &connection.frames {
        push(serde_json::to_value(frame), frame.text(connection));
    }
    lines
}
