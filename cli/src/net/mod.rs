//! Getting a [`Stream`] to or from a testee: URLs, TCP, Unix sockets, TLS.
//!
//! Nothing here knows WebSocket frames. A client side starts with a [`Url`], a [`Route`] to it and a [`Connector`]; a
//! server side with a [`Listener`]. Both end in a [`Stream`], which hides whether TLS is spoken, and which can be ended in
//! the two ways that conformance cases tell apart: reset, or in order.

mod authorities;
mod connect;
mod identity;
mod listen;
mod route;
mod socket;
mod stream;
pub mod tls;
mod url;

pub use connect::{ConnectError, Connector};
pub use listen::{Incoming, ListenAt, Listener, free_port};
pub use route::{ConnectOptions, Route};
pub use socket::Peer;
pub use stream::Stream;
pub use url::{Url, UrlError};
