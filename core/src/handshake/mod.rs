//! The opening handshake (RFC 6455 §4, §9.1): octets of an HTTP/1.1 head to typed values and back, and the judgement
//! of both ends.
//!
//! This module does no I/O. Give [`Request::parse`] (or [`Response::parse`]) the octets that have arrived. It returns `None`
//! until the head is complete, and then also the length of the head: frames follow it.
//!
//! ```
//! use wsproof_core::handshake::{Key, Offer, Request, Response, check_response};
//!
//! // The client asks.
//! let key = Key::new(*b"the sample nonce");
//! let request = Request::upgrade("/chat", "server.example.com", &key)?.with_header("Sec-WebSocket-Protocol", "chat")?;
//! let wire = request.to_bytes();
//!
//! // The server judges and answers.
//! let (request, consumed) = Request::parse(&wire)?.expect("a whole head");
//! assert_eq!(consumed, wire.len());
//! let offer = Offer::from_request(&request)?;
//! let protocol = offer.choose_protocol(&["superchat", "chat"]);
//! let wire = Response::accept(&offer, protocol, None)?.to_bytes();
//!
//! // The client judges the answer.
//! let (response, _) = Response::parse(&wire)?.expect("a whole head");
//! let agreed = check_response(&response, &key, &["chat"], &Default::default())?;
//! assert_eq!(agreed.protocol.as_deref(), Some("chat"));
//! # Ok::<(), wsproof_core::handshake::HandshakeError>(())
//! ```

mod client;
mod error;
mod extensions;
mod head;
mod headers;
mod key;
mod request;
mod response;
mod server;
mod syntax;
mod warning;

pub use client::{Agreement, check_response};
pub use error::HandshakeError;
pub use extensions::{Extension, ExtensionError, ExtensionList, Param};
pub use head::{HeadFinder, HeadLimits, HttpVersion};
pub use headers::{Header, Headers};
pub use key::{GUID, Key, accept_key};
pub use request::Request;
pub use response::Response;
pub use server::Offer;
pub use syntax::{has_token, is_token, tokens};
pub use warning::HandshakeWarning;

/// The only version of the protocol: the value of `Sec-WebSocket-Version` (RFC 6455 §4.1, item 9).
pub const VERSION: &str = "13";
