//! A session in memory: octets and times are handed in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use napi::Result;
use napi::bindgen_prelude::{Buffer, Uint8Array};
use napi_derive::napi;
use wsproof_scenarios::{Action, ClientRequest, OwnedSession, SessionOptions, TcpEnd};

use crate::case::Case;
use crate::error::{milliseconds, usage};
use crate::outcome::Outcome;

/// One case against one end, without a socket and without a clock.
#[napi]
pub struct Session {
    session: OwnedSession,
    started_ms: u64,
}

/// What to do now.
#[napi(object)]
pub struct Step {
    /// `write`, `wait`, `drop` or `done`.
    pub what: String,
    /// What to write.
    pub octets: Option<Buffer>,
    /// Until when to wait, in milliseconds; nothing for "until something comes".
    pub until: Option<f64>,
}

#[napi]
impl Session {
    /// Tests a server, or, given the head of its request, a client.
    #[napi(constructor, catch_unwind)]
    pub fn new(case: &Case, host: String, resource: String, request: Option<Uint8Array>) -> Self {
        let options = SessionOptions::default();
        let session = match request {
            None => OwnedSession::connect(case.0.clone(), ClientRequest::new(host, resource), options),
            Some(head) => OwnedSession::accept(case.0.clone(), &head, options, Duration::ZERO),
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { session, started_ms: since.as_millis() as u64 }
    }

    /// Takes octets that the testee sent.
    #[napi(catch_unwind)]
    pub fn receive(&mut self, octets: Uint8Array, now: f64) -> Result<()> {
        let now = milliseconds("now", now)?;
        self.session.receive(&octets, now);
        Ok(())
    }

    /// The testee closed the connection.
    #[napi(catch_unwind)]
    pub fn peer_closed(&mut self, now: f64) -> Result<()> {
        self.session.peer_closed(TcpEnd::Fin, milliseconds("now", now)?);
        Ok(())
    }

    /// What to do now.
    #[napi(catch_unwind)]
    pub fn poll(&mut self, now: f64) -> Result<Step> {
        let now = milliseconds("now", now)?;
        let step = |what: &str| Step { what: what.to_owned(), octets: None, until: None };
        Ok(self.session.poll(now, |action| match action {
            Action::Write(octets) => Step { octets: Some(octets.to_vec().into()), ..step("write") },
            Action::Wait(until) => {
                Step { until: until.map(|until| until.as_secs_f64() * 1000.0), ..step("wait") }
            }
            Action::Drop(_) => step("drop"),
            Action::Done => step("done"),
        }))
    }

    /// So many octets of the last write were taken.
    #[napi(catch_unwind)]
    pub fn wrote(&mut self, octets: u32, now: f64) -> Result<()> {
        self.session.wrote(octets as usize, milliseconds("now", now)?);
        Ok(())
    }

    /// Ends the session and judges it. Can be called once.
    #[napi(catch_unwind)]
    pub fn outcome(&mut self, agent: String) -> Result<Outcome> {
        let outcome = self.session.take_outcome(agent, self.started_ms);
        outcome
            .map(|outcome| Outcome(outcome.into()))
            .ok_or_else(|| usage("the outcome of this session was taken already"))
    }
}
