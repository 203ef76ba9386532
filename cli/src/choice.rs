//! Chooses the cases of a run, built-in ones and the user's own.

use std::path::{Path, PathBuf};

use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::spec::ClientSpec;
use wsproof_scenarios::{CaseId, CaseRef, catalogue, choice, scenario};

use crate::exit::Failure;

/// [`wsproof_scenarios::choice::select`], with its errors as those of a run.
///
/// # Errors
/// A pattern that selects nothing, with what is near it; a profile that has nothing of what is selected.
pub fn select(
    profile: Profile,
    include: &[String],
    exclude: &[String],
    own: &[CaseRef],
) -> Result<Vec<CaseRef>, Failure> {
    choice::select(profile, include, exclude, own).map_err(Failure::wrong_use)
}

/// The cases that one of Autobahn's spec files names (`cases`, `exclude-cases`), by Autobahn's rules.
///
/// # Errors
/// The file cannot be read or is no spec; the message names file, line and key.
pub fn select_by_spec(path: &Path) -> Result<Vec<CaseRef>, Failure> {
    let spec = ClientSpec::load(path).map_err(Failure::wrong_use)?;
    let available: Vec<CaseId> = catalogue::all().iter().map(|case| case.id).collect();
    let chosen = spec.selection(&available).cases;
    Ok(chosen.into_iter().filter_map(|id| Profile::Full.find(id).map(CaseRef::from)).collect())
}

/// The scenarios of these files.
///
/// # Errors
/// Names file, line and field.
pub fn load_scenarios(paths: &[PathBuf]) -> Result<Vec<CaseRef>, Failure> {
    let cases = scenario::load(paths).map_err(Failure::wrong_use)?;
    Ok(cases.into_iter().map(CaseRef::from).collect())
}
