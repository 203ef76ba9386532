//! Any octets as a stream, cut anyhow: the decoder, a connection and the slow model of the tests see the same events and
//! the same violation; a connection never answers with something that its peer would refuse.
#![no_main]

#[path = "../../core/tests/support/model.rs"]
#[allow(dead_code)]
mod model;
#[path = "../../core/tests/support/seen.rs"]
#[allow(dead_code)]
mod seen;

use libfuzzer_sys::fuzz_target;
use seen::Log;
use wsproof_core::Role;
use wsproof_core::connection::{self, Connection, SeededKeys, State};
use wsproof_core::message::{Limits, Options};

fuzz_target!(|input: (u8, Vec<u8>, &[u8])| {
    let (setup, cuts, stream) = input;
    // The model's time is quadratic.
    let stream = &stream[..stream.len().min(1024)];
    let role = if setup & 1 == 0 { Role::Server } else { Role::Client };
    let limits = match (setup >> 1) & 3 {
        0 => Limits::default(),
        1 => Limits { max_frame: 200, max_message: 300, max_fragments: 4 },
        2 => Limits { max_frame: 5, max_message: 9, max_fragments: 2 },
        _ => Limits::NONE,
    };
    let options = Options { limits, allowed_rsv: if setup & 8 == 0 { 0 } else { 4 } };

    let want = model::decode(role, options, stream);
    assert_eq!(seen::decode(role, options, [stream]), want);
    assert_eq!(seen::decode(role, options, stream.chunks(1)), want);
    let places: Vec<usize> = cuts.iter().take(16).map(|&cut| usize::from(cut) % (stream.len() + 1)).collect();
    let pieces = seen::cut(stream, places);
    assert_eq!(seen::decode(role, options, pieces.iter().copied()), want);

    assert_eq!(converse(role, options, &pieces, setup & 16 != 0), want);
});

/// The same through a connection, whose answers a peer reads.
fn converse(role: Role, options: Options, pieces: &[&[u8]], close_first: bool) -> Log {
    let own = connection::Options {
        limits: options.limits,
        allowed_rsv: options.allowed_rsv,
        pong_backlog: 300,
        ..connection::Options::default()
    };
    let mut connection = Connection::new(role, own, SeededKeys::new(1));
    let mut peer = Connection::new(role.peer(), connection::Options::default(), SeededKeys::new(2));
    if close_first {
        connection.close(Default::default()).expect("open");
    }
    let mut log = Log::default();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut incoming = connection.receive(&mut piece);
        loop {
            match incoming.next_event() {
                Ok(Some(event)) => log.push(&event),
                Ok(None) => break,
                Err(violation) => {
                    log.violation = Some(violation);
                    break;
                }
            }
        }
    }
    // Pongs up to the limit, one more, and a Close.
    assert!(connection.transmit().len() < 300 + 2 * (125 + 14));
    loop {
        let mut answers = connection.transmit().to_vec();
        if answers.is_empty() {
            break;
        }
        connection.advance(answers.len());
        let mut incoming = peer.receive(&mut answers);
        while let Some(_event) = incoming.next_event().expect("answers are valid") {}
    }
    assert_eq!(connection.state() == State::Failed, log.violation.is_some());
    log
}
