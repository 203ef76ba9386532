//! Streams to test with: by hand and by chance.

use proptest::prelude::*;
use wsproof_core::Role;
use wsproof_core::frame::{FrameHeader, LengthForm, Opcode, append_frame, mask};

pub const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame as a client sends it.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    let header = FrameHeader {
        fin: first & 0x80 != 0,
        rsv: (first >> 4) & 7,
        opcode: Opcode::new(first),
        mask: Some(KEY),
        payload_len: 0,
    };
    append_frame(header, payload, &mut wire);
    wire
}

/// A frame as a server sends it.
pub fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut wire = masked(first, payload);
    let key_at = wire.len() - payload.len() - 4;
    wire.drain(key_at..key_at + 4);
    wire.truncate(key_at);
    wire.extend_from_slice(payload);
    wire[1] &= 0x7f;
    wire
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => "\\PC{0,12}".prop_map(String::into_bytes),
        2 => proptest::collection::vec(any::<u8>(), 0..8),
        1 => Just(Vec::new()),
        1 => (0..140_usize).prop_map(|len| vec![b'x'; len]),
        1 => Just("κόσμε\u{10ffff}".as_bytes().to_vec()),
        1 => Just(b"\x03\xe8bye".to_vec()),
        1 => (any::<u16>(), "\\PC{0,4}").prop_map(|(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat()),
    ]
}

fn frame(role: Role) -> impl Strategy<Value = Vec<u8>> {
    // Mostly frames that a well-behaved peer could send, so that streams get somewhere.
    let opcode = prop_oneof![
        6 => Just(1_u8), 5 => Just(0), 4 => Just(2), 3 => Just(9), 2 => Just(10), 1 => Just(8),
        1 => 0..16_u8,
    ];
    let fin = prop_oneof![3 => Just(true), 2 => Just(false)];
    let rsv = prop_oneof![20 => Just(0_u8), 2 => Just(4), 1 => 0..8_u8];
    let wrong_direction = prop::bool::weighted(0.02);
    let form = prop_oneof![
        20 => Just(None), 1 => Just(Some(LengthForm::Bits16)), 1 => Just(Some(LengthForm::Bits64)),
    ];
    let lie =
        prop_oneof![20 => Just(None), 1 => (0..300_u64).prop_map(Some), 1 => any::<u64>().prop_map(Some)];
    (fin, rsv, opcode, wrong_direction, any::<[u8; 4]>(), form, lie, payload()).prop_map(
        move |(fin, rsv, opcode, wrong_direction, key, form, lie, mut payload)| {
            let control = opcode >= 8;
            let mask = ((role == Role::Server) != wrong_direction).then_some(key);
            let header = FrameHeader {
                // A fragmented control frame is worth trying, but not half of the time.
                fin: fin || (control && key[0] > 9),
                rsv,
                opcode: Opcode::new(opcode),
                mask,
                payload_len: lie.unwrap_or(payload.len() as u64),
            };
            let mut wire = match form.and_then(|form| header.encode_as(form)) {
                Some(octets) => octets.to_vec(),
                None => header.encode().to_vec(),
            };
            mask::apply(mask.unwrap_or_default(), 0, &mut payload);
            wire.extend_from_slice(&payload);
            wire
        },
    )
}

/// Streams of up to eight frames, some wrong, some cut off.
pub fn stream(receiver: Role) -> impl Strategy<Value = Vec<u8>> {
    (proptest::collection::vec(frame(receiver), 0..8), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(frames, end, whole)| {
            let mut wire = frames.concat();
            if !whole {
                wire.truncate(end.index(wire.len() + 1));
            }
            wire
        },
    )
}

/// Hand-made client streams that reach every state and every violation.
pub fn vectors() -> Vec<Vec<u8>> {
    let long = vec![b'x'; 200];
    let text = "κόσμε — 𝒳 日本".as_bytes();
    let mut vectors = vec![
        [masked(0x81, text), masked(0x82, &long), masked(0x89, b"ping"), masked(0x88, b"\x03\xe8bye")]
            .concat(),
        [masked(0x01, &text[..3]), masked(0x89, b""), masked(0x00, b""), masked(0x80, &text[3..])].concat(),
        [masked(0x02, b""), masked(0x00, b""), masked(0x80, b""), masked(0x8a, &long[..125])].concat(),
        [masked(0x01, &text[..3]), masked(0x80, b"")].concat(),
        [masked(0x81, &text[..3]), masked(0x81, b"never seen")].concat(),
        masked(0x81, b"fine so far \xf4\x90\x80\x80 and more"),
        [masked(0x01, b"ab\xed"), masked(0x80, b"\xa0\x80")].concat(),
        [masked(0x88, b""), masked(0x81, b"after the close")].concat(),
        masked(0x88, b"\x03\xe8ok\xc0\x80"),
        masked(0x88, b"\x03\xe8ok\xe2\x82"),
        masked(0x88, b"\x03\xed"),
        masked(0x88, b"\x03"),
        masked(0x80, b"first"),
        [masked(0x01, b"a"), masked(0x82, b"b")].concat(),
        masked(0x09, b"a"),
        masked(0x89, &long),
        masked(0xa1, b"a"),
        masked(0xc1, b"\xff"),
        masked(0x83, b"a"),
        [masked(0x81, b"a"), unmasked(0x81, b"b")].concat(),
        b"\x82\xfe\x00\x05\x00\x00\x00\x00abcde".to_vec(),
        b"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00abcde".to_vec(),
        b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00abcde".to_vec(),
        b"\x82\xff\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00abcde".to_vec(),
    ];
    vectors.push(vectors[0][..vectors[0].len() - 3].to_vec());
    vectors
}
