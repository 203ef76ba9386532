//! Octets of one stream: hex, base64, a string literal, or themselves.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Error, Format, Options, literal};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::model::{Capture, Sender, Source};

/// Padding is there or not, as people paste it.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

pub(super) fn read(capture: &[u8], format: Format, options: &Options) -> Result<Capture, Error> {
    let octets = match format {
        Format::Hex => from_hex(capture)?,
        Format::Base64 => from_base64(capture)?,
        Format::Text => literal::read(capture)?,
        _ => capture.to_vec(),
    };
    let head = octets.starts_with(b"GET ") || octets.starts_with(b"HTTP/1.");
    let sender = options.sender.unwrap_or_else(|| sender_of(&octets));
    let mut conversation = Conversation::of_frames(String::new(), &Budget::default());
    let mut notes = Vec::new();
    let mut frames = &octets[..];
    if head {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").map_or(octets.len(), |at| at + 4);
        notes.push(format!("an HTTP head of {end} octets comes first; only one end of the handshake is here, so it is not judged"));
        frames = &octets[end..];
    }
    if let Some(agreed) = options.deflate {
        conversation = conversation.with_deflate(agreed);
    }
    conversation.take(sender, frames, None);
    Ok(Capture { source: Source::Octets, connections: vec![conversation.finish()], notes })
}

pub(super) fn detect(capture: &[u8]) -> Format {
    let is_text = capture.iter().all(|octet| matches!(octet, b'\t' | b'\n' | b'\r' | 0x20..=0x7e));
    if !is_text || capture.starts_with(b"GET ") || capture.starts_with(b"HTTP/") {
        Format::Raw
    } else if from_hex(capture).is_ok() {
        Format::Hex
    } else if from_base64(capture).is_ok() {
        Format::Base64
    } else if literal::detect(capture) {
        Format::Text
    } else {
        // The error that it then gives names the character at fault.
        Format::Hex
    }
}

/// A client's frames are masked. A head says it by its first word.
fn sender_of(octets: &[u8]) -> Sender {
    let masked = octets.get(1).is_some_and(|octet| octet & 0x80 != 0);
    match octets {
        [b'G', b'E', b'T', b' ', ..] => Sender::Client,
        [b'H', b'T', b'T', b'P', b'/', ..] => Sender::Server,
        _ if masked => Sender::Client,
        _ => Sender::Server,
    }
}

/// Digits by twos. A line may begin with an offset and a colon, and end with two blanks and a column of text.
fn from_hex(capture: &[u8]) -> Result<Vec<u8>, Error> {
    let text = std::str::from_utf8(capture).map_err(|error| Error::new(Format::Hex, error))?;
    let mut octets = Vec::with_capacity(text.len() / 2);
    for (number, line) in text.lines().enumerate() {
        let line = match line.split_once(':') {
            Some((offset, rest)) if offset.len() >= 4 && offset.bytes().all(|b| b.is_ascii_hexdigit()) => {
                // The column of text stands after two blanks.
                rest.trim_start().split("  ").next().unwrap_or("")
            }
            _ => line,
        };
        let mut half = None;
        let words = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-'));
        for word in words.filter(|word| !word.is_empty()) {
            let word = word.strip_prefix("0x").or_else(|| word.strip_prefix("\\x")).unwrap_or(word);
            for c in word.chars() {
                let Some(digit) = c.to_digit(16) else {
                    let place = format!("line {}: {c:?} is no hexadecimal digit", number + 1);
                    return Err(Error::new(Format::Hex, place));
                };
                half = match half {
                    None => Some(digit),
                    Some(high) => {
                        octets.push((high << 4 | digit) as u8);
                        None
                    }
                };
            }
        }
        if half.is_some() {
            return Err(Error::new(Format::Hex, format!("line {}: an odd number of digits", number + 1)));
        }
    }
    if octets.is_empty() {
        return Err(Error::new(Format::Hex, "there are no digits"));
    }
    Ok(octets)
}

fn from_base64(capture: &[u8]) -> Result<Vec<u8>, Error> {
    let text: Vec<u8> = capture.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD
        .decode(&text)
        .or_else(|_| URL_SAFE.decode(&text))
        .map_err(|error| Error::new(Format::Base64, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_as_people_write_it() {
        let hello = b"\x81\x05Hello";
        for text in [
            "810548656c6c6f",
            "81 05 48 65 6C 6C 6F\n",
            "0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f",
            "81:05:48:65:6c:6c:6f",
            "00000000: 8105 4865 6c6c 6f                        ..Hello",
            "8105\n48656c6c6f",
        ] {
            assert_eq!(from_hex(text.as_bytes()).unwrap(), hello, "{text}");
            assert_eq!(detect(text.as_bytes()), Format::Hex, "{text}");
        }
        for (text, place) in [("81 0", "line 1: an odd"), ("8105\n4g", "line 2: 'g'"), ("", "no digits")] {
            assert!(from_hex(text.as_bytes()).unwrap_err().to_string().contains(place), "{text}");
        }
    }

    #[test]
    fn other_forms_are_told_apart() {
        assert_eq!(detect(b"gQVIZWxsbw=="), Format::Base64);
        assert_eq!(detect(b"gQVIZWxsbw"), Format::Base64);
        assert_eq!(detect(b"\x81\x05Hello"), Format::Raw);
        assert_eq!(detect(br"\x81\x05Hello"), Format::Text);
        assert_eq!(detect(br"b'\x81\x00'"), Format::Text);
        assert_eq!(detect(br"\x81 \x00"), Format::Hex);
        assert_eq!(detect(b"GET / HTTP/1.1\r\n"), Format::Raw);
        assert_eq!(from_base64(b"gQVI\nZWxsbw==").unwrap(), b"\x81\x05Hello");
    }
}
