//! Whole messages, frames and negotiation, as the Python package has them too: `tests/vectors/messages.json`.
#![cfg(feature = "deflate")]

use serde_json::{Value, json};
use wsproof_core::connection::{KeySource as _, SeededKeys};
use wsproof_core::deflate::{Inflater, Offer, Policy, agreed};
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::handshake::{ExtensionList, HandshakeError, accept_key};
use wsproof_core::message::{Collector, DataKind, Event, Limits, MessageDecoder, Options};
use wsproof_core::{Role, Violation};

fn vectors(name: &str) -> Vec<Value> {
    let mut all: Value = serde_json::from_str(include_str!("../../tests/vectors/messages.json")).unwrap();
    let Value::Array(vectors) = all[name].take() else { panic!("no vectors of {name}") };
    assert!(!vectors.is_empty());
    vectors
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn octets(value: &Value) -> Vec<u8> {
    let (pairs, _) = text(value).as_bytes().as_chunks::<2>();
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn role(value: &Value) -> Role {
    if value == "client" { Role::Client } else { Role::Server }
}

/// An enum's variant, without what it holds.
fn variant(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").split(['(', ' ']).next().unwrap().to_owned()
}

fn decoder(vector: &Value) -> MessageDecoder {
    let (receiver, options) = (role(&vector["receiver"]), &vector["options"]);
    let limit = |name: &str, otherwise: u64| options[name].as_u64().unwrap_or(otherwise);
    let default = Limits::default();
    let limits = Limits {
        max_frame: limit("max_frame", default.max_frame),
        max_message: limit("max_message", default.max_message),
        max_fragments: limit("max_fragments", default.max_fragments.into()) as u32,
    };
    let decoder = MessageDecoder::new(receiver, Options { limits, allowed_rsv: 0 });
    let Some(answer) = options["deflate"].as_str() else { return decoder };
    let offers = [Offer { client_max_window_bits: Some(None), ..Offer::default() }];
    let agreed = agreed(&ExtensionList::parse(answer).unwrap(), &offers).unwrap().unwrap();
    decoder.with_inflater(Inflater::new(agreed.sending(receiver.peer())))
}

fn told(event: Event<'_>, collector: &mut Collector) -> Option<Value> {
    Some(match event {
        Event::Data(piece) => {
            let message = collector.push(piece)?;
            match message.kind {
                DataKind::Text => json!({"text": message.text().unwrap()}),
                DataKind::Binary => json!({"binary": hex(message.payload)}),
            }
        }
        Event::Ping(payload) => json!({"ping": hex(payload)}),
        Event::Pong(payload) => json!({"pong": hex(payload)}),
        Event::Close(close) => json!({"close": close.code.map(|code| code.0), "reason": close.reason}),
    })
}

#[test]
fn streams() {
    for vector in vectors("streams") {
        for size in [1, 2, 3, 7, usize::MAX] {
            let (mut decoder, mut collector) = (decoder(&vector), Collector::new());
            let mut wire = octets(&vector["wire"]);
            let mut seen = Vec::new();
            let size = size.min(wire.len());
            let end = wire.chunks_mut(size).try_for_each(|piece| {
                let mut events = decoder.decode(piece);
                while let Some(event) = events.next_event()? {
                    seen.extend(told(event, &mut collector));
                }
                Ok::<(), Violation>(())
            });
            let violation = end.err().map_or(Value::Null, |violation| {
                json!({
                    "kind": variant(&violation.kind),
                    "clause": violation.clause(),
                    "close_code": violation.close_code().0,
                    "offset": violation.offset,
                    "text": violation.to_string(),
                })
            });
            assert_eq!(Value::from(seen), vector["events"], "{}", vector["name"]);
            assert_eq!(violation, vector["violation"], "{}", vector["name"]);
        }
    }
}

#[test]
fn frames() {
    for vector in vectors("frames") {
        let mut keys = SeededKeys::new(text(&vector["seed"]).parse().unwrap());
        let header = FrameHeader {
            fin: vector["fin"].as_bool().unwrap(),
            mask: role(&vector["role"]).masks().then(|| keys.next_key()),
            ..FrameHeader::new(Opcode::new(vector["opcode"].as_u64().unwrap() as u8), 0)
        };
        let mut wire = Vec::new();
        append_frame(header, &octets(&vector["payload"]), &mut wire);
        assert_eq!(hex(&wire), text(&vector["wire"]));
    }
}

#[test]
fn accept_keys() {
    for vector in vectors("accept_keys") {
        assert_eq!(accept_key(text(&vector["key"])), text(&vector["accept"]));
    }
}

#[test]
fn deflate_answers() {
    for vector in vectors("deflate_answers") {
        let offered = text(&vector["offered"]);
        match ExtensionList::parse(offered).map_err(HandshakeError::from) {
            Ok(list) => {
                let answer = Policy::default().answer(&list).map(|answer| answer.to_string());
                assert_eq!(json!(answer), vector["answer"], "{offered}");
            }
            Err(error) => {
                let told = json!({
                    "kind": variant(&error),
                    "clause": error.clause(),
                    "status": error.status(),
                    "text": error.to_string(),
                });
                assert_eq!(told, vector["error"], "{offered}");
            }
        }
    }
}
