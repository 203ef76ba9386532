//! Servers that let nobody in: what is told of it, by a real one each.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use support::{Run, index, open_as, server, wsproof};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{
    self, RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

type Index = serde_json::Map<String, serde_json::Value>;

/// Tests the server with these cases.
fn test(url: &str, cases: &str) -> (Run, Index) {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-server", url, "--cases", cases, "--outdir", "r"]);
    let index = index(&folder.path().join("r"));
    (run, index)
}

/// Why the one case failed, as `--json` tells it.
fn reason(url: &str, case: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(folder.path(), &["test-server", url, "--cases", case, "--outdir", "r", "--json"]);
    run.fails_with(1, &[]);
    let line =
        run.out.lines().find(|line| line.contains("\"reason\"")).unwrap_or_else(|| panic!("{}", run.out));
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["findings"][0]["kind"], "handshake_failed", "{line}");
    line["reason"].as_str().unwrap().to_owned()
}

fn head(stream: &mut impl Read) -> Vec<u8> {
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut octet), Ok(1)) {
        head.push(octet[0]);
    }
    head
}

/// A server that answers each request with these octets, one write after the other.
fn answering(pieces: &'static [&'static [u8]]) -> String {
    let address = server(move |mut stream, _| {
        head(&mut stream);
        for piece in pieces {
            let _ = stream.write_all(piece);
            let _ = stream.flush();
        }
        None
    });
    format!("ws://{address}")
}

#[test]
fn a_refusal_is_told_with_its_status_its_fields_and_its_words() {
    let url = answering(&[
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 13\r\n\r\n",
        b"token",
        b" wanted\n",
    ]);
    assert_eq!(
        reason(&url, "1.1.1"),
        "The opening handshake was not completed: the server answered 401 Unauthorized, not 101 (WWW-Authenticate: Bearer), \
         and says `token wanted`."
    );
    let url = answering(&[b"HTTP/1.1 307 x\r\nLocation: https://h/ws\r\n\r\n\x1b[31mred"]);
    assert_eq!(
        reason(&url, "1.1.1"),
        "The opening handshake was not completed: the server answered 307 x, not 101 (Location: https://h/ws), and says \
         `\\u{1b}[31mred`."
    );
}

#[test]
fn an_answer_by_http_1_0_is_told_of_the_response() {
    let url = answering(&[b"HTTP/1.0 101 Switching Protocols\r\n\r\n"]);
    let reason = reason(&url, "1.1.1");
    assert!(reason.contains("the response is HTTP/1.0"), "{reason}");
}

/// A server that refuses requests which this is true of, and completes the handshake of others.
fn refusing(what: impl Fn(&str) -> bool + Send + 'static) -> SocketAddr {
    server(move |mut stream, _| {
        let head = head(&mut stream);
        if what(&String::from_utf8_lossy(&head)) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\nbad offer\n");
        } else {
            open_as(&mut stream, &head);
        }
        None
    })
}

/// As a server does that takes an offer for an error, which it should decline.
#[test]
fn an_offer_that_is_refused_is_named() {
    let offers = |head: &str| head.contains("Sec-WebSocket-Extensions");
    let works = "the handshake works without our offer `permessage-deflate; client_no_context_takeover; \
                 client_max_window_bits; server_max_window_bits=9`";
    // No other case shows it here: it is tried.
    let url = format!("ws://{}", refusing(offers));
    let reason = reason(&url, "13.3.1");
    assert!(reason.contains("400 Bad Request, not 101, and says `bad offer`"), "{reason}");
    assert!(reason.contains(works), "{reason}");
    // Here 1.1.1 does.
    let folder = tempfile::tempdir().unwrap();
    let run = wsproof(
        folder.path(),
        &[
            "test-server",
            &format!("ws://{}", refusing(offers)),
            "--cases",
            "1.1.1,13.3.1",
            "--outdir",
            "r",
            "--json",
        ],
    );
    assert!(run.out.lines().any(|line| line.contains("\"13.3.1\"") && line.contains(works)), "{}", run.out);
    // And where it does not work either way, the offer is not to blame.
    let url = format!("ws://{}", refusing(|_| true));
    assert!(!self::reason(&url, "13.3.1").contains("works without"));
}

#[test]
fn a_run_that_lets_nobody_in_is_stopped_with_one_diagnosis() {
    let (run, index) =
        test(&answering(&[b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno /\n\n\n\n\n"]), "*");
    run.fails_with(
        1,
        &[
            "every opening handshake failed in the same way, so the run was stopped, ",
            " of 517 not run: the server answered 404 Not Found, not 101, and says `no /`",
            "Is the path in the URL that of a WebSocket?",
        ],
    );
    // What was run is in the report, offers of compression among it.
    assert!((16..400).contains(&index.len()), "{} cases", index.len());
    assert!(index.keys().any(|id| id.starts_with("12.")) && index.keys().any(|id| id.starts_with("13.7")));
    assert!(run.out.contains(&format!("{} cases were not run", 517 - index.len())), "{}", run.out);
    // Fewer are no reason to stop.
    let (run, index) = test(&answering(&[b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]), "1.1");
    assert_eq!((run.status, index.len()), (1, 8), "{}", run.err);
}

/// Some cases that are refused are no reason to stop: others may not be.
#[test]
fn a_run_in_which_only_offers_are_refused_goes_on() {
    let address = refusing(|head| head.contains("Sec-WebSocket-Extensions"));
    let (run, index) =
        test(&format!("ws://{address}"), "1.1,12.1.1,12.1.2,12.1.3,12.2.1,12.2.2,12.2.3,13.*.1,13.*.2,3");
    assert_eq!(run.status, 1, "{}", run.err);
    assert_eq!(index.len(), 8 + 6 + 14 + 7, "{}", run.err);
}

/// A server that speaks TLS, and asks for a client certificate if `asks`.
fn tls_server(asks: bool, version: &'static SupportedProtocolVersion) -> SocketAddr {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider: Arc<CryptoProvider> = ring::default_provider().into();
    let config =
        ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[version]).unwrap();
    let config = if asks {
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        config.with_client_cert_verifier(verifier)
    } else {
        config.with_no_client_auth()
    };
    let config = Arc::new(config.with_single_cert(vec![made.cert.der().clone()], key).unwrap());
    server(move |stream, _| {
        serve_tls(stream, ServerConnection::new(config.clone()).unwrap());
        None
    })
}

/// Answers nothing, but shakes hands, and tells of what is wrong with that.
fn serve_tls(stream: TcpStream, connection: ServerConnection) {
    let mut stream = StreamOwned::new(connection, stream);
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.flush();
    let _ = stream.conn.write_tls(&mut stream.sock);
    // What came and was not read would turn the end into a reset, and that can take the alert away.
    let _ = stream.sock.shutdown(std::net::Shutdown::Write);
    while matches!(stream.sock.read(&mut [0; 4096]), Ok(n) if n > 0) {}
}

#[test]
fn a_port_that_speaks_tls_is_recognized() {
    let url = format!("ws://{}", tls_server(false, &rustls::version::TLS13));
    let reason = reason(&url, "1.1.1");
    assert!(reason.contains("this port speaks TLS, so its URL begins with wss://"), "{reason}");
    // One that hangs up without a word may be one too.
    for (url, how) in [
        (
            format!(
                "ws://{}",
                server(|mut stream, _| {
                    head(&mut stream);
                    None
                })
            ),
            "dropped TCP (FIN)",
        ),
        // What is left unread when a socket is closed makes a reset of it.
        (
            format!(
                "ws://{}",
                server(|mut stream, _| {
                    let _ = stream.read(&mut [0; 4]);
                    None
                })
            ),
            "reset TCP (RST)",
        ),
    ] {
        let reason = self::reason(&url, "1.1.1");
        assert!(reason.contains(how) && reason.contains("before any octet of an answer"), "{reason}");
        assert!(reason.contains("does this port speak TLS?"), "{reason}");
    }
}

#[test]
fn a_port_that_does_not_speak_tls_is_recognized() {
    let address = server(|mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        None
    });
    let url = format!("wss://{address}");
    let (run, index) = test(&url, "1.1.1");
    run.fails_with(3, &["does not speak TLS", "without TLS the URL begins with ws://"]);
    assert!(index.is_empty());
}

/// In TLS 1.3 the client is done before the server looks for its certificate.
#[test]
fn a_client_certificate_that_is_wanted_is_told_of() {
    let url = format!("wss://{}", tls_server(true, &rustls::version::TLS13));
    let reason = reason(&url, "1.1.1");
    assert!(reason.contains("the testee ended TLS with the alert \"certificate required\""), "{reason}");
    assert!(reason.contains("it wants a client certificate, or another one"), "{reason}");
    let url = format!("wss://{}", tls_server(true, &rustls::version::TLS12));
    let (run, _) = test(&url, "1.1.1");
    run.fails_with(
        3,
        &[
            "ended the TLS handshake with the alert \"",
            "it may want a client certificate, which --cert gives",
        ],
    );
}
