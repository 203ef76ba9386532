//! Events of the DevTools protocol (domain Network), as a browser tells them while it runs, or as a recorded list.
//!
//! They have messages only. Two methods of our own stand beside the browser's: `wsproof.closed`, what the page's
//! WebSocket was told when it closed, and `wsproof.reloaded`, that the page began anew.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::head::{fields, head, target_of};
use super::{Error, Format, told};
use crate::budget::{Budget, MAX_LISTED};
use crate::conversation::Conversation;
use crate::model::{Capture, Connection, Head, Message, Sender, Source, ToldClose};
use crate::{http, over_http2};

/// What these events cannot tell.
const BLIND: &str = "the browser tells of messages only: no masks, fragments, pings, pongs or compressed sizes; of a \
    close what the page's WebSocket was told, if it was there from the start";

/// Of a connection whose beginning was not seen.
const EARLIER: &str = "it was opened before capturing began: its address and its handshake are not known";

/// Connections that are followed at most.
const MAX_CONNECTIONS: usize = 10_000;

/// A capture that grows while it is looked at.
#[derive(Debug)]
pub struct Live {
    capture: Capture,
    /// By the browser's name of the request.
    known: HashMap<String, Followed>,
    budget: Budget,
}

#[derive(Debug)]
struct Followed {
    connection: usize,
    request: Vec<u8>,
    /// In seconds of the browser's own clock.
    begin: Option<f64>,
}

impl Default for Live {
    fn default() -> Self {
        let capture =
            Capture { source: Source::Events, connections: Vec::new(), notes: vec![BLIND.to_owned()] };
        Self { capture, known: HashMap::new(), budget: Budget::default() }
    }
}

impl Live {
    /// What there is up to now.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// Takes one event, `{"method", "params"}`. What is no event of a WebSocket, or makes no sense, is passed over.
    pub fn take(&mut self, event: &Value) {
        let params = &event["params"];
        let Some(request) = params["requestId"].as_str() else { return };
        let method = event["method"].as_str().unwrap_or_default();
        if method == "Network.webSocketCreated" && !self.known.contains_key(request) {
            let url = params["url"].as_str().unwrap_or_default();
            self.open(request, url);
        }
        let of_frames = matches!(method, "Network.webSocketFrameSent" | "Network.webSocketFrameReceived");
        if of_frames && !self.known.contains_key(request) {
            self.open(request, "");
            if let Some(connection) = self.capture.connections.last_mut() {
                connection.notes.push(EARLIER.to_owned());
            }
        }
        let Some(followed) = self.known.get_mut(request) else { return };
        let connection = &mut self.capture.connections[followed.connection];
        let now = params["timestamp"].as_f64();
        let begin = now.map(|now| *followed.begin.get_or_insert(now));
        let time_us = now.zip(begin).map(|(now, begin)| ((now - begin) * 1e6).clamp(0.0, 1e18) as u64);
        match method {
            "Network.webSocketWillSendHandshakeRequest" => {
                followed.request = request_head(&params["request"], &connection.name);
                judge(connection, &followed.request, &[]);
            }
            "Network.webSocketHandshakeResponseReceived" => {
                let response = &params["response"];
                if is_over_http2(response, &followed.request) {
                    let request = Head {
                        line: format!("CONNECT {} HTTP/2", target_of(&connection.name)),
                        headers: fields(&response["requestHeaders"]),
                    };
                    let line = format!("HTTP/2 {}", response["status"]);
                    let answer = Head { line, headers: fields(&response["headers"]) };
                    let opened = over_http2::connection(String::new(), request, Some(answer));
                    connection.handshake = opened.handshake;
                    return connection.notes.extend(opened.notes);
                }
                if let Some(text) = response["requestHeadersText"].as_str() {
                    followed.request = text.as_bytes().to_vec();
                }
                judge(connection, &followed.request, &response_head(response));
            }
            "Network.webSocketFrameSent" => {
                message(connection, Sender::Client, &params["response"], time_us, &self.budget);
            }
            "Network.webSocketFrameReceived" => {
                message(connection, Sender::Server, &params["response"], time_us, &self.budget);
            }
            "Network.webSocketFrameError" => {
                let text = params["errorMessage"].as_str().unwrap_or("an error");
                connection.told_violations.extend(told::finding(text));
                connection.notes.push(format!("the browser says: {text}"));
            }
            "wsproof.closed" => {
                connection.told_close = Some(ToldClose {
                    // The page has another clock.
                    time_us: connection.messages.last().and_then(|message| message.time_us),
                    code: params["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(1005),
                    reason: params["reason"].as_str().unwrap_or_default().to_owned(),
                    clean: params["wasClean"].as_bool().unwrap_or_default(),
                });
            }
            _ => {}
        }
    }

    fn open(&mut self, request: &str, url: &str) {
        if self.capture.connections.len() >= MAX_CONNECTIONS {
            return;
        }
        let followed =
            Followed { connection: self.capture.connections.len(), request: Vec::new(), begin: None };
        self.known.insert(request.to_owned(), followed);
        self.capture.connections.push(Connection::new(url.to_owned()));
    }
}

/// Reads a recorded list.
pub(super) fn read(list: &Value) -> Result<Capture, Error> {
    let events = list.as_array().ok_or_else(|| Error::new(Format::Events, "it is not a list of events"))?;
    let mut live = Live::default();
    for event in events {
        live.take(event);
    }
    let Live { mut capture, .. } = live;
    if capture.connections.is_empty() {
        capture.notes = vec![format!(
            "none of the {} events opens a WebSocket: `Network.enable` must come before the page opens it",
            events.len()
        )];
    }
    Ok(capture)
}

/// A handshake by Extended CONNECT: nobody asked with a key, and 200 is the answer.
fn is_over_http2(response: &Value, request: &[u8]) -> bool {
    let keyed = |fields: Vec<(String, String)>| {
        fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Key"))
    };
    response["status"].as_u64() == Some(200)
        && response["headersText"].is_null()
        && http::values(request, b"Sec-WebSocket-Key").next().is_none()
        && !keyed(fields(&response["requestHeaders"]))
}

/// Judges the heads as those that came over a wire.
fn judge(connection: &mut Connection, request: &[u8], response: &[u8]) {
    let mut conversation = Conversation::with_handshake(connection.name.clone(), &Budget::default());
    conversation.request(request, None);
    if !response.is_empty() {
        conversation.response(response, None);
    }
    connection.handshake = conversation.finish().handshake;
}

fn request_head(request: &Value, url: &str) -> Vec<u8> {
    head(&format!("GET {} HTTP/1.1", target_of(url)), &fields(&request["headers"]))
}

fn response_head(response: &Value) -> Vec<u8> {
    if let Some(text) = response["headersText"].as_str() {
        return text.as_bytes().to_vec();
    }
    let status = response["status"].as_u64().unwrap_or_default();
    let line = format!("HTTP/1.1 {status} {}", response["statusText"].as_str().unwrap_or_default());
    head(&line, &fields(&response["headers"]))
}

fn message(
    connection: &mut Connection,
    sender: Sender,
    response: &Value,
    time_us: Option<u64>,
    budget: &Budget,
) {
    if connection.messages.len() >= MAX_LISTED {
        return;
    }
    let binary = response["opcode"].as_u64() == Some(2);
    let data = response["payloadData"].as_str().unwrap_or_default();
    let decoded;
    let octets = if binary {
        match STANDARD.decode(data) {
            Ok(octets) => decoded = octets,
            Err(error) => {
                return connection.notes.push(format!("a message whose data is not base64: {error}"));
            }
        }
        &decoded[..]
    } else {
        data.as_bytes()
    };
    let mut kept = Vec::new();
    budget.keep(&mut kept, octets);
    let len = octets.len() as u64;
    connection.messages.push(Message {
        time_us,
        sender,
        binary,
        compressed: false,
        octets: kept,
        len,
        wire_len: len,
        complete: true,
    });
}
