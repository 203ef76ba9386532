//! Real captures of browsers and of the loopback, and hostile ones.

use wsproof_inspect::{Connection, Format, Frame, Live, Options, Sender, Source, export, hex, read};

const NETLOG: &[u8] = include_bytes!("captures/netlog.json");
const HAR: &[u8] = include_bytes!("captures/messages.har");
const EVENTS: &[u8] = include_bytes!("captures/events.json");
const WINDOW: &[u8] = include_bytes!("captures/window_larger_than_agreed.hex");
const PCAP: &[u8] = include_bytes!("captures/chat.pcap");

/// `client TEXT fin rsv1 5`, a line a frame.
fn frames(connection: &Connection) -> Vec<String> {
    let line = |frame: &Frame| {
        let sender = if frame.sender == Sender::Client { "client" } else { "server" };
        let fin = if frame.fin { " fin" } else { "" };
        format!("{sender} {}{fin} rsv{} {}", frame.opcode, frame.rsv, frame.announced)
    };
    connection.frames.iter().map(line).collect()
}

fn texts(connection: &Connection, sender: Sender) -> Vec<String> {
    let sent = connection.messages.iter().filter(|message| message.sender == sender);
    sent.map(|message| {
        assert!(message.complete && message.len == message.octets.len() as u64);
        message.text().unwrap_or_else(|| hex(&message.octets))
    })
    .collect()
}

#[test]
fn a_net_export_log_has_every_frame() {
    let capture = read(NETLOG, &Options::default()).unwrap();
    assert_eq!((capture.source, capture.connections.len()), (Source::Netlog, 1));
    let connection = &capture.connections[0];
    assert_eq!(connection.name, "ws://127.0.0.1:35619/sock");
    assert_eq!(connection.violations(), 0, "{connection:?}");
    let handshake = connection.handshake.as_ref().unwrap();
    assert_eq!(handshake.deflate.as_deref(), Some("permessage-deflate"));
    assert_eq!(handshake.response.as_ref().unwrap().line, "HTTP/1.1 101 Switching Protocols");
    assert_eq!(
        frames(connection),
        [
            "client 1 fin rsv4 4",
            "client 2 fin rsv4 6",
            "server 1 fin rsv4 4",
            "server 9 fin rsv0 2",
            "client 10 fin rsv0 2",
            "server 1 rsv4 11",
            "server 0 rsv0 9",
            "server 0 fin rsv0 5",
            "server 2 fin rsv4 6",
            "server 1 fin rsv4 22",
            "server 2 fin rsv4 6",
            "client 1 fin rsv4 5",
            "server 1 fin rsv4 5",
            "server 8 fin rsv0 6",
            "client 8 fin rsv0 6",
        ]
    );
    assert_eq!(texts(connection, Sender::Client), ["go", "000102fe", "bye"].map(str::to_owned));
    let server = texts(connection, Sender::Server);
    assert_eq!(server[..2], ["go", "frag-mented"]);
    assert_eq!(server[3].len(), 5000);
    let fragments: Vec<_> = connection.frames.iter().filter(|frame| frame.message == Some(3)).collect();
    assert_eq!(fragments.len(), 3);
    let last = connection.frames.last().unwrap();
    assert_eq!((last.close(), last.mask.is_some()), (Some((4001, "done".to_owned())), true));
    assert!(last.time_us > connection.frames[0].time_us);
}

#[test]
fn a_log_of_a_killed_browser_is_read_to_its_last_event() {
    let cut = &NETLOG[..NETLOG.len() - 500];
    let capture = read(cut, &Options::default()).unwrap();
    assert!(capture.notes[0].contains("has no end"), "{:?}", capture.notes);
    assert!(capture.connections[0].frames.len() > 10);
}

#[test]
fn an_archive_says_what_it_cannot_tell() {
    let capture = read(HAR, &Options::default()).unwrap();
    assert_eq!((capture.source, capture.source.has_frames()), (Source::Har, false));
    assert!(capture.notes[0].contains("no masks"), "{:?}", capture.notes);
    let connection = &capture.connections[0];
    assert_eq!(connection.name, "ws://127.0.0.1:41123/sock");
    assert!(connection.frames.is_empty());
    assert_eq!(texts(connection, Sender::Client)[..2], ["go", "000102fe"]);
    assert_eq!(texts(connection, Sender::Server)[1], "frag-mented");
}

#[test]
fn events_of_the_devtools_protocol_are_followed() {
    let capture = read(EVENTS, &Options::default()).unwrap();
    assert_eq!((capture.source, capture.connections.len()), (Source::Events, 3));
    let [refused, talk, short] = &capture.connections[..] else { panic!() };
    assert_eq!(talk.name, "ws://127.0.0.1:46679/sock?x=1");
    assert_eq!(texts(talk, Sender::Client), ["go", "000102fe", "h\u{e9}llo \u{1f600}", "bad"]);
    assert_eq!(texts(talk, Sender::Server)[1], "frag-mented");
    assert_eq!(talk.told_violations[0].clause, "RFC 6455 §5.2");
    assert_eq!((talk.violations(), short.violations()), (1, 0), "{short:?}");
    assert!(refused.messages.is_empty());
    assert!(talk.messages.windows(2).all(|two| two[0].time_us <= two[1].time_us));
}

#[test]
fn a_socket_opened_before_the_first_event_is_followed_from_there() {
    let event = r#"[{"method":"Network.webSocketFrameReceived","params":{"requestId":"9","timestamp":1.5,
        "response":{"opcode":1,"mask":false,"payloadData":"late"}}}]"#;
    let capture = read(event.as_bytes(), &Options::default()).unwrap();
    let connection = &capture.connections[0];
    assert_eq!(texts(connection, Sender::Server), ["late"]);
    assert!(connection.notes[0].contains("before capturing began"), "{:?}", connection.notes);
}

#[test]
fn what_a_page_was_told_at_the_close_is_kept() {
    let mut live = Live::default();
    for event in [
        r#"{"method":"Network.webSocketCreated","params":{"requestId":"1","url":"ws://x/"}}"#,
        r#"{"method":"wsproof.closed","params":{"requestId":"1","code":4001,"reason":"done","wasClean":true}}"#,
        r#"{"method":"wsproof.closed","params":{"requestId":"2","code":"no"}}"#,
        r#"{"method":7}"#,
        "[]",
    ] {
        live.take(&serde_json::from_str(event).unwrap());
    }
    let close = live.capture().connections[0].told_close.clone().unwrap();
    assert_eq!((close.code, close.reason.as_str(), close.clean), (4001, "done", true));
}

#[test]
fn every_header_field_is_judged() {
    let capture = read(NETLOG, &Options::default()).unwrap();
    let handshake = capture.connections[0].handshake.as_ref().unwrap();
    assert!(handshake.checks.iter().all(|check| check.ok), "{:?}", handshake.checks);
    assert!(handshake.checks.iter().any(|check| check.text == "answers the key"));
    let har = std::str::from_utf8(HAR).unwrap();
    for (from, to, says) in [
        ("Sec-WebSocket-Version", "X-Version", "there is no Sec-WebSocket-Version"),
        ("Sec-WebSocket-Accept", "X-Accept", "there is no Sec-WebSocket-Accept"),
        ("\"permessage-deflate\"", "\"bbf-usp\"", "bbf-usp was not offered"),
    ] {
        assert!(har.contains(from), "{from}");
        let capture = read(har.replace(from, to).as_bytes(), &Options::default()).unwrap();
        let handshake = capture.connections[0].handshake.as_ref().unwrap();
        let wrong: Vec<_> = handshake.checks.iter().filter(|check| !check.ok).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].text, says);
        assert_eq!(handshake.violations.len(), 1, "{:?}", handshake.violations);
    }
}

#[test]
fn a_frame_gives_back_its_octets() {
    for hex in ["818537fa213d7f9f4d5158", "827e000100", "0a7f00000000000000020102"] {
        let connection = octets(hex);
        let wire: Vec<u8> = connection.frames.iter().flat_map(Frame::wire).collect();
        assert_eq!(wsproof_inspect::hex(&wire), hex);
    }
}

#[test]
fn an_export_is_read_again() {
    let capture = read(NETLOG, &Options::default()).unwrap();
    let again = read(export::har(&capture).as_bytes(), &Options::default()).unwrap();
    let (before, after) = (&capture.connections[0], &again.connections[0]);
    for sender in [Sender::Client, Sender::Server] {
        assert_eq!(texts(before, sender), texts(after, sender));
    }
    assert_eq!(before.handshake, after.handshake);
    assert_eq!(export::json_lines(before).lines().count(), 15);
}

/// Each export is a scenario that is understood (docs/scenarios.md).
#[test]
fn exported_scenarios_are_scenarios() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (capture, name) in [(NETLOG, "netlog"), (PCAP, "pcap"), (HAR, "har")] {
        let capture = read(capture, &Options::default()).unwrap();
        let connection = &capture.connections[0];
        let mut texts = vec![
            export::scenario(connection, Sender::Client).unwrap(),
            export::scenario(connection, Sender::Server).unwrap(),
            export::message_scenario(&connection.messages[0]),
        ];
        texts.extend(connection.frames.iter().map(export::frame_scenario));
        for (at, text) in texts.iter().enumerate() {
            let path = folder.path().join(format!("{name}-{at}.json"));
            std::fs::write(&path, text).unwrap();
            paths.push(path);
        }
    }
    let cases = wsproof_scenarios::scenario::load(&paths).unwrap();
    assert_eq!(cases.len(), paths.len());
}

#[test]
fn packets_of_the_loopback_are_followed() {
    let capture = read(PCAP, &Options::default()).unwrap();
    assert_eq!((capture.source, capture.connections.len()), (Source::Pcap, 1), "{:?}", capture.notes);
    let connection = &capture.connections[0];
    assert_eq!(connection.name, "ws://127.0.0.1:9010/chat");
    assert_eq!((connection.violations(), &connection.notes[..]), (0, &[][..]));
    let long = "x".repeat(3000);
    let wanted = ["Hello", "000102fe", "frag-mented", &long, "bye"];
    assert_eq!(texts(connection, Sender::Client), wanted);
    assert_eq!(texts(connection, Sender::Server), wanted);
    assert!(connection.frames.iter().any(|frame| frame.opcode == 9 && frame.payload == b"p1"));
    assert!(connection.frames.iter().all(|frame| frame.mask.is_some() == (frame.sender == Sender::Client)));
}

#[test]
fn a_file_cut_anywhere_gives_what_is_there() {
    let whole = read(PCAP, &Options::default()).unwrap().connections[0].frames.len();
    let mut most = 0;
    for end in (0..PCAP.len()).step_by(7) {
        let options = Options { format: Some(Format::Pcap), ..Options::default() };
        if let Ok(capture) = read(&PCAP[..end], &options) {
            let found: usize = capture.connections.iter().map(|connection| connection.frames.len()).sum();
            assert!(found >= most && found <= whole, "at {end}");
            most = found;
        }
    }
    assert!(most + 2 >= whole);
}

#[test]
fn damaged_files_never_panic() {
    let mut seed = 1_u32;
    let mut random = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 8
    };
    for original in [NETLOG, HAR, EVENTS, PCAP] {
        for _ in 0..300 {
            let mut damaged = original.to_vec();
            for _ in 0..1 + random() % 8 {
                let at = random() as usize % damaged.len();
                damaged[at] = random() as u8;
            }
            let _ = read(&damaged, &Options::default());
        }
    }
}

fn octets(hex: &str) -> Connection {
    read(hex.as_bytes(), &Options::default()).unwrap().connections.remove(0)
}

#[test]
fn violations_name_their_octet_and_reading_goes_on() {
    for (hex, text, clause, offset) in [
        // Masked, so from a client: RSV2 set.
        ("a1 80 00000000 8180 00000000", "RSV", "RFC 6455 §5.2", 0),
        ("83 00 81 00", "opcode", "RFC 6455 §5.2", 0),
        ("09 00 81 00", "Ping", "RFC 6455 §5.5", 0),
        ("80 00 81 00", "ontinuation", "RFC 6455 §5.4", 0),
        ("82 7e 00 01 00 81 00", "length", "RFC 6455 §5.2", 2),
        ("81 02 61 ff 81 00", "UTF-8", "RFC 6455 §8.1", 3),
        ("81 01 c3 81 00", "inside a character", "RFC 6455 §8.1", 3),
        ("88 02 03 ed", "1005", "RFC 6455 §7.4", 2),
        ("88 01 03", "Close", "RFC 6455 §5.5.1", 1),
        ("88 00 89 00", "after the close", "RFC 6455 §5.5.1", 2),
        ("c1 05 4a 4c 4c 02 00", "RSV1", "RFC 6455 §5.2", 0),
    ] {
        let connection = octets(hex);
        let found: Vec<_> = connection.frames.iter().flat_map(|frame| &frame.violations).collect();
        assert_eq!(found.len(), 1, "{hex}: {found:?}");
        assert!(found[0].text.to_lowercase().contains(&text.to_lowercase()), "{hex}: {}", found[0].text);
        assert_eq!((found[0].clause.as_str(), found[0].offset), (clause, Some(offset)), "{hex}");
    }
}

/// Each message that refers further back than was agreed is told of, with its distance, and what it says is shown all the same.
#[test]
fn a_window_larger_than_agreed_is_told_with_message_and_distance() {
    use wsproof_core::deflate::{Response, WindowBits};

    let bits = WindowBits::new(9);
    let server = Response { server_max_window_bits: bits, ..Response::default() };
    let fresh = Response { server_no_context_takeover: true, ..Response::default() };
    let window = ("RFC 7692 §7.1.2.1", "512 were agreed: server_max_window_bits=9");
    let takeover = ("RFC 7692 §7.1.1.1", "to before its start, against server_no_context_takeover");
    for (agreed, rule, faulty) in [
        (server, window, &[(1, 616)][..]),
        (fresh, takeover, &[(1, 616), (2, 9)]),
        (Response::default(), window, &[]),
        (Response { client_max_window_bits: bits, ..Response::default() }, window, &[]),
        (Response { server_max_window_bits: WindowBits::new(10), ..Response::default() }, window, &[]),
    ] {
        let options = Options { deflate: Some(agreed), sender: Some(Sender::Server), ..Options::default() };
        let connection = read(WINDOW, &options).unwrap().connections.remove(0);
        let said = texts(&connection, Sender::Server);
        assert_eq!((said.len(), said[0].len(), said[2].as_str()), (3, 616, "lazy dog."));
        assert_eq!(said[1], "The quick brown fox jumps over the lazy dog.");
        assert_eq!(connection.violations(), faulty.len(), "{agreed}");
        for &(message, distance) in faulty {
            let finding = &connection.frames[message].violations[0];
            let (clause, limit) = rule;
            let place = format!("of the server's message {}, inflated", message + 1);
            assert_eq!((finding.clause.as_str(), finding.close_code), (clause, Some(1002)));
            for part in [format!("refers {distance} octets back, "), limit.to_owned(), place] {
                assert!(finding.text.contains(&part), "{}", finding.text);
            }
        }
        assert_eq!(connection.notes, [""; 0]);
        // Whether its receiver must notice, no rule says: nothing can be expected of it.
        let again = export::scenario(&connection, Sender::Server);
        assert_eq!(again.is_err(), !faulty.is_empty());
    }
}

#[test]
fn what_is_announced_costs_nothing() {
    let connection = octets("82 7f 00 00 00 00 40 00 00 00 01 02 03");
    assert_eq!((connection.frames[0].announced, connection.frames[0].payload.len()), (1 << 30, 3));
    assert!(!connection.frames[0].is_complete() && !connection.messages[0].complete);
    assert!(connection.notes[0].contains("cut off"), "{:?}", connection.notes);
}

#[test]
fn a_bomb_is_not_inflated_to_its_end() {
    use wsproof_core::deflate::{Deflater, Response, Settings};
    use wsproof_core::frame::{FrameHeader, Opcode};

    let agreed = Response::default();
    let mut payload = Vec::new();
    Deflater::new(agreed.sending(wsproof_core::Role::Server), Settings::default())
        .message(&vec![0; 100 << 20], &mut payload);
    let mut header = FrameHeader::new(Opcode::BINARY, payload.len() as u64);
    header.rsv = 4;
    let mut frame = header.encode().to_vec();
    frame.extend_from_slice(&payload);
    let options = Options { format: Some(Format::Raw), deflate: Some(agreed), ..Options::default() };
    let connection = read(&frame, &options).unwrap().connections.remove(0);
    assert!(connection.messages[0].octets.len() <= 16 << 20 && connection.messages[0].len <= 65 << 20);
    assert!(
        connection.frames[0].violations[0].text.contains("message"),
        "{:?}",
        connection.frames[0].violations
    );
}

#[test]
fn what_is_no_capture_is_told_with_its_place() {
    for (text, words) in [
        ("hello?", "line 1: 'h' is no hexadecimal digit"),
        ("{\"log\": 1}", "cannot be read as har: it has no log.entries"),
        ("{\"constants\": 1}", "cannot be read as netlog"),
        ("{", "cannot be read as har"),
    ] {
        let error = read(text.as_bytes(), &Options::default()).unwrap_err();
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
}

/// What is written as packets is read as what it was.
#[test]
fn packets_come_back() {
    for capture in [NETLOG, PCAP] {
        let before = read(capture, &Options::default()).unwrap();
        let packets = export::pcapng(&before).unwrap();
        let after = read(&packets, &Options::default()).unwrap();
        assert_eq!((after.source, &after.notes[..]), (Source::Pcap, &[][..]));
        for (mut before, mut after) in before.connections.into_iter().zip(after.connections) {
            assert_eq!(before.handshake, after.handshake);
            assert_eq!(before.messages.len(), after.messages.len());
            for frame in before.frames.iter_mut().chain(&mut after.frames) {
                frame.time_us = None;
            }
            assert_eq!(before.frames, after.frames);
        }
    }
}

#[test]
fn packets_need_octets_and_a_handshake() {
    for (capture, words) in [(HAR, "messages only"), (b"81 00", "the handshake is not in the capture")] {
        let capture = read(capture, &Options::default()).unwrap();
        let why = export::pcapng(&capture).unwrap_err();
        assert!(why.contains(words), "{why}");
    }
}

/// A report with this wire log.
fn report(tester_is_server: bool, response: &str, log: &serde_json::Value) -> Connection {
    let report = serde_json::json!({
        "agent": "x", "behavior": "OK", "behaviorClose": "OK", "id": "1.1.1", "isServer": tester_is_server,
        "httpRequest": "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "httpResponse": response, "result": "r",
        "rxFrameStats": {}, "txFrameStats": {}, "wirelog": log,
    });
    let capture = read(report.to_string().as_bytes(), &Options::default()).unwrap();
    assert_eq!(capture.source, Source::Report);
    assert_eq!(capture.notes[0], "case 1.1.1 of x: OK / OK. r");
    capture.connections.into_iter().next().unwrap()
}

const RESPONSE: &str = "HTTP/1.1 101 x\r\n\r\n";

#[test]
fn a_report_whose_octets_are_whole_is_followed_octet_by_octet() {
    // The response and the first frame come in one read; the frame's length is not in its shortest form.
    let read_first = hex(RESPONSE.as_bytes()) + "817e000161";
    let log = serde_json::json!([
        ["TO", [27, "47"], false],
        ["RO", [RESPONSE.len() + 5, read_first]],
        ["TO", [6, "818000000000"], false],
        ["RO", [2, "8800"]],
    ]);
    let connection = report(false, RESPONSE, &log);
    let frames: Vec<_> = connection.frames.iter().map(|f| (f.sender, f.opcode, f.header_len)).collect();
    assert_eq!(frames, [(Sender::Server, 1, 4), (Sender::Client, 1, 6), (Sender::Server, 8, 2)]);
    assert_eq!(connection.violations() - connection.handshake.as_ref().unwrap().violations.len(), 1);
    assert_eq!(connection.messages[0].text().as_deref(), Some("a"));
}

#[test]
fn a_report_that_was_cut_tells_so_and_invents_nothing() {
    let begin = "*".repeat(64);
    let log = serde_json::json!([
        ["RF", [300, format!("{begin} ...")], 1, true, 0, true, "01020304"],
        ["RO", [308, "00 ..."]],
        ["TF", [4, "0xff00ff00"], 2, true, 0, null, 1000, null, false],
        ["TO", [1004, "00 ..."], false],
        ["RF", [1_u64 << 40, "x ..."], 2, true, 0, true, "01020304"],
        ["RF", [3, "0x0"], 1, true, 0, true, "01020304"],
    ]);
    let connection = report(true, RESPONSE, &log);
    let [text, repeated, huge, short] = &connection.frames[..] else { panic!("{:?}", connection.frames) };
    assert_eq!((text.sender, text.announced, text.payload.len()), (Sender::Client, 300, 64));
    assert!(!text.is_complete() && text.violations.is_empty());
    assert_eq!((repeated.sender, repeated.payload.len()), (Sender::Server, 1000));
    assert_eq!(repeated.payload[..5], [0xff, 0, 0xff, 0, 0xff]);
    assert_eq!((huge.announced, huge.payload.len()), (1_u64 << 40, 1));
    assert_eq!(short.payload, b"0x0");
    assert!(
        connection.notes.iter().any(|note| note.contains("of 2 of the client's frames")),
        "{:?}",
        connection.notes
    );
    let why = export::scenario(&connection, Sender::Client).unwrap_err();
    assert!(why.contains("only 64 of its 300 octets"), "{why}");
}

/// A flood: the frames that stand for others are shown once, and told of; octets that lack a part are not followed.
#[test]
fn a_report_whose_log_is_folded_says_so() {
    let ping = serde_json::json!(["RF", [0, ""], 9, true, 0, false, null]);
    let report = serde_json::json!({
        "agent": "x", "behavior": "FAILED", "behaviorClose": "FAILED", "id": "1.1.1", "isServer": false,
        "httpRequest": "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "httpResponse": RESPONSE, "result": "r",
        "rxFrameStats": {"9": 20_000, "8": 1}, "txFrameStats": {},
        "wirelog": [
            ["RO", [RESPONSE.len(), hex(RESPONSE.as_bytes())]],
            ["RO", [2, "8900"]],
            ping,
            ["RF", [2, "0x03e8"], 8, true, 0, false, null],
        ],
        "wirelogEntriesLeftOut": 7,
        "wirelogEntriesLeftOutBefore": 3,
        "wirelogRepeats": [
            {"line": 1, "octets": 39_998, "times": 3, "untilUs": 9},
            {"line": 2, "octets": 0, "times": 19_998, "untilUs": 9},
            {"line": 99, "times": "x"},
        ],
    });
    let capture = read(report.to_string().as_bytes(), &Options::default()).unwrap();
    let opcodes: Vec<_> = capture.connections[0].frames.iter().map(|frame| frame.opcode).collect();
    assert_eq!(opcodes, [9, 8]);
    let told = |words: &str| capture.notes.iter().any(|note| note.contains(words));
    assert!(told("one frame shown here stands for 19998 more of the same"), "{:?}", capture.notes);
    assert!(told("7 entries of the log before its line 3 were not kept"), "{:?}", capture.notes);
    assert!(told("20001 frames were received; 20000 of them are in the log"), "{:?}", capture.notes);
}

#[test]
fn a_report_that_makes_no_sense_is_an_error_or_passed_over() {
    let log = serde_json::json!([
        [],
        7,
        "TO",
        ["TO"],
        ["RF", [1, "x"]],
        ["RF", [1, "x"], 99, true, 0, true, null],
        ["TO", [5, "xyz"], false],
        ["RF", [1, "x"], 1, true, 0, true, "0102030405"],
        ["RO", [u64::MAX, "é"]],
        ["RO", [u64::MAX, "00"]],
    ]);
    assert!(report(false, "?", &log).frames.len() < 2);
    let options = Options { format: Some(Format::Report), ..Options::default() };
    assert!(read(b"{}", &options).unwrap_err().to_string().contains("wirelog"));
    assert!(read(b"{\"wirelog\": []}", &options).unwrap_err().to_string().contains("isServer"));
}

/// The scenario of what one end sent: what is accepted, and how the end is judged.
fn replayed(digits: &str, sender: Sender) -> serde_json::Value {
    let scenario = export::scenario(&octets(digits), sender).unwrap();
    wsproof_scenarios::scenario::parse(&scenario).unwrap();
    serde_json::from_str(&scenario).unwrap()
}

#[test]
fn what_breaks_a_rule_is_to_be_refused() {
    // A legal ping, then text that is not UTF-8, then a close of the tester itself.
    let scenario = replayed("8980 00000000 8182 00000000 61ff 8880 00000000", Sender::Client);
    assert_eq!(scenario["close"], serde_json::json!({"by_fuzzer": false, "codes": [1007]}));
    assert_eq!(
        scenario["accept"][0]["events"],
        serde_json::json!([{"event": "pong", "payload": {"text": ""}}])
    );
    let steps = scenario["steps"].as_array().unwrap();
    assert_eq!(
        steps.iter().map(|step| step["do"].as_str().unwrap()).collect::<Vec<_>>(),
        ["frame", "frame", "kill_after"]
    );
}

#[test]
fn what_a_wrong_testee_said_is_not_expected_again() {
    // A ping of "a", and "AbC".
    let ours = "898100000000618183000000 00416243".replace(' ', "");
    let log = |theirs: &str| {
        serde_json::json!([
            ["TO", [27, "47"], false],
            ["RO", [RESPONSE.len(), hex(RESPONSE.as_bytes())]],
            ["TO", [ours.len() / 2, ours], false],
            ["RO", [theirs.len() / 2, theirs]],
        ])
    };
    let wanted = serde_json::json!([
        {"event": "pong", "payload": {"text": "a"}},
        {"event": "message", "binary": false, "payload": {"text": "AbC"}},
    ]);
    for theirs in [
        // Right; another pong; none; RSV2 at the echo; no echo but text that is not UTF-8; a reserved opcode.
        "8a01618103416243",
        "8a01628103416243",
        "8103416243",
        "8a0161a103416243",
        "8a01618103ff6243",
        "8a01618303416243",
    ] {
        let connection = report(false, RESPONSE, &log(theirs));
        let scenario: serde_json::Value =
            serde_json::from_str(&export::scenario(&connection, Sender::Client).unwrap()).unwrap();
        assert_eq!(scenario["accept"][0]["events"], wanted, "{theirs}");
    }
}
