//! HTTP archives: messages as the browser's own network panel has them, and as proxies and test tools write them.

mod messages;

use serde_json::Value;

use super::head::{fields, head, target_of};
use super::{Beside, Error, Format, told};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::model::{Capture, Connection, Head, Source};
use crate::over_http2;
use messages::Messages;

/// What the archive cannot tell.
const BLIND: &str =
    "an HTTP archive has messages only: no masks, fragments, control frames, close codes or compressed sizes";

pub(super) fn read(archive: &Value, beside: &Beside<'_>) -> Result<Capture, Error> {
    let alone = std::slice::from_ref(archive);
    let entries = archive["log"]["entries"].as_array().or_else(|| archive.as_array()).map(Vec::as_slice);
    let entries = entries.or_else(|| is_websocket(archive).then_some(alone)).ok_or_else(|| {
        Error::new(Format::Har, "it has no log.entries, and is none of the other kinds of JSON that are read")
    })?;
    let budget = Budget::default();
    let connections: Vec<Connection> = entries
        .iter()
        .filter(|entry| is_websocket(entry))
        .map(|entry| connection(entry, &budget, beside))
        .collect();
    let note = match entries.len() {
        _ if !connections.is_empty() => BLIND.to_owned(),
        0 => "the HTTP archive has no entry".to_owned(),
        entries => format!(
            "none of the archive's {entries} entries is a WebSocket (with _webSocketMessages, a ws: address or an Upgrade): record \
             from before the WebSocket is opened on, and save with content"
        ),
    };
    Ok(Capture { source: Source::Har, connections, notes: vec![note] })
}

/// Reads messages without an archive around them: a JSON list, or a file beside an archive by Playwright.
pub(super) fn read_messages(records: &[Value]) -> Capture {
    let mut connection = Connection::new(String::new());
    connection.notes.push(
        "the archive that these messages belong to is not here, so the handshake is not known".to_owned(),
    );
    Messages::new(&Budget::default()).add_to(&mut connection, records);
    Capture { source: Source::Har, connections: vec![connection], notes: vec![BLIND.to_owned()] }
}

/// The records of a file with a message a line, if it is one.
pub(super) fn lines(text: &[u8]) -> Option<Vec<Value>> {
    let lines = text.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let records: Option<Vec<Value>> =
        lines.map(|line| serde_json::from_slice(line).ok().filter(messages::is_record)).collect();
    records.filter(|records| !records.is_empty())
}

/// Whether a list is one of messages.
pub(super) fn are_messages(value: &Value) -> bool {
    value.as_array().is_some_and(|records| !records.is_empty() && records.iter().all(messages::is_record))
}

fn is_websocket(entry: &Value) -> bool {
    let url = entry["request"]["url"].as_str().unwrap_or_default();
    let upgrades = |head: &Value| {
        let fields = fields(&head["headers"]);
        fields.iter().any(|(name, value)| {
            (name.eq_ignore_ascii_case("upgrade") || name == ":protocol")
                && value.to_ascii_lowercase().contains("websocket")
        })
    };
    entry["_webSocketMessages"].is_array()
        || matches!(entry["_resourceType"].as_str(), Some("websocket"))
        || url.starts_with("ws://")
        || url.starts_with("wss://")
        || upgrades(&entry["request"])
        || (entry["response"]["status"] == 101 && upgrades(&entry["response"]))
}

fn connection(entry: &Value, budget: &Budget, beside: &Beside<'_>) -> Connection {
    let mut connection = handshake(entry, budget);
    let mut messages = Messages::new(budget);
    let mut any = false;
    if let Some(records) = entry["_webSocketMessages"].as_array() {
        any = true;
        messages.add_to(&mut connection, records);
    }
    let content = &entry["response"]["content"];
    if let Some(file) = content["_file"].as_str().or_else(|| content["_sha1"].as_str()).filter(|_| !any) {
        any = true;
        match beside(file).as_deref().map(lines) {
            Some(Some(records)) => messages.add_to(&mut connection, &records),
            Some(None) => {
                connection.notes.push(format!("its messages should be in {file} beside the archive, but that has none"));
            }
            None => connection.notes.push(format!(
                "its messages are in the file {file} beside the archive, which is not here: open that file by itself"
            )),
        }
    }
    if !any {
        connection.notes.push(
            "the archive has none of its messages: this tool does not record them, or was begun later"
                .to_owned(),
        );
    }
    let failed = [&entry["response"]["_error"], &entry["response"]["_failureText"]];
    if let Some(said) = failed.iter().find_map(|said| said.as_str()).filter(|said| !said.is_empty()) {
        connection.notes.push(format!("the browser says: {said}"));
        connection.told_violations.extend(told::failure(said));
    }
    connection
}

/// The connection with its handshake judged, as far as that was recorded.
fn handshake(entry: &Value, budget: &Budget) -> Connection {
    let (request, response) = (&entry["request"], &entry["response"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let url = address(&text(&request["url"]));
    let method = request["method"].as_str().unwrap_or("GET");
    let version = [request, response]
        .iter()
        .find_map(|head| head["httpVersion"].as_str().filter(|text| !text.is_empty()));
    let version = version.unwrap_or("HTTP/1.1").to_ascii_lowercase();
    let status = response["status"].as_i64().unwrap_or_default();
    let (asked, answered) = (fields(&request["headers"]), fields(&response["headers"]));
    // 0 and −1 stand for a response that was not seen.
    let is_answered = (100..1000).contains(&status);
    let unanswered = || format!("no response was recorded (its status is {status})");
    let later = matches!(version.as_str(), "h2" | "http/2" | "http/2.0" | "h3" | "http/3" | "http/3.0");
    let keyed = asked.iter().any(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Key"));
    if method.eq_ignore_ascii_case("CONNECT") || (later && !keyed && status != 101) {
        let answer = is_answered.then(|| Head { line: format!("HTTP/2 {status}"), headers: answered });
        let request = Head { line: format!("{method} {} HTTP/2", target_of(&url)), headers: asked };
        let mut connection = over_http2::connection(url, request, answer);
        if !is_answered {
            connection.notes.push(unanswered());
        }
        return connection;
    }
    let line = format!("{method} {} HTTP/1.1", target_of(&url));
    let mut conversation = Conversation::with_handshake(url, budget);
    if asked.is_empty() {
        conversation.unrecorded_request(Head { line, headers: Vec::new() });
    } else {
        conversation.request(&head(&line, &asked), None);
    }
    let line = format!("HTTP/1.1 {status} {}", text(&response["statusText"]));
    if !is_answered {
        conversation.unrecorded_response(None);
        conversation.note(unanswered());
    } else if answered.is_empty() && status == 101 {
        conversation.unrecorded_response(Some(Head { line, headers: Vec::new() }));
    } else {
        conversation.response(&head(&line, &answered), None);
    }
    conversation.finish()
}

/// The address of a WebSocket: a proxy writes the scheme that it saw.
fn address(url: &str) -> String {
    for (http, ws) in [("https://", "wss://"), ("http://", "ws://")] {
        if let Some(rest) = url.strip_prefix(http) {
            return format!("{ws}{rest}");
        }
    }
    url.to_owned()
}
