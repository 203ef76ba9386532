//! Octets of one end: what they begin with, and control frames with a wrong length.

use super::*;

/// `close_of_126.hex`: the 126 was meant as the length.
#[test]
fn a_control_frame_that_means_126_is_shown_as_it_was_meant() {
    let reason = "é".repeat(62);
    let payload: Vec<u8> = [&1000_u16.to_be_bytes()[..], reason.as_bytes()].concat();
    let masked: Vec<u8> =
        payload.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(octet, key)| octet ^ key).collect();
    let frame = [b"\x88\xfe\x01\x02\x03\x04", &masked[..]].concat();
    for octets in [frame.clone(), [&frame[..], b"\x8a\x80\0\0\0\0"].concat()] {
        let options = Options { sender: Some(CLIENT), ..Options::default() };
        let connection = only(read(wsproof_inspect::hex(&octets).as_bytes(), &options).unwrap());
        let close = &connection.frames[0];
        assert_eq!(broken(&connection)[0], ("RFC 6455 §5.5", Some(1)));
        assert_eq!((close.mask, close.announced, close.header_len), (Some([1, 2, 3, 4]), 126, 6));
        assert_eq!(close.close(), Some((1000, reason.clone())));
        assert_eq!(close.wire(), frame);
        has_note(&connection.notes, "its sender seems to have meant 126 octets");
    }
}

/// A longer control frame with a right length is only too long; frames behind it are in step either way.
#[test]
fn a_control_frame_that_is_only_too_long_is_read_as_it_is_written() {
    let long = [&b"\x89\x7e\x00\xc8"[..], &[b'p'; 200], HI].concat();
    let connection = only(text(&wsproof_inspect::hex(&long)));
    assert_eq!(broken(&connection), [("RFC 6455 §5.5", Some(1))]);
    assert_eq!((connection.frames[0].announced, said(&connection)), (200, vec![(SERVER, "hi".to_owned())]));
    let short = [&b"\x89\x7f"[..], &[b'p'; 127], HI, HI].concat();
    let connection = only(text(&wsproof_inspect::hex(&short)));
    assert_eq!(broken(&connection), [("RFC 6455 §5.5", Some(1))]);
    assert_eq!((connection.frames[0].announced, connection.messages.len()), (127, 2));
}

/// The same octets in packets of any size.
#[test]
fn how_the_octets_come_makes_no_difference() {
    let octets = [&b"\x89\x7e"[..], &[b'p'; 126], HI, HI].concat();
    let whole = only(text(&wsproof_inspect::hex(&octets)));
    for size in [1, 2, 3, 7, 64, 129] {
        let mut trace = packets::Trace::new().upgraded();
        for piece in octets.chunks(size) {
            trace.say(SERVER, piece);
        }
        let connection = only(open(&trace.octets()));
        assert_eq!(broken(&connection), broken(&whole), "{size}");
        let wire: Vec<u8> = connection.frames.iter().flat_map(wsproof_inspect::Frame::wire).collect();
        assert_eq!(wire, octets, "{size}");
    }
}

/// A head in front of octets that are alone is judged, and what is behind a refusal is no frames.
#[test]
fn heads_before_octets_are_read() {
    has_note(
        &is_hi(open(&[RESPONSE, HI].concat())).notes,
        "the client's part of the handshake is not in the capture",
    );
    let connection = only(open(&[REQUEST, HELLO].concat()));
    assert_eq!((said(&connection), broken(&connection)), (vec![(CLIENT, "Hello".to_owned())], vec![]));
    let refused = open(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno!");
    assert_eq!(refused.connections, []);
    has_note(&refused.notes, "HTTP: 1 connection without a request for a WebSocket");
}
