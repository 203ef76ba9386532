//! Encodes frames (RFC 6455 §5.2).

use alloc::vec::Vec;

use super::{FrameHeader, MAX_HEADER_LEN, mask};

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
    let first = header.first_octet();
    let mask_bit = if header.mask.is_some() { 0x80 } else { 0 };
    out.reserve(MAX_HEADER_LEN + payload.len());
    // Octet strings of a fixed size: quicker than one of a size that is only known when it is written.
    match payload.len() {
        len @ 0..=125 => out.extend_from_slice(&[first, mask_bit | len as u8]),
        len @ 126..=0xffff => {
            out.extend_from_slice(&[first, mask_bit | 126, (len >> 8) as u8, len as u8]);
        }
        len => {
            out.extend_from_slice(&[first, mask_bit | 127]);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    match header.mask {
        None => out.extend_from_slice(payload),
        Some(key) => {
            out.extend_from_slice(&key);
            mask::append(key, payload, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::frame::{Opcode, Parsed};

    #[test]
    fn lengths_around_every_edge_read_back() {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 100_003] {
            if cfg!(miri) && len > 200 {
                continue;
            }
            let payload: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            for mask in [None, Some([0xa1, 0xb2, 0xc3, 0xd4])] {
                let mut wire = vec![0xee];
                let header = FrameHeader { mask, ..FrameHeader::new(Opcode::BINARY, 999) };
                append_frame(header, &payload, &mut wire);
                let want = FrameHeader { payload_len: len as u64, ..header }.encode();
                assert_eq!(&wire[1..1 + want.len()], &*want);
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
