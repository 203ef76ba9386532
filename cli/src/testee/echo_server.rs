//! The reference server: sends every message back.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wsproof_core::connection::Connection;
use wsproof_core::deflate::{self, Policy};
use wsproof_core::handshake::{ExtensionList, HandshakeError, Offer, Request, Response};

use super::echo::{self, Echo};
use crate::net::{Incoming, ListenAt, Listener, Stream, Url};

/// The opening handshake, TLS included, must be done in this time.
const OPENING: Duration = Duration::from_secs(10);

/// Clients at a time; more wait their turn.
const MAX_CLIENTS: usize = 512;

/// After our last octets the client gets so long to read them and hang up too.
const LINGER: Duration = Duration::from_secs(1);

/// What the server calls itself.
const NAME: &str = concat!("wsproof/", env!("CARGO_PKG_VERSION"));

/// An echo server that listens and does not serve yet.
#[derive(Debug)]
pub struct EchoServer {
    listener: Listener,
}

impl EchoServer {
    /// Listens. Must be called within the runtime.
    ///
    /// # Errors
    /// The address or the Unix socket cannot be listened on; the message names it.
    pub fn bind(place: impl Into<ListenAt>, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        Ok(Self { listener: Listener::at(&place.into(), tls)? })
    }

    /// Where clients on this machine find it.
    pub fn url(&self) -> Url {
        self.listener.url()
    }

    /// Serves clients until `stop` is ready.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let room = Arc::new(Semaphore::new(MAX_CLIENTS));
        let mut clients = JoinSet::new();
        loop {
            let next = async {
                let place = room.clone().acquire_owned().await;
                (self.listener.accept().await, place)
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                (client, place) = next => {
                    clients.spawn(async move {
                        // A client that goes away, or never speaks HTTP, is nobody's trouble but its own.
                        let _ = serve(client).await;
                        drop(place);
                    });
                }
            }
            while clients.try_join_next().is_some() {}
        }
    }

    /// Serves clients on threads of its own, so that a testee in the same program takes nothing from the run's.
    ///
    /// # Errors
    /// As [`EchoServer::bind`], or there is no thread to be had.
    pub fn start_thread(address: SocketAddr) -> io::Result<EchoThread> {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("echo server".to_owned()).spawn(move || {
            let runtime = match super::runtime() {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(error))),
            };
            runtime.block_on(async {
                match Self::bind(address, None) {
                    Err(error) => drop(tell.send(Err(error))),
                    Ok(server) => {
                        let _ = tell.send(Ok(server.url()));
                        server.run(async { drop(stopped.await) }).await;
                    }
                }
            });
        })?;
        let url = told.recv().map_err(|_| io::Error::other("the echo server's thread ended"))??;
        Ok(EchoThread { url, stop: Some(stop), thread: Some(thread) })
    }
}

/// An echo server on its own thread. Dropping it stops the server.
#[derive(Debug)]
pub struct EchoThread {
    url: Url,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EchoThread {
    /// Where clients find it.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl Drop for EchoThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

async fn serve(client: Incoming) -> io::Result<()> {
    let mut stream = client.finish(OPENING).await?;
    let Some((early, agreed)) =
        timeout(OPENING, open(&mut stream)).await.map_err(|_| io::ErrorKind::TimedOut)??
    else {
        hang_up(stream).await;
        return Ok(());
    };
    let mut connection = Connection::server(echo::options());
    if let Some(agreed) = agreed {
        connection = connection.with_deflate(agreed, echo::compression());
    }
    let result = echo::converse(&mut stream, &mut connection, early, &mut Echo).await;
    hang_up(stream).await;
    result
}

/// The opening handshake. Returns what came after the request, and what was agreed of compression; or nothing if the
/// client was refused.
async fn open(stream: &mut Stream) -> io::Result<Option<(Vec<u8>, Option<deflate::Response>)>> {
    let (head, early) = echo::read_head(stream).await?;
    let (response, accepted) = match answer(&head) {
        Ok((response, agreed)) => (response, Some((early, agreed))),
        Err(error) => (Response::refuse(&error), None),
    };
    stream.write_all(&response.to_bytes()).await?;
    stream.flush().await?;
    Ok(accepted)
}

fn answer(head: &[u8]) -> Result<(Response, Option<deflate::Response>), HandshakeError> {
    let (request, _) = Request::parse(head)?.ok_or(HandshakeError::NotHttp)?;
    let offer = Offer::from_request(&request)?;
    // An echo speaks whatever the client likes best.
    let protocol = offer.protocols.first().map(String::as_str);
    let agreed = Policy::default().answer(&offer.extensions);
    let extensions = agreed.map(|agreed| ExtensionList::parse(&agreed.to_string())).transpose()?;
    let response = Response::accept(&offer, protocol, extensions.as_ref())?.with_header("Server", NAME)?;
    Ok((response, agreed))
}

/// Ends our direction and reads on until the client ends its own: octets that are still on their way must not turn our
/// last frame into a reset.
async fn hang_up(mut stream: Stream) {
    let farewell = async {
        stream.shutdown().await?;
        let mut scrap = [0; 16 * 1024];
        while stream.read(&mut scrap).await? > 0 {}
        io::Result::Ok(())
    };
    // However it goes, the socket is closed now.
    let _ = timeout(LINGER, farewell).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{ConnectOptions, Connector, Route};

    const LIMIT: Duration = Duration::from_secs(30);

    /// What the server answers to these octets until it hangs up.
    async fn ask(octets: &[u8]) -> Vec<u8> {
        let server = EchoServer::bind(ListenAt::Tcp("127.0.0.1:0".parse().unwrap()), None).unwrap();
        let url = server.url();
        let client = async {
            let route = Route::new(&url, &ConnectOptions::default()).unwrap();
            let connector = Connector::new(&route, LIMIT).await.unwrap();
            let mut stream = connector.connect(LIMIT).await.unwrap();
            stream.write_all(octets).await.unwrap();
            let mut heard = Vec::new();
            stream.read_to_end(&mut heard).await.unwrap();
            heard
        };
        tokio::select! {
            heard = client => heard,
            () = server.run(std::future::pending()) => unreachable!("it was not asked to stop"),
        }
    }

    const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    #[tokio::test]
    async fn a_message_in_the_same_segment_as_the_request_is_echoed() {
        let mut octets = UPGRADE.as_bytes().to_vec();
        octets.extend(b"\x81\x82\0\0\0\0hi\x88\x80\0\0\0\0");
        let heard = ask(&octets).await;
        assert!(heard.starts_with(b"HTTP/1.1 101 "));
        assert!(heard.ends_with(b"\r\n\r\n\x81\x02hi\x88\x00"), "{}", heard.escape_ascii());
    }

    #[tokio::test]
    async fn an_echo_comes_before_the_answer_to_a_violation() {
        let mut octets = UPGRADE.as_bytes().to_vec();
        octets.extend(b"\x81\x82\0\0\0\0hi\xf1\x80\0\0\0\0");
        let heard = ask(&octets).await;
        assert!(heard.ends_with(b"\r\n\r\n\x81\x02hi\x88\x02\x03\xea"), "{}", heard.escape_ascii());
    }

    #[tokio::test]
    async fn what_is_not_an_upgrade_is_refused() {
        let heard = ask(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert!(heard.starts_with(b"HTTP/1.1 4"), "{}", heard.escape_ascii());
        let heard = ask(b"\x16\x03\x01 this is not HTTP\r\n\r\n").await;
        assert!(heard.starts_with(b"HTTP/1.1 4"), "{}", heard.escape_ascii());
    }
}
