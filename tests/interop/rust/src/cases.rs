//! How a client testee runs the cases of a fuzzing server: Autobahn's URLs, the same for every library.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;

/// The longest message that a testee takes.
pub const LIMIT: usize = 64 << 20;

/// What a testee is asked to be.
pub enum Role {
    /// An echo server that listens until it is killed.
    Server { port: u16 },
    /// A client that runs every case.
    Client { url: String, agent: String, jobs: usize },
}

impl Role {
    /// From the command line.
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match arguments[..] {
            ["server", port] => Self::Server { port: port.parse().expect("PORT is a number") },
            ["client", url, agent, jobs] => Self::Client {
                url: url.to_owned(),
                agent: agent.to_owned(),
                jobs: jobs.parse().expect("JOBS is a number"),
            },
            _ => panic!("usage: server PORT | client URL AGENT JOBS"),
        }
    }
}

/// Runs every case, `jobs` at a time, in order, and asks for the reports.
///
/// `talk` opens a connection and stays until it is closed. It echoes every message if asked to, and returns the last
/// text message.
pub async fn run_all<T>(base: &str, agent: &str, jobs: usize, talk: impl Fn(String, bool) -> T)
where
    T: Future<Output = Option<String>>,
{
    let count =
        talk(format!("{base}/getCaseCount"), false).await.expect("the server tells the number of cases");
    let count: u32 = count.parse().expect("the number of cases is a number");
    let next = AtomicU32::new(1);
    join_all((0..jobs).map(|_| async {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > count {
                return;
            }
            talk(format!("{base}/runCase?case={number}&agent={agent}"), true).await;
        }
    }))
    .await;
    talk(format!("{base}/updateReports?agent={agent}"), false).await;
}
