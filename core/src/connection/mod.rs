//! An endpoint after the handshake: the state machine of RFC 6455 §7 for client and server, without I/O.
//!
//! ```
//! use wsproof_core::connection::{Connection, TcpAction};
//! use wsproof_core::close::{CloseCode, ClosePayload};
//! use wsproof_core::message::Event;
//! # use wsproof_core::connection::Options;
//!
//! // Use a random source for keys; RFC 6455 §10.3 says why.
//! let mut client = Connection::client(Options::default(), || [1, 2, 3, 4]);
//! let mut server = Connection::server(Options::default());
//!
//! client.send_text("hello")?;
//! client.close(ClosePayload::new(CloseCode::NORMAL, "bye"))?;
//!
//! // What you would write to the socket...
//! let mut wire = client.transmit().to_vec();
//! client.advance(wire.len());
//! // ...and read from it at the other end.
//! let mut incoming = server.receive(&mut wire);
//! while let Some(event) = incoming.next_event()? {
//!     match event {
//!         Event::Data(piece) => assert_eq!(piece.payload, b"hello"),
//!         Event::Close(close) => assert_eq!(close.reason, "bye"),
//!         Event::Ping(_) | Event::Pong(_) => {}
//!     }
//! }
//! // The server has answered the Close; once that is written it closes TCP.
//! let mut wire = server.transmit().to_vec();
//! server.advance(wire.len());
//! assert_eq!(server.tcp_action(), TcpAction::Close);
//! while client.receive(&mut wire).next_event()?.is_some() {}
//! assert_eq!(client.tcp_action(), TcpAction::AwaitPeer);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "deflate")]
mod compression;
mod keys;
mod output;
mod receive;
mod send;
mod state;

pub use keys::{KeySource, NoKeys, SeededKeys};
pub use receive::Incoming;
pub use send::SendError;
pub use state::{State, TcpAction};

use crate::Role;
use crate::close::CloseCode;
use crate::message::{self, ControlPayload, DataKind, Limits, MessageDecoder};
use crate::utf8::Utf8Validator;
use crate::violation::Violation;
use output::Output;

/// How an endpoint behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bounds on what is received.
    pub limits: Limits,
    /// RSV bits that a negotiated extension may set: see [`message::Options::allowed_rsv`].
    pub allowed_rsv: u8,
    /// Answer each ping with a pong (§5.5.2). Default true.
    pub auto_pong: bool,
    /// Answer the peer's Close with one of the same code (§5.5.1), and a violation with a Close of its
    /// [`close_code`](Violation::close_code) (§7.1.7). The answer is queued when [`transmit`](Connection::transmit) is
    /// called next, so that what you send in reply to earlier messages of the same read goes out before it. Default true.
    pub auto_close: bool,
    /// Octets waiting in [`transmit`](Connection::transmit) from which on pongs are held back: then only the latest
    /// ping is answered, once there is room (§5.5.3). So a peer that pings and never reads costs bounded memory.
    /// Default 64 KiB.
    pub pong_backlog: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            allowed_rsv: 0,
            auto_pong: true,
            auto_close: true,
            pong_backlog: 64 * 1024,
        }
    }
}

/// One end of a WebSocket connection.
///
/// * Octets read: [`receive`](Self::receive).
/// * Octets to write: [`transmit`](Self::transmit), then [`advance`](Self::advance).
/// * After each of these: [`tcp_action`](Self::tcp_action) says whether to close TCP. Tell the end of the peer's
///   stream with [`receive_eof`](Self::receive_eof).
#[derive(Debug)]
pub struct Connection<K> {
    role: Role,
    options: Options,
    keys: K,
    decoder: MessageDecoder,
    output: Output,
    state: State,
    /// What compresses the messages that we send.
    #[cfg(feature = "deflate")]
    compression: Option<alloc::boxed::Box<compression::Compression>>,
    /// The fragmented message that we are sending.
    sending: Option<DataKind>,
    /// Its text so far.
    sending_text: Utf8Validator,
    /// The ping to answer when the output has room: see [`Options::pong_backlog`].
    late_pong: Option<ControlPayload>,
    /// The code of the peer's Close; [`CloseCode::NO_STATUS`] when it had none.
    peer_code: Option<CloseCode>,
    /// Whether our Close was queued: nothing may follow it (§5.5.1).
    close_sent: bool,
    /// Whether the peer's stream has ended.
    eof: bool,
}

impl Connection<NoKeys> {
    /// A server's end, which sends unmasked frames.
    #[must_use]
    pub fn server(options: Options) -> Self {
        Self::new(Role::Server, options, NoKeys)
    }
}

impl<K: KeySource> Connection<K> {
    /// A client's end, which masks each frame with the next of `keys`.
    #[must_use]
    pub fn client(options: Options, keys: K) -> Self {
        Self::new(Role::Client, options, keys)
    }

    /// Either end; a server does not touch `keys`.
    #[must_use]
    pub fn new(role: Role, options: Options, keys: K) -> Self {
        let receiving = message::Options { limits: options.limits, allowed_rsv: options.allowed_rsv };
        Self {
            role,
            options,
            keys,
            decoder: MessageDecoder::new(role, receiving),
            output: Output::new(),
            state: State::Open,
            #[cfg(feature = "deflate")]
            compression: None,
            sending: None,
            sending_text: Utf8Validator::new(),
            late_pong: None,
            peer_code: None,
            close_sent: false,
            eof: false,
        }
    }

    /// Which end this is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The octets to write to the peer, possibly none. A Close that is owed by
    /// [`auto_close`](Options::auto_close) is queued here: nothing can be sent after it.
    #[must_use]
    #[inline]
    pub fn transmit(&mut self) -> &[u8] {
        if self.state != State::Open {
            self.queue_owed_close();
        }
        self.output.pending()
    }

    /// Tells that the first `written` octets of [`transmit`](Self::transmit) are written (at most all of them count).
    #[inline]
    pub fn advance(&mut self, written: usize) {
        self.output.advance(written);
        self.send_late_pong();
    }

    /// Octets of the peer's stream processed so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    /// The rule that the peer broke, if any.
    #[must_use]
    pub const fn violation(&self) -> Option<Violation> {
        self.decoder.violation()
    }
}
