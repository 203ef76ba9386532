//! A WebSocket connection on which no case runs: short messages, then the end.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wsproof_core::close::{CloseCode, ClosePayload, MAX_REASON_LEN};
use wsproof_core::connection::{Connection, NoKeys, Options, TcpAction};
use wsproof_core::message::{Collector, DataKind, Event, Limits};

use super::state::State;
use super::upgrade;
use crate::net::{Peer, Stream};

/// No message to us need be longer than this.
const MAX_MESSAGE: u64 = 1 << 20;

/// One open connection, seen from the server.
pub(super) struct Talk {
    stream: Stream,
    connection: Connection<NoKeys>,
    collector: Collector,
    /// Octets that were read and not yet looked at.
    unread: Vec<u8>,
    /// Messages that nobody has listened to yet.
    said: VecDeque<Said>,
    /// How long the answer to our close frame may take.
    close_timeout: Duration,
}

/// What the client said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    Binary,
}

impl Talk {
    /// Opens the connection with the answer to the handshake. `early` are octets that came behind the request.
    pub(super) async fn open(state: &State, stream: Stream, accept: &str, early: Vec<u8>) -> Self {
        let limits = Limits { max_frame: MAX_MESSAGE, max_message: MAX_MESSAGE, max_fragments: 1024 };
        let mut talk = Self {
            stream,
            connection: Connection::server(Options { limits, ..Options::default() }),
            collector: Collector::default(),
            unread: early,
            said: VecDeque::new(),
            close_timeout: state.close_timeout(),
        };
        talk.write(&upgrade::switching(accept)).await;
        talk
    }

    /// Queues a text message.
    pub(super) fn say(&mut self, text: &str) {
        // A connection that is closing already has nobody who would read it.
        let _ = self.connection.send_text(text);
    }

    /// Queues a close frame.
    pub(super) fn say_close(&mut self, payload: ClosePayload<'_>) -> Result<(), String> {
        self.connection.close(payload).map_err(|error| error.to_string())
    }

    /// Writes octets as they are, after what is queued. They may be anything.
    pub(super) async fn write(&mut self, octets: &[u8]) {
        // Errors show at the next read. Who takes nothing for so long has gone.
        let limit = self.close_timeout.max(Duration::from_secs(10));
        let _ = timeout(limit, async {
            self.flush().await?;
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        })
        .await;
    }

    async fn flush(&mut self) -> io::Result<()> {
        while !self.connection.transmit().is_empty() {
            let written = self.stream.write(self.connection.transmit()).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.connection.advance(written);
        }
        self.stream.flush().await
    }

    /// The next message; `None` once the connection is over. Can be cancelled.
    pub(super) async fn listen(&mut self) -> Option<Said> {
        loop {
            if let Some(said) = self.next_said() {
                return Some(said);
            }
            self.flush().await.ok()?;
            if self.connection.tcp_action() != TcpAction::Keep {
                return None;
            }
            let mut buffer = [0; 4096];
            let read = self.stream.read(&mut buffer).await.ok()?;
            if read == 0 {
                self.connection.receive_eof();
                return None;
            }
            self.unread.extend_from_slice(&buffer[..read]);
        }
    }

    /// Looks at everything that was read.
    fn next_said(&mut self) -> Option<Said> {
        let mut incoming = self.connection.receive(&mut self.unread);
        loop {
            match incoming.next_event() {
                Ok(Some(Event::Data(data))) => {
                    if let Some(message) = self.collector.push(data) {
                        self.said.push_back(match message.kind {
                            DataKind::Text => Said::Text(message.text().unwrap_or_default().to_owned()),
                            DataKind::Binary => Said::Binary,
                        });
                    }
                }
                Ok(Some(_)) => {}
                // After a violation the connection is over, which shows in what to do with TCP.
                Ok(None) | Err(_) => break,
            }
        }
        self.unread.clear();
        self.said.pop_front()
    }

    /// Returns when the client has closed the connection or gone. Can be cancelled.
    pub(super) async fn until_gone(&mut self) {
        while self.listen().await.is_some() {}
    }

    /// Ends the connection with an empty close frame.
    pub(super) async fn finish(mut self) {
        let _ = self.connection.close(ClosePayload::default());
        self.end().await;
    }

    /// Ends the connection and says why.
    pub(super) async fn refuse(mut self, reason: &str) {
        let mut end = reason.len().min(MAX_REASON_LEN);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let _ = self.connection.close(ClosePayload::new(CloseCode::POLICY_VIOLATION, &reason[..end]));
        self.end().await;
    }

    /// Waits for the answer to our close frame, as long as that may take, and closes TCP.
    pub(super) async fn end(mut self) {
        let _ = timeout(self.close_timeout, self.until_gone()).await;
        self.stream.close().await;
    }

    /// Who it is.
    pub(super) fn peer(&self) -> Peer {
        self.stream.peer()
    }
}
