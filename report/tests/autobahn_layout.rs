//! Case files are those of Autobahn to the last byte: reports that Autobahn itself wrote are read, turned into
//! outcomes, and written again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use wsproof_report::{CaseInfo, Options, ReportWriter, autobahn};
use wsproof_scenarios::{
    Behavior, BehaviorClose, Event, Excerpt, ExpectedClose, Facts, Flow, LogEntry, LogEvent, Outcome, Testee,
    Traffic, Transcript, Verdict, hex,
};

fn sample(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/autobahn").join(name);
    // A checkout may have turned the line feeds into something else.
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).replace("\r\n", "\n")
}

/// The outcome that a session would have had to report for Autobahn's file to come out.
fn outcome_of(file: &Value) -> (Outcome, CaseInfo) {
    let text = |key: &str| file[key].as_str().unwrap().to_owned();
    let optional = |key: &str| file[key].as_str().map(ToOwned::to_owned);
    let flag = |key: &str| file[key].as_bool().unwrap();
    let code = |key: &str| file[key].as_u64().map(|n| n as u16);
    let outcome = Outcome {
        id: text("id").parse().unwrap(),
        agent: text("agent"),
        testee: Testee::Server,
        number: file["case"].as_u64().unwrap() as u32,
        started_ms: 1_795_349_445_204 - 1_795_349_445_204 % 86_400_000 + time_of_day(&text("started")),
        duration_us: file["duration"].as_u64().unwrap() * 1_000,
        own_us: 0,
        waited_us: 0,
        behavior: behavior(&text("behavior")),
        behavior_close: close(&text("behaviorClose")),
        result: text("result"),
        result_close: text("resultClose"),
        verdict: Verdict::Pass,
        reason: String::new(),
        findings: vec![],
        rerun: None,
        expected: file["expected"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, events)| (behavior(key), events_of(events)))
            .collect(),
        expected_close: ExpectedClose {
            closed_by_me: file["expectedClose"]["closedByMe"].as_bool().unwrap(),
            close_code: serde_json::from_value(file["expectedClose"]["closeCode"].clone()).unwrap(),
            require_clean: file["expectedClose"]["requireClean"].as_bool().unwrap(),
            closed_by_wrong_endpoint_is_fatal: false,
        },
        received: events_of(&file["received"]),
        events_left_out: 0,
        cut_short: None,
        facts: Facts {
            opened: true,
            closed_by_me: flag("closedByMe"),
            failed_by_me: flag("failedByMe"),
            dropped_by_me: flag("droppedByMe"),
            was_clean: flag("wasClean"),
            was_not_clean_reason: optional("wasNotCleanReason"),
            was_open_handshake_timeout: flag("wasOpenHandshakeTimeout"),
            was_close_handshake_timeout: flag("wasCloseHandshakeTimeout"),
            was_server_connection_drop_timeout: flag("wasServerConnectionDropTimeout"),
            local_close_code: code("localCloseCode"),
            local_close_reason: optional("localCloseReason").map(String::into_bytes),
            remote_close_code: code("remoteCloseCode"),
            remote_close_reason: optional("remoteCloseReason"),
            tcp_end: None,
        },
        transcript: Transcript {
            http_request: text("httpRequest"),
            http_response: text("httpResponse"),
            wire_log: file["wirelog"].as_array().unwrap().iter().map(entry).collect(),
            entries_left_out: 0,
            left_out_before: None,
            reads_left_out: 0,
            log_on_at_end: flag("createWirelog"),
            received_octets: counts(&file["rxOctetStats"]),
            sent_octets: counts(&file["txOctetStats"]),
            received_frames: counts(&file["rxFrameStats"]),
            sent_frames: counts(&file["txFrameStats"]),
            traffic: file["trafficStats"].is_object().then(|| traffic(&file["trafficStats"])),
        },
    };
    let info = CaseInfo {
        id: outcome.id,
        description: text("description"),
        expectation: text("expectation"),
        clauses: Vec::new(),
        report_time: flag("reportTime"),
    };
    (outcome, info)
}

fn traffic(stats: &Value) -> Traffic {
    let number = |key: &str| stats[key].as_u64().unwrap();
    let flow = |way: &str| Flow {
        messages: number(&format!("{way}WebSocketMessages")),
        frames: number(&format!("{way}WebSocketFrames")),
        app: number(&format!("{way}OctetsAppLevel")),
        websocket: number(&format!("{way}OctetsWebSocketLevel")),
        wire: number(&format!("{way}OctetsWireLevel")),
    };
    Traffic {
        incoming: flow("incoming"),
        outgoing: flow("outgoing"),
        preopen_incoming: number("preopenIncomingOctetsWireLevel"),
        preopen_outgoing: number("preopenOutgoingOctetsWireLevel"),
    }
}

/// All samples are of 2026-11-22.
fn time_of_day(started: &str) -> u64 {
    assert!(started.starts_with("2026-11-22T"));
    let number = |range: std::ops::Range<usize>| started[range].parse::<u64>().unwrap();
    ((number(11..13) * 60 + number(14..16)) * 60 + number(17..19)) * 1_000 + number(20..23)
}

fn behavior(text: &str) -> Behavior {
    serde_json::from_value(text.into()).unwrap()
}

fn close(text: &str) -> BehaviorClose {
    serde_json::from_value(text.into()).unwrap()
}

fn counts<K: Ord + std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> BTreeMap<K, u64> {
    value.as_object().unwrap().iter().map(|(k, n)| (k.parse().unwrap(), n.as_u64().unwrap())).collect()
}

fn events_of(list: &Value) -> Vec<Event<Excerpt>> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|event| match event[0].as_str().unwrap() {
            "message" => Event::Message {
                binary: event[2].as_bool().unwrap(),
                payload: Excerpt::of(event[1].as_str().unwrap().as_bytes()),
            },
            other => panic!("no sample has {other}"),
        })
        .collect()
}

/// `[length, octets]`, in hex or as text.
fn excerpt(pair: &Value, in_hex: bool) -> Excerpt {
    let shown = pair[1].as_str().unwrap();
    let shown = shown.strip_suffix(" ...").unwrap_or(shown);
    let head = match shown.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).unwrap(),
        None if in_hex => hex::decode(shown).unwrap(),
        None => shown.as_bytes().to_vec(),
    };
    Excerpt { len: pair[0].as_u64().unwrap(), head }
}

fn entry(line: &Value) -> LogEntry {
    let number = |at: usize| line[at].as_u64().unwrap() as u8;
    let flag = |at: usize| line[at].as_bool().unwrap();
    let what = match line[0].as_str().unwrap() {
        "RO" => LogEvent::OctetsReceived { octets: excerpt(&line[1], true) },
        "TO" => LogEvent::OctetsSent { octets: excerpt(&line[1], true), sync: flag(2) },
        "RF" => LogEvent::FrameReceived {
            payload: excerpt(&line[1], false),
            opcode: number(2),
            fin: flag(3),
            rsv: number(4),
            mask: None,
        },
        "TF" => LogEvent::FrameSent {
            payload: excerpt(&line[1], false),
            opcode: number(2),
            fin: flag(3),
            rsv: number(4),
            mask: Some(hex::decode(line[5].as_str().unwrap()).unwrap().try_into().unwrap()),
            repeated_to: line[6].as_u64(),
            chop: None,
            sync: flag(8),
        },
        "KL" => LogEvent::KillTimerArmed { seconds: line[1].as_f64().unwrap() },
        "TI" => LogEvent::CloseTimerArmed { seconds: line[1].as_f64().unwrap() },
        "WLM" => LogEvent::LogSwitched { on: flag(1) },
        other => panic!("no sample has {other}"),
    };
    LogEntry::new(0, what)
}

#[test]
fn case_files_are_autobahns_to_the_last_byte() {
    for name in ["websockets_case_1_1_1.json", "websockets_case_7_1_5.json", "websockets_case_12_1_1.json"] {
        let sample = sample(name);
        let (outcome, info) = outcome_of(&serde_json::from_str(&sample).unwrap());
        let written = String::from_utf8(autobahn::case(&outcome, &info)).unwrap();
        assert_eq!(written, sample, "{name}");
    }
}

/// The index is written from results alone, so it is compared through a report.
#[test]
fn the_index_is_autobahns_to_the_last_byte() {
    let sample = sample("index.json");
    let index: Value = serde_json::from_str(&sample).unwrap();
    let case: Value = serde_json::from_str(&self::sample("websockets_case_1_1_1.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let options =
        Options { testee: Testee::Client, cases: Vec::new(), junit: None, tool: String::new(), part: None };
    let mut writer = ReportWriter::open(dir.path(), options).unwrap();
    for (agent, cases) in index.as_object().unwrap() {
        for (id, entry) in cases.as_object().unwrap() {
            let mut outcome =
                Outcome { agent: agent.clone(), id: id.parse().unwrap(), ..outcome_of(&case).0 };
            outcome.behavior = behavior(entry["behavior"].as_str().unwrap());
            outcome.behavior_close = close(entry["behaviorClose"].as_str().unwrap());
            outcome.duration_us = entry["duration"].as_u64().unwrap() * 1_000;
            outcome.facts.remote_close_code = entry["remoteCloseCode"].as_u64().map(|n| n as u16);
            writer.add(&outcome).unwrap();
        }
    }
    writer.update().unwrap();
    assert_eq!(std::fs::read_to_string(dir.path().join("index.json")).unwrap(), sample);
}
