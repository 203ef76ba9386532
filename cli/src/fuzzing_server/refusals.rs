//! Requests that the server refused, told so that users see why their client is not tested.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wsproof_report::visible::visible_short;

use super::{Event, upgrade};

/// So many different reasons are told; a client that invents new ones must fill neither memory nor terminal.
const MAX_TOLD: usize = 10;

/// Reasons are cut to so many characters.
const MAX_REASON: usize = 300;

/// Counts the requests that were not served, and remembers why.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    count: u64,
    last: Option<String>,
    told: Vec<String>,
}

impl Refusals {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of an event. A line for people, if it tells of a refusal and that reason was not told before.
    pub fn note(&self, event: &Event<'_>) -> Option<String> {
        let (peer, why) = match event {
            Event::Refused { peer, status: Some(status), reason } => (peer, format!("{status}: {reason}")),
            Event::Refused { peer, status: None, reason } => (peer, (*reason).to_owned()),
            Event::PlainRequest { peer } => (peer, format!("200: {}", upgrade::PLAIN)),
            _ => return None,
        };
        let why = visible_short(&why, MAX_REASON);
        let mut state = self.state();
        state.count += 1;
        state.last = Some(why.clone());
        if state.told.contains(&why) || state.told.len() >= MAX_TOLD {
            return None;
        }
        let mut line = format!("{peer} was not served: {why}");
        state.told.push(why);
        if state.told.len() == MAX_TOLD {
            let _ = write!(line, "\nOther reasons, if there are any, are not told.");
        }
        Some(line)
    }

    /// How many requests were not served.
    pub fn count(&self) -> u64 {
        self.state().count
    }

    /// Why the last of them was not: the HTTP status, if it was answered, and what was wrong.
    pub fn last(&self) -> Option<String> {
        self.state().last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Peer;

    #[test]
    fn each_reason_is_told_once_and_all_are_counted() {
        let refusals = Refusals::default();
        let peer = Peer::Tcp("127.0.0.1:4711".parse().unwrap());
        let no_key = Event::Refused { peer, status: Some(400), reason: "no key\x1b[31m" };
        let told = refusals.note(&no_key).unwrap();
        assert_eq!(told, "127.0.0.1:4711 was not served: 400: no key⟨ESC⟩[31m");
        assert_eq!(refusals.note(&no_key), None);
        assert!(refusals.note(&Event::PlainRequest { peer }).unwrap().contains("200: "));
        assert_eq!(refusals.note(&Event::DirectMode { peer }), None);
        assert_eq!(refusals.count(), 3);
        assert!(refusals.last().unwrap().starts_with("200: "));
        let lines = (0..100).filter_map(|n| {
            refusals.note(&Event::Refused { peer, status: None, reason: &format!("reason {n}") })
        });
        let lines: Vec<String> = lines.collect();
        assert_eq!(lines.len(), MAX_TOLD - 2);
        assert!(lines.last().unwrap().ends_with("are not told."));
        assert_eq!(refusals.last().unwrap(), "reason 99");
    }
}
