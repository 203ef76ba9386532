//! A testee that we start and stop.

mod log;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

#[cfg(unix)]
use unix::Group;
#[cfg(windows)]
use windows::Group;

pub use log::Log;

use crate::exit::Failure;
use crate::face::Setting;
use crate::net::{Connector, Url};

/// How long a testee may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How long the system may take to end a process that was killed.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// Time between two looks at something that tells nobody when it changes.
const POLL: Duration = Duration::from_millis(10);

/// A started command with everything it started in turn. Dropping it kills them all.
pub struct Process {
    name: String,
    group: Group,
    log: Arc<Log>,
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
    pub fn start(
        command: &[OsString],
        url: &Url,
        unix: Option<&Path>,
        log: &Arc<Log>,
    ) -> Result<Self, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::wrong_use("the command to start is empty"));
        };
        let name = program.to_string_lossy().into_owned();
        let unwritable = |error| {
            Failure::wrong_use(format!("cannot write the log file {}: {error}", log.path().display()))
        };
        let output = log.create().map_err(unwritable)?;
        let errors = output.try_clone().map_err(unwritable)?;
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
        Ok(Self { name, group, log: log.clone(), ended: None, over: false })
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
                let (name, tail, limit) = (self.name.clone(), self.log.tail(), limit.as_secs_f64());
                return Err(Failure::incomplete_for(move |face| {
                    let (reason, wait) = (reason.text(face), face.name(Setting::Wait));
                    let name = name.escape_debug();
                    format!(
                        "`{name}` was started, but {reason} after {limit} s ({wait} sets this time){tail}"
                    )
                }));
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
        format!("`{}` {how} {when}{}", self.name.escape_debug(), self.log.tail())
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use super::*;
    use crate::net::{ConnectOptions, Route};

    fn kept(folder: &tempfile::TempDir, name: &str) -> Arc<Log> {
        Log::kept(folder.path().join(name)).into()
    }

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

    #[tokio::test]
    async fn a_command_that_does_not_exist_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let log = kept(&folder, "log");
        let error = Process::start(&["no-such-command-anywhere".into()], &url(), None, &log);
        assert!(error.err().unwrap().to_string().contains("no-such-command-anywhere"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_that_dies_is_reported_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let url = url().with_port(crate::net::free_port().unwrap());
        let command = ["sh", "-c", "echo port $WSPROOF_PORT of {url}; exit 7"].map(OsString::from);
        let mut process = Process::start(&command, &url, None, &kept(&folder, "sub/log")).unwrap();
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
        let command = ["sh".into(), "-c".into(), script.into()];
        let process = Process::start(&command, &url(), None, &kept(&folder, "log")).unwrap();
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
