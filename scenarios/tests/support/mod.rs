//! A session and a scripted peer in memory, in given time.

// Each test binary uses its part.
#![allow(dead_code)]

pub(crate) mod peer;

use std::time::Duration;

use wsproof_core::handshake::accept_key;
use wsproof_scenarios::{Action, Case, ClientRequest, Outcome, Session, SessionOptions, Testee};

use peer::{Peer, Profile};

/// Nothing in the catalogue takes longer than its own timers: this is a test that hangs.
const TOO_LONG: Duration = Duration::from_secs(2_000);

/// The largest read that a session is given.
const READ: usize = 65_536;

/// Runs a case against a peer of this profile. No time passes in fact.
pub(crate) fn run(case: &Case, testee: Testee, profile: &Profile, options: SessionOptions) -> Outcome {
    let mut now = Duration::ZERO;
    let mut peer = Peer::new(testee, profile.clone());
    let mut session = match testee {
        Testee::Server => Session::connect(case, ClientRequest::new("127.0.0.1:9001", "/"), options),
        Testee::Client => Session::accept(case, &Peer::request(), options, now),
    };
    loop {
        match session.poll(now) {
            Action::Write(octets) => {
                let octets = octets.to_vec();
                session.wrote(octets.len(), now);
                peer.receive(&octets, now);
                hand_over(&mut peer, &mut session, now);
            }
            Action::Wait(until) => {
                if hand_over(&mut peer, &mut session, now) {
                    continue;
                }
                now = [until, peer.next_due()].into_iter().flatten().min().unwrap_or(TOO_LONG);
                assert!(now < TOO_LONG, "{} never ends", case.id);
                peer.advance(now);
            }
            Action::Drop(_) | Action::Done => break,
        }
    }
    session.into_outcome("peer".to_owned(), 1, 0)
}

/// The answer of a right server to the session's request.
pub(crate) fn answer_to(request: &[u8]) -> Vec<u8> {
    let request = std::str::from_utf8(request).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    answer_with(&accept_key(key))
}

/// The answer of a right server, with this value of `Sec-WebSocket-Accept`.
pub(crate) fn answer_with(accept: &str) -> Vec<u8> {
    format!("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
        .into_bytes()
}

/// Gives the session what the peer sent. Answers whether there was anything.
fn hand_over(peer: &mut Peer, session: &mut Session<'_>, now: Duration) -> bool {
    let mut octets = peer.take_output();
    let mut something = !octets.is_empty();
    for piece in octets.chunks_mut(READ) {
        session.receive(piece, now);
    }
    if peer.take_drop() {
        session.peer_closed(peer.tcp_end(), now);
        something = true;
    }
    something
}
