//! sockudo-ws, its protocol layer without a socket.

use bytes::{Bytes, BytesMut};
use sockudo_ws::protocol::{Message, Protocol, Role};

use super::{Contender, Total};
use crate::stream::{CHUNK, Memory};

pub const CONTENDER: Contender = Contender { name: "sockudo-ws", parse, encode: Some(encode) };

const LIMIT: usize = 64 << 20;

fn parse(wire: &[u8]) -> Total {
    let mut memory = Memory::new(wire);
    let mut protocol = Protocol::new(Role::Server, LIMIT, LIMIT);
    let mut buffer = BytesMut::with_capacity(CHUNK);
    let mut messages = Vec::new();
    let mut total = Total::default();
    loop {
        let chunk = memory.chunk(CHUNK);
        if chunk.is_empty() {
            return total;
        }
        buffer.extend_from_slice(chunk);
        protocol.process_into(&mut buffer, &mut messages).expect("valid input");
        for message in messages.drain(..) {
            total.octets += std::hint::black_box(message.as_bytes()).len();
            total.messages += 1;
        }
    }
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    let role = if client { Role::Client } else { Role::Server };
    let mut protocol = Protocol::new(role, LIMIT, LIMIT);
    let mut out = BytesMut::with_capacity(payload.len() + 14);
    for _ in 0..count {
        out.clear();
        protocol.encode_message(&Message::Binary(payload.clone()), &mut out).expect("open");
        std::hint::black_box(&out);
    }
}
