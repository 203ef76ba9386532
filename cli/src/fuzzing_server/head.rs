//! Reading the head of an HTTP request, within limits.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use wsproof_core::handshake::{HandshakeError, HeadFinder, HeadLimits, Request};

/// A request, and what came with it.
#[derive(Debug)]
pub(super) struct Head {
    /// The request.
    pub(super) request: Request,
    /// The octets of the head as they came.
    pub(super) octets: Vec<u8>,
    /// Octets that came behind the head.
    pub(super) early: Vec<u8>,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum HeadError {
    /// Nothing at all was sent before the connection ended: somebody looked whether the port answers.
    Nothing,
    /// The connection ended too early.
    Ended,
    /// It is not HTTP, or too long.
    Bad(HandshakeError),
}

impl From<io::Error> for HeadError {
    fn from(_: io::Error) -> Self {
        Self::Ended
    }
}

/// Reads a request head. The time that it may take is the caller's business.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Head, HeadError> {
    let limits = HeadLimits::default();
    let mut finder = HeadFinder::default();
    let mut octets = Vec::with_capacity(2048);
    loop {
        if stream.read_buf(&mut octets).await? == 0 {
            return Err(if octets.is_empty() { HeadError::Nothing } else { HeadError::Ended });
        }
        if let Some(end) = finder.find(&octets, &limits).map_err(HeadError::Bad)? {
            let early = octets.split_off(end);
            return match Request::parse_within(&octets, &limits).map_err(HeadError::Bad)? {
                Some((request, _)) => Ok(Head { request, octets, early }),
                None => Err(HeadError::Bad(HandshakeError::NotHttp)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn read_from(octets: &[u8]) -> Result<Head, HeadError> {
        let (mut ours, theirs) = tokio::io::duplex(256);
        let write = async {
            let mut theirs = theirs;
            // The reader may give up before all is written.
            let _ = theirs.write_all(octets).await;
        };
        let read = async {
            let result = read(&mut ours).await;
            drop(ours);
            result
        };
        tokio::join!(read, write).0
    }

    #[tokio::test]
    async fn frames_behind_the_head_are_kept() {
        let head = read_from(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n\x81\x80abcd").await.unwrap();
        assert_eq!(head.request.target(), "/x");
        assert_eq!(head.octets, b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(head.early, b"\x81\x80abcd");
    }

    #[tokio::test]
    async fn what_is_no_request_is_told_apart() {
        assert!(matches!(read_from(b"").await, Err(HeadError::Nothing)));
        assert!(matches!(read_from(b"GET / HT").await, Err(HeadError::Ended)));
        assert!(matches!(read_from(b"hello\r\n\r\n").await, Err(HeadError::Bad(HandshakeError::NotHttp))));
        let endless = [b'a'; 100_000];
        assert!(matches!(read_from(&endless).await, Err(HeadError::Bad(HandshakeError::HeadTooLong))));
    }
}
