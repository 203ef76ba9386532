//! Recognises a protocol by the first octets of an end.

use super::Other;
use crate::http;
use crate::model::Sender;

pub(super) enum Begins {
    /// Too little is there to tell.
    Open,
    Http,
    Other(Other),
    Unknown,
    /// What is looked for begins behind so many octets.
    Behind(usize),
}

/// What the first octets of an end are.
pub(super) fn begins(sender: Sender, octets: &[u8]) -> Begins {
    let starts = |with: &[u8]| {
        let len = octets.len().min(with.len());
        (octets[..len] == with[..len]).then_some(len == with.len())
    };
    if sender == Sender::Client {
        if let Some(behind) = proxy_protocol(octets) {
            return behind;
        }
        if let Some(whole) = starts(b"PRI * HTTP/2.0\r\n") {
            return if whole { Begins::Other(Other::Http2) } else { Begins::Open };
        }
    }
    if let Some(whole) = starts(b"SSH-") {
        return if whole { Begins::Other(Other::Ssh) } else { Begins::Open };
    }
    let http = match sender {
        Sender::Client => http::may_be_request(octets),
        Sender::Server => http::may_be_response(octets),
    };
    if http {
        return if octets.len() < 7 { Begins::Open } else { Begins::Http };
    }
    match octets {
        [0x14..=0x17, 3, 0..=4, ..] => Begins::Other(Other::Tls),
        [0x14..=0x17] | [0x14..=0x17, 3] => Begins::Open,
        // The frame SETTINGS, with which each end of HTTP/2 begins (RFC 9113 §3.4).
        [0, 0, _, 4, 0 | 1, 0, 0, 0, 0, ..] => Begins::Other(Other::Http2),
        [0] | [0, 0] | [0, 0, _] => Begins::Open,
        _ => Begins::Unknown,
    }
}

/// The PROXY protocol's header, versions 1 and 2.
fn proxy_protocol(octets: &[u8]) -> Option<Begins> {
    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
    if octets.starts_with(b"PROXY ") {
        let line = octets.iter().take(108).position(|octet| *octet == b'\n');
        return Some(line.map_or(Begins::Open, |end| Begins::Behind(end + 1)).open_up_to(octets.len(), 108));
    }
    let len = octets.len().min(SIGNATURE.len());
    if octets[..len] != SIGNATURE[..len] || len < 4 {
        return None;
    }
    let Some([high, low]) = octets.get(14..16) else { return Some(Begins::Open) };
    let end = 16 + usize::from(u16::from_be_bytes([*high, *low]));
    Some(if octets.len() < end { Begins::Open } else { Begins::Behind(end) })
}

impl Begins {
    fn open_up_to(self, len: usize, most: usize) -> Self {
        if matches!(self, Self::Open) && len >= most { Self::Unknown } else { self }
    }
}
