//! A server that is started once and tested in several runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::commands::block_on;
use crate::exit::Failure;
use crate::net::{ConnectOptions, Connector, Route, Url};
use crate::runner::resolve_url;
use crate::stop::Stop;
use crate::testee::process::{Log, Process};

/// A command that serves, with everything it started. Dropping it stops them all.
#[derive(Debug)]
pub struct StartedServer {
    url: Url,
    stop: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl StartedServer {
    /// Starts the command and waits until its port, or its Unix socket, accepts connections, for `wait` at most. In its
    /// arguments `{url}`, `{port}` and `{unix}` are replaced, as `{port}` and port 0 are in `url`; its environment has
    /// `WSPROOF_URL`, `WSPROOF_PORT` and `WSPROOF_UNIX`. Its output goes to `log`; without one, to a temporary file of which only error messages tell.
    ///
    /// # Errors
    /// The URL is invalid, or the command cannot be started, ends, or does not listen in time; then with its last output.
    pub fn start(
        command: Vec<OsString>,
        url: &str,
        unix: Option<PathBuf>,
        log: Option<&Path>,
        wait: Duration,
    ) -> Result<Self, Failure> {
        let url = resolve_url(url, true)?;
        let connect = ConnectOptions { unix, ..ConnectOptions::default() };
        let route = Route::new(&url, &connect).map_err(Failure::wrong_use)?;
        let log = Arc::new(log.map_or_else(Log::temporary, Log::kept));
        let (stop, stopped) = Stop::manual();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::Builder::new().name("wsproof testee".to_owned()).spawn({
            move || {
                let served = block_on(serve(&command, &route, &log, wait, &stopped, &tell));
                if let Err(failure) | Ok(Err(failure)) = served {
                    let _ = tell.send(Err(failure));
                }
            }
        });
        let thread = thread.map_err(|error| Failure::wrong_use(format!("cannot start a thread: {error}")))?;
        told.recv().unwrap_or_else(|_| Err(Failure::incomplete("the thread of the server ended")))?;
        Ok(Self { url, stop, thread: Mutex::new(Some(thread)) })
    }

    /// Where it is: a free port has been chosen.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Stops it, and waits until it has ended. May be called again.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for StartedServer {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(
    command: &[OsString],
    route: &Route,
    log: &Arc<Log>,
    wait: Duration,
    stop: &Stop,
    tell: &mpsc::Sender<Result<(), Failure>>,
) -> Result<(), Failure> {
    let connector = Connector::new(route, wait).await?;
    let mut process = Process::start(command, route.url(), route.unix(), log)?;
    let ready = process.wait_until_it_listens(&connector, wait).await;
    let listens = ready.is_ok();
    let _ = tell.send(ready);
    if listens {
        stop.requested().await;
    }
    process.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_command_that_ends_at_once_tells_why() {
        let command = ["sh", "-c", "echo no config; exit 4"].map(OsString::from).to_vec();
        let failed =
            StartedServer::start(command, "ws://127.0.0.1:{port}", None, None, Duration::from_secs(60));
        let text = failed.unwrap_err().to_string();
        assert!(text.contains("no config") && text.contains('4'), "{text}");
    }

    #[test]
    fn a_command_needs_a_url() {
        let failed = StartedServer::start(vec!["x".into()], "http://h", None, None, Duration::from_secs(1));
        assert_eq!(failed.unwrap_err().exit(), crate::exit::Exit::WrongUse);
    }
}
