//! Job objects.

use std::io;
use std::process::ExitStatus;

use process_wrap::tokio::{ChildWrapper, CommandWrap, JobObject, KillOnDrop};
use tokio::process::Command;

/// A process in a job of its own, to which everything it starts belongs.
pub(super) struct Group {
    job: Box<dyn ChildWrapper>,
}

impl Group {
    pub(super) fn spawn(command: Command) -> io::Result<Self> {
        Ok(Self { job: CommandWrap::from(command).wrap(KillOnDrop).wrap(JobObject).spawn()? })
    }

    /// Nothing to do: the system ends a job when the program that holds it ends.
    pub(super) fn kill_all() {}

    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.job.inner_mut().wait().await
    }

    /// There is no gentle way that every program hears, so the job is ended.
    pub(super) fn ask_to_end(&mut self) {
        self.kill();
    }

    pub(super) fn kill(&mut self) {
        let _ = self.job.start_kill();
    }

    /// Nobody survives the end of a job.
    pub(super) fn is_alive(&self) -> bool {
        false
    }
}
