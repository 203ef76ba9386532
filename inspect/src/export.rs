//! What was captured, in forms that other programs take: an HTTP archive, JSON lines, a scenario to run again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wsproof_core::frame::Opcode;

use crate::model::{Capture, Connection, Frame, Head, Message, Sender, hex};

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

/// Longest time that the scenario waits for the testee's answers, in seconds.
const PATIENCE: u32 = 5;

/// A scenario (docs/scenarios.md) that sends again what one end sent, frame by frame, and wants the same messages and
/// pongs back. `None` if that end sent nothing.
///
/// Masking keys are new ones, and of a frame that is not whole only what is there is sent.
pub fn scenario(connection: &Connection, sender: Sender) -> Option<String> {
    let mut steps = Vec::new();
    let deflate = connection.handshake.as_ref().and_then(|handshake| handshake.deflate.as_deref());
    let compressed = connection.messages.iter().any(|message| message.compressed);
    if compressed {
        steps.push(json!({"do": "require_deflate"}));
    }
    let mut answered = false;
    for frame in &connection.frames {
        let closes = frame.opcode == Opcode::CLOSE.get();
        match (frame.sender == sender, closes) {
            (true, false) => steps.push(step(frame)),
            // A close that answers the other end's is left to whoever runs the scenario.
            (true, true) if answered => break,
            (true, true) if frame.fin && frame.rsv == 0 => {
                steps.push(json!({"do": "close", "payload": octets(&frame.payload)}));
                break;
            }
            (true, true) => steps.push(step(frame)),
            (false, _) => answered |= closes,
        }
    }
    if connection.frames.is_empty() {
        for message in connection.messages.iter().filter(|message| message.sender == sender) {
            steps.push(json!({
                "do": "message", "binary": message.binary, "payload": octets(&message.octets),
            }));
        }
    }
    if steps.len() == usize::from(compressed) {
        return None;
    }
    steps.push(json!({"do": "close_after", "seconds": PATIENCE}));
    let mut scenario = json!({
        "description": format!("What the {} sent in a capture of {}.", side(sender), name(connection)),
        "expectation": "The same messages and pongs as in the capture.",
        "steps": steps,
        "accept": [{"events": answers(connection, sender)}],
    });
    if compressed {
        scenario["deflate"] = json!([agreement(deflate.unwrap_or_default(), sender)]);
    }
    serde_json::to_string_pretty(&scenario).ok()
}

/// The one frame as a scenario.
pub fn frame_scenario(frame: &Frame) -> String {
    let scenario = json!({
        "description": format!("One frame of a capture: opcode {}, {} octets.", frame.opcode, frame.payload.len()),
        "steps": [step(frame), {"do": "close_after", "seconds": 1}],
        "accept": [{"events": []}],
    });
    serde_json::to_string_pretty(&scenario).unwrap_or_default()
}

/// The one message as a scenario: an echo is wanted.
pub fn message_scenario(message: &Message) -> String {
    let payload = octets(&message.octets);
    let scenario = json!({
        "description": format!("One message of a capture, {} octets.", message.octets.len()),
        "steps": [
            {"do": "message", "binary": message.binary, "payload": payload},
            {"do": "close_after", "seconds": 1},
        ],
        "accept": [{"events": [{"event": "message", "binary": message.binary, "payload": payload}]}],
    });
    serde_json::to_string_pretty(&scenario).unwrap_or_default()
}

fn step(frame: &Frame) -> Value {
    let mut step = json!({"do": "frame", "opcode": opcode(frame.opcode), "payload": octets(&frame.payload)});
    if !frame.fin {
        step["fin"] = false.into();
    }
    if frame.rsv != 0 {
        step["rsv"] = frame.rsv.into();
    }
    step
}

fn opcode(opcode: u8) -> Value {
    match Opcode::new(opcode).name() {
        Some(name) => name.to_lowercase().into(),
        None => opcode.into(),
    }
}

/// The messages and pongs of the other end, in the order in which they were complete.
fn answers(connection: &Connection, sender: Sender) -> Vec<Value> {
    let event = |message: &Message| json!({"event": "message", "binary": message.binary, "payload": octets(&message.octets)});
    if connection.frames.is_empty() {
        return connection.messages.iter().filter(|message| message.sender != sender).map(event).collect();
    }
    let theirs = connection.frames.iter().filter(|frame| frame.sender != sender);
    theirs
        .filter_map(|frame| match frame.message {
            Some(index) if frame.fin => connection.messages.get(index).map(event),
            None if frame.opcode == Opcode::PONG.get() => {
                Some(json!({"event": "pong", "payload": octets(&frame.payload)}))
            }
            _ => None,
        })
        .collect()
}

/// What was agreed on, as an entry of `deflate`: as the sender of the scenario sees it.
fn agreement(agreed: &str, sender: Sender) -> Value {
    let mut entry = json!({});
    for param in agreed.split(';').map(str::trim) {
        let (name, value) =
            param.split_once('=').map_or((param, ""), |(name, value)| (name.trim(), value.trim()));
        let (whose, what) = match name.split_once('_') {
            Some(("server", what)) => (Sender::Server, what),
            Some(("client", what)) => (Sender::Client, what),
            _ => continue,
        };
        let key = if whose == sender { format!("own_{what}") } else { what.to_owned() };
        entry[key] = value.trim_matches('"').parse::<u8>().map_or(Value::Bool(true), Into::into);
    }
    entry
}

fn octets(octets: &[u8]) -> Value {
    match std::str::from_utf8(octets) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) => {
            json!({"text": text})
        }
        _ => json!({"hex": hex(octets)}),
    }
}

fn side(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    }
}

fn name(connection: &Connection) -> &str {
    if connection.name.is_empty() { "octets" } else { &connection.name }
}
