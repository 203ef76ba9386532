//! How a command ends: exit status and last words.

use std::fmt;
use std::process::ExitCode;

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything asked for was done, and every case passed (by `--fail-on`).
    Good,
    /// Every case was run, and some failed.
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

/// Why a command stopped before its work was done: what was wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// Wrong use of the command.
    pub fn wrong_use(message: impl fmt::Display) -> Self {
        Self { exit: Exit::WrongUse, message: message.to_string() }
    }

    /// The testee cannot be reached, or the run cannot go on.
    pub fn incomplete(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Incomplete, message: message.to_string() }
    }

    /// The exit status that follows.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
