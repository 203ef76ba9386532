//! Inputs made to harm: nothing panics, and nothing takes memory or time out of all proportion.

use super::packets::Trace;
use super::*;

fn random(seed: u32) -> impl FnMut() -> usize {
    let mut seed = seed;
    move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize
    }
}

/// Samples of every kind of text and packets, damaged anywhere and cut anywhere.
#[test]
fn damaged_inputs_never_panic() {
    let close = [&b"\x88\xfe\x01\x02\x03\x04"[..], &[7; 126]].concat();
    let chunked =
        String::from_utf8_lossy(RESPONSE).replace("\r\nUpgrade", "\r\nTransfer-Encoding: chunked\r\nUpgrade");
    let samples: Vec<Vec<u8>> = vec![
        Trace::new().upgraded().says(SERVER, HI).says(CLIENT, HELLO).says(CLIENT, &close).says(SERVER, HI).octets(),
        Trace::new().says(CLIENT, REQUEST).says(SERVER, chunked.as_bytes()).says(SERVER, b"4\r\n\x81\x02hi\r\n0\r\n\r\n").octets(),
        Trace::midstream().says(CLIENT, HELLO).says(SERVER, HI).loses(SERVER, 3).says(SERVER, HI).octets(),
        Trace::new().says(CLIENT, b"PROXY TCP4 1.2.3.4 10.0.0.2 5555 80\r\n").upgraded().says(SERVER, HI).octets(),
        b"00000000  81 8e db 40 e4 f8 93 25  88 94 b4 6c c4 ab be 32  |...|\n00000010  92 9d a9 61  |...|\n*\n00000030\n".to_vec(),
        b"0000000 201 005   H   e   l   l   o  \\n  \\0\n0000011\n".to_vec(),
        b"[129, 5, 72, 101, 108, 108, 111] <Buffer 81 05 48> {\"0\":129,\"1\":0} <<129,0,\"a\">> char peer1_0[] = { 0x81, 0x00 };".to_vec(),
        "log \u{e9} b'\\x81\\x05Hello' \\u{81} \"\\201\\5Hello\" payload=gQVIZWxsbw== 81 05 48 65 6c 6c 6f".as_bytes().to_vec(),
        b"=> Send data, 7 bytes\n0000: 81 81 00 00 00 00 61    ..\n<= Recv data\n0000: 81 01 62   ..b\n".to_vec(),
    ];
    let mut random = random(1);
    for sample in &samples {
        for round in 0..300 {
            let mut damaged = sample.clone();
            for _ in 0..random() % 8 {
                let at = random() % damaged.len();
                damaged[at] =
                    if round % 2 == 0 { random() as u8 } else { b" \n0x[]<>{}\\\"'|:*,f9"[random() % 19] };
            }
            damaged.truncate(damaged.len() - random() % (damaged.len() / 2));
            let options =
                Options { force: round % 3 == 0, port: (round % 5 == 0).then_some(80), ..Options::default() };
            if let Ok(capture) = read(&damaged, &options) {
                for connection in &capture.connections {
                    for frame in &connection.frames {
                        assert!(frame.wire().len() <= frame.payload.len() + 14);
                    }
                }
            }
        }
    }
}

/// A control frame with a length that is not in seven bits, some thousand times: neither the stack nor the notes grow with them.
#[test]
fn doubtful_frames_without_end_are_read_one_by_one() {
    let flood: Vec<u8> = b"\x89\x7e\x00\x00".iter().copied().cycle().take(256 << 10).collect();
    let options =
        Options { format: Some(wsproof_inspect::Format::Raw), sender: Some(SERVER), ..Options::default() };
    let connection = only(read(&flood, &options).unwrap());
    assert!(connection.frames.len() > 30_000 && connection.notes.len() < 10, "{}", connection.frames.len());
    let mut trace = Trace::new().upgraded();
    for _ in 0..2000 {
        trace.say(SERVER, b"\x89\x7e\x01");
    }
    only(open(&trace.octets()));
}

/// Gaps, strays, requests, attempts and records without end are counted, not listed.
#[test]
fn what_repeats_is_counted() {
    let mut trace = Trace::new().upgraded();
    for _ in 0..500 {
        trace = trace.loses(SERVER, 7).says(SERVER, HI).says(CLIENT, HELLO);
    }
    let connection = only(open(&trace.octets()));
    assert!(connection.notes.len() < 10, "{:?}", connection.notes);
    let refusal = b"HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n";
    let mut trace = Trace::new();
    for _ in 0..500 {
        trace = trace.says(CLIENT, REQUEST).says(SERVER, refusal);
    }
    let connection = only(open(&trace.octets()));
    assert!(connection.notes.len() < 20, "{:?}", connection.notes);
    let empty_lines = [RESPONSE, &b"\r\n".repeat(1000)].concat();
    let connection = only(open(&Trace::new().says(CLIENT, REQUEST).says(SERVER, &empty_lines).octets()));
    assert!(connection.told_violations.len() < 10);
    let records: Vec<_> =
        (0..1000).map(|_| serde_json::json!({"type": "x", "opcode": 1, "data": ""})).collect();
    let entry = serde_json::json!([{"request": {"url": "ws://x/"}, "_webSocketMessages": records}]);
    assert!(only(text(&entry.to_string())).notes.len() < 20);
}

/// Texts that make whoever looks for an end look again and again.
#[test]
fn texts_that_never_end_are_looked_through_once() {
    let blanks = format!("got \\x81{}", " a".repeat(200_000));
    for hostile in [
        "<".repeat(500_000),
        "[(".repeat(250_000),
        "\"\\x".repeat(100_000),
        "0x".repeat(300_000),
        ":".repeat(500_000),
        blanks,
    ] {
        let _ = read(hostile.as_bytes(), &Options::default());
    }
}

/// A client that is never answered, and goes on.
#[test]
fn an_answer_is_not_waited_for_without_end() {
    let mut trace = Trace::new().says(CLIENT, REQUEST);
    for _ in 0..500 {
        trace = trace.says(CLIENT, &HELLO.repeat(100));
    }
    let connection = only(open(&trace.octets()));
    assert_eq!((connection.frames.len(), broken(&connection)), (50_000, vec![]));
    has_note(&connection.notes, "the server's part of the handshake is not in the capture");
}

/// A dump that says that lines were left out may say so of any number.
#[test]
fn lines_that_are_left_out_cost_no_memory() {
    let dump = "00000000: 8100 8100 8100 8100  ........\n*\nffffffff: 8100  ..\n";
    assert!(read(dump.as_bytes(), &Options::default()).is_err());
}

/// What is announced is not reserved: lengths in IP, in chunks, in zstd's header.
#[test]
fn announced_lengths_cost_nothing() {
    let chunk = b"HTTP/1.1 400 x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc";
    only(open(&Trace::new().says(CLIENT, REQUEST).says(SERVER, chunk).octets()));
    let length = b"HTTP/1.1 400 x\r\nContent-Length: 18446744073709551615\r\n\r\nabc";
    only(open(&Trace::new().says(CLIENT, REQUEST).says(SERVER, length).octets()));
    let zstd = b"\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x00\x00";
    assert!(read(zstd, &Options::default()).is_err());
}
