//! HTTP archives, by whoever wrote them.

use serde_json::{Value, json};
use wsproof_inspect::read_beside;

use super::*;

/// An entry as Chromium writes it.
fn entry(messages: Value) -> Value {
    let fields = |head: &[u8]| -> Vec<Value> {
        let text = String::from_utf8_lossy(head).into_owned();
        let pairs = text.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs.map(|(name, value)| json!({"name": name, "value": value})).collect()
    };
    json!({
        "_resourceType": "websocket",
        "startedDateTime": "2026-01-01T00:00:00Z",
        "request": {"method": "GET", "url": "ws://x/ws", "httpVersion": "HTTP/1.1", "headers": fields(REQUEST)},
        "response": {"status": 101, "statusText": "Switching Protocols", "headers": fields(RESPONSE), "content": {}},
        "_webSocketMessages": messages,
    })
}

fn archive(entries: &[Value]) -> Vec<u8> {
    json!({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}})
        .to_string()
        .into_bytes()
}

fn hi(time: f64) -> Value {
    json!([{"type": "receive", "time": time, "opcode": 1, "data": "hi"}])
}

/// `har_error_entry.har`.
#[test]
fn an_error_entry_is_a_finding() {
    let failed = |said: &str| {
        let mut messages = hi(1.0);
        messages
            .as_array_mut()
            .unwrap()
            .push(json!({"type": "error", "time": 2, "opcode": -1, "data": said}));
        only(open(&archive(&[entry(messages)])))
    };
    let connection = failed("Could not decode a text frame as UTF-8.");
    assert_eq!(said(&connection), [(SERVER, "hi".to_owned())]);
    assert_eq!(broken(&connection), [("RFC 6455 §8.1", None)]);
    let told = &connection.told_violations[0].text;
    assert_eq!(told, "the browser failed the connection: Could not decode a text frame as UTF-8.");
    assert_eq!(broken(&failed("Something unheard of")), [("RFC 6455 §7.1.7", None)]);
    // The network's trouble is no broken rule.
    let connection = failed("net::ERR_CONNECTION_RESET");
    assert_eq!(broken(&connection), []);
    has_note(&connection.notes, "the browser says: net::ERR_CONNECTION_RESET");
}

/// Playwright, with `content: "attach"`: the messages are in a file beside it, a line each.
#[test]
fn messages_in_a_file_beside_the_archive_are_read_or_named() {
    let mut attached = entry(Value::Null);
    attached["request"]["headers"] = json!([]);
    attached["response"] =
        json!({"status": -1, "statusText": "", "headers": [], "content": {"_file": "abc.jsonl"}});
    let lines = "{\"type\":\"send\",\"time\":1780000000000.5,\"opcode\":1,\"data\":\"go\"}\n\
                 {\"type\":\"receive\",\"time\":1780000000002.5,\"opcode\":2,\"data\":\"AAEC/g==\"}\n";
    let archive = archive(&[attached]);
    let beside = |name: &str| (name == "abc.jsonl").then(|| lines.as_bytes().to_vec());
    let connection = only(read_beside(&archive, &Options::default(), &beside).unwrap());
    assert_eq!(said(&connection), [(CLIENT, "go".to_owned()), (SERVER, "000102fe".to_owned())]);
    assert_eq!(broken(&connection), []);
    assert_eq!(connection.messages[1].time_us, Some(2000), "Playwright counts milliseconds");
    has_note(&connection.notes, "no response was recorded (its status is -1)");
    has_note(&connection.notes, "the header fields of the request were not recorded");
    let connection = only(open(&archive));
    has_note(&connection.notes, "its messages are in the file abc.jsonl beside the archive");
    let damaged = |_: &str| Some(b"no messages".to_vec());
    has_note(
        &only(read_beside(&archive, &Options::default(), &damaged).unwrap()).notes,
        "abc.jsonl beside the archive, but that has none",
    );
    // The file by itself.
    let connection = only(text(lines));
    assert_eq!(said(&connection).len(), 2);
    has_note(&connection.notes, "the handshake is not known");
}

/// mitmproxy: the scheme of HTTP, absolute times, and a status of 0 where no response was seen. Others write −1.
#[test]
fn archives_of_proxies_are_read() {
    for status in [0, -1] {
        let mut flow = entry(hi(1_780_000_000.25));
        flow["request"]["url"] = "https://x/ws".into();
        flow["response"] = json!({"status": status, "statusText": "", "httpVersion": "", "headers": [], "content": {}, "_error": null});
        let connection = is_hi(open(&archive(&[flow])));
        assert_eq!(connection.name, "wss://x/ws");
        assert_eq!(connection.messages[0].time_us, Some(0));
        has_note(&connection.notes, &format!("no response was recorded (its status is {status})"));
    }
    // Tools of Windows put a mark in front, and `.zhar` is compressed.
    is_hi(open(&[b"\xef\xbb\xbf", &archive(&[entry(hi(1.0))])[..]].concat()));
}

/// Over HTTP/2 the request is CONNECT, and 200 is right.
#[test]
fn a_websocket_over_http_2_is_right() {
    let mut over = entry(hi(1.0));
    over["request"] = json!({"method": "CONNECT", "url": "wss://x/ws", "httpVersion": "h2", "headers": [
        {"name": ":method", "value": "CONNECT"}, {"name": ":protocol", "value": "websocket"},
        {"name": "sec-websocket-version", "value": "13"}, {"name": "sec-websocket-protocol", "value": "chat"}]});
    over["response"] = json!({"status": 200, "statusText": "", "httpVersion": "h2", "content": {}, "headers": [
        {"name": ":status", "value": "200"}, {"name": "sec-websocket-protocol", "value": "chat"}]});
    let connection = is_hi(open(&archive(&[over.clone()])));
    let handshake = connection.handshake.unwrap();
    assert_eq!(handshake.protocol.as_deref(), Some("chat"));
    assert!(handshake.checks.iter().all(|check| check.ok), "{:?}", handshake.checks);
    assert_eq!(handshake.response.unwrap().line, "HTTP/2 200");
    has_note(&connection.notes, "RFC 8441");
    over["response"]["status"] = 403.into();
    has_note(&only(open(&archive(&[over]))).notes, "the server refused, with \"HTTP/2 403\"");
}

/// The same in events of the DevTools protocol.
#[test]
fn events_over_http_2_are_right() {
    let events = json!([
        {"method": "Network.webSocketCreated", "params": {"requestId": "1", "url": "wss://x/ws"}},
        {"method": "Network.webSocketWillSendHandshakeRequest", "params": {"requestId": "1", "request": {"headers": {"Sec-WebSocket-Version": "13"}}}},
        {"method": "Network.webSocketHandshakeResponseReceived", "params": {"requestId": "1", "response": {"status": 200, "statusText": "", "headers": {}}}},
        {"method": "Network.webSocketFrameReceived", "params": {"requestId": "1", "timestamp": 1, "response": {"opcode": 1, "payloadData": "hi"}}},
    ]);
    has_note(&is_hi(text(&events.to_string())).notes, "RFC 8441");
}

/// Control frames that some tools list, and what no tool should.
#[test]
fn records_that_are_no_messages_are_told() {
    let messages = json!([
        {"type": "receive", "time": 1, "opcode": 9, "data": "cA=="},
        {"type": "receive", "time": 1, "opcode": 1, "data": "hi"},
        {"type": "receive", "time": 2, "opcode": 8, "data": "", "code": 4001, "reason": "done"},
        {"type": "other", "time": 2, "opcode": 1, "data": ""},
        {"type": "send", "time": 2, "opcode": 2, "data": "?"},
        {"type": "send", "time": 2, "opcode": 2},
    ]);
    let connection = is_hi(open(&archive(&[entry(messages)])));
    let close = connection.told_close.as_ref().unwrap();
    assert_eq!((close.code, close.reason.as_str()), (4001, "done"));
    for words in [
        "1 control frame in the archive is not listed",
        "message 3 is not read: its type is other",
        "message 4 is not read: its data is not base64",
        "message 5 is not read: it has no data",
    ] {
        has_note(&connection.notes, words);
    }
}

#[test]
fn an_archive_without_a_websocket_says_so() {
    let page = json!({"request": {"method": "GET", "url": "http://x/", "headers": []}, "response": {"status": 200, "headers": []}});
    let capture = open(&archive(&[page]));
    assert_eq!(capture.connections, []);
    has_note(&capture.notes, "none of the archive's 1 entries is a WebSocket");
    has_note(&open(&archive(&[])).notes, "has no entry");
    // A WebSocket of which the tool kept no messages.
    let mut without = entry(Value::Null);
    without.as_object_mut().unwrap().remove("_webSocketMessages");
    has_note(&only(open(&archive(&[without]))).notes, "the archive has none of its messages");
    // One that was refused breaks no rule.
    let mut refused = entry(json!([]));
    refused["response"] = json!({"status": 401, "statusText": "Unauthorized", "headers": [{"name": "WWW-Authenticate", "value": "Basic"}]});
    let connection = only(open(&archive(&[refused])));
    assert_eq!(broken(&connection), []);
    has_note(&connection.notes, "the server refused, with \"HTTP/1.1 401 Unauthorized\"");
}
