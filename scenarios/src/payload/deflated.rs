//! Payloads that are given as what they inflate to (RFC 7692 §7.2, RFC 1951 §3.2).

use serde::Deserialize;
use wsproof_core::deflate::{Deflater, Sending, Settings};

/// No more octets than this are compressed for one payload: 16 MiB.
pub(super) const MAX_LEN: u64 = 16 << 20;

/// The octets that end each message's DEFLATE stream, and that a sender leaves out (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// How a payload is compressed. It refers to no message before it.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Deflated {
    block: Block,
    /// The last block that holds something has BFINAL set (RFC 7692 §7.2.3.4).
    #[serde(rename = "final")]
    is_final: bool,
    /// `00 00 ff ff` at the end is sent, which a sender must leave out.
    tail: bool,
}

/// The type of the blocks (RFC 1951 §3.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Block {
    /// What a usual compressor makes.
    #[default]
    Best,
    /// Not compressed.
    Stored,
    /// Fixed Huffman codes, and literals alone.
    Fixed,
}

impl Deflated {
    /// The compressed octets of this.
    pub(super) fn octets(self, plain: &[u8]) -> Result<Vec<u8>, String> {
        if plain.len() as u64 > MAX_LEN {
            return Err(format!(
                "a payload to be compressed has at most {MAX_LEN} octets, not {}",
                plain.len()
            ));
        }
        let mut octets = match self.block {
            Block::Best if self.is_final => {
                return Err("`final` goes with `\"block\": \"stored\"` or `\"fixed\"`".to_owned());
            }
            Block::Best => {
                let mut octets = Vec::new();
                Deflater::new(Sending::default(), Settings::default()).message(plain, &mut octets);
                octets
            }
            Block::Stored => stored(plain, self.is_final),
            Block::Fixed => fixed(plain, self.is_final),
        };
        if self.tail {
            octets.extend_from_slice(&TAIL);
        }
        Ok(octets)
    }
}

/// Stored blocks, and behind them the first octet of an empty one.
fn stored(plain: &[u8], is_final: bool) -> Vec<u8> {
    const MOST: usize = 0xffff;
    let mut octets = Vec::with_capacity(plain.len() + 16);
    let blocks = plain.len().div_ceil(MOST).max(1);
    for number in 0..blocks {
        let block = &plain[number * MOST..plain.len().min((number + 1) * MOST)];
        octets.push(u8::from(is_final && number + 1 == blocks));
        let len = block.len() as u16;
        octets.extend_from_slice(&len.to_le_bytes());
        octets.extend_from_slice(&(!len).to_le_bytes());
        octets.extend_from_slice(block);
    }
    octets.push(0);
    octets
}

/// One block of literals in the fixed code (RFC 1951 §3.2.6), and behind it the first octet of an empty stored block.
fn fixed(plain: &[u8], is_final: bool) -> Vec<u8> {
    let mut out = Bits::default();
    out.push(u32::from(is_final), 1);
    out.push(0b01, 2);
    for &octet in plain {
        let literal = u32::from(octet);
        // Code words stand with their first bit first.
        let (word, len) = if octet < 144 { (0x30 + literal, 8) } else { (0x190 + literal - 144, 9) };
        out.push(word.reverse_bits() >> (32 - len), len);
    }
    out.push(0, 7);
    if is_final {
        // A stream that has ended begins anew at the next octet.
        out.align();
    }
    out.push(0, 3);
    out.align();
    out.octets
}

/// Bits, the lowest of each octet first.
#[derive(Default)]
struct Bits {
    octets: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, bits: u32, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.octets.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    fn align(&mut self) {
        if self.count > 0 {
            self.push(0, 8 - self.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use wsproof_core::deflate::Inflater;

    use super::*;

    fn made(json: &str, plain: &[u8]) -> Vec<u8> {
        serde_json::from_str::<Deflated>(json).unwrap().octets(plain).unwrap()
    }

    /// RFC 7692 §7.2.3.
    #[test]
    fn the_examples_of_the_rfc() {
        let hello = b"Hello";
        assert_eq!(made("{}", hello), [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        assert_eq!(made(r#"{"block":"fixed"}"#, hello), [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
        assert_eq!(
            made(r#"{"block":"stored"}"#, hello),
            [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]
        );
        assert_eq!(
            made(r#"{"block":"fixed","final":true}"#, hello),
            [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]
        );
    }

    #[test]
    fn all_of_them_inflate_to_what_was_given() {
        let octets: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        for plain in [&b""[..], b"a", "h\u{e9}llo".as_bytes(), &octets] {
            for json in
                ["{}", r#"{"block":"stored"}"#, r#"{"block":"fixed"}"#, r#"{"block":"fixed","final":true}"#]
            {
                let mut out = Vec::new();
                Inflater::new(Sending::default()).message(&made(json, plain), 1 << 20, &mut out).unwrap();
                assert!(out == plain, "{json} {}", plain.len());
            }
        }
    }

    #[test]
    fn what_is_not_possible_is_said() {
        let wrong = serde_json::from_str::<Deflated>(r#"{"final":true}"#).unwrap().octets(b"a").unwrap_err();
        assert!(wrong.contains("goes with"), "{wrong}");
        assert!(serde_json::from_str::<Deflated>(r#"{"block":"dynamic"}"#).is_err());
    }
}
