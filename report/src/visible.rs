//! Makes text from testees safe to look at: characters that are invisible, or that move other text about, are shown as signs.
//!
//! Whoever writes HTML or XML escapes for it; this module is about characters that are legal there and still hide or reorder
//! the text around them.

use std::borrow::Cow;

/// The text with every control, direction and zero-width character replaced by a visible sign.
///
/// Control characters are named (`⟨ESC⟩`), the others numbered (`⟨U+202E⟩`): the pictures that Unicode has for them are
/// missing in many fonts. Line feeds stay if `lines` is set; a carriage return before such a line feed is left out.
pub fn visible(text: &str, lines: bool) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' if lines => out.push('\n'),
            '\r' if lines && chars.peek() == Some(&'\n') => {}
            '\0'..='\x1f' => out.push_str(&format!("⟨{}⟩", CONTROLS[c as usize])),
            '\x7f' => out.push_str("⟨DEL⟩"),
            c if is_hidden(c) => out.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// [`visible`] in one line, of at most `max` characters, with an ellipsis if it was longer.
pub fn visible_short(text: &str, max: usize) -> String {
    let cut: String = text.chars().take(max).collect();
    let more = cut.len() < text.len();
    let shown = visible(&cut, false);
    if more { format!("{shown}…") } else { shown.into_owned() }
}

/// The names of the control characters, by code.
const CONTROLS: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS",
    "US",
];

fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul fillers, Mongolian separators.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{180b}'..='\u{180f}'
        // Zero-width characters, direction marks, line and paragraph separators, embeddings, overrides, isolates.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Variation selectors, byte order mark, interlinear marks, noncharacters, tags.
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{fdd0}'..='\u{fdef}')
        || (c as u32) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_left_alone() {
        for text in ["", "Hello", "Grüße", "日本語", "a & <b>", "😀"] {
            assert!(matches!(visible(text, false), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\0b\x1b[31m\x7f", false), "a⟨NUL⟩b⟨ESC⟩[31m⟨DEL⟩");
        assert_eq!(visible("x\u{202e}y\u{2066}\u{feff}", false), "x⟨U+202E⟩y⟨U+2066⟩⟨U+FEFF⟩");
        assert_eq!(visible("\u{ffff}\u{10fffe}\u{85}", false), "⟨U+FFFF⟩⟨U+10FFFE⟩⟨U+0085⟩");
        assert_eq!(visible("a\r\nb\rc\n", false), "a⟨CR⟩⟨LF⟩b⟨CR⟩c⟨LF⟩");
        assert_eq!(visible("a\r\nb\rc\n", true), "a\nb⟨CR⟩c\n");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(visible_short("abc", 3), "abc");
        assert_eq!(visible_short("ab\ncd", 3), "ab⟨LF⟩…");
        assert!(visible_short(&"é".repeat(10_000), 80).chars().count() == 81);
    }
}
