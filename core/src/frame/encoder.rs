//! Frames into octets (RFC 6455 §5.2).

use alloc::vec::Vec;

use super::{FrameHeader, mask};

/// Octets copied before they are masked: they are still in the first-level cache then, so copying and masking cost
/// about one pass over memory.
const BLOCK: usize = 8 * 1024;

/// Appends a frame to `out`: the header, with `payload_len` taken from the payload, and the payload, masked when the
/// header has a key.
///
/// Nothing is judged. To announce another length than that of the payload, or to write it in a longer form, write the
/// header alone ([`FrameHeader::encode`], [`FrameHeader::encode_as`]) and then the payload.
///
/// ```
/// use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
///
/// let mut wire = Vec::new();
/// let header = FrameHeader { mask: Some([0x37, 0xfa, 0x21, 0x3d]), ..FrameHeader::new(Opcode::TEXT, 0) };
/// append_frame(header, b"Hello", &mut wire);
/// assert_eq!(wire, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
/// ```
#[inline]
pub fn append_frame(header: FrameHeader, payload: &[u8], out: &mut Vec<u8>) {
    let header = FrameHeader { payload_len: payload.len() as u64, ..header };
    let encoded = header.encode();
    out.reserve(encoded.whole().len() + payload.len());
    // A copy of a fixed size and a cut is quicker than a copy of a size not known.
    let start = out.len();
    out.extend_from_slice(encoded.whole());
    out.truncate(start + encoded.len());
    match header.mask {
        None => out.extend_from_slice(payload),
        Some(key) => append_masked(key, payload, out),
    }
}

#[inline]
fn append_masked(key: [u8; 4], payload: &[u8], out: &mut Vec<u8>) {
    // Every block but the last is a multiple of four long, so each starts at the key's first octet.
    for block in payload.chunks(BLOCK) {
        let start = out.len();
        out.extend_from_slice(block);
        mask::apply(key, 0, &mut out[start..]);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::frame::{Opcode, Parsed};

    #[test]
    fn lengths_around_every_edge_read_back() {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            if cfg!(miri) && len > 200 {
                continue;
            }
            let payload: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            for mask in [None, Some([0xa1, 0xb2, 0xc3, 0xd4])] {
                let mut wire = vec![0xee];
                let header = FrameHeader { mask, ..FrameHeader::new(Opcode::BINARY, 999) };
                append_frame(header, &payload, &mut wire);
                let Parsed::Complete { header: read, len: at } = FrameHeader::parse(&wire[1..]) else {
                    panic!()
                };
                assert_eq!(read, FrameHeader { payload_len: len as u64, ..header });
                let body = &mut wire[1 + at..];
                mask::apply(mask.unwrap_or_default(), 0, body);
                assert!(body == payload);
            }
        }
    }
}
