//! Octets somewhere in a longer text: in the lines of a log.

use wsproof_core::Count;

use super::{Found, Said, list, literal};
use crate::fit;
use crate::source::Format;

/// So much of a text is searched: 16 MiB.
const MAX_SEARCHED: usize = 16 << 20;

/// With so many blanks it is tried whether they end a literal without quotes, and up to so many octets of text.
const MAX_ENDS: usize = 200;
const MAX_UNQUOTED: usize = 64 << 10;

/// Forms in which octets stand in a text, in the order in which they are looked for.
const FORMS: [Format; 4] = [Format::Text, Format::List, Format::Hex, Format::Base64];

/// What was found in a line.
struct Hit {
    octets: Vec<u8>,
    /// The column where it begins, counted from 1.
    column: usize,
}

/// The form in which a text has octets, if it has any.
pub(super) fn format(text: &str) -> Option<Format> {
    FORMS.into_iter().find(|format| find(text, *format).is_some())
}

/// The octets that stand in a text in this form.
pub(super) fn find(text: &str, format: Format) -> Option<Found> {
    let end = text.len().min(MAX_SEARCHED);
    let text = text.get(..end).unwrap_or_default();
    if format == Format::Hex && super::is_dissection(text) {
        return None;
    }
    let mut said = Vec::new();
    let mut maybe: Vec<((usize, usize), Said)> = Vec::new();
    let mut first = None;
    for (number, line) in text.lines().enumerate() {
        for hit in hits(line, format) {
            // The last line of a dump is as short as it is; by itself so little is nothing.
            let is_short = format == Format::Hex && hit.octets.len() < 3;
            let place = (number + 1, hit.column);
            let fits = fit::frames(&hit.octets, None).is_some_and(|fit| fit.exact && fit.whole > 0);
            if fits && !is_short {
                first.get_or_insert(place);
                said.push(Said { sender: None, octets: hit.octets });
            } else if said.is_empty() && matches!(format, Format::Text | Format::Hex) {
                maybe.push((place, Said { sender: None, octets: hit.octets }));
            }
        }
    }
    if said.is_empty() && format == Format::Hex {
        let (place, octets) = over_lines(&maybe)?;
        first = Some(place);
        said = vec![Said { sender: None, octets }];
        maybe = Vec::new();
    }
    // A literal may be a frame with a fault.
    if said.is_empty() {
        maybe.retain(|(_, said)| said.octets.first().is_some_and(|first| !(0x20..0x7f).contains(first)));
        first = maybe.first().map(|(place, _)| *place);
        said = maybe.into_iter().map(|(_, said)| said).collect();
    }
    let (line, column) = first?;
    let form = match format {
        Format::Text => "literal",
        Format::List => "list",
        Format::Base64 => "base64",
        _ => "hexadecimal digits",
    };
    let others = match said.len() {
        1 => String::new(),
        count => format!(", and of {}", Count(count as u64 - 1, "more place")),
    };
    let note = format!("the octets are those of the {form} in line {line} from column {column} on{others}");
    Some(Found { said, notes: vec![note] })
}

/// A frame that goes on in the next lines: its first place, and the octets of all lines.
fn over_lines(hits: &[((usize, usize), Said)]) -> Option<((usize, usize), Vec<u8>)> {
    let mut lines: Vec<((usize, usize), &[u8])> = Vec::new();
    for line in hits.chunk_by(|(one, _), (other, _)| one.0 == other.0) {
        // What stands in the column of the line before goes on with it, however short it is. Else the longest piece: what
        // stands before it may look like digits too.
        let before = lines.last().map(|((number, column), _)| (*number + 1, *column));
        let goes_on = line.iter().find(|(place, _)| Some(*place) == before);
        let longest = || line.iter().max_by_key(|(_, said)| said.octets.len());
        if let Some((place, said)) = goes_on.or_else(|| longest().filter(|(_, said)| said.octets.len() > 2)) {
            lines.push((*place, &said.octets));
        }
    }
    let place = lines.first()?.0;
    let octets: Vec<u8> = lines.into_iter().flat_map(|(_, octets)| octets).copied().collect();
    fit::frames(&octets, None).filter(|fit| fit.exact && fit.is_sure())?;
    Some((place, octets))
}

fn hits(line: &str, format: Format) -> Vec<Hit> {
    match format {
        Format::Text => literals(line),
        Format::List => {
            let column = line.find(['[', '{', '(', '<']).map_or(1, |at| at + 1);
            let found = list::bracketed(line).into_iter();
            found.map(|octets| Hit { octets, column }).collect()
        }
        Format::Base64 => base64(line),
        _ => digits(line),
    }
}

/// Literals with an escape, in quotes or not.
fn literals(line: &str) -> Vec<Hit> {
    let mut hits = angled(line);
    let mut at = 0;
    while let Some(escape) =
        line[at..].find("\\x").or_else(|| line[at..].find("\\u00")).map(|found| at + found)
    {
        // The quote before it, unless that was closed in between.
        let quoted = line[at..escape].rfind(['"', '\'', '`']).map(|quote| at + quote);
        let (begin, end) = match quoted {
            Some(quote) => {
                let kind = line[quote..].chars().next().unwrap_or('"');
                let inner = quote + 1;
                match literal::closing(&line[inner..], kind) {
                    Some(len) => (inner, inner + len),
                    None => (escape, line.len()),
                }
            }
            None => (escape, line.len()),
        };
        let octets = match quoted.is_some() && end < line.len() {
            true => literal::octets(&line[begin..end]).ok(),
            false => unquoted(&line[begin..]),
        };
        hits.extend(octets.map(|octets| Hit { octets, column: begin + 1 }));
        at = (end + 1).max(escape + 2).min(line.len());
        if !line.is_char_boundary(at) {
            break;
        }
    }
    hits
}

/// Octets as `less` and editors show them: `<81>^EHello`, in quotes or not.
fn angled(line: &str) -> Vec<Hit> {
    let shown = |text: &str| {
        let digits = text.strip_prefix('<')?.get(..2)?;
        let octet = u8::from_str_radix(digits, 16).ok()?;
        text[3..].starts_with('>').then_some(octet)
    };
    let Some(begin) = line.match_indices('<').map(|(at, _)| at).find(|at| shown(&line[*at..]).is_some())
    else {
        return Vec::new();
    };
    let mut octets = Vec::new();
    let mut rest = &line[begin..];
    while let Some(c) = rest.chars().next().filter(|c| *c != '"') {
        let caret = rest
            .strip_prefix('^')
            .and_then(|rest| rest.bytes().next())
            .filter(|octet| (b'@'..=b'_').contains(octet));
        let (octet, len) = match (shown(rest), caret) {
            (Some(octet), _) => (octet, 4),
            (None, Some(octet)) => (octet - b'@', 2),
            (None, None) if c.is_ascii() => (c as u8, 1),
            (None, None) => break,
        };
        octets.push(octet);
        rest = &rest[len..];
    }
    vec![Hit { octets, column: begin + 1 }]
}

/// A literal without quotes: as far as it makes frames, else to its last escape.
fn unquoted(text: &str) -> Option<Vec<u8>> {
    let ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]).take(MAX_ENDS);
    let ends = ends.take_while(|end| *end <= MAX_UNQUOTED);
    let exact = |octets: &[u8]| fit::frames(octets, None).is_some_and(|fit| fit.exact);
    let whole = ends.filter_map(|end| literal::octets(&text[..end]).ok()).find(|octets| exact(octets));
    whole.or_else(|| {
        let last = text.rfind("\\x")?;
        let end = text[last..].find(' ').map_or(text.len(), |end| last + end);
        literal::octets(&text[..end]).ok()
    })
}

/// Runs of hexadecimal digits, in words of an even length.
fn digits(line: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut run: Option<Hit> = None;
    let mut at = 0;
    for word in line.split_inclusive([' ', ',', ':', '[', ']', '(', ')', '"', '\'', '=']) {
        let bare = word.trim_end_matches([' ', ',', ':', '[', ']', '(', ')', '"', '\'', '=']);
        let digits = bare.strip_prefix("0x").unwrap_or(bare);
        let octets: Option<Vec<u8>> =
            (digits.len() % 2 == 0 && digits.bytes().all(|octet| octet.is_ascii_hexdigit())).then(|| {
                digits
                    .as_bytes()
                    .chunks(2)
                    .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                    .collect()
            });
        match octets {
            Some(octets) if !octets.is_empty() => {
                run.get_or_insert_with(|| Hit { octets: Vec::new(), column: at + 1 }).octets.extend(octets);
            }
            Some(_) => {}
            None => hits.extend(run.take()),
        }
        at += word.len();
    }
    hits.extend(run);
    hits
}

/// Words that are base64.
fn base64(line: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let mut at = 0;
    for word in line.split_inclusive(|c: char| !is_digit(c)) {
        let bare = word.trim_end_matches(|c: char| !is_digit(c));
        // What stands before a sign of equality is a name.
        let value = bare.trim_end_matches('=').rfind('=').map_or(bare, |name| &bare[name + 1..]);
        if value.len() >= 6
            && let Ok(octets) = super::from_base64(value)
        {
            hits.push(Hit { octets, column: at + bare.len() - value.len() + 1 });
        }
        at += word.len();
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_found_in_lines_of_a_log() {
        for (text, wanted) in [
            (r"2026-11-02 12:00:00 DEBUG received b'\x81\x05Hello' from ('127.0.0.1', 9001)", Format::Text),
            (r#"127.0.0.1 - - [02/Nov/2026:12:00:00 +0000] "\x81\x05Hello" 400 150 "-" "-""#, Format::Text),
            (r"Invalid URI in request \x81\x05Hello from 127.0.0.1", Format::Text),
            (r"recv: \x81\x05Hello", Format::Text),
            ("12:00:00 data <Buffer 81 05 48 65 6c 6c 6f> (7 bytes)", Format::List),
            (
                "{\"level\":30,\"msg\":\"got\",\"data\":{\"type\":\"Buffer\",\"data\":[129,5,72,101,108,108,111]},\"n\":[1,2]}",
                Format::List,
            ),
            ("ws recv frame: 81 05 48 65 6c 6c 6f (7 bytes)", Format::Hex),
            ("recv=810548656c6c6f from 10.0.0.1", Format::Hex),
            ("I (12) ws: 81 05 48\nI (12) ws: 65 6c 6c 6f\n", Format::Hex),
            ("I (1234) ws: 81 05 48 65 6c \nI (1234) ws: 6c 6f \n", Format::Hex),
            ("request: \"<81>^EHello\", host: x", Format::Text),
            ("12:00 payload=gQVIZWxsbw== len=7", Format::Base64),
            ("{\"octets\":\"gQVIZWxsbw==\"}", Format::Base64),
        ] {
            assert_eq!(format(text), Some(wanted), "{text}");
            let found = find(text, wanted).unwrap();
            assert_eq!(found.said[0].octets, b"\x81\x05Hello", "{text}");
            assert!(found.notes[0].contains("line 1 from column"), "{:?}", found.notes);
        }
    }

    #[test]
    fn a_literal_with_a_fault_is_found_too() {
        let found = find(r"got b'\x81\x02a\xff' and 'x'", Format::Text).unwrap();
        assert_eq!(found.said[0].octets, b"\x81\x02a\xff");
    }

    #[test]
    fn other_texts_have_none() {
        for text in [
            "hello there",
            "Dear reader, this is no capture.",
            "2026-11-02T12:00:00Z INFO started on port 9001 (pid 12345678)",
            r"C:\xampp\user",
            "2011-10-27 15:26:55,864 ('Websocket message: ', '2::')",
            "WebSocket\n    1... .... = Fin: True\n    .... 0001 = Opcode: Text (1)\n    Masking-Key: 01020304\n",
            "{\"a\": [1, 2, 3], \"b\": \"dGhlIHNhbXBsZSBub25jZQ==\"}",
        ] {
            assert_eq!(format(text), None, "{text}");
        }
    }
}
