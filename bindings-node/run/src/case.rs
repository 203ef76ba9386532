//! Cases, and how they are chosen.

use std::path::PathBuf;

use napi::Result;
use napi::bindgen_prelude::ClassInstance;
use napi_derive::napi;
use wsproof::embed::{self, Profile};
use wsproof_scenarios::{CaseRef, catalogue, scenario};

use crate::error::{raise, usage};

/// One case: built in, or a scenario of one's own.
#[napi]
pub struct Case(pub(crate) CaseRef);

#[napi]
impl Case {
    /// Such as `6.4.3`.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// The title of the section.
    #[napi(getter)]
    pub fn section_title(&self) -> &'static str {
        catalogue::section_title(self.0.id.section())
    }

    /// What is sent.
    #[napi(getter)]
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// What a right testee does.
    #[napi(getter)]
    pub fn expectation(&self) -> &str {
        &self.0.expectation
    }

    /// The rules that the case proves, as `MUST RFC 6455 §5.2`.
    #[napi(getter)]
    pub fn clauses(&self) -> Vec<String> {
        self.0.clauses.iter().map(ToString::to_string).collect()
    }

    /// The case as JSON, as scenario files have it.
    #[napi(catch_unwind)]
    pub fn to_json_text(&self) -> Result<String> {
        serde_json::to_string_pretty(&*self.0).map_err(usage)
    }
}

/// The cases of these objects.
pub(crate) fn cases(cases: &[ClassInstance<'_, Case>]) -> Vec<CaseRef> {
    cases.iter().map(|case| case.0.clone()).collect()
}

fn wrap(cases: Vec<CaseRef>) -> Vec<Case> {
    cases.into_iter().map(Case).collect()
}

/// The cases of a profile that the patterns choose; all of it if there are none.
#[napi(catch_unwind)]
pub fn select(
    include: Vec<String>,
    exclude: Vec<String>,
    own: Vec<ClassInstance<'_, Case>>,
    profile: Option<String>,
) -> Result<Vec<Case>> {
    let profile: Profile = profile.map_or(Ok(Profile::default()), |name| name.parse()).map_err(usage)?;
    let chosen = embed::select(profile, &include, &exclude, &cases(&own));
    chosen.map(wrap).map_err(|failure| raise(&failure))
}

/// The scenarios of a JSON text.
#[napi(catch_unwind)]
pub fn parse_scenarios(text: String) -> Result<Vec<Case>> {
    let cases = scenario::parse(&text).map_err(usage)?;
    Ok(cases.into_iter().map(|case| Case(case.into())).collect())
}

/// The scenarios of JSON files.
#[napi(catch_unwind)]
pub fn load_scenarios(paths: Vec<String>) -> Result<Vec<Case>> {
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    embed::load_scenarios(&paths).map(wrap).map_err(|failure| raise(&failure))
}
