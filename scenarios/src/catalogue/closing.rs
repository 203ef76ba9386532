//! Section 7: the closing handshake, close codes and reasons (RFC 6455 §5.5.1, §7).

use wsproof_core::frame::Opcode;

use super::builder::{Builder, case, continuation, frame, ping, text, text_event};
use crate::case::{Case, Judge};
use crate::payload::Payload;
use crate::verdict::Behavior;

const ANSWERED: &str = "The close frame is answered with code 1000 or none; nothing else comes.";
const PROTOCOL_ERROR: &str =
    "The testee answers with code 1002 or none, or drops the connection; nothing else comes.";

/// 7.1: what stands around a close frame.
fn around_the_close_frame() -> Vec<Builder> {
    let hello = "Hello World!";
    let begin = |n, description: &str| case(&[7, 1, n], description, ANSWERED).must("RFC 6455 §5.5.1");
    let end = |builder: Builder| builder.kill_after(1.0).expect_close_reply(&[1000]);
    vec![
        case(
            &[7, 1, 1],
            "Sends a text, and closes when it has come back.",
            "The text comes back; the close frame is answered with code 1000 or none.",
        )
        .must("RFC 6455 §5.5.1")
        .send(text(hello))
        .kill_after(1.0)
        .expect([text_event(hello)])
        .close_rule(|rule| rule.wrong_code_fatal = true),
        end(begin(2, "Sends a close frame, and at once another one.").close_with(1000, b"").send(frame(Opcode::CLOSE, ""))),
        end(begin(3, "Sends a close frame, and at once a ping.").close_with(1000, b"").send(ping(""))),
        end(begin(4, "Sends a close frame, and at once a text.").close_with(1000, b"").send(text(hello))),
        end(begin(5, "Sends the first fragment of a text, a close frame, and the last fragment.")
            .send(text("fragment1").unfinished())
            .close_with(1000, b"")
            .send(continuation("fragment2"))),
        case(
            &[7, 1, 6],
            "Sends a text of 256 KiB, a short text, a close frame and a ping in one burst.",
            "Left open by the RFC: whether the texts come back before the close frame is answered is reported.",
        )
        .may("RFC 6455 §5.5.1")
        .send(text(Payload::repeat(*b"BAsd7&jh23", 262_144)))
        .send(text(hello))
        .close_with(1000, b"")
        .send(ping(""))
        .kill_after(1.0)
        .alternative(Behavior::Ok, [text_event(hello)])
        .alternative(Behavior::NonStrict, [])
        .judge(Judge::Informational),
    ]
}

/// 7.3 and 7.5: lengths of the close frame's payload, and what is in it.
fn payloads() -> Vec<Builder> {
    let legal = |id: [u16; 3], what: &str, payload: Vec<u8>| {
        case(&id, format!("Sends a close frame with {what}."), ANSWERED)
            .must("RFC 6455 §5.5.1")
            .close(&payload[..])
            .kill_after(1.0)
            .expect_close_reply(&[1000])
    };
    let illegal = |id: [u16; 3], what: &str, payload: Vec<u8>, codes: &[u16], expectation: &str| {
        case(&id, format!("Sends a close frame with {what}."), expectation)
            .must("RFC 6455 §5.5.1")
            .close(&payload[..])
            .kill_after(1.0)
            .expect_close_reply(codes)
            .or_failure()
    };
    let code_and = |reason: &[u8]| [&1000u16.to_be_bytes()[..], reason].concat();
    let not_utf8 = [&b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"[..], b"\xed\xa0\x80edited"].concat();
    vec![
        legal([7, 3, 1], "no payload", vec![]),
        illegal([7, 3, 2], "a payload of one octet, half a code", vec![b'a'], &[1002], PROTOCOL_ERROR),
        legal([7, 3, 3], "a code and no reason", code_and(b"")),
        legal([7, 3, 4], "a code and a short reason", code_and(b"Hello World!")),
        legal([7, 3, 5], "a code and a reason of 123 octets, the longest there is", code_and(&[b'*'; 123])),
        illegal(
            [7, 3, 6],
            "a code and a reason of 124 octets, one too many for a control frame",
            code_and(&[b'*'; 124]),
            &[1002],
            PROTOCOL_ERROR,
        ),
        illegal(
            [7, 5, 1],
            "a reason that is not UTF-8",
            code_and(&not_utf8),
            &[1002, 1007],
            "The testee answers with code 1007, 1002 or none, or drops the connection; nothing else comes.",
        ),
    ]
}

/// 7.7, 7.9 and 7.13: close codes.
fn codes() -> Vec<Builder> {
    let begin = |group: u16, n: u16, code: u16, kind: &str, expectation: String| {
        case(&[7, group, n], format!("Sends a close frame with the {kind} code {code}."), expectation)
            .close_with(code, b"")
            .kill_after(1.0)
    };
    let mut cases = Vec::new();
    for (n, code) in (1..).zip([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
    {
        let expectation = match code {
            1000 => ANSWERED.to_owned(),
            _ => format!("The close frame is answered with code {code}, 1000 or none; nothing else comes."),
        };
        cases.push(
            begin(7, n, code, "valid", expectation)
                .must("RFC 6455 §5.5.1")
                .must("RFC 6455 §7.4")
                .expect_close_reply(&[1000, code]),
        );
    }
    for (n, code) in (1..).zip([0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]) {
        cases.push(
            begin(9, n, code, "invalid", PROTOCOL_ERROR.to_owned())
                .must("RFC 6455 §7.4")
                .expect_close_reply(&[1002])
                .or_failure(),
        );
    }
    for (n, code) in (1..).zip([5000, u16::MAX]) {
        cases.push(
            begin(13, n, code, "undefined", "Left open by the RFC: what comes is reported.".to_owned())
                .may("RFC 6455 §7.4")
                .alternative(Behavior::Ok, [])
                .close_rule(|rule| rule.codes = vec![1000, code, 1002])
                .or_failure()
                .judge(Judge::Informational),
        );
    }
    cases
}

pub(super) fn cases() -> Vec<Case> {
    [around_the_close_frame(), payloads(), codes()].concat().into_iter().map(Builder::build).collect()
}
