//! The built-in cases, a file a section.
//!
//! Ids, octets, waits and accepted outcomes are those of the Autobahn test suite; `docs/differences.md` tells where
//! our own verdict departs from its two.

mod builder;
mod closing;
mod compression;
mod fragmentation;
mod framing;
mod limits;
mod misc;
mod opcodes;
mod pings;
mod reserved_bits;
mod titles;
mod utf8;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::case::Case;
use crate::id::CaseId;

pub use titles::{group_title, section_title};

static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [
        framing::cases(),
        pings::cases(),
        reserved_bits::cases(),
        opcodes::cases(),
        fragmentation::cases(),
        utf8::cases(),
        closing::cases(),
        limits::cases(),
        misc::cases(),
        compression::cases(),
    ]
    .concat()
});

static BY_ID: LazyLock<BTreeMap<CaseId, usize>> =
    LazyLock::new(|| ALL.iter().enumerate().map(|(at, case)| (case.id, at)).collect());

/// All cases, in running order.
pub fn all() -> &'static [Case] {
    &ALL
}

/// The case of this id.
pub fn find(id: CaseId) -> Option<&'static Case> {
    BY_ID.get(&id).map(|at| &ALL[*at])
}

/// The running number of a case, from 1.
pub fn number(id: CaseId) -> Option<u32> {
    BY_ID.get(&id).map(|at| *at as u32 + 1)
}

/// All ids, in running order.
pub fn known_ids() -> impl Iterator<Item = CaseId> {
    ALL.iter().map(|case| case.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_in_running_order_without_repeats() {
        assert!(all().windows(2).all(|two| two[0].id < two[1].id));
        assert_eq!(all().len(), 517);
    }

    #[test]
    fn numbers_are_positions_in_the_whole_catalogue() {
        for (at, id) in known_ids().enumerate() {
            assert_eq!(number(id), Some(at as u32 + 1), "{id}");
        }
        assert_eq!(known_ids().count(), 517);
        for unknown in ["8.1", "12.6.1", "12.1.19", "13.8.1", "1.1.9", "12.0.1"] {
            assert_eq!(number(unknown.parse().unwrap()), None, "{unknown}");
        }
    }

    #[test]
    fn every_case_names_its_rule_and_survives_json() {
        for case in all() {
            assert!(!case.clauses.is_empty(), "{}", case.id);
            let json = serde_json::to_string(case).unwrap();
            assert_eq!(&serde_json::from_str::<Case>(&json).unwrap(), case);
        }
    }
}
