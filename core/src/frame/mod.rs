//! Frames as bits (RFC 6455 §5.2), without judging them.
//!
//! This layer also reads and writes frames that the protocol forbids, because a conformance tool has to send and show
//! them.
//!
//! ```
//! use wsproof_core::frame::{FrameHeader, Opcode, Parsed, mask};
//!
//! // "Hello" from RFC 6455 §5.7, masked.
//! let mut wire = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
//! let Parsed::Complete { header, len } = FrameHeader::parse(&wire) else { panic!("whole header") };
//! assert_eq!((header.opcode, header.payload_len, len), (Opcode::TEXT, 5, 6));
//!
//! mask::apply(header.mask.unwrap(), 0, &mut wire[len..]);
//! assert_eq!(&wire[len..], b"Hello");
//! ```

mod decoder;
mod encoder;
mod header;
mod length;
pub mod mask;
mod opcode;

pub use decoder::{FrameDecoder, FrameEvent, FrameEvents};
pub use encoder::append_frame;
pub use header::{EncodedHeader, FrameHeader, MAX_HEADER_LEN, Parsed};
pub use length::LengthForm;
pub use opcode::Opcode;
