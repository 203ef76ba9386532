//! Writes outcomes to files and reads them back: Autobahn's JSON byte for byte, HTML for people, JUnit XML for build
//! servers, and a journal that keeps everything.
//!
//! A [`ReportWriter`] takes one [`Outcome`](wsproof_scenarios::Outcome) after the other. It appends each to the journal and
//! writes its two files at once; it writes the index on request. Of each case it keeps only a [`CaseSummary`] of a few
//! hundred octets in memory.
//!
//! | file | holds |
//! | --- | --- |
//! | `journal.jsonl` | a header line, then an outcome a line, in the order in which they came ([`journal`]) |
//! | `index.json` | agent → case → verdicts, as Autobahn writes it ([`autobahn`]) |
//! | `<agent>_case_<id>.json` | all about one case, as Autobahn writes it |
//! | `index.html` | agents × cases for people |
//! | `<agent>_case_<id>.html` | all about one case, for people |
//! | any path | JUnit XML |
//!
//! Nothing that a testee says is trusted: names become file names by the rule of [`names`], texts are made visible
//! and escaped ([`visible`]), long things are cut.

mod abridge;
pub mod autobahn;
mod budget;
mod case_info;
mod causes;
mod cost;
mod error;
mod excerpt;
mod files;
mod html;
mod http_head;
pub mod inspector;
pub mod journal;
mod junit;
mod merge;
pub mod names;
mod python_json;
mod summary;
pub mod text;
mod time;
pub mod visible;
mod wire_log;
mod writer;

pub use budget::max_testees;
pub use case_info::CaseInfo;
pub use causes::{Cause, causes};
pub use cost::Cost;
pub use error::ReportError;
pub use journal::Part;
pub use merge::{Merged, merge};
pub use summary::{AgentSummary, CaseSummary, Summary};
pub use writer::{Options, Rebuilt, ReportPaths, ReportWriter, from_journal};
