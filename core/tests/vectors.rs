//! The shared vectors: `tests/vectors/codec.json` holds streams, requests and responses, and what this codec says of them. Every face
//! of wsproof runs them and must say the same, to the letter.
//!
//! After a change that is meant, `WSPROOF_BLESS=1` writes what is said now; look at the difference before you commit it.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use wsproof_core::Role;
use wsproof_core::deflate::{Inflater, Response};
use wsproof_core::handshake::{self, ExtensionList, HandshakeError, Key, Offer, Request, check_response};
use wsproof_core::message::{Event, Limits, MessageDecoder, Options};

#[test]
fn the_shared_vectors() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/codec.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut vectors: Value = serde_json::from_str(&text).unwrap();
    for vector in vectors["streams"].as_array_mut().unwrap() {
        let wire = hex(vector["wire"].as_str().unwrap());
        let said = said(vector, &wire, wire.len());
        for step in [1, 2, 3, 7, 1000] {
            assert_eq!(self::said(vector, &wire, step), said, "{} by {step}", vector["name"]);
        }
        put(vector, said);
    }
    for vector in vectors["requests"].as_array_mut().unwrap() {
        let said = request(vector["head"].as_str().unwrap());
        put(vector, said);
    }
    for vector in vectors["responses"].as_array_mut().unwrap() {
        let said = response(vector);
        put(vector, said);
    }
    let now = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
    if std::env::var_os("WSPROOF_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
        return;
    }
    assert!(now == text, "codec.json says otherwise: WSPROOF_BLESS=1 writes what is said now");
}

fn put(vector: &mut Value, said: Map<String, Value>) {
    let vector = vector.as_object_mut().unwrap();
    for (key, value) in said {
        vector.insert(key, value);
    }
}

/// What a decoder says of a stream that comes in pieces of `step` octets, with adjacent pieces of a message joined.
fn said(vector: &Value, wire: &[u8], step: usize) -> Map<String, Value> {
    let receiver = if vector["receiver"] == "server" { Role::Server } else { Role::Client };
    let number = |name: &str| vector[name].as_u64();
    let default = Limits::default();
    let limits = Limits {
        max_frame: number("maxFrame").unwrap_or(default.max_frame),
        max_message: number("maxMessage").unwrap_or(default.max_message),
        max_fragments: number("maxFragments").map_or(default.max_fragments, |most| most as u32),
    };
    let options = Options { limits, allowed_rsv: number("allowedRsv").unwrap_or(0) as u8 };
    let mut decoder = MessageDecoder::new(receiver, options);
    if let Some(agreed) = vector["deflate"].as_str() {
        let list = ExtensionList::parse(agreed).unwrap();
        let agreed = Response::from_extension(list.iter().next().unwrap()).unwrap();
        decoder = decoder.with_inflater(Inflater::new(agreed.sending(receiver.peer())));
    }
    let mut events: Vec<Value> = Vec::new();
    let mut in_message = false;
    let mut payload: Vec<u8> = Vec::new();
    let mut violation = Value::Null;
    'stream: for piece in wire.chunks(step.max(1)) {
        let mut piece = piece.to_vec();
        let mut source = decoder.decode(&mut piece);
        loop {
            let event = match source.next_event() {
                Ok(None) => break,
                Ok(Some(event)) => event,
                Err(broken) => {
                    let kind = format!("{:?}", broken.kind);
                    violation = json!({
                        "kind": kind.split(['(', ' ']).next(), "clause": broken.clause(),
                        "closeCode": broken.close_code().0, "offset": broken.offset, "text": broken.to_string(),
                    });
                    break 'stream;
                }
            };
            match event {
                Event::Data(data) => {
                    if !in_message {
                        assert!(data.first);
                        payload.clear();
                        let kind = format!("{:?}", data.kind).to_lowercase();
                        events.push(json!({ "type": kind, "rsv": data.rsv }));
                    }
                    in_message = !data.last;
                    payload.extend_from_slice(data.payload);
                    if data.last {
                        end_message(&mut events, &payload, true);
                    }
                }
                Event::Ping(payload) => events.push(json!({ "type": "ping", "payload": to_hex(payload) })),
                Event::Pong(payload) => events.push(json!({ "type": "pong", "payload": to_hex(payload) })),
                Event::Close(close) => events.push(
                    json!({ "type": "close", "code": close.code.map(|code| code.0), "reason": close.reason }),
                ),
            }
        }
    }
    if in_message {
        end_message(&mut events, &payload, false);
    }
    // How far it came before a violation was seen depends on the cut.
    let offset = if violation.is_null() { Some(decoder.offset()) } else { None };
    let said = json!({ "events": events, "violation": violation, "offset": offset });
    said.as_object().unwrap().clone()
}

/// Completes the latest message; a control frame may stand between its pieces.
fn end_message(events: &mut [Value], payload: &[u8], last: bool) {
    let is_data = |event: &&mut Value| event["type"] == "text" || event["type"] == "binary";
    let message = events.iter_mut().rev().find(is_data).unwrap();
    message["payload"] = to_hex(payload).into();
    message["last"] = last.into();
}

/// What is said of an upgrade request.
fn request(head: &str) -> Map<String, Value> {
    let read = || -> Result<Value, HandshakeError> {
        let Some((request, length)) = Request::parse(head.as_bytes())? else { return Ok(Value::Null) };
        let offer = Offer::from_request(&request)?;
        Ok(json!({
            "length": length, "target": request.target(), "key": offer.key.to_base64(),
            "accept": offer.key.accept(), "protocols": offer.protocols, "extensions": offer.extensions.to_string(),
        }))
    };
    let said = match read() {
        Ok(request) => json!({ "request": request, "error": null }),
        Err(error) => json!({
            "request": null,
            "error": { "clause": error.clause(), "status": error.status(), "text": error.to_string() },
        }),
    };
    said.as_object().unwrap().clone()
}

/// What is said of the answer to an upgrade request.
fn response(vector: &Value) -> Map<String, Value> {
    let text = |name: &str| vector[name].as_str().unwrap();
    let protocols: Vec<&str> =
        vector["protocols"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let read = || -> Result<Value, HandshakeError> {
        let Some((response, length)) = handshake::Response::parse(text("head").as_bytes())? else {
            return Ok(Value::Null);
        };
        let offered =
            ExtensionList::parse_all([text("extensions")].into_iter().filter(|list| !list.is_empty()))?;
        let agreed = check_response(&response, &Key::parse(text("key"))?, &protocols, &offered)?;
        let warnings: Vec<Value> = agreed
            .warnings
            .iter()
            .map(|warning| json!({ "clause": warning.clause(), "text": warning.to_string() }))
            .collect();
        Ok(json!({
            "length": length, "protocol": agreed.protocol, "extensions": agreed.extensions.to_string(),
            "warnings": warnings,
        }))
    };
    let said = match read() {
        Ok(response) => json!({ "response": response, "error": null }),
        Err(error) => json!({
            "response": null,
            "error": { "clause": error.clause(), "status": error.status(), "text": error.to_string() },
        }),
    };
    said.as_object().unwrap().clone()
}

/// Octets for people: runs of the same octet would fill pages.
fn to_hex(octets: &[u8]) -> String {
    if octets.len() > 1000 {
        let sum =
            octets.iter().fold(0_u32, |sum, octet| sum.wrapping_mul(31).wrapping_add(u32::from(*octet)));
        return format!("{} octets, sum {sum}", octets.len());
    }
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
