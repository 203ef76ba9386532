//! Testees: commands that we start, and reference implementations of our own.

mod echo;
pub mod echo_client;
pub mod echo_server;
pub mod process;

/// A runtime for a testee: unlike a runner, which mostly waits, it compresses all day, so it takes every processor.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().thread_name("testee").enable_all().build()
}
