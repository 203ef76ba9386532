//! The mode `fuzzingclient`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use wsproof_core::Count;
use wsproof_report::{CaseInfo, Options as ReportOptions};
use wsproof_scenarios::select::AgentExclusions;
use wsproof_scenarios::spec::{ClientSpec, DEFAULT_CLIENT, Options, Server};
use wsproof_scenarios::{Case, ClientRequest, Testee};

use super::args::Args;
use super::{CASE_LIMIT, available, cases, lines, session_options, spec_file, tell_ignored};
use crate::exit::{Exit, Failure};
use crate::net::{ConnectOptions, Connector, Route, Url};
use crate::output::Channel;
use crate::progress::Progress;
use crate::results::{self, Results};
use crate::runner::{DEFAULT_JOBS, End, NAMELESS, Probe, RequestOptions, ServerRun, probe};
use crate::stop::Stop;

/// Tests the servers one after the other.
pub(super) async fn run(args: &Args) -> Result<ExitCode, Failure> {
    let path = spec_file::locate(args, "fuzzingclient.json", DEFAULT_CLIENT)?;
    let mut spec = ClientSpec::load(&path).map_err(Failure::wrong_use)?;
    if spec.servers.is_empty() {
        let url = args.wsuri.clone().ok_or_else(|| {
            Failure::wrong_use(format!(
                "{} names no servers: add some, or give one with --wsuri",
                path.display()
            ))
        })?;
        spec.servers.push(Server::at(url));
    }
    let ignored = std::iter::once(&spec.options).chain(spec.servers.iter().map(|server| &server.options));
    tell_ignored(args, &spec.unknown_keys, &ignored.collect::<Vec<_>>());
    // All are looked at before the first is tested: a run of minutes shall not end with a slip of the pen.
    let urls = spec.servers.iter().map(|server| server.url.parse().map_err(Failure::wrong_use));
    let urls: Vec<Url> = urls.collect::<Result<_, _>>()?;
    let cases = cases(&spec.selection(&available()));
    let exclusions = spec.agent_exclusions();
    let report = ReportOptions {
        testee: Testee::Server,
        cases: cases.iter().map(|case| CaseInfo::from(*case)).collect(),
        junit: None,
        tool: concat!("wsproof ", env!("CARGO_PKG_VERSION")).to_owned(),
        part: None,
    };
    let stop = Stop::on_signals();
    let (results, keeper) = results::open(&PathBuf::from(&spec.outdir), report, Progress::none())?;
    Channel::Out.line(&format!("wsproof {} WebSocket Fuzzing Client", env!("CARGO_PKG_VERSION")));
    Channel::Out.line(&format!("Ok, will run {} test cases against {} servers", cases.len(), urls.len()));
    Channel::Out.line(&format!("Cases = {}", lines::list(cases.iter().map(|case| case.id))));
    Channel::Out.line(&format!(
        "Servers = {}",
        lines::list(spec.servers.iter().zip(&urls).map(|(server, url)| shown(server, url)))
    ));
    for (server, url) in spec.servers.iter().zip(&urls) {
        if cases.is_empty() || stop.is_requested() {
            break;
        }
        let testee = Testing { server, url, cases: &cases, exclusions: &exclusions, options: &spec.options };
        testee.run(&results, &stop).await?;
    }
    drop(results);
    let finished = keeper.finish();
    Ok(if stop.is_requested() {
        Exit::Interrupted.into()
    } else if finished.trouble.is_some() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The URL as the spec file has it, unless there is a password in it.
fn shown(server: &Server, url: &Url) -> String {
    if url.authorization().is_some() { url.to_string() } else { server.url.clone() }
}

/// One server of the list.
struct Testing<'a> {
    server: &'a Server,
    url: &'a Url,
    cases: &'a [&'static Case],
    exclusions: &'a AgentExclusions,
    options: &'a Options,
}

impl Testing<'_> {
    /// Runs all cases. A server that cannot be reached is no error, as in the original.
    async fn run(&self, results: &Results, stop: &Stop) -> Result<(), Failure> {
        let options = self.server.options.or(self.options);
        let session = session_options(&options)?;
        let mut connect = ConnectOptions::default();
        connect.tls.server_name.clone_from(&self.server.hostname);
        let route = match Route::new(self.url, &connect) {
            Ok(route) => route,
            Err(error) => {
                self.failed(&error.to_string());
                return Ok(());
            }
        };
        let connector = match Connector::new(&route, session.open_timeout).await {
            Ok(connector) => connector,
            Err(error) => {
                self.failed(&error.to_string());
                return Ok(());
            }
        };
        let asked = RequestOptions {
            headers: Vec::new(),
            origin: self.server.origin.clone(),
            protocols: self.server.protocols.to_vec(),
        };
        let version = options.version.unwrap_or(13);
        let request = ClientRequest { version, ..asked.request(self.url)? };
        let Probe { address, server_header, side_by_side, .. } = tokio::select! {
            seen = probe(&connector, &request, true) => match seen {
                Ok(seen) => seen,
                Err(error) => {
                    self.failed(&error.to_string());
                    return Ok(());
                }
            },
            () = stop.requested() => return Ok(()),
        };
        let peer = lines::peer(address);
        let agent = self.server.agent.clone().filter(|name| !name.is_empty());
        // Without a name at all, each case takes the one that the server tells then.
        let agent = agent.or(server_header);
        let name = agent.clone().unwrap_or_else(|| NAMELESS.to_owned());
        let (excluded, cases): (Vec<&Case>, Vec<&Case>) =
            self.cases.iter().partition(|case| self.exclusions.excludes(&name, case.id));
        for case in excluded {
            Channel::Out.line(&lines::skipping(case.id, &name));
        }
        let on_start = move |case: &Case| Channel::Out.line(&lines::running(case.id, &name, &peer));
        let run = ServerRun {
            request,
            session,
            case_limit: CASE_LIMIT,
            jobs: if side_by_side { DEFAULT_JOBS } else { 1 },
            agent,
            on_start: Some(Arc::new(on_start)),
            round_trip: None,
            // As the original does.
            whatever_happens: true,
        };
        match run.run(connector, &cases, results, stop, std::future::pending()).await {
            End::Complete | End::Refused { .. } | End::Interrupted { .. } => {}
            End::Unreachable(error) => self.failed(&error.to_string()),
            End::Lost { reason, not_run: 0 } => self.failed(&reason.to_string()),
            End::Lost { reason, not_run } => {
                self.failed(&reason.to_string());
                Channel::Err.line(&format!(
                    "warning: {} not run against {}",
                    Count(not_run as u64, "case"),
                    self.url
                ));
            }
        }
        Ok(())
    }

    fn failed(&self, reason: &str) {
        Channel::Out.line(&format!("Connection to {} failed ({reason})", shown(self.server, self.url)));
    }
}
