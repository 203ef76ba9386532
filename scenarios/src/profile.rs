//! Profiles: how much of the catalogue is run, and with how many messages.
//!
//! One rule holds in the command, in Python and in JavaScript: [`Profile::Quick`], which is [`Profile::default`], unless
//! another is asked for. It runs every case and checks the same behaviour in seconds. `wstest` stands in for Autobahn
//! and always runs [`Profile::Full`].
//!
//! ```
//! use wsproof_scenarios::profile::Profile;
//!
//! assert_eq!(Profile::default(), Profile::Quick);
//! assert_eq!(Profile::Quick.cases().len(), 517);
//! let core = Profile::Core.cases();
//! assert!(core.iter().all(|case| case.id.section() <= 7 || case.id.section() == 10));
//! ```

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::case::{Case, Step};
use crate::catalogue;
use crate::id::CaseId;

/// Round trips of a loop under [`Profile::Quick`], at most: enough for the second and later messages of a connection to
/// differ from the first, as they do with context takeover.
const QUICK_ROUND_TRIPS: u32 = 50;

/// At least so many, where messages are long.
const QUICK_ROUND_TRIPS_OF_LONG_MESSAGES: u32 = 4;

/// About so much is sent in a loop: more than any window of permessage-deflate holds.
const QUICK_OCTETS: u64 = 256 * 1024;

/// How much of the catalogue is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Profile {
    /// All cases, with Autobahn's counts.
    Full,
    /// All cases, with the same behaviour checked; loops are cut to at most 50 round trips and about 256 KiB (sections
    /// 9, 12 and 13).
    #[default]
    Quick,
    /// Sections 1 to 7 and 10: the protocol without loads and compression.
    Core,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 3] = [Self::Full, Self::Quick, Self::Core];

    /// The name, as it is given and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Quick => "quick",
            Self::Core => "core",
        }
    }

    /// The case as this profile runs it; `None` if it leaves the case out.
    pub fn apply(self, case: &Case) -> Option<Case> {
        match self {
            Self::Full => Some(case.clone()),
            Self::Quick => Some(quick(case)),
            Self::Core => matches!(case.id.section(), 1..=7 | 10).then(|| case.clone()),
        }
    }

    /// Whether this profile sends fewer messages in the case than [`Profile::Full`] does.
    pub fn cuts(self, case: &Case) -> bool {
        self == Self::Quick && catalogue::find(case.id).is_some_and(|full| full.load() > case.load())
    }

    /// The built-in cases of this profile, in running order.
    pub fn cases(self) -> &'static [Case] {
        static QUICK: LazyLock<Vec<Case>> = LazyLock::new(|| apply_to_catalogue(Profile::Quick));
        static CORE: LazyLock<Vec<Case>> = LazyLock::new(|| apply_to_catalogue(Profile::Core));
        match self {
            Self::Full => catalogue::all(),
            Self::Quick => &QUICK,
            Self::Core => &CORE,
        }
    }

    /// The built-in case of this id, as this profile runs it; `None` if there is none, or if it is left out.
    pub fn find(self, id: CaseId) -> Option<&'static Case> {
        let cases = self.cases();
        cases.binary_search_by_key(&id, |case| case.id).ok().map(|at| &cases[at])
    }
}

fn apply_to_catalogue(profile: Profile) -> Vec<Case> {
    catalogue::all().iter().filter_map(|case| profile.apply(case)).collect()
}

/// Fewer round trips, and a word of it in the description, which tells Autobahn's count.
fn quick(case: &Case) -> Case {
    let mut case = case.clone();
    for step in &mut case.steps {
        let (count, octets) = match step {
            Step::EchoLoop { count, frame } => (count, frame.payload.len()),
            Step::CorpusLoop { count, units, .. } => (count, u64::from(*units)),
            _ => continue,
        };
        let enough = quick_count(octets);
        if *count > enough {
            *count = enough;
            case.description.push_str(&format!(" Profile quick: {enough} messages instead."));
        }
    }
    case
}

fn quick_count(octets: u64) -> u32 {
    let fitting = QUICK_OCTETS / octets.max(1);
    u32::try_from(fitting).unwrap_or(u32::MAX).clamp(QUICK_ROUND_TRIPS_OF_LONG_MESSAGES, QUICK_ROUND_TRIPS)
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.as_str() == text)
            .ok_or_else(|| "a profile is full, quick or core".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_has_every_case_and_changes_nothing_but_loops() {
        assert_eq!(Profile::Quick.cases().len(), catalogue::all().len());
        let mut cut = 0;
        for (quick, full) in Profile::Quick.cases().iter().zip(catalogue::all()) {
            let mut restored = quick.clone();
            for (step, whole) in restored.steps.iter_mut().zip(&full.steps) {
                match (step, whole) {
                    (Step::EchoLoop { count, .. }, Step::EchoLoop { count: all, .. })
                    | (Step::CorpusLoop { count, .. }, Step::CorpusLoop { count: all, .. })
                        if *count < *all =>
                    {
                        assert!((4..=50).contains(count), "{}", quick.id);
                        *count = *all;
                        restored.description.clone_from(&full.description);
                        assert!(quick.description.contains("Profile quick"), "{}", quick.id);
                        cut += 1;
                    }
                    _ => {}
                }
            }
            assert_eq!(&restored, full);
        }
        assert_eq!(cut, 12 + 216, "9.7, 9.8 and all of 12 and 13");
        assert_eq!(Profile::Quick.cases().iter().filter(|case| Profile::Quick.cuts(case)).count(), cut);
    }

    #[test]
    fn core_is_the_protocol_without_loads() {
        let sections: std::collections::BTreeSet<u16> =
            Profile::Core.cases().iter().map(|case| case.id.section()).collect();
        assert_eq!(sections.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 10]);
    }

    #[test]
    fn names_are_read_back() {
        for profile in Profile::ALL {
            assert_eq!(profile.as_str().parse(), Ok(profile));
        }
        assert!("fast".parse::<Profile>().is_err() && Profile::default() == Profile::Quick);
    }
}
