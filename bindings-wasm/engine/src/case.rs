//! Cases, and how they are chosen.

use std::path::PathBuf;

use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::{self as scenarios, CaseRef, catalogue, choice, scenario};

use crate::refusal;

/// One case: built in, or a scenario of one's own.
#[wasm_bindgen]
pub struct Case(pub(crate) CaseRef);

#[wasm_bindgen]
impl Case {
    /// Such as `6.4.3`.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// The title of the section.
    #[wasm_bindgen(getter, js_name = sectionTitle)]
    pub fn section_title(&self) -> String {
        catalogue::section_title(self.0.id.section()).to_owned()
    }

    /// What is sent.
    #[wasm_bindgen(getter)]
    pub fn description(&self) -> String {
        self.0.description.clone()
    }

    /// What a right testee does.
    #[wasm_bindgen(getter)]
    pub fn expectation(&self) -> String {
        self.0.expectation.clone()
    }

    /// The rules that the case proves, as `MUST RFC 6455 §5.2`.
    #[wasm_bindgen(getter)]
    pub fn clauses(&self) -> Vec<String> {
        self.0.clauses.iter().map(ToString::to_string).collect()
    }

    /// The case as JSON, as scenario files have it.
    ///
    /// # Errors
    ///
    /// None that is known.
    #[wasm_bindgen(js_name = toJsonText)]
    pub fn to_json_text(&self) -> Result<String, JsError> {
        serde_json::to_string_pretty(&*self.0).map_err(refusal)
    }
}

fn wrap<C: Into<CaseRef>>(cases: Vec<C>) -> Vec<Case> {
    cases.into_iter().map(|case| Case(case.into())).collect()
}

/// What is to be chosen from. Cases of one's own are added one by one: a list of them would be taken from JavaScript.
#[wasm_bindgen]
pub struct Choice {
    profile: Profile,
    own: Vec<CaseRef>,
}

#[wasm_bindgen]
impl Choice {
    /// The cases of a profile, without its name of the one that is the default.
    ///
    /// # Errors
    ///
    /// There is no such profile.
    #[wasm_bindgen(constructor)]
    pub fn new(profile: Option<String>) -> Result<Self, JsError> {
        let profile = profile.map_or(Ok(Profile::default()), |name| name.parse()).map_err(refusal)?;
        Ok(Self { profile, own: Vec::new() })
    }

    /// Adds a case.
    pub fn add(&mut self, case: &Case) {
        self.own.push(case.0.clone());
    }

    /// The cases that the patterns choose; all if there are none.
    ///
    /// # Errors
    ///
    /// A pattern means nothing, or nothing is left.
    pub fn select(self, include: Vec<String>, exclude: Vec<String>) -> Result<Vec<Case>, JsError> {
        choice::select(self.profile, &include, &exclude, &self.own).map(wrap).map_err(refusal)
    }
}

/// The scenarios of a JSON text.
///
/// # Errors
///
/// They are none; so with [`parse_files`].
#[wasm_bindgen(js_name = parseScenarios)]
pub fn parse_scenarios(text: &str) -> Result<Vec<Case>, JsError> {
    scenario::parse(text).map(wrap::<scenarios::Case>).map_err(refusal)
}

/// The scenarios of files, given the path and the text of each.
#[wasm_bindgen(js_name = parseFiles)]
pub fn parse_files(paths: Vec<String>, texts: Vec<String>) -> Result<Vec<Case>, JsError> {
    let files: Vec<(PathBuf, String)> = paths.into_iter().map(PathBuf::from).zip(texts).collect();
    scenario::parse_files(&files).map(wrap::<scenarios::Case>).map_err(refusal)
}
