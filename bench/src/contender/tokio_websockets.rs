//! tokio-websockets.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_websockets::{ClientBuilder, Message, ServerBuilder, WebSocketStream};

use super::{Contender, Total};
use crate::stream::{Memory, run};

pub const CONTENDER: Contender = Contender { name: "tokio-websockets", parse, encode: Some(encode) };

fn parse(wire: &[u8]) -> Total {
    run(async {
        let mut socket = ServerBuilder::new().serve(Memory::new(wire));
        let mut total = Total::default();
        while let Some(Ok(message)) = socket.next().await {
            total.octets += std::hint::black_box(message.as_payload()).len();
            total.messages += 1;
        }
        total
    })
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    run(async {
        let mut socket: WebSocketStream<Memory<'_>> = if client {
            ClientBuilder::new().take_over(Memory::new(&[]))
        } else {
            ServerBuilder::new().serve(Memory::new(&[]))
        };
        for _ in 0..count {
            socket.feed(Message::binary(payload.clone())).await.expect("open");
        }
        socket.flush().await.expect("open");
    });
}
