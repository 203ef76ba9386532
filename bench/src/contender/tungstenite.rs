//! tungstenite, blocking.

use bytes::Bytes;
use tungstenite::Message;
use tungstenite::protocol::{Role, WebSocket};

use super::{Contender, Total};
use crate::stream::Memory;

pub const CONTENDER: Contender = Contender { name: "tungstenite", parse, encode: Some(encode) };

fn parse(wire: &[u8]) -> Total {
    let mut socket = WebSocket::from_raw_socket(Memory::new(wire), Role::Server, None);
    let mut total = Total::default();
    while let Ok(message) = socket.read() {
        total.octets += std::hint::black_box(&message).len();
        total.messages += 1;
    }
    total
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    let role = if client { Role::Client } else { Role::Server };
    let mut socket = WebSocket::from_raw_socket(Memory::new(&[]), role, None);
    for _ in 0..count {
        socket.send(Message::Binary(payload.clone())).expect("open");
    }
}
