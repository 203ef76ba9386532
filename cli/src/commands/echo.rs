//! `wsproof echo`: the reference testees.

use super::count;
use super::test_client::acceptor;
use crate::args::{Echo, EchoClient, EchoServer};
use crate::exit::{Exit, Failure};
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
    let tls = acceptor(&options.listen)?;
    let server = echo_server::EchoServer::bind(options.listen.place(), tls).map_err(Failure::wrong_use)?;
    let on = match &options.listen.unix {
        Some(path) => format!("the Unix socket {}", path.display()),
        None => server.url().to_string(),
    };
    Channel::Out.line(&format!("Echo server on {on}"));
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
        connect: options.connect.options(),
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
