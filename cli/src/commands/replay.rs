//! `wsproof replay`: a recorded session, run again.
//!
//! It plays the other end as it was recorded: to a server it sends what the client sent, to a client what the server sent.
//! `wsproof_inspect::export::scenario` says what it expects of the testee.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::Value;
use wsproof_inspect::{Format, Options, Sender, export};
use wsproof_scenarios::{CaseId, CaseRef, catalogue, scenario};

use super::{Chosen, decode, test_client, test_server};
use crate::args::{CaseSource, Listen, Replay, TestClient, TestServer};
use crate::exit::{Exit, Failure};

/// Where clients are waited for, when none is started.
const PORT: u16 = 9001;

/// Runs the command.
///
/// # Errors
/// The file is nothing that can be run, or the testee cannot be reached; what was finished is in the report.
pub fn run(options: &Replay) -> Result<Exit, Failure> {
    if let (None, Some(option)) = (&options.url, options.reach.for_a_server_only()) {
        return Err(Failure::wrong_use(format!(
            "{option} is for a server under test, which --url names; without it a client is tested"
        )));
    }
    let sender = if options.url.is_some() { Sender::Client } else { Sender::Server };
    let (name, octets) = decode::load(&options.file)?;
    let cases = cases_of(options, &name, &octets, sender)?;
    let chosen = Chosen { cases, part: None, profile: options.profile };
    match &options.url {
        Some(url) => test_server::run_chosen(&server(options, url), &chosen),
        None => test_client::run_chosen(&client(options), &chosen),
    }
}

/// What the file has, as cases.
fn cases_of(options: &Replay, name: &str, octets: &[u8], sender: Sender) -> Result<Vec<CaseRef>, Failure> {
    let wrong = |why: String| Failure::wrong_use(format!("{name}: {why}"));
    let json = serde_json::from_slice::<Value>(octets).ok();
    if options.format.is_none() && json.as_ref().is_some_and(is_scenario) {
        let text = std::str::from_utf8(octets).map_err(|error| wrong(error.to_string()))?;
        let cases = scenario::parse(text).map_err(|error| wrong(error.to_string()))?;
        return Ok(cases.into_iter().map(CaseRef::from).collect());
    }
    let how = Options { format: options.format, ..Options::default() };
    let capture = decode::capture_of(name, octets, &how, &decode::Beside::of(&options.file))?;
    if capture.connections.is_empty() {
        return Err(decode::nothing(name, &capture));
    }
    // Of a built-in case there is more than its log tells: waits, timers, what else may be accepted.
    let report = json.filter(|_| options.format.is_none_or(|format| format == Format::Report));
    if let Some(id) = report.as_ref().and_then(built_in) {
        let none = || wrong(format!("profile {} does not have case {id}", options.profile));
        return Ok(vec![options.profile.find(id).ok_or_else(none)?.into()]);
    }
    let all = capture.connections.iter().enumerate();
    let asked = |number: usize| options.connection.is_none_or(|wanted| wanted.get() == number + 1);
    let (mut scenarios, mut failures) = (Vec::new(), Vec::new());
    for (number, connection) in all.filter(|(number, _)| asked(*number)) {
        match export::scenario(connection, sender) {
            Ok(text) => scenarios.push(text),
            Err(why) => failures.push(format!("connection {}: {why}", number + 1)),
        }
    }
    // A part that is silently left out would look as if it had passed.
    if let Some(first) = failures.into_iter().next() {
        let hint = if capture.connections.len() > 1 { "; --connection chooses another" } else { "" };
        return Err(wrong(first + hint));
    }
    if let Some(wanted) = options.connection.filter(|_| scenarios.is_empty()) {
        let found = capture.connections.len();
        return Err(wrong(format!("there is no connection {wanted}: it has {found}")));
    }
    let text = format!("[{}]", scenarios.join(","));
    let cases = scenario::parse(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(cases.into_iter().map(CaseRef::from).collect())
}

fn is_scenario(json: &Value) -> bool {
    let first = json.as_array().map_or(Some(json), |list| list.first());
    first.is_some_and(|first| first.get("steps").is_some())
}

/// The built-in case that this is the report on.
fn built_in(report: &Value) -> Option<CaseId> {
    report.get("wirelog")?;
    let id: CaseId = report.get("id")?.as_str()?.parse().ok()?;
    catalogue::find(id).map(|case| case.id)
}

fn server(options: &Replay, url: &str) -> TestServer {
    TestServer {
        ignore_greeting: false,
        keep_going: false,
        url: url.to_owned(),
        command: options.command.clone(),
        cases: CaseSource::default(),
        jobs: None,
        outdir: options.outdir.clone(),
        agent: None,
        reach: options.reach.clone(),
        run: options.run.clone(),
    }
}

fn client(options: &Replay) -> TestClient {
    let connect = &options.reach.connect;
    let port = if options.command.is_empty() { PORT } else { 0 };
    TestClient {
        listen: Listen {
            listen: options.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            unix: connect.unix.clone(),
            tls: false,
            cert: connect.cert.clone(),
            key: connect.key.clone(),
        },
        command: options.command.clone(),
        cases: CaseSource::default(),
        outdir: options.outdir.clone(),
        web: None,
        exit_after_update: false,
        allow_direct: false,
        run: options.run.clone(),
    }
}
