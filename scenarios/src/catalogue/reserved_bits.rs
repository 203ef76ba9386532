//! Section 3: a reserved bit that no extension gave a meaning fails the connection (RFC 6455 §5.2).

use wsproof_core::frame::Opcode;

use super::builder::{Builder, Delivery, binary, case, frame, ping, text, text_event};
use crate::case::{Case, FrameStep};

const HELLO: &str = "Hello, world!";
const REFUSED: &str = "The testee fails the connection with code 1002.";

/// A single frame with reserved bits.
fn alone(n: u16, what: &str, bits: &str, frame: FrameStep) -> Builder {
    case(&[3, n], format!("Sends a {what} with {bits}, though no extension was negotiated."), REFUSED)
        .must("RFC 6455 §5.2")
        .send(frame)
        .kill_after(1.0)
        .expect_failure(1002)
}

/// A good text, then a text with reserved bits, then a ping.
fn after_good(n: u16, bits: &str, rsv: u8, how: Delivery) -> Builder {
    case(
        &[3, n],
        format!("Sends a good text, a text with {bits}, and a ping, {}.", how.words()),
        "The first text comes back; then the testee fails the connection with code 1002, and sends no pong.",
    )
    .must("RFC 6455 §5.2")
    .should("RFC 6455 §7.1.7")
    .send_all([text(HELLO), text(HELLO).rsv(rsv), ping("")].map(|frame| frame.sent(how)))
    .kill_after(1.0)
    .expect_then_failure(text_event(HELLO), 1002)
}

pub(super) fn cases() -> Vec<Case> {
    [
        alone(1, "text frame", "RSV3", text(HELLO).rsv(1)),
        after_good(2, "RSV2", 2, Delivery::Together),
        after_good(3, "RSV2 and RSV3", 3, Delivery::Apart),
        after_good(4, "RSV1", 4, Delivery::Octetwise),
        alone(5, "binary frame", "RSV1 and RSV3", binary(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff").rsv(5)),
        alone(6, "binary frame", "RSV1 and RSV2", binary(HELLO).rsv(6)),
        alone(7, "close frame", "all three reserved bits", frame(Opcode::CLOSE, "").rsv(7)),
    ]
    .map(Builder::build)
    .to_vec()
}
