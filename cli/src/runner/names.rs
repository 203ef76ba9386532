//! How a server is called in the report: as it calls itself.

use std::sync::{Mutex, PoisonError};

use super::NAMELESS;

/// So many names are told apart. A server that takes another one for each connection must not fill the report with columns.
const MAX_NAMES: usize = 8;

/// Longer names are cut: characters.
const MAX_LENGTH: usize = 200;

/// The names that a server gave itself, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<Vec<String>>);

impl Names {
    /// The name for a connection with this `Server` header. The first one that came stands also for connections without
    /// one, and for what is more than can be told apart.
    pub(super) fn of(&self, header: Option<&str>) -> String {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name: String = header.unwrap_or_default().trim().chars().take(MAX_LENGTH).collect();
        if !name.is_empty() && !names.contains(&name) && names.len() < MAX_NAMES {
            names.push(name.clone());
        }
        match names.first() {
            None => NAMELESS.to_owned(),
            Some(_) if names.contains(&name) => name,
            Some(first) => first.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_stands_for_what_has_none() {
        let names = Names::default();
        assert_eq!(names.of(None), NAMELESS);
        assert_eq!(names.of(Some(" one/1.0 ")), "one/1.0");
        assert_eq!(names.of(Some("two")), "two");
        assert_eq!((names.of(None), names.of(Some(" "))), ("one/1.0".to_owned(), "one/1.0".to_owned()));
    }

    #[test]
    fn names_are_bounded() {
        let names = Names::default();
        let given: Vec<String> = (0..20).map(|n| names.of(Some(&format!("n{n}")))).collect();
        assert_eq!(given[..8], ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"]);
        assert!(given[8..].iter().all(|name| name == "n0"));
        assert_eq!(Names::default().of(Some(&"é".repeat(5_000))).chars().count(), MAX_LENGTH);
    }
}
