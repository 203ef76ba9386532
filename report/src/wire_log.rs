//! The wire log in words, for pages and for JUnit.

use wsproof_core::Count;
use wsproof_scenarios::{Excerpt, LogEntry, LogEvent, Transcript, hex};

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
    /// Lines left out before this one.
    pub(crate) left_out: u64,
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
    let mut lines: Vec<Line> =
        log.iter().enumerate().take(first).map(|(number, entry)| line(number, entry, &mut heads)).collect();
    if log.len() > first {
        let tail = log.iter().enumerate().skip(first + left_out);
        let begin = lines.len();
        lines.extend(tail.map(|(number, entry)| line(number, entry, &mut heads)));
        if let Some(line) = lines.get_mut(begin) {
            line.left_out = left_out as u64;
        }
    }
    lines
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
        at: format!("{:.3}", entry.at_us as f64 / 1e3),
        kind,
        detail: visible(&detail, false).into_owned(),
        data,
        left_out: 0,
    }
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
        let entry = |at_us| LogEntry { at_us, what: LogEvent::KillTimerFired };
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
            wire_log: log.into_iter().map(|what| LogEntry { at_us: 1_500, what }).collect(),
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
        let transcript =
            Transcript { wire_log: vec![LogEntry { at_us: 1_500, what }], ..Transcript::default() };
        let text = as_plain_text(&lines(&transcript, 9, 9));
        assert_eq!(text, "000      1.500 ms  ← frame received   text · FIN · 8 octets  a⟨ESC⟩[31m⟨LF⟩b\n");
    }
}
