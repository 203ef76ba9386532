//! A connection that answers messages: the part that the reference server and client share.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;
use wsproof_core::connection::{Connection, KeySource, Options, TcpAction};
use wsproof_core::deflate::Settings;
use wsproof_core::handshake::{HeadFinder, HeadLimits};
use wsproof_core::message::{DataKind, Event};

use crate::net::Stream;
use crate::runner::READ_SIZE;

/// While so many octets wait to be written, nothing more is read: what a peer can make us keep is bounded by this and
/// its longest message.
const HIGH_WATER: usize = 1 << 20;

/// How long a peer that has ended its direction may take to read the rest.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The room of a message buffer that is kept for the next message.
const KEPT_ROOM: usize = 1 << 20;

/// How the reference testees behave: messages up to 64 MiB, in as many fragments as one likes to send.
pub(super) fn options() -> Options {
    Options::default()
}

/// How they compress: a reference need not be the smallest, and a run should not wait for it.
pub(super) fn compression() -> Settings {
    Settings { level: 1, ..Settings::default() }
}

/// What is done with a message.
pub(super) trait Handler<K> {
    /// A whole message has come.
    fn message(&mut self, connection: &mut Connection<K>, kind: DataKind, message: &[u8]);
}

/// Sends every message back.
pub(super) struct Echo;

impl<K: KeySource> Handler<K> for Echo {
    fn message(&mut self, connection: &mut Connection<K>, kind: DataKind, message: &[u8]) {
        // It fails only when we have closed already, and then no echo may follow.
        let _ = connection.send_fragment(kind, message, true);
    }
}

/// Keeps the last message.
#[derive(Default)]
pub(super) struct Keep(pub(super) Option<Vec<u8>>);

impl<K> Handler<K> for Keep {
    fn message(&mut self, _: &mut Connection<K>, _: DataKind, message: &[u8]) {
        self.0 = Some(message.to_vec());
    }
}

/// Serves the connection until nothing is left to say: the closing handshake is done, the peer broke a rule and was
/// told, or the stream has ended. What to do with TCP is then for the caller: see [`Connection::tcp_action`].
pub(super) async fn converse<K: KeySource>(
    stream: &mut Stream,
    connection: &mut Connection<K>,
    mut early: Vec<u8>,
    handler: &mut impl Handler<K>,
) -> io::Result<()> {
    let mut talk = Talk { stream, connection, handler, message: Vec::new(), unflushed: false };
    talk.receive(&mut early);
    let mut buffer = vec![0; READ_SIZE];
    poll_fn(|cx| talk.poll(cx, &mut buffer)).await?;
    // The peer may have ended its own direction only, and still wait for what is left.
    let rest = talk.connection.transmit();
    if !rest.is_empty() {
        let _ = timeout(LAST_WORDS, talk.stream.write_all(rest)).await;
    }
    Ok(())
}

struct Talk<'a, K, H> {
    stream: &'a mut Stream,
    connection: &'a mut Connection<K>,
    handler: &'a mut H,
    /// The message that is arriving.
    message: Vec<u8>,
    unflushed: bool,
}

impl<K: KeySource, H: Handler<K>> Talk<'_, K, H> {
    fn poll(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<()>> {
        loop {
            self.write(cx)?;
            if self.connection.tcp_action() != TcpAction::Keep && !self.unflushed {
                return Poll::Ready(Ok(()));
            }
            if self.connection.transmit().len() >= HIGH_WATER {
                return Poll::Pending;
            }
            let mut buf = ReadBuf::new(buffer);
            match Pin::new(&mut *self.stream).poll_read(cx, &mut buf)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if buf.filled().is_empty() => {
                    self.connection.receive_eof();
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(()) => self.receive(buf.filled_mut()),
            }
        }
    }

    /// Writes what waits, as far as the network takes it.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.connection.transmit().is_empty() {
            match Pin::new(&mut *self.stream).poll_write(cx, self.connection.transmit())? {
                Poll::Pending => return Ok(()),
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(written) => {
                    self.connection.advance(written);
                    self.unflushed = true;
                }
            }
        }
        if self.unflushed && Pin::new(&mut *self.stream).poll_flush(cx)?.is_ready() {
            self.unflushed = false;
        }
        Ok(())
    }

    fn receive(&mut self, octets: &mut [u8]) {
        let mut incoming = self.connection.receive(octets);
        // A violation ends the loop: the connection has queued the answer to it.
        while let Ok(Some(event)) = incoming.next_event() {
            let Event::Data(piece) = event else { continue };
            if piece.first {
                self.message.clear();
            }
            self.message.extend_from_slice(piece.payload);
            if piece.last {
                let kind = piece.kind;
                self.handler.message(incoming.connection(), kind, &self.message);
                self.message.clear();
                self.message.shrink_to(KEPT_ROOM);
            }
        }
    }
}

/// Reads an HTTP head. Returns it, and what came after it.
///
/// # Errors
/// The stream ends or fails first, or the head is longer than the limits of the handshake allow.
pub(super) async fn read_head(stream: &mut Stream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut finder, limits) = (HeadFinder::default(), HeadLimits::default());
    let mut head = Vec::new();
    loop {
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match finder.find(&head, &limits) {
            Ok(Some(end)) => {
                let early = head.split_off(end);
                return Ok((head, early));
            }
            Ok(None) => {}
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
        }
    }
}
