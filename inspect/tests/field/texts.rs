//! Octets as people paste them.

use wsproof_inspect::{Format, Source};

use super::packets::Trace;
use super::*;

/// `text "Hello"`, whoever sent it, and nothing else.
#[track_caller]
fn is_hello(capture: Capture) -> Connection {
    let connection = only(capture);
    let texts: Vec<String> = said(&connection).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Hello"]);
    assert_eq!(broken(&connection), []);
    connection
}

/// `decimal_list.txt`, `c_array.txt`, `node_buffer.json`, `node_inspect.txt`, and how other languages print octets.
#[test]
fn lists_of_numbers() {
    for list in [
        "[129,5,72,101,108,108,111]",
        "{129,5,72,101,108,108,111}",
        "{\"type\":\"Buffer\",\"data\":[129,5,72,101,108,108,111]}",
        "<Buffer 81 05 48 65 6c 6c 6f>\n",
        "Uint8Array(7) [\n  129, 5, 72, 101,\n  108, 108, 111\n]",
        "[]byte{0x81, 0x5, 0x48, 0x65, 0x6c, 0x6c, 0x6f}",
        "[129 5 72 101 108 108 111]",
        "[-127, 5, 72, 101, 108, 108, 111]",
        "<<129,5,72,101,108,108,111>>",
        "static const unsigned char pkt4[7] = {\n0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f /* ..Hello */\n};",
    ] {
        is_hello(text(list));
    }
}

/// `hexdump_C.txt`: masked.
#[test]
fn a_dump_with_a_column_of_text() {
    let dump = "00000000  81 8e db 40 e4 f8 93 25  88 94 b4 6c c4 ab be 32  |...@...%...l...2|\n\
                00000010  92 9d a9 61                                       |...a|\n00000014\n";
    let connection = only(text(dump));
    assert_eq!(
        (said(&connection), broken(&connection)),
        (vec![(CLIENT, "Hello, Server!".to_owned())], vec![])
    );
}

/// `wireshark_offset.txt`, `tcpdump_x.txt`: the offset is no data.
#[test]
fn offsets_are_no_data() {
    for dump in [
        "0000   81 05 48 65 6c 6c 6f",
        "\t0x0000:  8105 4865 6c6c 6f",
        "0000   81 05 48 65 6c 6c 6f                              ..Hello\n",
        "0000 81 05 48 65 6c 6c 6f",
        "00000000: 8105 4865 6c6c 6f                        ..Hello",
        "0000000 0581 6548 6c6c 006f\n0000007\n",
        "0000000 81 05 48 65 6c 6c 6f\n0000007\n",
        "0000000 201 005   H   e   l   l   o\n0000007\n",
        "         +-------------------------------------------------+\n         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n\
         +--------+-------------------------------------------------+----------------+\n\
         |00000000| 81 05 48 65 6c 6c 6f                            |..Hello         |\n\
         +--------+-------------------------------------------------+----------------+",
    ] {
        is_hello(text(dump));
    }
}

/// `\x81\x05…` in a longer log line, and other forms there.
#[test]
fn octets_in_a_line_of_a_log() {
    for line in [
        r"2026-11-02 12:00:00,123 DEBUG recv: b'\x81\x05Hello' from ('127.0.0.1', 9001)",
        r#"127.0.0.1 - - [02/Nov/2026:12:00:00 +0000] "\x81\x05Hello" 400 150 "-" "-""#,
        r"[error] Invalid method in request \x81\x05Hello",
        "12:00:00 received <Buffer 81 05 48 65 6c 6c 6f> in 3 ms",
        "{\"level\":\"debug\",\"frame\":{\"type\":\"Buffer\",\"data\":[129,5,72,101,108,108,111]},\"n\":1}",
        "DEBUG < frame 81 05 48 65 6c 6c 6f [7 bytes]",
        "12:00:00 payload=gQVIZWxsbw== len=7",
    ] {
        let capture = text(line);
        if !line.contains("Buffer") {
            has_note(&capture.notes, "in line 1 from column");
        }
        is_hello(capture);
    }
    // Other numbers in the line are named.
    let capture = text("{\"sizes\":[12,34],\"octets\":[129,5,72,101,108,108,111]}");
    has_note(&capture.notes, "1 other list of numbers in it is not made of frames and was passed over");
    is_hello(capture);
    // Two lines, two ends.
    let lines = "-> b'\\x81\\x85\\x01\\x02\\x03\\x04Igohn'\n<- b'\\x81\\x02hi'\n";
    let connection = only(text(lines));
    assert_eq!(said(&connection), [(CLIENT, "Hello".to_owned()), (SERVER, "hi".to_owned())]);
}

/// Whole packets, as `tcpdump -X` and Wireshark print them: what is around the frames is taken off.
#[test]
fn packets_in_text() {
    let trace = Trace::new().upgraded().says(CLIENT, HELLO).says(SERVER, HI).octets();
    let mut dump = String::new();
    let mut wireshark = String::new();
    let mut at = 24;
    while at < trace.len() {
        let len = u32::from_le_bytes(trace[at + 8..at + 12].try_into().unwrap()) as usize;
        let packet = &trace[at + 16..at + 16 + len];
        dump.push_str(
            "12:00:00.000000 IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:12, ack 1, win 8192\n",
        );
        for (line, octets) in packet[14..].chunks(16).enumerate() {
            let pairs: Vec<String> = octets.chunks(2).map(wsproof_inspect::hex).collect();
            dump.push_str(&format!("\t0x{:04x}:  {:<39}  .\n", line * 16, pairs.join(" ")));
        }
        for (line, octets) in packet.chunks(16).enumerate() {
            let pairs: Vec<String> = octets.chunks(1).map(wsproof_inspect::hex).collect();
            wireshark.push_str(&format!("{:04x}   {:<47}   .\n", line * 16, pairs.join(" ")));
        }
        wireshark.push('\n');
        at += 16 + len;
    }
    for printed in [&dump, &wireshark] {
        let capture = text(printed);
        assert_eq!(capture.source, Source::Pcap);
        has_note(&capture.notes, "read as 7 packets, with IP and TCP headers");
        let connection = only(capture);
        assert_eq!(connection.name, "ws://x/ws");
        assert_eq!(said(&connection), [(CLIENT, "Hello".to_owned()), (SERVER, "hi".to_owned())]);
    }
    // One packet as a stream of digits, in several lines with remarks, and cut.
    let last = wsproof_inspect::hex(&trace[trace.len() - 58..]);
    assert_eq!(said(&only(text(&last))), [(SERVER, "hi".to_owned())]);
    let (headers, frame) = last.split_at(108);
    let capture = text(&format!("{headers} // TCP header\n{}... // WebSocket\n", &frame[..6]));
    has_note(&capture.notes, "line 2: \"...\" says that there was more");
    let connection = only(capture);
    assert_eq!((connection.frames[0].announced, connection.frames[0].payload.len()), (2, 1));
}

/// What shows both ends, with the handshake: curl and Wireshark.
#[test]
fn both_ends_in_text() {
    let dump = |octets: &[u8], indent: &str| -> String {
        let line = |(line, octets): (usize, &[u8])| {
            let pairs: Vec<String> = octets.chunks(1).map(wsproof_inspect::hex).collect();
            format!("{indent}{:08x}  {:<49} .\n", line * 16, pairs.join(" "))
        };
        octets.chunks(16).enumerate().map(line).collect()
    };
    let curl = format!(
        "== Info: Connected to x\n=> Send header, 160 bytes (0xa0)\n{}<= Recv header, 129 bytes (0x81)\n{}<= Recv data, 4 bytes (0x4)\n{}",
        dump(REQUEST, "").replace("0  ", "0: "),
        dump(RESPONSE, "").replace("0  ", "0: "),
        "0000: 81 02 68 69                                     ..hi\n",
    );
    let follow = format!("{}{}", dump(REQUEST, ""), dump(&[RESPONSE, HI].concat(), "    "));
    let array = |name: &str, octets: &[u8]| {
        let numbers: Vec<String> = octets.iter().map(|octet| format!("0x{octet:02x}")).collect();
        format!("char {name}[] = {{ /* Packet 4 */\n{} }};\n", numbers.join(", "))
    };
    let arrays = array("peer0_0", REQUEST) + &array("peer1_0", RESPONSE) + &array("peer1_1", HI);
    for (name, shown) in [("curl", curl), ("follow", follow), ("arrays", arrays)] {
        let connection = is_hi(text(&shown));
        assert_eq!(connection.name, "ws://x/ws", "{name}");
        assert_eq!(connection.notes, [""; 0], "{name}");
    }
}

/// Netty's `LoggingHandler`: what was written and what was read, heads and frames, a frame in two reads.
#[test]
fn a_log_of_netty() {
    let told = |what: &str, octets: &[u8]| {
        let mut text = format!(
            "12:00:00.001 DEBUG - [id: 0x7fbbae18, L:/10.0.0.1:4 - R:x/10.0.0.2:80] {what}: {}B\n",
            octets.len()
        );
        for (line, octets) in octets.chunks(16).enumerate() {
            let pairs: Vec<String> = octets.chunks(1).map(wsproof_inspect::hex).collect();
            text.push_str(&format!("|{:08x}| {:<47} |.|\n", line * 16, pairs.join(" ")));
        }
        text + "12:00:00.002 DEBUG - [id: 0x7fbbae18] FLUSH\n"
    };
    for (client, server) in [("WRITE", "READ"), ("READ", "WRITE"), ("RECEIVED", "WRITE")] {
        let log = told(client, REQUEST)
            + &told(server, RESPONSE)
            + &told(client, HELLO)
            + &told(server, &HI[..3])
            + &told(server, &HI[3..]);
        let connection = only(text(&log));
        assert_eq!(connection.name, "ws://x/ws");
        assert_eq!(broken(&connection), []);
        assert_eq!(said(&connection), [(CLIENT, "Hello".to_owned()), (SERVER, "hi".to_owned())], "{client}");
    }
}

/// Words about frames are no frames: nobody is blamed for them, and what to bring is said.
#[test]
fn words_about_frames_are_not_judged() {
    let dissection = "Frame 341: 66 bytes on wire (528 bits), 66 bytes captured (528 bits)\nWebSocket\n    \
        1... .... = Fin: True\n    .... 0001 = Opcode: Text (1)\n    1... .... = Mask: True\n    \
        .000 0101 = Payload length: 5\n    Masking-Key: 01020304\n    Masked payload\n";
    let log = "17:13:11 DEBUG WebSocket08FrameDecoder - Decoding WebSocket Frame opCode=1\n\
        17:13:11 DEBUG WebSocket08FrameDecoder - Decoding WebSocket Frame length=421\n";
    let messages = "2011-10-27 15:26:55,864 ('Websocket message: ', '2::')\n\
        2011-10-27 15:27:12,068 ('Websocket error: ', (WebSocketException('Invalid frame type',),))\n";
    for (shown, words) in [
        (dissection, "\"Follow TCP Stream\", shown as a hex dump"),
        (log, "no frames were found in this text"),
        (messages, "no frames were found in this text"),
    ] {
        let why = read(shown.as_bytes(), &Options::default()).unwrap_err().to_string();
        assert!(why.contains(words), "{why}");
    }
    // Wireshark's plain text with the packet's octets has what is needed.
    let with_octets =
        format!("{dissection}\n0000  81 85 01 02 03 04 49 67 6f 68 6e                  ......Igohn\n");
    assert_eq!(said(&only(text(&with_octets))), [(CLIENT, "Hello".to_owned())]);
}

/// What a log shows in lines of 16 octets ends with a short one.
#[test]
fn a_frame_over_lines_of_a_log() {
    for shown in [
        "I (13138) ws: 81 10 53 49 58 54 45 45 4e 20 4f 43 54 45 54 53 \nI (13138) ws: 21 21 \n",
        "I (131380) ws: 81 0f 53 49 58 54 45 45 4e 20 4f 43 54 45 54 53 \nI (131380) ws: 21 \n",
    ] {
        let connection = only(text(shown));
        assert!(said(&connection)[0].1.starts_with("SIXTEEN OCTETS!"), "{shown}");
    }
}

/// PowerShell writes UTF-16, whatever is in it.
#[test]
fn text_of_another_width_is_text_too() {
    for shown in ["81 05 48 65 6c 6c 6f", "[129,5,72,101,108,108,111]", "DEBUG b'\\x81\\x05Hello'"] {
        let wide: Vec<u8> =
            format!("\u{feff}{shown}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
        is_hello(open(&wide));
    }
}

/// What was cut by whoever printed it is told, and shown as far as it goes.
#[test]
fn octets_that_were_cut_are_told() {
    for (shown, words) in [
        ("<Buffer 81 7e 00 c8 61 61 61 61 ... 196 more bytes>", "196 more bytes"),
        ("[129, 126, 0, 200, 97, 97, 97, 97, ... 196 more items]", "196 more items"),
        ("81 7e 00 c8 61 61 61 61 [... 196 more bytes]", "196 more bytes"),
        ("817e00c861616161...", "there was more"),
    ] {
        let capture = text(shown);
        has_note(&capture.notes, words);
        let connection = only(capture);
        assert_eq!((connection.frames[0].announced, connection.frames[0].payload.len()), (200, 4), "{shown}");
    }
}

/// What a terminal shows in place of octets, and what has no octets at all, is told and not judged.
#[test]
fn octets_that_were_lost_are_not_judged() {
    let shown = [RESPONSE, "\u{fffd}~\u{fffd}{\"a\":1}\n".as_bytes()].concat();
    let why = read(&shown, &Options::default()).unwrap_err().to_string();
    assert!(why.contains("it has U+FFFD") && why.contains("print them as hex or base64"), "{why}");
    let verbose = "07:31:08 [0-0] > GET /ws HTTP/1.1\n07:31:08 [0-0] > Host: x\n07:31:08 [0-0] < HTTP/1.1 101 Switching Protocols\n";
    let why = read(verbose.as_bytes(), &Options::default()).unwrap_err().to_string();
    assert!(why.contains("`curl --trace FILE` writes them"), "{why}");
    // A text that may hold these characters is one that fits.
    is_hello_like("81 03 ef bf bd");
    // A message's payload is no frame; that cannot be known, but it can be said.
    has_note(&text("<Buffer 00 00 00 7c c2 e9 40 01>").notes, "they may be a message's payload");
}

fn is_hello_like(shown: &str) {
    assert_eq!(broken(&only(text(shown))), []);
}

#[test]
fn what_is_nothing_is_told_with_its_place() {
    for (text, words) in [
        ("hello?", "cannot be read as hex: line 1: 'h' is no hexadecimal digit"),
        ("81 05 48 65 6c 6c 6", "cannot be read as hex: line 1: an odd number of digits"),
        ("", "cannot be read: it is empty"),
        (
            "{\"a\": 1}",
            "cannot be read as har: it has no log.entries, and is none of the other kinds of JSON",
        ),
        (r"\x81\x5", "cannot be read as text: octet 4 of the text"),
    ] {
        let why = read(text.as_bytes(), &Options::default()).unwrap_err().to_string();
        assert!(why.contains(words), "{text}: {why}");
    }
    let options = Options { format: Some(Format::List), ..Options::default() };
    let why = read(b"Hello", &options).unwrap_err().to_string();
    assert!(why.contains("cannot be read as list: there is no list of numbers"), "{why}");
}
