//! Section 9: large messages, many fragments, many round trips.

use wsproof_core::Count;

use super::builder::{Builder, binary, case, text};
use crate::case::{Case, FrameStep, Judge, Step};
use crate::payload::Payload;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

const TEXT_UNIT: &[u8] = b"BAsd7&jh23";
const BINARY_UNIT: &[u8] = b"\x00\xfe\x23\xfa\xf0";

fn kind(binary: bool) -> &'static str {
    if binary { "binary" } else { "text" }
}

fn data_frame(is_binary: bool, payload: Payload) -> FrameStep {
    if is_binary { binary(payload) } else { text(payload) }
}

/// For descriptions: `64 KiB`, `4 MiB`, `16 octets`.
fn size(octets: u64) -> String {
    match octets {
        n if n >= MIB && n.is_multiple_of(MIB) => format!("{} MiB", n / MIB),
        n if n >= KIB && n.is_multiple_of(KIB) => format!("{} KiB", n / KIB),
        n => Count(n, "octet").to_string(),
    }
}

/// One message that must come back with its type and length.
fn sized(id: [u16; 3], is_binary: bool, payload: &Payload, how: &str, seconds: f64, send: Step) -> Builder {
    let octets = payload.len();
    case(
        &id,
        format!("Sends a {} message of {}{how}.", kind(is_binary), size(octets)),
        format!(
            "The message comes back within {seconds} s; then the connection closes cleanly with code 1000."
        ),
    )
    .must("RFC 6455 §5.2")
    .may("RFC 6455 §10.4")
    .step(Step::QuietLog { announce: false })
    .step(send)
    .close_after(seconds)
    .judge(Judge::Size { binary: is_binary, octets })
    .close_rule(|rule| rule.auto_close = true)
    .timed()
}

/// 9.1 and 9.2: one frame, growing.
fn growing_frames() -> Vec<Builder> {
    let lengths = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
    let text_seconds = [10.0, 10.0, 100.0, 100.0, 100.0, 100.0];
    let binary_seconds = [10.0, 10.0, 10.0, 10.0, 100.0, 100.0];
    let mut cases = Vec::new();
    for (group, is_binary, unit, seconds) in
        [(1, false, TEXT_UNIT, text_seconds), (2, true, BINARY_UNIT, binary_seconds)]
    {
        for (n, (octets, seconds)) in (1..).zip(lengths.into_iter().zip(seconds)) {
            let payload = Payload::repeat(unit, octets);
            let frame = Step::Frame(data_frame(is_binary, payload.clone()));
            cases.push(sized([9, group, n], is_binary, &payload, " in one frame", seconds, frame));
        }
    }
    cases
}

/// 9.3 and 9.4: 4 MiB in growing fragments.
fn growing_fragments() -> Vec<Builder> {
    let fragments = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
    let mut cases = Vec::new();
    for (group, is_binary) in [(3, false), (4, true)] {
        for (n, fragment) in (1..).zip(fragments) {
            // Autobahn fills only the first of the binary cases with another octet.
            let unit = if is_binary && n == 1 { 0xfe } else { b'*' };
            let payload = Payload::repeat([unit], 4 * MIB);
            let how = format!(" in fragments of {}", size(u64::from(fragment)));
            let message =
                Step::Message { binary: is_binary, payload: payload.clone(), fragment: Some(fragment) };
            cases.push(sized([9, group, n], is_binary, &payload, &how, 100.0, message).must("RFC 6455 §5.4"));
        }
    }
    cases
}

/// 9.5 and 9.6: one frame of 1 MiB, written to TCP in growing pieces.
fn growing_pieces() -> Vec<Builder> {
    let mut cases = Vec::new();
    for (group, is_binary, unit) in [(5, false, TEXT_UNIT), (6, true, BINARY_UNIT)] {
        for (n, chop) in (1..).zip([64, 128, 256, 512, 1024, 2048]) {
            let payload = Payload::repeat(unit, MIB);
            let how = format!(", written to TCP in pieces of {}", size(u64::from(chop)));
            let frame = Step::Frame(data_frame(is_binary, payload.clone()).chopped(chop));
            cases.push(sized([9, group, n], is_binary, &payload, &how, 1000.0, frame));
        }
    }
    cases
}

/// 9.7 and 9.8: a thousand round trips, one at a time.
fn round_trips() -> Vec<Builder> {
    let rows = [(0, 60.0), (16, 60.0), (64, 60.0), (256, 120.0), (1024, 240.0), (4096, 480.0)];
    let mut cases = Vec::new();
    for (group, is_binary, unit) in [(7, false, b'*'), (8, true, 0xfe)] {
        for (n, (octets, seconds)) in (1..).zip(rows) {
            let frame = data_frame(is_binary, Payload::repeat([unit], octets));
            cases.push(
                case(
                    &[9, group, n],
                    format!("Sends a {} message of {} a thousand times, each when the one before is back.", kind(is_binary), size(octets)),
                    format!("Each message comes back, all within {seconds} s; then the connection closes cleanly with code 1000."),
                )
                .must("RFC 6455 §5.6")
                .step(Step::QuietLog { announce: true })
                .close_after(seconds)
                .step(Step::EchoLoop { count: 1000, frame })
                .judge(Judge::EchoLoop)
                .close_rule(|rule| rule.auto_close = true)
                .timed(),
            );
        }
    }
    cases
}

pub(super) fn cases() -> Vec<Case> {
    [growing_frames(), growing_fragments(), growing_pieces(), round_trips()]
        .concat()
        .into_iter()
        .map(Builder::build)
        .collect()
}
