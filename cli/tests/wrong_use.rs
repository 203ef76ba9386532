//! Whatever is wrong with the arguments is said, and the exit status is 2.

mod support;

use std::net::TcpListener;

use support::wsproof;

#[track_caller]
fn refused(arguments: &[&str], words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    wsproof(folder.path(), arguments).fails_with(2, words);
    assert!(!folder.path().join("reports").exists(), "nothing is written before the arguments are checked");
}

#[test]
fn unknown_options_and_commands() {
    refused(&["--no-such-option"], &["--no-such-option"]);
    refused(&["no-such-command"], &["no-such-command"]);
    refused(&["test-server"], &["URL"]);
    refused(&["test-server", "ws://h", "--jobs", "0"], &["from 1 to 1000"]);
    refused(&["test-server", "ws://h", "--fail-on", "bad"], &["is not a verdict"]);
    refused(&["test-client", "--listen", "nowhere"], &["127.0.0.1:9001"]);
    refused(&["test-client", "--cert", "x"], &["--key"]);
}

#[test]
fn unknown_cases() {
    refused(&["test-server", "ws://h", "--cases", "1.1.99"], &["1.1.99", "near it"]);
    refused(&["test-server", "ws://h", "--cases", "x*"], &["no case matches `x*`"]);
    refused(&["test-server", "ws://h", "--cases", "1", "--exclude", "1"], &["no case is left"]);
    refused(&["cases", "99"], &["99"]);
    refused(&["explain", "1.1.x"], &["1.1.x"]);
    refused(&["explain", "1.1"], &["stands for 8 cases"]);
}

#[test]
fn wrong_urls() {
    refused(&["test-server", "http://localhost"], &["write ws://"]);
    refused(&["test-server", "localhost:9001"], &["must begin with ws://"]);
    refused(&["test-server", "ws://h/#x"], &["no fragment"]);
    refused(&["test-server", "ws://127.0.0.1:0"], &["free port"]);
    refused(&["echo", "client", "ws://"], &["host is missing"]);
}

#[test]
fn headers_that_cannot_be_sent() {
    let with = |header: &str, words: &[&str]| refused(&["test-server", "ws://h", "--header", header], words);
    with("Authorization", &["--header", "there is no colon"]);
    with("Sec-WebSocket-Key: x", &["itself writes Sec-WebSocket-Key"]);
    with("upgrade: h2c", &["itself writes upgrade"]);
    with("Connection: close", &["itself writes Connection"]);
    with("X: a\r\nY: b", &["line end"]);
    with("a b: c", &["cannot be the name of a header"]);
    refused(
        &["test-server", "ws://h", "--header", "Host: a", "--header", "Host: b"],
        &["Host is given twice"],
    );
    refused(&["test-server", "ws://u:p@h", "--header", "Authorization: x"], &["give one of them"]);
    refused(&["replay", "-", "--header", "X: y"], &["--header", "--url"]);
}

#[test]
fn certificates_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join(format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (cert, key, other, missing) = (&path("a.pem"), &path("a.key"), &path("b.key"), &path("missing"));
    refused(&["test-server", "wss://h", "--cert", cert], &["--key"]);
    refused(
        &["test-server", "wss://h", "--cert", cert, "--key", other],
        &["does not belong to", "b.key", "a.pem"],
    );
    refused(&["test-server", "wss://h", "--cert", missing, "--key", key], &["cannot read", "missing"]);
    refused(&["test-server", "wss://h", "--cert", cert, "--key", cert], &["no private key", "a.pem"]);
    refused(&["test-server", "wss://h", "--ca", missing], &["cannot read", "missing"]);
    refused(&["test-server", "wss://h", "--ca", key], &["no certificate", "a.key"]);
    refused(&["test-server", "ws://h", "--cert", cert, "--key", key], &["client certificate", "wss://"]);
    refused(&["test-server", "ws://h", "--ca", cert], &["trusted authorities", "wss://"]);
    refused(&["test-server", "wss://h", "--hostname", "a b"], &["`a b`", "TLS server name"]);
}

#[test]
fn folders_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for arguments in [
        &["test-server", "ws://127.0.0.1:1", "--outdir", "file"][..],
        &["test-client", "--listen", "0", "--outdir", "file/sub"],
        &["--outdir", "file"],
    ] {
        wsproof(folder.path(), arguments).fails_with(2, &["file"]);
    }
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    wsproof(folder.path(), &["test-client", "--listen", &address])
        .fails_with(2, &[&address, "choose another port"]);
    wsproof(folder.path(), &["echo", "server", "--listen", &address]).fails_with(2, &[&address]);
}

#[test]
fn a_certificate_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.pem"), "").unwrap();
    let arguments = ["echo", "server", "--listen", "0", "--cert", "empty.pem", "--key", "empty.pem"];
    wsproof(folder.path(), &arguments).fails_with(2, &["empty.pem"]);
}

#[test]
fn a_command_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["test-server", "ws://127.0.0.1:{port}", "--", "no-such-program-anywhere"];
    wsproof(folder.path(), &arguments).fails_with(2, &["no-such-program-anywhere"]);
}
