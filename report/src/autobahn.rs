//! Autobahn's `index.json` and case files, with its keys, values and layout.
//!
//! What differs from Autobahn, on purpose:
//! * `duration` is 0 where the connection never opened (Autobahn: milliseconds since 1970);
//! * text that holds an encoded surrogate is shown as hex, since it is not UTF-8 (Python 2 decodes it, and writes
//!   JSON that other parsers refuse);
//! * a close reason of our own that is not UTF-8 is shown as hex in every case, not just in 7.5.1;
//! * two alternatives with the same verdict, which only cases of one's own can have, are told apart by a number
//!   (`OK`, `OK 2`);
//! * where a testee sent more than is kept, there are more keys: `wirelogEntriesLeftOut` (how many lines were not kept)
//!   and `wirelogEntriesLeftOutBefore` (the position of the line before which they were; without it they were at the
//!   end); `wirelogRepeats` (of a line, how often its like came again, with how many octets, until when in
//!   microseconds); `receivedLeftOut` and `rxOctetStatsLeftOut` (events and reads that were not kept or counted).

use std::collections::BTreeMap;
use std::io;

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::Value;
use wsproof_scenarios::{Event, Excerpt, LogEntry, LogEvent, Outcome, Repeats, Testee, Traffic, hex};

use crate::case_info::CaseInfo;
use crate::excerpt::{as_hex, as_text};
use crate::python_json::{seconds, to_vec};
use crate::summary::CaseSummary;
use crate::time::utc_millis;

/// The bytes of `index.json`. Where an agent has two results for a case, the later one counts.
pub fn index<'a>(results: impl IntoIterator<Item = &'a CaseSummary>) -> Vec<u8> {
    let mut agents: BTreeMap<&str, BTreeMap<String, IndexEntry>> = BTreeMap::new();
    for result in results {
        agents.entry(&result.agent).or_default().insert(
            result.id.to_string(),
            IndexEntry {
                behavior: result.behavior.as_str(),
                behavior_close: result.behavior_close.as_str(),
                duration: millis(result.duration_us),
                remote_close_code: result.remote_close_code,
                reportfile: result.file("json"),
            },
        );
    }
    in_memory(to_vec(&agents))
}

/// The bytes of a case file.
pub fn case(outcome: &Outcome, info: &CaseInfo) -> Vec<u8> {
    in_memory(to_vec(&CaseFile::of(outcome, info)))
}

/// Writing to memory, of maps whose keys are strings or numbers, cannot fail.
fn in_memory(result: io::Result<Vec<u8>>) -> Vec<u8> {
    result.unwrap_or_else(|error| unreachable!("JSON in memory: {error}"))
}

fn millis(us: u64) -> u64 {
    us.saturating_add(500) / 1_000
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexEntry {
    behavior: &'static str,
    behavior_close: &'static str,
    duration: u64,
    remote_close_code: Option<u16>,
    reportfile: String,
}

/// All keys of a case file, in the order of their names.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseFile<'a> {
    agent: &'a str,
    behavior: &'static str,
    behavior_close: &'static str,
    case: u32,
    closed_by_me: bool,
    create_stats: bool,
    create_wirelog: bool,
    description: &'a str,
    dropped_by_me: bool,
    duration: u64,
    expectation: &'a str,
    expected: BTreeMap<String, Vec<EventArray<'a>>>,
    expected_close: ExpectedClose<'a>,
    failed_by_me: bool,
    http_request: &'a str,
    http_response: &'a str,
    id: String,
    is_server: bool,
    local_close_code: Option<u16>,
    local_close_reason: Option<String>,
    received: Vec<EventArray<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received_left_out: Option<u64>,
    remote_close_code: Option<u16>,
    remote_close_reason: Option<&'a str>,
    report_compression_ratio: bool,
    report_time: bool,
    result: &'a str,
    result_close: &'a str,
    rx_frame_stats: &'a BTreeMap<u8, u64>,
    rx_octet_stats: &'a BTreeMap<u64, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rx_octet_stats_left_out: Option<u64>,
    started: String,
    traffic_stats: Option<TrafficStats>,
    tx_frame_stats: &'a BTreeMap<u8, u64>,
    tx_octet_stats: &'a BTreeMap<u64, u64>,
    was_clean: bool,
    was_close_handshake_timeout: bool,
    was_not_clean_reason: Option<&'a str>,
    was_open_handshake_timeout: bool,
    was_server_connection_drop_timeout: bool,
    wirelog: Vec<LogArray<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wirelog_entries_left_out: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wirelog_entries_left_out_before: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wirelog_repeats: Vec<RepeatsEntry>,
}

/// Lines of the log that are counted at one of them.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct RepeatsEntry {
    /// Its position in the log, from 0.
    line: usize,
    octets: u64,
    times: u64,
    until_us: u64,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedClose<'a> {
    close_code: &'a [u16],
    closed_by_me: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    closed_by_wrong_endpoint_is_fatal: bool,
    require_clean: bool,
}

/// What compression did in a loop of messages.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct TrafficStats {
    incoming_compression_ratio: Option<f64>,
    incoming_octets_app_level: u64,
    incoming_octets_web_socket_level: u64,
    incoming_octets_wire_level: u64,
    incoming_web_socket_frames: u64,
    incoming_web_socket_messages: u64,
    incoming_web_socket_overhead: Option<f64>,
    outgoing_compression_ratio: Option<f64>,
    outgoing_octets_app_level: u64,
    outgoing_octets_web_socket_level: u64,
    outgoing_octets_wire_level: u64,
    outgoing_web_socket_frames: u64,
    outgoing_web_socket_messages: u64,
    outgoing_web_socket_overhead: Option<f64>,
    preopen_incoming_octets_wire_level: u64,
    preopen_outgoing_octets_wire_level: u64,
}

impl TrafficStats {
    fn of(traffic: &Traffic) -> Self {
        let Traffic { incoming, outgoing, preopen_incoming, preopen_outgoing } = traffic;
        Self {
            incoming_compression_ratio: incoming.compression_ratio(),
            incoming_octets_app_level: incoming.app,
            incoming_octets_web_socket_level: incoming.websocket,
            incoming_octets_wire_level: incoming.wire,
            incoming_web_socket_frames: incoming.frames,
            incoming_web_socket_messages: incoming.messages,
            incoming_web_socket_overhead: incoming.overhead(),
            outgoing_compression_ratio: outgoing.compression_ratio(),
            outgoing_octets_app_level: outgoing.app,
            outgoing_octets_web_socket_level: outgoing.websocket,
            outgoing_octets_wire_level: outgoing.wire,
            outgoing_web_socket_frames: outgoing.frames,
            outgoing_web_socket_messages: outgoing.messages,
            outgoing_web_socket_overhead: outgoing.overhead(),
            preopen_incoming_octets_wire_level: *preopen_incoming,
            preopen_outgoing_octets_wire_level: *preopen_outgoing,
        }
    }
}

impl<'a> CaseFile<'a> {
    fn of(outcome: &'a Outcome, info: &'a CaseInfo) -> Self {
        let (facts, transcript) = (&outcome.facts, &outcome.transcript);
        let log = &transcript.wire_log[..];
        Self {
            agent: &outcome.agent,
            behavior: outcome.behavior.as_str(),
            behavior_close: outcome.behavior_close.as_str(),
            case: outcome.number,
            closed_by_me: facts.closed_by_me,
            create_stats: true,
            create_wirelog: transcript.log_on_at_end,
            description: &info.description,
            dropped_by_me: facts.dropped_by_me,
            duration: millis(outcome.duration_us),
            expectation: &info.expectation,
            expected: expected(outcome),
            expected_close: ExpectedClose {
                close_code: &outcome.expected_close.close_code,
                closed_by_me: outcome.expected_close.closed_by_me,
                closed_by_wrong_endpoint_is_fatal: outcome.expected_close.closed_by_wrong_endpoint_is_fatal,
                require_clean: outcome.expected_close.require_clean,
            },
            failed_by_me: facts.failed_by_me,
            http_request: head(&transcript.http_request),
            http_response: head(&transcript.http_response),
            id: outcome.id.to_string(),
            is_server: outcome.testee == Testee::Client,
            local_close_code: facts.local_close_code,
            local_close_reason: local_close_reason(outcome),
            received: outcome.received.iter().map(EventArray).collect(),
            received_left_out: counted(outcome.events_left_out),
            remote_close_code: facts.remote_close_code,
            remote_close_reason: facts.remote_close_reason.as_deref(),
            report_compression_ratio: matches!(outcome.id.section(), 12 | 13),
            report_time: info.report_time,
            result: &outcome.result,
            result_close: &outcome.result_close,
            rx_frame_stats: &transcript.received_frames,
            rx_octet_stats: &transcript.received_octets,
            rx_octet_stats_left_out: counted(transcript.reads_left_out),
            started: utc_millis(outcome.started_ms),
            traffic_stats: transcript.traffic.as_ref().map(TrafficStats::of),
            tx_frame_stats: &transcript.sent_frames,
            tx_octet_stats: &transcript.sent_octets,
            was_clean: facts.was_clean,
            was_close_handshake_timeout: facts.was_close_handshake_timeout,
            was_not_clean_reason: facts.was_not_clean_reason.as_deref(),
            was_open_handshake_timeout: facts.was_open_handshake_timeout,
            was_server_connection_drop_timeout: facts.was_server_connection_drop_timeout,
            wirelog: log.iter().filter_map(LogArray::of).collect(),
            wirelog_entries_left_out: counted(transcript.entries_left_out),
            wirelog_entries_left_out_before: transcript
                .left_out_before
                .map(|gap| lines_in(&log[..gap.min(log.len())])),
            wirelog_repeats: repeats(log),
        }
    }
}

fn counted(n: u64) -> Option<u64> {
    Some(n).filter(|n| *n > 0)
}

/// How many lines Autobahn has for these entries.
fn lines_in(log: &[LogEntry]) -> usize {
    log.iter().filter_map(LogArray::of).count()
}

fn repeats(log: &[LogEntry]) -> Vec<RepeatsEntry> {
    let lines = log.iter().filter_map(LogArray::of).enumerate();
    lines
        .filter_map(|(line, LogArray(entry))| {
            let Repeats { times, octets, until_us } = **entry.repeats.as_ref()?;
            Some(RepeatsEntry { line, octets, times, until_us })
        })
        .collect()
}

fn expected(outcome: &Outcome) -> BTreeMap<String, Vec<EventArray<'_>>> {
    let mut map = BTreeMap::new();
    for (behavior, events) in &outcome.expected {
        let mut key = behavior.to_string();
        let mut n = 1;
        while map.contains_key(&key) {
            n += 1;
            key = format!("{behavior} {n}");
        }
        map.insert(key, events.iter().map(EventArray).collect());
    }
    map
}

/// Autobahn writes a question mark where there was no head.
fn head(head: &str) -> &str {
    if head.is_empty() { "?" } else { head }
}

/// In 7.5.1 the reason is not UTF-8 by intent, and Autobahn writes its hex form.
fn local_close_reason(outcome: &Outcome) -> Option<String> {
    let always_hex = outcome.id.numbers() == [7, 5, 1];
    match &outcome.facts.local_close_reason {
        None => always_hex.then(|| "?".to_owned()),
        Some(reason) if always_hex => Some(hex::encode(reason)),
        Some(reason) => Some(String::from_utf8(reason.clone()).unwrap_or_else(|e| hex::encode(e.as_bytes()))),
    }
}

/// An event as an array.
struct EventArray<'a>(&'a Event<Excerpt>);

impl Serialize for EventArray<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Message { binary, payload } => {
                ("message", as_text(payload), *binary).serialize(serializer)
            }
            Event::Pong { payload } => ("pong", as_text(payload)).serialize(serializer),
            Event::Timeout { label } => ("timeout", label).serialize(serializer),
        }
    }
}

/// A line of the wire log as an array: a tag, then what belongs to it.
struct LogArray<'a>(&'a LogEntry);

impl<'a> LogArray<'a> {
    /// `None` for what Autobahn has no line for.
    fn of(entry: &'a LogEntry) -> Option<Self> {
        (!matches!(entry.what, LogEvent::TcpEnded { .. })).then_some(Self(entry))
    }
}

impl Serialize for LogArray<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hex_of = |octets: &Excerpt| Value::from(vec![Value::from(octets.len), as_hex(octets).into()]);
        let text_of = |octets: &Excerpt| Value::from(vec![Value::from(octets.len), as_text(octets).into()]);
        let key_of = |mask: &Option<[u8; 4]>| Value::from(mask.map(|key| hex::encode(&key)));
        let (tag, rest): (&str, Vec<Value>) = match &self.0.what {
            LogEvent::OctetsReceived { octets } => ("RO", vec![hex_of(octets)]),
            LogEvent::OctetsSent { octets, sync } => ("TO", vec![hex_of(octets), (*sync).into()]),
            LogEvent::FrameReceived { payload, opcode, fin, rsv, mask } => (
                "RF",
                vec![
                    text_of(payload),
                    (*opcode).into(),
                    (*fin).into(),
                    (*rsv).into(),
                    mask.is_some().into(),
                    key_of(mask),
                ],
            ),
            LogEvent::FrameSent { payload, opcode, fin, rsv, mask, repeated_to, chop, sync } => (
                "TF",
                vec![
                    text_of(payload),
                    (*opcode).into(),
                    (*fin).into(),
                    (*rsv).into(),
                    key_of(mask),
                    (*repeated_to).into(),
                    (*chop).into(),
                    (*sync).into(),
                ],
            ),
            LogEvent::WaitBegins { seconds: s, label } => ("CT", vec![seconds(*s), label.clone().into()]),
            LogEvent::WaitEnds { label } => ("CTE", vec![label.clone().into()]),
            LogEvent::KillTimerArmed { seconds: s } => ("KL", vec![seconds(*s)]),
            LogEvent::KillTimerFired => ("KLE", vec![]),
            LogEvent::CloseTimerArmed { seconds: s } => ("TI", vec![seconds(*s)]),
            LogEvent::CloseTimerFired => ("TIE", vec![]),
            LogEvent::LogSwitched { on } => ("WLM", vec![(*on).into()]),
            // Left out above.
            LogEvent::TcpEnded { end } => ("END", vec![end.to_string().into()]),
        };
        let mut array = serializer.serialize_seq(Some(1 + rest.len()))?;
        array.serialize_element(tag)?;
        for value in &rest {
            array.serialize_element(value)?;
        }
        array.end()
    }
}
