//! The octets of both ends of one connection, from wherever the capture begins: is there a WebSocket in it, and where?
//!
//! Over HTTP/1.1 an upgrade may come after other requests, after refused attempts (a 401 before the credentials), behind a
//! proxy's CONNECT or a PROXY protocol's line. Without a handshake frames are known by their headers.

mod begins;
mod earlier;
mod opening;
mod unknown;

use wsproof_core::deflate;

use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::http;
use crate::model::{Connection, Sender};
use opening::{Opened, Opening};
use unknown::Unknown;

/// What is known of a connection beforehand, and how it is to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circumstances {
    /// Its ends, for one without a handshake; `Sender::Client` is the first.
    pub(crate) ends: [String; 2],
    /// It was seen from its first octet on.
    pub(crate) from_start: bool,
    /// It is read as frames also where they do not fit.
    pub(crate) force: bool,
    /// The ends are known to be the client and the server, in this order.
    pub(crate) sure_ends: bool,
    /// What was agreed of permessage-deflate where no handshake tells.
    pub(crate) agreed: Option<deflate::Response>,
}

/// What a connection is that holds no WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Other {
    /// Nothing was said.
    Silent,
    /// HTTP/1.x, without a request to upgrade to WebSocket.
    Http,
    /// HTTP/2.
    Http2,
    /// TLS.
    Tls,
    /// SSH.
    Ssh,
    /// None of those.
    Unknown,
}

/// A connection that is being followed.
pub(crate) struct Follower {
    state: State,
    circumstances: Circumstances,
    /// The ends turned out to be the other way round.
    swapped: bool,
    /// Something was said.
    begun: bool,
    budget: Budget,
}

enum State {
    /// HTTP/1.x, or nothing yet.
    Opening(Box<Opening>),
    /// No protocol that is known; maybe frames.
    Unknown(Unknown),
    Open(Box<Conversation>),
    Other(Other),
}

impl Follower {
    pub(crate) fn new(circumstances: Circumstances, budget: &Budget) -> Self {
        let state = State::Opening(Box::new(Opening::new(budget)));
        Self { state, circumstances, swapped: false, begun: false, budget: budget.clone() }
    }

    /// Takes a segment that one end sent, at this time.
    pub(crate) fn take(&mut self, sender: Sender, octets: &[u8], time_us: Option<u64>) {
        if octets.is_empty() {
            return;
        }
        if !self.begun && !self.circumstances.sure_ends {
            // Whoever speaks first was taken for the client.
            let answer = octets.len() > 7 && http::may_be_response(octets);
            self.swapped = answer == (sender == Sender::Client);
        }
        self.begun = true;
        let sender = self.end(sender);
        if matches!(self.state, State::Unknown(_) | State::Other(Other::Unknown))
            && sender == Sender::Client
            && http::may_be_request(octets)
            && http::asks_for_websocket(octets)
        {
            self.state = State::Opening(Box::new(Opening::new(&self.budget)));
        }
        match &mut self.state {
            State::Open(conversation) => conversation.take(sender, octets, time_us),
            State::Opening(opening) => {
                let opened = opening.take(sender, octets, time_us);
                self.opened(opened);
            }
            State::Unknown(unknown) => {
                if unknown.take(Piece { sender, octets: octets.to_vec(), time_us }) {
                    self.recognize();
                }
            }
            State::Other(_) => {}
        }
    }

    /// So many octets that one end sent are not in the capture.
    pub(crate) fn miss(&mut self, sender: Sender, count: u64) {
        let sender = self.end(sender);
        match &mut self.state {
            State::Open(conversation) => conversation.miss(sender, count),
            State::Opening(opening) => {
                let opened = opening.miss(sender, count);
                self.opened(opened);
            }
            State::Unknown(unknown) => {
                if unknown.miss(sender, count) {
                    self.recognize();
                }
            }
            State::Other(_) => {}
        }
    }

    fn end(&self, sender: Sender) -> Sender {
        if self.swapped { other(sender) } else { sender }
    }

    fn opened(&mut self, opened: Option<Opened>) {
        match opened {
            None => {}
            Some(Opened::WebSocket(conversation)) => self.state = State::Open(conversation),
            Some(Opened::Other(other, pieces)) => {
                if self.circumstances.force {
                    self.unknown(pieces);
                } else {
                    self.state = State::Other(other);
                }
            }
            Some(Opened::Unknown(pieces)) => self.unknown(pieces),
        }
    }

    fn unknown(&mut self, pieces: Vec<Piece>) {
        let mut unknown = Unknown::default();
        let mut full = false;
        for piece in pieces {
            full |= unknown.take(piece);
        }
        self.state = State::Unknown(unknown);
        if full {
            self.recognize();
        }
    }

    /// Looks whether what is unknown are frames.
    fn recognize(&mut self) {
        let State::Unknown(unknown) = &mut self.state else { return };
        match std::mem::take(unknown).recognize(&self.circumstances, self.swapped, &self.budget) {
            Some((conversation, turned)) => {
                self.swapped ^= turned;
                self.state = State::Open(Box::new(conversation));
            }
            None => self.state = State::Other(Other::Unknown),
        }
    }

    /// The connection, when the capture has ended; or what it is, if it holds no WebSocket.
    pub(crate) fn finish(mut self) -> Result<Connection, Other> {
        if let State::Opening(opening) = &mut self.state {
            let opened = opening.end();
            self.opened(opened);
        }
        self.recognize();
        match self.state {
            State::Open(conversation) => Ok(conversation.finish()),
            State::Opening(opening) => opening.finish(),
            State::Other(other) => Err(other),
            State::Unknown(_) => Err(Other::Unknown),
        }
    }
}

fn other(sender: Sender) -> Sender {
    match sender {
        Sender::Client => Sender::Server,
        Sender::Server => Sender::Client,
    }
}

/// What one end sent, and when.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) sender: Sender,
    pub(crate) octets: Vec<u8>,
    pub(crate) time_us: Option<u64>,
}
