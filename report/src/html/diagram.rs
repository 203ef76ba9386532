//! The exchange as a picture: two lifelines, an arrow a frame, time running down.
//!
//! Time is not drawn to scale: a row follows the other at the same distance, and where nothing happened for a while
//! the lifelines are broken and the length of the pause is written beside them.

use std::collections::BTreeMap;

use wsproof_core::Count;
use wsproof_scenarios::{Excerpt, LogEntry, LogEvent, Outcome, TcpEnd, Testee};

use crate::excerpt::{self, grouped};
use crate::time::length;
use crate::visible::{visible, visible_short};
use crate::wire_log::{opcode_name, payload_text};

/// More arrows and marks are not drawn; those in the middle are counted instead.
const MAX_ROWS: usize = 60;

/// How many of them stand before the count.
const ROWS_BEFORE: usize = 40;

/// So many like arrows in between two are worth a line of their own.
const FOLD: usize = 3;

/// A pause this long breaks the lifelines.
const PAUSE_US: u64 = 50_000;

/// So many characters fit over an arrow.
const LABEL_CHARS: usize = 46;

/// Height of a row and of a pause.
const ROW: u32 = 30;
const PAUSE: u32 = 34;

/// Where the first row is.
const TOP: u32 = 62;

/// The picture, as the template draws it.
pub(super) struct Diagram {
    pub(super) height: u32,
    /// The y of the ends of the lifelines.
    pub(super) bottom: u32,
    pub(super) us_role: &'static str,
    pub(super) testee: String,
    pub(super) testee_role: &'static str,
    /// The picture in a sentence, for those who don't see it.
    pub(super) summary: String,
    pub(super) items: Vec<Item>,
}

/// One thing in the picture.
pub(super) struct Item {
    pub(super) y: u32,
    pub(super) kind: Kind,
    pub(super) label: String,
    /// The time since TCP was connected; empty where it would repeat the line above.
    pub(super) time: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sent,
    Received,
    /// Octets that belong to the handshake or to no whole frame.
    OctetsSent,
    OctetsReceived,
    Mark,
    Pause,
    /// TCP was dropped by us.
    DroppedByUs,
    /// TCP was dropped by the testee.
    DroppedByTestee,
    NeverOpened,
}

impl Kind {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "got",
            Self::OctetsSent => "sent raw",
            Self::OctetsReceived => "got raw",
            Self::Mark => "mark",
            Self::Pause => "pause",
            Self::DroppedByUs | Self::DroppedByTestee | Self::NeverOpened => "drop",
        }
    }

    pub(super) fn to_the_right(self) -> bool {
        matches!(self, Self::Sent | Self::OctetsSent)
    }

    pub(super) fn is_arrow(self) -> bool {
        matches!(self, Self::Sent | Self::OctetsSent | Self::Received | Self::OctetsReceived)
    }

    pub(super) fn is_mark(self) -> bool {
        self == Self::Mark
    }

    pub(super) fn is_pause(self) -> bool {
        self == Self::Pause
    }

    /// Where the cross of the drop stands: on our lifeline, on theirs, or on both.
    pub(super) fn cross_at_us(self) -> bool {
        matches!(self, Self::DroppedByUs | Self::NeverOpened)
    }

    pub(super) fn cross_at_testee(self) -> bool {
        matches!(self, Self::DroppedByTestee | Self::NeverOpened)
    }
}

/// A row before it has a place.
struct Row {
    at_us: Option<u64>,
    kind: Kind,
    label: String,
}

impl Diagram {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let mut rows = rows(outcome);
        let count = |kind: Kind| rows.iter().filter(|row| row.kind == kind).count() as u64;
        let (sent, received) = (Count(count(Kind::Sent), "frame"), count(Kind::Received));
        fold(&mut rows);
        let end = end(outcome);
        let left_out = rows.len().saturating_sub(MAX_ROWS);
        if left_out > 0 {
            let gap =
                Row { at_us: None, kind: Kind::Mark, label: format!("{} more", grouped(left_out as u64)) };
            rows.splice(ROWS_BEFORE..ROWS_BEFORE + left_out, [gap]);
        }
        let summary = format!(
            "Sequence diagram: {sent} sent by wsproof, {received} received from the testee. {}.",
            end.label
        );
        rows.push(end);
        let (items, bottom) = place(rows);
        let (us_role, testee_role) = match outcome.testee {
            Testee::Server => ("client", "server"),
            Testee::Client => ("server", "client"),
        };
        Self {
            height: bottom + 14,
            bottom,
            us_role,
            testee: visible_short(&outcome.agent, 22),
            testee_role,
            summary,
            items,
        }
    }
}

fn place(rows: Vec<Row>) -> (Vec<Item>, u32) {
    let mut y = TOP;
    let mut items: Vec<Item> = Vec::with_capacity(rows.len() + 8);
    let mut last_us = 0;
    let mut last_time = String::new();
    for row in rows {
        let at_us = row.at_us.unwrap_or(last_us).max(last_us);
        if at_us - last_us >= PAUSE_US {
            let label = format!("{} pass", length(at_us - last_us));
            items.push(Item { y: y + 4, kind: Kind::Pause, label, time: String::new() });
            y += PAUSE;
        }
        last_us = at_us;
        let mut time = row.at_us.map(length).unwrap_or_default();
        if time == last_time {
            time.clear();
        } else if !time.is_empty() {
            last_time.clone_from(&time);
        }
        items.push(Item { y, kind: row.kind, label: row.label, time });
        y += ROW;
    }
    (items, y - ROW)
}

/// Runs of arrows that say the same become the first, the number of those in between, and the last.
fn fold(rows: &mut Vec<Row>) {
    let mut folded: Vec<Row> = Vec::with_capacity(rows.len());
    for run in rows.chunk_by_mut(|a, b| a.kind == b.kind && a.label == b.label) {
        let like_these = run.len().saturating_sub(2);
        let last = run.len() - 1;
        for (at, row) in run.iter_mut().enumerate() {
            if like_these < FOLD || at == 0 || at == last {
                folded.push(Row { label: std::mem::take(&mut row.label), ..*row });
            } else if at == 1 {
                let label = format!("{} more of these", grouped(like_these as u64));
                folded.push(Row { at_us: None, kind: Kind::Mark, label });
            }
        }
    }
    *rows = folded;
}

/// What went over the wire while the log was off, as far as the statistics tell.
fn unlogged(outcome: &Outcome) -> Option<String> {
    let transcript = &outcome.transcript;
    if transcript.entries_left_out > 0 {
        return None;
    }
    let logged = |sent: bool| {
        let is_one = |entry: &&LogEntry| match entry.what {
            LogEvent::FrameSent { .. } => sent,
            LogEvent::FrameReceived { .. } => !sent,
            _ => false,
        };
        let entries = transcript.wire_log.iter().filter(is_one);
        entries.map(|entry| 1 + entry.repeats.as_ref().map_or(0, |repeats| repeats.times)).sum::<u64>()
    };
    let counted = |frames: &BTreeMap<u8, u64>| frames.values().fold(0, |sum: u64, n| sum.saturating_add(*n));
    let sent = counted(&transcript.sent_frames).saturating_sub(logged(true));
    let received = counted(&transcript.received_frames).saturating_sub(logged(false));
    (sent > 0 || received > 0)
        .then(|| format!("frames not logged: {} sent, {} received", grouped(sent), grouped(received)))
}

fn rows(outcome: &Outcome) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut unlogged = unlogged(outcome);
    let log = &outcome.transcript.wire_log;
    let mut octets = Octets { folded: log.iter().any(|entry| entry.repeats.is_some()), ..Octets::default() };
    let mark = |label| Row { at_us: None, kind: Kind::Mark, label };
    for (number, entry) in log.iter().enumerate() {
        let LogEntry { at_us, what, repeats } = entry;
        if outcome.transcript.left_out_before == Some(number) {
            let left_out = grouped(outcome.transcript.entries_left_out);
            rows.push(mark(format!("{left_out} lines of the log were not kept")));
        }
        let row = match what {
            LogEvent::OctetsSent { octets: o, .. } => octets.sent(o, number),
            LogEvent::OctetsReceived { octets: o } => octets.received(o, number, &log[number + 1..]),
            LogEvent::FrameSent { payload, opcode, fin, rsv, mask, repeated_to, .. } => {
                let len = repeated_to.unwrap_or(payload.len);
                octets.expect(len, mask.is_some());
                Some((Kind::Sent, frame_label(*opcode, *fin, *rsv, len, payload)))
            }
            LogEvent::FrameReceived { payload, opcode, fin, rsv, .. } => {
                Some((Kind::Received, frame_label(*opcode, *fin, *rsv, payload.len, payload)))
            }
            other => mark_label(other).map(|label| (Kind::Mark, label)),
        };
        if let Some((kind, label)) = row {
            // The log is off from the opened connection on.
            if kind != Kind::OctetsSent
                && kind != Kind::OctetsReceived
                && !matches!(what, LogEvent::LogSwitched { .. })
            {
                rows.extend(unlogged.take().map(mark));
            }
            rows.push(Row { at_us: Some(*at_us), kind, label });
            if let Some(repeats) = repeats.as_ref().filter(|_| matches!(kind, Kind::Sent | Kind::Received)) {
                rows.push(mark(format!("{} more of these", grouped(repeats.times))));
            }
        }
    }
    rows
}

/// Which of the octets belong to frames that have an arrow of their own.
#[derive(Default)]
struct Octets {
    /// Octets of queued frames that have not left yet.
    outstanding: u64,
    handshake_sent: bool,
    handshake_received: bool,
    /// The log is folded: which octets belong to which frame cannot be told.
    folded: bool,
}

impl Octets {
    fn expect(&mut self, payload: u64, masked: bool) {
        self.outstanding = self.outstanding.saturating_add(frame_len(payload, masked));
    }

    fn sent(&mut self, octets: &Excerpt, number: usize) -> Option<(Kind, String)> {
        if !self.handshake_sent && number < 4 && is_head(octets) {
            self.handshake_sent = true;
            return Some((Kind::OctetsSent, head_label(octets)));
        }
        let of_frames = octets.len.min(self.outstanding);
        self.outstanding -= of_frames;
        let more = octets.len - of_frames;
        (more > 0 && !self.folded)
            .then(|| (Kind::OctetsSent, format!("{} of a frame", excerpt::octets(more))))
    }

    /// Received octets get an arrow only if they are the handshake, or nothing that follows in the log is a frame
    /// made of them.
    fn received(&mut self, octets: &Excerpt, number: usize, rest: &[LogEntry]) -> Option<(Kind, String)> {
        if !self.handshake_received && number < 4 && is_head(octets) {
            self.handshake_received = true;
            return Some((Kind::OctetsReceived, head_label(octets)));
        }
        // What follows in the log is the frame that they complete, or more octets of it; or nothing, and then they
        // were no frame.
        let goes_on = rest.iter().any(|entry| {
            matches!(entry.what, LogEvent::FrameReceived { .. } | LogEvent::OctetsReceived { .. })
        });
        (!goes_on).then(|| (Kind::OctetsReceived, format!("{}, no whole frame", excerpt::octets(octets.len))))
    }
}

fn frame_len(payload: u64, masked: bool) -> u64 {
    let header = match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    payload.saturating_add(header + if masked { 4 } else { 0 })
}

fn is_head(octets: &Excerpt) -> bool {
    octets.head.starts_with(b"HTTP/") || octets.head.starts_with(b"GET ")
}

/// The first line of a request or response.
fn head_label(octets: &Excerpt) -> String {
    let line = octets.head.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    visible_short(&String::from_utf8_lossy(line), LABEL_CHARS)
}

/// `text · FIN · 5 octets · “Hello”`, as far as there is room.
fn frame_label(opcode: u8, fin: bool, rsv: u8, len: u64, payload: &Excerpt) -> String {
    let mut text = opcode_name(opcode);
    if !fin {
        text.push_str(" · more");
    }
    if rsv != 0 {
        text.push_str(&format!(" · RSV {rsv}"));
    }
    if opcode == 8 && len >= 2 {
        text.push_str(" · ");
    } else {
        text.push_str(&format!(" · {}", grouped(len)));
        if len > 0 {
            text.push_str(" · ");
        }
    }
    let room = LABEL_CHARS.saturating_sub(text.chars().count());
    let shown = payload_text(opcode, payload);
    text.push_str(&visible_short(shown.strip_suffix(" ...").unwrap_or(&shown), room));
    text
}

fn mark_label(event: &LogEvent) -> Option<String> {
    let label = |label: &Option<String>| {
        label.as_deref().map(|text| format!(" “{}”", visible(text, false))).unwrap_or_default()
    };
    let text = match event {
        LogEvent::WaitBegins { seconds, label: l } => format!("wait {seconds} s{}", label(l)),
        LogEvent::WaitEnds { label: l } => format!("wait over{}", label(l)),
        LogEvent::KillTimerFired => "time is up: fail the connection".to_owned(),
        LogEvent::CloseTimerFired => "time is up: close the connection".to_owned(),
        LogEvent::KillTimerArmed { seconds } => format!("fails if not done in {seconds} s"),
        LogEvent::CloseTimerArmed { seconds } => format!("closes after {seconds} s"),
        LogEvent::LogSwitched { on: false } => "log off".to_owned(),
        LogEvent::LogSwitched { on: true } => "log on again".to_owned(),
        _ => return None,
    };
    Some(visible_short(&text, LABEL_CHARS))
}

fn end(outcome: &Outcome) -> Row {
    let facts = &outcome.facts;
    if !facts.opened {
        return Row { at_us: None, kind: Kind::NeverOpened, label: "the connection never opened".to_owned() };
    }
    let (kind, who) = match (facts.dropped_by_me, outcome.testee) {
        (true, _) => (Kind::DroppedByUs, "wsproof drops TCP"),
        (false, testee) => (Kind::DroppedByTestee, dropped_by(testee, facts.tcp_end)),
    };
    let clean = if facts.was_clean { "closed cleanly" } else { "not closed cleanly" };
    // The duration counts from the opened connection: from when the response passed.
    let log = &outcome.transcript.wire_log;
    let response = log.iter().take(4).filter(|entry| match &entry.what {
        LogEvent::OctetsReceived { octets } | LogEvent::OctetsSent { octets, .. } => is_head(octets),
        _ => false,
    });
    let opened_us = response.map(|entry| entry.at_us).next_back();
    let at_us = opened_us.map(|us| us.saturating_add(outcome.duration_us));
    Row { at_us, kind, label: format!("{who} · {clean}") }
}

fn dropped_by(testee: Testee, end: Option<TcpEnd>) -> &'static str {
    match (testee, end) {
        (Testee::Server, Some(TcpEnd::Reset)) => "the server resets TCP",
        (Testee::Client, Some(TcpEnd::Reset)) => "the client resets TCP",
        (Testee::Server, Some(TcpEnd::Tls(_))) => "the server ends TLS with an alert",
        (Testee::Client, Some(TcpEnd::Tls(_))) => "the client ends TLS with an alert",
        (Testee::Server, _) => "the server drops TCP",
        (Testee::Client, _) => "the client drops TCP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_lengths_are_those_of_the_wire() {
        assert_eq!([0, 125, 126, 65_535, 65_536].map(|n| frame_len(n, false) - n), [2, 2, 4, 4, 10]);
        assert_eq!(frame_len(9, true), 15);
    }

    #[test]
    fn octets_of_frames_get_no_arrow_of_their_own() {
        let octets = |n: usize| Excerpt { len: n as u64, head: vec![0; n.min(Excerpt::MAX)] };
        let mut state = Octets::default();
        state.expect(9, true);
        assert!(state.sent(&octets(7), 9).is_none());
        assert!(state.sent(&octets(8), 9).is_none());
        let (kind, label) = state.sent(&octets(3), 9).unwrap();
        assert!(kind == Kind::OctetsSent);
        assert_eq!(label, "3 octets of a frame");
    }

    #[test]
    fn pauses_break_the_lifelines() {
        let row = |at_us| Row { at_us: Some(at_us), kind: Kind::Sent, label: String::new() };
        let (items, bottom) = place(vec![row(0), row(1_000), row(1_001_000)]);
        let kinds: Vec<&str> = items.iter().map(|item| item.kind.class()).collect();
        assert_eq!(kinds, ["sent", "sent", "pause", "sent"]);
        assert_eq!(items[2].label, "1.000 s pass");
        assert_eq!(bottom, TOP + 2 * ROW + PAUSE);
    }

    #[test]
    fn runs_of_like_arrows_are_folded() {
        let row = |label: &str| Row { at_us: Some(1), kind: Kind::Sent, label: label.to_owned() };
        let labels = |text: &str| {
            let mut rows: Vec<Row> = text.split(' ').map(row).collect();
            fold(&mut rows);
            rows.into_iter().map(|row| row.label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels("a b b b b c"), "a b b b b c");
        assert_eq!(labels("a b b b b b c"), "a b 3 more of these b c");
        assert_eq!(labels("a a a a a a"), "a 4 more of these a");
    }

    #[test]
    fn labels_fit() {
        let label = frame_label(1, true, 0, 5_000, &Excerpt::of(&[b'x'; 5_000]));
        assert!(label.starts_with("text · 5000 · xxx") && label.ends_with('…'), "{label}");
        assert!(label.chars().count() <= LABEL_CHARS + 1);
        assert_eq!(frame_label(8, true, 0, 2, &Excerpt::of(b"\x03\xe8")), "close · code 1000");
        assert_eq!(frame_label(9, false, 4, 0, &Excerpt::default()), "ping · more · RSV 4 · 0");
    }
}
