//! What answers what.

use wsproof_inspect::{Options, read, round_trip};

/// The other row, and whether the row is the answer.
fn trips(hex: &str, count: usize) -> Vec<Option<(usize, bool)>> {
    let capture = read(hex.as_bytes(), &Options::default()).unwrap();
    let connection = &capture.connections[0];
    assert_eq!(connection.frames.len(), count);
    (0..count).map(|row| round_trip::of(connection, row).map(|trip| (trip.other, trip.is_answer))).collect()
}

#[test]
fn a_log_of_both_ends() {
    let capture = read(include_bytes!("captures/netlog.json"), &Options::default()).unwrap();
    let connection = &capture.connections[0];
    let trip = |row| round_trip::of(connection, row).map(|trip| (trip.other, trip.is_answer, trip.us));
    let opcode = |opcode| connection.frames.iter().position(|frame| frame.opcode == opcode).unwrap();
    let (ping, pong, close) = (opcode(9), opcode(10), opcode(8));
    assert_eq!(trip(pong), Some((ping, true, Some(0))));
    assert_eq!(trip(ping), Some((pong, false, Some(0))));
    assert_eq!(trip(close), Some((close + 1, false, Some(0))));
    assert_eq!(trip(close + 1), Some((close, true, Some(0))));
    assert_eq!((trip(0), trip(9_999)), (None, None));
}

#[test]
fn one_end_alone_answers_nothing() {
    assert_eq!(trips("89 01 61  8a 01 61  88 00", 3), [None, None, None]);
}
