//! fastwebsockets with its fragment collector.

use bytes::Bytes;
use fastwebsockets::{FragmentCollector, Frame, OpCode, Payload, Role, WebSocket};

use super::{Contender, Total};
use crate::stream::{Memory, run};

pub const CONTENDER: Contender = Contender { name: "fastwebsockets", parse, encode: Some(encode) };

fn parse(wire: &[u8]) -> Total {
    run(async {
        let mut socket = FragmentCollector::new(WebSocket::after_handshake(Memory::new(wire), Role::Server));
        let mut total = Total::default();
        while let Ok(frame) = socket.read_frame().await {
            if matches!(frame.opcode, OpCode::Text | OpCode::Binary) {
                total.octets += std::hint::black_box(&frame.payload).len();
                total.messages += 1;
            }
        }
        total
    })
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    let role = if client { Role::Client } else { Role::Server };
    run(async {
        let mut socket = WebSocket::after_handshake(Memory::new(&[]), role);
        for _ in 0..count {
            socket.write_frame(Frame::binary(Payload::Borrowed(payload))).await.expect("open");
        }
        socket.flush().await.expect("open");
    });
}
