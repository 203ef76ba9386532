//! `wsproof scenario`: scenarios of one's own.

use wsproof_core::Count;
use wsproof_scenarios::scenario;

use super::explain::explain;
use crate::args::ScenarioCheck;
use crate::exit::{Exit, Failure};
use crate::output::Channel;

/// Runs `wsproof scenario check`. Each file is read, also when one before it is wrong.
///
/// # Errors
/// A file is no scenario; the first fault of each is told, with its place.
pub fn check(options: &ScenarioCheck) -> Result<Exit, Failure> {
    let mut wrong = 0;
    for file in &options.files {
        match scenario::load(std::slice::from_ref(file)) {
            Ok(cases) => {
                let name = file.display().to_string();
                Channel::Out.line(&format!(
                    "{}: {}",
                    name.escape_debug(),
                    Count(cases.len() as u64, "scenario")
                ));
                for case in &cases {
                    if options.explain {
                        Channel::Out.line(explain(case).trim_end());
                    } else {
                        let steps = Count(case.steps.len() as u64, "step");
                        Channel::Out.line(&format!(
                            "  {}  {} ({steps})",
                            case.id,
                            case.description.escape_debug()
                        ));
                    }
                }
            }
            Err(error) => {
                wrong += 1;
                Channel::Err.line(&format!("wsproof: {error}"));
            }
        }
    }
    match wrong {
        0 => Ok(Exit::Good),
        wrong => Err(Failure::wrong_use(format!(
            "{} of {} cannot be run; docs/scenarios.md lists the keys",
            wrong,
            Count(options.files.len() as u64, "file")
        ))),
    }
}
