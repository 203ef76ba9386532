//! Notes on connections that hold no WebSocket.

use std::collections::BTreeMap;

use wsproof_core::Count;

use crate::follow::Other;

/// Says which connections hold no WebSocket, and how what is in them can be got. `nothing_else`: no WebSocket was found.
pub(super) fn tell(others: &BTreeMap<Other, usize>, nothing_else: bool, notes: &mut Vec<String>) {
    for (other, count) in others {
        let connections = Count(*count as u64, "connection");
        let (were, them) = (connections.verb("was", "were"), connections.verb("it", "them"));
        notes.push(match other {
            Other::Tls => format!(
                "TLS: {connections} cannot be read; a net-export log has what is in {them} (chrome://net-export, with raw bytes), or \
                 capture where TLS has ended, behind the proxy"
            ),
            Other::Http2 => format!(
                "HTTP/2: {connections} cannot be read, nor the WebSockets in {them} (RFC 8441); a HAR of the browser's network \
                 panel has their messages, or switch HTTP/2 off"
            ),
            Other::Http => format!("HTTP: {connections} without a request for a WebSocket {were} passed over"),
            Other::Ssh => format!("SSH: {connections} cannot be read; capture at the tunnel's end"),
            Other::Unknown => format!(
                "{connections} in which neither a WebSocket handshake nor frames were seen {were} passed over; `wsproof decode` \
                 with --port PORT or --force reads {them} as frames"
            ),
            Other::Silent if nothing_else => format!("{connections} in which nothing was said {were} passed over"),
            Other::Silent => continue,
        });
    }
}
