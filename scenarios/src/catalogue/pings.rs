//! Section 2: pings are answered, pongs that nobody asked for are not (RFC 6455 §5.5.2, §5.5.3).

use super::builder::{Builder, case, ping, pong, pong_event};
use crate::case::Case;
use crate::payload::Payload;

const CLEAN: &str = "then the connection closes cleanly with code 1000";

/// A ping whose payload must come back in a pong.
fn answered(n: u16, what: &str, payload: &[u8]) -> Builder {
    case(
        &[2, n],
        format!("Sends a ping {what}."),
        format!("A pong with the same octets comes back; {CLEAN}."),
    )
    .must("RFC 6455 §5.5.2")
    .must("RFC 6455 §5.5.3")
    .send(ping(payload))
    .close_after(1.0)
    .expect([pong_event(payload)])
}

/// A pong that answers nothing, and at once a close frame.
fn unsolicited(n: u16, what: &str, payload: &str) -> Builder {
    case(
        &[2, n],
        format!("Sends a pong {what} that answers no ping, and at once a close frame."),
        "The pong is ignored, the close frame is answered.",
    )
    .must("RFC 6455 §5.5.1")
    .may("RFC 6455 §5.5.3")
    .send(pong(payload))
    .close_with(1000, b"")
    .close_after(1.0)
    .alternative(crate::Behavior::Ok, [])
}

/// Ten pings in a row.
fn ten(n: u16, octetwise: bool) -> Builder {
    let payloads: Vec<Payload> = (0..10).map(|i| Payload::bytes(format!("payload-{i}"))).collect();
    let chop = |frame: crate::case::FrameStep| if octetwise { frame.chopped(1) } else { frame };
    let how = if octetwise { ", one octet per write" } else { "" };
    case(
        &[2, n],
        format!("Sends ten pings in a row{how}."),
        format!("Ten pongs come back, each with the data of its ping, in order; {CLEAN}."),
    )
    .must("RFC 6455 §5.5.2")
    .may("RFC 6455 §5.5.3")
    .send_all(payloads.iter().cloned().map(ping).map(chop))
    .close_after(3.0)
    .expect(payloads.into_iter().map(pong_event))
}

pub(super) fn cases() -> Vec<Case> {
    let longest = Payload::repeat([0xfe], 125);
    [
        answered(1, "without payload", b""),
        answered(2, "with a short text as payload", b"Hello, world!"),
        answered(3, "whose payload is not UTF-8", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        answered(4, "with a payload of 125 octets, the longest there is", &[0xfe; 125]),
        case(
            &[2, 5],
            "Sends a ping with a payload of 126 octets, one too many for a control frame.",
            "The testee fails the connection with code 1002.",
        )
        .must("RFC 6455 §5.5")
        .send(ping(Payload::repeat([0xfe], 126)))
        .kill_after(1.0)
        .expect_failure(1002),
        case(
            &[2, 6],
            "Sends a ping with a payload of 125 octets, one octet per write.",
            format!("A pong with the same octets comes back; {CLEAN}."),
        )
        .must("RFC 6455 §5.5.2")
        .send(ping(longest.clone()).chopped(1))
        .close_after(2.0)
        .expect([pong_event(longest)]),
        unsolicited(7, "without payload", ""),
        unsolicited(8, "with payload", "unsolicited pong payload"),
        case(
            &[2, 9],
            "Sends a pong that answers no ping, then a ping.",
            format!("The pong is ignored, the ping is answered; {CLEAN}."),
        )
        .must("RFC 6455 §5.5.2")
        .may("RFC 6455 §5.5.3")
        .send(pong("unsolicited pong payload"))
        .send(ping("ping payload"))
        .close_after(1.0)
        .expect([pong_event("ping payload")]),
        ten(10, false),
        ten(11, true),
    ]
    .map(Builder::build)
    .to_vec()
}
