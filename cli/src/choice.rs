//! Which cases run: built-in ones and one's own.

use std::path::{Path, PathBuf};

use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::select::Selection;
use wsproof_scenarios::spec::ClientSpec;
use wsproof_scenarios::{CaseId, CaseRef, catalogue, scenario};

use crate::exit::Failure;

/// The cases of a profile that these patterns choose, in running order. Without a pattern these are all scenarios of
/// `own`, or all built-in cases of the profile if there are none; patterns choose among both.
///
/// # Errors
/// A pattern that selects nothing, with what is near it; a profile that has nothing of what is selected.
pub fn select(
    profile: Profile,
    include: &[String],
    exclude: &[String],
    own: &[CaseRef],
) -> Result<Vec<CaseRef>, Failure> {
    let own_ids = own.iter().map(|case| case.id);
    let available: Vec<CaseId> = match (include, own) {
        ([], [_, ..]) => own_ids.collect(),
        _ => catalogue::all().iter().map(|case| case.id).chain(own_ids).collect(),
    };
    let selection = Selection::strict(include, exclude, &available).map_err(Failure::wrong_use)?;
    let only_own = include.is_empty() && !own.is_empty();
    let ids = selection.cases.iter().filter(|id| !only_own || scenario::is_own(**id));
    let cases: Vec<CaseRef> = ids.filter_map(|id| find(profile, *id, own)).collect();
    if cases.is_empty() {
        let text = format!("profile {profile} has none of the cases that were asked for");
        return Err(Failure::wrong_use(text));
    }
    Ok(cases)
}

/// The cases that one of Autobahn's spec files names (`cases`, `exclude-cases`), by Autobahn's rules.
///
/// # Errors
/// The file cannot be read or is no spec; the message names file, line and key.
pub fn select_by_spec(path: &Path) -> Result<Vec<CaseRef>, Failure> {
    let spec = ClientSpec::load(path).map_err(Failure::wrong_use)?;
    let available: Vec<CaseId> = catalogue::all().iter().map(|case| case.id).collect();
    Ok(spec.selection(&available).cases.into_iter().filter_map(|id| find(Profile::Full, id, &[])).collect())
}

/// The scenarios of these files.
///
/// # Errors
/// Names file, line and field.
pub fn load_scenarios(paths: &[PathBuf]) -> Result<Vec<CaseRef>, Failure> {
    let cases = scenario::load(paths).map_err(Failure::wrong_use)?;
    Ok(cases.into_iter().map(CaseRef::from).collect())
}

fn find(profile: Profile, id: CaseId, own: &[CaseRef]) -> Option<CaseRef> {
    let own = own.iter().find(|case| case.id == id).cloned();
    own.or_else(|| profile.find(id).map(CaseRef::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(profile: Profile, pattern: &str) -> Result<Vec<String>, String> {
        let cases =
            select(profile, &[pattern.to_owned()], &[], &[]).map_err(|failure| failure.to_string())?;
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
