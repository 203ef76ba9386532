//! The way to a server: by its URL, or through a Unix socket; with TLS or without.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Url, tls};

/// How to connect to a server, beside its URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// TLS, for `wss`.
    pub tls: tls::ClientOptions,
    /// Connect to this Unix socket. The URL then says what `Host` and path are asked for, and whether TLS is spoken.
    pub unix: Option<PathBuf>,
}

/// The way to one server, with all files read that TLS needs.
#[derive(Debug, Clone)]
pub struct Route {
    url: Url,
    unix: Option<PathBuf>,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Route {
    /// Reads the files of the options.
    ///
    /// # Errors
    /// A file cannot be read or used, the name cannot be asked for by TLS, there are certificates for a URL without TLS, or
    /// this system has no Unix sockets. Each is for the person who gave the options.
    ///
    /// ```
    /// use wsproof::net::{ConnectOptions, Route};
    ///
    /// let mut options = ConnectOptions::default();
    /// options.tls.authorities = Some("ca.pem".into());
    /// let error = Route::new(&"ws://localhost:9001".parse()?, &options).unwrap_err();
    /// assert_eq!(error.to_string(), "a file of trusted authorities is for wss:// URLs; ws://localhost:9001 has no TLS");
    /// # Ok::<(), wsproof::net::UrlError>(())
    /// ```
    pub fn new(url: &Url, options: &ConnectOptions) -> io::Result<Self> {
        let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
        if options.unix.is_some() && cfg!(not(unix)) {
            return Err(wrong("this system has no Unix sockets".to_owned()));
        }
        let tls = if url.is_secure() {
            let name = options.tls.server_name.clone().unwrap_or_else(|| url.host().to_owned());
            let name = ServerName::try_from(name.clone()).map_err(|_| {
                wrong(format!("`{}` cannot be used as a TLS server name", name.escape_debug()))
            })?;
            Some((tls::client_config(&options.tls)?, name))
        } else {
            let useless = match &options.tls {
                tls::ClientOptions { identity: Some(_), .. } => Some("a client certificate is"),
                tls::ClientOptions { authorities: Some(_), .. } => Some("a file of trusted authorities is"),
                _ => None,
            };
            if let Some(useless) = useless {
                return Err(wrong(format!("{useless} for wss:// URLs; {url} has no TLS")));
            }
            None
        };
        Ok(Self { url: url.clone(), unix: options.unix.clone(), tls })
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The Unix socket, if the way leads through one.
    pub fn unix(&self) -> Option<&Path> {
        self.unix.as_deref()
    }

    /// What is connected to, for people: host and port, or the path of the socket.
    pub(super) fn to(&self) -> String {
        match &self.unix {
            Some(path) => format!("the Unix socket {}", path.display()),
            None => self.url.authority(),
        }
    }

    pub(super) fn tls(&self) -> Option<&(Arc<ClientConfig>, ServerName<'static>)> {
        self.tls.as_ref()
    }
}
