//! How a command ends: exit status and error text.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;

use crate::face::Face;

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything asked for was done, and every case passed (by `--fail-on`).
    Good,
    /// Cases failed: some of them, or every opening handshake in the same way, so that the run was stopped.
    CasesFailed,
    /// The command was asked for something that cannot be: wrong arguments, a port in use, a folder that cannot be
    /// written.
    WrongUse,
    /// The testee could not be reached, or the run could not be brought to its end.
    Incomplete,
    /// Stopped by Ctrl-C or a signal.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::CasesFailed => 1,
            Self::WrongUse => 2,
            Self::Incomplete => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why a command, or a run inside another program, stopped before its work was done: what was wrong, where, and what to
/// do. Its text depends on where it is read, for settings have other names there.
#[derive(Clone)]
pub struct Failure {
    exit: Exit,
    text: Arc<dyn Fn(Face) -> String + Send + Sync>,
}

impl Failure {
    /// Wrong use of the command.
    pub fn wrong_use(message: impl fmt::Display) -> Self {
        Self::same_everywhere(Exit::WrongUse, &message)
    }

    /// The testee cannot be reached, or the run cannot go on.
    pub fn incomplete(message: impl fmt::Display) -> Self {
        Self::same_everywhere(Exit::Incomplete, &message)
    }

    /// Cases failed so that it makes no sense to go on, with a text that says what to do.
    pub fn cases_failed_for(text: impl Fn(Face) -> String + Send + Sync + 'static) -> Self {
        Self { exit: Exit::CasesFailed, text: Arc::new(text) }
    }

    /// [`wrong_use`](Self::wrong_use) with a text that names settings or says what to do.
    pub fn wrong_use_for(text: impl Fn(Face) -> String + Send + Sync + 'static) -> Self {
        Self { exit: Exit::WrongUse, text: Arc::new(text) }
    }

    /// [`incomplete`](Self::incomplete) with a text that names settings or says what to do.
    pub fn incomplete_for(text: impl Fn(Face) -> String + Send + Sync + 'static) -> Self {
        Self { exit: Exit::Incomplete, text: Arc::new(text) }
    }

    fn same_everywhere(exit: Exit, message: &dyn fmt::Display) -> Self {
        let message = message.to_string();
        Self { exit, text: Arc::new(move |_| message.clone()) }
    }

    /// The exit status that follows.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The text for those who read it there.
    ///
    /// ```
    /// use wsproof::exit::Failure;
    /// use wsproof::face::{Face, Setting};
    ///
    /// let failure = Failure::incomplete_for(|face| format!("too late ({} sets the time)", face.name(Setting::Wait)));
    /// assert_eq!(failure.to_string(), "too late (--wait sets the time)");
    /// assert_eq!(failure.text(Face::Pytest), "too late (--ws-wait sets the time)");
    /// ```
    pub fn text(&self, face: Face) -> String {
        (self.text)(face)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("exit", &self.exit).field("text", &self.text(Face::Command)).finish()
    }
}

/// As the command `wsproof` shows it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Face::Command))
    }
}

impl std::error::Error for Failure {}
