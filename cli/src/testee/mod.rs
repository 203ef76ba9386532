//! Testees: commands that we start, and reference implementations of our own.

mod echo;
pub mod echo_client;
pub mod echo_server;
pub mod process;
