//! The mode `fuzzingserver`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use wsproof_report::visible::visible;
use wsproof_report::{CaseInfo, Options as ReportOptions};
use wsproof_scenarios::Testee;
use wsproof_scenarios::spec::{DEFAULT_SERVER, ServerSpec};

use super::args::Args;
use super::{CASE_LIMIT, available, cases, lines, session_options, spec_file, tell_ignored};
use crate::exit::Failure;
use crate::fuzzing_server::{Config, Event, FuzzingServer};
use crate::net::{Url, tls};
use crate::output::Channel;
use crate::progress::Progress;
use crate::results;
use crate::stop::Stop;

/// Serves clients until stopped.
pub(super) async fn run(args: &Args) -> Result<ExitCode, Failure> {
    let path = spec_file::locate(args, "fuzzingserver.json", DEFAULT_SERVER)?;
    let spec = ServerSpec::load(&path).map_err(Failure::wrong_use)?;
    tell_ignored(args, &spec.unknown_keys, &[&spec.options]);
    let url: Url = spec.url.parse().map_err(Failure::wrong_use)?;
    if url.resource().contains('?') {
        return Err(Failure::wrong_use(format!(
            "the url {url} of the spec file must not have a query (`?`)"
        )));
    }
    let cases = cases(&spec.selection(&available()));
    let outdir = PathBuf::from(&spec.outdir);
    let report = ReportOptions {
        testee: Testee::Client,
        cases: cases.iter().map(|case| CaseInfo::from(*case)).collect(),
        junit: None,
        tool: concat!("wsproof ", env!("CARGO_PKG_VERSION")).to_owned(),
        part: None,
    };
    let tls = if url.is_secure() {
        let key = args.key.as_deref().or(spec.key.as_deref().map(Path::new));
        let cert = args.cert.as_deref().or(spec.cert.as_deref().map(Path::new));
        Some(acceptor(key, cert, url.host())?)
    } else {
        None
    };
    let stop = Stop::on_signals();
    let (results, keeper) = results::open(&outdir, report, Progress::none())?;
    let config = Config {
        listen: everywhere(&url, url.port()).into(),
        tls,
        web: web_address(args, &url)?,
        exclude_agent_cases: spec.agent_exclusions(),
        session: session_options(&spec.options)?,
        case_limit: CASE_LIMIT,
        // The flags are Autobahn's, and none of them allows it.
        allow_direct: false,
        serve_folder: Some(PathBuf::from(".")),
        results,
        reports: outdir,
        observer: Arc::new(tell),
        cases: cases.iter().map(Into::into).collect(),
        plain_agent: None,
    };
    let ids: Vec<_> = config.cases.iter().map(|case| case.id).collect();
    let server = FuzzingServer::bind(config).map_err(Failure::wrong_use)?;
    let tls = if url.is_secure() { " TLS" } else { "" };
    Channel::Out.line(&format!(
        "wsproof {} WebSocket Fuzzing Server (Port {}{tls})",
        env!("CARGO_PKG_VERSION"),
        server.url().port()
    ));
    if let Some(page) = server.web_url() {
        Channel::Out.line(&format!("Browsers are tested at {page}"));
    }
    Channel::Out.line(&format!("Ok, will run {} test cases for any clients connecting", ids.len()));
    Channel::Out.line(&format!("Cases = {}", lines::list(ids)));
    server.run(stop.requested()).await;
    let finished = keeper.finish();
    Ok(if finished.trouble.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell(event: Event<'_>) {
    if let Some(line) = lines::event(&event) {
        Channel::Out.line(&line);
    }
    if let Event::Refused { peer, reason, .. } = event {
        Channel::Err.line(&format!("refused {}: {}", lines::peer(peer), visible(reason, false)));
    }
}

/// All addresses of this machine. The original does not look at the host of the URL, and containers count on it: their
/// spec file says 127.0.0.1, and clients come from outside.
pub(super) fn everywhere(url: &Url, port: u16) -> SocketAddr {
    let ip = match url.host().parse::<Ipv6Addr>() {
        Ok(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        Err(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    (ip, port).into()
}

/// Where the web page is. When nobody asked for that port and it is taken, there is no page: a second fuzzing server
/// on the machine works all the same.
fn web_address(args: &Args, url: &Url) -> Result<Option<SocketAddr>, Failure> {
    let Some(web) = args.web_port()? else { return Ok(None) };
    let address = everywhere(url, web.port);
    if !web.asked_for && TcpListener::bind(address).is_err() {
        Channel::Err.line(&format!(
            "note: port {} is taken, so there is no web page; --webport names another port, 0 for none",
            web.port
        ));
        return Ok(None);
    }
    Ok(Some(address))
}

/// TLS by these files, or with a certificate made for the occasion.
pub(super) fn acceptor(key: Option<&Path>, cert: Option<&Path>, host: &str) -> Result<TlsAcceptor, Failure> {
    match (key, cert) {
        (Some(key), Some(cert)) => tls::acceptor_from_files(cert, key).map_err(Failure::wrong_use),
        (None, None) => {
            Channel::Err.line("note: no key and cert are given, so a self-made certificate is used");
            tls::self_made_acceptor(&[host.to_owned()]).map_err(Failure::wrong_use)
        }
        (Some(_), None) => {
            Err(Failure::wrong_use("there is a key for wss and no certificate: add cert or --cert"))
        }
        (None, Some(_)) => {
            Err(Failure::wrong_use("there is a certificate for wss and no key: add key or --key"))
        }
    }
}
