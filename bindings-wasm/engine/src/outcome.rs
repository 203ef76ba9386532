//! The outcome of a case.

use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wsproof_report::{CaseInfo, text};
use wsproof_scenarios as scenarios;

use crate::case::Case;
use crate::refusal;

/// What became of one case against one testee.
#[wasm_bindgen]
pub struct Outcome(pub(crate) scenarios::Outcome);

#[wasm_bindgen]
impl Outcome {
    /// The case.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.0.id.to_string()
    }

    /// Name of the testee.
    #[wasm_bindgen(getter)]
    pub fn agent(&self) -> String {
        self.0.agent.clone()
    }

    /// Our own single verdict.
    #[wasm_bindgen(getter)]
    pub fn verdict(&self) -> String {
        self.0.verdict.as_str().to_owned()
    }

    /// Autobahn's main verdict.
    #[wasm_bindgen(getter)]
    pub fn behavior(&self) -> String {
        self.0.behavior.as_str().to_owned()
    }

    /// Autobahn's verdict on the end of the connection.
    #[wasm_bindgen(getter, js_name = behaviorClose)]
    pub fn behavior_close(&self) -> String {
        self.0.behavior_close.as_str().to_owned()
    }

    /// Why.
    #[wasm_bindgen(getter)]
    pub fn reason(&self) -> String {
        self.0.reason.clone()
    }

    /// The findings behind the verdict, as JSON.
    ///
    /// # Errors
    ///
    /// None that is known.
    #[wasm_bindgen(getter, js_name = findingsText)]
    pub fn findings_text(&self) -> Result<String, JsError> {
        serde_json::to_string(&self.0.findings).map_err(refusal)
    }

    /// Whether the case was run again before it was judged: `alone` or `sampled`.
    #[wasm_bindgen(getter, js_name = rerunText)]
    pub fn rerun_text(&self) -> Option<String> {
        self.0.rerun.map(|rerun| rerun.as_str().to_owned())
    }

    /// Milliseconds from the opened connection to its end.
    #[wasm_bindgen(getter)]
    pub fn duration(&self) -> f64 {
        self.0.duration_ms()
    }

    /// Whether it is a failure, by the rules of the command's `--strict`.
    pub fn fails(&self, strict: bool) -> bool {
        self.0.fails(strict)
    }

    /// All about it, with the first and last lines of the wire log.
    #[wasm_bindgen(js_name = explainWith)]
    pub fn explain_with(&self, case: &Case, first: usize, last: usize) -> String {
        text::explain(&self.0, &CaseInfo::from(&*case.0), (first, last))
    }

    /// The same where the case is not known.
    #[wasm_bindgen(js_name = explainAlone)]
    pub fn explain_alone(&self, first: usize, last: usize) -> String {
        text::explain(&self.0, &CaseInfo::unknown(self.0.id), (first, last))
    }

    /// All of it as one line of JSON.
    ///
    /// # Errors
    ///
    /// None that is known.
    #[wasm_bindgen(js_name = toJsonText)]
    pub fn to_json_text(&self) -> Result<String, JsError> {
        serde_json::to_string(&self.0).map_err(refusal)
    }
}
