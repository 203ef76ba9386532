//! Any text as a spec file of either kind: an error that says something, or a spec whose patterns select cases.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsproof_scenarios::spec::{ClientSpec, ServerSpec};
use wsproof_scenarios::{CaseId, catalogue};

fuzz_target!(|text: &str| {
    let available: Vec<CaseId> = catalogue::known_ids().collect();
    match ClientSpec::parse(text) {
        Ok(spec) => {
            let selection = spec.selection(&available);
            assert!(selection.cases.len() <= available.len());
            let exclusions = spec.agent_exclusions();
            for server in &spec.servers {
                if let (Some(agent), Some(id)) = (&server.agent, available.first()) {
                    exclusions.excludes(agent, *id);
                }
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match ServerSpec::parse(text) {
        Ok(spec) => {
            assert!(spec.selection(&available).cases.len() <= available.len());
            if let Some(id) = available.first() {
                spec.agent_exclusions().excludes(&spec.url, *id);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
