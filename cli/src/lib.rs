//! The `wsproof` command, as a library.

pub mod exit;
pub mod fuzzing_server;
pub mod net;
pub mod output;
pub mod progress;
pub mod results;
pub mod runner;
pub mod stop;
pub mod summary;
pub mod testee;
