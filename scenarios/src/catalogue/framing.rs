//! Section 1: payload lengths around the borders of their 7, 16 and 64 bit forms (RFC 6455 §5.2).

use wsproof_core::Count;

use super::builder::{binary, binary_event, case, text, text_event};
use crate::case::Case;
use crate::payload::Payload;

/// Payload length, seconds until the connection is failed, size of the pieces written to TCP.
const ROWS: [(u64, f64, Option<u32>); 8] = [
    (0, 1.0, None),
    (125, 1.0, None),
    (126, 1.0, None),
    (127, 1.0, None),
    (128, 1.0, None),
    (65_535, 10.0, None),
    (65_536, 10.0, None),
    (65_536, 10.0, Some(997)),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (group, kind, octet) in [(1, "text", b'*'), (2, "binary", 0xfe)] {
        for (n, (octets, seconds, chop)) in (1..).zip(ROWS) {
            let payload = Payload::repeat([octet], octets);
            let (frame, echo) = match kind {
                "text" => (text(payload.clone()), text_event(payload)),
                _ => (binary(payload.clone()), binary_event(payload)),
            };
            let in_pieces =
                |chop: u32| format!(", written to TCP in pieces of {}", Count(chop.into(), "octet"));
            let pieces = chop.map_or(String::new(), in_pieces);
            let frame = chop.into_iter().fold(frame, |frame, chop| frame.chopped(chop));
            cases.push(
                case(
                    &[1, group, n],
                    format!("Sends a {kind} message of {}{pieces}.", Count(octets, "octet")),
                    "The same message comes back; then the connection closes cleanly with code 1000.",
                )
                .must("RFC 6455 §5.2")
                .must("RFC 6455 §5.6")
                .send(frame)
                .kill_after(seconds)
                .expect([echo])
                .build(),
            );
        }
    }
    cases
}
