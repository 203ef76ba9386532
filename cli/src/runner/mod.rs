//! Running cases: one session over one connection, many side by side.

mod drive;
mod greeting;
mod handshakes;
mod header;
mod names;
mod pace;
mod patience;
mod probe;
mod request;
mod rerun;
mod schedule;
mod server_run;
mod server_test;

pub use drive::{AtTheEnd, Buffers, READ_SIZE, drive};
pub use greeting::Greeting;
pub use header::{Header, HeaderError};
pub use patience::{Patience, Why};
pub use probe::{NAMELESS, Probe, probe};
pub use request::RequestOptions;
pub use schedule::{DEFAULT_JOBS, Schedule};
pub use server_run::{End, OnStart, ServerRun};
pub use server_test::{ServerTest, resolve_url};
