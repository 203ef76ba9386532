//! The thread of a run.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::Outcomes;
use super::report::Written;
use crate::exit::Failure;

/// A run on a thread of its own, which ends with what it has written. Dropping it stops the run and waits for it.
#[derive(Debug)]
pub(super) struct Background {
    stop: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<Option<Written>>>>,
    written: Mutex<Option<Arc<Written>>>,
}

impl Background {
    /// Starts the thread; `stop` ends it.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(
        name: &str,
        stop: watch::Sender<bool>,
        work: impl FnOnce() -> Option<Written> + Send + 'static,
    ) -> Result<Self, Failure> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .map_err(|error| Failure::wrong_use(format!("cannot start a thread: {error}")))?;
        Ok(Self { stop, thread: Mutex::new(Some(thread)), written: Mutex::default() })
    }

    /// Asks the run to end.
    pub(super) fn stop(&self) {
        let _ = self.stop.send(true);
    }

    /// Waits until the run has ended and the report is written; tells where it is, if one was wanted. May be called again.
    pub(super) fn finish(&self) -> Option<Arc<Written>> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = self.take_thread() {
            match thread.join() {
                Ok(report) => *written = report.map(Arc::new),
                // A panic is a bug in wsproof: pass it on.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        written.clone()
    }

    fn take_thread(&self) -> Option<JoinHandle<Option<Written>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.take_thread() {
            let _ = thread.join();
        }
    }
}

/// Ends the outcomes also when the thread panics.
pub(super) struct EndGuard(pub(super) Outcomes);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.end(Failure::incomplete("the run broke off: this is a fault in wsproof"));
    }
}
