//! Numbers in a list, as programs print and write octets: `[129, 5, 72]` (JSON, Rust, Python, Go), `{0x81, 0x05}` (C, Java),
//! `<<129,5,"Hello">>` (Erlang), `<Buffer 81 05>` (Node), `{"0":129,"1":5}` (a typed array as JSON).

use wsproof_core::Count;

use super::{Found, Said, hex, literal};
use crate::model::Sender;

/// No longer text is looked through.
const MAX_TEXT: usize = 32 << 20;

/// So many lists are looked at in one text.
const MAX_LISTS: usize = 100_000;

/// The octets of all lists in a text that is made of lists: of several those that are frames, if some are.
pub(super) fn read(text: &str) -> Result<Found, String> {
    if text.len() > MAX_TEXT {
        return Err(format!(
            "lists in a text of more than {} MiB are not read: put the octets into a file",
            MAX_TEXT >> 20
        ));
    }
    // A cast, as Java has it, is no list.
    let text = text.replace("(byte)", "");
    let mut lists = lists(&text);
    if lists.is_empty() {
        // Numbers without brackets.
        return match List::of(&text, Bracket::None) {
            Some(list) if list.octets.len() > 1 && list.counted > 1 => Ok(list.found()),
            _ => Err("there is no list of numbers from 0 to 255, or from -128 to 127".to_owned()),
        };
    }
    let all = lists.len();
    if lists.iter().all(|list| list.sender.is_none()) && (all > 1 || lists.iter().any(List::fits)) {
        lists.retain(|list| {
            list.fits() || (list.cut.is_some() && crate::fit::frames(&list.octets, None).is_some())
        });
        if lists.is_empty() {
            return Err(format!("there are {all} lists of numbers in it, and none is made of frames"));
        }
    }
    let mut found = Found::default();
    let others = all - lists.len();
    if others > 0 {
        let others = Count(others as u64, "other list");
        let (are, were) = (others.verb("is", "are"), others.verb("was", "were"));
        found
            .notes
            .push(format!("{others} of numbers in it {are} not made of frames and {were} passed over"));
    }
    for list in lists {
        found.notes.extend(list.cut.map(|cut| format!("\"{cut}\" in a list says that there was more")));
        found.said.push(Said { sender: list.sender, octets: list.octets });
    }
    Ok(found)
}

/// The octets of each list in brackets in a line.
pub(super) fn bracketed(line: &str) -> Vec<Vec<u8>> {
    lists(line).into_iter().map(|list| list.octets).collect()
}

/// A list that was found.
#[derive(Debug)]
struct List {
    octets: Vec<u8>,
    /// Numbers and texts in it.
    counted: usize,
    /// Numbers in it.
    numbers: usize,
    sender: Option<Sender>,
    cut: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bracket {
    None,
    Square,
    Curly,
    Round,
    Angle,
}

impl Bracket {
    fn of(open: char) -> Option<(Self, char)> {
        Some(match open {
            '[' => (Self::Square, ']'),
            '{' => (Self::Curly, '}'),
            '(' => (Self::Round, ')'),
            '<' => (Self::Angle, '>'),
            _ => return None,
        })
    }
}

/// The lists in a text. Within each there is nothing but numbers, texts and what separates them.
fn lists(text: &str) -> Vec<List> {
    let mut lists = Vec::new();
    let mut before = 0;
    let mut at = 0;
    while let Some((open, (bracket, close))) =
        text[at..].char_indices().find_map(|(open, c)| Some((at + open, Bracket::of(c)?)))
    {
        at = open + 1;
        // What closes it, unless another list is opened first.
        let inner = &text[at..];
        let end = inner.find(|c| c == close || Bracket::of(c).is_some());
        let Some(end) = end.filter(|end| inner[*end..].starts_with(close)) else { continue };
        // Texts alone are mostly what a program says, not octets.
        let is_list = |list: &List| list.octets.len() > 1 && (list.numbers > 0 || list.fits());
        let Some(mut list) = List::of(&inner[..end], bracket).filter(is_list) else {
            continue;
        };
        list.sender = sender(&text[before..open]);
        lists.push(list);
        at += end + 1;
        before = at;
        if lists.len() >= MAX_LISTS {
            break;
        }
    }
    lists
}

/// Whose a list is by its name, as Wireshark gives it: `char peer0_1[] = {`; the client spoke first.
fn sender(before: &str) -> Option<Sender> {
    let name = &before[before.rfind("peer")? + 4..];
    match name
        .strip_prefix('0')
        .map(|rest| (Sender::Client, rest))
        .or_else(|| Some((Sender::Server, name.strip_prefix('1')?)))
    {
        Some((sender, rest)) if rest.starts_with('_') => Some(sender),
        _ => None,
    }
}

/// How a number without `0x` is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Radix {
    Decimal,
    Hexadecimal,
}

impl List {
    fn of(inner: &str, bracket: Bracket) -> Option<Self> {
        let inner = without_comments(inner);
        let (inner, cut) = hex::cut_off(inner.trim());
        let inner = inner.trim().trim_start_matches('<').trim_start_matches("Buffer").trim();
        let words = words(inner)?;
        let bare: Vec<&str> = words.iter().filter_map(Word::bare).collect();
        let is_decimal = |word: &str| word.parse::<i16>().is_ok_and(|number| (-128..256).contains(&number));
        let is_hex = |word: &str| word.len() <= 2 && word.chars().all(|c| c.is_ascii_hexdigit());
        let decimal = bare.iter().all(|word| is_decimal(word));
        let hexadecimal = bare.iter().all(|word| is_hex(word));
        let run = bracket == Bracket::Angle
            && bare.iter().all(|word| word.len() % 2 == 0 && word.chars().all(|c| c.is_ascii_hexdigit()));
        // Numbers of two digits each are those of `<Buffer …>`; `05` and `6c` are no decimals either.
        let padded = bare.iter().any(|word| word.len() == 2 && word.starts_with('0'));
        let hexadecimal = hexadecimal && !(padded && bare.iter().any(|word| word.len() == 1));
        let radix = match (decimal, hexadecimal || run) {
            (true, true) if bracket == Bracket::Angle || padded => Radix::Hexadecimal,
            (true, _) => Radix::Decimal,
            (false, true) => Radix::Hexadecimal,
            (false, false) => return None,
        };
        let cut = cut.map(str::to_owned);
        let numbers = words.iter().filter(|word| !matches!(word, Word::Quoted(_))).count();
        let list = |radix| {
            let octets: Option<Vec<Vec<u8>>> = words.iter().map(|word| word.octets(radix)).collect();
            let counted = words.len();
            Some(Self { octets: octets?.concat(), counted, numbers, sender: None, cut: cut.clone() })
        };
        let found = list(radix)?;
        // Numbers that can be either are what makes frames.
        if decimal && hexadecimal && !found.fits() {
            let other = if radix == Radix::Decimal { Radix::Hexadecimal } else { Radix::Decimal };
            return list(other).filter(Self::fits).or(Some(found));
        }
        Some(found)
    }

    fn fits(&self) -> bool {
        crate::fit::frames(&self.octets, None).is_some_and(|fit| fit.exact)
    }

    fn found(self) -> Found {
        let notes = self.cut.map(|cut| format!("\"{cut}\" says that there was more")).into_iter().collect();
        Found { notes, ..Found::one(self.octets) }
    }
}

/// A word of a list.
#[derive(Debug)]
enum Word<'a> {
    /// A number with its radix.
    Known(u8),
    /// One without.
    Bare(&'a str),
    /// A text in quotes.
    Quoted(Vec<u8>),
}

impl<'a> Word<'a> {
    fn bare(&self) -> Option<&'a str> {
        match self {
            Word::Bare(word) => Some(word),
            _ => None,
        }
    }

    fn octets(&self, radix: Radix) -> Option<Vec<u8>> {
        match (self, radix) {
            (Word::Known(octet), _) => Some(vec![*octet]),
            (Word::Quoted(octets), _) => Some(octets.clone()),
            (Word::Bare(word), Radix::Decimal) => word.parse::<i16>().ok().map(|number| vec![number as u8]),
            (Word::Bare(word), Radix::Hexadecimal) if word.len() <= 2 => {
                u8::from_str_radix(word, 16).ok().map(|octet| vec![octet])
            }
            (Word::Bare(word), Radix::Hexadecimal) => word
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect(),
        }
    }
}

/// The words of a list; `None` if something else is in it.
fn words(inner: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = inner;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
        let Some(first) = rest.chars().next() else { return Some(words) };
        if matches!(first, '"' | '\'') {
            let end = 1 + rest[1..].find(first)?;
            let quoted = &rest[1..end];
            rest = &rest[end + 1..];
            match rest.trim_start().strip_prefix(':') {
                // A typed array as JSON: the indices are in order.
                Some(after) if quoted.parse() == Ok(words.len()) => rest = after,
                Some(_) => return None,
                None => words.push(Word::Quoted(literal::octets(quoted).ok()?)),
            }
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).unwrap_or(rest.len());
        words.push(word(&rest[..end])?);
        rest = &rest[end..];
    }
}

fn word(word: &str) -> Option<Word<'_>> {
    let lower = word.trim_end_matches(['u', 'U', 'L', 'l']);
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("\\x", 16), ("16#", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = word.strip_prefix(prefix) {
            let digits = ["u8", "uy", "U", "u"]
                .iter()
                .find_map(|suffix| digits.strip_suffix(suffix))
                .unwrap_or(digits);
            return u8::from_str_radix(digits, radix).ok().map(Word::Known);
        }
    }
    let bare = lower.strip_suffix("u8").unwrap_or(lower);
    let digits = bare.strip_prefix('-').unwrap_or(bare);
    (!digits.is_empty() && digits.len() <= 64 && digits.chars().all(|c| c.is_ascii_hexdigit()))
        .then_some(Word::Bare(bare))
}

/// Without `/* … */` and `// …`.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        out.push_str(&rest[..at]);
        let comment = &rest[at..];
        let end = if comment.starts_with("/*") {
            comment.find("*/").map(|end| end + 2)
        } else if comment.starts_with("//") {
            Some(comment.find('\n').unwrap_or(comment.len()))
        } else {
            None
        };
        let Some(end) = end else {
            out.push('/');
            rest = &comment[1..];
            continue;
        };
        rest = &comment[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<Vec<u8>> {
        read(text)
            .unwrap_or_else(|why| panic!("{text}: {why}"))
            .said
            .into_iter()
            .map(|said| said.octets)
            .collect()
    }

    #[test]
    fn lists_are_read_as_languages_print_them() {
        for text in [
            "[129,5,72,101,108,108,111]",
            "{129,5,72,101,108,108,111}",
            "129, 5, 72, 101, 108, 108, 111",
            "129 5 72 101 108 108 111",
            "[129 5 72 101 108 108 111]",
            "[-127, 5, 72, 101, 108, 108, 111]",
            "{\"type\":\"Buffer\",\"data\":[129,5,72,101,108,108,111]}",
            "{\"0\":129,\"1\":5,\"2\":72,\"3\":101,\"4\":108,\"5\":108,\"6\":111}",
            "<Buffer 81 05 48 65 6c 6c 6f>",
            "Buffer(7) [Uint8Array] [\n  129, 5, 72, 101,\n  108, 108, 111\n]",
            "Uint8Array(7) [ 129, 5, 72, 101, 108, 108, 111 ]",
            "[]byte{0x81, 0x5, 0x48, 0x65, 0x6c, 0x6c, 0x6f}",
            "unsigned char frame[7] = {\n  0x81, 0x05, /* Text */ 0x48, 0x65,\n  0x6c, 0x6c, 0x6f // Hello\n};\nunsigned int frame_len = 7;",
            "new byte[] { (byte)0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f }",
            "new byte[] { (byte)129, 5, 72, 101, 108, 108, 111 }",
            "vec![0x81u8, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]",
            "[81, 05, 48, 65, 6c, 6c, 6f]",
            "[81, 5, 48, 65, 6c, 6c, 6f]",
            "<<129,5,72,101,108,108,111>>",
            "<<129,5,\"Hello\">>",
            "bytes([129, 5, 72, 101, 108, 108, 111])",
            "<81054865 6c6c6f>",
            "(129, 5, 72, 101, 108, 108, 111)",
        ] {
            assert_eq!(said(text), [b"\x81\x05Hello"], "{text}");
        }
        // Without a letter or a nought in front both ways can be meant: the one that is frames.
        assert_eq!(said("[81, 2, 48, 65]"), [b"\x81\x02He"]);
        assert_eq!(said("[1, 2, 48, 65]"), [b"\x01\x020A"]);
    }

    #[test]
    fn several_lists_are_pieces() {
        let text = "char peer0_0[] = { /* Packet 4 */\n0x81, 0x81, 0x00, 0x00, 0x00, 0x00, 0x61 };\n\
                    char peer1_0[] = { /* Packet 5 */\n0x81, 0x01, 0x62 };\n";
        let found = read(text).unwrap();
        assert_eq!(
            found.said.iter().map(|said| said.sender).collect::<Vec<_>>(),
            [Some(Sender::Client), Some(Sender::Server)]
        );
        // Numbers beside the frames are none of them.
        assert_eq!(
            said("{\"sizes\":[3,4],\"data\":{\"type\":\"Buffer\",\"data\":[129,1,97]}}"),
            [b"\x81\x01a"]
        );
    }

    #[test]
    fn what_was_cut_is_told() {
        let found = read("<Buffer 81 7e 00 c8 61 61 ... 198 more bytes>").unwrap();
        assert_eq!(found.said[0].octets, b"\x81\x7e\0\xc8aa");
        assert!(found.notes[0].contains("198 more bytes"), "{:?}", found.notes);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in
            ["", "[]", "[1]", "[256, 1]", "[a-b]", "{\"a\": 1, \"b\": 2}", "hello", "[2026-11-02 12:00:00]"]
        {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
    }
}
