//! What became of a case.

use std::sync::Arc;

use napi::Result;
use napi_derive::napi;
use wsproof_report::{CaseInfo, text};
use wsproof_scenarios as scenarios;

use crate::case::Case;
use crate::error::usage;

/// What became of one case against one testee.
#[napi]
pub struct Outcome(pub(crate) Arc<scenarios::Outcome>);

#[napi]
impl Outcome {
    /// The case.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// Name of the testee.
    #[napi(getter)]
    pub fn agent(&self) -> &str {
        &self.0.agent
    }

    /// Our own single verdict.
    #[napi(getter)]
    pub fn verdict(&self) -> &'static str {
        self.0.verdict.as_str()
    }

    /// Autobahn's main verdict.
    #[napi(getter)]
    pub fn behavior(&self) -> &'static str {
        self.0.behavior.as_str()
    }

    /// Autobahn's verdict on the end of the connection.
    #[napi(getter)]
    pub fn behavior_close(&self) -> &'static str {
        self.0.behavior_close.as_str()
    }

    /// Why.
    #[napi(getter)]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The findings behind the verdict.
    #[napi(getter, catch_unwind)]
    pub fn findings(&self) -> Result<serde_json::Value> {
        serde_json::to_value(&self.0.findings).map_err(usage)
    }

    /// Whether the case was run again before it was judged: `alone` or `sampled`.
    #[napi(getter)]
    pub fn rerun(&self) -> Option<&'static str> {
        self.0.rerun.map(scenarios::finding::Rerun::as_str)
    }

    /// Milliseconds from the opened connection to its end.
    #[napi(getter)]
    pub fn duration(&self) -> f64 {
        self.0.duration_ms()
    }

    /// Whether it is a failure, by the rules of the command's `--strict`.
    #[napi(catch_unwind)]
    pub fn fails(&self, strict: bool) -> bool {
        self.0.fails(strict)
    }

    /// All about it, with the first and last lines of the wire log.
    #[napi(catch_unwind)]
    pub fn explain(&self, case: Option<&Case>, first: u32, last: u32) -> String {
        let info = case.map_or_else(|| CaseInfo::unknown(self.0.id), |case| CaseInfo::from(&*case.0));
        text::explain(&self.0, &info, (first as usize, last as usize))
    }

    /// All of it as one line of JSON.
    #[napi(catch_unwind)]
    pub fn to_json_text(&self) -> Result<String> {
        serde_json::to_string(&*self.0).map_err(usage)
    }
}
