//! Tests one server: starts it if asked to, waits for it, probes it, runs the cases, stops it.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use wsproof_core::Count;
use wsproof_scenarios::CaseRef;

use super::{DEFAULT_JOBS, End, ServerRun, probe};
use crate::exit::Failure;
use crate::face::Setting;
use crate::net::{ConnectError, Connector, Route, Url, free_port};
use crate::results::Results;
use crate::stop::Stop;
use crate::testee::process::{Log, Process};

/// How long a started server may take until it accepts connections, unless it is said otherwise.
const DEFAULT_WAIT: Duration = Duration::from_secs(30);

/// Time between two attempts to connect to a server that is being started elsewhere.
const POLL: Duration = Duration::from_millis(50);

/// When the server cannot be reached any more, its process gets so long to turn out dead.
const POST_MORTEM: Duration = Duration::from_millis(300);

/// What is to be tested, and how.
#[derive(Debug, Clone)]
pub struct ServerTest {
    /// The way to where the server is, or will be.
    pub route: Route,
    /// The command that starts it; empty if it runs already.
    pub command: Vec<OsString>,
    /// Where the command's output goes.
    pub log: Arc<Log>,
    /// How long the server may take until it accepts connections. By default 30 seconds with a command, else none.
    pub wait: Option<Duration>,
    /// How many cases run side by side. By default as many as a look at the server allows.
    pub jobs: Option<usize>,
    /// The run itself. Its number of jobs counts only where this one has some.
    pub run: ServerRun,
}

impl ServerTest {
    /// Runs it all. `note` gets remarks for the user.
    ///
    /// # Errors
    /// The server could not be started, or its name has no address.
    pub async fn run(
        &self,
        cases: impl IntoIterator<Item = impl Into<CaseRef>>,
        results: &Results,
        stop: &Stop,
        note: &(dyn Fn(&str) + Sync),
    ) -> Result<End, Failure> {
        let cases: Vec<CaseRef> = cases.into_iter().map(Into::into).collect();
        let limit = self.run.session.open_timeout;
        let connector = Connector::new(&self.route, limit).await?;
        let mut process = match &self.command[..] {
            [] => None,
            command => Some(Process::start(command, self.route.url(), self.route.unix(), &self.log)?),
        };
        let ready = tokio::select! {
            biased;
            () = stop.requested() => Ok(false),
            ready = self.wait_until_ready(&connector, process.as_mut()) => ready.map(|()| true),
        };
        let end = match ready {
            Err(failure) => Err(failure),
            Ok(false) => Ok(End::Interrupted { not_run: cases.len() }),
            Ok(true) => {
                let mut run = self.run.clone();
                tokio::select! {
                    () = self.look(&connector, &mut run, note) => {}
                    () = stop.requested() => {}
                }
                let end = run.run(connector, cases, results, stop, death(process.as_mut())).await;
                Ok(with_last_words(end, process.as_mut()).await)
            }
        };
        if let Some(process) = process {
            process.stop().await;
        }
        end
    }

    /// Adapts the run to what a probe of the server shows. If the server can't be reached, the run reports it.
    async fn look(&self, connector: &Connector, run: &mut ServerRun, note: &(dyn Fn(&str) + Sync)) {
        run.jobs = self.jobs.unwrap_or(DEFAULT_JOBS);
        let Ok(seen) = probe(connector, &run.request, self.jobs.is_none()).await else { return };
        // A server that serves a client at a time would fail those that wait.
        if !seen.side_by_side {
            note("note: the server serves one client at a time, so the cases run one after another");
            run.jobs = 1;
        }
        run.round_trip = seen.greeting.round_trip;
        run.session.greeting = seen.greeting.messages;
        if seen.greeting.messages > 0 {
            let (what, them) = match seen.greeting.messages {
                1 => ("a message".to_owned(), "it"),
                n => (format!("{n} messages"), "them"),
            };
            note(&match run.session.ignore_greeting {
                true => format!("note: the server sends {what} by itself; the verdicts look past {them}"),
                false => format!(
                    "note: the server sends {what} by itself; wsproof's verdict looks past {them}, and Autobahn's two do not \
                     (--ignore-greeting makes them)"
                ),
            });
        }
    }

    async fn wait_until_ready(
        &self,
        connector: &Connector,
        process: Option<&mut Process>,
    ) -> Result<(), Failure> {
        if let Some(process) = process {
            return process.wait_until_it_listens(connector, self.wait.unwrap_or(DEFAULT_WAIT)).await;
        }
        let Some(wait) = self.wait else { return Ok(()) };
        let deadline = Instant::now() + wait;
        // The run itself tells what is wrong, if it still is after that time.
        while connector.probe(wait).await.is_err() && Instant::now() < deadline {
            sleep(POLL).await;
        }
        Ok(())
    }
}

impl End {
    /// Why the run is not complete, for people; `None` if it is, or if it was meant to stop.
    pub fn failure(self, cases: usize) -> Option<Failure> {
        match self {
            Self::Complete | Self::Interrupted { .. } => None,
            Self::Unreachable(error) => Some(unreachable(error)),
            Self::Lost { reason, not_run } => {
                let when = match not_run {
                    0 => format!(" after the last of {}", Count(cases as u64, "case")),
                    _ => format!(", {} of {cases} not run", Count(not_run as u64, "case")),
                };
                Some(Failure::incomplete_for(move |face| {
                    format!("the server was lost{when}: {}", reason.text(face))
                }))
            }
            Self::Refused { why, not_run } => Some(Failure::cases_failed_for(move |face| {
                let hint = face.how_to_be_let_in(&why).map(|hint| format!("\n{hint}")).unwrap_or_default();
                format!(
                    "every opening handshake failed in the same way, so the run was stopped, {} of {cases} not run: {why}{hint}",
                    Count(not_run as u64, "case")
                )
            })),
        }
    }
}

fn unreachable(error: ConnectError) -> Failure {
    if !error.is_refused() {
        return error.into();
    }
    Failure::incomplete_for(move |face| format!("{}\n{}", error.text(face), face.how_to_start()))
}

/// Reads the URL; with a command to start, `{port}` or port 0 in it become a free port.
///
/// # Errors
/// It is no URL, or asks for a free port with nothing to start there.
pub fn resolve_url(text: &str, starts_command: bool) -> Result<Url, Failure> {
    let picks = text.contains("{port}");
    let url = text.replace("{port}", "0").parse::<Url>();
    let url = url.map_err(|error| Failure::wrong_use(error.of(text)))?;
    if url.port() != 0 {
        return Ok(url);
    }
    if !starts_command {
        let which = if picks { "`{port}`" } else { "port 0" };
        return Err(Failure::wrong_use_for(move |face| {
            format!("{which} picks a free port for {}; there is none", face.name(Setting::Command))
        }));
    }
    let port = free_port().map_err(|error| Failure::wrong_use(format!("there is no free port: {error}")))?;
    // All of the text again: `{port}` may stand in the path too.
    if picks {
        text.replace("{port}", &port.to_string()).parse().map_err(Failure::wrong_use)
    } else {
        Ok(url.with_port(port))
    }
}

/// Ready when the command has failed. One that ended well may have left its server in the background.
async fn death(process: Option<&mut Process>) -> Failure {
    if let Some(process) = process
        && let Ok(status) = process.wait().await
        && !status.success()
    {
        return Failure::incomplete(process.last_words("in the middle of the run"));
    }
    std::future::pending().await
}

/// A server that cannot be reached any more is mostly one that died: tell what it printed last.
async fn with_last_words(end: End, process: Option<&mut Process>) -> End {
    match (end, process) {
        (End::Lost { reason, not_run }, Some(process)) => match timeout(POST_MORTEM, process.wait()).await {
            Ok(_) => {
                let reason = Failure::incomplete(process.last_words("in the middle of the run"));
                End::Lost { reason, not_run }
            }
            Err(_) => End::Lost { reason, not_run },
        },
        (end, _) => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_picked_for_a_command_only() {
        assert_eq!(resolve_url("ws://h:9001/x", false).unwrap().port(), 9001);
        for text in ["ws://127.0.0.1:0/", "ws://127.0.0.1:{port}/?p={port}"] {
            assert!(resolve_url(text, false).unwrap_err().to_string().contains("free port"), "{text}");
            assert_ne!(resolve_url(text, true).unwrap().port(), 0, "{text}");
        }
        let url = resolve_url("ws://127.0.0.1:{port}/?p={port}", true).unwrap();
        assert_eq!(url.resource(), format!("/?p={}", url.port()));
    }

    #[test]
    fn a_wrong_url_is_shown_as_it_was_typed() {
        for typed in ["ws://h:{port}/#x", "http://h:{port}"] {
            let error = resolve_url(typed, true).unwrap_err().to_string();
            assert!(error.contains(typed) && !error.contains(":0"), "{error}");
        }
    }

    #[test]
    fn a_loss_says_how_much_of_the_run_was_left() {
        let lost = |not_run| {
            let reason = Failure::incomplete("it ended");
            End::Lost { reason, not_run }.failure(8).unwrap().to_string()
        };
        assert_eq!(lost(0), "the server was lost after the last of 8 cases: it ended");
        assert_eq!(lost(1), "the server was lost, 1 case of 8 not run: it ended");
    }
}
