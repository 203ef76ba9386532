//! Cases, and how they are chosen.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use wsproof::embed::{self, Profile};
use wsproof_scenarios::{CaseRef, catalogue, scenario};

use super::{UsageError, raise};

/// One case: built in, or a scenario of one's own.
#[pyclass(frozen, module = "wsproof", from_py_object)]
#[derive(Clone)]
pub(super) struct Case(pub(super) CaseRef);

#[pymethods]
impl Case {
    /// Such as `6.4.3`.
    #[getter]
    fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// The first number of the id.
    #[getter]
    fn section(&self) -> u16 {
        self.0.id.section()
    }

    /// The title of the section.
    #[getter]
    fn section_title(&self) -> &'static str {
        catalogue::section_title(self.0.id.section())
    }

    /// What is sent.
    #[getter]
    fn description(&self) -> &str {
        &self.0.description
    }

    /// What a right testee does.
    #[getter]
    fn expectation(&self) -> &str {
        &self.0.expectation
    }

    /// The rules that the case proves: strength (`MUST`, `SHOULD`, `MAY`) and place.
    #[getter]
    fn clauses(&self) -> Vec<(&'static str, String)> {
        self.0.clauses.iter().map(|clause| (clause.level.as_str(), clause.section.clone())).collect()
    }

    /// Seconds that the case takes at least.
    #[getter]
    fn fixed_wait(&self) -> f64 {
        self.0.fixed_wait().as_secs_f64()
    }

    /// Payload octets that the case sends, about.
    #[getter]
    fn load(&self) -> u64 {
        self.0.load()
    }

    /// The case as JSON, as scenario files have it.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string_pretty(&*self.0).map_err(|error| UsageError::new_err(error.to_string()))
    }

    /// Runs the case against the server at this URL and waits for its outcome.
    #[pyo3(signature = (url, *, timeout = None, **connect))]
    fn run<'py>(
        slf: &Bound<'py, Self>,
        url: &str,
        timeout: Option<f64>,
        connect: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wsproof.runs")?.getattr("run_case_on")?.call((slf, url, timeout), connect)
    }

    /// The same without holding up the event loop: to be awaited.
    #[pyo3(signature = (url, **connect))]
    fn arun<'py>(
        slf: &Bound<'py, Self>,
        url: &str,
        connect: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wsproof.aio")?.getattr("run_case")?.call((slf, url), connect)
    }

    /// Runs the case against a sans-I/O implementation, without a socket and without a clock.
    #[pyo3(signature = (peer, *, agent = None))]
    fn run_in_memory<'py>(
        slf: &Bound<'py, Self>,
        peer: &Bound<'py, PyAny>,
        agent: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wsproof.memory")?.getattr("run_in_memory")?.call1((slf, peer, agent))
    }

    fn __repr__(&self) -> String {
        format!("<Case {}: {}>", self.0.id, self.0.description)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        self.0.id.numbers().iter().fold(0, |hash, number| hash << 16 | u64::from(*number))
    }
}

fn wrap(cases: Vec<CaseRef>) -> Vec<Case> {
    cases.into_iter().map(Case).collect()
}

/// The cases that the patterns choose; all of the profile if there are none.
#[pyfunction]
#[pyo3(signature = (include = Vec::new(), exclude = Vec::new(), own = Vec::new(), profile = None))]
pub(super) fn select(
    include: Vec<String>,
    exclude: Vec<String>,
    own: Vec<Case>,
    profile: Option<&str>,
) -> PyResult<Vec<Case>> {
    let own: Vec<CaseRef> = own.into_iter().map(|case| case.0).collect();
    let profile: Profile = profile.map_or(Ok(Profile::default()), str::parse).map_err(UsageError::new_err)?;
    embed::select(profile, &include, &exclude, &own).map(wrap).map_err(|failure| raise(&failure))
}

/// The profile that counts wherever none is given.
#[pyfunction]
pub(super) fn default_profile() -> &'static str {
    Profile::default().as_str()
}

/// The cases that one of Autobahn's spec files names.
#[pyfunction]
pub(super) fn select_by_spec(path: PathBuf) -> PyResult<Vec<Case>> {
    embed::select_by_spec(&path).map(wrap).map_err(|failure| raise(&failure))
}

/// The scenarios of a JSON text.
#[pyfunction]
pub(super) fn parse_scenarios(text: &str) -> PyResult<Vec<Case>> {
    let cases = scenario::parse(text).map_err(|error| UsageError::new_err(error.to_string()))?;
    Ok(cases.into_iter().map(|case| Case(case.into())).collect())
}

/// The scenarios of JSON files.
#[pyfunction]
pub(super) fn load_scenarios(paths: Vec<PathBuf>) -> PyResult<Vec<Case>> {
    embed::load_scenarios(&paths).map(wrap).map_err(|failure| raise(&failure))
}
