//! Compression of messages: permessage-deflate (RFC 7692).
//!
//! | item | is |
//! | --- | --- |
//! | [`Offer`], [`Response`], [`Policy`] | the negotiation in `Sec-WebSocket-Extensions`, as typed values |
//! | [`Deflater`], [`Inflater`] | one direction of one connection: message by message |
//! | [`Settings`] | how to compress |
//! | [`TooFarBack`] | a reference that the agreement forbids |
//!
//! An endpoint with all of it: [`Connection::with_deflate`](crate::connection::Connection::with_deflate). A receiver
//! alone: [`MessageDecoder::with_inflater`](crate::message::MessageDecoder::with_inflater).
//!
//! ```
//! use wsproof_core::connection::{Connection, Options};
//! use wsproof_core::deflate::{self, Offer, Policy, Settings};
//! use wsproof_core::handshake::ExtensionList;
//! use wsproof_core::message::Event;
//!
//! // The client offers in Sec-WebSocket-Extensions...
//! let offers = [Offer { client_max_window_bits: Some(None), ..Offer::default() }];
//! let header = deflate::to_header(&offers);
//! assert_eq!(header, "permessage-deflate; client_max_window_bits");
//! // ...the server answers...
//! let list = ExtensionList::parse(&header)?;
//! let response = Policy::default().answer(&list).expect("a usable offer");
//! // ...and the client judges the answer.
//! let list = ExtensionList::parse(&response.to_string())?;
//! assert_eq!(deflate::agreed(&list, &offers)?, Some(response));
//!
//! let mut client = Connection::client(Options::default(), || [1, 2, 3, 4]).with_deflate(response, Settings::default());
//! let mut server = Connection::server(Options::default()).with_deflate(response, Settings::default());
//! client.send_text(&"deflate ".repeat(100))?;
//! let mut wire = client.transmit().to_vec();
//! assert!(wire.len() < 50);
//! let mut incoming = server.receive(&mut wire);
//! let Some(Event::Data(message)) = incoming.next_event()? else { unreachable!() };
//! assert_eq!(message.payload.len(), 800);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Windows
//!
//! A window of 2^n octets, n from 8 to 15, is agreed for each direction (§7.1.2).
//!
//! * **Compressing**: the backend has no window of 256 octets (no zlib has). For n = 8 it works with one of 512, in which
//!   it never looks back further than 250 octets, so that the peer's window of 256 is enough. A test with an inflater of
//!   its own watches every distance.
//! * **Decompressing**: the window is that of n = 15, whatever was agreed, so that a peer that looks back further than it
//!   agreed to is still understood. It is noticed all the same: where n is below 15 each distance is held against the window,
//!   to the octet. That reads the blocks a second time: inflating then takes a good twice as long. Where n is 15, as
//!   it mostly is, it costs nothing. See [`Inflater::with_window_check`].
//!
//! # Memory
//!
//! An [`Inflater`] holds its window and 48 KiB of output, together about 90 KiB, however large the message: output is lent
//! in pieces, and [`Limits::max_message`](crate::message::Limits::max_message) counts them while they are made. A
//! [`Deflater`] holds about `2^(n + 2) + 2^(mem_level + 9)` octets and a hash table of 128 KiB. Connections without context
//! takeover can share one of each.

mod bits;
mod deflater;
mod distances;
mod huffman;
mod inflater;
mod negotiation;
mod settings;
mod too_far;
mod window;

pub use deflater::Deflater;
pub use inflater::{InflateError, Inflater};
pub use negotiation::{NegotiationError, Offer, ParamError, Policy, Response, agreed, to_header};
pub use settings::Settings;
pub use too_far::TooFarBack;
pub use window::{Sending, WindowBits};

pub(crate) use inflater::PIECE;

/// The extension's name in `Sec-WebSocket-Extensions` (§7.1).
pub const NAME: &str = "permessage-deflate";

/// What ends each message before its sender cuts it off and its receiver puts it back (§7.2.1, §7.2.2): the length
/// fields of an empty stored block.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
