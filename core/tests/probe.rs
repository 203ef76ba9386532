//! Forty-three short client streams and what RFC 6455, today's registry of close codes and failing at the first wrong
//! octet want of a server: most implementations get some of them wrong.

mod support;

use support::wire::{masked, unmasked};
use wsproof_core::connection::{Connection, Options};
use wsproof_core::message::Event;

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// A message or a Close was accepted.
    Accepted,
    /// The connection was failed.
    Refused,
    /// Neither: more is waited for.
    Waiting,
}
use Answer::{Accepted, Refused};

fn answer(stream: &[u8]) -> Answer {
    let mut server = Connection::server(Options::default());
    let mut stream = stream.to_vec();
    let mut incoming = server.receive(&mut stream);
    let mut accepted = false;
    loop {
        match incoming.next_event() {
            Ok(Some(Event::Data(data))) => accepted |= data.last,
            Ok(Some(Event::Close(_))) => accepted = true,
            Ok(Some(Event::Ping(_) | Event::Pong(_))) => {}
            Ok(None) => break,
            Err(violation) => {
                // The refusal says why, in a Close frame.
                let code = violation.close_code().0.to_be_bytes();
                assert!(server.transmit().ends_with(&[0x88, 2, code[0], code[1]]));
                return Refused;
            }
        }
    }
    if accepted { Accepted } else { Answer::Waiting }
}

fn close(code: u16) -> Vec<u8> {
    masked(0x88, &code.to_be_bytes())
}

#[test]
fn no_difference_from_what_is_wanted() {
    let x126 = [b'x'; 126];
    let text = "κόσμε".as_bytes();
    let wires: [(&str, Vec<u8>, Answer); 43] = [
        ("plain text", masked(0x81, b"hello"), Accepted),
        ("empty binary", masked(0x82, b""), Accepted),
        (
            "frag text, code point split, ping between",
            [masked(0x01, &text[..3]), masked(0x89, b"p"), masked(0x80, &text[3..])].concat(),
            Accepted,
        ),
        ("unmasked frame from client", unmasked(0x81, b"hello"), Refused),
        ("RSV1 without extension", masked(0xc1, b"hello"), Refused),
        ("RSV2", masked(0xa1, b"hello"), Refused),
        ("RSV3", masked(0x91, b"hello"), Refused),
        ("opcode 3", masked(0x83, b""), Refused),
        ("opcode 11", masked(0x8b, b""), Refused),
        ("fragmented ping", masked(0x09, b"a"), Refused),
        ("ping of 126", masked(0x89, &x126), Refused),
        ("pong of 126", masked(0x8a, &x126), Refused),
        ("close of 126", masked(0x88, &x126), Refused),
        ("continuation first", masked(0x80, b"a"), Refused),
        ("text inside fragments", [masked(0x01, b"a"), masked(0x81, b"b")].concat(), Refused),
        ("16-bit length of 5 (not minimal)", b"\x82\xfe\x00\x05\0\0\0\0hello".to_vec(), Refused),
        ("64-bit length of 5 (not minimal)", b"\x82\xff\0\0\0\0\0\0\0\x05\0\0\0\0hello".to_vec(), Refused),
        ("64-bit length, top bit set", b"\x82\xff\x80\0\0\0\0\0\0\x05\0\0\0\0hello".to_vec(), Refused),
        ("length 2^62", b"\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0".to_vec(), Refused),
        ("length 2^32+5 (header only)", b"\x82\xff\0\0\0\x01\0\0\0\x05\0\0\0\0".to_vec(), Refused),
        ("close, empty", masked(0x88, b""), Accepted),
        ("close of 1 byte", masked(0x88, b"\x03"), Refused),
        ("close 999", close(999), Refused),
        ("close 1004", close(1004), Refused),
        ("close 1005", close(1005), Refused),
        ("close 1006", close(1006), Refused),
        ("close 1012 (IANA)", close(1012), Accepted),
        ("close 1014 (IANA)", close(1014), Accepted),
        ("close 1015", close(1015), Refused),
        ("close 1016", close(1016), Refused),
        ("close 2999", close(2999), Refused),
        ("close 3000", close(3000), Accepted),
        ("close 4999", close(4999), Accepted),
        ("close 5000", close(5000), Refused),
        ("close, reason not UTF-8", masked(0x88, b"\x03\xe8\xff"), Refused),
        ("text not UTF-8", masked(0x81, b"\xff"), Refused),
        ("text overlong C0 80", masked(0x81, b"\xc0\x80"), Refused),
        ("text surrogate ED A0 80", masked(0x81, b"\xed\xa0\x80"), Refused),
        ("text F4 90 80 80", masked(0x81, b"\xf4\x90\x80\x80"), Refused),
        ("text, truncated code point", masked(0x81, &text[..3]), Refused),
        ("bad UTF-8 in first of two fragments (last not sent)", masked(0x01, b"ab\xff"), Refused),
        ("bad UTF-8 early in a frame still arriving", masked(0x81, &[0xff; 100])[..20].to_vec(), Refused),
        ("ping 125 then text", [masked(0x89, &x126[..125]), masked(0x81, b"hi")].concat(), Accepted),
    ];
    let wrong: Vec<_> =
        wires.iter().filter(|(_, stream, want)| answer(stream) != *want).map(|(name, ..)| name).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
