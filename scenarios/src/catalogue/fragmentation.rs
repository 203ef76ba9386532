//! Section 5: messages in fragments, control frames between them, and fragments out of place (RFC 6455 §5.4).

use wsproof_core::frame::Opcode;

use super::builder::{Builder, Delivery, case, continuation, frame, ping, pong_event, text, text_event};
use crate::case::{Case, FrameStep};

const REFUSED: &str = "The testee fails the connection with code 1002.";
const CLEAN: &str = "then the connection closes cleanly with code 1000";

/// A control frame in two fragments.
fn control(n: u16, what: &str, opcode: Opcode) -> Builder {
    case(&[5, n], format!("Sends a {what} in two fragments."), REFUSED)
        .must("RFC 6455 §5.4")
        .must("RFC 6455 §5.5")
        .send(frame(opcode, "fragment1").unfinished())
        .send(continuation("fragment2"))
        .kill_after(1.0)
        .expect_failure(1002)
}

/// A text in two fragments.
fn joined(n: u16, how: Delivery) -> Builder {
    case(
        &[5, n],
        format!("Sends a text in two fragments, {}.", how.words()),
        format!("The joined text comes back; {CLEAN}."),
    )
    .must("RFC 6455 §5.4")
    .send_all([text("fragment1").unfinished(), continuation("fragment2")].map(|frame| frame.sent(how)))
    .close_after(1.0)
    .expect([text_event("fragment1fragment2")])
}

/// A text in two fragments with a ping between them.
fn ping_between(n: u16, how: Delivery) -> Builder {
    let frames = [text("fragment1").unfinished(), ping("ping payload"), continuation("fragment2")];
    case(
        &[5, n],
        format!("Sends a text in two fragments with a ping between them, {}.", how.words()),
        format!("First the pong comes, then the joined text; {CLEAN}."),
    )
    .must("RFC 6455 §5.4")
    .should("RFC 6455 §5.5.2")
    .send_all(frames.map(|frame| frame.sent(how)))
    .close_after(1.0)
    .expect([pong_event("ping payload"), text_event("fragment1fragment2")])
}

/// A continuation with nothing to continue, then a text.
fn stray(n: u16, how: Delivery, last: bool) -> Builder {
    let first = continuation("non-continuation payload");
    let (first, kind) = if last { (first, "final") } else { (first.unfinished(), "non-final") };
    case(
        &[5, n],
        format!("Sends a {kind} continuation frame with nothing to continue, then a text, {}.", how.words()),
        REFUSED,
    )
    .must("RFC 6455 §5.4")
    .send_all([first, text("Hello, world!")].map(|frame| frame.sent(how)))
    .kill_after(1.0)
    .expect_failure(1002)
}

/// Twice: a stray continuation, then a text in two fragments.
fn stray_twice(n: u16, first: FrameStep, kind: &str) -> Builder {
    let round = [first, text("fragment2").unfinished(), continuation("fragment3")];
    case(
        &[5, n],
        format!(
            "Sends, twice, a {kind} continuation frame with nothing to continue and a text in two fragments."
        ),
        REFUSED,
    )
    .must("RFC 6455 §5.4")
    .send_all(round.clone())
    .send_all(round)
    .kill_after(1.0)
    .expect_failure(1002)
}

/// A text in five fragments with two pings and a pause.
fn paused(n: u16, how: Delivery) -> Builder {
    let before = [text("fragment1").unfinished(), continuation("fragment2").unfinished(), ping("pongme 1!")];
    let after = [
        continuation("fragment3").unfinished(),
        continuation("fragment4").unfinished(),
        ping("pongme 2!"),
        continuation("fragment5"),
    ];
    case(
        &[5, n],
        format!(
            "Sends a text in five fragments with two pings among them and a pause of a second, {}.",
            how.words()
        ),
        format!("Both pongs come, then the joined text; {CLEAN}."),
    )
    .must("RFC 6455 §5.4")
    .should("RFC 6455 §5.5.2")
    .send_all(before.map(|frame| frame.sent(how)))
    .wait(1.0)
    .send_all(after.map(|frame| frame.sent(how)))
    .close_after(1.0)
    .expect([
        pong_event("pongme 1!"),
        pong_event("pongme 2!"),
        text_event("fragment1fragment2fragment3fragment4fragment5"),
    ])
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![control(1, "ping", Opcode::PING), control(2, "pong", Opcode::PONG)];
    cases.extend((3..).zip(Delivery::ALL).map(|(n, how)| joined(n, how)));
    cases.extend((6..).zip(Delivery::ALL).map(|(n, how)| ping_between(n, how)));
    cases.extend((9..).zip(Delivery::ALL).map(|(n, how)| stray(n, how, true)));
    cases.extend((12..).zip(Delivery::ALL).map(|(n, how)| stray(n, how, false)));
    cases.push(
        case(
            &[5, 15],
            "Sends a text in two fragments, then a non-final continuation frame with nothing to continue, then a text.",
            "The joined text comes back; then the testee fails the connection with code 1002.",
        )
        .must("RFC 6455 §5.4")
        .should("RFC 6455 §7.1.7")
        .send(text("fragment1").unfinished())
        .send(continuation("fragment2"))
        .send(continuation("fragment3").unfinished())
        .send(text("fragment4"))
        .kill_after(1.0)
        .expect_then_failure(text_event("fragment1fragment2"), 1002),
    );
    cases.push(stray_twice(16, continuation("fragment1").unfinished(), "non-final"));
    cases.push(stray_twice(17, continuation("fragment1"), "final"));
    cases.push(
        case(
            &[5, 18],
            "Sends a text in two fragments of which the second carries opcode 1 again, not 0.",
            REFUSED,
        )
        .must("RFC 6455 §5.4")
        .send(text("fragment1").unfinished())
        .send(text("fragment2"))
        .kill_after(1.0)
        .expect_failure(1002),
    );
    cases.push(paused(19, Delivery::Together));
    cases.push(paused(20, Delivery::Apart));
    cases.into_iter().map(Builder::build).collect()
}
