//! Chooses the cases of a run: by a profile, by patterns, and from the user's own scenarios.

use std::fmt;

use crate::case_ref::CaseRef;
use crate::catalogue;
use crate::id::CaseId;
use crate::profile::Profile;
use crate::scenario;
use crate::select::{SelectError, Selection};

/// Why there is nothing to run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceError {
    /// A pattern selects nothing.
    Select(SelectError),
    /// The profile leaves out all that was selected.
    NotInProfile(Profile),
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Select(error) => error.fmt(f),
            Self::NotInProfile(profile) => {
                write!(f, "profile {profile} has none of the cases that were asked for")
            }
        }
    }
}

impl std::error::Error for ChoiceError {}

/// The cases of a profile that these patterns choose, in running order. Without a pattern these are all scenarios of
/// `own`, or all built-in cases of the profile if there are none; patterns choose among both.
///
/// # Errors
/// A pattern that selects nothing, with what is near it; a profile that has nothing of what is selected.
///
/// ```
/// use wsproof_scenarios::choice::select;
/// use wsproof_scenarios::profile::Profile;
///
/// let cases = select(Profile::Core, &["1.1.*".to_owned()], &["1.1.8".to_owned()], &[]).unwrap();
/// assert_eq!(cases.len(), 7);
/// ```
pub fn select(
    profile: Profile,
    include: &[String],
    exclude: &[String],
    own: &[CaseRef],
) -> Result<Vec<CaseRef>, ChoiceError> {
    let own_ids = own.iter().map(|case| case.id);
    let available: Vec<CaseId> = match (include, own) {
        ([], [_, ..]) => own_ids.collect(),
        _ => catalogue::all().iter().map(|case| case.id).chain(own_ids).collect(),
    };
    let selection = Selection::strict(include, exclude, &available).map_err(ChoiceError::Select)?;
    let only_own = include.is_empty() && !own.is_empty();
    let ids = selection.cases.iter().filter(|id| !only_own || scenario::is_own(**id));
    let find = |id: &CaseId| {
        let own = own.iter().find(|case| case.id == *id).cloned();
        own.or_else(|| profile.find(*id).map(CaseRef::from))
    };
    let cases: Vec<CaseRef> = ids.filter_map(find).collect();
    if cases.is_empty() { Err(ChoiceError::NotInProfile(profile)) } else { Ok(cases) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(profile: Profile, pattern: &str) -> Result<Vec<String>, String> {
        let cases = select(profile, &[pattern.to_owned()], &[], &[]).map_err(|error| error.to_string())?;
        Ok(cases.iter().map(|case| case.id.to_string()).collect())
    }

    #[test]
    fn a_profile_leaves_out_or_cuts() {
        assert_eq!(chosen(Profile::Full, "12.1.1").unwrap(), ["12.1.1"]);
        assert!(chosen(Profile::Core, "12.1.1").unwrap_err().contains("profile core has none"));
        let quick = select(Profile::Quick, &["9.7.1".to_owned()], &[], &[]).unwrap();
        assert!(quick[0].load() < catalogue::find("9.7.1".parse().unwrap()).unwrap().load());
    }
}
