//! Answers 101 that break a rule of HTTP or of RFC 6455 §4.1.

use wsproof_inspect::{Connection, Options, read};

const CONTENT_LENGTH: &[u8] = include_bytes!("captures/content_length_in_101.pcap");
const UPGRADE_TWICE: &[u8] = include_bytes!("captures/upgrade_twice_in_101.pcap");
const HAR: &str = include_str!("captures/messages.har");

fn connection(capture: &[u8]) -> Connection {
    let mut capture = read(capture, &Options::default()).unwrap();
    assert_eq!(capture.connections.len(), 1);
    capture.connections.remove(0)
}

/// The violations of the handshake, and the fields that are judged wrong, as `text (clause)`.
fn wrong(connection: &Connection) -> (Vec<String>, Vec<String>) {
    let handshake = connection.handshake.as_ref().unwrap();
    let violations = handshake.violations.iter().map(|found| format!("{} ({})", found.text, found.clause));
    let checks = handshake.checks.iter().filter(|check| !check.ok);
    let checks = checks.map(|check| {
        let head = handshake.response.as_ref().unwrap();
        let name = check.header.map_or("the first line", |at| head.headers[at].0.as_str());
        format!("{name}: {} ({})", check.text, check.clause)
    });
    (violations.collect(), checks.collect())
}

#[test]
fn content_length_is_a_violation_and_no_more() {
    let connection = connection(CONTENT_LENGTH);
    let (violations, checks) = wrong(&connection);
    assert_eq!(
        violations,
        ["the response 101 has a Content-Length header, which a server must not send in it (RFC 9110 §8.6)"]
    );
    assert_eq!(checks, ["Content-Length: a server must not send it with the status 101 (RFC 9110 §8.6)"]);
    // The frames behind the head are read all the same.
    assert_eq!(connection.violations(), 1);
    assert!(!connection.messages.is_empty());
}

#[test]
fn upgrade_twice_makes_another_value() {
    let (violations, checks) = wrong(&connection(UPGRADE_TWICE));
    assert_eq!(
        violations,
        [
            "the value of the response's Upgrade header is \"websocket, websocket\", not \"websocket\" (RFC 6455 \
             §4.1 item 2)"
        ]
    );
    let each =
        "the field's value is \"websocket, websocket\" in all, not \"websocket\" (RFC 6455 §4.1 item 2)";
    assert_eq!(checks, [format!("Upgrade: {each}"), format!("Upgrade: {each}")]);
}

/// A HAR whose response has these fields in place of `Connection: Upgrade`.
fn with_connection(fields: &[(&str, &str)]) -> Connection {
    let mut archive: serde_json::Value = serde_json::from_str(HAR).unwrap();
    let headers = archive["log"]["entries"][0]["response"]["headers"].as_array_mut().unwrap();
    headers.retain(|field| !field["name"].as_str().unwrap().eq_ignore_ascii_case("connection"));
    headers.extend(fields.iter().map(|(name, value)| serde_json::json!({ "name": name, "value": value })));
    connection(archive.to_string().as_bytes())
}

#[test]
fn connection_options_are_one_list() {
    let good = with_connection(&[("Connection", "keep-alive"), ("connection", "Upgrade")]);
    assert_eq!(wrong(&good), (vec![], vec![]));
    let (violations, checks) = wrong(&with_connection(&[("Connection", "Upgrade, close")]));
    assert_eq!((violations.len(), checks.len()), (1, 1), "{violations:?} {checks:?}");
    assert!(violations[0].ends_with("(RFC 9112 §9.6)"), "{violations:?}");
    let (violations, _) =
        wrong(&with_connection(&[("Connection", "Upgrade"), ("Transfer-Encoding", "chunked")]));
    assert!(violations[0].ends_with("(RFC 9112 §6.1)"), "{violations:?}");
}
