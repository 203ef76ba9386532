//! The header fields of a handshake, judged one by one: what each says, and whether it may.

use wsproof_core::deflate::{self, NAME};
use wsproof_core::handshake::{ExtensionList, Key, has_token, is_token, tokens};

use crate::model::{Check, Handshake, Head, Sender};

/// A judgement: right or wrong, in words, and its rule.
type Verdict = (bool, String, &'static str);

/// Judges every field that RFC 6455 has a rule for, and tells of those that are missing.
pub(crate) fn of(handshake: &Handshake) -> Vec<Check> {
    let mut checks = Vec::new();
    let request = handshake.request.as_ref();
    // Without any field nothing but the first line was recorded.
    let recorded = |head: &&Head| !head.headers.is_empty();
    if let Some(head) = request.filter(recorded) {
        line(&mut checks, Sender::Client, request_line(&head.line));
        fields(&mut checks, Sender::Client, head, |name, value| request_field(name, value, head));
        missing(&mut checks, Sender::Client, head, &REQUEST_NEEDS);
    }
    if let Some(head) = handshake.response.as_ref().filter(recorded) {
        line(&mut checks, Sender::Server, status_line(&head.line));
        if status(&head.line) == "101" {
            fields(&mut checks, Sender::Server, head, |name, value| {
                response_field(name, value, head, request)
            });
            missing(&mut checks, Sender::Server, head, &RESPONSE_NEEDS);
        } else {
            fields(&mut checks, Sender::Server, head, refusal_field);
        }
    }
    checks
}

/// The same for a handshake by Extended CONNECT (RFC 8441 §5), which has no key, no accept and no upgrade.
pub(crate) fn of_connect(handshake: &Handshake) -> Vec<Check> {
    const CLAUSE: &str = "RFC 8441 §5";
    let mut checks = Vec::new();
    let request = handshake.request.as_ref();
    if let Some(head) = request {
        line(&mut checks, Sender::Client, (true, "CONNECT with the protocol websocket".to_owned(), CLAUSE));
        fields(&mut checks, Sender::Client, head, |name, value| match name {
            "sec-websocket-version" | "sec-websocket-protocol" | "sec-websocket-extensions" | "origin" => {
                request_field(name, value, head)
            }
            _ => None,
        });
    }
    if let Some(head) = &handshake.response {
        let status = status(&head.line);
        let text = match opens_by_connect(&head.line) {
            true => format!("{status} opens the WebSocket"),
            false => format!("the status is {status}: no WebSocket was opened"),
        };
        line(&mut checks, Sender::Server, (true, text, CLAUSE));
        fields(&mut checks, Sender::Server, head, |name, value| match name {
            "sec-websocket-protocol" | "sec-websocket-extensions" if opens_by_connect(&head.line) => {
                response_field(name, value, head, request)
            }
            _ => None,
        });
    }
    checks
}

/// What a request must have.
const REQUEST_NEEDS: [(&str, &str); 5] = [
    ("Host", "RFC 6455 §4.2.1 item 2"),
    ("Upgrade", "RFC 6455 §4.2.1 item 3"),
    ("Connection", "RFC 6455 §4.2.1 item 4"),
    ("Sec-WebSocket-Key", "RFC 6455 §4.2.1 item 5"),
    ("Sec-WebSocket-Version", "RFC 6455 §4.2.1 item 6"),
];

/// What a response must have.
const RESPONSE_NEEDS: [(&str, &str); 3] = [
    ("Upgrade", "RFC 6455 §4.1 item 2"),
    ("Connection", "RFC 6455 §4.1 item 3"),
    ("Sec-WebSocket-Accept", "RFC 6455 §4.1 item 4"),
];

/// Fields that may be there once only (RFC 6455 §11.3).
const ONCE: [&str; 4] = ["Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Accept"];

fn line(checks: &mut Vec<Check>, sender: Sender, (ok, text, clause): Verdict) {
    checks.push(Check { sender, header: None, ok, text, clause: clause.to_owned() });
}

fn fields(
    checks: &mut Vec<Check>,
    sender: Sender,
    head: &Head,
    judge: impl Fn(&str, &str) -> Option<Verdict>,
) {
    for (index, (name, value)) in head.headers.iter().enumerate() {
        let again = head.headers[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        let verdict = if again && ONCE.iter().any(|once| once.eq_ignore_ascii_case(name)) {
            Some((false, format!("{name} is there more than once"), "RFC 6455 §11.3"))
        } else {
            judge(&name.to_ascii_lowercase(), value)
        };
        checks.extend(verdict.map(|(ok, text, clause)| Check {
            sender,
            header: Some(index),
            ok,
            text,
            clause: clause.to_owned(),
        }));
    }
}

fn missing(checks: &mut Vec<Check>, sender: Sender, head: &Head, needed: &[(&str, &'static str)]) {
    for (name, clause) in needed {
        if value(head, name).is_none() {
            line(checks, sender, (false, format!("there is no {name}"), clause));
        }
    }
}

fn value<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
    values(head, name).next()
}

fn values<'a>(head: &'a Head, name: &str) -> impl Iterator<Item = &'a str> {
    head.headers
        .iter()
        .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// Several fields of one name are one value, with commas between (RFC 9110 §5.3).
fn joined(head: &Head, name: &str) -> String {
    values(head, name).collect::<Vec<_>>().join(", ")
}

fn request_line(line: &str) -> Verdict {
    let good = line.starts_with("GET ") && line.ends_with(" HTTP/1.1");
    let text = if good { "GET by HTTP/1.1" } else { "not GET by HTTP/1.1" };
    (good, text.to_owned(), "RFC 6455 §4.2.1 item 1")
}

fn status(line: &str) -> &str {
    line.split(' ').nth(1).unwrap_or_default()
}

/// Whether the response with this first line opens a WebSocket that an Extended CONNECT asked for: with 2xx.
pub(crate) fn opens_by_connect(line: &str) -> bool {
    let status = status(line);
    status.len() == 3 && status.starts_with('2')
}

fn status_line(line: &str) -> Verdict {
    let text = match status(line) {
        "101" if !line.starts_with("HTTP/1.1 ") => {
            return (
                false,
                "not by HTTP/1.1, which alone has this status".to_owned(),
                "RFC 6455 §4.2.2 item 5.1",
            );
        }
        "101" => "switches protocols".to_owned(),
        // Whatever the server's reason is: it may.
        status => format!("the status is {status}, not 101: no WebSocket was opened"),
    };
    (true, text, "RFC 6455 §4.1 item 1")
}

/// Judges a field of a response that opens no WebSocket; the name is in small letters.
fn refusal_field(name: &str, value: &str) -> Option<Verdict> {
    let text = || format!("the server speaks version {value}");
    (name == "sec-websocket-version").then(|| (true, text(), "RFC 6455 §4.4"))
}

/// Judges a field of a request; the name is in small letters.
fn request_field(name: &str, value: &str, head: &Head) -> Option<Verdict> {
    Some(match name {
        "host" => (!value.is_empty(), "names the server".to_owned(), "RFC 6455 §4.2.1 item 2"),
        "upgrade" => token(&joined(head, name), "websocket", "RFC 6455 §4.2.1 item 3"),
        "connection" => token(&joined(head, name), "Upgrade", "RFC 6455 §4.2.1 item 4"),
        "sec-websocket-key" => match Key::parse(value) {
            Ok(key) => (true, format!("16 octets; they ask for {}", key.accept()), "RFC 6455 §4.2.1 item 5"),
            Err(_) => (false, "not 16 octets in base64".to_owned(), "RFC 6455 §4.2.1 item 5"),
        },
        "sec-websocket-version" => {
            let good = value == "13";
            let text = if good { "the version of RFC 6455".to_owned() } else { format!("{value}, not 13") };
            (good, text, "RFC 6455 §4.2.1 item 6")
        }
        "sec-websocket-protocol" => {
            let offered: Vec<&str> = tokens(value).collect();
            let good = !offered.is_empty() && offered.iter().all(|name| is_token(name));
            let text = if good { format!("offers {}", offered.join(", ")) } else { "not tokens".to_owned() };
            (good, text, "RFC 6455 §11.3.4")
        }
        "sec-websocket-extensions" => extensions(value, |extension| {
            deflate::Offer::from_extension(extension).map(drop).map_err(|error| error.to_string())
        }),
        "sec-websocket-accept" => (false, "belongs into the response".to_owned(), "RFC 6455 §11.3.3"),
        "origin" => (true, "where the page is from; the server decides".to_owned(), "RFC 6455 §10.2"),
        _ => return None,
    })
}

/// Judges a field of a response; the name is in small letters.
fn response_field(name: &str, value_here: &str, response: &Head, request: Option<&Head>) -> Option<Verdict> {
    let asked = |name| request.and_then(|head| value(head, name));
    let switches = response.line.split(' ').nth(1) == Some("101");
    Some(match name {
        "upgrade" => {
            let whole = joined(response, name);
            let good = whole.eq_ignore_ascii_case("websocket");
            let text = match good {
                true => "names websocket".to_owned(),
                false if whole == value_here => "is not \"websocket\"".to_owned(),
                false => format!("the field's value is {whole:?} in all, not \"websocket\""),
            };
            (good, text, "RFC 6455 §4.1 item 2")
        }
        "connection" if switches && has_token(value_here, "close") => {
            (false, "names \"close\", though the connection goes on".to_owned(), "RFC 9112 §9.6")
        }
        "connection" => token(&joined(response, name), "Upgrade", "RFC 6455 §4.1 item 3"),
        "content-length" if switches => {
            (false, "a server must not send it with the status 101".to_owned(), "RFC 9110 §8.6")
        }
        "transfer-encoding" if switches => {
            (false, "a server must not send it with the status 101".to_owned(), "RFC 9112 §6.1")
        }
        "sec-websocket-accept" => match asked("Sec-WebSocket-Key").map(Key::parse) {
            Some(Ok(key)) if key.accept() == value_here => {
                (true, "answers the key".to_owned(), "RFC 6455 §4.1 item 4")
            }
            Some(Ok(key)) => (
                false,
                format!("does not answer the key: that asks for {}", key.accept()),
                "RFC 6455 §4.1 item 4",
            ),
            // Without a key there is nothing to judge it by.
            _ => return None,
        },
        "sec-websocket-protocol" => {
            let offered =
                tokens(asked("Sec-WebSocket-Protocol").unwrap_or_default()).any(|name| name == value_here);
            let text = if offered { "one of those offered" } else { "was not offered" };
            (offered, text.to_owned(), "RFC 6455 §4.1 item 6")
        }
        "sec-websocket-extensions" => {
            let offers = ExtensionList::parse(asked("Sec-WebSocket-Extensions").unwrap_or_default()).ok();
            extensions(value_here, |extension| {
                let offers = offers.as_ref();
                if !offers.is_some_and(|offers| offers.has(extension.name())) {
                    return Err(format!("{} was not offered", extension.name()));
                }
                deflate::Response::from_extension(extension).map(drop).map_err(|error| error.to_string())
            })
        }
        "sec-websocket-version" => (false, "is for a server that refuses".to_owned(), "RFC 6455 §4.4"),
        _ => return None,
    })
}

fn token(value: &str, wanted: &str, clause: &'static str) -> Verdict {
    let good = has_token(value, wanted);
    let text = if good { format!("names {wanted}") } else { format!("does not name {wanted}") };
    (good, text, clause)
}

fn extensions(
    value: &str,
    judge: impl Fn(&wsproof_core::handshake::Extension) -> Result<(), String>,
) -> Verdict {
    let list = match ExtensionList::parse(value) {
        Ok(list) => list,
        Err(error) => return (false, error.to_string(), "RFC 6455 §9.1"),
    };
    // Of other extensions nothing is known but that they were offered.
    let wrong = list.iter().find_map(|extension| {
        let known = extension.name().eq_ignore_ascii_case(NAME);
        judge(extension).err().filter(|why| known || why.ends_with("not offered"))
    });
    match wrong {
        Some(why) => (false, why, "RFC 7692 §7.1"),
        None => (true, "well formed".to_owned(), "RFC 6455 §9.1"),
    }
}
