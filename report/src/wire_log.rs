//! The wire log in words, for pages and for JUnit.

use wsproof_core::Count;
use wsproof_scenarios::{Excerpt, LogEntry, LogEvent, Repeats, Transcript, hex};

use crate::excerpt::{as_hex, as_text, grouped, octets};
use crate::http_head::Heads;
use crate::visible::{visible, visible_short};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Position in the log, from 0, at least three digits.
    pub(crate) number: String,
    /// Milliseconds since TCP was connected.
    pub(crate) at: String,
    /// What kind of line it is.
    pub(crate) kind: Kind,
    /// What is to be said about it.
    pub(crate) detail: String,
    /// Octets or payload, if it has any. An HTTP head has several lines.
    pub(crate) data: String,
    /// Lines before this one that the log has and that are not shown.
    pub(crate) left_out: u64,
    /// Lines before this one that were not kept.
    pub(crate) not_kept: u64,
}

/// What a line of the log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    FrameReceived,
    FrameSent,
    OctetsReceived,
    OctetsSent,
    /// A piece written on its own.
    PieceSent,
    /// The testee's FIN or reset.
    TcpEnded,
    Timer,
}

impl Kind {
    /// The class that colours it.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::FrameReceived => "rf",
            Self::FrameSent => "tf",
            Self::OctetsReceived => "ro",
            Self::OctetsSent => "to",
            Self::PieceSent => "tp",
            Self::TcpEnded => "ro",
            Self::Timer => "ti",
        }
    }

    /// The same in words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::FrameReceived => "← frame received",
            Self::FrameSent => "→ frame sent",
            Self::OctetsReceived => "← octets received",
            Self::OctetsSent => "→ octets sent",
            Self::PieceSent => "→ piece sent",
            Self::TcpEnded => "← TCP ended",
            Self::Timer => "time",
        }
    }
}

/// The first and last lines of the log.
pub(crate) fn lines(transcript: &Transcript, first: usize, last: usize) -> Vec<Line> {
    let log = &transcript.wire_log;
    let left_out = log.len().saturating_sub(first + last);
    let mut heads = Heads::of(transcript);
    let gap = transcript.left_out_before.unwrap_or(log.len());
    let mut lines: Vec<Line> = Vec::with_capacity(log.len() - left_out);
    let mut next = 0;
    for (number, entry) in log.iter().enumerate() {
        if (first..first + left_out).contains(&number) {
            continue;
        }
        let not_kept = if (next..=number).contains(&gap) { transcript.entries_left_out } else { 0 };
        lines.push(Line { left_out: (number - next) as u64, not_kept, ..line(number, entry, &mut heads) });
        next = number + 1;
    }
    lines
}

/// What the log lacks at its end, or counts together.
pub(crate) fn note(transcript: &Transcript) -> String {
    let mut note = String::new();
    if transcript.wire_log.iter().any(|entry| entry.repeats.is_some()) {
        note.push_str("The log is folded: lines that say the same are counted at one of them. ");
    }
    if transcript.entries_left_out > 0 && transcript.left_out_before.is_none() {
        let left_out = grouped(transcript.entries_left_out);
        note.push_str(&format!("The log was full: {left_out} later entries were not kept."));
    }
    note.truncate(note.trim_end().len());
    note
}

/// So many lines of an HTTP head are shown.
const HEAD_LINES: usize = 40;

/// So many characters of each.
const HEAD_WIDTH: usize = 400;

/// Where what belongs to a line begins, when it has lines of its own.
const INDENT: usize = 19;

/// The lines as plain text.
pub(crate) fn as_plain_text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        if line.left_out > 0 {
            text.push_str(&format!("... {} left out\n", Count(line.left_out, "line")));
        }
        if line.not_kept > 0 {
            text.push_str(&format!("... {} not kept\n", Count(line.not_kept, "line")));
        }
        let Line { number, at, kind, detail, data, .. } = line;
        text.push_str(&format!("{number} {at:>10} ms  {:<18} {detail}", kind.label()));
        if data.contains('\n') {
            data.lines().for_each(|line| text.push_str(&format!("\n{:INDENT$}{line}", "")));
        } else {
            text.push_str("  ");
            text.push_str(data);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn line(number: usize, entry: &LogEntry, heads: &mut Heads<'_>) -> Line {
    let (kind, mut detail, data) = words(&entry.what);
    if let Some(repeats) = &entry.repeats {
        detail.push_str(&repeated(kind, repeats));
    }
    let data = match heads.next(&entry.what) {
        Some(head) => {
            if head.behind > 0 {
                detail.push_str(&format!(", {} of them behind the head", grouped(head.behind)));
            }
            shown_head(head.text)
        }
        None => visible(&data, false).into_owned(),
    };
    Line {
        number: format!("{number:03}"),
        at: milliseconds(entry.at_us),
        kind,
        detail: visible(&detail, false).into_owned(),
        data,
        left_out: 0,
        not_kept: 0,
    }
}

/// ` · the same frame 19 998 times more, until 812.004 ms`.
fn repeated(kind: Kind, repeats: &Repeats) -> String {
    let (times, until) = (grouped(repeats.times), milliseconds(repeats.until_us));
    let what = match kind {
        Kind::OctetsReceived => "reads",
        Kind::OctetsSent => "writes",
        Kind::PieceSent => "pieces",
        Kind::FrameReceived | Kind::FrameSent | Kind::TcpEnded | Kind::Timer => {
            let times = if repeats.times == 1 { "once".to_owned() } else { format!("{times} times") };
            return format!(" · the same frame {times} more, until {until} ms");
        }
    };
    let what = if repeats.times == 1 { &what[..what.len() - 1] } else { what };
    format!(" · {times} {what} more with {}, until {until} ms", octets(repeats.octets))
}

fn milliseconds(us: u64) -> String {
    format!("{:.3}", us as f64 / 1e3)
}

/// A head as its lines, within bounds: it may be a testee's.
fn shown_head(text: &str) -> String {
    let lines = || text.trim_end().lines();
    let mut shown: Vec<String> =
        lines().take(HEAD_LINES).map(|line| visible_short(line, HEAD_WIDTH)).collect();
    if let Some(more @ 1..) = lines().count().checked_sub(HEAD_LINES) {
        shown.push(format!("… {more} more"));
    }
    shown.join("\n")
}

fn words(event: &LogEvent) -> (Kind, String, String) {
    let timer = |text: String| (Kind::Timer, text, String::new());
    match event {
        LogEvent::OctetsReceived { octets: o } => (Kind::OctetsReceived, octets(o.len), as_hex(o)),
        LogEvent::OctetsSent { octets: o, sync: false } => (Kind::OctetsSent, octets(o.len), as_hex(o)),
        LogEvent::OctetsSent { octets: o, sync: true } => (Kind::PieceSent, octets(o.len), as_hex(o)),
        LogEvent::FrameReceived { payload, opcode, fin, rsv, mask } => (
            Kind::FrameReceived,
            frame(*opcode, *fin, *rsv, payload, None, *mask),
            payload_text(*opcode, payload),
        ),
        LogEvent::FrameSent { payload, opcode, fin, rsv, mask, repeated_to, chop, sync } => {
            let mut text = frame(*opcode, *fin, *rsv, payload, *repeated_to, *mask);
            if let Some(chop) = chop {
                text.push_str(&format!(" · in pieces of {}", octets(u64::from(*chop))));
            }
            if *sync {
                text.push_str(" · written on its own");
            }
            (Kind::FrameSent, text, payload_text(*opcode, payload))
        }
        LogEvent::WaitBegins { seconds, label } => timer(format!("waiting {seconds} s{}", labelled(label))),
        LogEvent::WaitEnds { label } => timer(format!("the wait{} is over", labelled(label))),
        LogEvent::KillTimerArmed { seconds } => {
            timer(format!("the connection will be failed after {seconds} s"))
        }
        LogEvent::KillTimerFired => timer("time is up: the connection is failed".to_owned()),
        LogEvent::CloseTimerArmed { seconds } => {
            timer(format!("the connection will be closed after {seconds} s"))
        }
        LogEvent::CloseTimerFired => timer("time is up: the connection is closed".to_owned()),
        LogEvent::TcpEnded { end } => (Kind::TcpEnded, end.to_string(), String::new()),
        LogEvent::LogSwitched { on: true } => timer("the log is on again".to_owned()),
        LogEvent::LogSwitched { on: false } => {
            timer("the log is off: the case moves too many octets".to_owned())
        }
    }
}

fn labelled(label: &Option<String>) -> String {
    label.as_ref().map(|label| format!(" “{label}”")).unwrap_or_default()
}

fn frame(
    opcode: u8,
    fin: bool,
    rsv: u8,
    payload: &Excerpt,
    repeated_to: Option<u64>,
    mask: Option<[u8; 4]>,
) -> String {
    let mut text = opcode_name(opcode);
    text.push_str(if fin { " · FIN" } else { " · more to come" });
    if rsv != 0 {
        text.push_str(&format!(" · RSV {rsv}"));
    }
    match repeated_to {
        Some(total) => text.push_str(&format!(" · {} repeated to {}", octets(payload.len), grouped(total))),
        None => text.push_str(&format!(" · {}", octets(payload.len))),
    }
    if let Some(key) = mask {
        text.push_str(&format!(" · key {}", hex::encode(&key)));
    }
    text
}

/// The name of an opcode.
pub(crate) fn opcode_name(opcode: u8) -> String {
    match opcode {
        0 => "continuation".to_owned(),
        1 => "text".to_owned(),
        2 => "binary".to_owned(),
        8 => "close".to_owned(),
        9 => "ping".to_owned(),
        10 => "pong".to_owned(),
        other => format!("opcode {other}"),
    }
}

/// The payload as text; that of a close frame as code and reason.
pub(crate) fn payload_text(opcode: u8, payload: &Excerpt) -> String {
    match (opcode, payload.head.as_slice()) {
        (8, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            let reason = as_text(&Excerpt { len: payload.len.saturating_sub(2), head: reason.to_vec() });
            if reason.is_empty() { format!("code {code}") } else { format!("code {code} {reason}") }
        }
        _ => as_text(payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(entries: usize) -> Transcript {
        let entry = |at_us| LogEntry::new(at_us, LogEvent::KillTimerFired);
        Transcript { wire_log: (0..entries as u64).map(entry).collect(), ..Transcript::default() }
    }

    #[test]
    fn long_logs_are_cut_in_the_middle() {
        let numbers = |n| -> Vec<String> {
            lines(&log(n), 2, 2).iter().map(|line| format!("{}:{}", line.number, line.left_out)).collect()
        };
        assert!(numbers(0).is_empty());
        assert_eq!(numbers(1), ["000:0"]);
        assert_eq!(numbers(3), ["000:0", "001:0", "002:0"]);
        assert_eq!(numbers(4), ["000:0", "001:0", "002:0", "003:0"]);
        assert_eq!(numbers(10_000), ["000:0", "001:0", "9998:9996", "9999:0"]);
    }

    #[test]
    fn what_was_not_kept_is_told_where_it_was() {
        let shown = |n, gap| -> Vec<String> {
            let transcript = Transcript { entries_left_out: 7, left_out_before: gap, ..log(n) };
            let lines = lines(&transcript, 2, 2);
            lines.iter().map(|l| format!("{}:{}:{}", l.number, l.left_out, l.not_kept)).collect()
        };
        assert_eq!(shown(3, Some(1)), ["000:0:0", "001:0:7", "002:0:0"]);
        assert_eq!(shown(9, Some(5)), ["000:0:0", "001:0:0", "007:5:7", "008:0:0"]);
        assert_eq!(shown(9, Some(8)), ["000:0:0", "001:0:0", "007:5:0", "008:0:7"]);
        assert_eq!(shown(3, None), ["000:0:0", "001:0:0", "002:0:0"]);
        let transcript = Transcript { entries_left_out: 7, ..log(3) };
        assert_eq!(note(&transcript), "The log was full: 7 later entries were not kept.");
        assert_eq!(note(&log(3)), "");
    }

    #[test]
    fn repeats_are_told() {
        let told = |kind, times| repeated(kind, &Repeats { times, octets: 40_000, until_us: 812_004 });
        assert_eq!(
            told(Kind::FrameReceived, 19_998),
            " · the same frame 19\u{202f}998 times more, until 812.004 ms"
        );
        assert_eq!(told(Kind::FrameSent, 1), " · the same frame once more, until 812.004 ms");
        assert_eq!(
            told(Kind::OctetsReceived, 2),
            " · 2 reads more with 40\u{202f}000 octets, until 812.004 ms"
        );
        assert_eq!(told(Kind::OctetsSent, 1), " · 1 write more with 40\u{202f}000 octets, until 812.004 ms");
    }

    #[test]
    fn close_payloads_are_read() {
        let text = |octets: &[u8]| payload_text(8, &Excerpt::of(octets));
        assert_eq!(text(b""), "");
        assert_eq!(text(b"\x03"), "\u{3}");
        assert_eq!(text(b"\x03\xe8"), "code 1000");
        assert_eq!(text(b"\x03\xebno"), "code 1003 no");
        assert_eq!(text(b"\x03\xeb\xff"), "code 1003 0xff");
    }

    #[test]
    fn frames_are_told_in_words() {
        let event = LogEvent::FrameSent {
            payload: Excerpt::of(b"BAsd7&jh23"),
            opcode: 2,
            fin: false,
            rsv: 5,
            mask: Some([1, 2, 3, 4]),
            repeated_to: Some(65_536),
            chop: Some(1),
            sync: true,
        };
        let (kind, detail, data) = words(&event);
        assert_eq!(kind, Kind::FrameSent);
        assert_eq!(
            detail,
            "binary · more to come · RSV 5 · 10 octets repeated to 65\u{202f}536 · key 01020304 · in pieces of 1 octet · written on its own"
        );
        assert_eq!(data, "BAsd7&jh23");
    }

    #[test]
    fn http_heads_are_text() {
        let head = "GET / HTTP/1.1\r\nX-Evil: \x1b[31m\r\n\r\n";
        let received = |octets: &[u8]| LogEvent::OctetsReceived { octets: Excerpt::of(octets) };
        let log = [received(&[head.as_bytes(), b"\x81"].concat()), received(b"\x80")];
        let transcript = Transcript {
            http_request: head.to_owned(),
            wire_log: log.into_iter().map(|what| LogEntry { at_us: 1_500, what, repeats: None }).collect(),
            ..Transcript::default()
        };
        assert_eq!(
            as_plain_text(&lines(&transcript, 9, 9)),
            "000      1.500 ms  ← octets received  34 octets, 1 of them behind the head\n\
             \x20                  GET / HTTP/1.1\n\
             \x20                  X-Evil: ⟨ESC⟩[31m\n\
             001      1.500 ms  ← octets received  1 octet  80\n"
        );
        let endless = format!("HTTP/1.1 101 x\r\n{}\r\n", "A: b\r\n".repeat(100) + &"c".repeat(1000));
        let shown = shown_head(&endless);
        assert_eq!(shown.lines().count(), HEAD_LINES + 1);
        assert!(shown.ends_with("\n… 62 more"), "{shown}");
    }

    #[test]
    fn plain_text_keeps_control_characters_out() {
        let what = LogEvent::FrameReceived {
            payload: Excerpt::of(b"a\x1b[31m\nb"),
            opcode: 1,
            fin: true,
            rsv: 0,
            mask: None,
        };
        let transcript = Transcript { wire_log: vec![LogEntry::new(1_500, what)], ..Transcript::default() };
        let text = as_plain_text(&lines(&transcript, 9, 9));
        assert_eq!(text, "000      1.500 ms  ← frame received   text · FIN · 8 octets  a⟨ESC⟩[31m⟨LF⟩b\n");
    }
}
