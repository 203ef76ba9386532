//! Section 4: an opcode that means nothing fails the connection (RFC 6455 §5.2).

use wsproof_core::frame::Opcode;

use super::builder::{Builder, Delivery, case, frame, ping, text, text_event};
use crate::case::Case;

const HELLO: &str = "Hello, world!";

/// A single frame of a reserved opcode.
fn alone(id: [u16; 3], kind: &str, opcode: u8, payload: &str) -> Builder {
    let with = if payload.is_empty() { "without" } else { "with" };
    case(
        &id,
        format!("Sends a frame of the reserved {kind} opcode {opcode}, {with} payload."),
        "The testee fails the connection with code 1002.",
    )
    .must("RFC 6455 §5.2")
    .send(frame(Opcode::new(opcode), payload))
    .kill_after(1.0)
    .expect_failure(1002)
}

/// A good text, then a frame of a reserved opcode, then a ping.
fn after_good(id: [u16; 3], kind: &str, opcode: u8, payload: &str, how: Delivery) -> Builder {
    let with = if payload.is_empty() { "without" } else { "with" };
    case(
        &id,
        format!(
            "Sends a good text, a frame of the reserved {kind} opcode {opcode} {with} payload, and a ping, {}.",
            how.words()
        ),
        "The text comes back; then the testee fails the connection with code 1002, and sends no pong.",
    )
    .must("RFC 6455 §5.2")
    .should("RFC 6455 §7.1.7")
    .send_all([text(HELLO), frame(Opcode::new(opcode), payload), ping("")].map(|frame| frame.sent(how)))
    .kill_after(1.0)
    .expect_then_failure(text_event(HELLO), 1002)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (group, kind, first) in [(1, "data", 3), (2, "control", 11)] {
        cases.extend(
            [
                alone([4, group, 1], kind, first, ""),
                alone([4, group, 2], kind, first + 1, "reserved opcode payload"),
                after_good([4, group, 3], kind, first + 2, "", Delivery::Together),
                after_good([4, group, 4], kind, first + 3, HELLO, Delivery::Together),
                after_good([4, group, 5], kind, first + 4, HELLO, Delivery::Octetwise),
            ]
            .map(Builder::build),
        );
    }
    cases
}
