//! One connection, over TCP or a Unix socket, with or without TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsStream;

use super::socket::{Peer, Socket};

/// How long an ordered end may take: the last octets are handed to the network, or they are not worth more.
const CLOSE_LIMIT: Duration = Duration::from_millis(500);

/// What is thrown away at most of octets that came but were not read, before the socket is closed.
const DRAIN_LIMIT: usize = 4 << 20;

/// One connection to a testee. Nagle's algorithm is off on TCP.
///
/// Dropping it closes the socket as the operating system likes: in order, unless octets are left unread. The two ends
/// that matter to a testee are asked for by name: [`Stream::reset`] and [`Stream::close`].
#[derive(Debug)]
pub struct Stream {
    io: Io,
    peer: Peer,
    opened: Instant,
}

#[derive(Debug)]
enum Io {
    Plain(Socket),
    Tls(Box<TlsStream<Socket>>),
}

impl Stream {
    /// Without TLS.
    pub(crate) fn plain(socket: impl Into<Socket>) -> io::Result<Self> {
        let socket = socket.into();
        let peer = socket.peer()?;
        socket.set_nodelay()?;
        Ok(Self { io: Io::Plain(socket), peer, opened: Instant::now() })
    }

    /// Over TLS, its handshake done.
    pub(crate) fn tls(tls: TlsStream<Socket>) -> io::Result<Self> {
        let socket = tls.get_ref().0;
        let peer = socket.peer()?;
        socket.set_nodelay()?;
        Ok(Self { io: Io::Tls(Box::new(tls)), peer, opened: Instant::now() })
    }

    /// The other side.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// When octets could first be exchanged: TCP was connected, and the TLS handshake, if any, was done.
    pub fn opened(&self) -> Instant {
        self.opened
    }

    /// Whether TLS is spoken.
    pub fn is_tls(&self) -> bool {
        matches!(self.io, Io::Tls(_))
    }

    fn socket(&self) -> &Socket {
        match &self.io {
            Io::Plain(socket) => socket,
            Io::Tls(tls) => tls.get_ref().0,
        }
    }

    /// Ends the connection at once: what is unsent is thrown away, the other side sees RST. The other end of a Unix socket
    /// sees the end of the stream.
    pub fn reset(self) {
        // Should the option be refused, the socket is closed in order: late, but still gone.
        let _ = self.socket().reset_on_close();
    }

    /// Ends the connection in order: what was written is flushed, with TLS a close_notify is sent, then FIN.
    ///
    /// Octets that have come but were not read are thrown away first. Otherwise the system would send RST in place of
    /// FIN, and that can take our last frame away from the other side.
    pub async fn close(mut self) {
        // Errors mean that the connection is gone already, which is what was wanted.
        let _ = timeout(CLOSE_LIMIT, self.shutdown()).await;
        let mut scrap = [0; 4096];
        let mut drained = 0;
        while drained < DRAIN_LIMIT {
            match self.socket().try_read(&mut scrap) {
                Ok(n) if n > 0 => drained += n,
                _ => break,
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Io::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(socket) => Pin::new(socket).poll_write(cx, octets),
            Io::Tls(tls) => Pin::new(tls).poll_write(cx, octets),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Io::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Io::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn pair() -> (Stream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(address), listener.accept());
        (Stream::plain(ours.unwrap()).unwrap(), theirs.unwrap().0)
    }

    #[tokio::test]
    async fn a_reset_is_seen_as_a_reset() {
        let (ours, mut theirs) = pair().await;
        ours.reset();
        let error = theirs.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn an_ordered_end_keeps_what_was_written_even_if_octets_are_unread() {
        let (mut ours, mut theirs) = pair().await;
        theirs.write_all(&[7; 1000]).await.unwrap();
        ours.write_all(b"last words").await.unwrap();
        // One octet is read, so that the rest is known to have come too: it was sent in one piece.
        ours.read_exact(&mut [0; 1]).await.unwrap();
        ours.close().await;
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"last words");
    }
}
