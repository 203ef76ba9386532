//! Runs inside other programs: test frameworks of any language start them here and wait for single outcomes.
//!
//! A run has a thread of its own with a runtime of its own, so the caller's threads and event loops are left alone.
//! All cases begin together; each outcome can be waited for on its own, with a time limit, from any thread, or be
//! announced to a callback. Dropping a run cancels it, stops what it started and waits for its thread.
//!
//! | type | under test |
//! | --- | --- |
//! | [`ServerRun`] | a server at a URL, or one that a command starts |
//! | [`StartedServer`] | no run: a server that a command starts, for several runs |
//! | [`ClientRun`] | clients that connect by Autobahn's URLs, or one client with one case |
//!
//! ```no_run
//! use wsproof::embed::{Profile, ServerOptions, ServerRun, select};
//!
//! let cases = select(Profile::default(), &["1.*".to_owned()], &[], &[])?;
//! let run = ServerRun::start(ServerOptions::new("ws://127.0.0.1:9001", cases))?;
//! if let Some(outcome) = run.outcomes().wait("1.1.1".parse()?, None, None)? {
//!     println!("{}: {}", outcome.verdict, outcome.reason);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod background;
mod client;
mod outcomes;
mod report;
mod server;
mod testee;

pub use client::{ClientOptions, ClientRun};
pub use outcomes::{Announcement, Outcomes};
pub use report::{ReportFolder, Written};
pub use server::{ServerOptions, ServerRun};
pub use testee::StartedServer;

pub use crate::choice::{load_scenarios, select, select_by_spec};
pub use crate::exit::Failure;
pub use crate::net::{ConnectOptions, ListenAt, tls};
pub use crate::runner::{Header, HeaderError, RequestOptions};
pub use wsproof_scenarios::profile::Profile;

use std::time::Duration;

use wsproof_scenarios::SessionOptions;

/// Time limits of a run, as those of the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// No case takes longer than this.
    pub case: Duration,
    /// The opening handshake takes no longer than this.
    pub open: Duration,
    /// The same seed gives the same masking keys and nonces; by default they are others each time.
    pub seed: Option<u64>,
}

impl Default for Times {
    fn default() -> Self {
        Self { case: Duration::from_secs(120), open: Duration::from_secs(5), seed: None }
    }
}

impl Times {
    fn session_options(&self) -> SessionOptions {
        SessionOptions {
            open_timeout: self.open,
            idle_limit: Some(crate::commands::IDLE_LIMIT),
            seed: self.seed.unwrap_or_else(crate::commands::random_seed),
            ..SessionOptions::default()
        }
    }
}
