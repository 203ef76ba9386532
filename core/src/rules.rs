//! Judges frame headers: pure functions from the octets seen so far to the rule that they break.
//!
//! Rules are checked in the order of the octets that show them: the first wrong octet decides, and a header that is still
//! incomplete is judged by the octets that have arrived.
//!
//! ```
//! use wsproof_core::rules::HeaderRules;
//! use wsproof_core::{Role, ViolationKind};
//!
//! let server = HeaderRules::new(Role::Server);
//! // A ping whose first octet says that it is fragmented: one octet is enough to know.
//! let broken = server.judge_prefix(&[0x09]).unwrap_err();
//! assert_eq!((broken.kind.close_code().0, broken.at), (1002, 0));
//! // The length 5 in the 16-bit form.
//! let broken = server.judge_prefix(&[0x82, 0xfe, 0x00, 0x05]).unwrap_err();
//! assert_eq!((broken.kind, broken.at), (ViolationKind::LengthNotMinimal, 2));
//! ```

use crate::Role;
use crate::close::CloseError;
use crate::frame::{FrameHeader, LengthForm, Opcode};
use crate::violation::ViolationKind;

/// Octets that the payload of a control frame may have (RFC 6455 §5.5).
pub const MAX_CONTROL_PAYLOAD: u64 = 125;

/// A broken rule, and which octet of the header (or, from [`close_fault`], of the payload) shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub kind: ViolationKind,
    /// The octet at fault, counted from the start of the header or payload.
    pub at: u64,
}

/// What a receiver knows when a header comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderRules {
    /// The endpoint that **receives** the frame: a server wants masked frames, a client unmasked ones (§5.1).
    pub receiver: Role,
    /// RSV bits (4 is RSV1) that a negotiated extension uses on the first frame of a data message. All others, and
    /// all on continuation and control frames, must be zero (§5.2; RFC 7692 §6).
    pub allowed_rsv: u8,
    /// Whether a fragmented message is in progress (§5.4).
    pub in_message: bool,
}

impl HeaderRules {
    /// No extension, no message in progress.
    #[must_use]
    pub const fn new(receiver: Role) -> Self {
        Self { receiver, allowed_rsv: 0, in_message: false }
    }

    /// Judges a whole header; `header_len` is the `len` of [`Parsed::Complete`](crate::frame::Parsed::Complete).
    ///
    /// # Errors
    ///
    /// The first rule broken.
    pub fn judge(&self, header: &FrameHeader, header_len: usize) -> Result<(), Fault> {
        let form = header.length_form(header_len);
        self.first_octet(header.fin, header.rsv & 7, header.opcode)?;
        let short = if form == LengthForm::Bits7 { Some(header.payload_len) } else { None };
        self.second_octet(header.opcode, header.mask.is_some(), short)?;
        length(header.payload_len, form)
    }

    /// Judges a header that may still be arriving by the octets that are there.
    ///
    /// # Errors
    ///
    /// The first rule broken. When this finds one, [`judge`](Self::judge) finds the same in the whole header.
    pub fn judge_prefix(&self, octets: &[u8]) -> Result<(), Fault> {
        let Some((&first, rest)) = octets.split_first() else { return Ok(()) };
        let opcode = Opcode::new(first);
        self.first_octet(first & 0x80 != 0, (first >> 4) & 7, opcode)?;
        let Some((&second, rest)) = rest.split_first() else { return Ok(()) };
        let form = LengthForm::from_second_octet(second);
        let short = if form == LengthForm::Bits7 { Some(u64::from(second & 0x7f)) } else { None };
        self.second_octet(opcode, second & 0x80 != 0, short)?;
        match announced(form, second, rest) {
            Some(payload_len) => length(payload_len, form),
            None => Ok(()),
        }
    }

    fn first_octet(&self, fin: bool, rsv: u8, opcode: Opcode) -> Result<(), Fault> {
        let starts_message = matches!(opcode, Opcode::TEXT | Opcode::BINARY);
        let allowed = if starts_message { self.allowed_rsv } else { 0 };
        let kind = if rsv & !allowed != 0 {
            ViolationKind::ReservedBits(rsv & !allowed)
        } else if opcode.is_reserved() {
            ViolationKind::ReservedOpcode(opcode)
        } else if opcode.is_control() && !fin {
            ViolationKind::FragmentedControl(opcode)
        } else if starts_message && self.in_message {
            ViolationKind::ExpectedContinuation(opcode)
        } else if opcode == Opcode::CONTINUATION && !self.in_message {
            ViolationKind::UnexpectedContinuation
        } else {
            return Ok(());
        };
        Err(Fault { kind, at: 0 })
    }

    /// `short` is the length when it is in the 7-bit form.
    fn second_octet(&self, opcode: Opcode, masked: bool, short: Option<u64>) -> Result<(), Fault> {
        let kind = match self.receiver {
            Role::Server if !masked => ViolationKind::UnmaskedFrame,
            Role::Client if masked => ViolationKind::MaskedFrame,
            _ if opcode.is_control() && short.is_none() => ViolationKind::ControlTooLong(opcode),
            _ if opcode == Opcode::CLOSE && short == Some(1) => ViolationKind::CloseOneOctet,
            _ => return Ok(()),
        };
        Err(Fault { kind, at: 1 })
    }
}

/// The length in a header whose second octet is `second`, when the octets after that (`rest`) hold it whole.
pub(crate) fn announced(form: LengthForm, second: u8, rest: &[u8]) -> Option<u64> {
    match form {
        LengthForm::Bits7 => Some(u64::from(second & 0x7f)),
        LengthForm::Bits16 => rest.first_chunk().map(|octets| u64::from(u16::from_be_bytes(*octets))),
        LengthForm::Bits64 => rest.first_chunk().map(|octets| u64::from_be_bytes(*octets)),
    }
}

/// The octet of the header at which the length field's fault is reported: 1 or 2.
pub(crate) const fn length_octet(form: LengthForm) -> u64 {
    match form {
        LengthForm::Bits7 => 1,
        LengthForm::Bits16 | LengthForm::Bits64 => 2,
    }
}

fn length(payload_len: u64, form: LengthForm) -> Result<(), Fault> {
    let kind = if payload_len >> 63 != 0 {
        ViolationKind::LengthTopBit
    } else if form != LengthForm::minimal(payload_len) {
        ViolationKind::LengthNotMinimal
    } else {
        return Ok(());
    };
    Err(Fault { kind, at: length_octet(form) })
}

/// The rule that a wrong Close payload broke (§5.5.1, §7.4).
#[must_use]
pub const fn close_fault(error: CloseError) -> Fault {
    match error {
        CloseError::Code(code) => Fault { kind: ViolationKind::CloseCode(code), at: 0 },
        CloseError::Reason(error) => Fault { kind: ViolationKind::CloseReasonNotUtf8, at: error.offset },
        CloseError::TooLong => Fault { kind: ViolationKind::ControlTooLong(Opcode::CLOSE), at: 0 },
        CloseError::OneOctet | CloseError::ReasonWithoutCode => {
            Fault { kind: ViolationKind::CloseOneOctet, at: 0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Parsed;

    #[test]
    fn prefix_and_whole_agree_for_all_first_two_octets() {
        let extended: [[u8; 8]; 5] = [
            [0; 8],
            [0, 200, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 1, 0, 0],
            [0x80, 0, 0, 0, 0, 0, 0, 0],
            [0xff; 8],
        ];
        let step = if cfg!(miri) { 37 } else { 1 };
        for receiver in [Role::Client, Role::Server] {
            for (allowed_rsv, in_message) in [(0, false), (0, true), (4, false), (4, true)] {
                let rules = HeaderRules { receiver, allowed_rsv, in_message };
                for first in (0..=255_u8).step_by(step) {
                    for second in (0..=255_u8).step_by(step) {
                        for extended in extended {
                            let mut wire = [0; 14];
                            wire[..2].copy_from_slice(&[first, second]);
                            wire[2..10].copy_from_slice(&extended);
                            let Parsed::Complete { header, len } = FrameHeader::parse(&wire) else {
                                panic!()
                            };
                            let whole = rules.judge(&header, len);
                            assert_eq!(rules.judge_prefix(&wire[..len]), whole);
                            for cut in 0..len {
                                if let Err(fault) = rules.judge_prefix(&wire[..cut]) {
                                    assert_eq!(Err(fault), whole, "{:02x?}", &wire[..cut]);
                                    assert!(fault.at < cut as u64);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_allowed_bit_is_for_first_data_frames_only() {
        let rules = HeaderRules { allowed_rsv: 4, ..HeaderRules::new(Role::Client) };
        assert_eq!(rules.judge_prefix(&[0xc1]), Ok(()));
        let refused = |rsv| Err(Fault { kind: ViolationKind::ReservedBits(rsv), at: 0 });
        assert_eq!(rules.judge_prefix(&[0xe1]), refused(2));
        assert_eq!(rules.judge_prefix(&[0xc9]), refused(4));
        let rules = HeaderRules { in_message: true, ..rules };
        assert_eq!(rules.judge_prefix(&[0xc0]), refused(4));
    }
}
