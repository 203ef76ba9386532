//! HTTP/1.1 as far as it must be known to find an upgrade on a connection: heads, and where bodies end (RFC 9112 §6).
//!
//! Heads are looked through leniently; a handshake is judged elsewhere.

use wsproof_core::handshake::has_token;

/// How a body ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// After so many octets.
    Length(u64),
    /// In chunks.
    Chunked(Chunked),
    /// With the connection.
    UntilClose,
}

impl Body {
    /// Of a request.
    pub(crate) fn of_request(head: &[u8]) -> Self {
        Self::by_fields(head).unwrap_or(Self::Length(0))
    }

    /// Of the response with this status to a request with this method.
    pub(crate) fn of_response(head: &[u8], status: u16, method: &[u8]) -> Self {
        if status < 200 || matches!(status, 204 | 304) || method == b"HEAD" {
            return Self::Length(0);
        }
        Self::by_fields(head).unwrap_or(Self::UntilClose)
    }

    fn by_fields(head: &[u8]) -> Option<Self> {
        if values(head, b"Transfer-Encoding").any(|value| has_token(&value, "chunked")) {
            return Some(Self::Chunked(Chunked::default()));
        }
        values(head, b"Content-Length").next()?.trim().parse().ok().map(Self::Length)
    }

    /// Goes past what is the body's at the beginning of `octets`: how many that are, and whether it has ended.
    pub(crate) fn pass(&mut self, octets: &[u8]) -> (usize, bool) {
        match self {
            Self::Length(left) => {
                let passed = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
                *left -= passed as u64;
                (passed, *left == 0)
            }
            Self::Chunked(chunked) => {
                let mut at = 0;
                loop {
                    let (step, data) = chunked.next(&octets[at..]);
                    at += step + data;
                    if chunked.is_done() || step + data == 0 {
                        return (at, chunked.is_done());
                    }
                }
            }
            Self::UntilClose => (octets.len(), false),
        }
    }

    /// Goes past octets that are not in the capture, if they are the body's.
    pub(crate) fn miss(&mut self, count: u64) -> bool {
        match self {
            Self::Length(left) if count <= *left => *left -= count,
            Self::Chunked(chunked) => return chunked.miss(count),
            Self::UntilClose => {}
            Self::Length(_) => return false,
        }
        true
    }
}

/// The chunked transfer coding (RFC 9112 §7.1): where chunks and their data are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunked {
    place: Place,
    /// Octets of data that are left of the chunk.
    left: u64,
    /// Octets of the line that has come so far: a size, or a trailer.
    line: usize,
}

#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
enum Place {
    /// In the digits of a size.
    #[default]
    Size,
    /// After the digits, to the end of the line.
    Extension,
    Data,
    /// At the line end behind the data.
    DataEnd,
    Trailer,
    Done,
}

impl Chunked {
    /// Whether the last chunk has come.
    pub(crate) fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    /// Octets of coding at the beginning of `octets`, and those of data that come then. Both are 0 if there is nothing.
    pub(crate) fn next(&mut self, octets: &[u8]) -> (usize, usize) {
        let mut at = 0;
        while let Some(&octet) = octets.get(at) {
            match self.place {
                Place::Data => {
                    let data = usize::try_from(self.left).unwrap_or(usize::MAX).min(octets.len() - at);
                    self.left -= data as u64;
                    if self.left == 0 {
                        self.place = Place::DataEnd;
                    }
                    return (at, data);
                }
                Place::Done => break,
                _ => self.code(octet),
            }
            at += 1;
        }
        (at, 0)
    }

    /// Goes past octets that are not in the capture, if they are data of one chunk.
    fn miss(&mut self, count: u64) -> bool {
        let within = self.place == Place::Data && count <= self.left;
        if within {
            self.left -= count;
            if self.left == 0 {
                self.place = Place::DataEnd;
            }
        }
        within
    }

    fn code(&mut self, octet: u8) {
        let digit = (octet as char).to_digit(16).filter(|_| self.place == Place::Size);
        match (self.place, digit, octet) {
            (_, Some(digit), _) => {
                self.left = self.left.saturating_mul(16).saturating_add(u64::from(digit));
                self.line += 1;
            }
            (Place::Size | Place::Extension, None, b'\n') => {
                self.place = if self.left == 0 { Place::Trailer } else { Place::Data };
                self.line = 0;
            }
            (Place::Size, None, _) => self.place = Place::Extension,
            (Place::DataEnd, None, b'\n') => {
                self.place = Place::Size;
                self.left = 0;
            }
            (Place::Trailer, None, b'\n') => {
                self.place = if self.line == 0 { Place::Done } else { Place::Trailer };
                self.line = 0;
            }
            (Place::Trailer, None, octet) if octet != b'\r' => self.line += 1,
            _ => {}
        }
    }
}

/// Whether octets begin, as far as they are there, as a request: a method in capital letters and a blank.
pub(crate) fn may_be_request(octets: &[u8]) -> bool {
    let word =
        octets.iter().take(20).take_while(|octet| octet.is_ascii_uppercase() || **octet == b'-').count();
    match octets.get(word) {
        Some(b' ') => word >= 3,
        Some(_) => false,
        None => word < 20,
    }
}

/// Whether octets begin, as far as they are there, as a response.
pub(crate) fn may_be_response(octets: &[u8]) -> bool {
    const BEGIN: &[u8] = b"HTTP/1.";
    let len = octets.len().min(BEGIN.len());
    octets[..len] == BEGIN[..len]
}

/// The method of a request.
pub(crate) fn method(head: &[u8]) -> &[u8] {
    head.split(|octet| *octet == b' ').next().unwrap_or_default()
}

/// The status of a response.
pub(crate) fn status(head: &[u8]) -> Option<u16> {
    let word = head.split(|octet| matches!(octet, b' ' | b'\r')).nth(1)?;
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// The first line.
pub(crate) fn first_line(head: &[u8]) -> String {
    let line = head.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

/// The first line and the fields of a head that may be cut, as far as they are whole.
pub(crate) fn parts(head: &[u8]) -> (String, Vec<(String, String)>) {
    let text = String::from_utf8_lossy(head);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let fields = whole.lines().skip(1).filter_map(|line| line.split_once(':'));
    let fields = fields.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    (first_line(head), fields.collect())
}

/// The values of the fields with this name.
pub(crate) fn values<'a>(head: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = String> + 'a {
    head.split(|octet| *octet == b'\n').skip(1).filter_map(move |line| {
        let at = line.iter().position(|octet| *octet == b':')?;
        let (field, value) = line.split_at(at);
        let value = String::from_utf8_lossy(&value[1..]);
        field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// Whether a request asks for a WebSocket, or did before an intermediary removed a part of it.
pub(crate) fn asks_for_websocket(head: &[u8]) -> bool {
    values(head, b"Upgrade").any(|value| has_token(&value, "websocket"))
        || values(head, b"Sec-WebSocket-Key").next().is_some()
        || values(head, b"Sec-WebSocket-Version").next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_end_where_their_heads_say() {
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n";
        let coded = b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\nnext";
        let mut body = Body::of_response(chunked, 200, b"GET");
        assert_eq!(body.pass(coded), (coded.len() - 4, true));
        // Octet by octet.
        let mut body = Body::of_response(chunked, 200, b"GET");
        let ends = (0..coded.len()).map(|at| body.pass(&coded[at..=at])).position(|(_, done)| done);
        assert_eq!(ends, Some(coded.len() - 5));
        let sized = b"HTTP/1.1 400 x\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(Body::of_response(sized, 400, b"GET").pass(b"abcd"), (3, true));
        assert_eq!(Body::of_response(sized, 400, b"HEAD"), Body::Length(0));
        assert_eq!(Body::of_response(b"HTTP/1.1 400 x\r\n\r\n", 400, b"GET"), Body::UntilClose);
        assert_eq!(Body::of_request(b"GET / HTTP/1.1\r\n\r\n"), Body::Length(0));
    }

    #[test]
    fn heads_are_told_from_other_octets() {
        for (octets, request, response) in [
            (&b""[..], true, true),
            (b"GE", true, false),
            (b"M-SEARCH * HTTP/1.1", true, false),
            (b"HTTP/1", false, true),
            (b"HTTP/1.0 200", false, true),
            (b"\x81\x05", false, false),
            (b"Hello", false, false),
        ] {
            assert_eq!((may_be_request(octets), may_be_response(octets)), (request, response), "{octets:?}");
        }
        let lost = b"GET / HTTP/1.1\r\nHost: x\r\nsec-websocket-version: 13\r\n\r\n";
        assert!(asks_for_websocket(lost) && !asks_for_websocket(b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"));
        assert_eq!(
            (status(b"HTTP/1.1 101\r\n\r\n"), first_line(b"HTTP/1.1 101\r\n")),
            (Some(101), "HTTP/1.1 101".into())
        );
    }
}
