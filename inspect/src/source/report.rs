//! The report on a case, by wsproof or Autobahn: what its wire log has.
//!
//! A log keeps the first octets of each read and write only. Where all of an end's are whole, they are followed as they
//! were. Where one was cut, that end's frames are taken from the log's lines about them: header, length, and the
//! payload's first octets.

use std::collections::BTreeMap;

use serde_json::Value;
use wsproof_core::frame::{FrameHeader, Opcode};

use super::{Error, Format, contains};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::model::{Capture, Sender, Source};

/// The mark of data that was cut.
const CUT: &str = " ...";

/// Of a payload that repeats a piece so many octets are made.
const MAX_REPEATED: usize = 64 << 10;

pub(super) fn is_report(text: &[u8]) -> bool {
    // Keys are sorted: the log comes last.
    contains(text, b"\"wirelog\"") && contains(text, b"\"behaviorClose\"")
}

pub(super) fn read(report: &Value) -> Result<Capture, Error> {
    let no = |why: &str| Error::new(Format::Report, why);
    let log = report["wirelog"].as_array().ok_or_else(|| no("it has no list `wirelog`"))?;
    let tester = match report["isServer"].as_bool() {
        Some(true) => Sender::Server,
        Some(false) => Sender::Client,
        None => return Err(no("`isServer` does not tell who was tested")),
    };
    let text = |key: &str| report[key].as_str().unwrap_or_default();
    let heads = [text("httpRequest"), text("httpResponse")];
    let mut conversation = Conversation::with_handshake(String::new(), &Budget::default());
    let is_there = |head: &str| !matches!(head, "" | "?");
    if is_there(heads[0]) {
        conversation.request(heads[0].as_bytes(), None);
    }
    if is_there(heads[1]) {
        conversation.response(heads[1].as_bytes(), None);
    }
    let folds = Folds::of(report);
    let mut ends = [Sender::Client, Sender::Server].map(|sender| {
        let head = heads[usize::from(sender == Sender::Server)].len() as u64;
        End::of(log, if sender == tester { 'T' } else { 'R' }, sender, head, &folds)
    });
    for entry in log {
        for end in &mut ends {
            end.take(entry, &mut conversation);
        }
    }
    let mut connection = conversation.finish();
    for end in &ends {
        end.notes(&mut connection.notes);
    }
    let mut notes = vec![format!(
        "case {} of {}: {} / {}. {}",
        text("id"),
        text("agent"),
        text("behavior"),
        text("behaviorClose"),
        text("result")
    )];
    folds.notes(log, &mut notes);
    let statistics = [("txFrameStats", "sent", "TF"), ("rxFrameStats", "received", "RF")];
    for (key, did, tag) in statistics {
        let counts = report[key].as_object().into_iter().flatten();
        let counted: u64 = counts.filter_map(|(_, count)| count.as_u64()).fold(0, u64::saturating_add);
        let entries = log.iter().enumerate().filter(|(_, entry)| entry[0] == tag);
        let logged =
            entries.map(|(line, _)| folds.times(line).saturating_add(1)).fold(0, u64::saturating_add);
        if counted > logged {
            notes.push(format!("{counted} frames were {did}; {logged} of them are in the log"));
        }
    }
    Ok(Capture { source: Source::Report, connections: vec![connection], notes })
}

/// What a log lacks where a testee sent more than is kept of it: lines that say the same are counted at one of them, and
/// others are missing.
struct Folds {
    /// By the position of a line: how often its like came again.
    times: BTreeMap<usize, u64>,
    left_out: u64,
    /// The position of the line before which lines are missing; `None`: at the end.
    before: Option<u64>,
}

impl Folds {
    fn of(report: &Value) -> Self {
        let repeats = report["wirelogRepeats"].as_array().into_iter().flatten();
        let times = |repeats: &Value| {
            let line = usize::try_from(repeats["line"].as_u64()?).ok()?;
            Some((line, repeats["times"].as_u64()?))
        };
        Self {
            times: repeats.filter_map(times).collect(),
            left_out: report["wirelogEntriesLeftOut"].as_u64().unwrap_or(0),
            before: report["wirelogEntriesLeftOutBefore"].as_u64(),
        }
    }

    /// How often the like of a line came again.
    fn times(&self, line: usize) -> u64 {
        self.times.get(&line).copied().unwrap_or(0)
    }

    fn notes(&self, log: &[Value], notes: &mut Vec<String>) {
        match (self.left_out, self.before) {
            (0, _) => {}
            (left_out, None) => {
                notes.push(format!("the log was full: {left_out} later entries were not kept"));
            }
            (left_out, Some(before)) => {
                notes.push(format!("{left_out} entries of the log before its line {before} were not kept"));
            }
        }
        let is_frame = |line: usize| {
            log.get(line).and_then(|entry| entry[0].as_str()).is_some_and(|tag| tag.ends_with('F'))
        };
        let frames = self.times.iter().filter(|(line, _)| is_frame(**line));
        let (lines, times) =
            frames.fold((0, 0_u64), |(n, sum), (_, times)| (n + 1, sum.saturating_add(*times)));
        if lines > 0 {
            let these = if lines == 1 {
                "one frame shown here stands".to_owned()
            } else {
                format!("{lines} frames shown here stand")
            };
            notes.push(format!(
                "the log is folded: {these} for {times} more of the same, which are not shown"
            ));
        }
    }
}

/// One end's part of the log.
struct End {
    sender: Sender,
    /// `T` of what was sent, `R` of what was received: the first letter of its entries.
    letter: char,
    /// Octets of its head, which the log has too.
    head: u64,
    /// Its octets are all there.
    whole: bool,
    /// Octets that went by.
    at: u64,
    /// Frames whose payload was cut.
    cut: usize,
}

impl End {
    fn of(log: &[Value], letter: char, sender: Sender, head: u64, folds: &Folds) -> Self {
        let mut end = Self { sender, letter, head, whole: true, at: 0, cut: 0 };
        for entry in log {
            let Some((len, octets)) = octets(&entry[1]).filter(|_| end.is(entry, 'O')) else { continue };
            let after = end.at.saturating_add(len);
            end.whole &= after <= head || octets.len() as u64 == len;
            end.at = after;
        }
        // A log that was off for a while has frames, or octets, without the others.
        let frames = log.iter().any(|entry| end.is(entry, 'F'));
        end.whole &= end.at > head || !frames;
        // So has one that is folded, or lacks lines before its end.
        let folded = |(line, entry): (usize, &Value)| end.is(entry, 'O') && folds.times(line) > 0;
        let is_folded = log.iter().enumerate().any(folded);
        end.whole &= !is_folded && folds.before.is_none();
        end.at = 0;
        end
    }

    /// Whether an entry is this end's, and about octets (`O`) or a frame (`F`).
    fn is(&self, entry: &Value, what: char) -> bool {
        let mut tag = entry[0].as_str().unwrap_or_default().chars();
        tag.next() == Some(self.letter) && tag.next() == Some(what) && tag.next().is_none()
    }

    fn take(&mut self, entry: &Value, conversation: &mut Conversation) {
        if self.whole && self.is(entry, 'O') {
            let Some((len, octets)) = octets(&entry[1]) else { return };
            // What is the head's was taken already.
            let skipped = self.head.saturating_sub(self.at).min(len);
            self.at = self.at.saturating_add(len);
            let skipped = usize::try_from(skipped).unwrap_or(usize::MAX).min(octets.len());
            conversation.take(self.sender, &octets[skipped..], None);
        } else if !self.whole && self.is(entry, 'F') {
            let Some((header, begin)) = self.frame(entry) else { return };
            self.cut += usize::from(begin.len() as u64 != header.payload_len);
            conversation.take_excerpt(self.sender, &header, &begin);
        }
    }

    /// `[tag, [octets, text], opcode, fin, rsv, …]`, then of a frame sent its key and to how many octets the payload is
    /// repeated, of one received whether it was masked, and its key.
    fn frame(&self, entry: &Value) -> Option<(FrameHeader, Vec<u8>)> {
        let (len, mut begin) = payload(&entry[1])?;
        let opcode = u8::try_from(entry[2].as_u64()?).ok().filter(|opcode| *opcode < 16)?;
        let sent = self.letter == 'T';
        let mut header = FrameHeader::new(Opcode::new(opcode), len);
        header.fin = entry[3].as_bool()?;
        header.rsv = (entry[4].as_u64()? & 7) as u8;
        header.mask = key(&entry[if sent { 5 } else { 6 }]);
        if let Some(total) = entry[6].as_u64().filter(|_| sent && len > 0) {
            header.payload_len = total;
            if begin.len() as u64 == len {
                let made = usize::try_from(total).unwrap_or(usize::MAX).min(MAX_REPEATED);
                begin = begin.iter().copied().cycle().take(made).collect();
            }
        }
        Some((header, begin))
    }

    fn notes(&self, notes: &mut Vec<String>) {
        if self.whole {
            return;
        }
        let who = if self.sender == Sender::Client { "client" } else { "server" };
        notes.push(format!(
            "the {who}'s octets were cut in the log: its frames are shown as the log tells of them, in the shortest form"
        ));
        if self.cut > 0 {
            notes.push(format!(
                "of {} of the {who}'s frames only the payload's first octets were kept; what the rest breaks cannot be seen",
                self.cut
            ));
        }
    }
}

/// `[octets, hex]`: how many there were, and those that were kept.
fn octets(value: &Value) -> Option<(u64, Vec<u8>)> {
    Some((value[0].as_u64()?, from_hex(value[1].as_str()?)?))
}

/// `[octets, text]`, the text as it is or as `0x` and digits.
fn payload(value: &Value) -> Option<(u64, Vec<u8>)> {
    let (len, text) = (value[0].as_u64()?, value[1].as_str()?);
    let uncut = text.strip_suffix(CUT).filter(|begin| len > begin.len() as u64 || begin.len() >= 60);
    let text = uncut.unwrap_or(text);
    let digits = text.strip_prefix("0x").filter(|_| uncut.is_some() || text.len() as u64 != len);
    Some((len, digits.and_then(from_hex).unwrap_or_else(|| text.as_bytes().to_vec())))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_suffix(CUT).unwrap_or(text).as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(pair).collect()
}

fn key(value: &Value) -> Option<[u8; 4]> {
    from_hex(value.as_str()?)?.try_into().ok()
}
