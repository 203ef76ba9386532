//! Whether a testee was ever seen alive.
//!
//! Many cases are passed by a testee that drops TCP and does nothing else, since that is a legal way to refuse a bad
//! frame. A testee that is dead drops TCP too. One case can't tell the two apart, a run can: a testee that answered
//! anything in any case is alive. If none of its cases shows that by the end of the run, those that it seemed to pass
//! are `incomplete`. Autobahn's pair of verdicts stays as it is.

use std::collections::{BTreeSet, HashMap};

use wsproof_core::frame::Opcode;
use wsproof_scenarios::finding::FindingKind;
use wsproof_scenarios::{CaseId, Outcome, Verdict};

/// What the outcomes of a run have shown, for each testee by its name.
#[derive(Debug, Default)]
pub struct Liveness(HashMap<String, Signs>);

#[derive(Debug)]
enum Signs {
    /// It answered something.
    Alive,
    /// It answered nothing so far.
    None {
        /// Cases that it seemed to pass.
        seemed: BTreeSet<CaseId>,
        /// An answer was demanded in vain.
        failed: bool,
    },
}

impl Liveness {
    /// Takes note of an outcome.
    pub fn note(&mut self, outcome: &Outcome) {
        let new = || Signs::None { seemed: BTreeSet::new(), failed: false };
        let signs = match self.0.get_mut(&outcome.agent) {
            Some(signs) => signs,
            None => self.0.entry(outcome.agent.clone()).or_insert_with(new),
        };
        let Signs::None { seemed, failed } = signs else { return };
        if has_answered(outcome) {
            *signs = Signs::Alive;
        } else if outcome.verdict <= Verdict::PassWithNotes {
            seemed.insert(outcome.id);
        } else {
            seemed.remove(&outcome.id);
            *failed = true;
        }
    }

    /// The results that prove nothing, by testee and case. To be asked at the end of the run; [`Liveness::revise`] says
    /// what becomes of each.
    pub fn unproven(&self) -> Vec<(&str, CaseId)> {
        let mut unproven = Vec::new();
        for (agent, signs) in &self.0 {
            if let Signs::None { seemed, .. } = signs {
                unproven.extend(seemed.iter().map(|id| (agent.as_str(), *id)));
            }
        }
        unproven
    }

    /// The outcome as it is when the testee was never seen alive; `None` if it stays as it is.
    pub fn revise(&self, mut outcome: Outcome) -> Option<Outcome> {
        let Some(Signs::None { failed, .. }) = self.0.get(&outcome.agent) else { return None };
        // A close frame is a sign of life where nothing else was asked for.
        if !failed && sent(&outcome, Opcode::CLOSE) {
            return None;
        }
        outcome.overrule(FindingKind::NeverAlive { demanded: *failed }.into());
        Some(outcome)
    }
}

/// Whether the testee sent a message, answered a ping, or answered our close frame.
fn has_answered(outcome: &Outcome) -> bool {
    let messages = [Opcode::TEXT, Opcode::BINARY].into_iter().any(|opcode| sent(outcome, opcode));
    let pinged = outcome.transcript.sent_frames.get(&Opcode::PING.get()).is_some_and(|count| *count > 0);
    messages || pinged && sent(outcome, Opcode::PONG) || outcome.facts.closed_by_me && outcome.facts.was_clean
}

/// Whether the testee sent a frame of this kind.
fn sent(outcome: &Outcome, opcode: Opcode) -> bool {
    outcome.transcript.received_frames.get(&opcode.get()).is_some_and(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsproof_scenarios::{Session, SessionOptions, TcpEnd, catalogue};

    use super::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    /// A close frame with code 1002, masked with zeros.
    const REFUSAL: &[u8] = b"\x88\x82\0\0\0\0\x03\xea";
    /// The text of case 1.1.2.
    const ECHO_LEN: u8 = 125;

    /// What becomes of a case whose client sends these octets and drops TCP.
    fn outcome(id: &str, octets: &[u8]) -> Outcome {
        let case = catalogue::find(id.parse().unwrap()).unwrap();
        let mut session = Session::accept(case, HEAD, SessionOptions::default(), Duration::ZERO);
        session.receive(&mut octets.to_vec(), Duration::ZERO);
        session.peer_closed(TcpEnd::Fin, Duration::ZERO);
        session.into_outcome("a".to_owned(), 1, 0)
    }

    fn echo() -> Outcome {
        let mut octets = vec![0x81, 0x80 | ECHO_LEN, 0, 0, 0, 0];
        octets.extend_from_slice(&[b'*'; ECHO_LEN as usize]);
        outcome("1.1.2", &octets)
    }

    fn revised(outcomes: &[Outcome]) -> Vec<(CaseId, Verdict)> {
        let mut liveness = Liveness::default();
        outcomes.iter().for_each(|outcome| liveness.note(outcome));
        let unproven = liveness.unproven();
        let of = |id| outcomes.iter().find(|outcome| outcome.id == id).unwrap().clone();
        let revised = unproven.into_iter().filter_map(|(_, id)| liveness.revise(of(id)));
        revised.map(|outcome| (outcome.id, outcome.verdict)).collect()
    }

    #[test]
    fn a_testee_that_only_drops_tcp_passes_nothing() {
        for id in ["3.1", "4.1.3", "5.9", "6.3.1", "7.1.6", "7.3.2", "7.9.1"] {
            let dropped = outcome(id, b"");
            assert_eq!(dropped.verdict, Verdict::PassWithNotes, "{id}");
            assert_eq!(revised(&[dropped]), [(id.parse().unwrap(), Verdict::Incomplete)]);
        }
    }

    #[test]
    fn one_answer_proves_the_whole_run() {
        for outcomes in [[outcome("3.1", b""), echo()], [echo(), outcome("3.1", b"")]] {
            assert_eq!(revised(&outcomes), []);
        }
    }

    #[test]
    fn a_close_frame_proves_life_unless_an_answer_was_demanded_in_vain() {
        let refused = outcome("3.1", REFUSAL);
        assert_eq!(refused.verdict, Verdict::Pass);
        assert_eq!(revised(std::slice::from_ref(&refused)), []);
        // It closes whatever is sent.
        let id = refused.id;
        assert_eq!(revised(&[refused, outcome("1.1.2", REFUSAL)]), [(id, Verdict::Incomplete)]);
    }

    #[test]
    fn testees_are_told_apart() {
        let mut other = echo();
        other.agent = "b".to_owned();
        assert_eq!(revised(&[other, outcome("3.1", b"")]).len(), 1);
    }
}
