//! How far back compressed messages may refer: to the octet, with each window, and the same however the stream is cut.
#![cfg(feature = "deflate")]

mod support;

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;
use support::inflate::{self, Inflated};
use support::planted::Bits;
use support::seen::{Log, Seen, cut};
use support::wire::masked;
use wsproof_core::connection::{Connection, Options};
use wsproof_core::deflate::{
    Deflater, InflateError, Inflater, Response, Sending, Settings, TooFarBack, WindowBits,
};
use wsproof_core::message::{self, Event, MessageDecoder};
use wsproof_core::{Role, Violation, ViolationKind};

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

fn sending(bits: u8, takeover: bool) -> Sending {
    Sending { window: WindowBits::new(bits).unwrap(), takeover }
}

/// What a message says, and what of it was forbidden: the sender is read on.
type Read = Result<(Vec<u8>, Vec<TooFarBack>), InflateError>;

/// Inflates a message that is handed over in pieces of so many octets.
fn read(inflater: &mut Inflater, payload: &[u8], chop: usize) -> Read {
    let (mut text, mut faults) = (Vec::new(), Vec::new());
    let mut pieces = payload.chunks(chop);
    let mut piece = pieces.next().unwrap_or_default();
    loop {
        let ends = piece.is_empty() && pieces.len() == 0;
        let step = if ends { inflater.finish() } else { inflater.inflate(&mut piece) };
        text.extend_from_slice(inflater.output());
        match step {
            Ok(0) if ends => return Ok((text, faults)),
            Ok(0) if piece.is_empty() => piece = pieces.next().unwrap_or_default(),
            Ok(_) => {}
            Err(InflateError::TooFarBack(fault)) => {
                // What came out is what was before it.
                assert_eq!(fault.octet(), text.len() as u64);
                faults.push(fault);
            }
            Err(error) => return Err(error),
        }
    }
}

/// The first fault in each message, as the obvious inflater finds it; each with what the message says.
fn judge(messages: &[Vec<u8>], agreed: Sending) -> Option<Vec<(Vec<u8>, Option<TooFarBack>)>> {
    let mut seen = Inflated::default();
    let mut judged = Vec::new();
    for payload in messages {
        let (start, known) = (seen.output.len(), seen.references.len());
        // Behind a final block there need not be one whose end the sender cut off.
        let before = seen.clone();
        if inflate::inflate(&[&payload[..], &TAIL].concat(), &mut seen).is_none() {
            seen = before;
            inflate::inflate(payload, &mut seen)?;
        }
        let fault = seen.references[known..].iter().find_map(|&(at, distance)| {
            let octet = (at - start) as u64;
            let (far, window) = (distance as u16, agreed.window);
            if !agreed.takeover && distance > at - start {
                return Some(TooFarBack::Message { distance: far, octet });
            }
            (distance > window.octets()).then_some(TooFarBack::Window { window, distance: far, octet })
        });
        judged.push((seen.output[start..].to_vec(), fault));
    }
    Some(judged)
}

/// Octets that are not repeated for a long time, each below 144.
fn varied(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x7f
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// What a server makes of messages, cut so, of a client that agreed to this.
fn decode(messages: &[Vec<u8>], agreed: Sending, cuts: Vec<usize>) -> Log {
    let wire: Vec<u8> = messages.iter().flat_map(|payload| masked(0xc2, payload)).collect();
    let mut decoder = MessageDecoder::new(Role::Server, message::Options::default())
        .with_inflater(Inflater::new(agreed).with_window_check(true));
    let mut log = Log::default();
    for piece in cut(&wire, cuts) {
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

#[test]
fn a_window_is_kept_to_the_octet() {
    for bits in 8..=15_u8 {
        let window = WindowBits::new(bits).unwrap();
        let size = window.octets();
        let text = varied(size + 1);
        for distance in
            [1, 2, 255, 256, 257, size - 1, size, size + 1].into_iter().filter(|far| *far <= 32_768)
        {
            let right = distance <= size;
            let fault = |octet| TooFarBack::Window { window, distance: distance as u16, octet };
            // In one message, and in a second one. The text of the first is on both sides of what is told.
            let one = vec![Bits::default().stored(&text).reference(b"", distance).message()];
            let two = vec![
                Bits::default().stored(&text[..size]).message(),
                Bits::default().reference(&text[size..], distance).message(),
            ];
            for (messages, octet) in [(one, size + 1), (two, 1)] {
                let mut whole = text.clone();
                for at in 0..3 {
                    whole.push(whole[size + 1 + at - distance]);
                }
                whole.push(b'!');
                for chop in [1, 2, 7, 64, 1 << 16] {
                    let mut inflater = Inflater::new(sending(bits, true));
                    let mut got = (Vec::new(), Vec::new());
                    for payload in &messages {
                        let (text, faults) = read(&mut inflater, payload, chop).unwrap();
                        got.0.extend(text);
                        got.1.extend(faults);
                    }
                    assert!(got.0 == whole, "{distance} octets back with {bits} bits");
                    let want = if right { vec![] } else { vec![fault(octet as u64)] };
                    assert_eq!(got.1, want, "{distance} octets back with {bits} bits");
                    // Who does not want to know.
                    let mut inflater = Inflater::new(sending(bits, true)).with_window_check(false);
                    for payload in &messages {
                        assert_eq!(read(&mut inflater, payload, chop).unwrap().1, []);
                    }
                }
            }
        }
    }
}

#[test]
fn a_decoder_fails_at_the_reference_however_the_stream_is_cut() {
    let first = Bits::default().stored(&varied(600)).message();
    let second = Bits::default().reference(b"ok", 513).message();
    let messages = [first, second];
    let (header, begin) = (8, messages[0].len() + 8 + 6);
    let kind = ViolationKind::WindowExceeded { sender: Role::Client, bits: 9, distance: 513 };
    let want = decode(&messages, sending(9, true), vec![]);
    assert_eq!(want.violation, Some(kind.at(begin as u64)));
    let [_, Seen::Data { payload, last: false, .. }] = &want.seen[..] else { panic!("{want:?}") };
    assert_eq!(payload, b"ok");
    let end = begin + messages[1].len();
    for at in header..=end {
        assert_eq!(decode(&messages, sending(9, true), vec![at]), want, "cut at {at}");
        assert_eq!(
            decode(&messages, sending(9, true), vec![at, end - 3, end - 2, end - 1]),
            want,
            "cut at {at}"
        );
    }
    assert_eq!(decode(&messages, sending(9, true), (0..end).collect()), want, "by octet");
    assert_eq!(decode(&messages, sending(10, true), vec![]).violation, None);
    let violation = want.violation.unwrap();
    assert_eq!((violation.close_code().0, violation.clause()), (1002, "RFC 7692 §7.1.2.2"));
}

#[test]
fn an_endpoint_looks_at_the_window_of_its_peer_alone() {
    let second = Bits::default().reference(b"", 300).message();
    let first = Bits::default().stored(&varied(300)).message();
    let run = |agreed: Response, check: Option<bool>| -> Option<Violation> {
        let mut server = Connection::server(Options::default()).with_deflate(agreed, Settings::default());
        if let Some(check) = check {
            server = server.with_window_check(check);
        }
        for payload in [&first, &second] {
            let mut wire = masked(0xc2, payload);
            let mut incoming = server.receive(&mut wire);
            while let Ok(Some(event)) = incoming.next_event() {
                assert!(matches!(event, Event::Data(_)));
            }
        }
        server.violation()
    };
    let bits = WindowBits::new(8);
    let narrow = Response { client_max_window_bits: bits, ..Response::default() };
    let kind = run(narrow, None).unwrap().kind;
    assert_eq!(kind, ViolationKind::WindowExceeded { sender: Role::Client, bits: 8, distance: 300 });
    assert_eq!(run(narrow, Some(true)).unwrap().kind, kind);
    assert_eq!(run(narrow, Some(false)), None);
    let wide = Response { server_max_window_bits: bits, ..Response::default() };
    assert_eq!((run(wide, None), run(wide, Some(true))), (None, None));

    // Without context takeover the cause is named, whether or not each distance is looked at.
    let fresh = Response { client_no_context_takeover: true, ..Response::default() };
    for (agreed, check) in [
        (fresh, None),
        (fresh, Some(false)),
        (fresh, Some(true)),
        (Response { client_max_window_bits: bits, ..fresh }, None),
        (Response { client_max_window_bits: bits, ..fresh }, Some(false)),
    ] {
        let violation = run(agreed, check).unwrap();
        assert_eq!(violation.kind, ViolationKind::ContextTakeover { sender: Role::Client, distance: 300 });
        assert_eq!((violation.close_code().0, violation.clause()), (1002, "RFC 7692 §7.1.1.2"));
    }
}

/// What reaches to before all messages was never there: that is no DEFLATE data, whatever was agreed.
#[test]
fn before_the_first_message_there_is_nothing_to_refer_to() {
    for (takeover, check) in [(true, true), (true, false), (false, true), (false, false)] {
        for bits in [9, 15] {
            let inflater = || Inflater::new(sending(bits, takeover)).with_window_check(check);
            let payload = Bits::default().reference(b"abc", 4).message();
            assert_eq!(read(&mut inflater(), &payload, 1), Err(InflateError::Invalid));
            assert_eq!(read(&mut inflater(), &payload, 100), Err(InflateError::Invalid));
        }
    }
    // But it is known to be further than over the window.
    let payload = Bits::default().reference(b"abc", 600).message();
    let mut inflater = Inflater::new(sending(9, true));
    let fault = TooFarBack::Window { window: WindowBits::new(9).unwrap(), distance: 600, octet: 3 };
    assert_eq!(inflater.message(&payload, 100, &mut Vec::new()), Err(InflateError::TooFarBack(fault)));
    // There is nothing to go on with.
    assert_eq!(inflater.inflate(&mut &payload[..]), Err(InflateError::Invalid));
}

#[test]
fn each_message_without_takeover_is_judged_by_itself() {
    let text = varied(300);
    let messages = [
        Bits::default().stored(&text).message(),
        Bits::default().stored(&text[..2]).reference(b"", 2).message(),
        Bits::default().stored(&text[..2]).reference(b"", 3).message(),
        Bits::default().reference(b"ab", 2).message(),
        Bits::default().reference(b"ab", 310).message(),
    ];
    for bits in [9, 15] {
        let mut inflater = Inflater::new(sending(bits, false)).with_window_check(true);
        let mut faults = Vec::new();
        for payload in &messages {
            faults.push(read(&mut inflater, payload, 3).unwrap().1);
        }
        let fault = |distance| vec![TooFarBack::Message { distance, octet: 2 }];
        assert_eq!(faults, [vec![], vec![], fault(3), vec![], fault(310)]);
    }
}

/// zlib with a window of so many bits.
fn zlib(level: u32, bits: u8) -> Compress {
    Compress::new_with_window_bits(Compression::new(level), false, bits)
}

/// Compresses as RFC 7692 §7.2.1 has it; with a final block, as a sender may.
fn compress(zlib: &mut Compress, message: &[u8], finish: bool) -> Vec<u8> {
    let mut payload = Vec::with_capacity(message.len() + message.len() / 8 + 64);
    let flush = if finish { FlushCompress::Finish } else { FlushCompress::Sync };
    zlib.compress_vec(message, &mut payload, flush).unwrap();
    if finish {
        zlib.reset();
        return payload;
    }
    payload.strip_suffix(&TAIL).map_or_else(|| vec![0], <[u8]>::to_vec)
}

/// Text that refers back at all distances.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        proptest::collection::vec(0..4_u8, 0..3000),
        (any::<u64>(), 1..900_usize, 0..60_000_usize).prop_map(|(mut seed, words, len)| {
            let mut next = move || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) as usize
            };
            let mut text = Vec::new();
            while text.len() < len {
                text.extend_from_slice(format!("{:x} ", (next() % words) * 2_654_435_761).as_bytes());
            }
            text
        }),
        (proptest::collection::vec(any::<u8>(), 1..40_000), 2..4_usize)
            .prop_map(|(unit, times)| unit.repeat(times)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 192 }))]

    /// What zlib writes with any window is judged by any other as the obvious inflater does, and is understood to its end.
    #[test]
    fn what_zlib_writes_is_judged_exactly(
        texts in proptest::collection::vec((texts(), any::<bool>()), 1..5),
        (level, written) in (0..=9_u32, 9..=15_u8),
        (agreed, takeover, kept) in (8..=15_u8, any::<bool>(), any::<bool>()),
        chop in prop_oneof![1..20_usize, 1000..100_000_usize],
    ) {
        let mut zlib = zlib(level, written);
        let messages: Vec<Vec<u8>> = texts.iter().map(|(text, finish)| {
            if !kept {
                zlib.reset();
            }
            compress(&mut zlib, text, *finish)
        }).collect();
        let agreed = sending(agreed, takeover);
        let judged = judge(&messages, agreed).unwrap();
        let mut inflater = Inflater::new(agreed).with_window_check(true);
        for ((payload, (text, _)), (said, fault)) in messages.iter().zip(&texts).zip(&judged) {
            prop_assert!(said == text);
            let (got, faults) = read(&mut inflater, payload, chop).unwrap();
            prop_assert!(&got == text);
            prop_assert_eq!(&faults[..], fault.as_slice());
        }
        // The window and takeover that it was written with are kept.
        let mut inflater = Inflater::new(sending(written, kept)).with_window_check(true);
        for payload in &messages {
            prop_assert_eq!(read(&mut inflater, payload, chop).unwrap().1, []);
        }
        // A kept context is found where distances are not looked at, too.
        if !takeover && agreed.window == WindowBits::MAX {
            let mut inflater = Inflater::new(agreed);
            for (payload, (said, fault)) in messages.iter().zip(&judged) {
                let got = inflater.message(payload, said.len(), &mut Vec::new());
                prop_assert_eq!(got, fault.map_or(Ok(()), |fault| Err(InflateError::TooFarBack(fault))));
                if fault.is_some() {
                    break;
                }
            }
        }
    }

    /// What we write keeps to what was agreed.
    #[test]
    fn what_is_written_is_within_the_window(
        texts in proptest::collection::vec(texts(), 1..4),
        (bits, takeover, level, mem_level) in (8..=15_u8, any::<bool>(), 0..=9_u8, 1..=9_u8),
        chop in prop_oneof![1..20_usize, 1000..100_000_usize],
    ) {
        let mut deflater = Deflater::new(sending(bits, takeover), Settings { level, mem_level, min_len: 0 });
        let mut inflater = Inflater::new(sending(bits, takeover)).with_window_check(true);
        for text in &texts {
            let mut payload = Vec::new();
            deflater.message(text, &mut payload);
            prop_assert_eq!(read(&mut inflater, &payload, chop), Ok((text.clone(), vec![])));
        }
    }

    /// Planted anywhere: a reference is told at its octet by any cut, and the decoder says nothing behind it.
    #[test]
    fn a_planted_distance_is_told(
        (before, literals) in (0..40_000_usize, 0..600_usize),
        (distance, bits) in (1..=32_768_usize, 8..=15_u8),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let text = varied(before + literals);
        let messages = [
            Bits::default().stored(&text[..before]).message(),
            Bits::default().reference(&text[before..], distance.min(text.len().max(1))).message(),
        ];
        let agreed = sending(bits, true);
        let judged = judge(&messages, agreed);
        let len: usize = messages.iter().map(|payload| masked(0xc2, payload).len()).sum();
        let log = decode(&messages, agreed, cuts.iter().map(|at| at.index(len + 1)).collect());
        match judged {
            None => prop_assert!(log.violation.is_some()),
            Some(judged) => {
                let fault = judged[1].1;
                prop_assert_eq!(log.violation.map(|violation| violation.kind), fault.map(|fault| fault.violation(Role::Client)));
                let seen: usize = log.seen.iter().map(|seen| match seen {
                    Seen::Data { payload, .. } => payload.len(),
                    other => panic!("{other:?}"),
                }).sum();
                let want = fault.map_or(text.len() + 4, |_| text.len());
                prop_assert_eq!(seen, want);
            }
        }
    }

    /// Any octets: the obvious inflater finds the same.
    #[test]
    fn noise_is_judged_as_the_obvious_inflater_does(
        noise in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff), 0..8_u8], 0..80),
        (text, keep) in (0..2000_usize, any::<prop::sample::Index>()),
        (bits, takeover) in (8..=15_u8, any::<bool>()),
        chop in prop_oneof![1..20_usize, Just(1000)],
    ) {
        // A message that is right, and one that goes on where it ended: of zlib's own, spoilt somewhere.
        let agreed = sending(bits, takeover);
        let mut zlib = zlib(6, 15);
        let first = compress(&mut zlib, &varied(text), false);
        let mut second = compress(&mut zlib, &varied(text).iter().rev().chain(&varied(text)).copied().collect::<Vec<_>>(), false);
        second.truncate(keep.index(second.len() + 1));
        second.extend_from_slice(&noise);
        let messages = [first, second];
        let mut checked = Inflater::new(agreed).with_window_check(true);
        let mut plain = Inflater::new(sending(15, true));
        read(&mut checked, &messages[0], chop).unwrap();
        read(&mut plain, &messages[0], chop).unwrap();
        let (got, known) = (read(&mut checked, &messages[1], chop), read(&mut plain, &messages[1], chop));
        // What the inflater itself says of it is the same with and without a look at distances.
        prop_assert_eq!(got.as_ref().map(|(text, _)| text), known.as_ref().map(|(text, _)| text));
        if let (Some(judged), Ok((_, faults))) = (judge(&messages, agreed), &got)
            && !messages[1].is_empty()
        {
            prop_assert_eq!(&faults[..], judged[1].1.as_slice());
        }
    }
}
