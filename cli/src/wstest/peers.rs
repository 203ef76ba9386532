//! The modes that are testees: echo servers and clients.

use std::path::Path;
use std::process::ExitCode;

use super::args::Args;
use super::server::{acceptor, everywhere};
use crate::exit::{Exit, Failure};
use crate::net::ConnectOptions;
use crate::output::Channel;
use crate::stop::Stop;
use crate::testee::echo_client::EchoClient;
use crate::testee::echo_server::EchoServer;

/// The name of a testee client unless `--ident` says otherwise.
const NAME: &str = concat!("wsproof/", env!("CARGO_PKG_VERSION"));

/// `echoserver` and `testeeserver`: echoes until stopped.
pub(super) async fn server(args: &Args) -> Result<ExitCode, Failure> {
    let url = args.url()?;
    let tls = if url.is_secure() {
        let (key, cert): (Option<&Path>, Option<&Path>) = (args.key.as_deref(), args.cert.as_deref());
        Some(acceptor(key, cert, url.host())?)
    } else {
        None
    };
    let stop = Stop::on_signals();
    let server = EchoServer::bind(everywhere(&url, url.port()), tls).map_err(Failure::wrong_use)?;
    Channel::Out.line(&format!("Echoing on {}", server.url()));
    server.run(stop.requested()).await;
    Ok(ExitCode::SUCCESS)
}

/// `echoclient`: echoes what a server sends until the server ends the connection.
pub(super) async fn client(args: &Args) -> Result<ExitCode, Failure> {
    let client = echo_client(args)?;
    let stop = Stop::on_signals();
    tokio::select! {
        visited = client.visit() => visited.map(|()| ExitCode::SUCCESS),
        () = stop.requested() => Ok(Exit::Interrupted.into()),
    }
}

/// `testeeclient`: runs all cases of a fuzzing server.
pub(super) async fn testee_client(args: &Args) -> Result<ExitCode, Failure> {
    let client = echo_client(args)?;
    let stop = Stop::on_signals();
    Channel::Out.line("Getting case count ..");
    tokio::select! {
        count = client.run() => {
            Channel::Out.line(&format!("Ok, ran {} cases as user agent {}", count?, client.agent));
            Ok(ExitCode::SUCCESS)
        }
        () = stop.requested() => Ok(Exit::Interrupted.into()),
    }
}

fn echo_client(args: &Args) -> Result<EchoClient, Failure> {
    Ok(EchoClient {
        url: args.url()?,
        agent: args.ident.clone().unwrap_or_else(|| NAME.to_owned()),
        // In order, as the original runs them.
        jobs: 1,
        cases: None,
        connect: ConnectOptions::default(),
    })
}
