//! What is parsed and encoded.

use std::fmt;

use wsproof_core::frame::{FrameHeader, Opcode, append_frame};

pub const SIZES: [usize; 5] = [16, 125, 1024, 16 * 1024, 1024 * 1024];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Binary,
    Ascii,
    MultiByte,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Binary, Self::Ascii, Self::MultiByte];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary",
            Self::Ascii => "ASCII text",
            Self::MultiByte => "multi-byte text",
        })
    }
}

/// A stream of equal frames as a client sends them.
pub struct Case {
    pub wire: Vec<u8>,
    pub frames: usize,
}

impl Case {
    pub fn new(kind: Kind, size: usize) -> Self {
        let payload = payload(kind, size);
        let opcode = if kind == Kind::Binary { Opcode::BINARY } else { Opcode::TEXT };
        let frames = (512 * 1024 / size).clamp(4, 12_000);
        let mut wire = Vec::new();
        let mut key = 0x1234_5678_u32;
        for _ in 0..frames {
            key = key.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let header = FrameHeader { mask: Some(key.to_be_bytes()), ..FrameHeader::new(opcode, 0) };
            append_frame(header, &payload, &mut wire);
        }
        Self { wire, frames }
    }
}

/// How many messages a sample encodes.
pub fn encode_count(size: usize) -> usize {
    (512 * 1024 / size).clamp(4, 12_000)
}

pub fn payload(kind: Kind, size: usize) -> Vec<u8> {
    match kind {
        Kind::Binary => {
            let mut state = 1_u32;
            (0..size)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect()
        }
        Kind::Ascii => cut("{\"id\":12345,\"name\":\"wsproof\",\"tags\":[\"a\",\"b\"],\"ok\":true}, ", size),
        Kind::MultiByte => cut("Привет, мир! 你好，世界。🚀 καλημέρα κόσμε — 안녕 ", size),
    }
}

/// `size` octets of the text again and again, filled up with spaces where a character would be cut.
fn cut(text: &str, size: usize) -> Vec<u8> {
    let mut out = text.repeat(size / text.len() + 1);
    let end = (0..=size).rev().find(|&end| out.is_char_boundary(end)).unwrap_or(0);
    out.truncate(end);
    out.push_str(&" ".repeat(size - end));
    out.into_bytes()
}
