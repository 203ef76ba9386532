//! Captures of packets: how they were captured, and on what.

use super::packets::Trace;
use super::*;

/// A server's binary frame of 1280 octets.
fn long() -> Vec<u8> {
    [b"\x82\x7e\x05\x00", &[b'z'; 1280][..]].concat()
}

/// `ip_total_length_zero.pcap`: segmentation offload leaves the length to the network card.
#[test]
fn a_total_length_of_0_is_that_of_the_packet() {
    let mut trace = Trace::new().upgraded().says(SERVER, HI);
    trace.change = |mut packet| {
        packet[16..18].fill(0);
        packet
    };
    let connection = only(open(&trace.says(SERVER, &long()).octets()));
    assert_eq!((connection.frames.len(), broken(&connection)), (2, vec![]));
    assert!(connection.frames[1].is_complete() && connection.messages[1].len == 1280);
}

/// `snaplen_400.pcap`: what there is of the frame is shown, and that it was cut; those behind it are in step.
#[test]
fn a_packet_that_was_cut_is_shown_as_far_as_it_goes() {
    let trace = |snaplen| {
        let mut trace = Trace::of(1, snaplen);
        trace.begin(40_000);
        trace.upgraded().says(SERVER, HI).says(SERVER, &long()).says(SERVER, HI).octets()
    };
    let connection = only(open(&trace(400)));
    let frame = &connection.frames[1];
    assert_eq!((frame.announced, frame.payload.len(), broken(&connection)), (1280, 400 - 54 - 4, vec![]));
    assert_eq!((connection.frames.len(), connection.frames[2].offset), (3, 4 + 1284));
    assert!(!connection.messages[1].complete && connection.messages[2].complete);
    has_note(&connection.notes, "938 octets of the server are not in the capture");
    // Nothing but headers: no handshake, no frames.
    let capture = open(&trace(54));
    assert_eq!(capture.connections, []);
    // Not even those.
    let capture = open(&trace(40));
    has_note(
        &capture.notes,
        "so little was captured that not even the headers are whole: capture with `tcpdump -s 0`",
    );
}

/// `linktype_radiotap.pcap`.
#[test]
fn a_link_type_that_is_not_read_is_named() {
    let mut trace = Trace::of(127, 0xffff);
    trace.packet(&[0; 40]);
    trace.packet(&[0; 40]);
    let capture = open(&trace.octets());
    assert_eq!(capture.connections, []);
    has_note(&capture.notes, "2 packets of link type 127 (radiotap) are not read");
}

/// Around IP there may be VLAN tags, a loopback's or a cooked header, or nothing.
#[test]
fn link_types_that_can_be_read_are_read() {
    type Change = fn(Vec<u8>) -> Vec<u8>;
    let changes: [(u32, Change); 7] = [
        (1, |packet| [&packet[..12], b"\x88\xa8\0\x05\x81\0\0\x06", &packet[12..]].concat()),
        (0, |packet| [b"\x02\0\0\0", &packet[14..]].concat()),
        (108, |packet| [b"\0\0\0\x02", &packet[14..]].concat()),
        (101, |packet| packet[14..].to_vec()),
        (113, |packet| [b"\0\0\0\x01\0\x06\x01\x02\x03\x04\x05\x06\0\0", &packet[12..]].concat()),
        (276, |packet| {
            [b"\x08\0\0\0\0\0\0\x01\0\x01\0\x06\x01\x02\x03\x04\x05\x06\0\0", &packet[14..]].concat()
        }),
        (0x1000_0001, |packet| packet),
    ];
    for (link, change) in changes {
        let mut trace = Trace::of(link, 0xffff);
        trace.change = change;
        trace.begin(40_000);
        let connection = is_hi(open(&trace.upgraded().says(SERVER, HI).octets()));
        assert_eq!(connection.notes, [""; 0], "{link}");
    }
}

#[test]
fn what_is_not_tcp_is_named() {
    let mut trace = Trace::of(101, 0xffff);
    let mut udp = Vec::new();
    etherparse::PacketBuilder::ipv4([1; 4], [2; 4], 9).udp(1, 443).write(&mut udp, b"x").unwrap();
    trace.packet(&udp);
    let capture = open(&trace.octets());
    has_note(&capture.notes, "1 packet is UDP: HTTP/3 and QUIC cannot be read");
    has_note(&open(&Trace::midstream().octets()).notes, "there is no packet in it");
}

/// Packets that the kernel dropped are known to be missing once the other end confirms them; times and order stay.
#[test]
fn what_was_dropped_is_not_waited_for() {
    let mut trace = Trace::new().upgraded().loses(SERVER, 10);
    for _ in 0..20 {
        trace = trace.says(SERVER, HI).says(CLIENT, HELLO);
    }
    let connection = only(open(&trace.octets()));
    assert_eq!((connection.frames.len(), broken(&connection)), (40, vec![]));
    assert!(connection.frames.iter().all(|frame| frame.time_us.is_some()));
    let first: Vec<Sender> = connection.frames.iter().take(12).map(|frame| frame.sender).collect();
    assert!(first.contains(&SERVER), "the server's frames come long before the end: {first:?}");
}
