//! Section 10: a message that the sender cuts into fragments by itself.

use super::builder::{Builder, case, text_event};
use crate::case::{Case, Judge, Step};
use crate::payload::Payload;

pub(super) fn cases() -> Vec<Case> {
    let payload = Payload::repeat(*b"*", 65_536);
    [case(
        &[10, 1, 1],
        "Sends a text message of 65536 octets that is cut into fragments of 1300 octets.",
        "The same text comes back; then the connection closes cleanly with code 1000.",
    )
    .must("RFC 6455 §5.4")
    .step(Step::AutoFragment { octets: 1300 })
    .message(false, payload.clone(), None)
    .kill_after(10.0)
    .expect([text_event(payload)])
    .judge(Judge::EventsAndFramesSent { text: 1, continuation: 50 })]
    .map(Builder::build)
    .to_vec()
}
