//! Options for reaching a server and for listening for clients.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{address, header_value, protocol, seconds};
use crate::net::{ConnectOptions, ListenAt, tls};
use crate::runner::{Header, RequestOptions};

/// How to reach a server under test.
#[derive(Debug, Clone, Args)]
pub struct Reach {
    /// The request.
    #[command(flatten)]
    pub request: Request,
    /// The way to it.
    #[command(flatten)]
    pub connect: Connect,
    /// Seconds that COMMAND may take until its server accepts connections [default: 30; without COMMAND 0]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub wait: Option<Duration>,
}

/// The request of the opening handshake.
#[derive(Debug, Clone, Args)]
pub struct Request {
    /// Header to send in the opening handshake, such as 'Authorization: Bearer TOKEN'; may be repeated. user:password@ in
    /// the URL is `Authorization: Basic …`
    #[arg(long, value_name = "'NAME: VALUE'")]
    pub header: Vec<Header>,
    /// Origin header to send
    #[arg(long, value_name = "ORIGIN", value_parser = header_value)]
    pub origin: Option<String>,
    /// Subprotocol to ask for; may be repeated
    #[arg(long, value_name = "NAME", value_parser = protocol)]
    pub protocol: Vec<String>,
}

/// The way to a server.
#[derive(Debug, Clone, Args)]
pub struct Connect {
    /// Unix socket to connect to; the URL then gives Host and path. COMMAND gets it as `{unix}` and WSPROOF_UNIX
    #[arg(long, value_name = "PATH")]
    pub unix: Option<PathBuf>,
    /// Client certificate with its chain, for a server that asks for one: a PEM file
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its private key, a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Require a certificate that one of these authorities has issued, or that is among them: a PEM file
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Require a certificate that this machine trusts; otherwise any is accepted
    #[arg(long)]
    pub tls_verify: bool,
    /// Name to ask for in the TLS handshake (SNI) [default: the host of URL]
    #[arg(long, value_name = "NAME")]
    pub hostname: Option<String>,
}

/// Where to listen for clients.
#[derive(Debug, Args)]
pub struct Listen {
    /// Address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9001", value_parser = address)]
    pub listen: SocketAddr,
    /// Unix socket to listen on instead of an address; it is created, and removed at the end
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    pub unix: Option<PathBuf>,
    /// Use TLS, with a temporary certificate unless --cert and --key are given
    #[arg(long)]
    pub tls: bool,
    /// Certificate chain for TLS, a PEM file
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Private key for TLS, a PEM file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
}

impl Request {
    /// The same for the runner.
    pub fn options(&self) -> RequestOptions {
        RequestOptions {
            headers: self.header.clone(),
            origin: self.origin.clone(),
            protocols: self.protocol.clone(),
        }
    }
}

impl Connect {
    /// The same for the network.
    pub fn options(&self) -> ConnectOptions {
        let identity = self.cert.clone().zip(self.key.clone());
        ConnectOptions {
            tls: tls::ClientOptions {
                verify: self.tls_verify,
                authorities: self.ca.clone(),
                identity: identity.map(|(certificate, key)| tls::Identity { certificate, key }),
                server_name: self.hostname.clone(),
            },
            unix: self.unix.clone(),
        }
    }
}

impl Reach {
    /// The first given option that has no meaning when a client is tested.
    pub fn for_a_server_only(&self) -> Option<&'static str> {
        let Self { request, connect, wait: _ } = self;
        let given = [
            ("--header", !request.header.is_empty()),
            ("--origin", request.origin.is_some()),
            ("--protocol", !request.protocol.is_empty()),
            ("--ca", connect.ca.is_some()),
            ("--tls-verify", connect.tls_verify),
            ("--hostname", connect.hostname.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

impl Listen {
    /// The address or the socket.
    pub fn place(&self) -> ListenAt {
        match &self.unix {
            Some(path) => ListenAt::Unix(path.clone()),
            None => ListenAt::Tcp(self.listen),
        }
    }
}
