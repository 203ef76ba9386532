//! Case ids: two to four decimal numbers joined by dots, ordered as numbers (`2.10` after `2.9`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many numbers an id can have.
const MAX_PARTS: usize = 4;

/// The first section that no built-in case is in.
pub(crate) const FIRST_OWN_SECTION: u16 = 100;

/// The id of a case, such as `1.1.1` or `2.10`.
///
/// Ids order as tuples of numbers, which is the order in which Autobahn runs its cases.
///
/// ```
/// use wsproof_scenarios::CaseId;
///
/// let nine: CaseId = "2.9".parse().unwrap();
/// let ten: CaseId = "2.10".parse().unwrap();
/// assert!(nine < ten);
/// assert_eq!(ten.section(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId {
    // Unused parts are 0 and `len` comes last, so that the derived order is the order of tuples.
    parts: [u16; MAX_PARTS],
    len: u8,
}

impl CaseId {
    /// Stands for an id that is still to be given: no case has it.
    pub(crate) const UNNUMBERED: Self = Self { parts: [FIRST_OWN_SECTION, 0, 0, 0], len: 2 };

    /// The id made of these numbers; `None` unless there are two to four of them.
    pub fn new(numbers: &[u16]) -> Option<Self> {
        if !(2..=MAX_PARTS).contains(&numbers.len()) {
            return None;
        }
        let mut parts = [0; MAX_PARTS];
        parts[..numbers.len()].copy_from_slice(numbers);
        Some(Self { parts, len: numbers.len() as u8 })
    }

    /// The numbers of the id, two to four of them.
    pub fn numbers(&self) -> &[u16] {
        &self.parts[..usize::from(self.len)]
    }

    /// The first number: the section that the case belongs to.
    pub fn section(&self) -> u16 {
        self.parts[0]
    }

    /// The id without its last number: the heading under which reports list the case
    /// (`1.1` for `1.1.3`, `2` for `2.10`).
    pub fn group(&self) -> String {
        let numbers = self.numbers();
        join(&numbers[..numbers.len() - 1])
    }

    /// The id with underscores in place of the dots, as file names carry it.
    pub fn file_stem(&self) -> String {
        self.to_string().replace('.', "_")
    }
}

fn join(numbers: &[u16]) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(".")
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&join(self.numbers()))
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseId({self})")
    }
}

/// The text is not a case id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseCaseIdError(String);

impl fmt::Display for ParseCaseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a case id: two to four numbers joined by dots are wanted, such as 1.1.1",
            self.0
        )
    }
}

impl std::error::Error for ParseCaseIdError {}

impl FromStr for CaseId {
    type Err = ParseCaseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseCaseIdError(text.chars().take(80).collect());
        let mut numbers = Vec::with_capacity(MAX_PARTS);
        for part in text.split('.') {
            let canonical =
                part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            if !canonical || numbers.len() == MAX_PARTS {
                return Err(error());
            }
            numbers.push(part.parse().map_err(|_| error())?);
        }
        Self::new(&numbers).ok_or_else(error)
    }
}

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written_alike() {
        for text in ["1.1.1", "2.10", "13.7.18", "9.1.6", "1.2.3.4"] {
            assert_eq!(text.parse::<CaseId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in ["", "1", "1.", ".1", "1..2", "1.x", "01.1", "1.2.3.4.5", "1.99999", "1.-1", "1.*"] {
            assert!(text.parse::<CaseId>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_is_by_number() {
        let mut ids: Vec<CaseId> =
            ["10.1.1", "2.10", "2.9", "1.1.10", "1.1.2"].iter().map(|t| t.parse().unwrap()).collect();
        ids.sort();
        let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["1.1.2", "1.1.10", "2.9", "2.10", "10.1.1"]);
    }
}
