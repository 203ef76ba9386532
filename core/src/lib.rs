//! The WebSocket protocol (RFC 6455) as a codec without I/O, clock or randomness of its own.
//!
//! You hand in the octets that were read and get events; the octets to write wait in a buffer until you fetch them. So the
//! same code serves a blocking thread, an async task, a browser worker or a unit test, and every run can be repeated.
//!
//! # Layers
//!
//! Each layer is usable alone:
//!
//! | module | knows | use it to |
//! | --- | --- | --- |
//! | [`frame`] | bits: header, mask | read a capture, send illegal frames on purpose |
//! | [`utf8`], [`close`] | one rule each | validate text as it arrives, read a Close payload |
//! | [`rules`] | judgement of headers | say which rule a frame breaks |
//! | [`message`] | fragments, text, limits | receive without answering |
//! | [`connection`] | the state machine of RFC 6455 §7 | run an endpoint |
//! | [`memory`] | what buffers keep between uses | give memory back where you buffer yourself |
#![cfg_attr(
    feature = "handshake",
    doc = "| [`handshake`] | the opening HTTP exchange | accept or ask for an upgrade |"
)]
#![cfg_attr(feature = "deflate", doc = "| [`deflate`] | permessage-deflate (RFC 7692) | compress messages |")]
//!
//! # Features
//!
//! * `std` (default): run-time CPU detection for masking and UTF-8. Without it the crate is `no_std` + `alloc`.
//! * `handshake` (default): the opening handshake (needs `httparse`, `sha1`, `base64`).
//! * `deflate` (default): permessage-deflate (needs `zlib-rs`, which is Rust, and `std`).
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod close;
pub mod connection;
mod count;
#[cfg(feature = "deflate")]
pub mod deflate;
pub mod frame;
#[cfg(feature = "handshake")]
pub mod handshake;
pub mod memory;
pub mod message;
mod role;
pub mod rules;
pub mod utf8;
mod violation;

pub use count::Count;
pub use role::Role;
pub use violation::{Violation, ViolationKind};
