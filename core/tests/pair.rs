//! Both ends of a connection against each other, on given time (RFC 6455 §5.5, §7).

mod support;

use support::pair::Pair;
use support::seen::Seen;
use wsproof_core::ViolationKind;
use wsproof_core::close::{CloseCode, ClosePayload};
use wsproof_core::connection::{Connection, NoKeys, Options, SendError, State, TcpAction};
use wsproof_core::message::{DataKind, Limits};

const BYE: ClosePayload<'static> = ClosePayload::new(CloseCode::NORMAL, "bye");

fn pair() -> Pair {
    Pair::new(Options::default(), Options::default())
}

#[test]
fn messages_both_ways_at_any_chop() {
    for chop in [1, 2, 7, 4096] {
        let mut pair = pair();
        pair.chop = chop;
        let long = "κόσμε ".repeat(20_000 / if cfg!(miri) { 100 } else { 1 });
        pair.client.connection.send_text(&long).unwrap();
        pair.server.connection.send_binary(&[1, 2, 3]).unwrap();
        pair.settle();
        let got = &pair.server.log.seen;
        assert!(matches!(&got[..], [Seen::Data { payload, last: true, .. }] if payload == long.as_bytes()));
        let want =
            Seen::Data { kind: DataKind::Binary, rsv: 0, payload: vec![1, 2, 3], first: true, last: true };
        assert_eq!(pair.client.log.seen, [want]);
        assert_eq!(pair.now, pair.latency);
    }
}

#[test]
fn a_clean_close_by_the_client() {
    let mut pair = pair();
    pair.client.connection.close(BYE).unwrap();
    assert_eq!(pair.client.connection.state(), State::CloseSent);
    assert_eq!(pair.client.connection.send_text("late"), Err(SendError::NotOpen));
    assert_eq!(pair.client.connection.close(BYE), Err(SendError::NotOpen));
    pair.settle();
    for end in [&pair.client, &pair.server] {
        assert!(end.connection.was_clean());
        assert_eq!(end.connection.close_code(), Some(CloseCode::NORMAL));
    }
    // The server closes TCP as it answers; the client once it sees that.
    assert_eq!((pair.server.closed_at, pair.client.closed_at), (Some(5), Some(10)));
    assert_eq!(pair.server.log.seen, [Seen::Close(Some(1000), "bye".into())]);
    assert_eq!(pair.client.log.seen, [Seen::Close(Some(1000), String::new())]);
}

#[test]
fn a_clean_close_by_the_server_and_by_both_at_once() {
    let mut pair = pair();
    pair.server.connection.close(ClosePayload::default()).unwrap();
    pair.settle();
    assert_eq!(pair.client.connection.close_code(), Some(CloseCode::NO_STATUS));
    assert!(pair.client.connection.was_clean() && pair.server.connection.was_clean());

    let mut pair = self::pair();
    pair.server.connection.close(BYE).unwrap();
    pair.client.connection.close(BYE).unwrap();
    pair.settle();
    assert!(pair.client.connection.was_clean() && pair.server.connection.was_clean());
    assert!(pair.client.closed_at.is_some() && pair.server.closed_at.is_some());
}

#[test]
fn data_still_comes_after_our_close() {
    let mut pair = pair();
    pair.server.connection.send_text("on its way").unwrap();
    pair.client.connection.close(BYE).unwrap();
    pair.settle();
    assert_eq!(pair.client.log.seen.len(), 2);
    assert!(pair.client.connection.was_clean());
}

#[test]
fn without_auto_close_the_application_answers() {
    let mut pair = Pair::new(Options::default(), Options { auto_close: false, ..Options::default() });
    pair.client.connection.close(BYE).unwrap();
    pair.settle();
    assert_eq!(pair.server.connection.state(), State::CloseReceived);
    assert_eq!(pair.server.connection.tcp_action(), TcpAction::Keep);
    // Only our own Close ends what we may send (§5.5.1).
    pair.server.connection.send_text("one more").unwrap();
    pair.server.connection.close(BYE).unwrap();
    assert_eq!(pair.server.connection.state(), State::Closed);
    assert_eq!(pair.server.connection.send_text("no"), Err(SendError::NotOpen));
    pair.settle();
    assert!(pair.client.connection.was_clean());
    assert!(matches!(&pair.client.log.seen[..], [Seen::Data { .. }, Seen::Close(Some(1000), _)]));
}

/// A server that was told `wire` in one read, as events and as a call for each.
fn server_after(wire: &[u8], options: Options) -> [Connection<NoKeys>; 2] {
    let mut lent = Connection::server(options);
    let mut scratch = wire.to_vec();
    let mut incoming = lent.receive(&mut scratch);
    while let Ok(Some(_)) = incoming.next_event() {}
    let mut shared = Connection::server(options);
    let _ = shared.receive_shared(wire, &mut Vec::new(), |_| Ok::<(), wsproof_core::Violation>(()));
    [lent, shared]
}

fn request_and(more: &[u8]) -> Vec<u8> {
    [&support::wire::masked(0x81, b"request")[..], more].concat()
}

#[test]
fn a_request_and_a_close_in_one_read_are_both_answered() {
    let wire = request_and(&support::wire::masked(0x88, b"\x03\xe8bye"));
    for mut server in server_after(&wire, Options::default()) {
        assert_eq!((server.state(), server.tcp_action()), (State::CloseReceived, TcpAction::Keep));
        server.send_text("reply").unwrap();
        assert_eq!(server.transmit(), b"\x81\x05reply\x88\x02\x03\xe8");
        assert_eq!(server.send_text("late"), Err(SendError::NotOpen));
        assert_eq!(server.close(BYE), Err(SendError::NotOpen));
        assert_eq!((server.state(), server.tcp_action()), (State::Closed, TcpAction::Keep));
        server.advance(usize::MAX);
        assert!(server.transmit().is_empty() && server.was_clean());
        assert_eq!(server.tcp_action(), TcpAction::Close);
    }
    // A Close without a code is answered by one without.
    for mut server in server_after(&support::wire::masked(0x88, b""), Options::default()) {
        assert_eq!(server.transmit(), b"\x88\x00");
    }
}

#[test]
fn a_close_of_ones_own_takes_the_place_of_the_automatic_one() {
    for mut server in server_after(&support::wire::masked(0x88, b"\x03\xe8"), Options::default()) {
        server.close(ClosePayload::new(CloseCode::GOING_AWAY, "")).unwrap();
        assert_eq!(server.transmit(), b"\x88\x02\x03\xe9");
        assert!(server.was_clean());
    }
}

#[test]
fn what_came_before_a_violation_can_be_answered() {
    for auto_close in [true, false] {
        let options = Options { auto_close, ..Options::default() };
        for mut server in server_after(&request_and(b"\xff\xff"), options) {
            assert_eq!(server.state(), State::Failed);
            server.send_text("reply").unwrap();
            if !auto_close {
                assert_eq!(server.transmit(), b"\x81\x05reply");
                server.close(ClosePayload::new(CloseCode::PROTOCOL_ERROR, "no")).unwrap();
            }
            let reason = if auto_close { &b"\x88\x02\x03\xea"[..] } else { b"\x88\x04\x03\xeano" };
            assert_eq!(server.transmit(), [b"\x81\x05reply", reason].concat());
            assert_eq!(server.send_ping(b""), Err(SendError::NotOpen));
            assert_eq!(server.close(BYE), Err(SendError::NotOpen));
            assert_eq!((server.state(), server.tcp_action()), (State::Failed, TcpAction::Keep));
            server.advance(usize::MAX);
            assert_eq!(server.tcp_action(), TcpAction::Close);
            assert_eq!(server.close_code(), Some(CloseCode::ABNORMAL));
        }
    }
}

#[test]
fn a_violation_after_our_close_is_not_answered() {
    let mut server = Connection::server(Options::default());
    server.close(BYE).unwrap();
    server.advance(usize::MAX);
    assert!(server.receive(&mut [0xff, 0xff]).next_event().is_err());
    assert!(server.transmit().is_empty());
    assert_eq!(server.close(BYE), Err(SendError::NotOpen));
    assert_eq!(server.tcp_action(), TcpAction::Close);
}

#[test]
fn pings_are_answered_or_left_to_the_application() {
    let mut pair = Pair::new(Options::default(), Options { auto_pong: false, ..Options::default() });
    pair.server.connection.send_ping(b"1").unwrap();
    pair.client.connection.send_ping(b"2").unwrap();
    pair.settle();
    assert_eq!(pair.server.log.seen, [Seen::Ping(b"2".into()), Seen::Pong(b"1".into())]);
    assert_eq!(pair.client.log.seen, [Seen::Ping(b"1".into())]);
    pair.server.connection.send_pong(b"2").unwrap();
    pair.settle();
    assert_eq!(pair.client.log.seen[1], Seen::Pong(b"2".into()));
    assert_eq!(pair.client.connection.send_ping(&[0; 126]), Err(SendError::ControlTooLong));
}

#[test]
fn a_flood_of_pings_costs_bounded_memory_and_the_last_is_answered() {
    let mut server = Connection::server(Options { pong_backlog: 1000, ..Options::default() });
    let pings = if cfg!(miri) { 30 } else { 1000 };
    for i in 0..pings {
        let mut ping = support::wire::masked(0x89, format!("{i:0125}").as_bytes());
        let mut incoming = server.receive(&mut ping);
        while incoming.next_event().unwrap().is_some() {}
    }
    assert!(server.transmit().len() < 1000 + 127);
    server.advance(usize::MAX);
    assert_eq!(&server.transmit()[2..], format!("{:0125}", pings - 1).as_bytes());
    server.advance(usize::MAX);
    assert!(server.transmit().is_empty());
}

#[test]
fn fragments_keep_their_order_and_their_text() {
    let mut pair = pair();
    let client = &mut pair.client.connection;
    client.send_fragment(DataKind::Text, "κ".as_bytes(), false).unwrap();
    client.send_fragment(DataKind::Text, b"\xce", false).unwrap();
    assert_eq!(client.send_text("no"), Err(SendError::MessageInProgress));
    assert_eq!(client.send_fragment(DataKind::Binary, b"", true), Err(SendError::KindDiffers));
    assert!(matches!(client.send_fragment(DataKind::Text, b"", true), Err(SendError::NotUtf8(_))));
    assert!(matches!(client.send_fragment(DataKind::Text, b"a", false), Err(SendError::NotUtf8(_))));
    client.send_ping(b"between").unwrap();
    client.send_fragment(DataKind::Text, b"\xbf", true).unwrap();
    client.send_binary(b"next").unwrap();
    pair.settle();
    assert_eq!(pair.server.log.violation, None);
    let texts: Vec<&[u8]> = pair
        .server
        .log
        .seen
        .iter()
        .map(|seen| match seen {
            Seen::Data { payload, .. } | Seen::Ping(payload) | Seen::Pong(payload) => &payload[..],
            Seen::Close(..) => b"",
        })
        .collect();
    assert_eq!(texts, [b"\xce\xba\xce", &b"between"[..], b"\xbf", b"next"]);
}

#[test]
fn a_violation_fails_the_connection_on_both_ends() {
    let limits = Limits { max_message: 4, ..Limits::default() };
    let mut pair = Pair::new(Options::default(), Options { limits, ..Options::default() });
    pair.client.connection.send_text("hello").unwrap();
    pair.client.connection.send_text("never seen").unwrap();
    pair.settle();
    let server = &pair.server;
    assert_eq!(server.connection.violation(), Some(ViolationKind::MessageTooLong.at(1)));
    assert_eq!((server.connection.state(), server.closed_at), (State::Failed, Some(5)));
    assert!(server.log.seen.is_empty());
    assert_eq!(pair.client.log.seen, [Seen::Close(Some(1009), String::new())]);
    assert_eq!(pair.client.connection.close_code(), Some(CloseCode::MESSAGE_TOO_BIG));
}

#[test]
fn a_stream_that_ends_early_is_abnormal() {
    let mut server = Connection::<NoKeys>::server(Options::default());
    assert_eq!(server.close_code(), None);
    server.send_text("unsent").unwrap();
    server.receive_eof();
    assert_eq!((server.state(), server.tcp_action()), (State::Failed, TcpAction::Close));
    assert_eq!(server.close_code(), Some(CloseCode::ABNORMAL));
    assert!(!server.was_clean());
    assert_eq!(server.send_text("to nobody"), Err(SendError::NotOpen));
    assert_eq!(server.close(BYE), Err(SendError::NotOpen));
}

#[test]
fn closes_that_must_not_be_sent() {
    let mut server = Connection::server(Options::default());
    for close in [
        ClosePayload::new(CloseCode::NO_STATUS, ""),
        ClosePayload::new(CloseCode::NORMAL, &"x".repeat(124)),
        ClosePayload { code: None, reason: "why" },
    ] {
        assert!(matches!(server.close(close), Err(SendError::Close(_))));
    }
    assert!(server.transmit().is_empty());
    assert_eq!(server.state(), State::Open);
}
