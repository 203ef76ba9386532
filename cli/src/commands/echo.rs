//! `wsproof echo`: the reference testees.

use super::count;
use super::test_client::acceptor;
use crate::args::{Echo, EchoClient, EchoServer};
use crate::exit::{Exit, Failure};
use crate::net::tls;
use crate::output::Channel;
use crate::stop::Stop;
use crate::testee::{self, echo_client, echo_server};

/// Runs the command.
///
/// # Errors
/// Wrong use, or the fuzzing server cannot be reached.
pub fn run(options: &Echo) -> Result<Exit, Failure> {
    match options {
        Echo::Server(options) => runtime()?.block_on(server(options)),
        Echo::Client(options) => runtime()?.block_on(client(options)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    testee::runtime().map_err(|error| Failure::wrong_use(format!("cannot start threads: {error}")))
}

async fn server(options: &EchoServer) -> Result<Exit, Failure> {
    let stop = Stop::on_signals();
    let tls = acceptor(options.tls, options.cert.as_deref(), options.key.as_deref())?;
    let server = echo_server::EchoServer::bind(options.listen, tls).map_err(Failure::wrong_use)?;
    Channel::Out.line(&format!("Echo server on {}", server.url()));
    server.run(stop.requested()).await;
    // Being stopped is how a server ends.
    Ok(Exit::Good)
}

async fn client(options: &EchoClient) -> Result<Exit, Failure> {
    let stop = Stop::on_signals();
    let client = echo_client::EchoClient {
        url: options.url.parse().map_err(Failure::wrong_use)?,
        agent: options.agent.clone(),
        jobs: options.jobs,
        cases: None,
        tls: tls::ClientOptions { verify: options.tls.tls_verify, server_name: options.tls.hostname.clone() },
    };
    tokio::select! {
        biased;
        () = stop.requested() => Ok(Exit::Interrupted),
        result = client.run() => {
            Channel::Out.line(&format!("{} run at {}", count(result?, "case"), client.url));
            Ok(Exit::Good)
        }
    }
}
