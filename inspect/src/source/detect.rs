//! Detects the format of a capture by its first octets.

use serde_json::Value;

use super::{Format, contains, har, octets, pcap, report, without_mark};

/// So much of a text is looked at to tell what kind of JSON it is.
const BEGIN: usize = 4096;

/// What a capture is.
///
/// # Errors
/// It is something that is known but not read; in words.
pub(super) fn format(capture: &[u8]) -> Result<Format, String> {
    if pcap::is_pcap(capture) {
        return Ok(Format::Pcap);
    }
    if let Some(what) = other(capture) {
        return Err(what.to_owned());
    }
    let text = without_mark(capture).trim_ascii_start();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let begin = &text[..text.len().min(BEGIN)];
    Ok(match text.first() {
        Some(b'{') if contains(begin, b"\"constants\"") => Format::Netlog,
        Some(b'[') if contains(begin, b"\"method\"") && contains(text, b"\"Network.webSocket") => {
            Format::Events
        }
        Some(b'{') if report::is_report(text) => Format::Report,
        Some(b'{' | b'[') if contains(begin, b"\"log\"") || contains(text, b"_webSocketMessages") => {
            Format::Har
        }
        Some(b'{' | b'[') if har::lines(text).is_some() => Format::Har,
        Some(b'{' | b'[') => json(text),
        // The error of digits names the character at fault.
        _ => octets::detect(capture).unwrap_or(Format::Hex),
    })
}

/// What begins like JSON: one of its kinds, or octets in the brackets of some language or log.
fn json(text: &[u8]) -> Format {
    match octets::detect(text) {
        Some(Format::List)
            if serde_json::from_slice(text).is_ok_and(|value: Value| har::are_messages(&value)) =>
        {
            Format::Har
        }
        Some(found) => found,
        None if text.contains(&b'"') || !text.iter().any(u8::is_ascii_digit) => Format::Har,
        None => Format::List,
    }
}

/// Files of other programs that are asked for now and then.
fn other(capture: &[u8]) -> Option<&'static str> {
    let starts = |with: &[u8]| capture.starts_with(with);
    Some(if starts(b"snoop\0\0\0") {
        "it is a capture by snoop: `editcap -F pcapng FILE NEW.pcapng` converts it"
    } else if starts(b"GMBU") || starts(b"RTSS") {
        "it is a capture by Network Monitor: `editcap -F pcapng FILE NEW.pcapng` converts it"
    } else if starts(b"\x89PNG") || starts(b"\xff\xd8\xff") || starts(b"GIF8") {
        "it is a picture: what is in it has to be pasted as text"
    } else if is_flow_file(capture) {
        "it is a flow file of mitmproxy: `mitmdump -nr FILE --set hardump=NEW.har` makes a HAR of it, which has the messages"
    } else {
        return None;
    })
}

/// A flow file is a list of netstrings with types: a length, a colon, an element, its type.
fn is_flow_file(capture: &[u8]) -> bool {
    let digits = capture.iter().take(12).take_while(|octet| octet.is_ascii_digit()).count();
    let Some(b':') = capture.get(digits).filter(|_| digits > 0) else { return false };
    let first = &capture[digits + 1..];
    let inner = first.iter().take(12).take_while(|octet| octet.is_ascii_digit()).count();
    inner > 0
        && first.get(inner) == Some(&b':')
        && contains(&capture[..capture.len().min(1 << 20)], b"7:version;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        for (text, format) in [
            ("{\"constants\": 1}", Format::Netlog),
            ("{\"log\": 1}", Format::Har),
            ("\u{feff}{\"log\": 1}", Format::Har),
            ("{", Format::Har),
            ("{\"a\": 1}", Format::Har),
            ("[]", Format::Har),
            ("[129,5,72,101,108,108,111]", Format::List),
            ("{129,5,72,101,108,108,111}", Format::List),
            ("{\"type\":\"Buffer\",\"data\":[129,5,72,101,108,108,111]}", Format::List),
            ("[{\"type\":\"send\",\"time\":1,\"opcode\":1,\"data\":\"x\"}]", Format::Har),
            ("{\"type\":\"send\",\"time\":1,\"opcode\":1,\"data\":\"x\"}\n", Format::Har),
            ("<Buffer 81 05 48 65 6c 6c 6f>", Format::List),
            ("[..., 49, 48, 48, 48, ...]", Format::List),
            ("[1] TRACE 0000: 81 05 48 65 6c 6c 6f    ..Hello", Format::Hex),
        ] {
            assert_eq!(super::format(text.as_bytes()), Ok(format), "{text}");
        }
    }

    #[test]
    fn what_is_known_but_not_read_says_what_to_do() {
        for (octets, words) in [
            (&b""[..], "empty"),
            (b" \n", "empty"),
            (b"snoop\0\0\0\0\0\0\x02", "editcap"),
            (b"5035:9:websocket;0:~7:version;2:21#", "mitmdump"),
            (b"\x89PNG\r\n\x1a\n", "picture"),
        ] {
            assert!(format(octets).unwrap_err().contains(words), "{words}");
        }
    }
}
