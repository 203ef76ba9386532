//! Octets as programs print them: a string literal with escapes, as of Python, C, Rust or JavaScript.

/// Whether text may be one: it has an escape, or a quote and what no keyboard types.
pub(super) fn detect(text: &str) -> bool {
    text.contains('\\')
        || (text.starts_with(['"', '\'', '`']) && text.contains(|c| ('\u{80}'..'\u{a0}').contains(&c)))
}

/// Printable characters stand for their octets, escapes for what they mean: `\xHH`, up to three octal digits, `\uHHHH` and
/// `\u{H…}` (the octet below 256, else UTF-8), `\n` and its like. A prefix and quotes around all of it are left out. Literals
/// that stand behind each other are one.
pub(super) fn read(text: &str) -> Result<Vec<u8>, String> {
    whole(text, octets)
}

/// The same with a character below 256 for each octet; `None` if others are in it.
pub(super) fn read_latin1(text: &str) -> Option<Vec<u8>> {
    if !text.chars().all(|c| u32::from(c) < 256) || text.is_ascii() {
        return None;
    }
    whole(text, |body| {
        // An octet for each character is what an escape stands for.
        let escaped: String = body
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\x{:02x}", u32::from(c)) })
            .collect();
        octets(&escaped)
    })
    .ok()
}

fn whole(text: &str, octets: impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Vec<u8>, String> {
    let text = text.trim();
    // A statement ends with more than the quote.
    let statement = text.trim_end_matches([';', ',']);
    let text = if statement.ends_with(['"', '\'']) { statement } else { text };
    let found = match several(text) {
        Some(literals) => literals.into_iter().map(&octets).collect::<Result<Vec<_>, _>>()?.concat(),
        None => octets(unquoted(text))?,
    };
    if found.is_empty() {
        return Err("there are no octets".to_owned());
    }
    Ok(found)
}

/// Whether all of a text is a literal, with its quotes or beginning with an escape, rather than a text with one in it.
pub(super) fn is_whole(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('\\') || unquoted(text).len() < text.len() || several(text).is_some()
}

/// The insides of literals with nothing between them but what joins them, such as Wireshark writes; `None` if it is one.
fn several(text: &str) -> Option<Vec<&str>> {
    let mut literals = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inner = &rest[1..];
        let end = closing(inner, quote)?;
        literals.push(&inner[..end]);
        rest = inner[end + 1..]
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\\' | '+' | '.' | ',' | ';'));
    }
    (literals.len() > 1).then_some(literals)
}

/// Where the quote is that ends a literal.
pub(super) fn closing(inner: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    inner.char_indices().find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// The octets of a literal without its quotes.
pub(super) fn octets(body: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(c) = rest.chars().next() {
        let at = body.len() - rest.len();
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = rest.chars().next();
        rest = &rest[escape.map_or(0, char::len_utf8)..];
        let value = match escape {
            Some('x') => digits(&mut rest, 2, 2, 16),
            Some('u') if rest.starts_with('{') => braced(&mut rest),
            Some('u') => digits(&mut rest, 4, 4, 16),
            Some(octal @ '0'..='7') => {
                let first = octal.to_digit(8).unwrap_or_default();
                let most = if first > 3 { 1 } else { 2 };
                let len = rest.bytes().take(most).take_while(|b| matches!(b, b'0'..=b'7')).count();
                digits(&mut rest, len, len, 8).map(|more| (first << (3 * len)) | more)
            }
            Some('n') => Some(10),
            Some('r') => Some(13),
            Some('t') => Some(9),
            Some('a') => Some(7),
            Some('b') => Some(8),
            Some('f') => Some(12),
            Some('v') => Some(11),
            Some('e' | 'E') => Some(27),
            Some(itself @ ('\\' | '\'' | '"' | '`' | '/')) => Some(u32::from(itself)),
            // A literal over several lines.
            Some('\n') => continue,
            _ => None,
        };
        match (value, value.and_then(char::from_u32)) {
            (Some(octet @ 0..256), _) => octets.push(octet as u8),
            (_, Some(c)) => octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            _ => {
                let what = escape
                    .map_or_else(|| "ends in a backslash".to_owned(), |c| format!("\\{c} is no escape here"));
                return Err(format!("octet {at} of the text: {what}"));
            }
        }
    }
    Ok(octets)
}

/// Without `b"` or the like before it and the same quote after it.
fn unquoted(text: &str) -> &str {
    let quoted = text.trim_start_matches(['b', 'B', 'c', 'u', 'L', 'r', '$']);
    let inner =
        ['"', '\'', '`'].into_iter().find_map(|quote| quoted.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(text)
}

/// Cuts at least `least` and at most `most` digits off.
fn digits(rest: &mut &str, least: usize, most: usize, radix: u32) -> Option<u32> {
    let len = rest.chars().take(most).take_while(|c| c.is_digit(radix)).count();
    let (number, after) = rest.split_at(len);
    *rest = after;
    if len < least {
        return None;
    }
    if len == 0 { Some(0) } else { u32::from_str_radix(number, radix).ok() }
}

fn braced(rest: &mut &str) -> Option<u32> {
    let (number, after) = rest.strip_prefix('{')?.split_once('}')?;
    *rest = after;
    u32::from_str_radix(number, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_languages_print_them() {
        let hello = b"\x81\x07Hel\"lo\n";
        for text in [
            r#"\x81\x07Hel\"lo\n"#,
            r#"b'\x81\x07Hel"lo\n'"#,
            r#"b"\x81\x07Hel\"lo\n""#,
            r#""\201\7Hel\"lo\012""#,
            r#""\u0081\u0007Hel\"lo\u000a""#,
            r#"`\u{81}\u{7}Hel"lo\u{a}`"#,
            "  \\x81\\x07Hel\"lo\\n\r\n",
            "\"\\x81\\x07Hel\" \\\n\"\\\"lo\\n\";",
            "'\\x81\\x07' + 'Hel\"lo\\n'",
        ] {
            assert_eq!(read(text).unwrap(), hello, "{text}");
            assert!(detect(text));
        }
        assert_eq!(read_latin1("\"\u{81}\\u0002\u{e4}\u{fe}\"").unwrap(), b"\x81\x02\xe4\xfe");
        assert_eq!(read(r"\x81\x02ä").unwrap(), b"\x81\x02\xc3\xa4");
        assert_eq!(read(r"\u20ac\u{1f600}\0\08").unwrap(), "€😀\0\08".as_bytes());
    }

    #[test]
    fn what_is_no_escape_is_named_with_its_place() {
        for (text, place) in [
            (r"\x81\x5", "octet 4 of the text: \\x is no escape here"),
            (r"ab\q", "octet 2 of the text: \\q is no escape here"),
            (r"ab\", "octet 2 of the text: ends in a backslash"),
            (r"\u{110000}", "octet 0"),
            (r"\u{81", "octet 0"),
            (r"\ud800", "octet 0"),
            ("b''", "no octets"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(place), "{text}: {error}");
        }
    }
}
