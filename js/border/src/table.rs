//! The table in which one call describes many events.
//!
//! | words | hold |
//! | --- | --- |
//! | 0 | [`DONE`], [`FULL`] or [`FAILED`] |
//! | 1 | octets of the input that were processed |
//! | 2 | octets inflated: [`Endpoints::inflated`](crate::Endpoints::inflated) has them |
//! | 3 | events that follow |
//! | 4 to 35 | octets of a control payload that began in an earlier input |
//! | 36 … | three words for each event: what it is, where its payload begins, octets of payload |
//!
//! The first word of an event has the opcode in bits 0 to 3, then [`FIRST`], [`LAST`], [`ASIDE`], [`INFLATED`], the RSV bits from
//! [`RSV_SHIFT`] on, and a close code (0 for none) in its upper half.

/// Words before the events.
pub const HEAD: usize = 36;
/// Words of an event.
pub const EVENT: usize = 3;
/// The first word of the octets beside the input.
pub const ASIDE_AT: usize = 4;
/// Octets that find place there: a control payload has at most 125.
pub const ASIDE_LEN: usize = 4 * (HEAD - ASIDE_AT);

/// Octets inflated from which on a call ends with [`FULL`]: so a message that inflates a thousandfold is handed over in
/// parts.
pub const INFLATED_CAP: usize = 1024 * 1024;

/// All input was processed.
pub const DONE: u32 = 0;
/// The table is full, or enough was inflated; call again with the rest of the input.
pub const FULL: u32 = 1;
/// A rule was broken; nothing more is processed.
pub const FAILED: u32 = 2;

/// The piece begins its message.
pub const FIRST: u32 = 1 << 4;
/// The piece ends its message.
pub const LAST: u32 = 1 << 5;
/// The payload is not in the input but in the table.
pub const ASIDE: u32 = 1 << 6;
/// The payload is not in the input but among the inflated octets.
pub const INFLATED: u32 = 1 << 7;
/// Where the RSV bits of the message are.
pub const RSV_SHIFT: u32 = 8;
/// Where the close code is.
pub const CODE_SHIFT: u32 = 16;
