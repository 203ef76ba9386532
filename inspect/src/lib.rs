//! Turns captures of WebSocket traffic into frames, messages and violations.
//!
//! A capture is a recorded file: octets as programs print them, Chromium's net-export log, an HTTP archive,
//! events of the DevTools protocol, pcap, the report on a case; compressed or not.
//! [`read`] detects the format, follows the connections, and judges every octet by the same rules as the codec and the test
//! suite. It does no I/O and never fails half-way: [`notes`](Capture::notes) say what it could not read and how to get it;
//! the rest is there.
//!
//! A capture is not trusted: an announced length allocates nothing, and what is kept or inflated is bounded.
//!
//! ```
//! use wsproof_inspect::{Options, read};
//!
//! let capture = read(b"81 05 48 65 6c 6c 6f", &Options::default()).unwrap();
//! let connection = &capture.connections[0];
//! assert_eq!(connection.messages[0].text().as_deref(), Some("Hello"));
//! assert_eq!(connection.violations(), 0);
//! ```

mod budget;
mod checks;
mod conversation;
pub mod difference;
pub mod export;
mod fit;
mod follow;
mod http;
mod model;
mod over_http2;
mod overlong;
pub mod payload;
pub mod round_trip;
mod source;
mod stray;
mod stream;

pub use model::{
    Capture, Check, Connection, Finding, Frame, Handshake, Head, Message, Sender, Source, ToldClose, hex,
};
pub use source::{Beside, Error, Format, Live, Options, read, read_beside};
