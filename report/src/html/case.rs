//! The page of one case.

use askama::Template;
use wsproof_scenarios::case::Clause;
use wsproof_scenarios::{Behavior, CaseId, Event, Excerpt, Outcome, Testee, hex};

use super::diagram::Diagram;
use super::{Assets, CASE, chips};
use crate::case_info::CaseInfo;
use crate::cost;
use crate::excerpt::{event_for_people, grouped};
use crate::inspector;
use crate::names::case_file;
use crate::summary::CaseSummary;
use crate::time::utc_for_people;
use crate::visible::{visible, visible_short};
use crate::wire_log::{self, Line, opcode_name};

/// Longer names of testees are cut.
const MAX_NAME: usize = 200;

/// Longer request and response heads are cut; the JSON file has the whole.
const MAX_HEAD: usize = 8_192;

/// More events are not shown.
const MAX_EVENTS: usize = 100;

/// More sizes of chunks are not shown.
const MAX_SIZES: usize = 40;

/// How much of the wire log is shown: its first and last lines.
const LOG_LINES: (usize, usize) = (400, 100);

/// The page. The neighbours that it links to are those of the summary.
pub(crate) fn case_page(
    outcome: &Outcome,
    info: &CaseInfo,
    summary: &CaseSummary,
    inspector: Option<inspector::Link>,
) -> String {
    // Writing to memory cannot fail.
    let page = Page { inspector, ..Page::of(outcome, info, summary) };
    page.render().unwrap_or_else(|error| unreachable!("HTML in memory: {error}"))
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page<'a> {
    assets: &'static Assets,
    id: String,
    section: u16,
    agent: String,
    role: &'static str,
    verdict: &'static str,
    verdict_class: &'static str,
    meaning: &'static str,
    reason: String,
    /// That the case was run again before it was judged; empty if it was not.
    rerun: String,
    description: &'a str,
    expectation: &'a str,
    clauses: Vec<(&'static str, &'a str)>,
    behavior: (&'static str, &'static str, String),
    close: (&'static str, &'static str, String),
    duration: String,
    started: String,
    number: u32,
    expected: Vec<Alternative>,
    received: Events,
    expected_close: Vec<(&'static str, String)>,
    facts: Vec<Fact>,
    request: String,
    response: String,
    sizes: [Table; 2],
    frames: [Table; 2],
    diagram: Diagram,
    log: Vec<Line>,
    log_note: String,
    json: String,
    inspector: Option<inspector::Link>,
    previous: Option<Link>,
    next: Option<Link>,
}

struct Link {
    id: String,
    file: String,
}

struct Alternative {
    class: &'static str,
    name: &'static str,
    events: Events,
}

/// Events in words with their payload, how many are not shown, and how many were not kept.
struct Events {
    shown: Vec<(String, String)>,
    more: usize,
    not_kept: u64,
}

struct Fact {
    name: &'static str,
    value: String,
    meaning: &'static str,
}

/// A table of statistics: rows of up to three columns, and the totals below.
struct Table {
    title: &'static str,
    first: &'static str,
    with_sum: bool,
    rows: Vec<[String; 3]>,
    more: usize,
    /// Reads of still other sizes, which are in no total.
    not_kept: u64,
    total: [String; 2],
}

impl<'a> Page<'a> {
    fn of(outcome: &'a Outcome, info: &'a CaseInfo, summary: &CaseSummary) -> Self {
        let (transcript, verdict) = (&outcome.transcript, Some(outcome.verdict));
        let link = |id: CaseId| Link { id: id.to_string(), file: case_file(&summary.stem, id, "html") };
        Self {
            assets: &CASE,
            id: outcome.id.to_string(),
            section: outcome.id.section(),
            agent: match visible_short(&outcome.agent, MAX_NAME) {
                name if name.is_empty() => "(no name)".to_owned(),
                name => name,
            },
            role: match outcome.testee {
                Testee::Server => "server under test",
                Testee::Client => "client under test",
            },
            verdict: chips::name(verdict),
            verdict_class: chips::class(verdict),
            meaning: chips::meaning(verdict),
            reason: visible(&outcome.reason, true).into_owned(),
            rerun: outcome.rerun.map(|rerun| rerun.to_string()).unwrap_or_default(),
            description: &info.description,
            expectation: &info.expectation,
            clauses: info.clauses.iter().map(clause).collect(),
            behavior: (
                chips::behavior_class(outcome.behavior),
                outcome.behavior.as_str(),
                visible(&outcome.result, false).into_owned(),
            ),
            close: (
                chips::close_class(outcome.behavior_close),
                outcome.behavior_close.as_str(),
                visible(&outcome.result_close, false).into_owned(),
            ),
            duration: if outcome.facts.opened { cost::of_case(outcome) } else { "never opened".to_owned() },
            started: utc_for_people(outcome.started_ms),
            number: outcome.number,
            expected: outcome.expected.iter().map(alternative).collect(),
            received: Events { not_kept: outcome.events_left_out, ..events(&outcome.received) },
            expected_close: expected_close(outcome),
            facts: facts(outcome),
            request: head(&transcript.http_request),
            response: head(&transcript.http_response),
            sizes: [
                Table {
                    not_kept: transcript.reads_left_out,
                    ..Table::sizes("Octets received", transcript.received_octets.iter())
                },
                Table::sizes("Octets sent", transcript.sent_octets.iter()),
            ],
            frames: [
                Table::frames("Frames received", transcript.received_frames.iter()),
                Table::frames("Frames sent", transcript.sent_frames.iter()),
            ],
            diagram: Diagram::of(outcome),
            log: wire_log::lines(transcript, LOG_LINES.0, LOG_LINES.1),
            log_note: wire_log::note(transcript),
            json: summary.file("json"),
            inspector: None,
            previous: summary.neighbours.previous.map(link),
            next: summary.neighbours.next.map(link),
        }
    }
}

fn clause(clause: &Clause) -> (&'static str, &str) {
    (clause.level.as_str(), &clause.section)
}

fn alternative((behavior, list): &(Behavior, Vec<Event<Excerpt>>)) -> Alternative {
    Alternative { class: chips::behavior_class(*behavior), name: behavior.as_str(), events: events(list) }
}

fn events(list: &[Event<Excerpt>]) -> Events {
    let shown = list.iter().take(MAX_EVENTS).map(|event| {
        let (what, payload) = event_for_people(event);
        (visible(&what, false).into_owned(), visible(&payload, false).into_owned())
    });
    Events { shown: shown.collect(), more: list.len().saturating_sub(MAX_EVENTS), not_kept: 0 }
}

fn head(head: &str) -> String {
    let end = head.char_indices().nth(MAX_HEAD).map_or(head.len(), |(at, _)| at);
    let mut text = visible(head[..end].trim_end(), true).into_owned();
    if end < head.len() {
        text.push_str("\n… cut here; the JSON file has the whole");
    }
    text
}

fn expected_close(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let close = &outcome.expected_close;
    let codes: Vec<String> = close.close_code.iter().map(u16::to_string).collect();
    vec![
        ("First close frame", if close.closed_by_me { "from wsproof" } else { "from the testee" }.to_owned()),
        (
            "Close codes accepted",
            format!("{}none at all", codes.iter().map(|c| format!("{c}, ")).collect::<String>()),
        ),
        (
            "Closing handshake",
            if close.require_clean { "must be completed" } else { "need not be completed" }.to_owned(),
        ),
    ]
}

fn facts(outcome: &Outcome) -> Vec<Fact> {
    let f = &outcome.facts;
    let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let code = |value: Option<u16>| value.map_or("none".to_owned(), |code| code.to_string());
    let reason =
        |value: Option<String>| value.map_or("none".to_owned(), |text| visible(&text, false).into_owned());
    let local = f.local_close_reason.as_ref().map(|octets| match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("0x{}", hex::encode(octets)),
    });
    let mut facts = Vec::with_capacity(14);
    let mut fact = |name, value, meaning| facts.push(Fact { name, value, meaning });
    fact("isServer", yes(outcome.testee == Testee::Client), "wsproof played the server.");
    fact("closedByMe", yes(f.closed_by_me), "wsproof sent a close frame that was not a reply.");
    fact(
        "failedByMe",
        yes(f.failed_by_me),
        "wsproof failed the connection: a rule was broken, or time was up.",
    );
    fact("droppedByMe", yes(f.dropped_by_me), "wsproof dropped TCP before the testee did.");
    fact("wasClean", yes(f.was_clean), "Close frames went both ways and TCP ended in time.");
    fact("wasNotCleanReason", reason(f.was_not_clean_reason.clone()), "Why the closing was not clean.");
    fact(
        "wasServerConnectionDropTimeout",
        yes(f.was_server_connection_drop_timeout),
        "The server did not drop TCP in time after the closing handshake.",
    );
    fact(
        "wasOpenHandshakeTimeout",
        yes(f.was_open_handshake_timeout),
        "The opening handshake took too long.",
    );
    fact(
        "wasCloseHandshakeTimeout",
        yes(f.was_close_handshake_timeout),
        "The testee did not answer the close frame in time.",
    );
    fact("localCloseCode", code(f.local_close_code), "The code in wsproof’s close frame.");
    fact("localCloseReason", reason(local), "The reason in it.");
    fact("remoteCloseCode", code(f.remote_close_code), "The code in the testee’s last close frame.");
    fact("remoteCloseReason", reason(f.remote_close_reason.clone()), "The reason in it.");
    facts
}

impl Table {
    fn sizes<'s>(title: &'static str, sizes: impl Iterator<Item = (&'s u64, &'s u64)>) -> Self {
        let (mut rows, mut more, mut chunks, mut octets) = (Vec::new(), 0, 0_u64, 0_u64);
        for (size, count) in sizes {
            let sum = size.saturating_mul(*count);
            chunks = chunks.saturating_add(*count);
            octets = octets.saturating_add(sum);
            if rows.len() < MAX_SIZES {
                rows.push([grouped(*size), grouped(*count), grouped(sum)]);
            } else {
                more += 1;
            }
        }
        let total = [grouped(chunks), grouped(octets)];
        Self { title, first: "Size", with_sum: true, rows, more, not_kept: 0, total }
    }

    fn frames<'s>(title: &'static str, frames: impl Iterator<Item = (&'s u8, &'s u64)>) -> Self {
        let (mut rows, mut total) = (Vec::new(), 0_u64);
        for (opcode, count) in frames {
            total = total.saturating_add(*count);
            let name = opcode_name(*opcode);
            let name = if name.starts_with("opcode") { name } else { format!("{opcode} {name}") };
            rows.push([name, grouped(*count), String::new()]);
        }
        Self {
            title,
            first: "Opcode",
            with_sum: false,
            rows,
            more: 0,
            not_kept: 0,
            total: [grouped(total), String::new()],
        }
    }
}
