//! One session over one connection.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};
use wsproof_scenarios::{Action, DropKind, EndToCome, Session, TcpEnd};

use crate::net::{Stream, tls};

/// The most that one read returns.
pub const READ_SIZE: usize = 64 * 1024;

/// Read buffers that are used again: a run of hundreds of cases needs as many as run side by side.
#[derive(Debug, Clone, Default)]
pub struct Buffers(Arc<Mutex<Vec<Box<[u8]>>>>);

impl Buffers {
    fn take(&self) -> Buffer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Buffer { octets: kept.unwrap_or_else(|| vec![0; READ_SIZE].into_boxed_slice()), home: self.clone() }
    }
}

/// A buffer on loan; it goes back also when the task that holds it is cancelled.
struct Buffer {
    octets: Box<[u8]>,
    home: Buffers,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let octets = std::mem::take(&mut self.octets);
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(octets);
    }
}

/// Runs the session over the connection until it is over and the connection is gone. Time 0 of the session is
/// [`Stream::opened`].
///
/// `early` are octets that were read already, such as frames that came together with the request head.
///
/// `at_the_end` is told once, when the session only waits for the testee to end the connection.
///
/// Cancelling is safe: dropping the future closes the connection, and the session holds what happened so far.
pub async fn drive(
    session: &mut Session<'_>,
    stream: Stream,
    mut early: Vec<u8>,
    buffers: &Buffers,
    at_the_end: &AtTheEnd,
) {
    let opened = stream.opened();
    for piece in early.chunks_mut(READ_SIZE) {
        session.receive(piece, opened.elapsed());
    }
    drop(early);
    let mut pump = Pump {
        session,
        stream,
        opened,
        buffer: buffers.take(),
        alarm: Box::pin(sleep_until(opened)),
        readable: true,
        reset: false,
        unflushed: false,
    };
    let end = poll_fn(|cx| {
        let begin = Instant::now();
        let end = pump.poll(cx);
        pump.session.worked(begin.elapsed());
        if end.is_pending() {
            at_the_end.note(pump.session.waits_for_the_end());
        }
        end
    })
    .await;
    let Pump { stream, .. } = pump;
    match end {
        End::Drop(DropKind::Reset) => stream.reset(),
        End::Drop(DropKind::Graceful) => stream.close().await,
        End::Gone => drop(stream),
    }
}

/// Tells when a session only waits for the testee to end the connection.
#[derive(Debug, Default)]
pub struct AtTheEnd {
    waits_for: Mutex<Option<EndToCome>>,
    begun: Notify,
}

impl AtTheEnd {
    fn note(&self, waits_for: Option<EndToCome>) {
        let mut noted = self.waits_for.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.is_none() && waits_for.is_some() {
            self.begun.notify_one();
        }
        *noted = waits_for.or(*noted);
    }

    /// What the session waits for; `None` while there is more to do.
    pub fn waits_for(&self) -> Option<EndToCome> {
        *self.waits_for.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when there is nothing else to do any more.
    pub async fn begun(&self) {
        self.begun.notified().await;
    }
}

enum End {
    Drop(DropKind),
    Gone,
}

struct Pump<'a, 'c> {
    session: &'a mut Session<'c>,
    stream: Stream,
    opened: Instant,
    buffer: Buffer,
    alarm: Pin<Box<Sleep>>,
    /// No end of stream and no error was read yet.
    readable: bool,
    /// A write failed because the testee had reset the connection: the system tells that once only.
    reset: bool,
    /// Something was written, and a layer below may hold it back (TLS does).
    unflushed: bool,
}

impl Pump<'_, '_> {
    /// Moves octets in both directions at once: a testee that echoes megabytes would stop reading if we only wrote.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            // What has come is looked at before more is written, as an event loop would: between the pieces of a
            // chopped frame the session learns at once that the testee has given up.
            let heard = self.read(cx).is_ready();
            let now = self.opened.elapsed();
            match self.session.poll(now) {
                Action::Write(octets) => match Pin::new(&mut self.stream).poll_write(cx, octets) {
                    Poll::Ready(Ok(written)) if written > 0 => {
                        self.unflushed = true;
                        self.session.wrote(written, now);
                        // Pieces of a chopped frame leave one by one, and other cases get their turn between them.
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    Poll::Ready(result) => {
                        self.reset |= result.is_err_and(|error| is_reset(&error));
                        self.session.write_failed(now);
                    }
                    Poll::Pending if heard => {}
                    // The testee takes nothing more for now; the timers run on.
                    Poll::Pending => match self.session.next_due() {
                        Some(until) => ready!(self.wait(cx, until)),
                        None => return Poll::Pending,
                    },
                },
                Action::Wait(until) => {
                    if let Err(error) = self.flush(cx) {
                        self.reset |= is_reset(&error);
                        self.session.write_failed(now);
                    } else if heard {
                        // There may be more to read.
                    } else if let Some(until) = until {
                        ready!(self.wait(cx, until));
                    } else {
                        return Poll::Pending;
                    }
                }
                Action::Drop(kind) => return Poll::Ready(End::Drop(kind)),
                Action::Done => return Poll::Ready(End::Gone),
            }
        }
    }

    /// One read. Ready: the session has heard something new.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.readable {
            return Poll::Pending;
        }
        let mut buf = ReadBuf::new(&mut self.buffer.octets);
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf));
        let now = self.opened.elapsed();
        let octets = buf.filled_mut();
        let end = match result {
            Ok(()) if !octets.is_empty() => {
                self.session.receive(octets, now);
                return Poll::Ready(());
            }
            Ok(()) => TcpEnd::Fin,
            Err(error) => how_it_ended(&error),
        };
        self.readable = false;
        self.session.peer_closed(if self.reset { TcpEnd::Reset } else { end }, now);
        Poll::Ready(())
    }

    fn flush(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                // The waker is registered: whoever flushes the rest polls us again.
                Poll::Pending => {}
                Poll::Ready(result) => {
                    self.unflushed = false;
                    result?;
                }
            }
        }
        Ok(())
    }

    /// Ready when the session's clock shows `until`.
    fn wait(&mut self, cx: &mut Context<'_>, until: Duration) -> Poll<()> {
        // Far beyond any case; keeps the addition from overflowing.
        let deadline = self.opened + until.min(Duration::from_secs(365 * 86_400));
        if self.alarm.deadline() != deadline {
            self.alarm.as_mut().reset(deadline);
        }
        self.alarm.as_mut().poll(cx)
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
}

/// What an error of a read says. TLS without a closing alert, and TLS that can't be read, end as TCP does after it: with a
/// FIN, as far as is known.
fn how_it_ended(error: &io::Error) -> TcpEnd {
    if is_reset(error) {
        return TcpEnd::Reset;
    }
    tls::alert(error).map_or(TcpEnd::Fin, TcpEnd::Tls)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use wsproof_core::handshake::{Request, accept_key};
    use wsproof_scenarios::{ClientRequest, Outcome, SessionOptions, catalogue};

    use super::*;

    /// Runs a case that closes at once against a server that ends TCP in this way after the opening handshake.
    async fn ended(by: impl AsyncFnOnce(TcpStream)) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            let key = loop {
                tcp.read_buf(&mut head).await.unwrap();
                if let Some((request, _)) = Request::parse(&head).unwrap() {
                    break request.header("Sec-WebSocket-Key").unwrap().to_owned();
                }
            };
            let accept = accept_key(&key);
            let answer = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            tcp.write_all(answer.as_bytes()).await.unwrap();
            by(tcp).await;
        };
        let client = async {
            let case = catalogue::find("7.1.1".parse().unwrap()).unwrap();
            let stream = Stream::plain(TcpStream::connect(address).await.unwrap()).unwrap();
            let mut session = Session::connect(case, ClientRequest::new("h", "/"), SessionOptions::default());
            drive(&mut session, stream, Vec::new(), &Buffers::default(), &AtTheEnd::default()).await;
            session.into_outcome("a".to_owned(), 1, 0)
        };
        tokio::join!(client, server).0
    }

    #[tokio::test]
    async fn a_fin_is_told_from_a_reset() {
        let outcome = ended(async |mut tcp| {
            // All that came is read, or the system would send a reset.
            let mut scrap = [0; 64];
            tcp.read_exact(&mut scrap[..11]).await.unwrap();
            tcp.shutdown().await.unwrap();
            while tcp.read(&mut scrap).await.is_ok_and(|n| n > 0) {}
        })
        .await;
        assert_eq!(outcome.facts.tcp_end, Some(TcpEnd::Fin));
        let outcome = ended(async |tcp| tcp.set_zero_linger().unwrap()).await;
        assert_eq!(outcome.facts.tcp_end, Some(TcpEnd::Reset));
    }

    #[test]
    fn errors_of_a_read_say_how_it_ended() {
        use tokio_rustls::rustls::{AlertDescription, Error};
        use wsproof_scenarios::TlsAlert;

        let alert = Error::AlertReceived(AlertDescription::CertificateRequired);
        for (error, end) in [
            (io::ErrorKind::ConnectionReset.into(), TcpEnd::Reset),
            (io::ErrorKind::ConnectionAborted.into(), TcpEnd::Reset),
            (io::ErrorKind::UnexpectedEof.into(), TcpEnd::Fin),
            (io::Error::new(io::ErrorKind::InvalidData, alert), TcpEnd::Tls(TlsAlert(116))),
        ] {
            assert_eq!(how_it_ended(&error), end, "{error}");
        }
    }
}
