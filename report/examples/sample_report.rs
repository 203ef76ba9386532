//! Writes a small report from made-up outcomes, to look at the design:
//!
//! ```text
//! cargo run -p wsproof-report --example sample_report -- [FOLDER [TESTEES]]
//! ```

#[path = "../tests/common/mod.rs"]
mod common;

use common::{failed, hostile, never_opened, passed};
use wsproof_report::{CaseInfo, Options, ReportWriter};
use wsproof_scenarios::{Behavior, BehaviorClose, Outcome, Testee, Verdict, catalogue};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "reports/sample".to_owned());
    let count: usize = std::env::args().nth(2).map_or(Ok(4), |text| text.parse())?;
    let named = ["websockets", "tokio-tungstenite", "broken-lenient", "ws <script>alert(1)</script>"];
    let agents: Vec<String> =
        (0..count).map(|i| named.get(i).map_or_else(|| format!("testee {i}"), ToString::to_string)).collect();
    let cases: Vec<CaseInfo> = catalogue::all().iter().map(CaseInfo::from).collect();
    let ids: Vec<String> = cases.iter().map(|case| case.id.to_string()).collect();
    let options = Options {
        testee: Testee::Server,
        cases,
        junit: Some(std::path::Path::new(&dir).join("junit.xml")),
        tool: format!("wsproof {}", env!("CARGO_PKG_VERSION")),
        part: None,
    };
    let mut writer = ReportWriter::open(&dir, options)?;
    for (at, case) in ids.iter().enumerate() {
        for agent in &agents {
            if let Some(outcome) = sample(agent, case) {
                writer.add(&Outcome { number: at as u32 + 1, ..outcome })?;
            }
        }
    }
    let paths = writer.finish()?;
    println!("{}", paths.index_html.display());
    Ok(())
}

/// What the agent is made to have done in the case; nothing if it was not run.
fn sample(agent: &str, case: &str) -> Option<Outcome> {
    let ok = passed(agent, case);
    let outcome = match (agent, case) {
        ("websockets", case) if case.starts_with("9.3.") || case.starts_with("9.4.") => Outcome {
            verdict: Verdict::Limit,
            behavior: Behavior::Failed,
            behavior_close: BehaviorClose::Failed,
            reason: "The testee closed with 1009: too many fragments. A limit of its own, declared cleanly."
                .to_owned(),
            ..ok
        },
        ("broken-lenient", case) if case.starts_with("6.4.") || case.starts_with("3.") => failed(agent, case),
        ("broken-lenient", "7.5.1" | "7.9.3") => never_opened(agent, case),
        ("tokio-tungstenite", case) if case.starts_with("6.4.") => Outcome {
            verdict: Verdict::PassWithNotes,
            behavior: Behavior::NonStrict,
            reason: "Failed only at the end of the frame; better at the first wrong octet.".to_owned(),
            ..ok
        },
        (_, "7.1.6" | "7.13.1" | "7.13.2") => Outcome {
            verdict: Verdict::PassWithNotes,
            behavior: Behavior::Informational,
            behavior_close: BehaviorClose::Informational,
            reason: "Observed, not judged.".to_owned(),
            ..ok
        },
        ("ws <script>alert(1)</script>", "1.1.2") => hostile(agent, case),
        ("ws <script>alert(1)</script>", case) if case.starts_with("9.") => return None,
        _ => ok,
    };
    Some(outcome)
}
