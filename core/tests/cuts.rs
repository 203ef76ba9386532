//! However a stream is cut, it says the same, and the same as the slow model says.

mod support;

use proptest::prelude::*;
use support::seen::{Log, cut, decode};
use support::{model, wire};
use wsproof_core::message::{Limits, Options};
use wsproof_core::{Role, ViolationKind};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

fn options() -> [Options; 3] {
    let tight = Limits { max_frame: 150, max_message: 180, max_fragments: 3 };
    [
        Options::default(),
        Options { limits: tight, allowed_rsv: 0 },
        Options { limits: Limits::NONE, allowed_rsv: 4 },
    ]
}

/// Byte by byte, whole, and at every pair of places for short streams (at every single place for long ones).
fn check_all_cuts(receiver: Role, options: Options, stream: &[u8]) -> Log {
    let want = model::decode(receiver, options, stream);
    assert_eq!(decode(receiver, options, [stream]), want, "whole {stream:02x?}");
    assert_eq!(decode(receiver, options, stream.chunks(1)), want, "by octet {stream:02x?}");
    let step = if cfg!(miri) { 17 } else { 1 };
    for first in (0..=stream.len()).step_by(step) {
        let seconds = if stream.len() <= 80 { first..stream.len() + 1 } else { first..first + 1 };
        for second in seconds.step_by(step) {
            let pieces = cut(stream, vec![first, second]);
            assert_eq!(decode(receiver, options, pieces), want, "cut at {first}, {second} of {stream:02x?}");
        }
    }
    want
}

#[test]
fn vectors_at_every_cut() {
    let mut kinds = Vec::new();
    for stream in wire::vectors() {
        for options in options() {
            let log = check_all_cuts(Role::Server, options, &stream);
            kinds.extend(log.violation.map(|violation| std::mem::discriminant(&violation.kind)));
        }
    }
    kinds.extend(
        check_all_cuts(Role::Client, Options::default(), &wire::masked(0x81, b"a"))
            .violation
            .map(|violation| std::mem::discriminant(&violation.kind)),
    );
    let many =
        [wire::masked(2, b""), wire::masked(0, b""), wire::masked(0, b""), wire::masked(0, b"")].concat();
    let log = check_all_cuts(Role::Server, options()[1], &many);
    assert_eq!(log.violation, Some(ViolationKind::TooManyFragments.at(18)));
    kinds.extend(log.violation.map(|violation| std::mem::discriminant(&violation.kind)));
    let two = [wire::masked(2, &[0; 100]), wire::masked(0x80, &[0; 81])].concat();
    let log = check_all_cuts(Role::Server, options()[1], &two);
    assert_eq!(log.violation, Some(ViolationKind::MessageTooLong.at(107)));
    kinds.extend(log.violation.map(|violation| std::mem::discriminant(&violation.kind)));
    let mut distinct = Vec::new();
    for kind in kinds {
        if !distinct.contains(&kind) {
            distinct.push(kind);
        }
    }
    // All the kinds there are: a new one needs a vector.
    assert_eq!(distinct.len(), 18);
}

#[test]
fn exact_offsets() {
    let offset =
        |stream: &[u8]| model::decode(Role::Server, Options::default(), stream).violation.unwrap().offset;
    // The second octet of the character, six of header and twelve of text before it.
    assert_eq!(offset(&wire::masked(0x81, b"fine so far \xf4\x90\x80\x80")), 6 + 12 + 1);
    assert_eq!(offset(&[wire::masked(0x01, b"ab\xed"), wire::masked(0x80, b"\xa0")].concat()), 9 + 6);
    assert_eq!(offset(&[wire::masked(0x01, b"ab\xe2"), wire::masked(0x80, b"")].concat()), 9 + 6);
}

#[test]
fn bad_text_is_refused_while_its_frame_is_still_arriving() {
    let stream = wire::masked(0x81, b"ok\xff and a long rest that never comes");
    let log = decode(Role::Server, Options::default(), [&stream[..6 + 3]]);
    assert_eq!(log.violation, Some(ViolationKind::TextNotUtf8.at(8)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 2000 }))]

    #[test]
    fn any_stream_by_any_cut_equals_the_model(
        (role, stream) in prop::sample::select(&ROLES).prop_flat_map(|role| (Just(role), wire::stream(role))),
        options in prop::sample::select(options().to_vec()),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let want = model::decode(role, options, &stream);
        prop_assert_eq!(&decode(role, options, [&stream[..]]), &want);
        prop_assert_eq!(&decode(role, options, stream.chunks(1)), &want);
        let places = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        prop_assert_eq!(&decode(role, options, cut(&stream, places)), &want);
    }
}
