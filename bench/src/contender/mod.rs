//! Who is measured. Each file is one implementation, used as its documentation shows.

mod bound;
mod fastwebsockets;
mod sockudo;
mod tokio_websockets;
mod tungstenite;
#[cfg(uwebsockets)]
mod uwebsockets;
mod wsproof;

use bytes::Bytes;

/// What a parser found, to see that it did its work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    pub messages: usize,
    pub octets: usize,
}

pub struct Contender {
    pub name: &'static str,
    /// Parses a stream of masked frames as a server.
    pub parse: fn(&[u8]) -> Total,
    /// Encodes the payload as a binary message so many times, as client (`true`) or server.
    pub encode: Option<fn(bool, &Bytes, usize)>,
}

pub fn all() -> Vec<Contender> {
    let mut all = vec![wsproof::CONTENDER, bound::CONTENDER];
    #[cfg(uwebsockets)]
    all.push(uwebsockets::CONTENDER);
    #[cfg(not(uwebsockets))]
    eprintln!("uWebSockets is left out: build with UWEBSOCKETS_DIR set to a checkout of it");
    all.extend([
        sockudo::CONTENDER,
        fastwebsockets::CONTENDER,
        tungstenite::CONTENDER,
        tokio_websockets::CONTENDER,
    ]);
    all
}
