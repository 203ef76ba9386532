//! The reference client: runs all cases of a fuzzing server, sending every message back.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::timeout;
use wsproof_core::connection::{Connection, KeySource, TcpAction};
use wsproof_core::deflate::{self, Offer};
use wsproof_core::handshake::{ExtensionList, Key, Request, Response, check_response};
use wsproof_scenarios::{CaseId, CaseRef, catalogue};

use super::echo::{self, Echo, Handler, Keep};
use crate::exit::Failure;
use crate::net::{ConnectOptions, Connector, Route, Stream, Url};
use crate::runner::Schedule;

/// Time for connecting and for the opening handshake, each.
const OPENING: Duration = Duration::from_secs(10);

/// How long a server may take to hang up after the closing handshake.
const LINGER: Duration = Duration::from_secs(2);

/// No fuzzing server has more cases than this.
const MAX_CASES: usize = 100_000;

/// How the cases of a fuzzing server are to be run.
#[derive(Debug, Clone)]
pub struct EchoClient {
    /// Where the fuzzing server is. Path and query are used only by [`EchoClient::visit`].
    pub url: Url,
    /// The name under which the server reports on us.
    pub agent: String,
    /// Cases side by side.
    pub jobs: usize,
    /// The server's cases in its order, if they are known. Otherwise the server is asked, so that cases that keep both
    /// sides busy do not run beside those that measure half a second.
    pub cases: Option<Vec<CaseRef>>,
    /// TLS, for `wss`, or a Unix socket.
    pub connect: ConnectOptions,
}

impl EchoClient {
    /// Asks for the number of cases, runs them all, has the reports written. Returns how many cases there were.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer as a fuzzing server does.
    pub async fn run(&self) -> Result<usize, Failure> {
        let caller = Arc::new(self.caller().await?);
        let agent = percent_encode(&self.agent);
        let count = self.count(&caller).await?;
        for (numbers, jobs) in self.plan(&caller, count).await {
            let queue = Arc::new(Mutex::new(VecDeque::from(numbers)));
            let mut workers = JoinSet::new();
            for _ in 0..jobs {
                workers.spawn(run_cases(caller.clone(), queue.clone(), agent.clone()));
            }
            while let Some(result) = workers.join_next().await {
                result.map_err(Failure::incomplete)??;
            }
        }
        let resource = format!("/updateReports?agent={agent}");
        match caller.call(&resource, &mut Keep::default()).await {
            Ok(()) | Err(CallError::Broken(_)) => Ok(count),
            Err(error) => Err(Failure::incomplete(format!("the reports were not updated: {error}"))),
        }
    }

    /// The numbers of the cases, stage by stage, with how many of each stage run at a time.
    async fn plan(&self, caller: &Caller, count: usize) -> Vec<(Vec<usize>, usize)> {
        let jobs = self.jobs.clamp(1, 1024);
        if jobs == 1 {
            return vec![((1..=count).collect(), 1)];
        }
        let mut numbers = BTreeMap::new();
        let mut strangers = Vec::new();
        for number in 1..=count {
            let case = match &self.cases {
                Some(cases) => cases.get(number - 1).cloned(),
                None => caller.case(number).await,
            };
            match case {
                Some(case) => drop(numbers.insert(case.id, (number, case))),
                None => strangers.push(number),
            }
        }
        let cases: Vec<CaseRef> = numbers.values().map(|(_, case)| case.clone()).collect();
        let mut schedule = Schedule::new(&cases, jobs);
        // What is not known may be heavy.
        let mut stages = vec![(strangers, 1)];
        while let Some(stage) = schedule.next_stage() {
            stages.push((stage.cases.iter().map(|case| numbers[&case.id].0).collect(), stage.jobs));
        }
        stages
    }

    /// Opens one connection to the URL, path and query included, and echoes until the server ends it.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the connection.
    pub async fn visit(&self) -> Result<(), Failure> {
        let caller = self.caller().await?;
        match caller.call(self.url.resource(), &mut Echo).await {
            Ok(()) | Err(CallError::Broken(_)) => Ok(()),
            Err(error) => Err(Failure::incomplete(format!("{}: {error}", self.url))),
        }
    }

    async fn caller(&self) -> Result<Caller, Failure> {
        let route = Route::new(&self.url, &self.connect).map_err(Failure::wrong_use)?;
        let connector = Connector::new(&route, OPENING).await.map_err(Failure::incomplete)?;
        Ok(Caller { connector, url: self.url.clone() })
    }

    async fn count(&self, caller: &Caller) -> Result<usize, Failure> {
        let mut answer = Keep::default();
        let result = caller.call("/getCaseCount", &mut answer).await;
        let count = answer.0.as_deref().and_then(|text| std::str::from_utf8(text).ok()?.trim().parse().ok());
        match (count, result) {
            (Some(count), _) if count <= MAX_CASES => Ok(count),
            (_, Err(error)) => {
                Err(Failure::incomplete(format!("no fuzzing server at {}: {error}", self.url)))
            }
            _ => Err(Failure::incomplete(format!(
                "{} does not tell how many cases it has: it is no fuzzing server",
                self.url
            ))),
        }
    }
}

async fn run_cases(
    caller: Arc<Caller>,
    queue: Arc<Mutex<VecDeque<usize>>>,
    agent: String,
) -> Result<(), Failure> {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    while let Some(number) = next() {
        let resource = format!("/runCase?case={number}&agent={agent}");
        match caller.call(&resource, &mut Echo).await {
            // The server may end a case as rudely as it likes; that belongs to the test.
            Ok(()) | Err(CallError::Broken(_)) => {}
            Err(error) => return Err(Failure::incomplete(format!("case {number}: {error}"))),
        }
    }
    Ok(())
}

enum CallError {
    /// The opening failed.
    Refused(String),
    /// The open connection broke.
    Broken(io::Error),
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Broken(error) => error.fmt(f),
        }
    }
}

/// What `/getCaseInfo` answers, as far as we need it.
#[derive(Deserialize)]
struct CaseInfo {
    id: CaseId,
}

struct Caller {
    connector: Connector,
    url: Url,
}

/// Masking keys from the system's random source.
struct RandomKeys;

impl KeySource for RandomKeys {
    fn next_key(&mut self) -> [u8; 4] {
        getrandom::u32().unwrap_or_default().to_ne_bytes()
    }
}

impl Caller {
    /// The case of this number, if it is one of ours.
    async fn case(&self, number: usize) -> Option<CaseRef> {
        let mut answer = Keep::default();
        // Servers that do not know the question leave us without an answer.
        let _ = self.call(&format!("/getCaseInfo?case={number}"), &mut answer).await;
        let info: CaseInfo = serde_json::from_slice(&answer.0?).ok()?;
        catalogue::find(info.id).map(CaseRef::from)
    }

    /// Opens a connection to this resource and serves it until the server ends it.
    async fn call(&self, resource: &str, handler: &mut impl Handler<RandomKeys>) -> Result<(), CallError> {
        let refused = |error: &dyn std::fmt::Display| CallError::Refused(error.to_string());
        let mut stream = self.connector.connect(OPENING).await.map_err(|error| refused(&error))?;
        let (early, agreed) = match timeout(OPENING, self.open(&mut stream, resource)).await {
            Ok(opened) => opened.map_err(|error| refused(&error))?,
            Err(_) => return Err(refused(&"no answer to the opening handshake")),
        };
        let mut connection = Connection::client(echo::options(), RandomKeys);
        if let Some(agreed) = agreed {
            connection = connection.with_deflate(agreed, echo::compression());
        }
        let result = echo::converse(&mut stream, &mut connection, early, handler).await;
        if connection.tcp_action() == TcpAction::AwaitPeer {
            let mut scrap = [0; 1024];
            let farewell = async { while matches!(stream.read(&mut scrap).await, Ok(n) if n > 0) {} };
            // A server that does not hang up in time is hung up on.
            let _ = timeout(LINGER, farewell).await;
        }
        stream.close().await;
        result.map_err(CallError::Broken)
    }

    /// The opening handshake. Returns what came after the response, and what was agreed of compression.
    async fn open(
        &self,
        stream: &mut Stream,
        resource: &str,
    ) -> io::Result<(Vec<u8>, Option<deflate::Response>)> {
        let invalid =
            |error: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|error| invalid(&error))?;
        let key = Key::new(nonce);
        let offers = [Offer { client_max_window_bits: Some(None), ..Offer::default() }];
        let header = deflate::to_header(&offers);
        let mut request = Request::upgrade(resource, &self.url.authority(), &key)
            .and_then(|request| request.with_header("Sec-WebSocket-Extensions", &header))
            .map_err(|error| invalid(&error))?;
        if let Some(authorization) = self.url.authorization() {
            request =
                request.with_header("Authorization", &authorization).map_err(|error| invalid(&error))?;
        }
        stream.write_all(&request.to_bytes()).await?;
        stream.flush().await?;
        let (head, early) = echo::read_head(stream).await?;
        let response = Response::parse(&head).map_err(|error| invalid(&error))?;
        let (response, _) = response.ok_or_else(|| invalid(&"the answer is not HTTP"))?;
        let offered = ExtensionList::parse(&header).map_err(|error| invalid(&error))?;
        let agreement = check_response(&response, &key, &[], &offered).map_err(|error| invalid(&error))?;
        let agreed = deflate::agreed(&agreement.extensions, &offers).map_err(|error| invalid(&error))?;
        Ok((early, agreed))
    }
}

/// The text as it can stand in a query.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            encoded.push_str(&format!("%{octet:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_of_any_name_fit_into_a_query() {
        assert_eq!(percent_encode("my-lib 1.0/ä&b"), "my-lib%201.0%2F%C3%A4%26b");
    }
}
