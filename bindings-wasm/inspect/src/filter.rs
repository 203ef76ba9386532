//! Filters rows.

use regex_lite::{Regex, RegexBuilder};
use serde::Deserialize;
use wsproof_inspect::{Connection, Sender};

use crate::row::Row;

/// A filter, as JSON. What is left out lets everything pass.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    /// `client` or `server`.
    sender: Option<String>,
    /// Opcodes that pass.
    opcodes: Option<Vec<u8>>,
    /// Only rows that break a rule.
    violations: bool,
    /// Payload lengths, in octets.
    min_len: Option<u64>,
    max_len: Option<u64>,
    /// Text in the payload or message, in any case of letters; with `0x` in front, octets.
    text: String,
    /// `text` is a regular expression.
    regex: bool,
}

/// See [`Wanted`].
#[derive(Debug)]
pub(crate) struct Filter {
    wanted: Wanted,
    search: Search,
}

#[derive(Debug)]
enum Search {
    Nothing,
    Octets(Vec<u8>),
    /// Its time grows with the text alone, whatever the expression.
    Text(Regex),
}

impl Filter {
    pub(crate) fn parse(json: &str) -> Result<Self, String> {
        let wanted: Wanted = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let search = match wanted.text.strip_prefix("0x").filter(|_| !wanted.regex) {
            _ if wanted.text.is_empty() => Search::Nothing,
            Some(digits) => Search::Octets(octets(digits)?),
            None => {
                let pattern = match wanted.regex {
                    true => wanted.text.clone(),
                    false => regex_lite::escape(&wanted.text),
                };
                let mut builder = RegexBuilder::new(&pattern);
                builder.case_insensitive(!wanted.regex).size_limit(1 << 20);
                Search::Text(builder.build().map_err(|error| error.to_string())?)
            }
        };
        Ok(Self { wanted, search })
    }

    pub(crate) fn passes(&self, row: Row<'_>, connection: &Connection) -> bool {
        let (sender, opcode, len, violations) = match row {
            Row::Frame(frame) => (frame.sender, frame.opcode, frame.announced, frame.violations.len()),
            Row::Message(message) => (message.sender, if message.binary { 2 } else { 1 }, message.len, 0),
        };
        let side = if sender == Sender::Client { "client" } else { "server" };
        let wanted = &self.wanted;
        wanted.sender.as_deref().is_none_or(|sender| sender == side)
            && wanted.opcodes.as_ref().is_none_or(|opcodes| opcodes.contains(&opcode))
            && (!wanted.violations || violations > 0)
            && wanted.min_len.is_none_or(|min| len >= min)
            && wanted.max_len.is_none_or(|max| len <= max)
            && self.found(row, connection)
    }

    fn found(&self, row: Row<'_>, connection: &Connection) -> bool {
        let payload: &[u8] = match row {
            Row::Message(message) => &message.octets,
            // Fragments are searched as the message, so that a word across them is found; once.
            Row::Frame(frame) => match frame.message.and_then(|index| connection.messages.get(index)) {
                Some(message) if frame.opcode != 0 => &message.octets,
                Some(message) if message.compressed => &[],
                _ => &frame.payload,
            },
        };
        match &self.search {
            Search::Nothing => true,
            Search::Octets(wanted) => payload.windows(wanted.len()).any(|part| part == wanted),
            Search::Text(regex) => regex.is_match(&String::from_utf8_lossy(payload)),
        }
    }
}

fn octets(digits: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = digits.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.is_empty() || digits.len() % 2 == 1 {
        return Err("after 0x stand pairs of hexadecimal digits".to_owned());
    }
    let octet = |pair: &[char]| Some((pair[0].to_digit(16)? * 16 + pair[1].to_digit(16)?) as u8);
    digits.chunks(2).map(octet).collect::<Option<_>>().ok_or_else(|| "not hexadecimal digits".to_owned())
}
