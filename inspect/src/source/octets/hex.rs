//! Hexadecimal digits as people write them, without offsets.

use super::Found;

/// Digits by twos, with blanks, commas, colons, `0x` or `\x` between them. What stands behind `//` or `#` is left out, and
/// dots or a number of further octets at the end are told of.
pub(super) fn read(text: &str) -> Result<Found, String> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut notes = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = without_comment(line);
        let (line, cut) = cut_off(line);
        let words = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-'));
        for word in words.filter(|word| !word.is_empty()) {
            let word =
                ["0x", "0X", "\\x"].iter().find_map(|before| word.strip_prefix(before)).unwrap_or(word);
            // Escapes may stand one behind the other.
            for digits in word.split("\\x") {
                if let Some(c) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
                    return Err(format!("line {}: {c:?} is no hexadecimal digit", number + 1));
                }
                if digits.len() % 2 != 0 && cut.is_none() {
                    let many = digits.len();
                    return Err(format!("line {}: an odd number of digits, {many}, in one word", number + 1));
                }
                let pairs = digits.as_bytes().chunks_exact(2);
                octets.extend(
                    pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()),
                );
            }
        }
        if let Some(cut) = cut {
            notes.push(format!("line {}: \"{cut}\" says that there was more", number + 1));
        }
    }
    if octets.is_empty() {
        return Err("there are no digits".to_owned());
    }
    Ok(Found { notes, ..Found::one(octets) })
}

fn without_comment(line: &str) -> &str {
    let end = ["//", "#"].iter().filter_map(|mark| line.find(mark)).min();
    end.map_or(line, |end| &line[..end])
}

/// A line without the words at its end that say that it was cut, and those words.
pub(super) fn cut_off(line: &str) -> (&str, Option<&str>) {
    let at = ["...", "…", "[..."].iter().filter_map(|mark| line.find(mark)).min();
    // Nothing but words may follow, such as `78 more bytes`.
    match at {
        Some(at)
            if line[at..]
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '…' | '[' | ']' | ' ' | '>')) =>
        {
            (&line[..at], Some(line[at..].trim()))
        }
        _ => (line, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_people_write_them() {
        for text in [
            "810548656c6c6f",
            "81 05 48 65 6C 6C 6F\n",
            "0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f",
            "0x810548656C6C6F",
            "81:05:48:65:6c:6c:6f",
            "81-05-48-65-6C-6C-6F",
            r"\x81\x05\x48\x65\x6c\x6c\x6f",
            "8105\n48656c6c6f",
            "8105 // the header\n48656c6c6f // the payload",
        ] {
            assert_eq!(read(text), Ok(Found::one(b"\x81\x05Hello".to_vec())), "{text}");
        }
        for (text, place) in [("81 0", "line 1: an odd"), ("8105\n4g", "line 2: 'g'"), ("", "no digits")] {
            assert!(read(text).unwrap_err().contains(place), "{text}");
        }
    }

    #[test]
    fn what_was_cut_is_told() {
        for text in ["81054865...", "81 05 48 65 [... 3 more bytes]", "81 05 48 65 …"] {
            let found = read(text).unwrap();
            assert_eq!(found.said[0].octets, b"\x81\x05He", "{text}");
            assert!(found.notes[0].contains("there was more"), "{:?}", found.notes);
        }
    }
}
