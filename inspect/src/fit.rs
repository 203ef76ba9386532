//! Whether octets are WebSocket frames: for captures that do not say so.
//!
//! Nothing is judged here. Octets fit if they keep the rules so well that they can hardly be anything else.

use wsproof_core::close::ClosePayload;
use wsproof_core::frame::{FrameHeader, LengthForm, Opcode, Parsed, mask};
use wsproof_core::utf8::Utf8Validator;

/// No frame that is recognized announces more: 64 MiB.
const MAX_PAYLOAD: u64 = 64 << 20;

/// Of so many octets of a payload it is looked whether they are text.
const MAX_TEXT: usize = 4096;

/// What frames were found. Every header keeps the rules, from the first octet to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fit {
    /// They are masked: a client's.
    pub(crate) masked: bool,
    /// Frames that are there as a whole.
    pub(crate) whole: usize,
    /// The octets end where a frame ends.
    pub(crate) exact: bool,
    /// RSV1 is set in some of them: messages are compressed (RFC 7692 §6).
    pub(crate) compressed: bool,
    /// So many octets of text, or close codes, were found to be right.
    said: usize,
}

impl Fit {
    /// Whether chance can hardly have made this.
    pub(crate) fn is_sure(&self) -> bool {
        let signs = self.whole + usize::from(self.masked) + usize::from(self.exact) + self.said.min(8) / 2;
        self.whole > 0 && signs >= 3
    }
}

/// The frames that these octets begin with and consist of; the last may be cut off. `masked` says whose they must be.
pub(crate) fn frames(octets: &[u8], masked: Option<bool>) -> Option<Fit> {
    let (fit, whole) = begin(octets, masked);
    fit.filter(|_| whole)
}

/// The frames that these octets begin with, up to the first that breaks a rule.
pub(crate) fn beginning(octets: &[u8], masked: Option<bool>) -> Option<Fit> {
    begin(octets, masked).0
}

/// The frames up to the first that breaks a rule, if there are any, and whether there is no such.
fn begin(octets: &[u8], masked: Option<bool>) -> (Option<Fit>, bool) {
    let mut fit =
        Fit { masked: masked.unwrap_or_default(), whole: 0, exact: false, compressed: false, said: 0 };
    let mut seen = Seen { masked, ..Seen::default() };
    let mut rest = octets;
    let mut any = false;
    while !rest.is_empty() {
        let Parsed::Complete { header, len } = FrameHeader::parse(rest) else {
            return (any.then_some(fit), seen.may_begin(rest));
        };
        let payload = &rest[len..];
        let announced = usize::try_from(header.payload_len).unwrap_or(usize::MAX);
        let there = &payload[..payload.len().min(announced)];
        let Some(said) = seen.header(&header, len).and_then(|()| seen.payload(&header, there)) else {
            return (any.then_some(fit), false);
        };
        any = true;
        fit.masked = header.mask.is_some();
        fit.compressed |= header.rsv != 0;
        fit.said += said;
        if there.len() < announced {
            return (Some(fit), true);
        }
        fit.whole += 1;
        rest = &payload[announced..];
    }
    fit.exact = true;
    (any.then_some(fit), true)
}

/// Whether a frame of this kind may begin so, as far as it is there.
pub(crate) fn may_begin(octets: &[u8], masked: bool) -> bool {
    Seen { masked: Some(masked), ..Seen::default() }.may_begin(octets)
}

/// What is known of a stream from its frames.
#[derive(Default)]
struct Seen {
    masked: Option<bool>,
    /// A fragmented message is in progress; at first that is not known.
    in_message: Option<bool>,
    /// The message in progress is text that is not compressed.
    text: bool,
}

impl Seen {
    fn may_begin(&self, octets: &[u8]) -> bool {
        let Some(first) = octets.first() else { return true };
        let second = octets.get(1);
        self.first_octet(first & 0x80 != 0, (first >> 4) & 7, Opcode::new(*first))
            && second.is_none_or(|second| self.masked.is_none_or(|masked| masked == (second & 0x80 != 0)))
            && second.is_none_or(|second| !Opcode::new(*first).is_control() || second & 0x7f < 126)
    }

    fn first_octet(&self, fin: bool, rsv: u8, opcode: Opcode) -> bool {
        let starts = matches!(opcode, Opcode::TEXT | Opcode::BINARY);
        !opcode.is_reserved()
            && matches!((rsv, starts), (0, _) | (4, true))
            && (fin || !opcode.is_control())
            && (opcode != Opcode::CONTINUATION || self.in_message != Some(false))
            && (!starts || self.in_message != Some(true))
    }

    fn header(&mut self, header: &FrameHeader, len: usize) -> Option<()> {
        let form = header.length_form(len);
        let good = self.first_octet(header.fin, header.rsv, header.opcode)
            && self.masked.is_none_or(|masked| masked == header.mask.is_some())
            && form == LengthForm::minimal(header.payload_len)
            && header.payload_len <= MAX_PAYLOAD
            && !(header.opcode.is_control() && form != LengthForm::Bits7);
        if !good {
            return None;
        }
        self.masked = Some(header.mask.is_some());
        if header.opcode.is_data() {
            self.in_message = Some(!header.fin);
            if header.opcode != Opcode::CONTINUATION {
                self.text = header.opcode == Opcode::TEXT && header.rsv == 0;
            }
        }
        Some(())
    }

    /// How many octets of it are surely right; `None` if it breaks a rule.
    fn payload(&self, header: &FrameHeader, there: &[u8]) -> Option<usize> {
        let closes = header.opcode == Opcode::CLOSE;
        // A continuation may begin within a character.
        let says = closes || (header.opcode == Opcode::TEXT && self.text);
        if !says {
            return Some(0);
        }
        let mut plain = there[..there.len().min(MAX_TEXT)].to_vec();
        if let Some(key) = header.mask {
            mask::apply(key, 0, &mut plain);
        }
        if closes {
            let whole = plain.len() as u64 == header.payload_len;
            return (!whole || plain.is_empty() || ClosePayload::parse(&plain).is_ok())
                .then_some(plain.len());
        }
        Utf8Validator::new().feed(&plain).ok().map(|()| plain.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_other_octets() {
        let hello = b"\x81\x05Hello";
        assert!(frames(hello, None).unwrap().is_sure());
        assert!(!frames(hello, None).unwrap().masked);
        assert!(frames(hello, Some(true)).is_none());
        assert!(frames(b"\x81\x85\x01\x02\x03\x04Igohn", Some(true)).unwrap().is_sure());
        assert!(frames(b"\x88\x02\x03\xe8", None).unwrap().is_sure());
        assert!(frames(b"\x89\x00\x8a\x00\x89\x00", None).unwrap().is_sure());
        // What follows cannot begin a frame.
        assert!(frames(b"\x81\x05Hello\x16", None).is_none());
        for none in [
            &b""[..],
            b"\x81",
            b"GET / HTTP/1.1\r\n",
            b"SSH-2.0-x",
            b"\x16\x03\x01\x00\x05",
            b"\x81\x02a\xff",
            b"\x88\x02\x03\xed",
            b"\x89\x7e\x00\x80",
            b"\x82\x7e\x00\x05hello",
            b"\x81\x01a\x80\x00",
        ] {
            assert!(frames(none, None).is_none(), "{none:?}");
        }
    }

    #[test]
    fn what_is_cut_is_no_surer_than_what_is_there() {
        assert!(!frames(b"\x82\x7e\x01\x00abc", None).unwrap().is_sure());
        assert!(frames(b"\x81\x05Hello\x82", None).unwrap().is_sure());
        assert!(frames(b"\x81\x05Hello\x82", None).is_some_and(|fit| !fit.exact));
    }
}
