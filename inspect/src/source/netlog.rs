//! Chromium's net-export log: the one source inside a browser of frames as they were on the wire.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Error, Format, others};
use crate::budget::Budget;
use crate::follow::{Circumstances, Follower, Other};
use crate::model::{Capture, Connection, Sender, Source};

/// Octets of one socket that went over the wire, in the order of the log.
#[derive(Default)]
struct Socket<'a> {
    plain: Vec<Piece<'a>>,
    /// What TLS was given and gave: where it is there, `plain` is encrypted.
    inside_tls: Vec<Piece<'a>>,
}

struct Piece<'a> {
    sender: Sender,
    /// In base64; `None` if the log was made without raw octets.
    octets: Option<&'a str>,
    time_us: Option<u64>,
}

/// Reads a log; `cut` if its end is missing.
pub(super) fn read(log: &Value, cut: bool) -> Result<Capture, Error> {
    let wrong = |why: &str| Error::new(Format::Netlog, why);
    let names = log["constants"]["logEventTypes"]
        .as_object()
        .ok_or_else(|| wrong("it has no constants.logEventTypes"))?;
    let events = log["events"].as_array().ok_or_else(|| wrong("it has no events"))?;
    let number = |name: &str| names.get(name).and_then(Value::as_u64);
    let kinds = [
        (number("SOCKET_BYTES_SENT"), Sender::Client, false),
        (number("SOCKET_BYTES_RECEIVED"), Sender::Server, false),
        (number("SSL_SOCKET_BYTES_SENT"), Sender::Client, true),
        (number("SSL_SOCKET_BYTES_RECEIVED"), Sender::Server, true),
    ];
    let mut sockets: BTreeMap<u64, Socket<'_>> = BTreeMap::new();
    for event in events {
        let kind = event["type"].as_u64();
        let Some((_, sender, tls)) = kinds.iter().find(|(number, ..)| number.is_some() && *number == kind)
        else {
            continue;
        };
        let Some(id) = event["source"]["id"].as_u64() else { continue };
        // The end of a stream is a read of no octets.
        if event["params"]["byte_count"].as_u64() == Some(0) {
            continue;
        }
        let millis = event["time"].as_str().and_then(|time| time.parse::<u64>().ok());
        let piece = Piece {
            sender: *sender,
            octets: event["params"]["bytes"].as_str(),
            time_us: millis.map(|millis| millis.saturating_mul(1_000)),
        };
        let socket = sockets.entry(id).or_default();
        if *tls { socket.inside_tls.push(piece) } else { socket.plain.push(piece) }
    }
    let (budget, mut notes) = (Budget::default(), Vec::new());
    if cut {
        notes.push("the log has no end: the browser was stopped while it wrote".to_owned());
    }
    let without =
        sockets.values().flat_map(|socket| &socket.plain).filter(|piece| piece.octets.is_none()).count();
    if without > 0 {
        notes.push(format!(
            "{without} events have no raw octets: choose \"Include raw bytes\" when the log is made"
        ));
    }
    let mut connections = Vec::new();
    let mut passed_over: BTreeMap<Other, usize> = BTreeMap::new();
    for socket in sockets.values() {
        match follow(socket, &budget, &mut notes) {
            Some(Ok(connection)) => connections.push(connection),
            Some(Err(other)) => *passed_over.entry(other).or_default() += 1,
            None => {}
        }
    }
    others::tell(&passed_over, connections.is_empty(), &mut notes);
    if sockets.is_empty() {
        notes.push("it has no octets of a socket: begin the log before the WebSocket is opened, with \"Include raw bytes\"".to_owned());
    }
    Ok(Capture { source: Source::Netlog, connections, notes })
}

/// The connection of a socket, or what it is if it is no WebSocket; `None` without octets.
fn follow(
    socket: &Socket<'_>,
    budget: &Budget,
    notes: &mut Vec<String>,
) -> Option<Result<Connection, Other>> {
    let pieces = if socket.inside_tls.is_empty() { &socket.plain } else { &socket.inside_tls };
    let circumstances = Circumstances { from_start: true, sure_ends: true, ..Circumstances::default() };
    let mut follower = Follower::new(circumstances, budget);
    let mut any = false;
    for piece in pieces {
        let Some(octets) = piece.octets else { continue };
        match STANDARD.decode(octets) {
            Ok(octets) => {
                any = true;
                follower.take(piece.sender, &octets, piece.time_us);
            }
            Err(error) => notes.push(format!("raw octets that are not base64: {error}")),
        }
    }
    if !any {
        return None;
    }
    Some(follower.finish().map(|mut connection| {
        if !socket.inside_tls.is_empty()
            && let Some(rest) = connection.name.strip_prefix("ws://")
        {
            connection.name = format!("wss://{rest}");
        }
        connection
    }))
}

/// A log that was cut off: its whole events.
pub(super) fn mend(capture: &[u8]) -> Option<Value> {
    // Each event is a line of its own.
    let end = capture.windows(2).rposition(|two| two == b"},")?;
    let mut whole = capture[..=end].to_vec();
    whole.extend_from_slice(b"]}");
    serde_json::from_slice(&whole).ok()
}
