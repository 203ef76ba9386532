//! Waiting for clients.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::socket::{Peer, Socket};
use super::{Stream, Url};

/// How long to wait before accepting again after the system refused to (out of file descriptors, mostly).
const BACK_OFF: Duration = Duration::from_millis(50);

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAt {
    /// On this address; port 0 stands for any free one.
    Tcp(SocketAddr),
    /// On a Unix socket, which is made at this path.
    Unix(PathBuf),
}

impl From<SocketAddr> for ListenAt {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// A port, or a Unix socket, that clients can connect to. A Unix socket is removed when the listener is dropped.
pub struct Listener {
    socket: Listening,
    tls: Option<TlsAcceptor>,
}

enum Listening {
    Tcp(TcpListener, SocketAddr),
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
}

impl Listener {
    /// Listens on this address (port 0: any free one). With `tls`, clients must speak TLS.
    ///
    /// Must be called within the runtime.
    ///
    /// # Errors
    /// Says which address it was, and when it is in use what to do.
    pub fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let tcp = listen(address).map_err(|error| {
            let hint = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "; stop the program that uses it, or choose another port (0: any free one)"
                }
                io::ErrorKind::PermissionDenied => "; ports below 1024 mostly need special rights",
                _ => "",
            };
            io::Error::new(error.kind(), format!("cannot listen on {address}: {error}{hint}"))
        })?;
        let address = tcp.local_addr()?;
        Ok(Self { socket: Listening::Tcp(tcp, address), tls })
    }

    /// Makes a Unix socket at this path, and listens on it.
    ///
    /// Must be called within the runtime.
    ///
    /// # Errors
    /// Names the path, and says what to do when there is something already.
    pub fn bind_unix(path: &Path, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let failed = |kind, why: &str| {
            io::Error::new(kind, format!("cannot listen on the Unix socket {}: {why}", path.display()))
        };
        #[cfg(unix)]
        match UnixListener::bind(path) {
            Ok(unix) => Ok(Self { socket: Listening::Unix(unix, path.to_owned()), tls }),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                Err(failed(error.kind(), "there is such a file already; remove it if no program uses it"))
            }
            Err(error) => Err(failed(error.kind(), &error.to_string())),
        }
        #[cfg(not(unix))]
        {
            let _ = tls;
            Err(failed(io::ErrorKind::Unsupported, "this system has none"))
        }
    }

    /// Listens there.
    ///
    /// # Errors
    /// As [`Listener::bind`] and [`Listener::bind_unix`].
    pub fn at(place: &ListenAt, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        match place {
            ListenAt::Tcp(address) => Self::bind(*address, tls),
            ListenAt::Unix(path) => Self::bind_unix(path, tls),
        }
    }

    /// The address that is listened on, with the real port; a Unix socket has none.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Listening::Tcp(_, address) => Some(*address),
            #[cfg(unix)]
            Listening::Unix(..) => None,
        }
    }

    /// The Unix socket that is listened on, if it is one.
    pub fn unix(&self) -> Option<&Path> {
        match &self.socket {
            Listening::Tcp(..) => None,
            #[cfg(unix)]
            Listening::Unix(_, path) => Some(path),
        }
    }

    /// The same address as clients on this machine reach it: the loopback address in place of "any".
    pub fn reachable_address(&self) -> Option<SocketAddr> {
        let address = self.address()?;
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Some((ip, address.port()).into())
    }

    /// The URL for clients on this machine. Those that connect to a Unix socket take it for `Host` and path.
    pub fn url(&self) -> Url {
        let secure = self.tls.is_some();
        match self.reachable_address() {
            Some(address) => Url::new(secure, &address.ip().to_string(), address.port()),
            None => Url::new(secure, "localhost", if secure { 443 } else { 80 }),
        }
    }

    /// The next client. TLS is not yet spoken: finish that in the task that serves the client, so that a slow one
    /// holds up nobody else.
    pub async fn accept(&self) -> Incoming {
        loop {
            match self.accept_socket().await {
                Ok((socket, peer)) => return Incoming { socket, peer, tls: self.tls.clone() },
                // The client is gone again, or the system is short of something. Neither is a reason to stop.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => sleep(BACK_OFF).await,
            }
        }
    }

    async fn accept_socket(&self) -> io::Result<(Socket, Peer)> {
        match &self.socket {
            Listening::Tcp(listener, _) => {
                let (tcp, address) = listener.accept().await?;
                Ok((tcp.into(), Peer::Tcp(address)))
            }
            #[cfg(unix)]
            Listening::Unix(listener, _) => Ok((listener.accept().await?.0.into(), Peer::Unix)),
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Self::Unix(_, path) = self {
            // It may be gone already.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address())
            .field("unix", &self.unix())
            .field("tls", &self.tls.is_some())
            .finish()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let std = std::net::TcpListener::bind(address)?;
    std.set_nonblocking(true)?;
    TcpListener::from_std(std)
}

/// A client that has connected.
pub struct Incoming {
    socket: Socket,
    peer: Peer,
    tls: Option<TlsAcceptor>,
}

impl Incoming {
    /// Who it is.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Does the TLS handshake, if there is one to do.
    pub async fn finish(self, limit: Duration) -> io::Result<Stream> {
        match self.tls {
            None => Stream::plain(self.socket),
            Some(acceptor) => match timeout(limit, acceptor.accept(self.socket)).await {
                Ok(tls) => Stream::tls(tls?.into()),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            },
        }
    }
}

/// A port of the loopback address that is free at this moment.
pub fn free_port() -> io::Result<u16> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_explained() {
        let first = Listener::bind("127.0.0.1:0".parse().unwrap(), None).unwrap();
        let address = first.address().unwrap();
        let error = Listener::bind(address, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&address.to_string()));
        assert!(error.to_string().contains("choose another port"));
    }
    #[cfg(unix)]
    #[tokio::test]
    async fn a_unix_socket_is_made_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let first = Listener::bind_unix(&path, None).unwrap();
        assert_eq!((first.unix(), first.url().to_string()), (Some(&*path), "ws://localhost:80".to_owned()));
        let error = Listener::bind_unix(&path, None).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains("remove it"), "{error}");
        assert!(path.exists());
        drop(first);
        assert!(!path.exists());
    }
}
