//! The frame header (RFC 6455 §5.2).

use core::fmt;
use core::ops::Deref;

use super::{LengthForm, Opcode};

/// Octets of the longest header: 2, a 64-bit length, a masking key.
pub const MAX_HEADER_LEN: usize = 14;

/// A frame header, as bits: nothing in it is judged (RFC 6455 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameHeader {
    /// FIN: this is the last (or only) frame of its message.
    pub fin: bool,
    /// RSV1 to RSV3 as a number 0 to 7: 4 is RSV1, 2 is RSV2, 1 is RSV3. Higher bits are ignored by
    /// [`encode`](Self::encode).
    pub rsv: u8,
    /// What the frame is.
    pub opcode: Opcode,
    /// The masking key, when the MASK bit is set (§5.3).
    pub mask: Option<[u8; 4]>,
    /// Payload octets, as announced. The top bit, which the protocol forbids, is kept.
    pub payload_len: u64,
}

/// What [`FrameHeader::parse`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A whole header.
    Complete {
        /// The header.
        header: FrameHeader,
        /// Octets that the header takes, 2 to 14; the payload begins here.
        len: usize,
    },
    /// The header goes on beyond the input.
    Incomplete {
        /// Octets needed in all, from the start of the header, as far as known: 2 until the second octet is there,
        /// then the exact length of the header.
        need: usize,
    },
}

impl FrameHeader {
    /// A final, unmasked header with no RSV bit.
    ///
    /// ```
    /// use wsproof_core::frame::{FrameHeader, Opcode};
    /// assert_eq!(&*FrameHeader::new(Opcode::TEXT, 5).encode(), [0x81, 0x05]);
    /// ```
    #[must_use]
    pub const fn new(opcode: Opcode, payload_len: u64) -> Self {
        Self { fin: true, rsv: 0, opcode, mask: None, payload_len }
    }

    /// Reads the header at the start of `input`. Octets beyond the header are not looked at.
    ///
    /// ```
    /// use wsproof_core::frame::{FrameHeader, Parsed};
    /// assert_eq!(FrameHeader::parse(&[0x81]), Parsed::Incomplete { need: 2 });
    /// assert_eq!(FrameHeader::parse(&[0x81, 0xfe]), Parsed::Incomplete { need: 8 });
    /// ```
    #[must_use]
    #[inline]
    pub fn parse(input: &[u8]) -> Parsed {
        let &[first, second, ref rest @ ..] = input else { return Parsed::Incomplete { need: 2 } };
        let masked = second & 0x80 != 0;
        let key_octets = if masked { 4 } else { 0 };
        let (payload_len, extended, rest) = match second & 0x7f {
            126 => match rest.split_first_chunk::<2>() {
                Some((octets, rest)) => (u64::from(u16::from_be_bytes(*octets)), 2, rest),
                None => return Parsed::Incomplete { need: 4 + key_octets },
            },
            127 => match rest.split_first_chunk::<8>() {
                Some((octets, rest)) => (u64::from_be_bytes(*octets), 8, rest),
                None => return Parsed::Incomplete { need: 10 + key_octets },
            },
            short => (u64::from(short), 0, rest),
        };
        let len = 2 + extended + key_octets;
        let mask = if masked {
            match rest.first_chunk::<4>() {
                Some(key) => Some(*key),
                None => return Parsed::Incomplete { need: len },
            }
        } else {
            None
        };
        let header = Self {
            fin: first & 0x80 != 0,
            rsv: (first >> 4) & 0x7,
            opcode: Opcode::new(first),
            mask,
            payload_len,
        };
        Parsed::Complete { header, len }
    }

    /// Writes the header, with the length in the minimal form.
    #[must_use]
    #[inline]
    pub fn encode(&self) -> EncodedHeader {
        self.write(LengthForm::minimal(self.payload_len))
    }

    /// Writes the header with the length in the given form, which may be longer than the protocol allows; `None` when
    /// the length does not fit the form.
    ///
    /// ```
    /// use wsproof_core::frame::{FrameHeader, LengthForm, Opcode};
    /// let header = FrameHeader::new(Opcode::BINARY, 5);
    /// assert_eq!(&*header.encode_as(LengthForm::Bits16).unwrap(), [0x82, 126, 0, 5]);
    /// assert!(FrameHeader::new(Opcode::BINARY, 126).encode_as(LengthForm::Bits7).is_none());
    /// ```
    #[must_use]
    pub fn encode_as(&self, form: LengthForm) -> Option<EncodedHeader> {
        (self.payload_len <= form.max()).then(|| self.write(form))
    }

    /// Octets that [`encode`](Self::encode) writes, 2 to 14.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        2 + LengthForm::minimal(self.payload_len).extended_octets() + if self.mask.is_some() { 4 } else { 0 }
    }

    /// The form of the length in a header that was parsed with this `header_len` (the `len` of
    /// [`Parsed::Complete`]): it differs from [`LengthForm::minimal`] when the sender broke §5.2.
    #[must_use]
    #[inline]
    pub const fn length_form(&self, header_len: usize) -> LengthForm {
        let key_octets = if self.mask.is_some() { 4 } else { 0 };
        match header_len - if header_len < key_octets { header_len } else { key_octets } {
            0..4 => LengthForm::Bits7,
            4..10 => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        }
    }

    /// The first octet: FIN, RSV, opcode.
    #[inline]
    pub(super) const fn first_octet(&self) -> u8 {
        (self.fin as u8) << 7 | (self.rsv & 0x7) << 4 | self.opcode.get()
    }

    /// `form` must be able to hold the length; callers see to that.
    #[inline]
    fn write(&self, form: LengthForm) -> EncodedHeader {
        let mut octets = [0; MAX_HEADER_LEN];
        let mask_bit = if self.mask.is_some() { 0x80 } else { 0 };
        octets[0] = self.first_octet();
        let mut len = match form {
            LengthForm::Bits7 => {
                octets[1] = mask_bit | self.payload_len as u8;
                2
            }
            LengthForm::Bits16 => {
                octets[1] = mask_bit | 126;
                octets[2..4].copy_from_slice(&(self.payload_len as u16).to_be_bytes());
                4
            }
            LengthForm::Bits64 => {
                octets[1] = mask_bit | 127;
                octets[2..10].copy_from_slice(&self.payload_len.to_be_bytes());
                10
            }
        };
        if let Some(key) = self.mask {
            octets[len..len + 4].copy_from_slice(&key);
            len += 4;
        }
        EncodedHeader { octets, len: len as u8 }
    }
}

/// The octets of a header, on the stack; dereferences to `[u8]`.
#[derive(Clone, Copy)]
pub struct EncodedHeader {
    octets: [u8; MAX_HEADER_LEN],
    /// 2 to 14.
    len: u8,
}

impl Deref for EncodedHeader {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.octets[..usize::from(self.len).min(MAX_HEADER_LEN)]
    }
}

impl AsRef<[u8]> for EncodedHeader {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for EncodedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedHeader({:02x?})", &**self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> impl Strategy<Value = FrameHeader> {
        let lengths = prop_oneof![0..300_u64, 65_000..66_000_u64, any::<u64>()];
        (any::<bool>(), 0..8_u8, 0..16_u8, any::<Option<[u8; 4]>>(), lengths).prop_map(
            |(fin, rsv, opcode, mask, payload_len)| FrameHeader {
                fin,
                rsv,
                opcode: Opcode::new(opcode),
                mask,
                payload_len,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 1024 }))]

        #[test]
        fn parse_reads_back_every_form_and_names_what_it_needs(header in header()) {
            for form in [LengthForm::Bits7, LengthForm::Bits16, LengthForm::Bits64] {
                let Some(octets) = header.encode_as(form) else {
                    prop_assert!(header.payload_len > form.max());
                    continue;
                };
                let Parsed::Complete { header: read, len } = FrameHeader::parse(&octets) else {
                    panic!("{octets:?} is a whole header");
                };
                prop_assert_eq!(read, header);
                prop_assert_eq!(len, octets.len());
                prop_assert_eq!(read.length_form(len), form);
                for cut in 0..len {
                    let need = if cut < 2 { 2 } else { len };
                    prop_assert_eq!(FrameHeader::parse(&octets[..cut]), Parsed::Incomplete { need });
                }
            }
            prop_assert_eq!(header.encode().len(), header.encoded_len());
            let minimal = header.encode_as(LengthForm::minimal(header.payload_len)).unwrap();
            prop_assert_eq!(&*header.encode(), &*minimal);
        }
    }

    #[test]
    fn top_bit_of_a_64_bit_length_shows() {
        let wire = [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 5];
        let Parsed::Complete { header, .. } = FrameHeader::parse(&wire) else { panic!() };
        assert_eq!(header.payload_len, (1 << 63) | 5);
    }

    #[test]
    fn high_rsv_bits_do_not_leak_into_fin() {
        let header = FrameHeader { fin: false, rsv: 0xff, ..FrameHeader::new(Opcode::TEXT, 0) };
        assert_eq!(header.encode()[0], 0x71);
    }
}
