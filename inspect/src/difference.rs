//! How two messages differ: JSON by path, text by words, anything else by octets.

use imara_diff::{Algorithm, Diff, InternedInput};
use serde::Serialize;
use serde_json::Value;

use crate::model::hex;

/// Words, lines or octets that are compared of each message, between what both begin and end with; it bounds the time.
const MAX_TOKENS: usize = 8 * 1024;
/// Differences that are listed of JSON at most.
const MAX_CHANGES: usize = 2_000;
/// Characters of a value of JSON that are shown.
const MAX_VALUE: usize = 400;

/// How two messages differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// They were compared as this.
    pub kind: Kind,
    /// Of text and octets (as hexadecimal digits): what both have and what one has, in order.
    pub parts: Vec<Part>,
    /// Of JSON: the places where they differ.
    pub changes: Vec<Change>,
    /// What was not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// As what messages were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Both are JSON.
    Json,
    /// Both are text.
    Text,
    /// Octets.
    Octets,
}

/// A piece of two messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Who has it.
    pub side: Side,
    /// Text, or hexadecimal digits.
    pub text: String,
}

/// Who has a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Both messages.
    Both,
    /// The first one only.
    Before,
    /// The second one only.
    After,
}

/// A place in JSON where two messages differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The place, as a JSON Pointer (RFC 6901); empty for the whole.
    pub path: String,
    /// What the first message has there, as JSON; `None`: nothing.
    pub before: Option<String>,
    /// What the second one has.
    pub after: Option<String>,
}

/// Compares two messages.
///
/// ```
/// use wsproof_inspect::difference::compare;
///
/// let difference = compare(br#"{"bid": 1, "ask": 2}"#, br#"{"bid": 1, "ask": 3}"#);
/// assert_eq!(difference.changes[0].path, "/ask");
/// assert_eq!(difference.changes[0].after.as_deref(), Some("3"));
/// ```
pub fn compare(before: &[u8], after: &[u8]) -> Difference {
    if let (Some(before), Some(after)) = (json(before), json(after)) {
        let mut changes = Vec::new();
        walk(&before, &after, &mut String::new(), &mut changes);
        let note = (changes.len() >= MAX_CHANGES)
            .then(|| format!("only the first {MAX_CHANGES} differences are listed"));
        return Difference { kind: Kind::Json, parts: Vec::new(), changes, note };
    }
    match (written(before), written(after)) {
        (Some(before), Some(after)) => text(before, after),
        _ => octets(before, after),
    }
}

/// A message as text that can be read.
fn written(message: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(message).ok()?;
    text.chars().all(|c| !c.is_control() || c.is_whitespace()).then_some(text)
}

/// A message as JSON, if it is an object or an array.
fn json(message: &[u8]) -> Option<Value> {
    /// Longer ones are compared as text.
    const LONGEST: usize = 8 << 20;
    let begins = matches!(message.trim_ascii_start().first(), Some(b'{' | b'['));
    (begins && message.len() <= LONGEST).then(|| serde_json::from_slice(message).ok()).flatten()
}

/// Goes down where both have the same kind of container. serde_json does not read what is nested too deep.
fn walk(before: &Value, after: &Value, path: &mut String, changes: &mut Vec<Change>) {
    if before == after || changes.len() >= MAX_CHANGES {
        return;
    }
    let mut down = |name: &str, before: Option<&Value>, after: Option<&Value>| {
        let len = path.len();
        path.push('/');
        path.push_str(&name.replace('~', "~0").replace('/', "~1"));
        match (before, after) {
            (Some(before), Some(after)) => walk(before, after, path, changes),
            _ if changes.len() < MAX_CHANGES => {
                changes.push(Change {
                    path: path.clone(),
                    before: before.map(shown),
                    after: after.map(shown),
                });
            }
            _ => {}
        }
        path.truncate(len);
    };
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                down(name, Some(value), after.get(name));
            }
            for (name, value) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                down(name, None, Some(value));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for index in 0..before.len().max(after.len()) {
                down(&index.to_string(), before.get(index), after.get(index));
            }
        }
        _ => changes.push(Change {
            path: path.clone(),
            before: Some(shown(before)),
            after: Some(shown(after)),
        }),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_VALUE) {
        None => text,
        Some((end, _)) => format!("{} …", &text[..end]),
    }
}

fn text(before: &str, after: &str) -> Difference {
    // Where the octets of a character differ, the whole character does; of a word, the whole word.
    let mut head = common(before.bytes().zip(after.bytes()));
    while !before.is_char_boundary(head) || !after.is_char_boundary(head) {
        head -= 1;
    }
    head -= word_len(before[..head].chars().rev());
    let (begin, before, after) = (&before[..head], &before[head..], &after[head..]);
    let mut tail = common(before.bytes().rev().zip(after.bytes().rev()));
    while !before.is_char_boundary(before.len() - tail) || !after.is_char_boundary(after.len() - tail) {
        tail -= 1;
    }
    tail -= word_len(before[before.len() - tail..].chars());
    let (before, end) = before.split_at(before.len() - tail);
    let after = &after[..after.len() - tail];
    // What is long is compared by lines.
    let (mut first, mut second, mut unit) = (words(before), words(after), "words");
    if first.len().max(second.len()) > MAX_TOKENS {
        (first, second, unit) = (text_lines(before), text_lines(after), "lines");
    }
    let mut parts = Parts::default();
    parts.add(Side::Both, begin);
    let note = compare_tokens(&first, &second, unit, |side, token| parts.add(side, token));
    if note.is_none() {
        parts.add(Side::Both, end);
    }
    Difference { kind: Kind::Text, parts: parts.0, changes: Vec::new(), note }
}

fn octets(before: &[u8], after: &[u8]) -> Difference {
    let head = common(before.iter().zip(after));
    let (begin, before, after) = (&before[..head], &before[head..], &after[head..]);
    let tail = common(before.iter().rev().zip(after.iter().rev()));
    let (before, end) = before.split_at(before.len() - tail);
    let after = &after[..after.len() - tail];
    let mut parts = Parts::default();
    parts.add(Side::Both, &hex(begin));
    let note = compare_tokens(before, after, "octets", |side, octet| parts.add(side, &hex(&[octet])));
    if note.is_none() {
        parts.add(Side::Both, &hex(end));
    }
    Difference { kind: Kind::Octets, parts: parts.0, changes: Vec::new(), note }
}

/// How many pairs are equal until the first that is not.
fn common<T: PartialEq>(pairs: impl Iterator<Item = (T, T)>) -> usize {
    pairs.take_while(|(left, right)| left == right).count()
}

/// Octets of the word that a text begins with; 0 if it is longer than words are.
fn word_len(chars: impl Iterator<Item = char>) -> usize {
    const LONGEST: usize = 256;
    let len = chars.take_while(|c| c.is_alphanumeric()).take(LONGEST).map(char::len_utf8).sum();
    if len < LONGEST { len } else { 0 }
}

/// Words and what stands between them, each character of it alone; of very many one more than are compared.
fn words(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let mut begin = 0;
    for (at, c) in text.char_indices() {
        if !c.is_alphanumeric() {
            list.extend((begin < at).then(|| &text[begin..at]));
            begin = at + c.len_utf8();
            list.push(&text[at..begin]);
            if list.len() > MAX_TOKENS {
                return list;
            }
        }
    }
    list.extend((begin < text.len()).then(|| &text[begin..]));
    list
}

fn text_lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Gives each token with who has it, of what was replaced the old before the new; says what was not compared.
fn compare_tokens<T: Copy + Default + Eq + std::hash::Hash>(
    before: &[T],
    after: &[T],
    unit: &str,
    mut give: impl FnMut(Side, T),
) -> Option<String> {
    let note = (before.len().max(after.len()) > MAX_TOKENS)
        .then(|| format!("from the first difference on only {MAX_TOKENS} {unit} of each are compared"));
    let (before, after) = (&before[..before.len().min(MAX_TOKENS)], &after[..after.len().min(MAX_TOKENS)]);
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let diff = Diff::compute(Algorithm::Myers, &input);
    let mut done = 0;
    for hunk in diff.hunks() {
        let at = |index: u32| index as usize;
        before[done..at(hunk.before.start)].iter().for_each(|token| give(Side::Both, *token));
        before[at(hunk.before.start)..at(hunk.before.end)]
            .iter()
            .for_each(|token| give(Side::Before, *token));
        after[at(hunk.after.start)..at(hunk.after.end)].iter().for_each(|token| give(Side::After, *token));
        done = at(hunk.before.end);
    }
    before[done..].iter().for_each(|token| give(Side::Both, *token));
    note
}

/// Neighbours of one side are one part.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn add(&mut self, side: Side, text: &str) {
        match self.0.last_mut() {
            Some(last) if last.side == side => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Part { side, text: text.to_owned() }),
        }
    }
}
