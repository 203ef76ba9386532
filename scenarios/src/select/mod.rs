//! Which cases run: Autobahn's patterns as its spec files have them, and a stricter reading for our own command.
//!
//! Autobahn takes a pattern without `*` as an id, whether or not there is such a case. A pattern with `*` stands for
//! any run of characters at each star, and has to match only the *start* of an id: `1*` is every case of sections 1,
//! 10, 12 and 13. The patterns of `exclude-agent-cases` have to match the whole text.
//!
//! Autobahn makes a regular expression of a pattern with `*`, and some scripts use what else that allows, such as
//! `12.*.[1234]$`. In `cases` and `exclude-cases` it is allowed here too.
//!
//! ```
//! use wsproof_scenarios::select::Pattern;
//!
//! assert!(Pattern::new("12.*.1").matches_start("12.3.18"));
//! assert!(!Pattern::new("12.*.1").matches_whole("12.3.18"));
//! ```

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use crate::catalogue;
use crate::id::CaseId;

/// No more than this of a pattern or an agent name is shown in messages.
const SHOWN: usize = 60;

/// A text in which `*` stands for any run of characters and everything else for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of the pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a `*` is in it.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains('*')
    }

    /// Whether some start of `text` matches.
    pub fn matches_start(&self, text: &str) -> bool {
        self.matches(text, false)
    }

    /// Whether all of `text` matches.
    pub fn matches_whole(&self, text: &str) -> bool {
        self.matches(text, true)
    }

    /// Each piece between stars is taken at its first place after the one before: no piece is ever tried again, so a
    /// hostile pattern costs its length times that of the text, at most.
    fn matches(&self, text: &str, whole: bool) -> bool {
        let Some((first, others)) = self.0.split_once('*') else {
            return if whole { text == self.0 } else { text.starts_with(&self.0) };
        };
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        let (middle, last) = others.rsplit_once('*').unwrap_or(("", others));
        for piece in middle.split('*') {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        if whole { rest.ends_with(last) } else { rest.contains(last) }
    }
}

/// What a spec file's lists of patterns stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The cases to run, in running order.
    pub cases: Vec<CaseId>,
    /// What was asked for and is no case.
    pub unknown: Vec<String>,
}

impl Selection {
    /// Reads the lists as Autobahn does: `include` without `exclude`. What is unknown is set aside, never an error.
    pub fn compatible(include: &[String], exclude: &[String], available: &[CaseId]) -> Self {
        let known = Known::new(available);
        let mut unknown = Vec::new();
        let mut wanted = BTreeSet::new();
        for text in include {
            wanted.extend(known.resolve(text, &mut unknown));
        }
        for text in exclude {
            for id in known.resolve(text, &mut Vec::new()) {
                wanted.remove(&id);
            }
        }
        Self { cases: known.available(wanted), unknown }
    }

    /// Reads the lists as our own command does.
    ///
    /// A pattern has to match the whole id, a number or two with no such case stand for the section or group of that
    /// name, and whatever selects nothing is an error.
    pub fn strict(include: &[String], exclude: &[String], available: &[CaseId]) -> Result<Self, SelectError> {
        let known = Known::new(available);
        let mut wanted = BTreeSet::new();
        if include.is_empty() {
            wanted.extend(available.iter().copied());
        }
        for text in include {
            wanted.extend(known.resolve_strict(text)?);
        }
        for text in exclude {
            for id in known.resolve_strict(text)? {
                wanted.remove(&id);
            }
        }
        let cases = known.available(wanted);
        if cases.is_empty() {
            return Err(SelectError::NothingLeft);
        }
        Ok(Self { cases, unknown: Vec::new() })
    }
}

/// All ids that a pattern may name: those of the catalogue, and others that are available.
struct Known<'a> {
    ids: BTreeSet<CaseId>,
    available: &'a [CaseId],
}

impl<'a> Known<'a> {
    fn new(available: &'a [CaseId]) -> Self {
        Self { ids: catalogue::known_ids().chain(available.iter().copied()).collect(), available }
    }

    fn available(&self, wanted: BTreeSet<CaseId>) -> Vec<CaseId> {
        wanted.into_iter().filter(|id| self.available.contains(id)).collect()
    }

    fn resolve(&self, text: &str, unknown: &mut Vec<String>) -> Vec<CaseId> {
        let pattern = Pattern::new(text);
        if pattern.has_wildcard() {
            let matched = |matches: &dyn Fn(&str) -> bool| {
                self.ids.iter().copied().filter(|id| matches(&id.to_string())).collect()
            };
            return match expression(text) {
                None => matched(&|id| pattern.matches_start(id)),
                Some(Ok(expression)) => matched(&|id| expression.is_match(id)),
                Some(Err(_)) => {
                    unknown.push(text.to_owned());
                    Vec::new()
                }
            };
        }
        match lenient_id(text).filter(|id| self.ids.contains(id)) {
            Some(id) => vec![id],
            None => {
                // An empty text is how many spec files write "none".
                if !text.trim().is_empty() {
                    unknown.push(text.to_owned());
                }
                Vec::new()
            }
        }
    }

    fn resolve_strict(&self, text: &str) -> Result<Vec<CaseId>, SelectError> {
        let text = text.trim();
        let pattern = Pattern::new(text);
        let found: Vec<CaseId> = match lenient_id(text).filter(|id| self.ids.contains(id)) {
            Some(id) => vec![id],
            None if pattern.has_wildcard() => {
                self.ids.iter().copied().filter(|id| pattern.matches_whole(&id.to_string())).collect()
            }
            None => {
                let group = format!("{text}.");
                self.ids.iter().copied().filter(|id| id.to_string().starts_with(&group)).collect()
            }
        };
        if !found.is_empty() {
            return Ok(found);
        }
        let shown: String = text.chars().take(SHOWN).collect();
        Err(if pattern.has_wildcard() {
            SelectError::NoMatch { pattern: shown }
        } else {
            SelectError::UnknownCase { near: self.near(text), id: shown }
        })
    }

    /// The ids that look most like `text`.
    fn near(&self, text: &str) -> Vec<CaseId> {
        let text: String = text.chars().take(24).collect();
        let mut scored: Vec<(usize, CaseId)> =
            self.ids.iter().map(|id| (edit_distance(&text, &id.to_string()), *id)).collect();
        scored.sort_unstable();
        scored.into_iter().take_while(|(distance, _)| *distance <= 2).take(3).map(|(_, id)| id).collect()
    }
}

/// The regular expression that Autobahn makes of a pattern with `*`, if more than stars is special in it.
fn expression(text: &str) -> Option<Result<regex_lite::Regex, regex_lite::Error>> {
    text.contains(['[', ']', '(', ')', '{', '}', '^', '$', '+', '?', '|', '\\']).then(|| {
        let expression = text.replace('.', "\\.").replace('*', ".*");
        regex_lite::Regex::new(&format!("^(?:{expression})"))
    })
}

/// Reads an id as Python reads its numbers: leading zeros and blanks around a number do not count.
fn lenient_id(text: &str) -> Option<CaseId> {
    let numbers: Option<Vec<u16>> = text
        .split('.')
        .take(8)
        .map(|part| part.trim().parse().ok().filter(|_| !part.contains('+')))
        .collect();
    CaseId::new(&numbers?)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Why a selection for our own command is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectError {
    /// There is no such case, section or group.
    UnknownCase {
        /// What was asked for.
        id: String,
        /// Ids that look like it.
        near: Vec<CaseId>,
    },
    /// No case matches the pattern.
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// Everything that was asked for is excluded again.
    NothingLeft,
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCase { id, near } => {
                write!(f, "there is no case, section or group `{id}`")?;
                if !near.is_empty() {
                    let near: Vec<_> = near.iter().map(ToString::to_string).collect();
                    write!(f, "; near it are {}", near.join(", "))?;
                }
                write!(f, " (`wsproof cases` lists all)")
            }
            Self::NoMatch { pattern } => {
                write!(
                    f,
                    "no case matches `{pattern}`; `*` stands for any characters, as in `7.*` or `*.1.2`"
                )
            }
            Self::NothingLeft => {
                f.write_str("no case is left: everything that was asked for is excluded again")
            }
        }
    }
}

impl std::error::Error for SelectError {}

/// The cases that are not to be run for some agents: `exclude-agent-cases`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentExclusions(Vec<(Pattern, Vec<Pattern>)>);

impl AgentExclusions {
    /// From pairs of agent pattern and case patterns.
    pub fn new<'a>(lists: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Self {
        let lists = lists.into_iter();
        Self(
            lists
                .map(|(agent, cases)| (Pattern::new(agent), cases.iter().map(Pattern::new).collect()))
                .collect(),
        )
    }

    /// Whether this agent is to be spared this case.
    pub fn excludes(&self, agent: &str, id: CaseId) -> bool {
        let id = id.to_string();
        self.0
            .iter()
            .any(|(agents, cases)| agents.matches_whole(agent) && cases.iter().any(|c| c.matches_whole(&id)))
    }
}
