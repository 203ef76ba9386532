//! One outcome as plain text, for terminals and test frameworks.

use std::fmt::Write as _;

use wsproof_scenarios::{Event, Excerpt, Outcome, Verdict};

use crate::case_info::CaseInfo;
use crate::excerpt::{as_text, octets};
use crate::visible::visible;
use crate::wire_log;

/// Everything that explains why a case did not pass: verdict and reason, the rules, what was expected
/// and what came, and the first and last lines of the wire log, if any are wanted. No line is longer than its data make
/// it, and nothing that a testee sent reaches the terminal unescaped.
pub fn explain(outcome: &Outcome, info: &CaseInfo, log_lines: (usize, usize)) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}  {}  ({})", outcome.id, outcome.verdict, visible(&outcome.agent, false));
    let _ = writeln!(text, "  {}", visible(&outcome.reason, true).replace('\n', "\n  "));
    if let Some(rerun) = outcome.rerun {
        let _ = writeln!(text, "  {rerun}");
    }
    if outcome.verdict == Verdict::Pass {
        return text;
    }
    let _ = writeln!(text);
    for (name, sentence) in [("case", &info.description), ("right is", &info.expectation)] {
        if !sentence.is_empty() {
            let _ = writeln!(text, "  {name:<9} {sentence}");
        }
    }
    for clause in &info.clauses {
        let _ = writeln!(text, "  rule      {} ({})", clause.section, clause.level.as_str());
    }
    for (behavior, events) in &outcome.expected {
        let _ = writeln!(text, "  expected  {}  [{behavior}]", list(events));
    }
    let _ = writeln!(
        text,
        "  received  {}{}",
        list(&outcome.received),
        match outcome.events_left_out {
            0 => String::new(),
            n => format!(" ({n} more were not kept)"),
        }
    );
    let _ = writeln!(text, "  closing   {}", closing(outcome));
    let _ =
        writeln!(text, "  Autobahn  behavior {}, behaviorClose {}", outcome.behavior, outcome.behavior_close);
    if log_lines == (0, 0) {
        return text;
    }
    let lines = wire_log::lines(&outcome.transcript, log_lines.0, log_lines.1);
    if !lines.is_empty() {
        let _ = writeln!(text, "\n  wire log");
        for line in wire_log::as_plain_text(&lines).lines() {
            let _ = writeln!(text, "  {line}");
        }
    } else if !outcome.transcript.http_response.is_empty() {
        let _ = writeln!(text, "\n  the answer to the opening handshake");
        for line in outcome.transcript.http_response.lines().take(log_lines.0 + log_lines.1) {
            let _ = writeln!(text, "  {}", visible(line, false));
        }
    }
    text
}

fn list(events: &[Event<Excerpt>]) -> String {
    const SHOWN: usize = 6;
    let one = |event: &Event<Excerpt>| match event {
        Event::Message { binary, payload } => {
            let kind = if *binary { "binary" } else { "text" };
            format!("{kind} message ({}) {}", octets(payload.len), visible(&as_text(payload), false))
        }
        Event::Pong { payload } => {
            format!("pong ({}) {}", octets(payload.len), visible(&as_text(payload), false))
        }
        Event::Timeout { label } => format!("end of wait {label}"),
    };
    let mut texts: Vec<String> =
        events.iter().take(SHOWN).map(|event| one(event).trim_end().to_owned()).collect();
    if events.len() > SHOWN {
        texts.push(format!("{} more", events.len() - SHOWN));
    }
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(", then ") }
}

fn closing(outcome: &Outcome) -> String {
    let facts = &outcome.facts;
    let who = if !facts.opened {
        "the connection never opened"
    } else if facts.closed_by_me {
        "we closed"
    } else {
        "the testee closed"
    };
    let code = |name: &str, code: Option<u16>| code.map(|code| format!(", {name} code {code}"));
    let mut text = who.to_owned();
    text.push_str(&code("our", facts.local_close_code).unwrap_or_default());
    text.push_str(&code("its", facts.remote_close_code).unwrap_or_default());
    if let Some(why) = facts.was_not_clean_reason.as_deref().filter(|_| !facts.was_clean) {
        let _ = write!(text, "; {}", visible(why, false));
    }
    text
}
