//! Whether a server speaks first.
//!
//! A server may send what it likes, when it likes. The cases take the first message for the answer to theirs, as Autobahn
//! does, so a greeting must be known before the run: our own verdict then looks past it.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wsproof_core::Role;
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::message::{Event, MessageDecoder, Options};

use crate::net::Stream;

/// The pong to our ping is awaited no longer than this; what has come until then is the greeting.
const PATIENCE: Duration = Duration::from_millis(500);

/// More messages than this are no greeting.
const MAX_MESSAGES: u32 = 100;

/// What came from a server before anything but a ping was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Greeting {
    /// Data messages.
    pub messages: u32,
    /// How long the pong took; `None` if none came.
    pub round_trip: Option<Duration>,
}

/// Sends a ping and reads until its pong comes. `early` are octets that came behind the server's response head.
pub(super) async fn listen(stream: &mut Stream, early: Vec<u8>) -> Greeting {
    const PAYLOAD: &[u8] = b"wsproof";
    let mut ping = Vec::new();
    let header = FrameHeader { mask: Some([0x12, 0x34, 0x56, 0x78]), ..FrameHeader::new(Opcode::PING, 0) };
    append_frame(header, PAYLOAD, &mut ping);
    let started = Instant::now();
    let mut greeting = Greeting::default();
    let _ = timeout(PATIENCE, async {
        stream.write_all(&ping).await?;
        stream.flush().await?;
        let mut decoder = MessageDecoder::new(Role::Client, Options::default());
        let mut octets = early;
        loop {
            let mut events = decoder.decode(&mut octets);
            loop {
                match events.next_event() {
                    Ok(Some(Event::Data(piece))) => greeting.messages += u32::from(piece.last),
                    Ok(Some(Event::Pong(payload))) if payload == PAYLOAD => {
                        greeting.round_trip = Some(started.elapsed());
                        return Ok(());
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    // The cases will tell what is wrong with it.
                    Err(_) => return Ok(()),
                }
            }
            if greeting.messages > MAX_MESSAGES {
                return Ok(());
            }
            octets.clear();
            if stream.read_buf(&mut octets).await? == 0 {
                return std::io::Result::Ok(());
            }
        }
    })
    .await;
    greeting
}
