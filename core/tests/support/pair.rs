//! Two endpoints in memory. Time is a number; octets travel in pieces of a given size and take a given time.

use std::collections::VecDeque;

use wsproof_core::connection::{Connection, Options, SeededKeys, TcpAction};
use wsproof_core::{Role, Violation};

use super::seen::Log;

pub struct End {
    pub connection: Connection<SeededKeys>,
    pub log: Log,
    /// On the way to this end: when each piece arrives. An empty piece is the end of the stream.
    inbound: VecDeque<(u64, Vec<u8>)>,
    /// When this end closed its TCP.
    pub closed_at: Option<u64>,
}

impl End {
    fn new(role: Role, options: Options) -> Self {
        Self {
            connection: Connection::new(role, options, SeededKeys::new(1)),
            log: Log::default(),
            inbound: VecDeque::new(),
            closed_at: None,
        }
    }

    fn take(&mut self, piece: &mut [u8]) {
        if piece.is_empty() {
            self.connection.receive_eof();
            return;
        }
        // One end decodes in place, the other out of shared input.
        if self.connection.role() == Role::Server {
            let log = &mut self.log;
            let end = self.connection.receive_shared(piece, &mut Vec::new(), |event| {
                log.push_shared(event);
                Ok::<(), Violation>(())
            });
            self.log.violation = end.err().or(self.log.violation);
            return;
        }
        let mut incoming = self.connection.receive(piece);
        loop {
            match incoming.next_event() {
                Ok(Some(event)) => self.log.push(&event),
                Ok(None) => return,
                Err(violation) => {
                    self.log.violation = Some(violation);
                    return;
                }
            }
        }
    }
}

pub struct Pair {
    pub client: End,
    pub server: End,
    /// Milliseconds since the start.
    pub now: u64,
    /// Milliseconds that octets travel.
    pub latency: u64,
    /// Octets that arrive at a time.
    pub chop: usize,
}

impl Pair {
    pub fn new(client: Options, server: Options) -> Self {
        Self {
            client: End::new(Role::Client, client),
            server: End::new(Role::Server, server),
            now: 0,
            latency: 5,
            chop: 3,
        }
    }

    /// Lets time pass until nothing moves any more.
    pub fn settle(&mut self) {
        loop {
            let (now, latency, chop) = (self.now, self.latency, self.chop);
            ship(&mut self.client, &mut self.server, now, latency, chop);
            ship(&mut self.server, &mut self.client, now, latency, chop);
            let next = [&self.client, &self.server]
                .into_iter()
                .filter_map(|end| end.inbound.front().map(|(at, _)| *at))
                .min();
            let Some(next) = next else { return };
            self.now = next;
            for end in [&mut self.client, &mut self.server] {
                while end.inbound.front().is_some_and(|(at, _)| *at <= self.now) {
                    let (_, mut piece) = end.inbound.pop_front().unwrap();
                    end.take(&mut piece);
                }
            }
        }
    }
}

/// Sends what waits, and the end of the stream when it is time to close.
fn ship(from: &mut End, to: &mut End, now: u64, latency: u64, chop: usize) {
    if from.closed_at.is_some() {
        return;
    }
    let octets = from.connection.transmit();
    to.inbound.extend(octets.chunks(chop).map(|piece| (now + latency, piece.to_vec())));
    let len = octets.len();
    from.connection.advance(len);
    if from.connection.tcp_action() == TcpAction::Close {
        from.closed_at = Some(now);
        to.inbound.push_back((now + latency, Vec::new()));
    }
}
