//! What the two halves of the npm package share: the codec behind an interface of numbers and octets.
//!
//! A call into native code or WebAssembly costs more than a small frame does. So one call takes a whole read and
//! describes all that is in it in a table of numbers ([`table`]); what is decoded stays where it was. Objects are named
//! by handles ([`Endpoints`]). What is seldom asked for comes as text ([`ask`]).
//!
//! This crate does no more than that: the rules are core's, the objects that people see are made in `js/`.

#[cfg(feature = "full")]
mod ask;
#[cfg(feature = "full")]
mod deflate;
mod delivery;
mod encode;
mod endpoint;
mod endpoints;
mod keys;
mod pass;
pub mod table;
mod violation;

#[cfg(feature = "full")]
pub use ask::ask;
#[cfg(feature = "full")]
pub use deflate::{set_deflate, window_check};
pub use encode::{encode, encode_header, encoded_len, mask_frame};
pub use endpoint::{Endpoint, Settings, send_word};
pub use endpoints::Endpoints;
pub use keys::Keys;
pub use violation::violation;
#[cfg(feature = "full")]
pub use wsproof_core::deflate::Settings as DeflateSettings;
