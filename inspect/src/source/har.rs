//! HTTP archives: messages as the browser's own network panel has them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::head::{head, target_of};
use super::{Error, Format};
use crate::budget::{Budget, MAX_LISTED};
use crate::conversation::Conversation;
use crate::model::{Capture, Connection, Message, Sender, Source};

/// What the archive cannot tell.
const BLIND: &str =
    "an HTTP archive has messages only: no masks, fragments, control frames, close codes or compressed sizes";

pub(super) fn read(archive: &Value) -> Result<Capture, Error> {
    let entries = archive["log"]["entries"].as_array().or_else(|| archive.as_array());
    let entries = entries.ok_or_else(|| Error::new(Format::Har, "it has no log.entries"))?;
    let budget = Budget::default();
    let connections: Vec<Connection> =
        entries.iter().filter_map(|entry| connection(entry, &budget)).collect();
    let mut notes = vec![BLIND.to_owned()];
    if connections.is_empty() {
        notes.push(format!("none of its {} entries has _webSocketMessages", entries.len()));
    }
    Ok(Capture { source: Source::Har, connections, notes })
}

fn connection(entry: &Value, budget: &Budget) -> Option<Connection> {
    let records = entry["_webSocketMessages"].as_array()?;
    let (request, response) = (&entry["request"], &entry["response"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let url = text(&request["url"]);
    let mut conversation = Conversation::with_handshake(url.clone(), budget);
    let target = target_of(&url);
    let line = format!("{} {target} HTTP/1.1", request["method"].as_str().unwrap_or("GET"));
    conversation.take(Sender::Client, &head(&line, &fields(&request["headers"])), None);
    let line = format!("HTTP/1.1 {} {}", response["status"], text(&response["statusText"]));
    conversation.take(Sender::Server, &head(&line, &fields(&response["headers"])), None);
    let begin = records.iter().filter_map(|record| record["time"].as_f64()).fold(f64::INFINITY, f64::min);
    let mut notes = Vec::new();
    if records.len() > MAX_LISTED {
        notes.push(format!("only the first {MAX_LISTED} messages are listed"));
    }
    let mut messages = Vec::new();
    for (at, record) in records.iter().take(MAX_LISTED).enumerate() {
        match message(record, begin, budget) {
            Ok(message) => messages.push(message),
            Err(why) => notes.push(format!("message {at}: {why}")),
        }
    }
    let mut connection = conversation.finish();
    connection.messages = messages;
    connection.notes.extend(notes);
    Some(connection)
}

fn message(record: &Value, begin: f64, budget: &Budget) -> Result<Message, String> {
    let sender = match record["type"].as_str() {
        Some("send") => Sender::Client,
        Some("receive") => Sender::Server,
        other => return Err(format!("its type is {other:?}, neither send nor receive")),
    };
    let data = record["data"].as_str().ok_or("it has no data")?;
    let binary = record["opcode"].as_u64() == Some(2);
    let octets = match binary {
        true => STANDARD.decode(data).map_err(|error| format!("its data is not base64: {error}"))?,
        false => data.as_bytes().to_vec(),
    };
    let mut kept = Vec::new();
    budget.keep(&mut kept, &octets);
    let len = octets.len() as u64;
    let time_us = record["time"].as_f64().map(|time| ((time - begin) * 1e6).clamp(0.0, 1e18) as u64);
    Ok(Message {
        time_us,
        sender,
        binary,
        compressed: false,
        octets: kept,
        len,
        wire_len: len,
        complete: true,
    })
}

/// Names and values; a browser joins fields of one name with line feeds.
fn fields(headers: &Value) -> Vec<(String, String)> {
    let field =
        |header: &Value| Some((header["name"].as_str()?.to_owned(), header["value"].as_str()?.to_owned()));
    headers.as_array().into_iter().flatten().filter_map(field).collect()
}
