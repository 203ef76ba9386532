//! Process groups.

use std::io;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, Command};

/// The groups that are not known to be gone.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A process that leads a group of its own, to which everything it starts belongs (unless that leaves by itself).
pub(super) struct Group {
    leader: Child,
    id: Pid,
}

impl Group {
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        let leader = command.process_group(0).spawn()?;
        let id = leader.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let id = id.ok_or(io::ErrorKind::NotFound)?;
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(Self { leader, id })
    }

    pub(super) fn kill_all() {
        for id in GROUPS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = kill_process_group(id, Signal::KILL);
        }
    }

    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.leader.wait().await
    }

    // An error of these means that nobody is left, which is what is wanted.

    pub(super) fn ask_to_end(&mut self) {
        let _ = kill_process_group(self.id, Signal::TERM);
    }

    pub(super) fn kill(&mut self) {
        let _ = kill_process_group(self.id, Signal::KILL);
    }

    /// Whether anybody of the group is left.
    pub(super) fn is_alive(&self) -> bool {
        test_kill_process_group(self.id).is_ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        GROUPS.lock().unwrap_or_else(PoisonError::into_inner).retain(|id| *id != self.id);
    }
}
