//! File names from names that testees choose.
//!
//! The rule is Autobahn's, since scripts guess the names: lower-case the agent, turn every character but `a`–`z` and
//! `0`–`9` into a space, trim, turn each space into `_`; then `_case_`, the id with underscores, and the suffix. So
//! `Plain Srv/1.0 (x)` gets `plain_srv_1_0__x_case_1_1_1.json`.
//!
//! Three things are added, for the names on which that rule fails:
//! * a name with nothing left is called `unnamed`;
//! * a name is cut after [`MAX_STEM`] characters;
//! * when another agent already has the name (or it was cut), `_` and the first eight digits of the SHA-256 of the
//!   agent's name are added to the later one. The earlier keeps its name, and the suffix depends on nothing but the
//!   agent's name.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use wsproof_scenarios::{CaseId, hex};

/// More characters of a name are not used: file systems allow 255 octets in all.
pub const MAX_STEM: usize = 120;

/// The agent's part of the file names by Autobahn's rule, without a look at the other agents.
pub fn stem(agent: &str) -> String {
    let spaced: String = agent
        .chars()
        // ASCII only: a Kelvin sign must not become a `k`, or names would depend on the Unicode version.
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { ' ' })
        .collect();
    let stem = spaced.trim_matches(' ').replace(' ', "_");
    match stem.len() {
        0 => "unnamed".to_owned(),
        n if n > MAX_STEM => format!("{}_{}", &stem[..MAX_STEM], fingerprint(agent, 8)),
        _ => stem,
    }
}

/// The name of a case's file: `suffix` is `json` or `html`.
pub fn case_file(stem: &str, id: CaseId, suffix: &str) -> String {
    format!("{stem}_case_{}.{suffix}", id.file_stem())
}

/// The first hexadecimal digits of the SHA-256 of the name.
fn fingerprint(agent: &str, digits: usize) -> String {
    let mut text = hex::encode(&Sha256::digest(agent.as_bytes()));
    text.truncate(digits);
    text
}

/// Which agent has which file names.
#[derive(Debug, Default)]
pub struct Stems {
    by_agent: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Stems {
    /// The agent's part of the file names, the same whenever it is asked for, and no other agent's.
    pub fn get(&mut self, agent: &str) -> String {
        if let Some(stem) = self.by_agent.get(agent) {
            return stem.clone();
        }
        let plain = stem(agent);
        // More digits only matter if somebody made two names collide on purpose.
        let free = std::iter::once(plain.clone())
            .chain([8, 16, 64].map(|digits| format!("{plain}_{}", fingerprint(agent, digits))))
            .find(|stem| !self.taken.contains(stem))
            .unwrap_or_else(|| format!("{plain}_{}_{}", fingerprint(agent, 64), self.taken.len()));
        self.taken.insert(free.clone());
        self.by_agent.insert(agent.to_owned(), free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_autobahns() {
        assert_eq!(stem("websockets"), "websockets");
        assert_eq!(stem("Plain Srv/1.0 (x)"), "plain_srv_1_0__x");
        let id = "1.1.1".parse().unwrap();
        assert_eq!(case_file(&stem("Plain Srv/1.0 (x)"), id, "json"), "plain_srv_1_0__x_case_1_1_1.json");
        assert_eq!(stem("UnknownServer"), "unknownserver");
    }

    #[test]
    fn no_name_leaves_the_folder_or_breaks_a_file_system() {
        let long = "x".repeat(10_000);
        for agent in [
            "../../etc/passwd",
            "..",
            "",
            ".",
            "/",
            "C:\\x",
            "CON",
            "nul.txt",
            "a\0b",
            "日本語",
            "\u{202e}x",
            &long,
        ] {
            let name = case_file(&stem(agent), "13.7.18".parse().unwrap(), "html");
            assert!(name.len() < 200, "{name}");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.'),
                "{name}"
            );
            assert!(name.as_bytes()[0].is_ascii_alphanumeric(), "{name}");
            assert_eq!(name.matches('.').count(), 1, "{name}");
        }
        assert_eq!(stem(""), "unnamed");
        // A Kelvin sign is no `k` and a dotted capital I no `i`.
        assert_eq!(stem("\u{212a}elvin"), "elvin");
    }

    #[test]
    fn two_agents_never_share_a_name_and_the_suffix_is_stable() {
        let mut stems = Stems::default();
        assert_eq!(stems.get("a b"), "a_b");
        let second = stems.get("a/b");
        assert_eq!(second, format!("a_b_{}", fingerprint("a/b", 8)));
        assert_eq!(stems.get("a/b"), second);
        assert_eq!(stems.get("a b"), "a_b");
        // Whoever calls itself like the second one's file gets a name of its own.
        let third = stems.get(&second);
        assert_ne!(third, second);
        let (long, longer) = ("x".repeat(500), "x".repeat(501));
        assert_ne!(stems.get(&long), stems.get(&longer));
    }
}
