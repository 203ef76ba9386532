//! `wsproof decode`, as it is typed.

mod support;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use support::{BIN, Run};

fn capture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../inspect/tests/captures").join(name);
    path.to_str().unwrap().to_owned()
}

fn decode(arguments: &[&str], input: &str) -> Run {
    let mut command = Command::new(BIN);
    command.arg("decode").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that reads a file never looks at it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap().into()
}

#[test]
fn frames_of_both_ends_are_listed_with_what_they_say() {
    let run = decode(&[&capture("chat.pcap")], "");
    let out = &run.succeeds().out;
    assert!(out.starts_with(
        "ws://127.0.0.1:9010/chat  permessage-deflate · 15 frames · 10 messages · no violation"
    ));
    for words in
        ["server ← ping", "client → continuation fin", "\"frag-mented\"", "code 4001 \"done\"", "rsv1 mask"]
    {
        assert!(out.contains(words), "`{words}` is missing in: {out}");
    }
}

#[test]
fn violations_have_clause_and_octet_and_an_exit_status() {
    let run = decode(&[], "81 02 61 ff 88 02 03 ed\n");
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(run.out.contains("! RFC 6455 §8.1: text is not UTF-8, octet 3"), "{}", run.out);
    assert!(run.out.contains("! RFC 6455 §7.4: close code 1005 must not be sent, octet 6"), "{}", run.out);
}

#[test]
fn what_the_browser_found_wrong_is_shown() {
    let run = decode(&[&capture("events.json")], "");
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(run.out.contains("! RFC 6455 §5.2: One or more reserved bits are on"), "{}", run.out);
    assert!(run.out.contains("\"frag-mented\""), "{}", run.out);
}

#[test]
fn octets_of_a_compressed_stream_are_inflated_when_told_so() {
    let run = decode(&["--deflate", "server_no_context_takeover"], "c1 07 f2 48 cd c9 c9 07 00");
    assert!(run.succeeds().out.contains("7  → 5  \"Hello\""), "{}", run.out);
    decode(&["--deflate", "window=3"], "c100").fails_with(2, &["window"]);
}

#[test]
fn a_window_larger_than_agreed_is_told() {
    let file = capture("window_larger_than_agreed.hex");
    let of = |agreed| decode(&["--sent-by", "server", "--deflate", agreed, &file], "");
    let run = of("permessage-deflate; server_max_window_bits=9");
    assert_eq!(run.status, 1, "{}", run.err);
    for part in [
        "1 violation",
        "! RFC 7692 §7.1.2.1: compressed message refers 616 octets back, 512 were agreed: server_max_window_bits=9",
        "octet 1 of the server's message 2, inflated",
        "\"The quick brown fox jumps over the lazy dog.\"",
    ] {
        assert!(run.out.contains(part), "{}", run.out);
    }
    assert!(of("permessage-deflate; server_max_window_bits=10").succeeds().out.contains("no violation"));
}

#[test]
fn octets_are_read_as_programs_print_them() {
    let run = decode(&[], r"b'\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58'");
    assert!(run.succeeds().out.contains("Hello"));
    decode(&[], r"\x81\x5").fails_with(2, &["as text", "octet 4 of the text"]);
}

#[test]
fn json_has_all_of_it() {
    let run = decode(&["--json", &capture("netlog.json")], "");
    let json: serde_json::Value = serde_json::from_str(&run.succeeds().out).unwrap();
    assert_eq!(json["connections"][0]["frames"].as_array().unwrap().len(), 15);
    assert_eq!(json["connections"][0]["frames"][0]["mask"], "36eff58a");
}

#[test]
fn what_is_no_capture_is_told() {
    decode(&[], "hello").fails_with(2, &["standard input cannot be read as hex", "line 1", "--format"]);
    decode(&["no/such/file"], "").fails_with(2, &["no/such/file"]);
    decode(&["--format", "tape"], "")
        .fails_with(2, &["hex, list, base64, text, raw, har, events, netlog, pcap or report"]);
    decode(&["--port", "0"], "81 00").fails_with(2, &["--port"]);
}

/// What people paste first; each form has its test in inspect/tests/field.
#[test]
fn what_is_pasted_is_read() {
    for text in [
        "[129,5,72,101,108,108,111]",
        "0000   81 05 48 65 6c 6c 6f",
        "12:00:00 DEBUG recv: b'\\x81\\x05Hello'",
        "<Buffer 81 05 48 65 6c 6c 6f>",
    ] {
        assert!(decode(&[], text).succeeds().out.contains("\"Hello\""), "{text}");
    }
    let run = decode(&[], "12:00:00 DEBUG recv: b'\\x81\\x05Hello'");
    assert!(
        run.out.contains("note: the octets are those of the literal in line 1 from column 24 on"),
        "{}",
        run.out
    );
}

/// A file without a WebSocket is told with all that was passed over, and no success.
#[test]
fn a_capture_without_a_websocket_is_no_success() {
    let archive =
        r#"{"log":{"entries":[{"request":{"url":"http://x/","headers":[]},"response":{"status":200}}]}}"#;
    let words = ["standard input holds no WebSocket", "none of the archive's 1 entries is a WebSocket"];
    decode(&[], archive).fails_with(2, &words);
    let run = decode(&["--json"], archive);
    run.fails_with(2, &words);
    assert!(run.out.contains("\"connections\": []"), "{}", run.out);
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    decode(&["--web", page.to_str().unwrap()], archive).fails_with(2, &words);
    assert!(!page.exists());
    // A pcap whose only packet is one of 802.11.
    let mut pcap = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x7f\0\0\0".to_vec();
    pcap.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]);
    let file = folder.path().join("air.pcap");
    std::fs::write(&file, pcap).unwrap();
    decode(&[file.to_str().unwrap()], "")
        .fails_with(2, &["air.pcap holds no WebSocket", "1 packet of link type 127 (radiotap) is not read"]);
    decode(&[], "PK\u{3}\u{4}\u{14}\0").fails_with(2, &["a zip archive, which is not read: unzip it"]);
}

/// An error in an archive by a browser is a violation.
#[test]
fn what_a_browser_failed_the_connection_for_is_a_violation() {
    let archive = r#"[{"request":{"url":"ws://x/"},"response":{"status":101},
        "_webSocketMessages":[{"type":"error","time":1,"opcode":-1,"data":"Could not decode a text frame as UTF-8."}]}]"#;
    let run = decode(&[], archive);
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(run.out.contains("! RFC 6455 §8.1: the browser failed the connection: Could not"), "{}", run.out);
}

/// Playwright's archives have their messages in files beside them; such a file may be read, and no other.
#[test]
fn messages_beside_an_archive_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let archive = |file: &str| {
        format!(
            r#"{{"log":{{"entries":[{{"_resourceType":"websocket","request":{{"url":"ws://x/"}},"response":{{"status":-1,"content":{{"_file":"{file}"}}}}}}]}}}}"#
        )
    };
    let message = r#"{"type":"receive","time":1780000000000,"opcode":1,"data":"from beside"}"#;
    let har = folder.path().join("a.har");
    std::fs::write(folder.path().join("m.jsonl"), message).unwrap();
    std::fs::write(&har, archive("m.jsonl")).unwrap();
    let file = har.to_str().unwrap();
    assert!(decode(&[file], "").succeeds().out.contains("\"from beside\""));
    // The page has it too, for it cannot read what is beside it.
    let page = folder.path().join("page.html");
    let run = decode(&[file, "--web", page.to_str().unwrap()], "");
    if page.exists() {
        run.succeeds();
    } else {
        run.fails_with(2, &["the inspector's page was not built"]);
    }
    std::fs::write(&har, archive("../m.jsonl")).unwrap();
    let run = decode(&[file], "");
    assert!(
        run.succeeds().out.contains("note: its messages are in the file ../m.jsonl beside the archive"),
        "{}",
        run.out
    );
}

/// What the page then shows is looked at in inspector/test/command.test.mjs.
#[test]
fn a_build_without_the_inspector_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let run = decode(&["--web", page.to_str().unwrap()], "81 00");
    if page.exists() {
        assert!(run.succeeds().out.contains("1 connection; open it in a browser"), "{}", run.out);
        assert!(std::fs::read_to_string(&page).unwrap().contains(">ODEgMDA=</script>"));
    } else {
        run.fails_with(2, &["the inspector's page was not built: run `cargo xtask devtools`"]);
    }
}

/// Escape sequences of a payload must not reach the terminal.
#[test]
fn payloads_are_made_harmless() {
    let run = decode(&[], "81 03 1b 5b 33");
    assert!(run.succeeds().out.contains("⟨ESC⟩[3") && !run.out.contains('\u{1b}'), "{}", run.out);
}
