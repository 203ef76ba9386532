//! A hand-written bound: header, unmasking with AVX2, UTF-8, payload lent out of the receive buffer; no fragments, no
//! control frames, no limits, no state machine. What the work costs at the least, not a codec.

use std::hint::black_box;

use bytes::Bytes;

use super::{Contender, Total};
use crate::stream::{CHUNK, Memory};

pub const CONTENDER: Contender = Contender { name: "hand-written bound", parse, encode: Some(encode) };

fn parse(wire: &[u8]) -> Total {
    let mut memory = Memory::new(wire);
    // Room for a header cut off, in front.
    let mut buffer = vec![0; 16 + CHUNK];
    let mut total = Total::default();
    let (mut spilled, mut remaining, mut key, mut text) = (0, 0_usize, [0; 4], false);
    let mut carry = ([0_u8; 8], 0);
    loop {
        let chunk = memory.chunk(CHUNK);
        if chunk.is_empty() {
            return total;
        }
        buffer[16..16 + chunk.len()].copy_from_slice(chunk);
        let mut rest = &mut buffer[16 - spilled..16 + chunk.len()];
        spilled = 0;
        loop {
            if remaining == 0 {
                let Some((len, header)) = header(rest) else { break };
                text = rest[0] & 0xf == 1;
                key = rest[header - 4..header].try_into().expect("four octets");
                remaining = len;
                rest = &mut rest[header..];
            }
            let (piece, after) = rest.split_at_mut(remaining.min(rest.len()));
            remaining -= piece.len();
            unmask(key, piece);
            if text {
                validate(piece, remaining == 0, &mut carry);
            }
            key.rotate_left(piece.len() & 3);
            total.octets += black_box(&*piece).len();
            total.messages += usize::from(remaining == 0);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        if remaining == 0 && !rest.is_empty() {
            spilled = rest.len();
            let start = 16 + chunk.len() - spilled;
            buffer.copy_within(start..start + spilled, 16 - spilled);
        }
    }
}

/// Payload length and header length.
fn header(octets: &[u8]) -> Option<(usize, usize)> {
    let second = *octets.get(1)?;
    let (len, header) = match second & 0x7f {
        126 => (u16::from_be_bytes(octets.get(2..4)?.try_into().ok()?) as usize, 8),
        127 => (u64::from_be_bytes(octets.get(2..10)?.try_into().ok()?) as usize, 14),
        short => (short as usize, 6),
    };
    (octets.len() >= header).then_some((len, header))
}

fn validate(piece: &[u8], last: bool, carry: &mut ([u8; 8], usize)) {
    let mut piece = piece;
    // A character cut by the chunk before.
    while carry.1 > 0 && !piece.is_empty() {
        carry.0[carry.1] = piece[0];
        carry.1 += 1;
        piece = &piece[1..];
        if std::str::from_utf8(&carry.0[..carry.1]).is_ok() {
            carry.1 = 0;
        }
    }
    let mut end = piece.len();
    if !last {
        while end > 0 && piece.len() - end < 3 && piece[end - 1] & 0xc0 == 0x80 {
            end -= 1;
        }
        if end > 0 && piece[end - 1] >= 0xc0 {
            end -= 1;
        }
        let tail = &piece[end..];
        carry.0[..tail.len()].copy_from_slice(tail);
        carry.1 = tail.len();
        if std::str::from_utf8(tail).is_ok() {
            carry.1 = 0;
        }
    }
    assert!(simdutf8::basic::from_utf8(&piece[..end]).is_ok());
}

#[inline]
fn unmask(key: [u8; 4], octets: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if octets.len() >= 64 && std::is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has AVX2, as just asked.
        return unsafe { unmask_avx2(key, octets) };
    }
    unmask_plain(key, octets);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn unmask_avx2(key: [u8; 4], octets: &mut [u8]) {
    unmask_plain(key, octets);
}

#[inline(always)]
fn unmask_plain(key: [u8; 4], octets: &mut [u8]) {
    let wide: [u8; 32] = std::array::from_fn(|i| key[i & 3]);
    let (blocks, tail) = octets.as_chunks_mut::<32>();
    for block in blocks {
        for (octet, key) in block.iter_mut().zip(wide) {
            *octet ^= key;
        }
    }
    let (words, tail) = tail.as_chunks_mut::<8>();
    let word = u64::from_ne_bytes(std::array::from_fn(|i| key[i & 3]));
    for octets in words {
        *octets = (u64::from_ne_bytes(*octets) ^ word).to_ne_bytes();
    }
    for (octet, key) in tail.iter_mut().zip(wide) {
        *octet ^= key;
    }
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    let mut out = Vec::with_capacity(payload.len() + 14);
    for i in 0..count {
        out.clear();
        let mask = if client { 0x80 } else { 0 };
        match payload.len() {
            len @ 0..126 => out.extend_from_slice(&[0x82, mask | len as u8]),
            len @ 126..65_536 => {
                out.extend_from_slice(&[0x82, mask | 126, (len >> 8) as u8, len as u8]);
            }
            len => {
                out.extend_from_slice(&[0x82, mask | 127]);
                out.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        if client {
            let key = (i as u32).wrapping_mul(0x9e37_79b9).to_be_bytes();
            out.extend_from_slice(&key);
            let start = out.len();
            out.extend_from_slice(payload);
            unmask(key, &mut out[start..]);
        } else {
            out.extend_from_slice(payload);
        }
        black_box(&out);
    }
}
