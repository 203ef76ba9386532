//! permessage-deflate: the examples of RFC 7692, the traps that implementations fell into, and by chance against two
//! judges: zlib, and an inflater of our own that is slow and obvious.
#![cfg(feature = "deflate")]

mod support;

use std::io::Write as _;

use flate2::write::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;
use support::inflate::{self, Inflated};
use support::seen::{Log, Seen, cut};
use support::wire::{masked, unmasked};
use wsproof_core::connection::{Connection, KeySource as _, Options, SeededKeys};
use wsproof_core::deflate::{Deflater, Inflater, Offer, Policy, Response, Sending, Settings, WindowBits};
use wsproof_core::message::{self, DataKind, Limits, MessageDecoder};
use wsproof_core::{Role, ViolationKind};

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

fn sending(bits: u8, takeover: bool) -> Sending {
    Sending { window: WindowBits::new(bits).unwrap(), takeover }
}

/// What a server makes of a stream in these pieces, after permessage-deflate was agreed.
fn decode<'a>(limits: Limits, takeover: bool, pieces: impl IntoIterator<Item = &'a [u8]>) -> Log {
    let mut decoder = MessageDecoder::new(Role::Server, message::Options { limits, allowed_rsv: 0 })
        .with_inflater(Inflater::new(sending(15, takeover)));
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

/// The same, whole and however it is cut.
fn decode_at_all_cuts(limits: Limits, takeover: bool, stream: &[u8]) -> Log {
    let want = decode(limits, takeover, [stream]);
    assert_eq!(decode(limits, takeover, stream.chunks(1)), want, "by octet {stream:02x?}");
    for first in 0..=stream.len() {
        for second in (first..=stream.len()).step_by(if stream.len() > 80 { stream.len() } else { 1 }) {
            let log = decode(limits, takeover, cut(stream, vec![first, second]));
            assert_eq!(log, want, "cut at {first}, {second} of {stream:02x?}");
        }
    }
    want
}

fn texts(log: &Log) -> Vec<String> {
    log.seen
        .iter()
        .map(|seen| match seen {
            Seen::Data { payload, last: true, .. } => String::from_utf8(payload.clone()).unwrap(),
            other => format!("{other:?}"),
        })
        .collect()
}

/// A text message of compressed payloads, one a frame.
fn text(payloads: &[&[u8]]) -> Vec<u8> {
    let last = payloads.len() - 1;
    payloads
        .iter()
        .enumerate()
        .flat_map(|(i, payload)| {
            let first = if i == 0 { 0x41 } else { 0 };
            masked(first | if i == last { 0x80 } else { 0 }, payload)
        })
        .collect()
}

#[test]
fn examples_of_rfc_7692() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    let final_block = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let two_blocks = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    for (stream, want) in [
        // §7.2.3.1: one block; in two fragments.
        (text(&[&hello]), vec!["Hello"]),
        (text(&[&hello[..3], &hello[3..]]), vec!["Hello"]),
        // §7.2.3.2: the window is shared.
        ([text(&[&hello]), text(&[&[0xf2, 0x00, 0x11, 0x00, 0x00]])].concat(), vec!["Hello", "Hello"]),
        // §7.2.3.3: stored.
        (text(&[&stored]), vec!["Hello"]),
        // §7.2.3.4: a final block, and what may follow it.
        (text(&[&final_block]), vec!["Hello"]),
        ([text(&[&final_block]), text(&[&hello])].concat(), vec!["Hello", "Hello"]),
        // §7.2.3.5: two blocks.
        (text(&[&two_blocks]), vec!["Hello"]),
        // §7.2.3.6: empty; and its window is as it was.
        (
            [text(&[&hello]), text(&[&[0]]), text(&[&[0xf2, 0x00, 0x11, 0x00, 0x00]])].concat(),
            vec!["Hello", "", "Hello"],
        ),
        // Empty frames at every place, and a message that is not compressed in between (§6.2).
        (
            [
                text(&[b"", &hello[..1], b"", &hello[1..], b""]),
                masked(0x81, b"plain"),
                text(&[&[0xf2, 0x00, 0x11, 0x00, 0x00]]),
            ]
            .concat(),
            vec!["Hello", "plain", "Hello"],
        ),
    ] {
        let log = decode_at_all_cuts(Limits::default(), true, &stream);
        assert_eq!((texts(&log), log.violation), (want.iter().map(|s| (*s).to_owned()).collect(), None));
    }
}

#[test]
fn control_frames_go_between_compressed_fragments() {
    let stream =
        [masked(0x41, &[0xf2, 0x48]), masked(0x89, b"p"), masked(0x80, &[0xcd, 0xc9, 0xc9, 0x07, 0x00])]
            .concat();
    let log = decode_at_all_cuts(Limits::default(), true, &stream);
    let mut payload = Vec::new();
    for seen in &log.seen {
        match seen {
            Seen::Ping(ping) => assert_eq!(ping, b"p"),
            Seen::Data { payload: piece, .. } => payload.extend_from_slice(piece),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((payload, log.violation), (b"Hello".to_vec(), None));
}

#[test]
fn rsv1_only_where_it_means_something() {
    let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    for stream in [
        masked(0xc9, b""),
        [masked(0x41, &hello[..3]), masked(0xc0, &hello[3..])].concat(),
        masked(0xa1, &hello),
        masked(0xd1, &hello),
    ] {
        let log = decode_at_all_cuts(Limits::default(), true, &stream);
        assert!(matches!(log.violation.unwrap().kind, ViolationKind::ReservedBits(_)), "{stream:02x?}");
    }
    // Not agreed.
    let log = support::seen::decode(Role::Server, message::Options::default(), [&masked(0xc1, &hello)[..]]);
    assert_eq!(log.violation, Some(ViolationKind::ReservedBits(4).at(0)));
}

#[test]
fn broken_streams_fail_in_the_frame_where_it_shows() {
    for (payload, kind) in [
        (&[0x06][..], ViolationKind::NotDeflate), // a reserved block type
        (&[0x00, 0x05, 0x00, 0xfa, 0xfe], ViolationKind::NotDeflate), // a stored length that is not its complement
        (&[0xf2, 0x00, 0x11, 0x00, 0x00], ViolationKind::NotDeflate), // refers to before the start
        (&[0xf2, 0x48, 0xcd], ViolationKind::DeflateTruncated),       // inside a block
        (&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48], ViolationKind::DeflateTruncated), // inside a stored block
        (&[0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff], ViolationKind::DeflateTruncated), // the tail left on
    ] {
        let stream = [masked(0x81, b"fine"), text(&[payload])].concat();
        let log = decode_at_all_cuts(Limits::default(), true, &stream);
        let violation = log.violation.unwrap();
        assert_eq!((violation.kind, violation.offset), (kind, 10 + 6), "{payload:02x?}");
        assert_eq!((violation.close_code().0, violation.clause()), (1007, "RFC 7692 §7.2.2"));
    }
}

#[test]
fn text_is_validated_while_it_inflates() {
    let mut payload = Vec::new();
    Deflater::new(sending(15, true), Settings::default()).fragment(b"ok\xff and more", false, &mut payload);
    // The message is far from its end.
    let stream = masked(0x41, &payload);
    let log = decode_at_all_cuts(Limits::default(), true, &stream);
    assert_eq!(log.violation, Some(ViolationKind::TextNotUtf8.at(6)));
    assert_eq!(
        log.seen,
        [Seen::Data { kind: DataKind::Text, rsv: 4, payload: b"ok".to_vec(), first: true, last: false }]
    );

    let mut payload = Vec::new();
    Deflater::new(sending(15, true), Settings::default())
        .message("κόσμε".as_bytes().split_last().unwrap().1, &mut payload);
    let log = decode_at_all_cuts(Limits::default(), true, &text(&[&payload]));
    assert_eq!(log.violation, Some(ViolationKind::TextTruncated.at(6)));
}

#[test]
fn limits_count_inflated_octets() {
    let limits = Limits { max_frame: 100, max_message: 1000, max_fragments: 2 };
    let compressed = |len: usize| {
        let mut payload = Vec::new();
        Deflater::new(sending(15, true), Settings::default()).message(&vec![b'x'; len], &mut payload);
        payload
    };
    let log = decode_at_all_cuts(limits, true, &text(&[&compressed(1000)]));
    assert_eq!((texts(&log)[0].len(), log.violation), (1000, None));
    let log = decode_at_all_cuts(limits, true, &text(&[&compressed(1001)]));
    assert_eq!(log.violation, Some(ViolationKind::MessageTooLong.at(6)));
    assert!(matches!(&log.seen[..], [Seen::Data { payload, last: false, .. }] if payload.len() == 1000));
    let log = decode_at_all_cuts(limits, true, &text(&[b"", b"", &compressed(1)]));
    assert_eq!(log.violation, Some(ViolationKind::TooManyFragments.at(12)));
    let log = decode_at_all_cuts(limits, true, &text(&[&[0; 101]]));
    assert_eq!(log.violation, Some(ViolationKind::FrameTooLong.at(1)));
}

/// Traps that other implementations fell into.
mod traps {
    use super::*;

    /// A compressor that loops "until the output ends with the tail" stops early when the data itself ends so.
    #[test]
    fn data_that_ends_like_a_tail() {
        for len in (0..400).chain([4095, 4096, 16 * 1024, 64 * 1024 - 5, 64 * 1024]) {
            let mut data = vec![0x55; len];
            data.extend(TAIL);
            for level in [0, 1, 6, 9] {
                let settings = Settings { level, ..Settings::default() };
                let mut payload = Vec::new();
                Deflater::new(sending(15, true), settings).message(&data, &mut payload);
                let mut back = Vec::new();
                Inflater::new(sending(15, true)).message(&payload, data.len(), &mut back).unwrap();
                assert!(back == data, "{len} octets at level {level}");
            }
        }
    }

    /// An inflater that returns once all input is taken loses what it still holds back.
    #[test]
    fn little_input_much_output() {
        let data = vec![b'a'; 3_000_000];
        let mut deflater = Deflater::new(sending(15, true), Settings::default());
        let mut payload = Vec::new();
        deflater.message(&data, &mut payload);
        assert!(payload.len() < 4000);
        let log = decode(Limits::default(), true, [&text(&[&payload])[..]]);
        assert_eq!((texts(&log)[0].len(), log.violation), (data.len(), None));
    }

    /// Output that fills its room to the last octet, and the message after it.
    #[test]
    fn output_that_fills_its_room_exactly() {
        for len in [16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 32 * 1024, 48 * 1024, 64 * 1024] {
            let mut deflater = Deflater::new(sending(15, true), Settings::default());
            let data: String = (0..len).map(|i| char::from(b'a' + (i % 23) as u8)).collect();
            let mut stream = Vec::new();
            for message in [data.as_str(), "next", "", data.as_str()] {
                let mut payload = Vec::new();
                deflater.message(message.as_bytes(), &mut payload);
                stream.extend(text(&[&payload]));
            }
            let log = decode(Limits::default(), true, [&stream[..]]);
            assert_eq!(texts(&log), [data.as_str(), "next", "", data.as_str()], "{len}");
            let log = decode(Limits::default(), true, stream.chunks(1));
            assert_eq!(texts(&log), [data.as_str(), "next", "", data.as_str()], "{len} by octet");
        }
    }

    /// A final block ends the stream of the backend, not the message, and what follows may refer to what was before.
    #[test]
    fn a_final_block_is_not_the_end() {
        // "Hello" in a final block; then a stored header, then a reference to it, each as its own message and as one.
        let (hello, again) = ([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], [0xf2, 0x00, 0x11, 0x00, 0x00]);
        for (stream, want) in [
            ([text(&[&hello]), text(&[&again])].concat(), vec!["Hello", "Hello"]),
            (text(&[&[&hello[..], &again[..]].concat()]), vec!["HelloHello"]),
            (text(&[&hello, &again]), vec!["HelloHello"]),
            (text(&[&[&hello[..], &hello[..], &hello[..]].concat()]), vec!["HelloHelloHello"]),
        ] {
            let log = decode_at_all_cuts(Limits::default(), true, &stream);
            assert_eq!((texts(&log), log.violation), (want.iter().map(|s| (*s).to_owned()).collect(), None));
        }
        // Without takeover a reference to the message before is one to before the start.
        let stream = [text(&[&hello]), text(&[&again])].concat();
        let log = decode_at_all_cuts(Limits::default(), false, &stream);
        let kind = ViolationKind::ContextTakeover { sender: Role::Client, distance: 5 };
        assert_eq!(log.violation.unwrap().kind, kind);
    }

    /// What one message leaves behind must not leak into the next: a fault in one is not found in another.
    #[test]
    fn leftovers_do_not_reach_the_next_message() {
        // No octets at all instead of the octet 0: some peers send an empty message so.
        let stream = [text(&[b""]), text(&[&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]])].concat();
        let log = decode_at_all_cuts(Limits::default(), true, &stream);
        assert_eq!((texts(&log), log.violation), (vec![String::new(), "Hello".to_owned()], None));
        // A message that ends inside a block is wrong itself, even if the next would complete the block.
        let stream = [text(&[&[0xf2, 0x48, 0xcd]]), text(&[&[0xc9, 0xc9, 0x07, 0x00]])].concat();
        let log = decode_at_all_cuts(Limits::default(), true, &stream);
        assert_eq!((texts(&log).len(), log.violation.unwrap().kind), (1, ViolationKind::DeflateTruncated));
    }

    /// Windows of 256 octets, which the backend does not have: it must not look back further all the same.
    #[test]
    fn a_window_of_8_bits_is_kept() {
        let mut data = Vec::new();
        for i in 0..6000_u32 {
            data.extend_from_slice(format!("{} {}", i % 97, i * 7 % 13).as_bytes());
        }
        for level in 0..=9 {
            for bits in 8..=15 {
                for mem_level in [1, 8, 9] {
                    let settings = Settings { level, mem_level, ..Settings::default() };
                    let mut deflater = Deflater::new(sending(bits, true), settings);
                    let (mut seen, mut stream) = (Inflated::default(), Vec::new());
                    for part in data.chunks(7000) {
                        deflater.message(part, &mut stream);
                        stream.extend(TAIL);
                    }
                    inflate::inflate(&stream, &mut seen).unwrap();
                    assert!(seen.output == data, "level {level}, {bits} bits");
                    assert!(seen.distance <= 1 << bits, "{} at level {level}, {bits} bits", seen.distance);
                    assert!(
                        level < 2 || bits > 10 || seen.distance > 1 << (bits - 2),
                        "{} of {bits}",
                        seen.distance
                    );
                }
            }
        }
    }

    /// Only a whole message that would grow, and that the peer's window need not know, goes as it is.
    #[test]
    fn what_does_not_shrink_without_takeover_is_sent_as_it_is() {
        let mut random = SeededKeys::new(1);
        let noise: Vec<u8> = (0..125).flat_map(|_| random.next_key()).collect();
        for (takeover, first) in [(false, 0x82), (true, 0xc2)] {
            let agreed = Response { server_no_context_takeover: !takeover, ..Response::default() };
            let mut server = Connection::server(Options::default()).with_deflate(agreed, Settings::default());
            server.send_binary(&noise).unwrap();
            assert_eq!(server.transmit()[0], first);
        }
        let mut server = Connection::server(Options::default())
            .with_deflate(Response::default(), Settings { min_len: 10, ..Settings::default() });
        server.send_text("too short").unwrap();
        server.send_text("just right").unwrap();
        assert_eq!((server.transmit()[0], server.transmit()[11]), (0x81, 0xc1));
        assert_eq!(server.transmit()[..11], unmasked(0x81, b"too short"));
    }
}

#[test]
fn a_compressor_can_go_on_where_another_ended() {
    let data: Vec<u8> = (0..40_000_u32).flat_map(|i| (i * i % 97).to_string().into_bytes()).collect();
    for (bits, takeover) in [(8, true), (9, false), (12, true), (15, false), (15, true)] {
        let (mut stream, mut seen) = (Vec::new(), Inflated::default());
        for at in (0..data.len()).step_by(9000) {
            let mut deflater = Deflater::new(sending(bits, takeover), Settings::default());
            deflater.remember(&data[..at]);
            deflater.message(&data[at..data.len().min(at + 9000)], &mut stream);
            stream.extend(TAIL);
        }
        inflate::inflate(&stream, &mut seen).unwrap();
        assert!(seen.output == data && seen.distance <= 1 << bits, "{bits} bits");
    }
}

fn payloads() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::collection::vec(0..3_u8, 0..3000),
        ("[ab \n{}\":]{0,40}", 1..200_usize).prop_map(|(unit, times)| unit.repeat(times).into_bytes()),
        (any::<u64>(), 0..70_000_usize).prop_map(|(mut seed, len)| (0..len)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 60) as u8
            })
            .collect()),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    (0..=9_u8, 1..=9_u8, 0..50_usize).prop_map(|(level, mem_level, min_len)| Settings {
        level,
        mem_level,
        min_len,
    })
}

fn offer() -> impl Strategy<Value = Offer> {
    (any::<bool>(), any::<bool>(), 7..=15_u8, 6..=15_u8).prop_map(
        |(server, client, server_bits, client_bits)| Offer {
            server_no_context_takeover: server,
            client_no_context_takeover: client,
            server_max_window_bits: WindowBits::new(server_bits),
            client_max_window_bits: (client_bits > 6).then_some(WindowBits::new(client_bits)),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 256 }))]

    /// Messages, whole or in fragments, through two endpoints with any agreement, by any cut.
    #[test]
    fn endpoints_understand_each_other(
        messages in proptest::collection::vec((payloads(), proptest::collection::vec(any::<prop::sample::Index>(), 0..4)), 1..6),
        offer in offer(),
        (client_settings, server_settings) in (settings(), settings()),
        chop in prop_oneof![1..20_usize, 1000..100_000_usize],
    ) {
        let agreed = Policy::default().answer_to(&offer);
        let mut client = Connection::client(Options::default(), SeededKeys::new(3)).with_deflate(agreed, client_settings);
        let mut server = Connection::new(Role::Server, Options::default(), SeededKeys::new(0)).with_deflate(agreed, server_settings);
        for end in [true, false] {
            let (from, to) = if end { (&mut client, &mut server) } else { (&mut server, &mut client) };
            for (payload, cuts) in &messages {
                if cuts.is_empty() {
                    from.send_binary(payload).unwrap();
                } else {
                    let pieces = cut(payload, cuts.iter().map(|at| at.index(payload.len() + 1)).collect());
                    let last = pieces.len() - 1;
                    for (i, piece) in pieces.into_iter().enumerate() {
                        from.send_fragment(DataKind::Binary, piece, i == last).unwrap();
                    }
                }
            }
            let mut wire = from.transmit().to_vec();
            from.advance(wire.len());
            let mut log = Log::default();
            for piece in wire.chunks_mut(chop) {
                let mut incoming = to.receive(piece);
                while let Some(event) = incoming.next_event().unwrap() {
                    log.push(&event);
                }
            }
            let got: Vec<&Vec<u8>> = log.seen.iter().map(|seen| match seen {
                Seen::Data { payload, last: true, .. } => payload,
                other => panic!("{other:?}"),
            }).collect();
            prop_assert!(got.into_iter().eq(messages.iter().map(|(payload, _)| payload)));
        }
    }

    /// What the compressor writes zlib reads, and so does the obvious inflater; it keeps to its window.
    #[test]
    fn zlib_reads_what_is_written(
        messages in proptest::collection::vec(payloads(), 1..4),
        bits in 8..=15_u8,
        settings in settings(),
    ) {
        let mut deflater = Deflater::new(sending(bits, true), settings);
        let (mut seen, mut stream) = (Inflated::default(), Vec::new());
        for message in &messages {
            deflater.message(message, &mut stream);
            stream.extend(TAIL);
        }
        let want = messages.concat();
        let mut zlib = DeflateDecoder::new(Vec::new());
        zlib.write_all(&stream).unwrap();
        zlib.flush().unwrap();
        prop_assert!(zlib.get_ref() == &want);
        inflate::inflate(&stream, &mut seen).unwrap();
        prop_assert!(seen.output == want);
        prop_assert!(seen.distance <= 1 << bits, "{} of {bits} bits", seen.distance);
    }

    /// What zlib writes is read: by any level, flush and cut, also with final blocks.
    #[test]
    fn what_zlib_writes_is_read(
        messages in proptest::collection::vec(payloads(), 1..5),
        level in 0..=9_u32,
        (takeover, finish) in (any::<bool>(), any::<bool>()),
        chop in prop_oneof![1..20_usize, 1000..100_000_usize],
    ) {
        let mut zlib = Compress::new(Compression::new(level), false);
        let mut stream = Vec::new();
        for message in &messages {
            if !takeover || finish {
                zlib.reset();
            }
            let mut payload = Vec::with_capacity(message.len() + message.len() / 8 + 64);
            let flush = if finish { FlushCompress::Finish } else { FlushCompress::Sync };
            zlib.compress_vec(message, &mut payload, flush).unwrap();
            // After a final block the sender may add the empty block or not.
            let payload = if finish { &payload[..] } else { payload.strip_suffix(&TAIL).unwrap_or(&[0]) };
            stream.extend(masked(0xc2, payload));
        }
        let limits = Limits { max_frame: u64::MAX, ..Limits::default() };
        let log = decode(limits, takeover, stream.chunks(chop));
        prop_assert_eq!(log.violation, None);
        let got: Vec<&Vec<u8>> = log.seen.iter().map(|seen| match seen {
            Seen::Data { payload, last: true, .. } => payload,
            other => panic!("{other:?}"),
        }).collect();
        prop_assert!(got.into_iter().eq(messages.iter()));
    }

    /// Any octets: no panic, the same end however they are cut, and the inflater never says more than the obvious one.
    #[test]
    fn noise_is_read_the_same_by_any_cut(
        payload in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff), 0..8_u8], 0..60),
        takeover in any::<bool>(),
    ) {
        let stream = [masked(0xc2, &payload), masked(0xc2, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00])].concat();
        let want = decode(Limits::default(), takeover, [&stream[..]]);
        prop_assert_eq!(&decode(Limits::default(), takeover, stream.chunks(1)), &want);
        prop_assert_eq!(&decode(Limits::default(), takeover, stream.chunks(7)), &want);
        let mut seen = Inflated::default();
        let judged = inflate::inflate(&[&payload[..], &TAIL].concat(), &mut seen);
        if let Some(Seen::Data { payload: got, last, .. }) = want.seen.first() {
            prop_assert!(got.is_empty() || seen.output.starts_with(got), "{got:02x?} and {:02x?}", seen.output);
            if *last && !payload.is_empty() && judged.is_some() {
                prop_assert_eq!(got, &seen.output);
            }
        }
    }
}
