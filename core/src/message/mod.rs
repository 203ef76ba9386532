//! Messages: fragments in order, text validated while it arrives, limits kept (RFC 6455 §5.4 to §5.6, §8.1, §10.4).
//!
//! [`MessageDecoder`] turns a stream into [`Event`]s or the first [`Violation`](crate::Violation). It never answers; a
//! [`Connection`](crate::connection::Connection) does.
//!
//! ```
//! use wsproof_core::Role;
//! use wsproof_core::message::{Collector, Event, MessageDecoder, Options};
//!
//! // "Hel" and "lo" in two frames with a ping between them (RFC 6455 §5.7), received by a client.
//! let mut wire = *b"\x01\x03Hel\x89\x05Hello\x80\x02lo";
//! let mut decoder = MessageDecoder::new(Role::Client, Options::default());
//! let mut collector = Collector::new();
//! let mut messages = Vec::new();
//! let mut events = decoder.decode(&mut wire);
//! while let Some(event) = events.next_event()? {
//!     if let Event::Data(piece) = event
//!         && let Some(message) = collector.push(piece)
//!     {
//!         messages.push(message.text().expect("validated").to_owned());
//!     }
//! }
//! assert_eq!(messages, ["Hello"]);
//! # Ok::<(), wsproof_core::Violation>(())
//! ```

mod collector;
mod cutter;
mod decoder;
mod event;
mod limits;
mod passing;
mod shared;

pub use collector::{Collector, Message};
pub use cutter::TextCutter;
pub use decoder::{Events, MessageDecoder, Options};
pub use event::{Data, DataKind, Event};
pub use limits::{Limiter, Limits};
pub use passing::Passed;
pub use shared::{MaskedMessage, SharedEvent};

pub(crate) use event::ControlPayload;
