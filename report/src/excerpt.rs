//! Octets as reports show them.

use wsproof_scenarios::{Event, Excerpt, hex};

/// Longer data is cut by Autobahn, after the first [`Excerpt::MAX`] octets.
const FULL: u64 = 60;

/// The mark of data that was cut.
const CUT: &str = " ...";

fn shown(excerpt: &Excerpt) -> (&[u8], &'static str) {
    let head = &excerpt.head[..excerpt.head.len().min(Excerpt::MAX)];
    (head, if excerpt.len > FULL { CUT } else { "" })
}

/// Lower-case hexadecimal digits, cut as Autobahn cuts them.
pub(crate) fn as_hex(excerpt: &Excerpt) -> String {
    let (head, cut) = shown(excerpt);
    hex::encode(head) + cut
}

/// Text, if the octets that are shown are UTF-8, else `0x` and the digits; cut as Autobahn cuts them.
pub(crate) fn as_text(excerpt: &Excerpt) -> String {
    let (head, cut) = shown(excerpt);
    match std::str::from_utf8(head) {
        Ok(text) => format!("{text}{cut}"),
        Err(_) => format!("0x{}{cut}", hex::encode(head)),
    }
}

/// An event in words, with its payload in full up to what the excerpt holds.
pub(crate) fn event_for_people(event: &Event<Excerpt>) -> (String, String) {
    match event {
        Event::Message { binary, payload } => {
            let kind = if *binary { "binary message" } else { "text message" };
            (format!("{kind}, {}", octets(payload.len)), as_text(payload))
        }
        Event::Pong { payload } => (format!("pong, {}", octets(payload.len)), as_text(payload)),
        Event::Timeout { label } => (format!("still open after the wait “{label}”"), String::new()),
    }
}

/// `1 octet`, `2 octets`.
pub(crate) fn octets(n: u64) -> String {
    if n == 1 { "1 octet".to_owned() } else { format!("{} octets", grouped(n)) }
}

/// A number with a thin space after every three digits, from 10 000 on.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_octets_are_shown_and_sixty_one_cut() {
        assert_eq!(as_text(&Excerpt::of(&[b'a'; 60])), "a".repeat(60));
        assert_eq!(as_text(&Excerpt::of(&[b'a'; 61])), "a".repeat(61) + " ...");
        assert_eq!(as_text(&Excerpt::of(&[b'a'; 65])), "a".repeat(64) + " ...");
        assert_eq!(as_hex(&Excerpt::of(&[0xab; 65])), "ab".repeat(64) + " ...");
        assert_eq!(as_hex(&Excerpt::default()), "");
    }

    #[test]
    fn what_is_not_utf8_is_shown_as_hex_also_when_the_cut_makes_it_so() {
        assert_eq!(as_text(&Excerpt::of(&[0x03, 0xe8])), "0x03e8");
        let text = "a".repeat(63) + "é";
        assert_eq!(as_text(&Excerpt::of(text.as_bytes())), format!("0x{}c3 ...", "61".repeat(63)));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(9_999), "9999");
        assert_eq!(grouped(16_777_216), "16\u{202f}777\u{202f}216");
        assert_eq!((octets(1), octets(2)), ("1 octet".into(), "2 octets".into()));
    }
}
