//! A session in memory: octets and times are handed in.

use std::time::Duration;

use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wsproof_scenarios::{Action, ClientRequest, OwnedSession, SessionOptions, TcpEnd, time};

use crate::case::Case;
use crate::outcome::Outcome;
use crate::refusal;

/// One case against one end, without a socket and without a clock. Times are milliseconds.
#[wasm_bindgen]
pub struct Session {
    session: OwnedSession,
    started_ms: u64,
    /// What the last step said to write.
    octets: Vec<u8>,
    /// Until when it said to wait.
    until: Option<f64>,
}

/// What to do now.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub enum Step {
    /// Write [`Session::octets`].
    Write,
    /// Wait until [`Session::until`], or until something comes.
    Wait,
    /// Drop the connection.
    Drop,
    /// Nothing: the session is over.
    Done,
}

#[wasm_bindgen]
impl Session {
    /// Tests a server, or, given the head of its request, a client. `started_ms` is when that is, since 1970.
    #[wasm_bindgen(constructor)]
    pub fn new(
        case: &Case,
        host: String,
        resource: String,
        request: Option<Vec<u8>>,
        started_ms: f64,
    ) -> Self {
        let options = SessionOptions::default();
        let session = match request {
            None => OwnedSession::connect(case.0.clone(), ClientRequest::new(host, resource), options),
            Some(head) => OwnedSession::accept(case.0.clone(), &head, options, Duration::ZERO),
        };
        Self { session, started_ms: started_ms as u64, octets: Vec::new(), until: None }
    }

    /// Takes octets that the testee sent.
    ///
    /// # Errors
    ///
    /// `now` is no time; so with all that take it.
    pub fn receive(&mut self, octets: &[u8], now: f64) -> Result<(), JsError> {
        self.session.receive(octets, milliseconds(now)?);
        Ok(())
    }

    /// The testee closed the connection.
    #[wasm_bindgen(js_name = peerClosed)]
    pub fn peer_closed(&mut self, now: f64) -> Result<(), JsError> {
        self.session.peer_closed(TcpEnd::Fin, milliseconds(now)?);
        Ok(())
    }

    /// What to do now.
    pub fn poll(&mut self, now: f64) -> Result<Step, JsError> {
        let now = milliseconds(now)?;
        let Self { session, octets, until, .. } = self;
        Ok(session.poll(now, |action| match action {
            Action::Write(piece) => {
                *octets = piece.to_vec();
                Step::Write
            }
            Action::Wait(time) => {
                *until = time.map(|time| time.as_secs_f64() * 1e3);
                Step::Wait
            }
            Action::Drop(_) => Step::Drop,
            Action::Done => Step::Done,
        }))
    }

    /// What the last step said to write; once.
    pub fn octets(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.octets)
    }

    /// Until when the last step said to wait; nothing for "until something comes".
    pub fn until(&self) -> Option<f64> {
        self.until
    }

    /// So many octets of the last write were taken.
    pub fn wrote(&mut self, octets: usize, now: f64) -> Result<(), JsError> {
        self.session.wrote(octets, milliseconds(now)?);
        Ok(())
    }

    /// Ends the session and judges it.
    ///
    /// # Errors
    ///
    /// That was done before.
    pub fn outcome(&mut self, agent: String) -> Result<Outcome, JsError> {
        let outcome = self.session.take_outcome(agent, self.started_ms);
        outcome.map(Outcome).ok_or_else(|| refusal("the outcome of this session was taken already"))
    }
}

fn milliseconds(now: f64) -> Result<Duration, JsError> {
    time::milliseconds("now", now).map_err(refusal)
}
