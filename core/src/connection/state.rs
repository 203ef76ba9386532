//! The state of a connection, from open to closed (RFC 6455 §7.1).

use super::{Connection, KeySource};
use crate::Role;
use crate::close::CloseCode;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Both ends may send.
    Open,
    /// We sent a Close and wait for the peer's; what it sends until then is still received (§7.1.3).
    CloseSent,
    /// The peer sent a Close that we have not answered; we may still send. With
    /// [`auto_close`](super::Options::auto_close) [`transmit`](Connection::transmit) answers it.
    CloseReceived,
    /// Both Closes are exchanged.
    Closed,
    /// The peer broke a rule, or its stream ended before its Close (§7.1.7). Nothing more is received. After a broken rule
    /// we may send until our Close is sent.
    Failed,
}

/// What to do with the TCP connection, next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpAction {
    /// Read, and write what waits.
    Keep,
    /// The closing handshake is done. The server closes TCP first, so a client waits for that, with a time limit (§7.1.1).
    AwaitPeer,
    /// Close it now.
    Close,
}

impl<K: KeySource> Connection<K> {
    /// Where the connection stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What to do with TCP. As long as octets wait in [`transmit`](Self::transmit) this is [`TcpAction::Keep`], unless
    /// the peer's stream has ended without a Close.
    #[must_use]
    pub fn tcp_action(&self) -> TcpAction {
        let flushed = self.output.pending().is_empty() && self.owed_close().is_none();
        match self.state {
            State::Failed if flushed || self.eof => TcpAction::Close,
            State::Closed if flushed => match self.role {
                Role::Client if !self.eof => TcpAction::AwaitPeer,
                Role::Client | Role::Server => TcpAction::Close,
            },
            _ => TcpAction::Keep,
        }
    }

    /// Tells that the peer's stream has ended. Without its Close that is a failure, code 1006 (§7.1.5).
    pub fn receive_eof(&mut self) {
        self.eof = true;
        if matches!(self.state, State::Open | State::CloseSent) {
            self.state = State::Failed;
        }
    }

    /// The code of §7.1.5, known once the peer's Close or the end of its stream has come, or a rule was broken: the code
    /// in the Close, 1005 when it had none, 1006 when there was no (valid) Close.
    #[must_use]
    pub fn close_code(&self) -> Option<CloseCode> {
        match (self.peer_code, self.state) {
            (Some(code), _) => Some(code),
            (None, State::Failed) => Some(CloseCode::ABNORMAL),
            (None, _) => None,
        }
    }

    /// Whether the closing handshake is complete (§7.1.4).
    #[must_use]
    pub const fn was_clean(&self) -> bool {
        matches!(self.state, State::Closed)
    }
}
