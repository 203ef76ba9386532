//! Octets before and between frames that are not frames: an HTTP body after a 101, an HTTP message among frames.

use crate::http::Chunked;
use crate::model::Finding;

/// What the octets behind the handshake begin with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Too few are there to tell.
    Open,
    /// Frames.
    Frames,
    /// So many octets that are none, and what they are.
    Stray(usize, Finding),
    /// A chunk: frames are its data.
    Chunk(Finding),
}

/// The last chunk of the chunked transfer coding, and the empty line behind it.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The longest line with the size of a chunk that is recognized.
const MAX_SIZE_LINE: usize = 10;

/// Looks at the first octets behind a handshake; `offset` is where they are, `chunked` whether its response named the
/// chunked transfer coding.
pub(crate) fn start(octets: &[u8], offset: u64, chunked: bool) -> Start {
    let begins = |with: &[u8]| {
        octets.len().min(with.len()) > 0 && with.starts_with(&octets[..octets.len().min(with.len())])
    };
    if begins(LAST_CHUNK) {
        if octets.len() < LAST_CHUNK.len() {
            return Start::Open;
        }
        let text = "`30 0d 0a 0d 0a` behind the 101 is the end of a chunked HTTP body, not a frame: a 101 has no body";
        return Start::Stray(LAST_CHUNK.len(), finding(text, "RFC 9112 §6.1", offset));
    }
    if begins(b"\r\n") {
        if octets.len() < 2 {
            return Start::Open;
        }
        let text = "`0d 0a` behind the handshake is an empty line too many, not a frame";
        return Start::Stray(2, finding(text, "RFC 9112 §2.1", offset));
    }
    if !chunked {
        return Start::Frames;
    }
    let digits = octets.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
    match octets.get(digits..) {
        Some([]) if digits > 0 && digits < MAX_SIZE_LINE => Start::Open,
        Some([b'\r']) if digits > 0 => Start::Open,
        Some([b'\r', b'\n', ..]) if (1..MAX_SIZE_LINE).contains(&digits) => {
            let text = "a chunk's size behind the 101, where a frame should begin: frames come in the chunked transfer coding, \
                 which a 101 cannot have";
            Start::Chunk(finding(text, "RFC 9112 §6.1", offset))
        }
        _ => Start::Frames,
    }
}

fn finding(text: &str, clause: &str, offset: u64) -> Finding {
    Finding { text: text.to_owned(), clause: clause.to_owned(), offset: Some(offset), close_code: Some(1002) }
}

/// What HTTP begins with, where a frame should begin.
const HTTP: [&str; 9] =
    ["HTTP/1.", "GET /", "POST /", "PUT /", "HEAD /", "DELETE /", "OPTIONS ", "PATCH /", "CONNECT "];

/// The first line, if the octets that read as this header and the payload behind it are HTTP.
pub(crate) fn http_line(header: &[u8], payload: &[u8]) -> Option<String> {
    let mut octets = header.to_vec();
    octets.extend_from_slice(&payload[..payload.len().min(80)]);
    if !HTTP.iter().any(|word| octets.starts_with(word.as_bytes())) {
        return None;
    }
    Some(crate::http::first_line(&octets))
}

/// As a rule that is broken.
pub(crate) fn http_finding(line: &str, offset: u64) -> Finding {
    let what = if line.starts_with("HTTP/") { "response" } else { "request" };
    finding(&format!("an HTTP {what} (\"{line}\") where a frame should begin"), "RFC 6455 §5.2", offset)
}

/// Frames in the chunked transfer coding: takes the coding off.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    coding: Chunked,
}

impl Chunks {
    /// Octets of coding, and of data behind them, at the beginning of `octets`; `None` where nothing more is coded.
    pub(crate) fn next(&mut self, octets: &[u8]) -> Option<(usize, usize)> {
        (!self.coding.is_done()).then(|| self.coding.next(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_first_frame_is_named() {
        let kind = |octets: &[u8], chunked| match start(octets, 0, chunked) {
            Start::Open => "open",
            Start::Frames => "frames",
            Start::Stray(5, _) => "end",
            Start::Stray(..) => "line",
            Start::Chunk(_) => "chunk",
        };
        for (octets, plain, chunked) in [
            (&b"0\r\n\r\n\x81\x00"[..], "end", "end"),
            (b"0\r\n", "open", "open"),
            (b"\r\n\x81\x00", "line", "line"),
            (b"\x81\x02hi", "frames", "frames"),
            (b"4\r\n\x81\x02hi\r\n", "frames", "chunk"),
            (b"04", "frames", "open"),
            (b"", "frames", "frames"),
        ] {
            assert_eq!((kind(octets, false), kind(octets, true)), (plain, chunked), "{octets:?}");
        }
    }
}
