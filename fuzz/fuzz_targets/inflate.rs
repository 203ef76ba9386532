//! Any octets as compressed messages, cut anyhow: no panic, the same events and violation however they are cut, limits
//! kept, nothing that the slow inflater of the tests would not say; and any message survives the way there and back.
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
use wsproof_core::Role;
use wsproof_core::deflate::{Deflater, Inflater, Sending, Settings, WindowBits};
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::message::{Limits, MessageDecoder, Options};

fuzz_target!(|input: (u8, u8, Vec<u8>, &[u8])| {
    let (setup, numbers, cuts, octets) = input;
    let octets = &octets[..octets.len().min(4096)];
    let takeover = setup & 1 != 0;
    let max_message = if setup & 2 != 0 { 1000 } else { 1 << 20 };
    let limits = Limits { max_message, ..Limits::default() };

    // Raw octets as the payload of one message, in one frame and in several, with another message behind it.
    let wire = [
        frame(
            if setup & 4 != 0 { Opcode::TEXT } else { Opcode::BINARY },
            false,
            4,
            &octets[..octets.len() / 2],
        ),
        frame(Opcode::CONTINUATION, true, 0, &octets[octets.len() / 2..]),
        frame(Opcode::BINARY, true, 4, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
    ]
    .concat();
    let want = decode(limits, takeover, [&wire[..]]);
    assert_eq!(decode(limits, takeover, wire.chunks(1)), want);
    let places = cuts.iter().take(16).map(|&cut| usize::from(cut) * 16 % (wire.len() + 1)).collect();
    assert_eq!(decode(limits, takeover, seen::cut(&wire, places)), want);
    if let Some(Seen::Data { payload, .. }) = want.seen.first() {
        assert!(payload.len() as u64 <= max_message);
        let mut judge = Inflated::default();
        // It may stop at an error, but up to there both say the same.
        let _ = inflate::inflate(&[octets, &[0, 0, 0xff, 0xff]].concat(), &mut judge);
        let common = payload.len().min(judge.output.len());
        assert_eq!(payload[..common], judge.output[..common]);
    }

    // The same octets as messages to send.
    let window = WindowBits::new(8 + numbers % 8).expect("8 to 15");
    let settings = Settings { level: numbers >> 4, mem_level: 1 + (numbers >> 3) % 9, min_len: 0 };
    let mut deflater = Deflater::new(Sending { window, takeover }, settings);
    let mut inflater = Inflater::new(takeover);
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

/// What a client makes of a stream in these pieces.
fn decode<'a>(limits: Limits, takeover: bool, pieces: impl IntoIterator<Item = &'a [u8]>) -> Log {
    let mut decoder = MessageDecoder::new(Role::Client, Options { limits, allowed_rsv: 0 })
        .with_inflater(Inflater::new(takeover));
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
