//! Running cases: one session over one connection, many side by side.

mod drive;
mod patience;
mod schedule;
mod server_run;

pub use drive::{Buffers, READ_SIZE, drive};
pub use patience::Patience;
pub use schedule::{DEFAULT_JOBS, Schedule};
pub use server_run::{End, OnStart, ServerRun};
