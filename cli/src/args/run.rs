//! Options of every run: cases, time limits, output, what counts as a failure.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::shard::Shard;
use wsproof_scenarios::{Behavior, Verdict};

use super::values::{fail_on, seconds};

/// Which cases are run.
#[derive(Debug, Default, Args)]
pub struct CaseChoice {
    /// quick: all cases, with fewer messages in the long loops; full: with Autobahn's counts; core: sections 1 to 7 and 10
    #[arg(long, value_name = "PROFILE", default_value_t)]
    pub profile: Profile,
    /// Cases to run: ids, sections (`6`), groups (`6.4`) or patterns (`*.1.2`), separated by commas [default: all]
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub cases: Vec<String>,
    /// Cases to leave out, in the same form
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Run only part I of N parts of equal time: 1/4 to 4/4. `wsproof merge` merges their reports
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

/// Built-in cases, and scenarios of one's own.
#[derive(Debug, Default, Args)]
pub struct CaseSource {
    /// Which cases.
    #[command(flatten)]
    pub choice: CaseChoice,
    /// JSON file with scenarios of your own; may be repeated. They run instead of the built-in cases, unless --cases
    /// chooses among both
    #[arg(long, value_name = "FILE")]
    pub scenario: Vec<PathBuf>,
}

/// Options of every run.
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// Time limits.
    #[command(flatten)]
    pub times: Times,
    /// What is shown.
    #[command(flatten)]
    pub show: Show,
    /// What counts as failure.
    #[command(flatten)]
    pub judge: Judge,
}

/// Time limits.
#[derive(Debug, Clone, Args)]
pub struct Times {
    /// Time limit of a case, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub timeout: Duration,
    /// Time limit of the opening handshake, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub open_timeout: Duration,
    /// Seed of the masking keys and nonces, to repeat a run [default: random]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

/// What is shown, and written beside the report.
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// Write JUnit XML too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print JSON lines to standard output, one a case; text for people goes to standard error
    #[arg(long)]
    pub json: bool,
    /// Print only the summary
    #[arg(long, short)]
    pub quiet: bool,
}

/// What counts as failure.
#[derive(Debug, Clone, Args)]
pub struct Judge {
    /// Verdicts that make the exit status 1: pass-with-notes, limit, unimplemented, fail, incomplete; or none
    #[arg(long, value_name = "VERDICTS", value_delimiter = ',', default_value = "fail,incomplete", value_parser = fail_on)]
    pub fail_on: Vec<Option<Verdict>>,
    /// Exit with 1 unless every case is a plain pass; cases that are only informational do not count
    #[arg(long)]
    pub strict: bool,
}

impl Judge {
    /// Whether a case with this verdict is a failure. A case that is only informational cannot be a plain pass, so `--strict`
    /// does not ask for one.
    pub fn fails(&self, verdict: Verdict, behavior: Behavior) -> bool {
        (self.strict && verdict.fails_strictly(behavior)) || self.fail_on.contains(&Some(verdict))
    }
}
