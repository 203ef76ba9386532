//! A testee that we start and stop.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

#[cfg(unix)]
use unix::Group;
#[cfg(windows)]
use windows::Group;

use crate::exit::Failure;
use crate::net::{Connector, Url};

/// How long a testee may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How long the system may take to end a process that was killed.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// Time between two looks at something that tells nobody when it changes.
const POLL: Duration = Duration::from_millis(10);

/// How much of the end of the log is looked at for the last lines.
const TAIL: u64 = 16 * 1024;

/// A started command with everything it started in turn. Dropping it kills them all.
pub struct Process {
    name: String,
    group: Group,
    log: PathBuf,
    ended: Option<ExitStatus>,
    /// Nobody of the group is left, and its number may belong to strangers by now.
    over: bool,
}

/// Kills whatever was started and not stopped yet: for a program that is about to end without cleaning up.
pub fn kill_all() {
    Group::kill_all();
}

impl Process {
    /// Starts a command, its output going to the log file.
    ///
    /// In every argument `{url}`, `{port}` and, where there is a Unix socket, `{unix}` are replaced; the environment gets
    /// `WSPROOF_URL`, `WSPROOF_PORT` and `WSPROOF_UNIX`.
    ///
    /// # Errors
    /// Names the command or the log file.
    pub fn start(command: &[OsString], url: &Url, unix: Option<&Path>, log: &Path) -> Result<Self, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::wrong_use("the command to start is empty"));
        };
        let name = program.to_string_lossy().into_owned();
        let output = create_log(log).map_err(|error| {
            Failure::wrong_use(format!("cannot write the log file {}: {error}", log.display()))
        })?;
        let errors =
            output.try_clone().map_err(|error| Failure::wrong_use(format!("{}: {error}", log.display())))?;
        let mut starter = Command::new(fill_in(program, url, unix));
        starter
            .args(arguments.iter().map(|argument| fill_in(argument, url, unix)))
            .env("WSPROOF_URL", url.to_string())
            .env("WSPROOF_PORT", url.port().to_string())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .kill_on_drop(true);
        if let Some(unix) = unix {
            starter.env("WSPROOF_UNIX", unix);
        }
        let group = Group::spawn(starter).map_err(|error| {
            Failure::wrong_use(format!("cannot start `{}`: {error}", name.escape_debug()))
        })?;
        Ok(Self { name, group, log: log.to_owned(), ended: None, over: false })
    }

    /// Waits for the command itself to end. Can be cancelled and called again.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        let status = self.group.wait().await?;
        self.ended = Some(status);
        Ok(status)
    }

    /// Waits until the testee accepts connections.
    ///
    /// # Errors
    /// The command fails first, or the time is up. Either message carries the last lines of its output.
    pub async fn wait_until_it_listens(
        &mut self,
        connector: &Connector,
        limit: Duration,
    ) -> Result<(), Failure> {
        let deadline = Instant::now() + limit;
        loop {
            let reason = match connector.probe(limit).await {
                Ok(()) => return Ok(()),
                Err(reason) => reason,
            };
            // A command that ends well may have left its server behind in the background.
            if self.ended.is_some_and(|status| !status.success()) {
                return Err(Failure::incomplete(self.last_words("before it accepted a connection")));
            }
            if Instant::now() >= deadline {
                return Err(Failure::incomplete(format!(
                    "`{}` was started, but {reason} after {} s (--wait sets this time){}",
                    self.name.escape_debug(),
                    limit.as_secs_f64(),
                    self.tail()
                )));
            }
            if self.ended.is_some() {
                sleep(POLL).await;
            } else {
                tokio::select! {
                    () = sleep(POLL) => {}
                    _ = self.wait() => {}
                }
            }
        }
    }

    /// Says that the command ended, when, how, and what it printed last.
    pub fn last_words(&self, when: &str) -> String {
        let how = match self.ended {
            Some(status) => format!("ended ({status})"),
            None => "is gone".to_owned(),
        };
        format!("`{}` {how} {when}{}", self.name.escape_debug(), self.tail())
    }

    fn tail(&self) -> String {
        let lines = last_lines(&self.log, 10);
        if lines.is_empty() {
            return format!("; it printed nothing ({})", self.log.display());
        }
        let mut text = format!("; its last lines ({}):", self.log.display());
        for line in lines {
            text.push_str("\n  | ");
            text.push_str(&line);
        }
        text
    }

    /// Ends the command and everything it started: asks first, then kills.
    pub async fn stop(mut self) {
        self.group.ask_to_end();
        let deadline = Instant::now() + GRACE;
        let _ = timeout_at(deadline, self.wait()).await;
        while self.group.is_alive() && Instant::now() < deadline {
            sleep_until(deadline.min(Instant::now() + POLL)).await;
        }
        self.group.kill();
        let _ = timeout_at(Instant::now() + KILL_LIMIT, self.wait()).await;
        self.over = true;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.over {
            self.group.kill();
        }
    }
}

fn create_log(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create(log)
}

/// The argument with `{url}`, `{port}` and `{unix}` replaced. One that is not Unicode is left alone.
fn fill_in(argument: &OsStr, url: &Url, unix: Option<&Path>) -> OsString {
    match argument.to_str() {
        Some(text) if text.contains('{') => {
            let text = text.replace("{url}", &url.to_string()).replace("{port}", &url.port().to_string());
            match unix {
                Some(unix) => text.replace("{unix}", &unix.to_string_lossy()).into(),
                None => text.into(),
            }
        }
        _ => argument.to_owned(),
    }
}

/// The last lines of a file, without what could play tricks on a terminal.
fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut octets = Vec::new();
        file.take(TAIL).read_to_end(&mut octets)?;
        Ok(octets)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| harmless(line)).collect()
}

/// At most 200 characters of a line, control characters made visible.
fn harmless(line: &str) -> String {
    let visible = |c: char| {
        if c == '\t' {
            ' '
        } else if c.is_control() {
            '\u{fffd}'
        } else {
            c
        }
    };
    line.trim_end().chars().take(200).map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{ConnectOptions, Route};

    fn url() -> Url {
        "ws://127.0.0.1:4711/x".parse().unwrap()
    }

    #[test]
    fn placeholders_are_filled_in() {
        let filled = |text: &str| fill_in(OsStr::new(text), &url(), None);
        assert_eq!(filled("--port={port}"), "--port=4711");
        assert_eq!(filled("{url}?{url}"), "ws://127.0.0.1:4711/x?ws://127.0.0.1:4711/x");
        assert_eq!(filled("{other} {unix}"), "{other} {unix}");
        assert_eq!(fill_in(OsStr::new("unix:{unix}"), &url(), Some(Path::new("/run/s"))), "unix:/run/s");
    }

    #[test]
    fn the_last_lines_are_few_and_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut text: String = (0..10_000).map(|i| format!("line {i}\n")).collect();
        text.push_str("\x1b[31mred\n\n");
        fs::write(&log, text).unwrap();
        let lines = last_lines(&log, 2);
        assert_eq!(lines, ["line 9999", "\u{fffd}[31mred"]);
        assert!(last_lines(&folder.path().join("missing"), 2).is_empty());
    }

    #[tokio::test]
    async fn a_command_that_does_not_exist_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error =
            Process::start(&["no-such-command-anywhere".into()], &url(), None, &folder.path().join("log"));
        assert!(error.err().unwrap().to_string().contains("no-such-command-anywhere"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_that_dies_is_reported_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let url = url().with_port(crate::net::free_port().unwrap());
        let command = ["sh", "-c", "echo port $WSPROOF_PORT of {url}; exit 7"].map(OsString::from);
        let mut process = Process::start(&command, &url, None, &folder.path().join("sub/log")).unwrap();
        let route = Route::new(&url, &ConnectOptions::default()).unwrap();
        let connector = Connector::new(&route, KILL_LIMIT).await.unwrap();
        let error = process.wait_until_it_listens(&connector, Duration::from_secs(60)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains('7') && text.contains(&format!("port {} of {url}", url.port())), "{text}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn grandchildren_are_stopped_too_even_if_they_will_not() {
        let folder = tempfile::tempdir().unwrap();
        // The grandchild holds the writing end of a pipe: when the reading end sees its end, the grandchild is gone.
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let script = format!(
            "trap '' TERM; (trap '' TERM; echo up; while :; do sleep 1; done) > '{}' & exit 0",
            pipe.display()
        );
        let process = Process::start(
            &["sh".into(), "-c".into(), script.into()],
            &url(),
            None,
            &folder.path().join("log"),
        )
        .unwrap();
        // Opening it waits for the writer.
        let (reader, heard) = tokio::task::spawn_blocking(move || {
            let mut reader = File::open(pipe).unwrap();
            let mut heard = [0; 3];
            reader.read_exact(&mut heard).unwrap();
            (reader, heard)
        })
        .await
        .unwrap();
        assert_eq!(&heard, b"up\n");
        process.stop().await;
        let rest = tokio::task::spawn_blocking(move || io::read_to_string(reader).unwrap());
        assert_eq!(rest.await.unwrap(), "");
    }
}
