//! Octets in text of any form, or themselves: those of one end, of both, or packets.

mod dump;
mod hex;
mod list;
mod literal;
mod packets;
mod search;

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Error, Format, Options, others};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::follow::{Circumstances, Follower};
use crate::model::{Capture, Sender, Source};
use crate::{fit, http};

/// Padding is there or not, as people paste it.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// Octets that were found in a text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Found {
    /// Pieces in their order: each what one end said at a time.
    said: Vec<Said>,
    notes: Vec<String>,
}

/// What one end said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// Who said it, if the text tells.
    sender: Option<Sender>,
    octets: Vec<u8>,
}

impl Found {
    /// Octets of one end.
    fn one(octets: Vec<u8>) -> Self {
        Self { said: vec![Said { sender: None, octets }], notes: Vec::new() }
    }

    /// All octets, as if one end had said them.
    fn joined(&self) -> Cow<'_, [u8]> {
        match &self.said[..] {
            [one] => Cow::Borrowed(&one.octets),
            many => many.iter().flat_map(|said| said.octets.iter().copied()).collect(),
        }
    }

    /// Whether these are frames and nothing else.
    fn fits(&self) -> bool {
        let exact = |octets: &[u8]| fit::frames(octets, None).is_some_and(|fit| fit.exact);
        exact(&self.joined()) || (self.said.len() > 1 && self.said.iter().all(|said| exact(&said.octets)))
    }
}

pub(super) fn read(capture: &[u8], format: Format, options: &Options) -> Result<Capture, Error> {
    let found = match format {
        Format::Raw => Ok(Found::one(capture.to_vec())),
        format => text(capture).and_then(|text| {
            in_text(text, format).map_err(|why| without_octets(text).map_or(why, str::to_owned))
        }),
    };
    let found = found.and_then(whole).map_err(|why| Error::new(format, why))?;
    Ok(packets::read(&found, options).unwrap_or_else(|| assemble(found, options)))
}

/// The octets, unless some of them were lost when they were shown: characters stand for those that are none.
fn whole(found: Found) -> Result<Found, String> {
    const SIGNS: [(char, &str); 2] = [('\u{fffd}', "U+FFFD"), ('\u{2592}', "U+2592")];
    let has = |sign: char| {
        let mut octets = [0; 4];
        let octets = sign.encode_utf8(&mut octets).as_bytes();
        found.said.iter().any(|said| said.octets.windows(octets.len()).any(|part| part == octets))
    };
    match SIGNS.iter().find(|(sign, _)| has(*sign)) {
        Some((_, name)) if !found.fits() => Err(format!(
            "it has {name}, the character that a terminal shows for octets which are no text: those octets are lost; print them as \
             hex or base64"
        )),
        _ => Ok(found),
    }
}

/// What a text is that tells of a WebSocket, but not its octets.
fn without_octets(text: &str) -> Option<&'static str> {
    if is_dissection(text) {
        Some(
            "it is what Wireshark says of packets, in words, which has no octets of frames: \"Follow TCP Stream\", shown as a hex \
             dump, and \"Copy as Hex Dump\" have them",
        )
    } else if text.contains("> GET ") || text.contains("< HTTP/1.") {
        Some(
            "it is what curl says with -v, which has heads and no octets of frames: `curl --trace FILE` writes them",
        )
    } else if is_prose(text) {
        Some(
            "no frames were found in this text: octets have to be in it, as a dump, hexadecimal digits, a list of numbers, a \
             literal with escapes, or base64",
        )
    } else {
        None
    }
}

/// Whether this is Wireshark's tree of a packet's fields. The numbers in it are values, not octets behind each other.
fn is_dissection(text: &str) -> bool {
    text.contains(" = Opcode: ") || (text.contains("Masking-Key: ") && text.contains("Payload length: "))
}

/// Whether most words of a longer text are no digits, so that it makes no sense to name the first that is none.
fn is_prose(text: &str) -> bool {
    let is_digits = |word: &str| {
        let word = word.strip_prefix("0x").unwrap_or(word).trim_end_matches([',', ':', ';']);
        word.bytes().all(|octet| octet.is_ascii_hexdigit())
    };
    let (digits, others): (Vec<&str>, Vec<&str>) =
        text.split_whitespace().take(1000).partition(|word| is_digits(word));
    others.len() > 8 && others.len() > digits.len()
}

fn text(capture: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(super::without_mark(capture)).map_err(|error| error.to_string())
}

fn in_text(text: &str, format: Format) -> Result<Found, String> {
    let whole = match format {
        Format::List => list::read(text),
        Format::Base64 => from_base64(text).map(Found::one),
        Format::Text => from_literal(text),
        _ => hexadecimal(text),
    };
    // In a longer text it may stand somewhere.
    whole.or_else(|why| search::find(text, format).ok_or(why))
}

fn from_literal(text: &str) -> Result<Found, String> {
    let fits = |octets: &[u8]| fit::frames(octets, None).is_some_and(|fit| fit.exact);
    let octets = literal::read(text)?;
    if fits(&octets) {
        return Ok(Found::one(octets));
    }
    // Where a program keeps octets in a text, each may be one character.
    if let Some(narrow) = literal::read_latin1(text).filter(|narrow| fits(narrow)) {
        return Ok(Found::one(narrow));
    }
    match literal::is_whole(text) {
        true => Ok(Found::one(octets)),
        false => {
            Err("it has escapes, but no frame in it; quotes around the octets make a literal of them"
                .to_owned())
        }
    }
}

/// Digits, or a dump of them.
fn hexadecimal(text: &str) -> Result<Found, String> {
    let digits = hex::read(text);
    match dump::read(text) {
        Some(Ok(dump)) if dump.is_sure || digits.is_err() => Ok(dump.found),
        // A first word of noughts may be an offset or data.
        Some(Ok(dump)) if dump.found.fits() && !digits.as_ref().is_ok_and(Found::fits) => Ok(dump.found),
        Some(Err(why)) if digits.is_err() => Err(why),
        _ => digits,
    }
}

/// What the octets are given as; `None` if nothing that is known.
pub(super) fn detect(capture: &[u8]) -> Option<Format> {
    let Ok(text) = text(capture) else { return Some(Format::Raw) };
    let quoted = text.starts_with(['"', '\'', '`']);
    let may_be =
        |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{1b}') || (quoted && c > '\u{7f}');
    let is_text = text.chars().all(may_be);
    if !is_text || text.starts_with("GET ") || text.starts_with("HTTP/") {
        return Some(Format::Raw);
    }
    let is_list = || list::read(text).is_ok();
    if text.trim_start().starts_with(['[', '{', '<']) && is_list() {
        Some(Format::List)
    } else if hexadecimal(text).is_ok() {
        Some(Format::Hex)
    } else if is_list() {
        Some(Format::List)
    } else if from_base64(text).is_ok() {
        Some(Format::Base64)
    } else if literal::detect(text) && from_literal(text).is_ok() {
        Some(Format::Text)
    } else {
        search::format(text).or_else(|| literal::detect(text).then_some(Format::Text))
    }
}

fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    if let Some(line) = text.lines().position(|line| line.trim().contains([' ', '\t'])) {
        return Err(format!("line {}: base64 has no blanks within a line", line + 1));
    }
    let text: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(&text).or_else(|_| URL_SAFE.decode(&text)).map_err(|error| error.to_string())
}

/// Whether octets begin like a head, with more than its first word.
fn is_head(octets: &[u8]) -> bool {
    (octets.len() > 7 && http::may_be_response(octets)) || (octets.len() > 4 && http::may_be_request(octets))
}

/// What was said, as a capture.
fn assemble(found: Found, options: &Options) -> Capture {
    let Found { said, mut notes } = found;
    let connections = if said.iter().any(|said| is_head(&said.octets)) {
        let circumstances =
            Circumstances { from_start: true, force: true, sure_ends: true, ..Circumstances::default() };
        let mut follower = Follower::new(circumstances, &Budget::default());
        for (sender, octets) in with_senders(said, options) {
            follower.take(sender, &octets, None);
        }
        match follower.finish() {
            Ok(connection) => vec![connection],
            Err(other) => {
                others::tell(&[(other, 1)].into(), true, &mut notes);
                Vec::new()
            }
        }
    } else {
        let mut conversation = Conversation::of_frames(String::new(), &Budget::default());
        if let Some(agreed) = options.deflate {
            conversation = conversation.with_deflate(agreed);
        }
        let said = with_senders(said, options);
        if said.first().is_some_and(|(_, octets)| is_hardly_a_frame(octets)) {
            notes.push(
                "the first octets begin no frame that RFC 6455 knows; they may be a message's payload, or not the beginning"
                    .to_owned(),
            );
        }
        for (sender, octets) in said {
            conversation.take(sender, &octets, None);
        }
        vec![conversation.finish()]
    };
    Capture { source: Source::Octets, connections, notes }
}

/// Whether octets begin like no frame: their first octet alone breaks a rule.
fn is_hardly_a_frame(octets: &[u8]) -> bool {
    octets.first().is_some_and(|first| first & 15 == 0 || !fit::may_begin(&[*first], false))
}

/// Who said what.
fn with_senders(said: Vec<Said>, options: &Options) -> Vec<(Sender, Vec<u8>)> {
    let mut before = None;
    said.into_iter()
        .map(|Said { sender, octets }| {
            // A piece that is neither a head nor frames by itself goes on with what was said before.
            let begins = is_head(&octets) || fit::frames(&octets, None).is_some();
            let own = begins.then(|| sender_of(&octets));
            let sender = options.sender.or(sender).or(own).or(before).unwrap_or_else(|| sender_of(&octets));
            before = Some(sender);
            (sender, octets)
        })
        .collect()
}

/// A client's frames are masked. A head says it by its first word.
fn sender_of(octets: &[u8]) -> Sender {
    let masked = octets.get(1).is_some_and(|octet| octet & 0x80 != 0);
    if http::may_be_response(octets) {
        Sender::Server
    } else if masked || http::may_be_request(octets) {
        Sender::Client
    } else {
        Sender::Server
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        for (text, format) in [
            ("810548656c6c6f", Format::Hex),
            ("gQVIZWxsbw==", Format::Base64),
            ("gQVIZWxsbw", Format::Base64),
            (r"\x81\x05Hello", Format::Text),
            (r"b'\x81\x00'", Format::Text),
            (r"\x81 \x00", Format::Hex),
            ("GET / HTTP/1.1\r\n", Format::Raw),
            ("129,5,72,101,108,108,111", Format::List),
            ("0000   81 05 48 65 6c 6c 6f", Format::Hex),
        ] {
            assert_eq!(detect(text.as_bytes()), Some(format), "{text}");
        }
        assert_eq!(detect(b"\x81\x05Hello"), Some(Format::Raw));
        assert_eq!(detect(b"hello?"), None);
        assert_eq!(from_base64("gQVI\nZWxsbw=="), Ok(b"\x81\x05Hello".to_vec()));
    }

    #[test]
    fn each_piece_is_of_whoever_masks_so() {
        let found = in_text("[129, 1, 97]\n[129, 129, 0, 0, 0, 0, 98]\n", Format::List).unwrap();
        let senders: Vec<Sender> =
            with_senders(found.said, &Options::default()).iter().map(|(who, _)| *who).collect();
        assert_eq!(senders, [Sender::Server, Sender::Client]);
    }
}
