//! Reading the head of an HTTP request, within limits.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use wsproof_core::handshake::{HandshakeError, HeadFinder, HeadLimits, Request};
use wsproof_report::visible::visible_short;

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
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeadError {
    /// The connection ended before any octet came: a check whether the port answers.
    Nothing,
    /// The connection ended too early.
    Ended,
    /// It is TLS.
    Tls,
    /// It is not HTTP, or too long.
    Bad {
        /// The HTTP status to answer with.
        status: u16,
        /// What is wrong, with the line that is.
        reason: String,
    },
}

impl HeadError {
    fn of(error: &HandshakeError, octets: &[u8]) -> Self {
        let mut reason = error.to_string();
        if *error == HandshakeError::NotHttp
            && let Some(line) = wrong_line(octets)
        {
            reason = format!("{reason}: {line}");
        }
        Self::Bad { status: error.status(), reason }
    }
}

/// The first octet of a TLS record that begins a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// So much of a wrong line is shown.
const MAX_SHOWN: usize = 80;

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
        if octets[0] == TLS_HANDSHAKE {
            return Err(HeadError::Tls);
        }
        let found = finder.find(&octets, &limits).map_err(|error| HeadError::of(&error, &octets))?;
        if let Some(end) = found {
            let early = octets.split_off(end);
            return match Request::parse_within(&octets, &limits) {
                Ok(Some((request, _))) => Ok(Head { request, octets, early }),
                Ok(None) => Err(HeadError::of(&HandshakeError::NotHttp, &octets)),
                Err(error) => Err(HeadError::of(&error, &octets)),
            };
        }
    }
}

/// The line that makes a head none, in words: the first of which RFC 9112 §3 or §5 has no form.
fn wrong_line(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let shown = |line: &str| visible_short(line, MAX_SHOWN);
    let first = lines.next()?;
    let parts: Vec<&str> = first.split(' ').collect();
    if parts.len() != 3 || parts.iter().any(|part| part.is_empty()) || !parts[2].starts_with("HTTP/") {
        return Some(format!("the first line is \"{}\", and a request line is wanted", shown(first)));
    }
    let is_field = |line: &str| {
        let name = line.split_once(':').map_or("", |(name, _)| name);
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c))
            && !line.contains(|c: char| c.is_control() && c != '\t')
    };
    let (at, line) =
        lines.take_while(|line| !line.is_empty()).enumerate().find(|(_, line)| !is_field(line))?;
    Some(format!("line {} is no header field: \"{}\"", at + 2, shown(line)))
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
        assert_eq!(read_from(b"").await.unwrap_err(), HeadError::Nothing);
        assert_eq!(read_from(b"GET / HT").await.unwrap_err(), HeadError::Ended);
        assert_eq!(read_from(b"\x16\x03\x01\x02\x00\x01").await.unwrap_err(), HeadError::Tls);
        let endless = [b'a'; 100_000];
        let error = read_from(&endless).await.unwrap_err();
        assert_eq!(error, HeadError::Bad { status: 431, reason: "the HTTP head is too long".to_owned() });
    }

    #[tokio::test]
    async fn the_line_that_is_wrong_is_shown() {
        for (head, said) in [
            ("hello\r\n\r\n", "the first line is \"hello\", and a request line is wanted"),
            ("GET  / HTTP/1.1\r\n\r\n", "the first line is \"GET  / HTTP/1.1\""),
            ("GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "line 3 is no header field: \"no colon\""),
            ("GET / HTTP/1.1\r\nHo st: h\r\n\r\n", "line 2 is no header field: \"Ho st: h\""),
            ("GET / HTTP/1.1\r\nA: \x1b[31m\r\n\r\n", "line 2 is no header field: \"A: ⟨ESC⟩[31m\""),
        ] {
            let error = read_from(head.as_bytes()).await.unwrap_err();
            let HeadError::Bad { status: 400, reason } = error else { panic!("{head:?}: {error:?}") };
            assert!(reason.starts_with("not an HTTP/1.1 head: ") && reason.contains(said), "{reason}");
        }
    }
}
