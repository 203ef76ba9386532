//! A command that is run as a step: one line with its time; its output only if it fails or is asked for.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::root;

/// Why the work stopped: a text for people.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A command with a name.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    /// What is run, by default in the root of the repository.
    pub(crate) command: Command,
    shown: bool,
    captures_stdout: bool,
}

impl Step {
    /// For any program.
    pub(crate) fn new<S: AsRef<OsStr>>(name: &str, program: impl AsRef<OsStr>, arguments: &[S]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root()).stdin(Stdio::null());
        Self { name: name.to_owned(), command, shown: false, captures_stdout: false }
    }

    /// For the cargo that runs us.
    pub(crate) fn cargo(name: &str, arguments: &[&str]) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self::new(name, cargo, arguments).without_facts_about_xtask()
    }

    /// For cargo and what calls it: cargo told us about this crate, which is not what is to be built.
    pub(crate) fn without_facts_about_xtask(mut self) -> Self {
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                self.command.env_remove(&variable);
            }
        }
        self
    }

    /// Its output is shown as it comes.
    pub(crate) fn shown(mut self) -> Self {
        self.shown = true;
        self
    }

    /// Runs it.
    pub(crate) fn run(self) -> Result<(), Failure> {
        self.output().map(drop)
    }

    /// Runs it for what it prints on standard output; what it prints on standard error is shown.
    pub(crate) fn stdout(mut self) -> Result<String, Failure> {
        self.captures_stdout = true;
        self.output()
    }

    fn output(mut self) -> Result<String, Failure> {
        let started = Instant::now();
        if self.shown || self.captures_stdout {
            println!("---- {}: {}", self.name, self.line());
            self.command.stderr(Stdio::inherit());
        }
        if self.shown {
            self.command.stdout(Stdio::inherit());
        }
        let done = self.command.output().map_err(|error| {
            Failure(format!("cannot start {}: {error}", quoted(&short(self.command.get_program()))))
        })?;
        let took = seconds(started.elapsed());
        if done.status.success() {
            println!("ok   {:<46} {took:>9}", self.name);
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        println!("FAIL {:<46} {took:>9}", self.name);
        let mut text = String::new();
        if !self.captures_stdout {
            text.push_str(&String::from_utf8_lossy(&done.stdout));
        }
        text.push_str(&String::from_utf8_lossy(&done.stderr));
        Err(Failure(format!(
            "{text}\n{} failed ({}). To repeat it:\n  {}",
            self.name,
            done.status,
            self.line()
        )))
    }

    /// The command as one would type it in the root of the repository.
    fn line(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let line = words.map(|word| quoted(&short(word))).collect::<Vec<_>>().join(" ");
        match self.command.get_current_dir() {
            Some(folder) if folder != root() => format!("cd {} && {line}", quoted(&folder.to_string_lossy())),
            _ => line,
        }
    }
}

/// Without what is the same for everybody: the place of cargo, and of the repository.
fn short(word: &OsStr) -> String {
    if std::env::var_os("CARGO").is_some_and(|cargo| cargo == word) {
        return "cargo".to_owned();
    }
    let path = Path::new(word);
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:\\,+@".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { format!("'{text}'") }
}

/// A time for people.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_repeat_can_be_typed() {
        let mut step = Step::new("x", "program", &["a", "b c", ""]);
        assert_eq!(step.line(), "program a 'b c' ''");
        step.command.current_dir("elsewhere");
        assert_eq!(step.line(), "cd elsewhere && program a 'b c' ''");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = Step::new("x", "no-such-program-anywhere", &[""; 0]).run().unwrap_err();
        assert!(failure.0.contains("no-such-program-anywhere"), "{failure}");
    }
}
