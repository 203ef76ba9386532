//! A line of a dump.

use crate::model::Sender;

/// How the lines of a dump are written.
#[derive(Debug)]
pub(super) struct Style {
    mark: Mark,
    word: Word,
    /// Lines of the server are indented, as Wireshark follows a stream.
    indented: bool,
    /// The offsets cannot be data.
    pub(super) is_sure: bool,
}

/// What tells an offset from data.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mark {
    /// A colon behind it.
    Colon,
    /// A colon behind it, only blanks before it, and as few digits as it needs: `snoop -x` on Solaris.
    Short,
    /// Bars around it.
    Bars,
    /// Blanks behind it.
    Blanks,
    /// It is an address in memory, with `0x` before it and blanks behind it: ESP-IDF.
    Address,
}

/// What the words are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    /// Octets in the order of their digits.
    Hexadecimal,
    /// 16 bits, the lower octet first.
    Swapped,
    /// Octets of three octal digits.
    Octal,
    /// 32 bits, the lower octets first.
    SwappedLong,
    /// 16 bits of six octal digits, the lower octet first.
    SwappedOctal,
    /// 16 bits of five decimal digits, the lower octet first.
    SwappedDecimal,
    /// Octets, also signed.
    Decimal,
    /// Characters, and octal digits or escapes for those that cannot be shown; four columns each.
    Characters,
}

/// A line with an offset.
#[derive(Debug)]
pub(super) struct Line<'a> {
    digits: &'a str,
    rest: &'a str,
    pub(super) sender: Option<Sender>,
}

impl Style {
    /// The style of a text; `None` if its lines are none of a dump.
    pub(super) fn of(text: &str) -> Option<Self> {
        let first = |mark| {
            let lines = text.lines().filter_map(move |line| split(line, mark));
            // Only a colon or a bar makes an offset of a number that is not 0.
            let begins = |(digits, rest, _): &(&str, &str, usize)| match mark {
                Mark::Blanks => is_nought(digits) && !rest.trim().is_empty(),
                Mark::Short => {
                    digits.len() < 4 && is_nought(digits) && hexadecimal(rest, usize::MAX).len() > 1
                }
                _ => !hexadecimal(rest, usize::MAX).is_empty(),
            };
            lines.clone().find(begins).map(|_| lines)
        };
        let (mark, lines) = [Mark::Bars, Mark::Short, Mark::Colon, Mark::Address, Mark::Blanks]
            .into_iter()
            .find_map(|mark| Some((mark, first(mark)?)))?;
        let lines: Vec<_> = lines.take(1000).collect();
        let rests: Vec<&str> =
            lines.iter().map(|(_, rest, _)| *rest).filter(|rest| !rest.trim().is_empty()).collect();
        // `od` and `hexdump` write seven digits and no colon.
        let bare = mark == Mark::Blanks && lines.iter().all(|(digits, ..)| digits.len() == 7);
        let word = Word::of(&rests, bare);
        let indents: Vec<usize> = lines.iter().map(|(.., indent)| *indent).collect();
        let indented = !matches!(mark, Mark::Bars | Mark::Address | Mark::Short)
            && indents.contains(&0)
            && indents.contains(&4);
        let is_sure = mark != Mark::Blanks
            || (bare && word != Word::Hexadecimal)
            || rests.iter().any(|rest| rest.contains('|'));
        Some(Self {
            mark,
            word,
            indented,
            is_sure: is_sure && rests.iter().any(|rest| word.has_octets(rest)),
        })
    }
}

impl Word {
    fn of(rests: &[&str], bare: bool) -> Self {
        if !bare {
            return Self::Hexadecimal;
        }
        let all = |test: &dyn Fn(&str) -> bool| rests.iter().all(|rest| rest.split_whitespace().all(test));
        let digits = |len: usize, radix: u32| {
            move |word: &str| word.len() == len && word.chars().all(|c| c.is_digit(radix))
        };
        if all(&digits(2, 16)) {
            Self::Hexadecimal
        } else if all(&digits(4, 16)) {
            Self::Swapped
        } else if all(&digits(3, 8)) {
            Self::Octal
        } else if all(&digits(8, 16)) {
            Self::SwappedLong
        } else if all(&digits(6, 8)) {
            Self::SwappedOctal
        } else if all(&digits(5, 10)) {
            Self::SwappedDecimal
        } else if all(&|word| word.parse().is_ok_and(|number: i16| (-128..256).contains(&number))) {
            Self::Decimal
        } else if rests.iter().all(|rest| cells(rest).is_some()) {
            Self::Characters
        } else {
            Self::Hexadecimal
        }
    }

    fn has_octets(self, rest: &str) -> bool {
        self != Self::Hexadecimal || !hexadecimal(rest, usize::MAX).is_empty()
    }
}

impl<'a> Line<'a> {
    pub(super) fn of(line: &'a str, style: &Style) -> Option<Self> {
        let (digits, rest, indent) = split(line, style.mark)?;
        if rest.trim().is_empty() && matches!(style.mark, Mark::Colon | Mark::Short) {
            return None;
        }
        let sender = if indent == 0 { Sender::Client } else { Sender::Server };
        Some(Self { digits, rest, sender: style.indented.then_some(sender) })
    }

    pub(super) fn is_nought(&self) -> bool {
        is_nought(self.digits)
    }

    /// Whether its offset tells nothing but which lines belong together.
    pub(super) fn is_address(style: &Style) -> bool {
        style.mark == Mark::Address
    }

    /// The offset: hexadecimal, or octal or decimal as `od` and `snoop` write it, whichever is nearest to what is expected.
    pub(super) fn offset(&self, style: &Style, expected: usize) -> usize {
        let number = |radix| usize::from_str_radix(self.digits, radix).unwrap_or(usize::MAX);
        let any = style.mark == Mark::Short || (style.mark == Mark::Blanks && self.digits.len() == 7);
        let radices: &[u32] = if any { &[16, 8, 10] } else { &[16] };
        let offsets = radices.iter().map(|radix| number(*radix));
        // At the end the last line may have been read too far.
        offsets.min_by_key(|offset| offset.abs_diff(expected)).unwrap_or(usize::MAX)
    }

    /// The octets, at most so many.
    pub(super) fn octets(&self, style: &Style, most: usize) -> Vec<u8> {
        let words = || self.rest.split_whitespace();
        let number = |word: &str, radix| u16::from_str_radix(word, radix).unwrap_or_default();
        let mut octets: Vec<u8> = match style.word {
            Word::Hexadecimal => hexadecimal(self.rest, most),
            Word::Swapped => words().flat_map(|word| number(word, 16).to_le_bytes()).collect(),
            Word::SwappedLong => words()
                .flat_map(|word| u32::from_str_radix(word, 16).unwrap_or_default().to_le_bytes())
                .collect(),
            Word::SwappedOctal => words().flat_map(|word| number(word, 8).to_le_bytes()).collect(),
            Word::SwappedDecimal => words().flat_map(|word| number(word, 10).to_le_bytes()).collect(),
            Word::Octal => words().map(|word| number(word, 8) as u8).collect(),
            Word::Decimal => words().map(|word| word.parse::<i16>().unwrap_or_default() as u8).collect(),
            Word::Characters => cells(self.rest).unwrap_or_default(),
        };
        octets.truncate(most);
        octets
    }
}

fn is_nought(digits: &str) -> bool {
    digits.chars().all(|c| c == '0')
}

/// A line's offset, what stands behind it, and how far the offset is indented.
fn split(line: &str, mark: Mark) -> Option<(&str, &str, usize)> {
    let begin = line.trim_start();
    let indent = line.len() - begin.len();
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    match mark {
        Mark::Bars => {
            let at = line.find('|')?;
            let rest = &line[at + 1..];
            let len = digits(rest);
            let rest = rest[len..].strip_prefix('|').filter(|_| len == 8)?;
            Some((&line[at + 1..][..len], rest, 0))
        }
        Mark::Short => {
            let len = digits(begin);
            let rest = begin[len..].strip_prefix(':')?;
            let blank = rest.is_empty() || rest.starts_with([' ', '\t']);
            ((1..=8).contains(&len) && blank).then(|| (&begin[..len], rest, indent))
        }
        Mark::Blanks => {
            let len = digits(begin);
            let rest = &begin[len..];
            ((4..=8).contains(&len) && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some((
                &begin[..len],
                rest,
                indent,
            ))
        }
        Mark::Address => line.match_indices("0x").find_map(|(at, _)| {
            let behind = &line[at + 2..];
            let len = digits(behind);
            let rest = &behind[len..];
            let apart = line[..at].is_empty() || line[..at].ends_with([' ', '\t']);
            (len == 8 && apart && rest.starts_with("  ")).then(|| (&behind[..len], rest, 0))
        }),
        // A log may put something in front of it.
        Mark::Colon => line.match_indices(':').find_map(|(colon, _)| {
            let before = &line[..colon];
            let len = before.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
            let (front, offset) = before.split_at(colon - len);
            let front = front.strip_suffix("0x").unwrap_or(front);
            let rest = &line[colon + 1..];
            let apart = front.is_empty() || front.ends_with([' ', '\t']);
            let blank = rest.is_empty() || rest.starts_with([' ', '\t']);
            ((4..=8).contains(&len) && apart && blank).then(|| {
                let indent = if front.trim().is_empty() { indent } else { 0 };
                (offset, rest, indent)
            })
        }),
    }
}

/// Octets up to the column of text, at most so many.
fn hexadecimal(rest: &str, most: usize) -> Vec<u8> {
    let rest = rest.split('|').next().unwrap_or_default();
    let mut octets: Vec<u8> = Vec::new();
    let mut width = 0;
    let mut at = 0;
    while octets.len() < most {
        let gap = rest[at..].len() - rest[at..].trim_start().len();
        at += gap;
        let len = rest[at..].find(char::is_whitespace).unwrap_or(rest.len() - at);
        let word = &rest[at..at + len];
        // Within a line there may be a wider gap after 4, 8 or 12 octets; before the text there is one.
        let ends = !octets.is_empty()
            && (gap > 2 || (gap == 2 && (!octets.len().is_multiple_of(4) || octets.len() >= 16)));
        let is_word =
            len > 0 && len % 2 == 0 && len <= 8 && word.bytes().all(|octet| octet.is_ascii_hexdigit());
        if ends || !is_word || (width > 0 && len > width) {
            break;
        }
        octets.extend(
            (0..len).step_by(2).filter_map(|digit| u8::from_str_radix(&word[digit..digit + 2], 16).ok()),
        );
        if width > 0 && len < width {
            break;
        }
        width = len;
        at += len;
    }
    octets
}

/// The octets of columns of four characters each, as `od -c` writes them.
fn cells(rest: &str) -> Option<Vec<u8>> {
    if !rest.is_ascii() {
        return None;
    }
    let cells = rest.as_bytes().chunks(4);
    cells
        .map(|cell| {
            let word = std::str::from_utf8(cell).ok()?.trim();
            Some(match word.as_bytes() {
                [] => b' ',
                [b'\\', b'0'] => 0,
                [b'\\', b'a'] => 7,
                [b'\\', b'b'] => 8,
                [b'\\', b't'] => 9,
                [b'\\', b'n'] => 10,
                [b'\\', b'v'] => 11,
                [b'\\', b'f'] => 12,
                [b'\\', b'r'] => 13,
                [octet] => *octet,
                [_, _, _] => u8::from_str_radix(word, 8).ok()?,
                _ => return None,
            })
        })
        .collect()
}

/// Who says what a dump has behind a line that tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// This end.
    Known(Sender),
    /// The end at which the log was written.
    Own,
    /// The other one.
    Peer,
}

/// Who says what a dump has behind this line: that of curl, or of Netty's `LoggingHandler`, which writes `READ: 7B`.
pub(super) fn speaker(line: &str) -> Option<Speaker> {
    let line = line.trim();
    if line.starts_with("=> Send ") {
        return Some(Speaker::Known(Sender::Client));
    }
    if line.starts_with("<= Recv ") {
        return Some(Speaker::Known(Sender::Server));
    }
    let (front, size) = line.rsplit_once(": ")?;
    let digits = size.strip_suffix('B')?;
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    match front.rsplit(' ').next()? {
        "WRITE" => Some(Speaker::Own),
        "READ" | "RECEIVED" => Some(Speaker::Peer),
        _ => None,
    }
}
