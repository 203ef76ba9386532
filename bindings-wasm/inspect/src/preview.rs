//! The content of a row in one line.

use wsproof_inspect::{Connection, hex};

use crate::row::Row;

/// Characters of text, or half as many octets.
const LONGEST: usize = 160;

/// The line.
pub(crate) fn of(row: Row<'_>, connection: &Connection) -> String {
    match row {
        Row::Message(message) => octets(message.binary, &message.octets),
        Row::Frame(frame) => {
            if let Some((code, reason)) = frame.close() {
                return match reason.is_empty() {
                    true => code.to_string(),
                    false => format!("{code} {}", line(&reason)),
                };
            }
            match frame.message.and_then(|index| connection.messages.get(index)) {
                // What is compressed reads only as a whole: with its first frame.
                Some(message) if message.compressed && frame.opcode == 0 => String::new(),
                Some(message) if message.compressed => octets(message.binary, &message.octets),
                Some(message) => octets(message.binary, &frame.payload),
                None => octets(std::str::from_utf8(&frame.payload).is_err(), &frame.payload),
            }
        }
    }
}

fn octets(binary: bool, octets: &[u8]) -> String {
    if !binary {
        // A character has four octets at most.
        return line(&String::from_utf8_lossy(&octets[..octets.len().min(LONGEST * 4)]));
    }
    let shown = &octets[..octets.len().min(LONGEST / 2)];
    shown.chunks(2).map(hex).collect::<Vec<_>>().join(" ")
}

fn line(text: &str) -> String {
    text.chars().take(LONGEST).map(|c| if c.is_control() { visible(c) } else { c }).collect()
}

/// A control character as its picture.
fn visible(c: char) -> char {
    match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ => '\u{fffd}',
    }
}
