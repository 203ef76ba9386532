//! What the peer did wrong, as a value.

use core::fmt;

use crate::Role;
use crate::close::CloseCode;
use crate::count::Count;
use crate::frame::Opcode;

/// A broken rule of the protocol and its place in the stream.
///
/// However the stream is cut into pieces, the same octets give the same violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// Which rule.
    pub kind: ViolationKind,
    /// The octet at fault, counted from the first octet after the handshake: the first octet of a frame for its
    /// FIN, RSV or opcode, the second for MASK and a 7-bit length, the third for a longer length, the exact octet for
    /// UTF-8, the first octet of a close code. For what is missing (a character cut off), the place where it should be.
    /// What shows only in the inflated octets of a compressed message is at the first octet of the payload of the frame
    /// in which it shows.
    pub offset: u64,
}

/// A rule of RFC 6455 that a peer broke, or a limit of ours that it passed.
///
/// With the feature `serde` it is data: the name in `rule`, what it carries in `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "rule", content = "of", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ViolationKind {
    /// RSV bits (a number 0 to 7, 4 is RSV1) that no negotiated extension gives a meaning here.
    ReservedBits(u8),
    /// An opcode without a meaning.
    ReservedOpcode(Opcode),
    /// A control frame with FIN clear.
    FragmentedControl(Opcode),
    /// A continuation frame while no message is in progress.
    UnexpectedContinuation,
    /// A text or binary frame while a message is in progress.
    ExpectedContinuation(Opcode),
    /// A frame from a client that is not masked.
    UnmaskedFrame,
    /// A frame from a server that is masked.
    MaskedFrame,
    /// A control frame of more than 125 octets.
    ControlTooLong(Opcode),
    /// A length that is not in its shortest form.
    LengthNotMinimal,
    /// A 64-bit length whose top bit is set.
    LengthTopBit,
    /// A Close payload of one octet.
    CloseOneOctet,
    /// A close code that must not be on the wire.
    CloseCode(CloseCode),
    /// A close reason that is not UTF-8.
    CloseReasonNotUtf8,
    /// Text that is not UTF-8.
    TextNotUtf8,
    /// Text whose message ends inside a character.
    TextTruncated,
    /// A compressed payload that is not DEFLATE data.
    NotDeflate,
    /// A compressed message that ends inside a DEFLATE block.
    DeflateTruncated,
    /// A compressed message refers further back than over the window that was agreed for its sender.
    WindowExceeded {
        /// Who sent it.
        sender: Role,
        /// The base-2 logarithm of the window's size in octets, 8 to 14.
        bits: u8,
        /// Octets that it refers back, 257 to 32 768.
        distance: u16,
    },
    /// A compressed message refers to an earlier one, although no context takeover was agreed for its sender.
    ContextTakeover {
        /// Who sent it.
        sender: Role,
        /// Octets that it refers back, 1 to 32 768.
        distance: u16,
    },
    /// A frame that announces more octets than [`Limits::max_frame`](crate::message::Limits::max_frame).
    FrameTooLong,
    /// A message of more octets than [`Limits::max_message`](crate::message::Limits::max_message), inflated if it came
    /// compressed.
    MessageTooLong,
    /// A message of more frames than [`Limits::max_fragments`](crate::message::Limits::max_fragments).
    TooManyFragments,
}

impl ViolationKind {
    /// What it is called here, without what it holds: `ReservedBits`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReservedBits(_) => "ReservedBits",
            Self::ReservedOpcode(_) => "ReservedOpcode",
            Self::FragmentedControl(_) => "FragmentedControl",
            Self::UnexpectedContinuation => "UnexpectedContinuation",
            Self::ExpectedContinuation(_) => "ExpectedContinuation",
            Self::UnmaskedFrame => "UnmaskedFrame",
            Self::MaskedFrame => "MaskedFrame",
            Self::ControlTooLong(_) => "ControlTooLong",
            Self::LengthNotMinimal => "LengthNotMinimal",
            Self::LengthTopBit => "LengthTopBit",
            Self::CloseOneOctet => "CloseOneOctet",
            Self::CloseCode(_) => "CloseCode",
            Self::CloseReasonNotUtf8 => "CloseReasonNotUtf8",
            Self::TextNotUtf8 => "TextNotUtf8",
            Self::TextTruncated => "TextTruncated",
            Self::NotDeflate => "NotDeflate",
            Self::DeflateTruncated => "DeflateTruncated",
            Self::WindowExceeded { .. } => "WindowExceeded",
            Self::ContextTakeover { .. } => "ContextTakeover",
            Self::FrameTooLong => "FrameTooLong",
            Self::MessageTooLong => "MessageTooLong",
            Self::TooManyFragments => "TooManyFragments",
        }
    }

    /// The code with which to close the connection: 1002, 1007 or 1009 (RFC 6455 §7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::TextNotUtf8
            | Self::TextTruncated
            | Self::CloseReasonNotUtf8
            | Self::NotDeflate
            | Self::DeflateTruncated => CloseCode::INVALID_PAYLOAD,
            Self::FrameTooLong | Self::MessageTooLong | Self::TooManyFragments => CloseCode::MESSAGE_TOO_BIG,
            // Also where a compressed message refers too far back, for which RFC 7692 names no code: 1007 is for data that
            // is not of its message's type (RFC 6455 §7.4.1). Here the data may be what it should be, and a receiver with
            // a larger window understands it; what is broken is the agreement of the handshake, so the protocol.
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }

    /// The rule's place, as "RFC 6455 §5.2".
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::UnmaskedFrame | Self::MaskedFrame => "RFC 6455 §5.1",
            Self::ReservedBits(_) | Self::ReservedOpcode(_) | Self::LengthNotMinimal | Self::LengthTopBit => {
                "RFC 6455 §5.2"
            }
            Self::UnexpectedContinuation | Self::ExpectedContinuation(_) => "RFC 6455 §5.4",
            Self::FragmentedControl(_) | Self::ControlTooLong(_) => "RFC 6455 §5.5",
            Self::CloseOneOctet | Self::CloseReasonNotUtf8 => "RFC 6455 §5.5.1",
            Self::CloseCode(_) => "RFC 6455 §7.4",
            Self::TextNotUtf8 | Self::TextTruncated => "RFC 6455 §8.1",
            Self::NotDeflate | Self::DeflateTruncated => "RFC 7692 §7.2.2",
            Self::WindowExceeded { sender: Role::Server, .. } => "RFC 7692 §7.1.2.1",
            Self::WindowExceeded { sender: Role::Client, .. } => "RFC 7692 §7.1.2.2",
            Self::ContextTakeover { sender: Role::Server, .. } => "RFC 7692 §7.1.1.1",
            Self::ContextTakeover { sender: Role::Client, .. } => "RFC 7692 §7.1.1.2",
            Self::FrameTooLong | Self::MessageTooLong | Self::TooManyFragments => "RFC 6455 §10.4",
        }
    }

    /// This kind at a place in the stream.
    #[must_use]
    pub const fn at(self, offset: u64) -> Violation {
        Violation { kind: self, offset }
    }
}

impl Violation {
    /// As [`ViolationKind::close_code`].
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        self.kind.close_code()
    }

    /// As [`ViolationKind::clause`].
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        self.kind.clause()
    }
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ReservedBits(rsv) => {
                f.write_str("reserved bits set without an extension:")?;
                for (bit, name) in [(4, " RSV1"), (2, " RSV2"), (1, " RSV3")] {
                    if rsv & bit != 0 {
                        f.write_str(name)?;
                    }
                }
                Ok(())
            }
            Self::ReservedOpcode(opcode) => write!(f, "opcode {:#x} is reserved", opcode.get()),
            Self::FragmentedControl(opcode) => write!(f, "fragmented {opcode} frame"),
            Self::UnexpectedContinuation => f.write_str("continuation frame without a message in progress"),
            Self::ExpectedContinuation(opcode) => {
                write!(f, "{opcode} frame while a fragmented message is in progress")
            }
            Self::UnmaskedFrame => f.write_str("frame from a client is not masked"),
            Self::MaskedFrame => f.write_str("frame from a server is masked"),
            Self::ControlTooLong(opcode) => write!(f, "{opcode} frame of more than 125 octets"),
            Self::LengthNotMinimal => f.write_str("payload length is not in its shortest form"),
            Self::LengthTopBit => f.write_str("top bit of a 64-bit payload length is set"),
            Self::CloseOneOctet => f.write_str("Close payload of one octet"),
            Self::CloseCode(code) => write!(f, "close code {code} must not be sent"),
            Self::CloseReasonNotUtf8 => f.write_str("close reason is not UTF-8"),
            Self::TextNotUtf8 => f.write_str("text is not UTF-8"),
            Self::TextTruncated => f.write_str("text ends inside a character"),
            Self::NotDeflate => f.write_str("compressed payload is not valid DEFLATE data"),
            Self::DeflateTruncated => f.write_str("compressed message ends inside a DEFLATE block"),
            Self::WindowExceeded { sender, bits, distance } => {
                let octets = 1_u32 << bits.min(15);
                write!(f, "compressed message refers {} back, ", Count(distance.into(), "octet"))?;
                write!(f, "{octets} were agreed: {sender}_max_window_bits={bits}")
            }
            Self::ContextTakeover { sender, distance } => {
                write!(
                    f,
                    "compressed message refers {} back, to before its start, ",
                    Count(distance.into(), "octet")
                )?;
                write!(f, "against {sender}_no_context_takeover")
            }
            Self::FrameTooLong => f.write_str("frame is longer than the limit"),
            Self::MessageTooLong => f.write_str("message is longer than the limit"),
            Self::TooManyFragments => f.write_str("message has more fragments than the limit"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (octet {}, {})", self.kind, self.offset, self.clause())
    }
}

impl core::error::Error for Violation {}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn names_are_those_of_the_variants() {
        use alloc::format;
        for kind in [
            ViolationKind::ReservedBits(5),
            ViolationKind::CloseCode(CloseCode(999)),
            ViolationKind::WindowExceeded { sender: Role::Server, bits: 9, distance: 600 },
            ViolationKind::TooManyFragments,
        ] {
            assert_eq!(format!("{kind:?}").split(['(', ' ']).next(), Some(kind.name()));
        }
    }

    #[test]
    fn reads_well() {
        assert_eq!(
            ViolationKind::ReservedBits(5).at(7).to_string(),
            "reserved bits set without an extension: RSV1 RSV3 (octet 7, RFC 6455 §5.2)"
        );
        assert_eq!(
            ViolationKind::ReservedOpcode(Opcode::new(3)).at(0).to_string(),
            "opcode 0x3 is reserved (octet 0, RFC 6455 §5.2)"
        );
        assert_eq!(
            ViolationKind::WindowExceeded { sender: Role::Client, bits: 9, distance: 616 }.at(2).to_string(),
            "compressed message refers 616 octets back, 512 were agreed: client_max_window_bits=9 (octet 2, RFC 7692 §7.1.2.2)"
        );
        assert_eq!(
            ViolationKind::ContextTakeover { sender: Role::Server, distance: 5 }.at(2).to_string(),
            "compressed message refers 5 octets back, to before its start, against server_no_context_takeover (octet 2, RFC 7692 §7.1.1.1)"
        );
    }

    /// It is part of what a decoder gives for each event.
    #[test]
    fn stays_small() {
        assert!(size_of::<ViolationKind>() <= 8, "{}", size_of::<ViolationKind>());
    }
}
