//! A server's answer with a status other than 101: how much of its body is kept, and how long the session waits for it.

use std::time::Duration;

use wsproof_core::handshake::{Headers, Response};

use super::timers::TimerKind;
use super::{DropKind, Session, State};
use crate::finding::Refusal;

/// So many octets of the body are told.
const SHOWN: usize = 200;

/// So many characters of a field's value, and of the reason phrase.
const MAX_VALUE: usize = 200;
const MAX_PHRASE: usize = 100;

/// No more octets of the body are looked at: sizes of chunks stand between those that count.
const MAX_READ: usize = 1024;

/// A body that has no announced end is waited for no longer than this; most come with the head.
const PATIENCE: Duration = Duration::from_millis(200);

/// Where the body ends (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
    /// With the connection.
    Open,
}

/// An answer that refuses, while its body comes.
#[derive(Debug)]
pub(super) struct Refused {
    told: Refusal,
    framing: Framing,
    octets: Vec<u8>,
}

impl Refused {
    pub(super) fn new(response: &Response) -> Self {
        let headers = response.headers();
        let mut fields = Vec::new();
        for name in Refusal::TELLING {
            let value = headers.all(name).collect::<Vec<_>>().join(", ");
            if !value.is_empty() {
                fields.push((name.to_owned(), value.chars().take(MAX_VALUE).collect()));
            }
        }
        let told = Refusal {
            status: response.status(),
            phrase: response.reason().chars().take(MAX_PHRASE).collect(),
            fields,
            body: String::new(),
            more: false,
        };
        Self { told, framing: framing(response.status(), headers), octets: Vec::new() }
    }

    /// Takes more of the body. Answers whether enough is there.
    fn take(&mut self, octets: &[u8]) -> bool {
        let room = MAX_READ - self.octets.len();
        self.octets.extend_from_slice(&octets[..octets.len().min(room)]);
        let (body, whole) = self.body();
        whole || body.len() > SHOWN || self.octets.len() == MAX_READ
    }

    /// The body as far as it has come, and whether that is all of it.
    fn body(&self) -> (Vec<u8>, bool) {
        match self.framing {
            Framing::Length(length) => {
                let end = usize::try_from(length).unwrap_or(usize::MAX).min(self.octets.len());
                (self.octets[..end].to_vec(), end as u64 == length)
            }
            Framing::Chunked => unchunked(&self.octets),
            Framing::Open => (self.octets.clone(), false),
        }
    }

    /// What is to be told of it.
    pub(super) fn told(&self) -> Refusal {
        let (body, _) = self.body();
        let mut told = self.told.clone();
        told.more =
            body.len() > SHOWN || matches!(self.framing, Framing::Length(length) if length > SHOWN as u64);
        let mut shown = &body[..body.len().min(SHOWN)];
        // A character that is cut in two is left out.
        if told.more
            && let Err(error) = std::str::from_utf8(shown)
            && error.error_len().is_none()
        {
            shown = &shown[..error.valid_up_to()];
        }
        told.body = String::from_utf8_lossy(shown).into_owned();
        told
    }
}

fn framing(status: u16, headers: &Headers) -> Framing {
    if matches!(status, 100..=199 | 204 | 304) {
        Framing::Length(0)
    } else if headers.has_token("Transfer-Encoding", "chunked") {
        Framing::Chunked
    } else {
        headers
            .get("Content-Length")
            .and_then(|length| length.parse().ok())
            .map_or(Framing::Open, Framing::Length)
    }
}

/// The content in chunks (RFC 9112 §7.1) as far as it is there, and whether the last one came.
fn unchunked(mut octets: &[u8]) -> (Vec<u8>, bool) {
    let mut content = Vec::new();
    while let Some(end) = octets.windows(2).position(|two| two == b"\r\n") {
        let line = String::from_utf8_lossy(&octets[..end]);
        let size = line.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else { break };
        if size == 0 {
            return (content, true);
        }
        octets = &octets[end + 2..];
        content.extend_from_slice(&octets[..size.min(octets.len())]);
        octets = octets.get(size.saturating_add(2)..).unwrap_or_default();
    }
    (content, false)
}

impl Session<'_> {
    /// The answer is no 101, and this came behind its head. The case is over; the body is waited for a little, since it
    /// mostly says why.
    pub(super) fn refused(&mut self, response: &Response, behind: &[u8], now: Duration) {
        let mut refused = Refused::new(response);
        let enough = refused.take(behind);
        self.opening.refused = Some(refused);
        self.facts.dropped_by_me = true;
        self.state = State::Closed;
        self.ended_at = now;
        self.watching = true;
        self.timers.clear();
        self.outbox.clear();
        if enough {
            self.end_watch(DropKind::Reset);
        } else {
            self.timers.arm(TimerKind::Body, PATIENCE, now, false);
        }
    }

    /// Octets came while the body of an answer that refuses is waited for.
    pub(super) fn receive_body(&mut self, octets: &[u8]) {
        if self.opening.refused.as_mut().is_some_and(|refused| refused.take(octets)) {
            self.end_watch(DropKind::Reset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(head: &str) -> Refused {
        Refused::new(&Response::parse(head.as_bytes()).unwrap().unwrap().0)
    }

    #[test]
    fn a_body_ends_where_it_says() {
        let mut length = refused("HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\n");
        assert!(!length.take(b"hel"));
        assert!(length.take(b"lo and more"));
        assert_eq!((length.told().body.as_str(), length.told().more), ("hello", false));
        assert!(refused("HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n").take(b""));
        assert!(refused("HTTP/1.1 304 x\r\n\r\n").take(b""));
        assert!(!refused("HTTP/1.1 404 x\r\n\r\n").take(b""));
    }

    #[test]
    fn chunks_are_put_together() {
        let mut chunks = refused("HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert!(!chunks.take(b"5;x=y\r\nhello\r\n6"));
        assert!(!chunks.take(b"\r\n wor"));
        assert_eq!(chunks.told().body, "hello wor");
        assert!(chunks.take(b"ld\r\n0\r\n\r\n"));
        assert_eq!(chunks.told().body, "hello world");
        let mut broken = refused("HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert!(!broken.take(b"zz\r\nffffffffffffffff\r\n"));
        let mut huge = refused("HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert!(!huge.take(b"ffffffffffffffff\r\nabc"));
        assert_eq!(huge.told().body, "abc");
    }

    #[test]
    fn what_is_told_is_bounded() {
        let value = "v".repeat(5_000);
        let mut long = refused(&format!("HTTP/1.1 302 {value}\r\nLocation: {value}\r\nX: {value}\r\n\r\n"));
        assert!(long.take("\u{20ac}".repeat(10_000).as_bytes()));
        let told = long.told();
        assert_eq!(
            (told.fields.len(), told.fields[0].1.len(), told.phrase.len()),
            (1, MAX_VALUE, MAX_PHRASE)
        );
        // 200 octets hold 66 of these characters, and two thirds of one.
        assert_eq!((told.body.chars().count(), told.more), (66, true));
        assert!(!told.body.contains('\u{fffd}'));
        assert!(long.octets.len() <= MAX_READ);
        let mut binary = refused("HTTP/1.1 400 x\r\nContent-Length: 3\r\n\r\n");
        assert!(binary.take(b"a\xff\x00"));
        assert_eq!(binary.told().body, "a\u{fffd}\0");
    }
}
