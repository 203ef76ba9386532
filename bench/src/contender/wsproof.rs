//! This project: a whole connection with every check, at its defaults.

use std::hint::black_box;

use bytes::Bytes;
use wsproof_core::Role;
use wsproof_core::connection::{Connection, Options, SeededKeys};
use wsproof_core::message::Event;

use super::{Contender, Total};
use crate::stream::{CHUNK, Memory};

pub const CONTENDER: Contender = Contender { name: crate::table::REFERENCE, parse, encode: Some(encode) };

fn parse(wire: &[u8]) -> Total {
    let mut memory = Memory::new(wire);
    let mut server = Connection::server(Options::default());
    let mut buffer = vec![0; CHUNK];
    let mut total = Total::default();
    loop {
        let chunk = memory.chunk(CHUNK);
        if chunk.is_empty() {
            return total;
        }
        buffer[..chunk.len()].copy_from_slice(chunk);
        let mut incoming = server.receive(&mut buffer[..chunk.len()]);
        while let Some(event) = incoming.next_event().expect("valid input") {
            if let Event::Data(data) = event {
                total.octets += black_box(data.payload).len();
                total.messages += usize::from(data.last);
            }
        }
    }
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    let role = if client { Role::Client } else { Role::Server };
    let mut connection = Connection::new(role, Options::default(), SeededKeys::new(1));
    for _ in 0..count {
        connection.send_binary(payload).expect("open");
        let len = black_box(connection.transmit()).len();
        connection.advance(len);
    }
}
