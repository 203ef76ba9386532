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
