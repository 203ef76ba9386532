//! A capture that is being looked at, and what is asked of it.
//!
//! A *row* is a frame, or, where the source has messages only, a message.

use serde::Deserialize;
use serde_json::{Value, json};
use wsproof_core::deflate;
use wsproof_inspect::{
    Capture, Connection, Finding, Frame, Live, Message, Options, Sender, difference, export, payload, read,
    round_trip,
};

use crate::filter::Filter;
use crate::{preview, table};

/// Which octets of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The frame's payload, unmasked.
    Payload,
    /// The message that it belongs to: joined, inflated.
    Message,
    /// Header and masked payload.
    Wire,
}

/// The capture.
#[derive(Debug, Default)]
pub(crate) struct Inspector {
    options: Options,
    held: Held,
}

#[derive(Debug, Default)]
enum Held {
    #[default]
    Nothing,
    File(Capture),
    Live(Box<Live>),
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row<'a> {
    Frame(&'a Frame),
    Message(&'a Message),
}

/// How a capture is to be read, as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Choice {
    format: Option<String>,
    sender: Option<String>,
    deflate: Option<String>,
    port: Option<u16>,
    force: bool,
}

impl Inspector {
    /// One with nothing in it.
    pub(crate) const fn new() -> Self {
        let options = Options { format: None, sender: None, deflate: None, port: None, force: false };
        Self { options, held: Held::Nothing }
    }

    /// Sets how the next capture is read: JSON with `format`, `sender` (client or server), `deflate` (parameters, as in a
    /// response), `port` and `force`, each optional.
    ///
    /// # Errors
    /// One of them means nothing.
    pub(crate) fn choose(&mut self, choice: &[u8]) -> Result<(), String> {
        let choice: Choice = serde_json::from_slice(choice).map_err(|error| error.to_string())?;
        let sender = match choice.sender.as_deref() {
            None => None,
            Some("client") => Some(Sender::Client),
            Some("server") => Some(Sender::Server),
            Some(other) => return Err(format!("a sender is client or server, not {other}")),
        };
        let deflate = match choice.deflate {
            None => None,
            Some(params) => Some(agreement(&params)?),
        };
        let format = choice.format.map(|name| name.parse()).transpose()?;
        self.options = Options { format, sender, deflate, port: choice.port, force: choice.force };
        Ok(())
    }

    /// Reads a capture.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn open(&mut self, capture: &[u8]) -> Result<(), String> {
        self.held = Held::Nothing;
        self.held = Held::File(read(capture, &self.options).map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Takes live events: a JSON list.
    ///
    /// # Errors
    /// It is no list.
    pub(crate) fn events(&mut self, list: &[u8]) -> Result<(), String> {
        let list: Vec<Value> = serde_json::from_slice(list).map_err(|error| error.to_string())?;
        if !matches!(self.held, Held::Live(_)) {
            self.held = Held::Live(Box::default());
        }
        if let Held::Live(live) = &mut self.held {
            list.iter().for_each(|event| live.take(event));
        }
        Ok(())
    }

    fn capture(&self) -> Option<&Capture> {
        match &self.held {
            Held::Nothing => None,
            Held::File(capture) => Some(capture),
            Held::Live(live) => Some(live.capture()),
        }
    }

    fn connection(&self, index: usize) -> Result<&Connection, String> {
        let connection = self.capture().and_then(|capture| capture.connections.get(index));
        connection.ok_or_else(|| format!("there is no connection {index}"))
    }

    /// JSON: the source, notes, and of each connection its name and counts.
    pub(crate) fn summary(&self) -> Vec<u8> {
        let Some(capture) = self.capture() else { return b"null".to_vec() };
        let connections: Vec<Value> = capture
            .connections
            .iter()
            .map(|connection| {
                let upgraded = connection.handshake.as_ref().is_none_or(|handshake| {
                    handshake.response.as_ref().is_none_or(|head| head.line.contains(" 101"))
                });
                json!({
                    "name": connection.name,
                    "rows": row_count(connection),
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
        .to_string()
        .into_bytes()
    }

    /// JSON: handshake, notes, how it closed, and wire statistics of a connection.
    ///
    /// # Errors
    /// There is no such connection; so with all that follow.
    pub(crate) fn details(&self, connection: usize) -> Result<Vec<u8>, String> {
        let connection = self.connection(connection)?;
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
        Ok(json!({
            "name": connection.name,
            "handshake": connection.handshake,
            "notes": connection.notes,
            "toldClose": connection.told_close,
            "told": connection.told_violations,
            "closes": closes,
            "ends": ends,
        })
        .to_string()
        .into_bytes())
    }

    /// The rows from `from` on, as the table in [`table`].
    pub(crate) fn rows(&self, connection: usize, from: usize) -> Result<Vec<u8>, String> {
        let connection = self.connection(connection)?;
        let mut out = Vec::new();
        for index in from..row_count(connection) {
            if let Some(row) = row(connection, index) {
                table::write(row, connection, &mut out);
            }
        }
        Ok(out)
    }

    /// JSON: a line of text for each of these rows (little-endian 32-bit numbers).
    pub(crate) fn previews(&self, connection: usize, rows: &[u8]) -> Result<Vec<u8>, String> {
        let connection = self.connection(connection)?;
        let numbers =
            rows.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let lines: Vec<String> = numbers
            .map(|index| {
                row(connection, index as usize).map(|row| preview::of(row, connection)).unwrap_or_default()
            })
            .collect();
        serde_json::to_vec(&lines).map_err(|error| error.to_string())
    }

    /// The numbers (little-endian, 32 bits) of the rows that a filter (JSON, see [`Filter`]) lets pass.
    pub(crate) fn filter(&self, connection: usize, filter: &[u8]) -> Result<Vec<u8>, String> {
        let connection = self.connection(connection)?;
        let filter = Filter::parse(filter)?;
        let mut out = Vec::new();
        for index in 0..row_count(connection) {
            if row(connection, index).is_some_and(|row| filter.passes(row, connection)) {
                out.extend_from_slice(&(index as u32).to_le_bytes());
            }
        }
        Ok(out)
    }

    /// Octets of a row.
    pub(crate) fn octets(&self, connection: usize, index: usize, part: Part) -> Result<Vec<u8>, String> {
        let connection = self.connection(connection)?;
        match (row(connection, index), part) {
            (Some(Row::Frame(frame)), Part::Payload) => Ok(frame.payload.clone()),
            (Some(Row::Frame(frame)), Part::Wire) => Ok(frame.wire()),
            (Some(Row::Frame(frame)), Part::Message) => {
                let message = frame.message.and_then(|message| connection.messages.get(message));
                message
                    .map(|message| message.octets.clone())
                    .ok_or_else(|| "it belongs to no message".to_owned())
            }
            (Some(Row::Message(_)), Part::Wire) => Err("the capture has no frames".to_owned()),
            (Some(Row::Message(message)), _) => Ok(message.octets.clone()),
            (None, _) => Err(format!("there is no row {index}")),
        }
    }

    /// JSON: what octets of a row hold, read as this encoding (`msgpack`, `cbor`, `protobuf`); without one as what they
    /// look like, or `null`.
    pub(crate) fn decoded(
        &self,
        connection: usize,
        row: usize,
        part: Part,
        encoding: &[u8],
    ) -> Result<Vec<u8>, String> {
        let octets = self.octets(connection, row, part)?;
        let wanted: Option<payload::Encoding> =
            serde_json::from_slice(encoding).map_err(|error| error.to_string())?;
        let tree =
            wanted.or_else(|| payload::guess(&octets)).map(|encoding| payload::read(&octets, encoding));
        serde_json::to_vec(&tree).map_err(|error| error.to_string())
    }

    /// JSON: the frame that this row answers, or that answers it; or `null`.
    pub(crate) fn round_trip(&self, connection: usize, row: usize) -> Result<Vec<u8>, String> {
        let trip = round_trip::of(self.connection(connection)?, row);
        serde_json::to_vec(&trip).map_err(|error| error.to_string())
    }

    /// JSON: how the messages, or where there are none the payloads, of two rows differ.
    pub(crate) fn difference(
        &self,
        connection: usize,
        before: usize,
        after: usize,
    ) -> Result<Vec<u8>, String> {
        let message = |row| {
            let message = self.octets(connection, row, Part::Message);
            message.or_else(|_| self.octets(connection, row, Part::Payload))
        };
        let difference = difference::compare(&message(before)?, &message(after)?);
        serde_json::to_vec(&difference).map_err(|error| error.to_string())
    }

    /// JSON: the violations in frames, each with its row; of very many the first.
    pub(crate) fn findings(&self, connection: usize) -> Result<Vec<u8>, String> {
        const MOST: usize = 100_000;
        let connection = self.connection(connection)?;
        let with_row = |(row, finding): (usize, &Finding)| {
            let mut value = serde_json::to_value(finding).unwrap_or_default();
            value["row"] = row.into();
            value
        };
        let all = connection.frames.iter().enumerate();
        let all = all.flat_map(|(row, frame)| frame.violations.iter().map(move |finding| (row, finding)));
        let list: Vec<Value> = all.take(MOST).map(with_row).collect();
        serde_json::to_vec(&list).map_err(|error| error.to_string())
    }

    /// The capture or the connection in a form for other programs.
    pub(crate) fn export(&self, connection: usize, kind: u32) -> Result<Vec<u8>, String> {
        let one = self.connection(connection)?;
        let capture = || self.capture().ok_or("there is no capture");
        let text = match kind {
            0 => export::har(capture()?),
            1 => export::json_lines(one),
            2 => export::scenario(one, Sender::Client)?,
            3 => export::scenario(one, Sender::Server)?,
            _ => return export::pcapng(capture()?),
        };
        Ok(text.into_bytes())
    }

    /// A row as a scenario.
    pub(crate) fn row_scenario(&self, connection: usize, index: usize) -> Result<Vec<u8>, String> {
        let text = match row(self.connection(connection)?, index) {
            Some(Row::Frame(frame)) => export::frame_scenario(frame),
            Some(Row::Message(message)) => export::message_scenario(message),
            None => return Err(format!("there is no row {index}")),
        };
        Ok(text.into_bytes())
    }
}

fn agreement(params: &str) -> Result<deflate::Response, String> {
    let text = match params.trim() {
        "" => deflate::NAME.to_owned(),
        params if params.starts_with(deflate::NAME) => params.to_owned(),
        params => format!("{}; {params}", deflate::NAME),
    };
    let list = wsproof_core::handshake::ExtensionList::parse(&text).map_err(|error| error.to_string())?;
    let extension = list.iter().next().ok_or("no parameters")?;
    deflate::Response::from_extension(extension).map_err(|error| error.to_string())
}

fn row_count(connection: &Connection) -> usize {
    match connection.frames.len() {
        0 => connection.messages.len(),
        frames => frames,
    }
}

fn row(connection: &Connection, index: usize) -> Option<Row<'_>> {
    match connection.frames.is_empty() {
        true => connection.messages.get(index).map(Row::Message),
        false => connection.frames.get(index).map(Row::Frame),
    }
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
