//! Waiting for clients.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Stream;

/// How long to wait before accepting again after the system refused to (out of file descriptors, mostly).
const BACK_OFF: Duration = Duration::from_millis(50);

/// A port that clients can connect to.
pub struct Listener {
    tcp: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
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
        Ok(Self { tcp, address, tls })
    }

    /// The address that is listened on, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same address as clients on this machine reach it: the loopback address in place of "any".
    pub fn reachable_address(&self) -> SocketAddr {
        match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, self.address.port()).into(),
            IpAddr::V6(ip) if ip.is_unspecified() => {
                (std::net::Ipv6Addr::LOCALHOST, self.address.port()).into()
            }
            _ => self.address,
        }
    }

    /// The next client. TLS is not yet spoken: finish that in the task that serves the client, so that a slow one
    /// holds up nobody else.
    pub async fn accept(&self) -> Incoming {
        loop {
            match self.tcp.accept().await {
                Ok((tcp, peer)) => return Incoming { tcp, peer, tls: self.tls.clone() },
                // The client is gone again, or the system is short of something. Neither is a reason to stop.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => sleep(BACK_OFF).await,
            }
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("address", &self.address).field("tls", &self.tls.is_some()).finish()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let std = std::net::TcpListener::bind(address)?;
    std.set_nonblocking(true)?;
    TcpListener::from_std(std)
}

/// A client that has connected.
pub struct Incoming {
    tcp: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
}

impl Incoming {
    /// Who it is.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Does the TLS handshake, if there is one to do.
    pub async fn finish(self, limit: Duration) -> io::Result<Stream> {
        match self.tls {
            None => Stream::plain(self.tcp),
            Some(acceptor) => match timeout(limit, acceptor.accept(self.tcp)).await {
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
        let error = Listener::bind(first.address(), None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&first.address().to_string()));
        assert!(error.to_string().contains("choose another port"));
    }
}
