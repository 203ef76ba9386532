//! Captures of packets: where on a TCP connection the WebSocket is, and what is there instead of one.

use super::packets::Trace;
use super::*;

/// `auth_retry_same_connection.pcap`: a 401, with which NTLM begins, is an earlier attempt.
#[test]
fn a_401_before_the_upgrade_is_an_earlier_attempt() {
    let refusal = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 2\r\n\r\nno";
    let trace = Trace::new().says(CLIENT, REQUEST).says(SERVER, refusal).upgraded().says(SERVER, HI);
    let connection = is_hi(open(&trace.octets()));
    assert_eq!(connection.name, "ws://x/ws");
    has_note(
        &connection.notes,
        "an earlier attempt on this connection: \"GET /ws HTTP/1.1\", answered with \"HTTP/1.1 401 Unauthorized\"",
    );
}

/// The same with the body in chunks, and twice, in segments of one octet.
#[test]
fn attempts_may_be_many_and_their_bodies_in_chunks() {
    let refusal = b"HTTP/1.1 407 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n";
    let mut trace = Trace::new();
    for (sender, octets) in [
        (CLIENT, REQUEST),
        (SERVER, refusal),
        (CLIENT, REQUEST),
        (SERVER, refusal),
        (CLIENT, REQUEST),
        (SERVER, RESPONSE),
        (SERVER, HI),
    ] {
        for octet in octets {
            trace.say(sender, &[*octet]);
        }
    }
    let connection = is_hi(open(&trace.octets()));
    assert_eq!(connection.notes.iter().filter(|note| note.contains("407")).count(), 2);
}

/// What was wrong with an earlier attempt counts, and is told as such.
#[test]
fn rules_broken_in_an_earlier_attempt_count() {
    let lost = String::from_utf8_lossy(REQUEST).replace("Sec-WebSocket-Key", "X-Key");
    let refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let trace = Trace::new().says(CLIENT, lost.as_bytes()).says(SERVER, refusal).upgraded().says(SERVER, HI);
    let connection = only(open(&trace.octets()));
    assert_eq!(said(&connection), [(SERVER, "hi".to_owned())]);
    assert_eq!(connection.violations(), 1);
    let told = &connection.told_violations[0].text;
    assert!(told.starts_with("in an earlier attempt on this connection: no Sec-WebSocket-Key"), "{told}");
}

/// `get_then_upgrade_same_connection.pcap`.
#[test]
fn an_upgrade_may_come_after_other_requests() {
    let page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    let early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let trace = Trace::new()
        .says(CLIENT, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .says(SERVER, early)
        .says(SERVER, page)
        .says(CLIENT, b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na=GE")
        .says(SERVER, b"HTTP/1.1 204 No Content\r\n\r\n")
        .upgraded()
        .says(SERVER, HI);
    let connection = is_hi(open(&trace.octets()));
    has_note(&connection.notes, "2 other requests came before it on this connection");
}

/// A browser asks a proxy for a way to the server first; a load balancer tells who the client is.
#[test]
fn an_upgrade_may_come_through_a_proxy() {
    let trace = Trace::new()
        .says(CLIENT, b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n")
        .says(SERVER, b"HTTP/1.1 200 Connection established\r\n\r\n")
        .upgraded()
        .says(SERVER, HI);
    has_note(&is_hi(open(&trace.octets())).notes, "through a proxy, by CONNECT");
    let line = b"PROXY TCP4 1.2.3.4 10.0.0.2 5555 80\r\n";
    is_hi(open(&Trace::new().says(CLIENT, line).upgraded().says(SERVER, HI).octets()));
    let binary = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x0a\0\0\x02\x15\xb3\0\x50";
    is_hi(open(
        &Trace::new()
            .says(CLIENT, &[binary, REQUEST].concat())
            .says(SERVER, RESPONSE)
            .says(SERVER, HI)
            .octets(),
    ));
}

/// `proxy_lost_key_400.pcap`: the request is at fault, the refusal is not, and its body is no frames.
#[test]
fn a_refusal_is_right_and_its_body_no_frames() {
    let lost = b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n";
    let refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nBad Request";
    let connection = only(open(&Trace::new().says(CLIENT, lost).says(SERVER, refusal).octets()));
    let [(clause, None)] = broken(&connection)[..] else { panic!("{connection:#?}") };
    assert!(clause.starts_with("RFC 6455 §4.2.1"), "{clause}");
    let handshake = connection.handshake.as_ref().unwrap();
    assert!(handshake.violations[0].text.contains("Sec-WebSocket-"), "{:?}", handshake.violations);
    assert!(
        handshake.checks.iter().all(|check| check.ok || check.sender == CLIENT),
        "{:#?}",
        handshake.checks
    );
    assert!(handshake.checks.iter().any(|check| check.text == "there is no Sec-WebSocket-Key"));
    assert_eq!((connection.frames.len(), connection.messages.len()), (0, 0));
    has_note(
        &connection.notes,
        "the server refused, with \"HTTP/1.1 400 Bad Request\": no WebSocket was opened",
    );
}

/// A proxy that does not know the upgrade takes its fields away.
#[test]
fn a_request_that_lost_its_upgrade_is_an_attempt_still() {
    let lost = b"GET /ws HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let answer = b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n";
    let connection = only(open(&Trace::new().says(CLIENT, lost).says(SERVER, answer).octets()));
    assert!(broken(&connection)[0].0.starts_with("RFC 6455 §4.2.1 item 3"), "{:?}", broken(&connection));
}

/// `midstream_no_handshake.pcap`.
#[test]
fn frames_that_fit_need_no_handshake() {
    let wanted = [(CLIENT, "Hello".to_owned()), (SERVER, "hi".to_owned())];
    for trace in [Trace::new(), Trace::midstream()] {
        let connection = only(open(&trace.says(CLIENT, HELLO).says(SERVER, HI).octets()));
        assert_eq!((said(&connection), broken(&connection)), (wanted.to_vec(), vec![]));
        has_note(&connection.notes, "the handshake is not in the capture");
        assert_eq!(connection.name, "10.0.0.1:40000 → 10.0.0.2:80");
    }
    // The server speaks first: the masks tell who is who. The rest of a frame comes before the first whole one.
    let trace = Trace::midstream().says(SERVER, b"st of a message").says(SERVER, HI).says(CLIENT, HELLO);
    let connection = only(open(&trace.octets()));
    assert_eq!(said(&connection), [(SERVER, "hi".to_owned()), (CLIENT, "Hello".to_owned())]);
    has_note(&connection.notes, "15 octets before the first frame that is known were passed over");
}

/// What is wrong with a frame does not make the others unknown.
#[test]
fn frames_with_a_fault_among_them_are_known_still() {
    let trace = Trace::midstream().says(SERVER, HI).says(CLIENT, HELLO).says(CLIENT, b"\xa1\x80\0\0\0\0");
    assert_eq!(broken(&only(open(&trace.octets()))), [("RFC 6455 §5.2", Some(11))]);
}

/// Compression was agreed on where nobody saw it: that is no fault of the frames.
#[test]
fn without_a_handshake_compression_is_no_violation() {
    // "Hello" twice, RFC 7692 §7.2.3.2: the second refers to the first.
    let [one, two] = [b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", &b"\xc1\x05\xf2\x00\x11\x00\x00"[..]];
    let trace = || Trace::midstream().says(CLIENT, HELLO);
    let connection = only(open(&trace().says(SERVER, one).octets()));
    assert_eq!(broken(&connection), []);
    assert!(connection.messages[1].compressed && connection.messages[1].len == 0);
    let options = Options { deflate: Some(wsproof_core::deflate::Response::default()), ..Options::default() };
    let both = read(&trace().says(SERVER, one).says(SERVER, two).octets(), &options).unwrap();
    assert_eq!(said(&only(both))[1..], [(SERVER, "Hello".to_owned()), (SERVER, "Hello".to_owned())]);
    let later = only(read(&trace().says(SERVER, two).octets(), &options).unwrap());
    assert_eq!(broken(&later), [], "what it refers to was said before the capture");
    has_note(&later.notes, "is not in the capture");
}

#[test]
fn a_port_or_force_reads_what_does_not_fit() {
    // RSV2 is set.
    let trace = || Trace::new().to(9001).says(CLIENT, b"\xa1\x85\x01\x02\x03\x04Igohn").octets();
    let capture = open(&trace());
    assert_eq!(capture.connections.len(), 0);
    has_note(&capture.notes, "1 connection in which neither a WebSocket handshake nor frames were seen");
    has_note(&capture.notes, "--port PORT or --force");
    for options in
        [Options { force: true, ..Options::default() }, Options { port: Some(9001), ..Options::default() }]
    {
        let connection = only(read(&trace(), &options).unwrap());
        assert_eq!(broken(&connection), [("RFC 6455 §5.2", Some(0))], "{connection:#?}");
        assert_eq!(said(&connection), [(CLIENT, "Hello".to_owned())]);
    }
    let other = Options { port: Some(80), ..Options::default() };
    assert_eq!(read(&trace(), &other).unwrap().connections.len(), 0);
}

/// `http2_preface.pcap`, `tls_hello.pcap`, and others that are no WebSocket: named, with the way to what is in them.
#[test]
fn what_is_no_websocket_is_named() {
    let hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
    for (octets, words) in [
        (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..], "HTTP/2: 1 connection cannot be read"),
        (hello, "TLS: 1 connection cannot be read; a net-export log has what is in it"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP: 1 connection without a request for a WebSocket"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH: 1 connection"),
        (b"", "1 connection in which nothing was said"),
        (b"*1\r\n$4\r\nPING\r\n", "neither a WebSocket handshake nor frames"),
    ] {
        let capture = open(&Trace::new().says(CLIENT, octets).octets());
        assert_eq!(capture.connections, [], "{words}");
        has_note(&capture.notes, words);
    }
    let upgrade = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n";
    let switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    let capture = open(&Trace::new().says(CLIENT, upgrade).says(SERVER, switched).octets());
    has_note(&capture.notes, "HTTP/2: 1 connection");
    // TLS that began before the capture.
    let data = b"\x17\x03\x03\x00\x02ab";
    has_note(&open(&Trace::midstream().says(SERVER, data).octets()).notes, "TLS: 1 connection");
}

/// `chunked_101_stray_terminator.pcap`. That a 101 must not be chunked is told of the handshake.
#[test]
fn a_chunks_end_behind_the_101_is_no_frame() {
    let chunked =
        String::from_utf8_lossy(RESPONSE).replace("\r\nUpgrade", "\r\nTransfer-Encoding: chunked\r\nUpgrade");
    for response in [RESPONSE, chunked.as_bytes()] {
        let trace = || Trace::new().says(CLIENT, REQUEST).says(SERVER, response);
        for trace in [
            trace().says(SERVER, b"0\r\n\r\n").says(SERVER, HI),
            trace().says(SERVER, &[b"0\r\n\r\n", HI].concat()),
            trace()
                .says(SERVER, b"0\r")
                .says(SERVER, b"\n\r")
                .says(SERVER, b"\n\x81\x02")
                .says(SERVER, b"hi"),
        ] {
            let connection = only(open(&trace.octets()));
            assert_eq!(said(&connection), [(SERVER, "hi".to_owned())]);
            let told = &connection.told_violations[..];
            assert!(told.len() == 1 && told[0].text.contains("30 0d 0a 0d 0a"), "{told:?}");
            assert_eq!((told[0].clause.as_str(), told[0].offset), ("RFC 9112 §6.1", Some(0)));
            assert_eq!((connection.frames[0].offset, connection.frames[0].violations.len()), (5, 0));
        }
    }
    // Each frame in a chunk of its own.
    let coded = b"4\r\n\x81\x02hi\r\n3\r\n\x81\x01!\r\n0\r\n\r\n";
    let connection = only(open(
        &Trace::new().says(CLIENT, REQUEST).says(SERVER, chunked.as_bytes()).says(SERVER, coded).octets(),
    ));
    assert_eq!(said(&connection), [(SERVER, "hi".to_owned()), (SERVER, "!".to_owned())]);
    assert!(
        connection.told_violations[0].text.contains("chunked transfer coding"),
        "{:?}",
        connection.told_violations
    );
}

/// A proxy that gives up writes HTTP among the frames.
#[test]
fn http_among_frames_is_named_and_not_judged_as_frames() {
    let timeout = b"HTTP/1.1 504 Gateway Time-out\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let trace = Trace::new().upgraded().says(SERVER, HI).says(SERVER, timeout).says(CLIENT, HELLO);
    let connection = only(open(&trace.octets()));
    assert_eq!(broken(&connection), [("RFC 6455 §5.2", Some(4))]);
    assert!(
        connection.frames[1].violations[0].text.contains("\"HTTP/1.1 504 Gateway Time-out\""),
        "{connection:#?}"
    );
    assert_eq!(said(&connection), [(SERVER, "hi".to_owned()), (CLIENT, "Hello".to_owned())]);
    has_note(&connection.notes, "the server's octets from there on are HTTP");
}

/// A second WebSocket on the same two ports: after a new SYN, after a FIN without one, and with the first one's SYN repeated.
#[test]
fn a_second_websocket_on_one_port_is_another() {
    let names = |capture: &Capture| -> Vec<usize> {
        capture.connections.iter().map(|connection| connection.messages.len()).collect()
    };
    let mut trace = Trace::new().upgraded().says(SERVER, HI);
    trace.begin(40_000);
    let capture = open(&trace.upgraded().says(SERVER, HI).says(CLIENT, HELLO).octets());
    assert_eq!(names(&capture), [1, 2], "{:?}", capture.notes);
    // The second one's SYN is not in the capture.
    let mut trace = Trace::new().upgraded().says(SERVER, HI);
    trace.end();
    let capture =
        open(&trace.loses(CLIENT, 1 << 30).loses(SERVER, 1 << 29).upgraded().says(CLIENT, HELLO).octets());
    assert_eq!(names(&capture), [1, 1], "{:?}", capture.notes);
    // Another port at the same time, and each SYN twice.
    let mut trace = Trace::midstream();
    trace.repeats = true;
    trace.begin(40_000);
    trace = trace.upgraded();
    trace.begin(40_001);
    let capture = open(&trace.upgraded().says(SERVER, HI).octets());
    assert_eq!(names(&capture), [0, 1]);
}

/// What was not captured is gone past; frames behind it are read where they begin.
#[test]
fn what_is_missing_does_not_put_frames_out_of_step() {
    let long = [b"\x82\x7e\x01\x00", &[7; 256][..]].concat();
    // Within a payload.
    let trace = Trace::new()
        .upgraded()
        .says(SERVER, &long[..100])
        .loses(SERVER, 60)
        .says(SERVER, &long[160..])
        .says(SERVER, HI);
    let connection = only(open(&trace.octets()));
    assert_eq!(broken(&connection), []);
    assert_eq!((connection.frames[0].announced, connection.frames[0].payload.len()), (256, 96));
    assert_eq!((connection.frames[1].offset, connection.messages[0].complete), (260, false));
    assert_eq!(connection.messages[1].text().as_deref(), Some("hi"));
    has_note(&connection.notes, "60 octets of the server are not in the capture");
    // With headers in it: a whole frame, and the beginning of another.
    let trace = Trace::new()
        .upgraded()
        .says(SERVER, HI)
        .loses(SERVER, 160)
        .says(SERVER, &long[160..])
        .says(SERVER, HI);
    let connection = only(open(&trace.octets()));
    assert_eq!((said(&connection).len(), broken(&connection)), (2, vec![]));
    has_note(&connection.notes, "not in the capture, with headers in 1 gap; frames are read again");
    has_note(&connection.notes, "100 octets of the server were passed over");
    // The response.
    let trace = Trace::new().says(CLIENT, REQUEST).loses(SERVER, RESPONSE.len() as u32).says(SERVER, HI);
    let connection = only(open(&trace.octets()));
    assert_eq!((said(&connection), broken(&connection)), (vec![(SERVER, "hi".to_owned())], vec![]));
    has_note(&connection.notes, "the server's part of the handshake is not in the capture");
}

/// A head that is cut off is shown as far as it goes, and what is not there is not said to be missing.
#[test]
fn a_handshake_that_is_cut_off_is_shown() {
    let request = &REQUEST[..120];
    let connection = only(open(&Trace::new().says(CLIENT, request).octets()));
    assert_eq!((connection.name.as_str(), broken(&connection)), ("ws://x/ws", vec![]));
    has_note(&connection.notes, "the client's part of the handshake is cut off in the capture");
    let lost = (REQUEST.len() - 120) as u32;
    let trace = Trace::new()
        .says(CLIENT, request)
        .loses(CLIENT, lost)
        .says(CLIENT, HELLO)
        .says(SERVER, &RESPONSE[..60]);
    let trace = trace.loses(SERVER, RESPONSE.len() as u32 - 60).says(SERVER, HI);
    let connection = only(open(&trace.octets()));
    assert_eq!(said(&connection).len(), 2, "{connection:#?}");
    assert_eq!(broken(&connection), []);
}

/// Only one way was captured.
#[test]
fn one_direction_alone_is_read() {
    let server = Trace::midstream().says(SERVER, RESPONSE).says(SERVER, HI);
    has_note(
        &is_hi(open(&server.octets())).notes,
        "the client's part of the handshake is not in the capture",
    );
    let client = only(open(&Trace::midstream().says(CLIENT, REQUEST).says(CLIENT, HELLO).octets()));
    assert_eq!((said(&client), broken(&client)), (vec![(CLIENT, "Hello".to_owned())], vec![]));
    has_note(&client.notes, "the server's part of the handshake is not in the capture");
}
