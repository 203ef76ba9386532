//! Whether a fault in the testee's octets is only the echo of a fault in ours.

use wsproof_core::ViolationKind;
use wsproof_core::frame::Opcode;
use wsproof_core::utf8;

use super::super::Session;
use crate::case::{FrameStep, Step};

impl Session<'_> {
    /// Whether the case sends something that breaks the same rule, and is to be refused: what the testee sent is then its
    /// answer to that.
    pub(super) fn sent(&self, violation: ViolationKind) -> bool {
        let frames = || {
            self.case.steps.iter().filter_map(|step| match step {
                Step::Frame(frame) => Some(frame),
                _ => None,
            })
        };
        let frame = |is_so: fn(&FrameStep) -> bool| frames().any(is_so);
        let close = |is_so: fn(&[u8]) -> bool| {
            let payloads = self.case.steps.iter().filter_map(|step| match step {
                Step::Close { payload } => Some(payload),
                Step::Frame(frame) if frame.opcode == Opcode::CLOSE => Some(&frame.payload),
                _ => None,
            });
            payloads.map(|payload| payload.head(usize::MAX)).any(|payload| is_so(&payload))
        };
        let refused = !self.case.close.by_fuzzer;
        match violation {
            ViolationKind::CloseCode(code) => self.facts.local_close_code == Some(code.0),
            ViolationKind::CloseReasonNotUtf8 => {
                close(|payload| payload.get(2..).is_some_and(|reason| !utf8::is_valid(reason)))
            }
            ViolationKind::CloseOneOctet => close(|payload| payload.len() == 1),
            ViolationKind::ControlTooLong(Opcode::CLOSE) => close(|payload| payload.len() > 125),
            ViolationKind::ControlTooLong(_) => {
                refused && frame(|frame| frame.opcode.is_control() && frame.payload.len() > 125)
            }
            ViolationKind::FragmentedControl(_) => {
                refused && frame(|frame| frame.opcode.is_control() && !frame.fin)
            }
            ViolationKind::ReservedBits(_) => refused && frame(|frame| frame.rsv != 0),
            ViolationKind::ReservedOpcode(opcode) => refused && frames().any(|frame| frame.opcode == opcode),
            ViolationKind::UnexpectedContinuation | ViolationKind::ExpectedContinuation(_) => {
                refused && frame(|frame| frame.opcode == Opcode::CONTINUATION || !frame.fin)
            }
            ViolationKind::TextNotUtf8 | ViolationKind::TextTruncated => refused && self.case.sends_text(),
            _ => false,
        }
    }
}
