//! Spec files as they are found in the wild, and what is said about broken ones.

use std::time::Duration;

use super::*;

fn client(text: &str) -> ClientSpec {
    ClientSpec::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn server(text: &str) -> ServerSpec {
    ServerSpec::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn client_error(text: &str) -> String {
    ClientSpec::parse(text).unwrap_err().to_string()
}

#[test]
fn the_default_files_say_what_the_defaults_are() {
    let spec = client(DEFAULT_CLIENT);
    assert_eq!(spec.outdir, "./reports/servers");
    assert_eq!(spec.servers, [Server::at("ws://127.0.0.1:9001")]);
    assert_eq!(*spec.cases, ["*"]);
    assert!(spec.exclude_cases.is_empty() && spec.unknown_keys.is_empty());
    let spec = server(DEFAULT_SERVER);
    assert_eq!((spec.url.as_str(), spec.outdir.as_str()), ("ws://127.0.0.1:9001", "./reports/clients"));
}

#[test]
fn optional_keys_may_be_left_out_or_null() {
    let spec = client(r#"{"cases": ["*"]}"#);
    assert_eq!(spec.outdir, "./reports/servers");
    assert!(spec.servers.is_empty() && spec.exclude_agent_cases.is_empty());
    let spec = client(
        r#"{"cases": ["1.*"], "outdir": null, "servers": null, "options": null, "exclude-cases": null,
            "exclude-agent-cases": null}"#,
    );
    assert_eq!(spec.outdir, "./reports/servers");
    let spec = client(r#"{"cases": [], "servers": [{"url": "ws://a", "agent": null, "origin": null}]}"#);
    assert_eq!(spec.servers[0], Server::at("ws://a"));
    assert_eq!(server(r#"{"cases": ["*"], "url": "ws://:9001"}"#).outdir, "./reports/clients");
}

#[test]
fn specs_of_many_projects_are_read() {
    // Two agents, options in the server entry, a folder with a slash at the end.
    let spec = client(
        r#"{
            "options": {"failByDrop": false},
            "outdir": "/reports/",
            "servers": [
                {"agent": "ReadAllWriteMessage", "url": "ws://localhost:9000/m", "options": {"version": 18}},
                {"agent": "CopyFull", "url": "ws://localhost:9000/f", "options": {"version": 18}}
            ],
            "cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {}
        }"#,
    );
    assert_eq!(spec.servers[1].agent.as_deref(), Some("CopyFull"));
    assert_eq!(spec.servers[1].options.version, Some(13));
    assert_eq!(spec.options.fail_by_drop, Some(false));

    // No `exclude-agent-cases`, and exclusions of cases that there are none of.
    let spec = server(
        r#"{"url": "ws://127.0.0.1:54321", "outdir": "/tmp/out", "cases": ["*"],
            "exclude-cases": ["6.*", "7.5.1", "12.*", "13.*", "9.*", "8.*", "11.*"]}"#,
    );
    assert!(spec.exclude_agent_cases.is_empty());

    // `[""]` for "none", and a key of another tool.
    let spec = client(
        r#"{"enable-ssl": false, "cases": ["*"], "exclude-cases": [""], "exclude-agent-cases": {},
            "servers": [{"agent": "gws-server/sync/ws", "url": "ws://127.0.0.1:8000", "extra": {"a": 1}}]}"#,
    );
    assert_eq!(*spec.exclude_cases, [""]);
    assert_eq!(spec.unknown_keys, ["enable-ssl", "servers.0.extra"]);

    // The web port does not belong here and is ignored; TLS files; exclusions for agents.
    let spec = server(
        r#"{"url": "wss://127.0.0.1:9002", "webport": 8080, "key": "/config/key.pem", "cert": "/config/cert.pem",
            "protocols": ["chat"], "cases": ["*"], "exclude-agent-cases": {"gobwas/*": ["12.*", "13.*"]}}"#,
    );
    assert_eq!(spec.unknown_keys, ["webport"]);
    assert_eq!(spec.key.as_deref(), Some("/config/key.pem"));
    assert!(spec.agent_exclusions().excludes("gobwas/ws", "12.1.1".parse().unwrap()));
}

#[test]
fn a_byte_order_mark_and_repeated_keys_do_no_harm() {
    assert_eq!(client("\u{feff}{\"cases\": \"*\"}").cases.0, ["*"]);
    let spec = client(r#"{"cases": ["1.*"], "cases": ["2.*"], "outdir": "x", "what": 1}"#);
    assert_eq!((&*spec.cases, spec.outdir.as_str()), (&vec!["2.*".to_owned()], "x"));
    assert_eq!(spec.unknown_keys, ["what"]);
}

#[test]
fn options_are_read_and_merged() {
    let names = Options::NAMES.map(|name| format!("\"{name}\": null")).join(", ");
    let spec = client(&format!(r#"{{"cases": [], "options": {{{names}}}}}"#));
    assert_eq!(spec.options.without_effect.len(), 25);
    assert_eq!(Options { without_effect: Vec::new(), ..spec.options }, Options::default());
    assert!(spec.unknown_keys.is_empty());

    let spec = client(
        r#"{"cases": [],
            "options": {"failByDrop": 1, "openHandshakeTimeout": 2.5, "closeHandshakeTimeout": 0, "version": 10},
            "servers": [{"url": "ws://a", "options": {"openHandshakeTimeout": 7, "maxConnections": {"x": [1]}}}]}"#,
    );
    let merged = spec.servers[0].options.or(&spec.options);
    assert_eq!(merged.fail_by_drop, Some(true));
    assert_eq!(merged.open_timeout, Some(Duration::from_secs(7)));
    assert_eq!(merged.close_timeout, Some(Duration::from_secs(86_400)));
    assert_eq!((merged.drop_timeout, merged.version), (None, Some(8)));
    assert_eq!(merged.without_effect, ["maxConnections"]);
}

#[test]
fn a_wrong_type_is_named_with_key_and_line() {
    for (text, expected) in [
        (
            "{\n  \"cases\": [\"1.*\", 1.1]\n}",
            "the spec, line 2, column 22, key `cases[1]`: a string is wanted here, not floating point `1.1`",
        ),
        (
            "{\n  \"cases\": {}\n}",
            "the spec, line 2, column 13, key `cases`: a list of strings is wanted here, not map",
        ),
        (
            "{\"cases\": [],\n \"servers\": [{\"url\": \"ws://a\"}, {\"agent\": \"b\", \"url\": 5}]}",
            "the spec, line 2, column 55, key `servers[1].url`: a string is wanted here, not integer `5`",
        ),
        (
            "{\"cases\": [],\n \"servers\": [{\"agent\": \"b\"}]}",
            "the spec, line 2, column 27, key `servers[0]`: the key `url` is missing",
        ),
        ("{\"servers\": []}", "the spec, line 1, column 15: the key `cases` is missing"),
        (
            "{\"cases\": [], \"exclude-agent-cases\": {\"a\": [null]}}",
            "the spec, line 1, column 48, key `exclude-agent-cases.a[0]`: a string is wanted here, not null",
        ),
        (
            "{\"cases\": [], \"options\": {\"openHandshakeTimeout\": \"5\"}}",
            "the spec, line 1, column 53, key `options.openHandshakeTimeout`: a number of seconds is wanted here, \
             not string \"5\"",
        ),
        (
            "{\"cases\": [], \"options\": {\"version\": 99}}",
            "the spec, line 1, column 40, key `options.version`: a protocol version from 10 to 18 is wanted \
             (18 is RFC 6455), not 99",
        ),
        ("[]", "the spec, line 1, column 2: an object is wanted here, not sequence"),
        (
            "{\"cases\": [], \"servers\": [[\"ws://a\"]]}",
            "the spec, line 1, column 27, key `servers[0]`: an object is wanted here, not sequence",
        ),
    ] {
        assert_eq!(client_error(text), expected, "{text}");
    }
}

#[test]
fn an_unknown_option_stops_the_run() {
    let error = client_error("{\"cases\": [],\n\"options\": {\"failByDorp\": true}}");
    assert!(error.starts_with("the spec, line 2, column "), "{error}");
    assert!(
        error.contains("there is no option `failByDorp`; there are acceptMaskedServerFrames, "),
        "{error}"
    );
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, expected) in [
        ("", "the spec, line 1, column 0: EOF while parsing a value"),
        ("{\"cases\": [\n", "the spec, line 2, column 0: EOF while parsing a list"),
        ("{\"cases\": []} x", "the spec, line 1, column 15: trailing characters"),
        ("{'cases': []}", "the spec, line 1, column 2: key must be a string"),
    ] {
        assert_eq!(client_error(text), expected, "{text}");
    }
    let (open, close) = ("[".repeat(500_000), "]".repeat(500_000));
    let deep = format!("{{\"cases\": [], \"what\": {open}{close}}}");
    assert_eq!(client(&deep).unknown_keys, ["what"]);
    let deep = format!("{{\"cases\": [], \"options\": {{\"maxConnections\": {open}{close}}}}}");
    assert!(client_error(&deep).contains("recursion limit exceeded"));
}

#[test]
fn a_file_is_named_in_the_message() {
    let folder = std::env::temp_dir().join(format!("wsproof-spec-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("no-such.json");
    let error = ClientSpec::load(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("the spec file {} cannot be read: ", path.display())), "{error}");
    let path = folder.join("broken.json");
    std::fs::write(&path, "{\"cases\": 5}").unwrap();
    let error = ServerSpec::load(&path).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}, line 1, column 11, key `cases`: ", path.display())), "{error}");
    std::fs::write(&path, [0x7b, 0xff]).unwrap();
    assert!(ServerSpec::load(&path).unwrap_err().to_string().contains("UTF-8"));
    let file = File::create(&path).unwrap();
    file.set_len(MAX_OCTETS + 1).unwrap();
    assert!(matches!(ServerSpec::load(&path), Err(SpecError::TooLong { .. })));
    std::fs::remove_dir_all(&folder).unwrap();
}
