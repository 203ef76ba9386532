//! Cases that are run again, alone, before they are judged.
//!
//! Cases run side by side, and a machine that is busy with many of them may be late for one, or a testee turn one away. So
//! a failure that this could explain is not told at once: the case is held back, and run again at the end, when nothing else
//! runs. What that run shows is the outcome.
//!
//! A testee that is at fault in one way in hundreds of cases would take minutes so. Once [`SAMPLE`] cases with the same
//! finding have shown the same again, alone, the others keep their first outcome and say so ([`Rerun::Sampled`]).

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use wsproof_scenarios::finding::{FindingKind, Rerun};
use wsproof_scenarios::{CaseRef, Outcome};

/// So many cases with the same finding are run again; if all of them show it again, no more are.
pub(super) const SAMPLE: u32 = 8;

/// Outcomes that are held back.
#[derive(Debug, Default)]
pub(super) struct Held {
    cases: Vec<(CaseRef, Outcome)>,
    /// Octets of these outcomes.
    weight: usize,
    /// How many cases in a row showed the same when they were run again, by the finding that decided the first run.
    confirmed: HashMap<Discriminant<FindingKind>, u32>,
}

/// What is to be done with a case that was held back.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Run it again, alone.
    Again(CaseRef, Outcome),
    /// It is judged.
    Judged(Outcome),
}

impl Held {
    /// Holds an outcome back.
    pub(super) fn push(&mut self, case: CaseRef, outcome: Outcome) {
        self.weight += outcome.weight();
        self.cases.push((case, outcome));
    }

    /// About how many octets of memory the outcomes take that are held back.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// The next case, in the order of their numbers.
    pub(super) fn next(&mut self) -> Option<Verdict> {
        let first = (0..self.cases.len()).min_by_key(|at| self.cases[*at].1.id)?;
        let (case, mut outcome) = self.cases.swap_remove(first);
        self.weight = self.weight.saturating_sub(outcome.weight());
        let sampled = cause(&outcome).is_some_and(|cause| self.confirmed.get(&cause) >= Some(&SAMPLE));
        Some(if sampled {
            outcome.rerun = Some(Rerun::Sampled);
            Verdict::Judged(outcome)
        } else {
            Verdict::Again(case, outcome)
        })
    }

    /// Takes note of what the second run of a case has shown, and gives back the outcome.
    pub(super) fn compare(&mut self, first: &Outcome, mut second: Outcome) -> Outcome {
        if let Some(cause) = cause(first) {
            let confirmed = self.confirmed.entry(cause).or_default();
            *confirmed = if second.may_be_load() { *confirmed + 1 } else { 0 };
        }
        second.rerun = Some(Rerun::Alone);
        second
    }

    /// Drops those for which this is not so.
    pub(super) fn keep(&mut self, is_so: impl Fn(&Outcome) -> bool) {
        self.cases.retain(|(_, outcome)| is_so(outcome));
    }

    /// All that is still held back, as it was.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Outcome> + '_ {
        self.cases.drain(..).map(|(_, outcome)| outcome)
    }
}

/// The kind of finding that decided an outcome.
fn cause(outcome: &Outcome) -> Option<Discriminant<FindingKind>> {
    outcome.findings.iter().find(|finding| finding.weight.fails()).map(|finding| discriminant(&finding.kind))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsproof_scenarios::{Action, ClientRequest, Session, SessionOptions, TcpEnd, catalogue};

    use super::*;

    /// What becomes of a case whose server completes the handshake, and after that answers nothing but the close frame, or
    /// drops TCP.
    fn outcome(id: &str, silent: bool) -> (CaseRef, Outcome) {
        let case = catalogue::find(id.parse().unwrap()).unwrap();
        let mut session = Session::connect(case, ClientRequest::new("h:1", "/"), SessionOptions::default());
        let Action::Write(request) = session.poll(Duration::ZERO) else { panic!() };
        let request = String::from_utf8(request.to_vec()).unwrap();
        session.wrote(request.len(), Duration::ZERO);
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let mut response = format!(
            "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            wsproof_core::handshake::accept_key(key)
        )
        .into_bytes();
        session.receive(&mut response, Duration::ZERO);
        let mut now = Duration::ZERO;
        if !silent {
            session.peer_closed(TcpEnd::Fin, now);
        }
        loop {
            match session.poll(now) {
                Action::Write(octets) => {
                    let (len, closes) = (octets.len(), octets[0] == 0x88);
                    session.wrote(len, now);
                    if closes {
                        session.receive(&mut [0x88, 2, 0x03, 0xe9], now);
                        session.peer_closed(TcpEnd::Fin, now);
                    }
                }
                Action::Wait(until) => now = until.unwrap(),
                Action::Drop(_) | Action::Done => break,
            }
        }
        (case.into(), session.into_outcome("a".to_owned(), 1, 0))
    }

    #[test]
    fn silence_may_be_load_and_a_drop_is_not() {
        assert!(outcome("1.1.2", true).1.may_be_load());
        assert!(!outcome("1.1.2", false).1.may_be_load());
    }

    #[test]
    fn a_sample_stands_for_the_rest_only_while_all_of_it_agrees() {
        let mut held = Held::default();
        let ids = ["1.1.2", "1.1.3", "1.1.4", "1.1.5", "1.1.6", "1.1.7", "1.1.8", "1.2.2", "1.2.3", "1.2.4"];
        for id in ids {
            let (case, outcome) = outcome(id, true);
            held.push(case, outcome);
        }
        let mut again = 0;
        while let Some(next) = held.next() {
            match next {
                Verdict::Again(case, first) => {
                    again += 1;
                    let second = held.compare(&first, outcome(&case.id.to_string(), true).1);
                    assert_eq!(second.rerun, Some(Rerun::Alone));
                }
                Verdict::Judged(outcome) => assert_eq!(outcome.rerun, Some(Rerun::Sampled)),
            }
        }
        assert_eq!(again, SAMPLE);
        // One that is right when it runs alone: the next are run again.
        let (case, silent) = outcome("1.2.5", true);
        held.compare(&silent, outcome("1.2.5", false).1);
        held.push(case, silent);
        assert!(matches!(held.next(), Some(Verdict::Again(..))));
    }
}
