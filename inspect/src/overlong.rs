//! A control frame whose length is not in seven bits, which RFC 6455 §5.5 forbids: what its sender meant.
//!
//! Two faults look alike. A sender that knows the long forms writes a payload of more than 125 octets rightly, though it
//! must not. One that does not know them puts 126 or 127 into the seven bits and goes on with the mask or the payload;
//! whoever then reads a 16-bit length swallows the mask. What comes behind the frame tells which it was.

use wsproof_core::frame::{FrameHeader, LengthForm, Parsed};

use crate::fit;

/// So many octets of what follows are wanted.
const AHEAD: usize = 14;

/// For the end of a longer frame nobody waits.
const MAX_HELD: usize = 64 << 10;

/// How such a frame is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// As RFC 6455 §5.2 has it: an extended length follows.
    LongForm,
    /// The seven bits are the length, 126 or 127; nothing but the mask follows them. The header and its octets.
    SevenBits(FrameHeader, usize),
}

/// Whether a header needs this look.
pub(crate) fn is_doubtful(header: &FrameHeader, len: usize) -> bool {
    header.opcode.is_control() && header.length_form(len) != LengthForm::Bits7
}

/// What a frame means that begins with these octets and has a doubtful header; `None` while more must be seen.
pub(crate) fn meaning(octets: &[u8], at_end: bool) -> Option<Meaning> {
    let (Parsed::Complete { header, len }, Some((short, short_len))) =
        (FrameHeader::parse(octets), seven_bits(octets))
    else {
        return at_end.then_some(Meaning::LongForm);
    };
    let masked = header.mask.is_some();
    let behind = |from: usize| octets.get(from..).map(|rest| fit::may_begin(rest, masked));
    let short_end = short_len + short.payload_len as usize;
    let minimal = header.length_form(len) == LengthForm::minimal(header.payload_len);
    let long_end = usize::try_from(header.payload_len).ok().and_then(|payload| payload.checked_add(len));
    let long_end = long_end.filter(|_| minimal);
    // Frames are behind the short one, and noughts are none.
    let next = octets.get(short_end..).filter(|next| next.first().is_some_and(|first| *first != 0));
    let clear = next.and_then(|next| fit::frames(next, Some(masked))).is_some_and(|fit| fit.whole > 0);
    let wanted = long_end.filter(|end| !clear && *end <= MAX_HELD).unwrap_or_default().max(short_end);
    if !at_end && octets.len() < wanted + AHEAD {
        return None;
    }
    // The frame is whole, and something that can begin a frame, or nothing, comes behind it.
    let short_fits = behind(short_end) == Some(true);
    let long_fits = long_end.and_then(behind) == Some(true);
    Some(if short_fits && !long_fits { Meaning::SevenBits(short, short_len) } else { Meaning::LongForm })
}

/// The header, read as if its seven bits were the length.
fn seven_bits(octets: &[u8]) -> Option<(FrameHeader, usize)> {
    // The header of an empty frame has the same first octet, mask bit and key.
    let mut short = octets.get(..octets.len().min(6))?.to_vec();
    let second = short.get_mut(1)?;
    let payload_len = u64::from(*second & 0x7f);
    *second &= 0x80;
    let Parsed::Complete { mut header, len } = FrameHeader::parse(&short) else { return None };
    header.payload_len = payload_len;
    Some((header, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ping(masked: bool, form: LengthForm, len: usize) -> Vec<u8> {
        let mut octets = vec![0x89, if masked { 0x80 } else { 0 }];
        match form {
            LengthForm::Bits7 => octets[1] |= len as u8,
            LengthForm::Bits16 => {
                octets[1] |= 126;
                octets.extend_from_slice(&(len as u16).to_be_bytes());
            }
            LengthForm::Bits64 => {
                octets[1] |= 127;
                octets.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        if masked {
            octets.extend_from_slice(b"\x01\x02\x03\x04");
        }
        octets.extend((0..len).map(|at| b'a' + (at % 26) as u8));
        octets
    }

    #[test]
    fn the_octets_behind_the_frame_tell() {
        let next = |masked| if masked { &b"\x81\x81\0\0\0\0x"[..] } else { &b"\x81\x01x"[..] };
        for masked in [false, true] {
            for (form, len, short) in [
                (LengthForm::Bits7, 126, true),
                (LengthForm::Bits7, 127, true),
                (LengthForm::Bits16, 126, false),
                (LengthForm::Bits16, 200, false),
                (LengthForm::Bits64, 70_000, false),
            ] {
                let mut octets = ping(masked, form, len);
                let is_short = |meaning| matches!(meaning, Some(Meaning::SevenBits(..)));
                assert_eq!(is_short(meaning(&octets, true)), short, "{form} {len} alone");
                octets.extend_from_slice(next(masked));
                assert_eq!(is_short(meaning(&octets, true)), short, "{form} {len} and more");
                octets.extend_from_slice(&next(masked).repeat(5));
                if len < MAX_HELD {
                    assert_eq!(is_short(meaning(&octets, false)), short, "{form} {len} in a stream");
                }
            }
        }
        // Too little to tell, then for good.
        let cut = &ping(true, LengthForm::Bits7, 126)[..50];
        assert_eq!((meaning(cut, false), meaning(cut, true)), (None, Some(Meaning::LongForm)));
    }
}
