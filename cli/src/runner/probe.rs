//! A look at a server before it is tested: its name, whether it serves two clients at a time, and whether it speaks first.
//!
//! Cases are run side by side. A server that serves one client after the other would let the second wait and fail it
//! for being late; such a server is tested one case at a time.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::handshake::{Key, Request, Response};
use wsproof_scenarios::ClientRequest;

use super::greeting::{Greeting, listen};
use crate::net::{ConnectError, Connector, Peer, Stream};

/// The name of a server that does not tell its own.
pub const NAMELESS: &str = "UnknownServer";

/// How long the first client may wait for its handshake. A server that takes longer is not looked at any further.
const FIRST: Duration = Duration::from_secs(2);

/// How long the second may wait, while the first is being served.
const SECOND: Duration = Duration::from_secs(1);

/// How long the end of a connection may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// What was seen.
#[derive(Debug, PartialEq, Eq)]
pub struct Probe {
    /// Where the server is.
    pub address: Peer,
    /// How it calls itself.
    pub server_header: Option<String>,
    /// It serves two clients at a time, or it did not serve the first at all.
    pub side_by_side: bool,
    /// What it sends by itself.
    pub greeting: Greeting,
}

/// Opens a connection and closes it; if `two`, another one while it is open, without which `side_by_side` is taken for
/// granted.
///
/// # Errors
/// Not even the first connection could be made.
pub async fn probe(connector: &Connector, request: &ClientRequest, two: bool) -> Result<Probe, ConnectError> {
    let mut first = connector.connect(FIRST).await?;
    let address = first.peer();
    let Ok(Some((answer, early))) = timeout(FIRST, shake_hands(&mut first, request)).await else {
        let greeting = Greeting::default();
        return Ok(Probe { address, server_header: None, side_by_side: true, greeting });
    };
    let server_header =
        answer.header("Server").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let side_by_side = !two
        || answer.status() != 101
        || match connector.connect(SECOND).await {
            Err(_) => false,
            Ok(mut second) => {
                let answered =
                    matches!(timeout(SECOND, shake_hands(&mut second, request)).await, Ok(Some(_)));
                say_goodbye(second).await;
                answered
            }
        };
    let greeting = match answer.status() {
        101 => listen(&mut first, early).await,
        _ => Greeting::default(),
    };
    say_goodbye(first).await;
    Ok(Probe { address, server_header, side_by_side, greeting })
}

/// Whether a handshake without any offer of extensions is completed.
pub(super) async fn opens(connector: &Connector, request: &ClientRequest) -> bool {
    let Ok(mut stream) = connector.connect(FIRST).await else { return false };
    let answer = timeout(FIRST, shake_hands(&mut stream, request)).await;
    let opens = matches!(answer, Ok(Some((answer, _))) if answer.status() == 101);
    say_goodbye(stream).await;
    opens
}

/// Sends the request and reads the head of the answer, and what came with it; `None` if there is none.
async fn shake_hands(stream: &mut Stream, request: &ClientRequest) -> Option<(Response, Vec<u8>)> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).ok()?;
    let mut head = Request::upgrade(&request.resource, &request.host, &Key::new(nonce)).ok()?;
    if let Some(origin) = &request.origin {
        head = head.with_header("Origin", origin).ok()?;
    }
    if !request.protocols.is_empty() {
        head = head.with_header("Sec-WebSocket-Protocol", &request.protocols.join(", ")).ok()?;
    }
    for header in &request.headers {
        head = head.with_header(header.name(), header.value()).ok()?;
    }
    stream.write_all(&head.to_bytes()).await.ok()?;
    stream.flush().await.ok()?;
    let mut octets = Vec::new();
    loop {
        if stream.read_buf(&mut octets).await.ok()? == 0 {
            return None;
        }
        if let Some((response, end)) = Response::parse(&octets).ok()? {
            return Some((response, octets.split_off(end)));
        }
    }
}

/// Closes with 1000 and waits a little for the server to close TCP.
async fn say_goodbye(mut stream: Stream) {
    let mut close = Vec::new();
    let header = FrameHeader { mask: Some([0x12, 0x34, 0x56, 0x78]), ..FrameHeader::new(Opcode::CLOSE, 0) };
    append_frame(header, &1000_u16.to_be_bytes(), &mut close);
    let _ = timeout(FAREWELL, async {
        stream.write_all(&close).await?;
        stream.flush().await?;
        let mut scrap = [0; 1024];
        while stream.read(&mut scrap).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
    stream.close().await;
}
