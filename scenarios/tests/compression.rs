//! Sections 12 and 13 in memory, against endpoints of core that compress: right ones of every kind, and wrong ones.

use std::time::Duration;

use wsproof_core::connection::{Connection, Options, SeededKeys};
use wsproof_core::deflate::{self, Deflater, Offer, Policy, Response, Settings, WindowBits};
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};
use wsproof_core::handshake::{self, ExtensionList, Key, Request};
use wsproof_core::message::{Collector, DataKind, Event};
use wsproof_core::{Role, ViolationKind};
use wsproof_scenarios::case::{DeflateWish, Step};
use wsproof_scenarios::finding::FindingKind;
use wsproof_scenarios::{
    Action, Behavior, BehaviorClose, Case, ClientRequest, Outcome, Session, SessionOptions, TcpEnd, Testee,
    Verdict, catalogue,
};

/// The same case with fewer messages.
fn short(case: &Case, messages: u32) -> Case {
    let mut case = case.clone();
    for step in &mut case.steps {
        if let Step::CorpusLoop { count, .. } = step {
            *count = messages;
        }
    }
    case
}

/// What a testee does with a message.
type Answer = fn(&mut Connection<SeededKeys>, DataKind, &[u8]);

fn echo(connection: &mut Connection<SeededKeys>, kind: DataKind, message: &[u8]) {
    connection.send_fragment(kind, message, true).unwrap();
}

#[derive(Clone)]
struct Peer {
    /// A server's wishes.
    policy: Policy,
    /// A client's offers.
    offers: Vec<Offer>,
    settings: Settings,
    answer: Answer,
    /// What a server says instead of the right answer.
    says: Option<&'static str>,
    /// It compresses as if no limit had been agreed on.
    lies: bool,
    /// Octets sent once the connection is open.
    first: Vec<u8>,
}

impl Peer {
    fn good() -> Self {
        Self {
            policy: Policy::default(),
            offers: vec![Offer { client_max_window_bits: Some(None), ..Offer::default() }],
            settings: Settings { level: 1, ..Settings::default() },
            answer: echo,
            says: None,
            lies: false,
            first: Vec::new(),
        }
    }

    fn run(&self, case: &Case, testee: Testee) -> Outcome {
        let now = Duration::ZERO;
        let options = SessionOptions::default();
        let (mut session, role) = match testee {
            Testee::Server => {
                (Session::connect(case, ClientRequest::new("localhost", "/"), options), Role::Server)
            }
            Testee::Client => {
                let mut request = Request::upgrade("/", "localhost", &Key::new([7; 16])).unwrap();
                if !self.offers.is_empty() {
                    request = request
                        .with_header("Sec-WebSocket-Extensions", &deflate::to_header(&self.offers))
                        .unwrap();
                }
                (Session::accept(case, &request.to_bytes(), options, now), Role::Client)
            }
        };
        // The handshake.
        let Action::Write(head) = session.poll(now) else { panic!("no head") };
        let head = head.to_vec();
        let mut early = Vec::new();
        let agreed = match testee {
            Testee::Server => {
                session.wrote(head.len(), now);
                let (request, _) = Request::parse(&head).unwrap().unwrap();
                let offer = handshake::Offer::from_request(&request).unwrap();
                let mut agreed = self.policy.answer(&offer.extensions);
                let said = self.says.map(str::to_owned).or_else(|| agreed.map(|agreed| agreed.to_string()));
                let list = said.map(|said| ExtensionList::parse(&said).unwrap());
                // It does what it says.
                if let Some(list) = &list
                    && let Ok(said) = Response::from_extension(list.iter().next().unwrap())
                {
                    agreed = Some(said);
                }
                let response = handshake::Response::accept(&offer, None, list.as_ref()).unwrap();
                let mut octets = response.to_bytes();
                octets.extend_from_slice(&self.first);
                session.receive(&mut octets, now);
                agreed
            }
            Testee::Client => {
                let (response, end) = handshake::Response::parse(&head).unwrap().unwrap();
                let list = response.headers().extensions().unwrap();
                let agreed = deflate::agreed(&list, &self.offers).unwrap();
                early = head[end..].to_vec();
                session.wrote(head.len(), now);
                session.receive(&mut self.first.clone(), now);
                agreed
            }
        };
        let mut connection = Connection::new(role, Options::default(), SeededKeys::new(1));
        if let Some(agreed) = agreed {
            let kept_to = if self.lies { Response::default() } else { agreed };
            connection = connection.with_deflate(kept_to, self.settings);
        }
        let mut collector = Collector::new();
        let mut take = |connection: &mut Connection<SeededKeys>, octets: &mut [u8]| {
            let mut incoming = connection.receive(octets);
            while let Ok(Some(event)) = incoming.next_event() {
                if let Event::Data(piece) = event
                    && let Some(message) = collector.push(piece)
                {
                    let (kind, payload) = (message.kind, message.payload.to_vec());
                    (self.answer)(incoming.connection(), kind, &payload);
                }
            }
        };
        take(&mut connection, &mut early);
        loop {
            match session.poll(now) {
                Action::Write(octets) => {
                    let mut octets = octets.to_vec();
                    session.wrote(octets.len(), now);
                    take(&mut connection, &mut octets);
                }
                Action::Wait(until) => {
                    let mut octets = connection.transmit().to_vec();
                    connection.advance(octets.len());
                    if octets.is_empty() {
                        if connection.state() == wsproof_core::connection::State::Closed {
                            session.peer_closed(TcpEnd::Fin, now);
                        } else {
                            let until = until.expect("every wait ends");
                            session.poll(until);
                            session.peer_closed(TcpEnd::Fin, until);
                        }
                        continue;
                    }
                    octets.chunks_mut(65_536).for_each(|piece| session.receive(piece, now));
                }
                Action::Drop(_) | Action::Done => break,
            }
        }
        session.into_outcome("peer".to_owned(), 1, 0)
    }
}

fn case(id: &str) -> &'static Case {
    catalogue::find(id.parse().unwrap()).unwrap()
}

fn pair(outcome: &Outcome) -> (Behavior, BehaviorClose, Verdict) {
    (outcome.behavior, outcome.behavior_close, outcome.verdict)
}

const GOOD: (Behavior, BehaviorClose, Verdict) = (Behavior::Ok, BehaviorClose::Ok, Verdict::Pass);

#[test]
fn right_endpoints_pass_every_case_in_both_roles() {
    for full in catalogue::all().iter().filter(|case| !case.deflate.is_empty()) {
        let case = short(full, 12);
        for testee in [Testee::Server, Testee::Client] {
            let outcome = Peer::good().run(&case, testee);
            assert_eq!(pair(&outcome), GOOD, "{} {testee:?}: {}", case.id, outcome.reason);
            let traffic = outcome.transcript.traffic.unwrap();
            assert_eq!((traffic.incoming.messages, traffic.outgoing.messages), (12, 12));
            assert_eq!(traffic.incoming.app, traffic.outgoing.app);
            assert!(traffic.outgoing.wire > traffic.outgoing.websocket);
        }
    }
}

#[test]
fn every_kind_of_endpoint_passes() {
    let bits = |n| WindowBits::new(n).unwrap();
    for id in ["12.1.1", "12.2.5", "12.4.12", "13.5.9", "13.6.3", "13.7.15"] {
        let case = short(case(id), 60);
        for policy in [
            Policy { server_no_context_takeover: true, ..Policy::default() },
            Policy { client_no_context_takeover: true, ..Policy::default() },
            Policy { server_max_window_bits: bits(8), client_max_window_bits: bits(8), ..Policy::default() },
            Policy {
                client_max_window_bits: bits(12),
                server_max_window_bits: bits(12),
                ..Policy::default()
            },
        ] {
            let outcome = Peer { policy, ..Peer::good() }.run(&case, Testee::Server);
            assert_eq!(pair(&outcome), GOOD, "{id} {policy:?}: {}", outcome.reason);
        }
        // One that agrees and never compresses does nothing wrong.
        let quiet = Settings { min_len: usize::MAX, ..Settings::default() };
        for testee in [Testee::Server, Testee::Client] {
            let whole: Answer = |connection, kind, message| match kind {
                DataKind::Text => connection.send_text(std::str::from_utf8(message).unwrap()).unwrap(),
                DataKind::Binary => connection.send_binary(message).unwrap(),
            };
            let outcome = Peer { settings: quiet, answer: whole, ..Peer::good() }.run(&case, testee);
            assert_eq!(pair(&outcome), GOOD, "{id} {testee:?}: {}", outcome.reason);
        }
        // Fragments, cut anywhere.
        let fragments: Answer = |connection, kind, message| {
            let (first, rest) = message.split_at(message.len() / 3);
            for (piece, last) in [(first, false), (&[][..], false), (rest, false), (&[][..], true)] {
                connection.send_fragment(kind, piece, last).unwrap();
            }
        };
        let outcome = Peer { answer: fragments, ..Peer::good() }.run(&case, Testee::Client);
        assert_eq!(pair(&outcome), GOOD, "{id}: {}", outcome.reason);
    }
}

#[test]
fn offers_decide_what_a_client_can_be_tested_on() {
    let plain = vec![Offer::default()];
    let unimplemented = (Behavior::Unimplemented, BehaviorClose::Ok, Verdict::Unimplemented);
    for (id, want) in [
        ("12.1.1", GOOD),
        ("13.1.1", GOOD),
        ("13.2.1", GOOD),
        ("13.7.1", GOOD),
        ("13.3.1", unimplemented),
        ("13.4.1", unimplemented),
        ("13.5.1", unimplemented),
        ("13.6.1", unimplemented),
    ] {
        let outcome = Peer { offers: plain.clone(), ..Peer::good() }.run(&short(case(id), 5), Testee::Client);
        assert_eq!(pair(&outcome), want, "{id}: {}", outcome.reason);
    }
    let none = Peer { offers: Vec::new(), ..Peer::good() }.run(case("12.1.1"), Testee::Client);
    assert_eq!(pair(&none), unimplemented);
    // A window of 256 octets asked of us is kept.
    let narrow = vec![Offer { server_max_window_bits: WindowBits::new(8), ..Offer::default() }];
    let outcome = Peer { offers: narrow, ..Peer::good() }.run(&short(case("12.1.10"), 5), Testee::Client);
    assert_eq!(pair(&outcome), GOOD, "{}", outcome.reason);
    assert!(outcome.transcript.http_response.contains("; server_max_window_bits=8\r\n"));
}

#[test]
fn the_answer_is_that_of_autobahn() {
    let offers = vec![Offer {
        server_no_context_takeover: true,
        server_max_window_bits: WindowBits::new(10),
        client_max_window_bits: Some(None),
        ..Offer::default()
    }];
    let outcome = Peer { offers, ..Peer::good() }.run(&short(case("13.5.1"), 3), Testee::Client);
    let header = "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
                  server_max_window_bits=10; client_no_context_takeover; client_max_window_bits=9\r\n";
    assert!(outcome.transcript.http_response.contains(header), "{}", outcome.transcript.http_response);
}

/// A testee that agrees to a window, or to keep no context, and compresses as if it had not: in each case that asks for one of
/// them, whatever the size of its messages.
#[test]
fn what_a_testee_agreed_to_is_held_against_what_it_compresses() {
    let liar = Peer { lies: true, settings: Settings::default(), ..Peer::good() };
    let mut seen = 0;
    for full in catalogue::all().iter().filter(|case| case.id.to_string().starts_with("13.")) {
        let id = full.id.to_string();
        let asked =
            ["13.2.", "13.3.", "13.5.", "13.6.", "13.7."].iter().any(|section| id.starts_with(section));
        // Sixteen octets a message take some to fill a window of 512.
        let case = short(full, if full.longest_message() < 1024 { 80 } else { 4 });
        for testee in [Testee::Server, Testee::Client] {
            let outcome = liar.run(&case, testee);
            if !asked {
                assert_eq!(pair(&outcome), GOOD, "{id} {testee:?}: {}", outcome.reason);
                continue;
            }
            seen += 1;
            assert_eq!(outcome.verdict, Verdict::Fail, "{id} {testee:?}: {}", outcome.reason);
            let role = if testee == Testee::Server { Role::Server } else { Role::Client };
            let [finding] = &outcome.findings[..] else { panic!("{id}: {:?}", outcome.findings) };
            let FindingKind::TooFarBack { violation, message, .. } = finding.kind else {
                panic!("{id}: {finding:?}")
            };
            let (distance, words, clauses) = match violation {
                ViolationKind::WindowExceeded { sender, bits: 9, distance } if sender == role => (
                    distance,
                    format!("octets back, 512 were agreed: {role}_max_window_bits=9"),
                    ["§7.1.2.1", "§7.1.2.2"],
                ),
                ViolationKind::ContextTakeover { sender, distance } if sender == role => (
                    distance,
                    format!("octets back, to before its start, against {role}_no_context_takeover"),
                    ["§7.1.1.1", "§7.1.1.2"],
                ),
                other => panic!("{id} {testee:?}: {other:?}"),
            };
            let clause = format!("RFC 7692 {}", clauses[usize::from(testee == Testee::Client)]);
            let sentence = format!(
                "compressed message refers {distance} {words} ({clause}), first in its message {message}, at octet "
            );
            assert!(outcome.reason.contains(&sentence), "{id} {testee:?}: {}", outcome.reason);
        }
    }
    assert_eq!(seen, 2 * 5 * 18);
}

/// Autobahn has zlib look at the window, which finds only what reaches further than the window and what came of the message
/// so far together.
#[test]
fn autobahn_notices_a_window_only_where_zlib_does() {
    let liar = Peer { lies: true, settings: Settings::default(), ..Peer::good() };
    for testee in [Testee::Server, Testee::Client] {
        // Within one message there is always enough before.
        let one = liar.run(&short(case("13.3.10"), 1), testee);
        assert_eq!(pair(&one), (Behavior::Ok, BehaviorClose::Ok, Verdict::Fail), "{}", one.reason);
        // The start of the second refers to the first.
        let two = liar.run(&short(case("13.3.10"), 2), testee);
        assert_eq!((two.behavior, two.verdict), (Behavior::Failed, Verdict::Fail), "{}", two.reason);
        assert!(two.reason.contains("first in its message 1,"), "{}", two.reason);
    }
}

/// What is offered of permessage-deflate, and the compressed octets that were sent then.
fn offered(case: &Case, peer: &Peer) -> (String, u64) {
    let outcome = peer.run(case, Testee::Server);
    assert_eq!(pair(&outcome), GOOD, "{}", outcome.reason);
    let mut lines = outcome.transcript.http_request.lines();
    let offer = lines.find_map(|line| line.strip_prefix("Sec-WebSocket-Extensions: ")).unwrap().to_owned();
    (offer, outcome.transcript.traffic.unwrap().outgoing.websocket)
}

/// The offers of the built-in cases are Autobahn's, to the octet.
#[test]
fn the_offers_are_those_of_autobahn() {
    const PLAIN: &str = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
    let with = |more: &str| format!("{PLAIN}{more}");
    for (id, want) in [
        ("12.1.1", with("")),
        ("12.5.18", with("")),
        ("13.1.1", with("")),
        ("13.2.1", with("; server_no_context_takeover")),
        ("13.3.1", with("; server_max_window_bits=9")),
        ("13.4.1", with("; server_max_window_bits=15")),
        ("13.5.1", with("; server_no_context_takeover; server_max_window_bits=9")),
        ("13.6.1", with("; server_no_context_takeover; server_max_window_bits=15")),
        (
            "13.7.1",
            format!(
                "{PLAIN}; server_no_context_takeover; server_max_window_bits=9, {PLAIN}; server_no_context_takeover, \
                 {PLAIN}"
            ),
        ),
    ] {
        assert_eq!(offered(&short(case(id), 2), &Peer::good()).0, want, "{id}");
    }
}

/// RFC 7692 §7.1.1.2: who offers `client_no_context_takeover` compresses each message on its own, also when the answer
/// leaves it out. Autobahn's cases go by the answer alone.
#[test]
fn a_hint_of_our_own_is_kept_and_may_be_left_out() {
    let builtin = short(case("12.1.2"), 30);
    let with = |wish: DeflateWish| Case { deflate: vec![wish], ..builtin.clone() };
    let hinted = with(DeflateWish { own_no_context_takeover: true, ..DeflateWish::default() });
    let unhinted = with(DeflateWish::default());

    let silent = Peer { says: Some("permessage-deflate"), ..Peer::good() };
    let policy = Policy { client_no_context_takeover: true, ..Policy::default() };
    let repeats = Peer { policy, ..Peer::good() };
    let hint = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
    let (offer, apart) = offered(&hinted, &silent);
    assert_eq!(offer, hint);
    assert_eq!(offered(&hinted, &repeats), (offer, apart));

    let (offer, together) = offered(&unhinted, &silent);
    assert_eq!(offer, "permessage-deflate; client_max_window_bits");
    assert!(together < apart, "what came before is made use of: {together} octets, {apart} without");
    // What the server asks for is kept all the same.
    assert_eq!(offered(&unhinted, &repeats).1, apart);

    assert_eq!(offered(&builtin, &silent), (hint.to_owned(), together));
    assert_eq!(offered(&builtin, &repeats), (hint.to_owned(), apart));
}

/// A testee that agrees to less than it was asked passes with Autobahn, not with us (quirks A1.11).
#[test]
fn a1_11_an_answer_that_departs_from_the_offer_fails() {
    for (id, says) in [
        ("13.2.1", "permessage-deflate"),
        ("13.3.1", "permessage-deflate; server_max_window_bits=10"),
        ("13.6.1", "permessage-deflate; server_max_window_bits=15"),
    ] {
        let outcome = Peer { says: Some(says), ..Peer::good() }.run(&short(case(id), 5), Testee::Server);
        assert_eq!(pair(&outcome), (Behavior::Ok, BehaviorClose::Ok, Verdict::Fail), "{id}");
        assert!(outcome.reason.contains("RFC 7692 §7.1"), "{}", outcome.reason);
    }
    for says in [
        "permessage-deflate; unknown",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate, permessage-deflate",
    ] {
        let outcome =
            Peer { says: Some(says), ..Peer::good() }.run(&short(case("12.1.1"), 5), Testee::Server);
        assert!(!outcome.facts.opened, "{says}");
        assert_eq!(pair(&outcome), (Behavior::Failed, BehaviorClose::Failed, Verdict::Fail), "{says}");
    }
}

/// Under Autobahn a pong ends the loop; for our verdict it goes on.
#[test]
fn a2_2_stray_pongs_do_not_end_a_loop() {
    for (testee, pong) in [(Testee::Server, &[0x8a, 0][..]), (Testee::Client, &[0x8a, 0x80, 0, 0, 0, 0])] {
        let outcome = Peer { first: pong.to_vec(), ..Peer::good() }.run(&short(case("12.1.2"), 10), testee);
        assert_eq!(
            pair(&outcome),
            (Behavior::Failed, BehaviorClose::Ok, Verdict::Pass),
            "{}",
            outcome.reason
        );
        assert!(outcome.reason.contains("pongs that answer no ping"), "{}", outcome.reason);
        assert_eq!(outcome.transcript.received_frames[&1], 10);
        assert!(outcome.result.starts_with("Case did not finish within"), "{}", outcome.result);
    }
}

#[test]
fn a1_11_a_testee_that_never_compresses_is_told_of() {
    let settings = Settings { min_len: usize::MAX, ..Peer::good().settings };
    for testee in [Testee::Server, Testee::Client] {
        let outcome = Peer { settings, ..Peer::good() }.run(&short(case("12.1.5"), 10), testee);
        assert_eq!(pair(&outcome), (Behavior::Ok, BehaviorClose::Ok, Verdict::Pass), "{}", outcome.reason);
        assert!(outcome.reason.contains("compressed no message"), "{}", outcome.reason);
        let outcome = Peer::good().run(&short(case("12.1.5"), 10), testee);
        assert_eq!(outcome.reason, "As expected.");
    }
}

/// An offer with an unknown parameter is declined, not refused, and header lines are joined.
#[test]
fn a2_9_odd_offers_are_declined_and_lines_are_joined() {
    let answer = |lines: &[&str]| {
        let lines: String =
            lines.iter().map(|line| format!("Sec-WebSocket-Extensions: {line}\r\n")).collect();
        let head = format!(
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{lines}\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        let options = SessionOptions::default();
        let mut session = Session::accept(case("12.1.1"), head.as_bytes(), options, Duration::ZERO);
        let Action::Write(octets) = session.poll(Duration::ZERO) else { panic!("no answer") };
        let answer = String::from_utf8_lossy(octets).into_owned();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        answer.contains("Sec-WebSocket-Extensions: permessage-deflate\r\n")
    };
    assert!(!answer(&["permessage-deflate; strange=1"]));
    assert!(answer(&["permessage-deflate; strange=1, permessage-deflate"]));
    assert!(answer(&["permessage-deflate; strange=1", "permessage-deflate"]));
    assert!(answer(&["x-other", "permessage-deflate"]));
}

#[test]
fn a2_14_wrong_echoes_fail_and_say_so() {
    let other_kind: Answer = |connection, _, message| connection.send_binary(message).unwrap();
    let other_octets: Answer = |connection, kind, message| {
        let mut message = message.to_vec();
        message[3] ^= 1;
        connection.send_fragment(kind, &message, true).unwrap();
    };
    let shorter: Answer = |connection, kind, message| {
        connection.send_fragment(kind, &message[..message.len() - 1], true).unwrap();
    };
    let twice: Answer = |connection, kind, message| {
        for _ in 0..2 {
            connection.send_fragment(kind, message, true).unwrap();
        }
    };
    for answer in [other_kind, other_octets, shorter, twice] {
        for testee in [Testee::Server, Testee::Client] {
            let outcome = Peer { answer, ..Peer::good() }.run(&short(case("12.1.2"), 10), testee);
            assert_eq!(
                (outcome.behavior, outcome.verdict),
                (Behavior::Failed, Verdict::Fail),
                "{}",
                outcome.reason
            );
            assert!(outcome.result.contains("differs from what I sent"), "{}", outcome.result);
        }
    }
}

fn server_frame(rsv: u8, payload: &[u8]) -> Vec<u8> {
    let mut octets = Vec::new();
    append_frame(FrameHeader { rsv, ..FrameHeader::new(Opcode::TEXT, 0) }, payload, &mut octets);
    octets
}

#[test]
fn broken_streams_end_the_connection() {
    for payload in [&[0x06][..], &[0xf2, 0x00, 0x11, 0x00, 0x00]] {
        let outcome = Peer { first: server_frame(4, payload), ..Peer::good() }
            .run(&short(case("12.1.1"), 5), Testee::Server);
        assert_eq!((outcome.behavior, outcome.verdict), (Behavior::Failed, Verdict::Fail));
        assert!(outcome.reason.contains("DEFLATE"), "{}", outcome.reason);
        assert!(!outcome.facts.dropped_by_me);
    }
    // Reserved bits that mean nothing, and RSV1 where it means nothing.
    for (first, bits) in
        [(server_frame(6, b""), "RSV2"), (vec![0xc9, 0x00], "RSV1"), (vec![0xc0, 0x00], "RSV1")]
    {
        let outcome = Peer { first, ..Peer::good() }.run(&short(case("12.1.1"), 5), Testee::Server);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(outcome.reason.contains(bits), "{}", outcome.reason);
    }
}

#[test]
fn a_bomb_is_cut_off() {
    let mut payload = Vec::new();
    let agreed = Response::default().sending(Role::Server);
    Deflater::new(agreed, Settings::default()).message(&vec![b' '; 200 << 20], &mut payload);
    let outcome = Peer { first: server_frame(4, &payload), ..Peer::good() }
        .run(&short(case("12.1.1"), 5), Testee::Server);
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert!(outcome.reason.contains("without end"), "{}", outcome.reason);
}
