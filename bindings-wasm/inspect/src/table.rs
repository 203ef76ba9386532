//! A row as 16 words of 32 bits, which `inspector/src/engine/table.ts` reads in place:
//!
//! | word | holds |
//! | --- | --- |
//! | 0, 1 | microseconds since the beginning, low and high word |
//! | 2 | bits 0–3 opcode, 4 FIN, 5–7 RSV, 8 masked, 9 from the server, 10 the time is known, 11 all of it is in the capture, 12 its message is compressed, 13 a message and no frame |
//! | 3 | masking key |
//! | 4, 5 | payload length as announced |
//! | 6, 7 | offset in the sender's stream |
//! | 8 | octets of payload in the capture |
//! | 9 | number of its message and one, or 0 |
//! | 10 | violations |
//! | 11 | octets of the header |
//! | 12, 13 | octets of its message, inflated |
//! | 14, 15 | octets of its message on the wire |

use wsproof_inspect::{Connection, Frame, Message, Sender};

use crate::row::Row;

/// The words of a row.
pub(crate) fn words(row: Row<'_>, connection: &Connection) -> [u32; 16] {
    match row {
        Row::Frame(frame) => frame_words(frame, connection),
        Row::Message(message) => message_words(message),
    }
}

fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

fn frame_words(frame: &Frame, connection: &Connection) -> [u32; 16] {
    let message = frame.message.and_then(|index| connection.messages.get(index));
    let bit = |set: bool, at: u32| u32::from(set) << at;
    let flags = u32::from(frame.opcode)
        | bit(frame.fin, 4)
        | u32::from(frame.rsv) << 5
        | bit(frame.mask.is_some(), 8)
        | bit(frame.sender == Sender::Server, 9)
        | bit(frame.time_us.is_some(), 10)
        | bit(frame.is_complete(), 11)
        | bit(message.is_some_and(|message| message.compressed), 12);
    let [time, time_high] = halves(frame.time_us.unwrap_or_default());
    let [announced, announced_high] = halves(frame.announced);
    let [offset, offset_high] = halves(frame.offset);
    let [len, len_high] = halves(message.map_or(0, |message| message.len));
    let [wire, wire_high] = halves(message.map_or(0, |message| message.wire_len));
    let number = frame.message.map_or(0, |index| index as u32 + 1);
    let key = frame.mask.map_or(0, u32::from_be_bytes);
    [
        time,
        time_high,
        flags,
        key,
        announced,
        announced_high,
        offset,
        offset_high,
        frame.payload.len() as u32,
        number,
        frame.violations.len() as u32,
        frame.header_len as u32,
        len,
        len_high,
        wire,
        wire_high,
    ]
}

fn message_words(message: &Message) -> [u32; 16] {
    let bit = |set: bool, at: u32| u32::from(set) << at;
    let flags = if message.binary { 2 } else { 1 }
        | bit(message.sender == Sender::Server, 9)
        | bit(message.time_us.is_some(), 10)
        | bit(message.complete, 11)
        | 1 << 13;
    let [time, time_high] = halves(message.time_us.unwrap_or_default());
    let [len, len_high] = halves(message.len);
    let kept = message.octets.len() as u32;
    [time, time_high, flags, 0, len, len_high, 0, 0, kept, 0, 0, 0, len, len_high, 0, 0]
}
