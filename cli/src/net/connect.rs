//! Connecting to a server.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls;

use super::socket::Socket;
use super::{Route, Stream, tls};
use crate::exit::Failure;
use crate::face::{Face, Setting};

/// Makes connections to one server. Its name is resolved once.
#[derive(Debug)]
pub struct Connector {
    route: Route,
    place: Place,
}

/// Where sockets are connected to.
#[derive(Debug)]
enum Place {
    Tcp {
        addresses: Vec<SocketAddr>,
        /// Index of the address that answered last: with `localhost` only one of two may be served.
        preferred: AtomicUsize,
    },
    Unix(PathBuf),
}

/// Why there is no connection.
#[derive(Debug)]
pub struct ConnectError {
    /// What was connected to, for people.
    to: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Name(io::Error),
    NoAddress,
    Socket(io::Error),
    Tls(io::Error),
    TimedOut(Duration),
    /// The server was reached, and TLS did not begin in time.
    TlsTimedOut(Duration),
}

impl ConnectError {
    /// Whether nobody listens there (yet): worth another try. A Unix socket that is not there will be made by its server.
    pub fn is_refused(&self) -> bool {
        let nobody = [io::ErrorKind::ConnectionRefused, io::ErrorKind::NotFound];
        matches!(&self.kind, Kind::Socket(error) if nobody.contains(&error.kind()))
    }

    /// The text for those who read it there.
    pub fn text(&self, face: Face) -> String {
        let to = &self.to;
        match &self.kind {
            Kind::Name(error) => format!("the host name of {to} cannot be resolved: {error}"),
            Kind::NoAddress => format!("the host name of {to} has no address"),
            Kind::Socket(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused => format!("nobody listens on {to} (connection refused)"),
                io::ErrorKind::NotFound => format!("nobody listens on {to}: there is no such file"),
                _ => format!("cannot connect to {to}: {error}"),
            },
            Kind::Tls(error) if is_about_certificate(error) => {
                let verify = face.name(Setting::TlsVerify);
                format!("{error} ({to}); without {verify} any certificate is taken")
            }
            Kind::Tls(error) => match tls::alert(error) {
                Some(alert) if alert.wants_certificate() => format!(
                    "{to} ended the TLS handshake with the alert \"{alert}\": it may want a client certificate, which {} \
                     gives it",
                    face.name(Setting::Certificate)
                ),
                Some(alert) => format!("{to} ended the TLS handshake with the alert \"{alert}\""),
                None if tls::is_no_tls(error) => format!(
                    "{to} does not speak TLS, it answered something else; without TLS the URL begins with ws://"
                ),
                None => format!("the TLS handshake with {to} failed: {error}; does it speak wss at all?"),
            },
            Kind::TlsTimedOut(limit) => format!(
                "{to} did not answer within {} s when asked for TLS; does it speak wss at all?",
                limit.as_secs_f64()
            ),
            Kind::TimedOut(limit) => format!("{to} did not answer within {} s", limit.as_secs_f64()),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::incomplete_for(move |face| error.text(face))
    }
}

fn is_about_certificate(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidCertificate(_)))
}

/// As the command `wsproof` shows it.
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Face::Command))
    }
}

impl std::error::Error for ConnectError {}

impl Connector {
    /// Resolves the host of the URL, unless the way leads through a Unix socket.
    ///
    /// # Errors
    /// The name has no address, or it was not found within `limit`.
    pub async fn new(route: &Route, limit: Duration) -> Result<Self, ConnectError> {
        let place = match route.unix() {
            Some(path) => Place::Unix(path.to_owned()),
            None => {
                let failed = |kind| ConnectError { to: route.to(), kind };
                let lookup = tokio::net::lookup_host((route.url().host(), route.url().port()));
                let addresses: Vec<SocketAddr> = match timeout_at(Instant::now() + limit, lookup).await {
                    Ok(Ok(found)) => found.collect(),
                    Ok(Err(error)) => return Err(failed(Kind::Name(error))),
                    Err(_) => return Err(failed(Kind::TimedOut(limit))),
                };
                if addresses.is_empty() {
                    return Err(failed(Kind::NoAddress));
                }
                Place::Tcp { addresses, preferred: AtomicUsize::new(0) }
            }
        };
        Ok(Self { route: route.clone(), place })
    }

    /// Connects: tries each address in turn until one answers, then does the TLS handshake. `limit` is for it all.
    pub async fn connect(&self, limit: Duration) -> Result<Stream, ConnectError> {
        let failed = |kind| ConnectError { to: self.route.to(), kind };
        let deadline = Instant::now() + limit;
        let socket =
            within(deadline, self.connect_socket()).await.ok_or_else(|| failed(Kind::TimedOut(limit)))?;
        let socket = socket.map_err(|error| failed(Kind::Socket(error)))?;
        let Some((config, name)) = self.route.tls() else {
            return Stream::plain(socket).map_err(|error| failed(Kind::Socket(error)));
        };
        let handshake = TlsConnector::from(config.clone()).connect(name.clone(), socket);
        let tls = within(deadline, handshake).await.ok_or_else(|| failed(Kind::TlsTimedOut(limit)))?;
        tls.and_then(|tls| Stream::tls(tls.into())).map_err(|error| failed(Kind::Tls(error)))
    }

    /// Whether the address accepts connections: connects, without TLS, and closes.
    pub async fn probe(&self, limit: Duration) -> Result<(), ConnectError> {
        let failed = |kind| ConnectError { to: self.route.to(), kind };
        match within(Instant::now() + limit, self.connect_socket()).await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(failed(Kind::Socket(error))),
            None => Err(failed(Kind::TimedOut(limit))),
        }
    }

    async fn connect_socket(&self) -> io::Result<Socket> {
        match &self.place {
            Place::Tcp { addresses, preferred } => Ok(connect_tcp(addresses, preferred).await?.into()),
            #[cfg(unix)]
            Place::Unix(path) => Ok(tokio::net::UnixStream::connect(path).await?.into()),
            // A route refuses it before.
            #[cfg(not(unix))]
            Place::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

async fn connect_tcp(addresses: &[SocketAddr], preferred: &AtomicUsize) -> io::Result<TcpStream> {
    let first = preferred.load(Ordering::Relaxed);
    let mut last = None;
    for turn in 0..addresses.len() {
        let index = (first + turn) % addresses.len();
        match TcpStream::connect(addresses[index]).await {
            Ok(tcp) => {
                preferred.store(index, Ordering::Relaxed);
                return Ok(tcp);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
}

async fn within<T>(deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
    timeout_at(deadline, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{ConnectOptions, Listener, free_port};

    const LIMIT: Duration = Duration::from_secs(20);

    async fn connector(url: &str) -> Result<Connector, ConnectError> {
        let route = Route::new(&url.parse().unwrap(), &ConnectOptions::default()).unwrap();
        Connector::new(&route, LIMIT).await
    }

    #[tokio::test]
    async fn a_closed_port_is_refused() {
        let port = free_port().unwrap();
        let error =
            connector(&format!("ws://127.0.0.1:{port}")).await.unwrap().connect(LIMIT).await.unwrap_err();
        assert!(error.is_refused());
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    }

    #[tokio::test]
    async fn tls_to_a_plain_port_is_explained() {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
        let port = listener.url().port();
        let connector = connector(&format!("wss://127.0.0.1:{port}")).await.unwrap();
        let answer = async {
            use tokio::io::AsyncWriteExt;
            let mut stream = listener.accept().await.finish(LIMIT).await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            stream
        };
        let (error, _stream) = tokio::join!(connector.connect(LIMIT), answer);
        let error = error.unwrap_err();
        assert!(!error.is_refused());
        assert!(error.to_string().contains("does not speak TLS"), "{error}");
        assert!(error.to_string().contains("begins with ws://"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_never_shakes_hands_costs_the_limit_and_no_more() {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
        let connector = connector(&format!("wss://{}", listener.url().authority())).await.unwrap();
        let error = connector.connect(Duration::from_millis(20)).await.unwrap_err();
        assert!(error.to_string().contains("did not answer within 0.02 s when asked for TLS"), "{error}");
    }
    #[cfg(unix)]
    #[tokio::test]
    async fn a_unix_socket_is_connected_to_and_missed() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let options = ConnectOptions { unix: Some(path.clone()), ..ConnectOptions::default() };
        // No name is looked up.
        let url = "ws://no-such-host.invalid:9001".parse().unwrap();
        let route = Route::new(&url, &options).unwrap();
        let connector = Connector::new(&route, LIMIT).await.unwrap();
        let missed = connector.connect(LIMIT).await.unwrap_err();
        assert!(missed.is_refused());
        let text = missed.to_string();
        assert!(text.contains(path.to_str().unwrap()) && text.contains("no such file"), "{text}");

        let listener = Listener::bind_unix(&path, None).unwrap();
        let (ours, theirs) = tokio::join!(connector.connect(LIMIT), listener.accept());
        let (mut ours, mut theirs) = (ours.unwrap(), theirs.finish(LIMIT).await.unwrap());
        assert_eq!((ours.peer(), theirs.peer()), (crate::net::Peer::Unix, crate::net::Peer::Unix));
        ours.write_all(b"hello").await.unwrap();
        ours.close().await;
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"hello");

        // A socket that its server has left behind.
        let left = folder.path().join("left");
        drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
        let options = ConnectOptions { unix: Some(left), ..ConnectOptions::default() };
        let connector = Connector::new(&Route::new(&url, &options).unwrap(), LIMIT).await.unwrap();
        let error = connector.connect(LIMIT).await.unwrap_err();
        assert!(
            error.is_refused() && error.to_string().contains("nobody listens on the Unix socket"),
            "{error}"
        );
    }
}
