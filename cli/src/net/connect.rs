//! Connecting to a server.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};

use super::{Stream, Url, tls};
use crate::exit::Failure;
use crate::face::{Face, Setting};

/// Makes connections to one server. Its name is resolved once.
#[derive(Debug)]
pub struct Connector {
    authority: String,
    addresses: Vec<SocketAddr>,
    /// Index of the address that answered last: with `localhost` only one of two may be served.
    preferred: AtomicUsize,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// Why there is no connection.
#[derive(Debug)]
pub struct ConnectError {
    authority: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Name(io::Error),
    NoAddress,
    ServerName(String),
    Tcp(io::Error),
    Tls(io::Error),
    TimedOut(Duration),
}

impl ConnectError {
    /// Whether nobody listens there (yet): worth another try.
    pub fn is_refused(&self) -> bool {
        matches!(&self.kind, Kind::Tcp(error) if error.kind() == io::ErrorKind::ConnectionRefused)
    }

    /// The text for those who read it there.
    pub fn text(&self, face: Face) -> String {
        let to = &self.authority;
        match &self.kind {
            Kind::Name(error) => format!("the host name of {to} cannot be resolved: {error}"),
            Kind::NoAddress => format!("the host name of {to} has no address"),
            Kind::ServerName(name) => format!("`{name}` cannot be used as a TLS server name"),
            Kind::Tcp(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                format!("nobody listens on {to} (connection refused)")
            }
            Kind::Tcp(error) => format!("cannot connect to {to}: {error}"),
            Kind::Tls(error) if is_about_certificate(error) => {
                let verify = face.name(Setting::TlsVerify);
                format!("{error} ({to}); without {verify} any certificate is taken")
            }
            Kind::Tls(error) => {
                format!("the TLS handshake with {to} failed: {error}; does it speak wss at all?")
            }
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
    /// Resolves the URL's host, and prepares TLS for `wss`.
    pub async fn new(url: &Url, options: &tls::ClientOptions, limit: Duration) -> Result<Self, ConnectError> {
        let authority = url.authority();
        let failed = |kind| ConnectError { authority: authority.clone(), kind };
        let lookup = tokio::net::lookup_host((url.host(), url.port()));
        let addresses: Vec<SocketAddr> = match timeout_at(Instant::now() + limit, lookup).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => return Err(failed(Kind::Name(error))),
            Err(_) => return Err(failed(Kind::TimedOut(limit))),
        };
        if addresses.is_empty() {
            return Err(failed(Kind::NoAddress));
        }
        let tls = if url.is_secure() {
            let name = options.server_name.clone().unwrap_or_else(|| url.host().to_owned());
            let server_name =
                ServerName::try_from(name.clone()).map_err(|_| failed(Kind::ServerName(name)))?;
            let config = tls::client_config(options).map_err(|error| failed(Kind::Tls(error)))?;
            Some((config, server_name))
        } else {
            None
        };
        Ok(Self { authority, addresses, preferred: AtomicUsize::new(0), tls })
    }

    /// Connects: tries each address in turn until one answers, then does the TLS handshake. `limit` is for it all.
    pub async fn connect(&self, limit: Duration) -> Result<Stream, ConnectError> {
        let failed = |kind| ConnectError { authority: self.authority.clone(), kind };
        let deadline = Instant::now() + limit;
        let tcp = within(deadline, self.connect_tcp()).await.ok_or_else(|| failed(Kind::TimedOut(limit)))?;
        let tcp = tcp.map_err(|error| failed(Kind::Tcp(error)))?;
        let Some((config, name)) = &self.tls else {
            return Stream::plain(tcp).map_err(|error| failed(Kind::Tcp(error)));
        };
        let handshake = TlsConnector::from(config.clone()).connect(name.clone(), tcp);
        let tls = within(deadline, handshake).await.ok_or_else(|| failed(Kind::TimedOut(limit)))?;
        tls.and_then(|tls| Stream::tls(tls.into())).map_err(|error| failed(Kind::Tls(error)))
    }

    /// Whether somebody accepts connections there: connects and hangs up, without TLS.
    pub async fn probe(&self, limit: Duration) -> Result<(), ConnectError> {
        let failed = |kind| ConnectError { authority: self.authority.clone(), kind };
        match within(Instant::now() + limit, self.connect_tcp()).await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(failed(Kind::Tcp(error))),
            None => Err(failed(Kind::TimedOut(limit))),
        }
    }

    async fn connect_tcp(&self) -> io::Result<TcpStream> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = None;
        for turn in 0..self.addresses.len() {
            let index = (first + turn) % self.addresses.len();
            match TcpStream::connect(self.addresses[index]).await {
                Ok(tcp) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(tcp);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
    }
}

async fn within<T>(deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
    timeout_at(deadline, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Listener, free_port};

    const LIMIT: Duration = Duration::from_secs(20);

    async fn connector(url: &str) -> Result<Connector, ConnectError> {
        Connector::new(&url.parse().unwrap(), &tls::ClientOptions::default(), LIMIT).await
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
        let port = listener.address().port();
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
        assert!(error.to_string().contains("speak wss"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_never_shakes_hands_costs_the_limit_and_no_more() {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
        let connector = connector(&format!("wss://{}", listener.address())).await.unwrap();
        let error = connector.connect(Duration::from_millis(20)).await.unwrap_err();
        assert!(error.to_string().contains("did not answer within 0.02 s"), "{error}");
    }
}
