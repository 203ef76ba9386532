//! A capture and its connections as JSON: `inspector/src/engine/model.ts` has the types.

use serde_json::{Value, json};
use wsproof_inspect::{Capture, Connection, Finding, Sender};

use crate::row;

/// Findings of one connection that are told of.
const MOST_FINDINGS: usize = 100_000;

/// The source, notes, and of each connection its name and counts.
pub(crate) fn summary(capture: &Capture) -> Value {
    let connections: Vec<Value> = capture
        .connections
        .iter()
        .map(|connection| {
            let upgraded = connection.handshake.as_ref().is_none_or(|handshake| {
                handshake.response.as_ref().is_none_or(|head| head.line.contains(" 101"))
            });
            json!({
                "name": connection.name,
                "rows": row::count(connection),
                "messages": connection.messages.len(),
                "violations": connection.violations(),
                "upgraded": upgraded,
            })
        })
        .collect();
    json!({
        "source": capture.source,
        "frames": capture.source.has_frames(),
        "connections": connections,
        "notes": capture.notes,
    })
}

/// Handshake, notes, how it closed, and wire statistics of a connection.
pub(crate) fn details(connection: &Connection) -> Value {
    let ends: Vec<Value> =
        [Sender::Client, Sender::Server].iter().map(|sender| statistics(connection, *sender)).collect();
    let closes: Vec<Value> = (connection.frames.iter().enumerate())
        .filter(|(_, frame)| frame.opcode == 8)
        .take(16)
        .map(|(row, frame)| {
            let close = frame.close();
            json!({
                "row": row, "sender": frame.sender,
                "code": close.as_ref().map(|(code, _)| code), "reason": close.as_ref().map(|(_, reason)| reason),
            })
        })
        .collect();
    json!({
        "name": connection.name,
        "handshake": connection.handshake,
        "notes": connection.notes,
        "toldClose": connection.told_close,
        "told": connection.told_violations,
        "closes": closes,
        "ends": ends,
    })
}

/// The violations in frames, each with its row; of very many the first.
pub(crate) fn findings(connection: &Connection) -> Vec<Value> {
    let with_row = |(row, finding): (usize, &Finding)| {
        let mut value = serde_json::to_value(finding).unwrap_or_default();
        value["row"] = row.into();
        value
    };
    let all = connection.frames.iter().enumerate();
    let all = all.flat_map(|(row, frame)| frame.violations.iter().map(move |finding| (row, finding)));
    all.take(MOST_FINDINGS).map(with_row).collect()
}

/// What one end sent.
fn statistics(connection: &Connection, sender: Sender) -> Value {
    let frames = connection.frames.iter().filter(|frame| frame.sender == sender);
    let (mut count, mut header, mut payload) = (0_u64, 0_u64, 0_u64);
    let mut opcodes = [0_u64; 16];
    for frame in frames {
        count += 1;
        header += frame.header_len as u64;
        payload = payload.saturating_add(frame.announced);
        opcodes[usize::from(frame.opcode & 15)] += 1;
    }
    let messages = connection.messages.iter().filter(|message| message.sender == sender);
    let (mut message_count, mut len, mut wire_len) = (0_u64, 0_u64, 0_u64);
    for message in messages {
        message_count += 1;
        len = len.saturating_add(message.len);
        wire_len = wire_len.saturating_add(message.wire_len);
    }
    json!({
        "frames": count, "headerOctets": header, "payloadOctets": payload, "opcodes": opcodes,
        "messages": message_count, "messageOctets": len, "messageWireOctets": wire_len,
    })
}
