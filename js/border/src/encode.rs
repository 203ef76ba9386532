//! Frames written into memory of the caller.

use wsproof_core::frame::{FrameHeader, Opcode, mask};

/// FIN in the word that [`encode`] takes.
const FIN: u32 = 1 << 7;
/// The frame is masked.
const MASKED: u32 = 1 << 8;

fn header(word: u32, key: u32, payload_len: u64) -> FrameHeader {
    FrameHeader {
        fin: word & FIN != 0,
        rsv: (word >> 4 & 7) as u8,
        opcode: Opcode::new((word & 0xf) as u8),
        mask: (word & MASKED != 0).then(|| key.to_ne_bytes()),
        payload_len,
    }
}

/// Octets that [`encode`] writes for a payload of this length.
#[must_use]
pub fn encoded_len(word: u32, payload_len: u64) -> u64 {
    header(word, 0, payload_len).encoded_len() as u64 + payload_len
}

/// Writes the header of a frame with a payload of this length at the start of `out`; returns its length, or 0 (and
/// nothing is written) when `out` is too short. `word` is the first octet of the frame, with bit 8 for "masked": then the
/// header ends with a key of zeros, to be replaced.
pub fn encode_header(word: u32, payload_len: u64, out: &mut [u8]) -> u32 {
    let encoded = header(word, 0, payload_len).encode();
    let Some(start) = out.get_mut(..encoded.len()) else { return 0 };
    start.copy_from_slice(&encoded);
    encoded.len() as u32
}

/// Writes a whole frame, as [`encode_header`] does its header, but with a key: its four octets as they lie in memory.
pub fn encode(word: u32, key: u32, payload: &[u8], out: &mut [u8]) -> u32 {
    let header = header(word, key, payload.len() as u64);
    let encoded = header.encode();
    let Some((start, rest)) = out.split_at_mut_checked(encoded.len()) else { return 0 };
    let Some(body) = rest.get_mut(..payload.len()) else { return 0 };
    start.copy_from_slice(&encoded);
    match header.mask {
        Some(key) => mask::copy(key, 0, payload, body),
        None => body.copy_from_slice(payload),
    }
    (encoded.len() + payload.len()) as u32
}

/// Masks the payload of a frame that is written but for that: after `header` octets, with the key in which those end.
pub fn mask_frame(frame: &mut [u8], header: usize) {
    if let Some((header, payload)) = frame.split_at_mut_checked(header)
        && let Some(key) = header.last_chunk()
    {
        mask::apply(*key, 0, payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_masked_with_the_key_in_its_header() {
        let mut frame = *b"\x81\x85\x37\xfa\x21\x3dHello";
        mask_frame(&mut frame, 6);
        assert_eq!(frame, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        let before = frame;
        for header in [0, 3, 11, 12, usize::MAX] {
            mask_frame(&mut frame, header);
            assert_eq!(frame, before);
        }
    }

    #[test]
    fn the_frame_of_rfc_6455_section_5_7() {
        let key = u32::from_ne_bytes([0x37, 0xfa, 0x21, 0x3d]);
        let mut out = [0; 11];
        assert_eq!(encode(0x181, key, b"Hello", &mut out), 11);
        assert_eq!(out, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert_eq!(encoded_len(0x181, 5), 11);
        assert_eq!(encode(0x181, key, b"Hello", &mut out[..10]), 0);
        assert_eq!(encode_header(0x81, 5, &mut out[..2]), 2);
    }
}
