//! Opening handshakes that fail, and what is told of them.

mod support;

use std::time::Duration;

use support::answer_with;
use wsproof_core::handshake::{Key, Request, accept_key};
use wsproof_scenarios::finding::{FindingKind, HandshakeFailure};
use wsproof_scenarios::{
    Action, Case, ClientRequest, DropKind, Outcome, Session, SessionOptions, TcpEnd, TlsAlert, Verdict,
    catalogue,
};

const MS: Duration = Duration::from_millis(1);

fn case(id: &str) -> &'static Case {
    catalogue::find(id.parse().unwrap()).unwrap()
}

/// A session whose request was sent, and the value that its key asks for.
fn asked(id: &str, options: SessionOptions) -> (Session<'static>, String) {
    let mut session = Session::connect(case(id), ClientRequest::new("h:1", "/"), options);
    let Action::Write(head) = session.poll(Duration::ZERO) else { panic!("a client speaks first") };
    let len = head.len();
    let (request, _) = Request::parse(head).unwrap().unwrap();
    let accept = accept_key(request.header("Sec-WebSocket-Key").unwrap());
    session.wrote(len, Duration::ZERO);
    (session, accept)
}

fn outcome(session: Session<'_>) -> Outcome {
    session.into_outcome("testee".to_owned(), 1, 0)
}

/// What becomes of 1.1.1 when the server answers this and then ends TCP so.
fn answered(answer: &[u8], end: TcpEnd) -> Outcome {
    let (mut session, _) = asked("1.1.1", SessionOptions { plain_tcp: true, ..SessionOptions::default() });
    if !answer.is_empty() {
        session.receive(&mut answer.to_vec(), MS);
    }
    session.peer_closed(end, 3 * MS);
    outcome(session)
}

fn failure(outcome: &Outcome) -> &HandshakeFailure {
    match &outcome.findings[..] {
        [finding] => match &finding.kind {
            FindingKind::HandshakeFailed { why, .. } => why,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_way_to_fail_has_its_words() {
    let reset = TcpEnd::Reset;
    for (answer, end, reason) in [
        (&b""[..], TcpEnd::Fin, "the testee dropped TCP (FIN) 3 ms after our request, before any octet of an answer; does \
            this port speak TLS? Then its URL begins with wss://"),
        (b"", reset, "the testee reset TCP (RST) 3 ms after our request, before any octet of an answer; does this port \
            speak TLS? Then its URL begins with wss://"),
        (b"", TcpEnd::Tls(TlsAlert(116)), "the testee ended TLS with the alert \"certificate required\" 3 ms after our \
            request, before any octet of an answer: it wants a client certificate, or another one"),
        (b"HTTP/1.1 101 Swi", TcpEnd::Fin, "the testee dropped TCP (FIN) 3 ms after our request, in the middle of its \
            answer: 16 octets came, `HTTP/1.1 101 Swi`"),
        (b"\x15\x03\x01\0\x02\x02\x0a", TcpEnd::Fin, "the answer is a TLS alert (\"unexpected message\"): this port speaks \
            TLS, so its URL begins with wss://"),
        (b"220 mail.example.org ESMTP \x1b[31m\r\n\r\n", TcpEnd::Fin, "the answer is not HTTP, it begins with 32 32 30 20 6d \
            61 69 6c 2e 65 78 61 6d 70 6c 65 2e 6f 72 67 20 45 53 4d 54 50 20 1b 5b 33 31 6d 0d 0a 0d 0a"),
        (b"HTTP/1.0 101 Switching Protocols\r\n\r\n", TcpEnd::Fin, "the response is HTTP/1.0; the handshake needs HTTP/1.1 \
            (RFC 6455 \u{a7}4.2.2 item 5.1)"),
        (b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n\r\n", TcpEnd::Fin, "the value of the response's \
            Upgrade header is \"websocket, websocket\", not \"websocket\" (RFC 6455 \u{a7}4.1 item 2)"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://h/login\r\nContent-Length: 0\r\n\r\n", TcpEnd::Fin, "the server answered \
            302 Found, not 101 (Location: http://h/login)"),
        (b"HTTP/1.1 426 Upgrade Required\r\nsec-websocket-version: 8\r\nupgrade: websocket\r\nContent-Length: 0\r\n\r\n",
            TcpEnd::Fin, "the server answered 426 Upgrade Required, not 101 (Sec-WebSocket-Version: 8, Upgrade: websocket)"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 17\r\n\r\nno such\textension", TcpEnd::Fin, "the server answered 400 \
            Bad Request, not 101, and says `no such\\textension`"),
    ] {
        let outcome = answered(answer, end);
        assert_eq!(outcome.reason, format!("The opening handshake was not completed: {reason}."));
        assert_eq!(outcome.verdict, Verdict::Fail);
        let line = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&line).unwrap(), outcome);
    }
}

/// The body mostly comes with the head, or a moment later; what never comes is not waited for long.
#[test]
fn the_body_of_a_refusal_is_waited_for_a_little() {
    let refused = |head: &[u8]| {
        let (mut session, _) = asked("1.1.1", SessionOptions::default());
        session.receive(&mut head.to_vec(), MS);
        session
    };
    let body = |session| match failure(&outcome(session)) {
        HandshakeFailure::Refused(refusal) => (refusal.body.clone(), refusal.more),
        other => panic!("{other:?}"),
    };
    // All there is: over at once.
    let mut session = refused(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(session.poll(MS), Action::Drop(DropKind::Reset));
    let mut session = refused(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    assert_eq!(session.poll(MS), Action::Drop(DropKind::Reset));
    assert_eq!(body(session), ("no".to_owned(), false));
    // In another segment.
    let mut session = refused(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(session.poll(MS), Action::Wait(Some(201 * MS)));
    session.receive(&mut b"no".to_vec(), 5 * MS);
    assert_eq!(session.poll(5 * MS), Action::Drop(DropKind::Reset));
    assert_eq!(body(session), ("no".to_owned(), false));
    // Until the end of the connection, and never.
    let mut session = refused(b"HTTP/1.1 404 Not Found\r\n\r\nno");
    session.peer_closed(TcpEnd::Fin, 5 * MS);
    assert_eq!(session.poll(5 * MS), Action::Done);
    assert_eq!(body(session), ("no".to_owned(), false));
    let mut session = refused(b"HTTP/1.1 404 Not Found\r\n\r\nno");
    assert_eq!(session.poll(201 * MS), Action::Drop(DropKind::Reset));
    assert_eq!(body(session), ("no".to_owned(), false));
    // Without end.
    let mut session = refused(b"HTTP/1.1 404 Not Found\r\n\r\n");
    session.receive(&mut [b'a'; 60_000], 2 * MS);
    assert_eq!(session.poll(2 * MS), Action::Drop(DropKind::Reset));
    assert_eq!(body(session), ("a".repeat(200), true));
}

/// Autobahn's pair and facts are those of a handshake that failed, whatever is told besides.
#[test]
fn a_refusal_is_autobahns() {
    let outcome = answered(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!", TcpEnd::Fin);
    assert_eq!((outcome.behavior.as_str(), outcome.behavior_close.as_str()), ("FAILED", "FAILED"));
    assert_eq!(
        outcome.facts.was_not_clean_reason.as_deref(),
        Some("the opening handshake is invalid: the server answered 403, not 101")
    );
    assert!(outcome.facts.dropped_by_me && !outcome.facts.opened);
    assert_eq!(outcome.transcript.http_response, "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\n");
}

#[test]
fn an_answer_that_does_not_come_is_told_with_what_came() {
    for (came, words) in [
        (&b""[..], "no answer came within 5 s"),
        (b"SSH-2.0-x\r\n", "the answer was not finished within 5 s: 11 octets came, `SSH-2.0-x\\r\\n`"),
    ] {
        let (mut session, _) = asked("1.1.1", SessionOptions::default());
        session.receive(&mut came.to_vec(), MS);
        session.poll(Duration::from_secs(5));
        let outcome = outcome(session);
        assert_eq!(outcome.reason, format!("The opening handshake was not completed: {words}."));
        assert!(outcome.facts.was_open_handshake_timeout && outcome.may_be_load());
    }
}

/// What becomes of 1.1.1 with an echo server whose answer has this field more, and that sends this behind the answer.
fn opened_with(field: &str, first: &[u8]) -> Outcome {
    let (mut session, accept) = asked("1.1.2", SessionOptions::default());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{field}\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    session.receive(&mut [head.as_bytes(), first].concat(), MS);
    let text = [b"\x81\x7d".to_vec(), vec![b'*'; 125]].concat();
    session.receive(&mut text.clone(), 2 * MS);
    loop {
        match session.poll(3 * MS) {
            Action::Write(octets) => {
                let len = octets.len();
                session.wrote(len, 3 * MS);
            }
            Action::Wait(_) => {
                session.receive(&mut b"\x88\x02\x03\xe8".to_vec(), 3 * MS);
                session.peer_closed(TcpEnd::Fin, 3 * MS);
            }
            _ => break,
        }
    }
    outcome(session)
}

#[test]
fn a_101_with_content_is_a_note() {
    for (field, words) in [
        (
            "Content-Length: 0",
            "has a Content-Length header, which a server must not send in it (RFC 9110 \u{a7}8.6)",
        ),
        (
            "Transfer-Encoding: chunked",
            "Transfer-Encoding header, which a server must not send in it (RFC 9112 \u{a7}6.1)",
        ),
        ("Connection: close", "names \"close\" besides \"Upgrade\" (RFC 9112 \u{a7}9.6)"),
    ] {
        let outcome = opened_with(field, b"");
        assert_eq!(outcome.verdict, Verdict::PassWithNotes, "{}", outcome.reason);
        assert!(outcome.reason.contains(words), "{}", outcome.reason);
    }
    assert_eq!(opened_with("X: y", b"").verdict, Verdict::Pass);
}

/// The frames are out of step by what stands in front of them: that is one finding, not many.
#[test]
fn the_end_of_a_chunked_content_in_front_of_the_frames_is_named() {
    let outcome = opened_with("Transfer-Encoding: chunked", b"0\r\n\r\n");
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert_eq!(
        outcome.reason,
        "The server sent the end of a chunked content, `0\\r\\n\\r\\n`, between its answer 101 and its first frame (RFC 9112 \
         \u{a7}6.1)."
    );
}

/// What becomes of a case with a client that makes this offer, sends these octets when it has our answer, and ends TCP.
fn client(id: &str, offer: &str, says: &[u8]) -> Outcome {
    let mut request = Request::upgrade("/", "h", &Key::new([7; 16])).unwrap();
    if !offer.is_empty() {
        request = request.with_header("Sec-WebSocket-Extensions", offer).unwrap();
    }
    let mut session = Session::accept(case(id), &request.to_bytes(), SessionOptions::default(), 5 * MS);
    while let Action::Write(octets) = session.poll(6 * MS) {
        let len = octets.len();
        session.wrote(len, 6 * MS);
    }
    session.receive(&mut says.to_vec(), 7 * MS);
    session.peer_closed(TcpEnd::Fin, 7 * MS);
    outcome(session)
}

/// A close frame with code 1000, masked with zeros.
const CLOSE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";

#[test]
fn why_there_is_no_compression_with_a_client() {
    for (id, offer, words) in [
        ("12.1.1", "", "does not offer permessage-deflate"),
        ("12.1.1", "x-webkit-deflate-frame", "does not offer permessage-deflate"),
        ("12.1.1", "permessage-deflate; window=9", "its parameters break RFC 7692 \u{a7}7.1"),
        ("13.3.1", "permessage-deflate", "lacks client_max_window_bits, so the case can't be asked"),
    ] {
        let outcome = client(id, offer, CLOSE);
        assert_eq!(outcome.verdict, Verdict::Unimplemented, "{offer}");
        assert!(outcome.reason.contains(words), "{offer}: {}", outcome.reason);
    }
}

#[test]
fn a_client_that_hangs_up_at_our_answer_is_told_of_with_it() {
    let outcome =
        client("12.1.1", "permessage-deflate; server_no_context_takeover; client_no_context_takeover", b"");
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert_eq!(
        outcome.reason,
        "The testee dropped TCP (FIN) 2 ms after our answer, which chose `permessage-deflate; server_no_context_takeover` of \
         its offers, before it sent any frame; client_no_context_takeover in its offer is a hint, which an answer need not \
         repeat (RFC 7692 §7.1.1.2)."
    );
}

#[test]
fn a_case_that_is_cut_off_is_not_judged() {
    let (mut session, _) = asked("1.1.1", SessionOptions::default());
    session.cut_off(2000 * MS);
    let early = outcome(session);
    assert_eq!(early.verdict, Verdict::Incomplete, "{}", early.reason);
    let (mut session, accept) = asked("1.1.1", SessionOptions::default());
    session.receive(&mut answer_with(&accept), MS);
    session.cut_off(2000 * MS);
    let outcome = outcome(session);
    assert_eq!(outcome.verdict, Verdict::Incomplete);
    assert_eq!(outcome.reason, "The case was not over after 2 s, its time limit, and was cut off.");
}

/// Handlers that compare with lower case are common, and no browser sends anything else.
#[test]
fn upgrade_is_sent_in_lower_case() {
    let (session, _) = asked("1.1.1", SessionOptions::default());
    assert!(outcome(session).transcript.http_request.contains("\r\nUpgrade: websocket\r\n"));
    assert!(client("1.1.1", "", CLOSE).transcript.http_response.contains("\r\nUpgrade: websocket\r\n"));
}

/// A framework that answers the request once more when its handler has returned, without a close frame before.
#[test]
fn an_http_response_among_the_frames_is_one_finding() {
    for (before, octet) in [(&b""[..], 0), (b"\x81\x00", 2)] {
        let (mut session, accept) = asked("3.2", SessionOptions::default());
        session.receive(&mut answer_with(&accept), MS);
        let mut octets = [before, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"].concat();
        session.receive(&mut octets, 2 * MS);
        session.peer_closed(TcpEnd::Fin, 3 * MS);
        let outcome = outcome(session);
        let found: Vec<_> =
            outcome.findings.iter().filter(|finding| finding.weight == Verdict::Fail).collect();
        let [finding] = found[..] else { panic!("{found:?}") };
        assert!(matches!(finding.kind, FindingKind::HttpAmongFrames { .. }), "{finding:?}");
        assert_eq!(finding.octet, Some(octet));
        assert!(
            outcome
                .reason
                .contains("an HTTP response where a frame was due (RFC 6455 §5.1): `HTTP/1.1 200 OK")
        );
    }
}
