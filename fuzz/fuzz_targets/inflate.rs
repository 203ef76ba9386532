//! Any octets as compressed messages, cut anyhow: no panic, the same events and violation however they are cut, limits
//! kept, nothing that the slow inflater of the tests would not say, each distance held against what was agreed as that one
//! does it; and any message survives the way there and back.
#![no_main]

#[path = "../../core/tests/support/inflate.rs"]
#[allow(dead_code)]
mod inflate;
#[path = "../../core/tests/support/seen.rs"]
#[allow(dead_code)]
mod seen;

use inflate::Inflated;
use libfuzzer_sys::fuzz_target;
use seen::{Log, Seen};
use wsproof_core::deflate::{Deflater, Inflater, Sending, Settings, WindowBits};
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::message::{Limits, MessageDecoder, Options};
use wsproof_core::{Role, ViolationKind};

fuzz_target!(|input: (u8, u8, Vec<u8>, &[u8])| {
    let (setup, numbers, cuts, octets) = input;
    let octets = &octets[..octets.len().min(4096)];
    let takeover = setup & 1 != 0;
    let max_message = if setup & 2 != 0 { 1000 } else { 1 << 20 };
    let limits = Limits { max_message, ..Limits::default() };

    // Raw octets as the payload of one message, in one frame and in several, with another message before it, to which it may
    // refer, and one behind it.
    let window = WindowBits::new(8 + numbers % 8).expect("8 to 15");
    let agreed = Sending { window, takeover };
    let (before, hello) =
        (known(300 + 20 * usize::from(numbers)), [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    let mut first = Vec::new();
    Deflater::new(Sending::default(), Settings { level: 0, ..Settings::default() })
        .message(&before, &mut first);
    let binary = setup & 4 == 0;
    let wire = [
        frame(Opcode::BINARY, true, 4, &first),
        frame(if binary { Opcode::BINARY } else { Opcode::TEXT }, false, 4, &octets[..octets.len() / 2]),
        frame(Opcode::CONTINUATION, true, 0, &octets[octets.len() / 2..]),
        frame(Opcode::BINARY, true, 4, &hello),
    ]
    .concat();
    let limits = Limits { max_message: max_message.max(before.len() as u64), ..limits };
    let places = || cuts.iter().take(16).map(|&cut| usize::from(cut) * 32 % (wire.len() + 1)).collect();
    for check in [false, true] {
        let want = decode(limits, agreed, check, [&wire[..]]);
        assert_eq!(decode(limits, agreed, check, wire.chunks(1)), want);
        assert_eq!(decode(limits, agreed, check, seen::cut(&wire, places())), want);
        let Some(Seen::Data { payload, .. }) = want.seen.get(1) else { continue };
        assert!(payload.len() as u64 <= limits.max_message);
        let mut judge = Inflated { output: before.clone(), ..Inflated::default() };
        // It may stop at an error, but up to there both say the same.
        let whole = inflate::inflate(&[octets, &[0, 0, 0xff, 0xff]].concat(), &mut judge).is_some();
        let said = &judge.output[before.len()..];
        let common = payload.len().min(said.len());
        assert_eq!(payload[..common], said[..common]);
        if !whole || !binary || octets.is_empty() || said.len() as u64 > limits.max_message {
            continue;
        }
        // All of it is right DEFLATE data: only a distance can be wrong.
        let found = judge.references.iter().find_map(|&(at, far)| {
            let (octet, distance, sender) = (at - before.len(), far as u16, Role::Server);
            if !takeover && far > octet {
                return Some((octet, ViolationKind::ContextTakeover { sender, distance }));
            }
            let bits = window.get();
            (check && far > window.octets())
                .then_some((octet, ViolationKind::WindowExceeded { sender, bits, distance }))
        });
        assert_eq!(want.violation.map(|violation| violation.kind), found.map(|(_, kind)| kind));
        assert_eq!(payload.len(), found.map_or(said.len(), |(octet, _)| octet));
    }

    // The same octets as messages to send.
    let settings = Settings { level: numbers >> 4, mem_level: 1 + (numbers >> 3) % 9, min_len: 0 };
    let mut deflater = Deflater::new(agreed, settings);
    let mut inflater = Inflater::new(agreed).with_window_check(true);
    for message in octets.chunks(1 + usize::from(setup) * 8) {
        let (mut payload, mut back) = (Vec::new(), Vec::new());
        deflater.message(message, &mut payload);
        inflater.message(&payload, message.len(), &mut back).expect("our own writing");
        assert_eq!(back, message);
    }
});

fn frame(opcode: Opcode, fin: bool, rsv: u8, payload: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    append_frame(FrameHeader { fin, rsv, ..FrameHeader::new(opcode, 0) }, payload, &mut wire);
    wire
}

/// Octets that are not all the same.
fn known(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * at >> 3) as u8).collect()
}

/// What a client makes of a stream in these pieces.
fn decode<'a>(
    limits: Limits,
    agreed: Sending,
    check: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Log {
    let mut decoder = MessageDecoder::new(Role::Client, Options { limits, allowed_rsv: 0 })
        .with_inflater(Inflater::new(agreed).with_window_check(check));
    let mut log = Log::default();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut events = decoder.decode(&mut piece);
        loop {
            match events.next_event() {
                Ok(Some(event)) => log.push(&event),
                Ok(None) => break,
                Err(violation) => {
                    assert_eq!(*log.violation.get_or_insert(violation), violation);
                    break;
                }
            }
        }
    }
    log
}
