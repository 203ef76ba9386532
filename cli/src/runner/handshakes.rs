//! What the opening handshakes of a run have shown: whether all of them fail alike, and whether it is for what is offered.
//!
//! A server that refuses every handshake for the same reason, such as a wrong path, would get the same line for each of
//! hundreds of cases. So the run stops once [`ENOUGH`] handshakes, and one with each offer of compression that the run
//! has, failed in the same way and none was completed.
//!
//! A server that refuses what is offered, where it should decline it, is told so: for that the handshake must have worked
//! without the offer. Mostly another case has shown that; else it is tried, once.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::sync::OnceCell;
use wsproof_scenarios::finding::{FindingKind, HandshakeFailure};
use wsproof_scenarios::{Case, CaseRef, Outcome};

/// So many handshakes that fail alike are enough.
const ENOUGH: u32 = 16;

/// The opening handshakes of a run.
#[derive(Debug)]
pub(super) struct Handshakes {
    seen: Mutex<Seen>,
    /// Whether one without an offer works, as a try for that alone has shown.
    tried: OnceCell<bool>,
}

#[derive(Debug)]
struct Seen {
    /// Those that failed with an answer, and those that got none: a server that is asked for many at a time may leave some
    /// of them without one, whatever it says to the others.
    answered: Failures,
    unanswered: Failures,
    /// One was completed.
    completed: bool,
    /// What one without an offer came to.
    without_offer: Option<bool>,
    /// Offers of the run with which no case has begun yet.
    unbegun: HashSet<Option<String>>,
    /// Those with which no handshake has failed yet.
    untried: HashSet<Option<String>>,
}

impl Seen {
    fn alike(&self) -> Option<&HandshakeFailure> {
        let failures = if self.answered.count > 0 { &self.answered } else { &self.unanswered };
        failures.alike().filter(|_| !self.completed)
    }
}

#[derive(Debug, Default)]
struct Failures {
    count: u32,
    /// How the first of them failed.
    how: Option<HandshakeFailure>,
    /// Others failed in another way.
    differ: bool,
}

impl Failures {
    fn note(&mut self, how: &HandshakeFailure) {
        self.count += 1;
        self.differ |= self.how.as_ref().is_some_and(|first| !first.is_like(how));
        self.how.get_or_insert_with(|| how.clone());
    }

    fn alike(&self) -> Option<&HandshakeFailure> {
        self.how.as_ref().filter(|_| self.count >= ENOUGH && !self.differ)
    }
}

impl Handshakes {
    /// For a run of these cases.
    pub(super) fn new(cases: &[CaseRef]) -> Self {
        let offers: HashSet<_> = cases.iter().map(|case| case.offer()).collect();
        let seen = Seen {
            answered: Failures::default(),
            unanswered: Failures::default(),
            completed: false,
            without_offer: None,
            unbegun: offers.clone(),
            untried: offers,
        };
        Self { seen: Mutex::new(seen), tried: OnceCell::new() }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a finished case.
    pub(super) fn note(&self, case: &Case, outcome: &Outcome) {
        let mut seen = self.seen();
        let offer = case.offer();
        if offer.is_none() {
            let works = seen.without_offer.get_or_insert(false);
            *works |= outcome.facts.opened;
        }
        match failure(outcome) {
            // That was our doing.
            Some(HandshakeFailure::CutOff) => {}
            Some(how) => {
                if outcome.may_be_load() {
                    seen.unanswered.note(how);
                } else {
                    seen.answered.note(how);
                }
                seen.untried.remove(&offer);
            }
            None => seen.completed |= outcome.facts.opened,
        }
    }

    /// Whether one was completed: then the URL, its scheme and what is asked for are right.
    pub(super) fn has_worked(&self) -> bool {
        self.seen().completed
    }

    /// How all of them failed, if that is enough to stop the run.
    pub(super) fn all_failed_alike(&self) -> Option<HandshakeFailure> {
        let seen = self.seen();
        seen.alike().filter(|_| seen.untried.is_empty()).cloned()
    }

    /// Whether so many have failed in the same way that it may be the same with the rest.
    pub(super) fn looks_closed(&self) -> bool {
        self.seen().alike().is_some()
    }

    /// Which of these cases is to come next, out of its turn: one with an offer that no case had so far, once all others
    /// failed alike.
    pub(super) fn next<'a>(&self, mut queue: impl Iterator<Item = &'a CaseRef>) -> Option<usize> {
        let seen = self.seen();
        seen.alike()?;
        queue.position(|case| seen.unbegun.contains(&case.offer()))
    }

    /// This case begins.
    pub(super) fn begins(&self, case: &Case) {
        let mut seen = self.seen();
        if !seen.unbegun.is_empty() {
            seen.unbegun.remove(&case.offer());
        }
    }

    /// Adds to an outcome whose handshake failed that it works without what was offered, if it does. `try_without` says
    /// whether one without an offer is completed, for a run that has shown it in no case.
    pub(super) async fn tell_of_the_offer(
        &self,
        case: &Case,
        outcome: &mut Outcome,
        try_without: impl Future<Output = bool>,
    ) {
        let Some(offer) = case.offer() else { return };
        match failure(outcome) {
            None | Some(HandshakeFailure::CutOff | HandshakeFailure::TimedOut { .. }) => return,
            Some(_) => {}
        }
        let known = self.seen().without_offer;
        let works = match known {
            Some(works) => works,
            None => *self.tried.get_or_init(|| try_without).await,
        };
        if works {
            outcome.handshake_works_without(offer);
        }
    }
}

/// Whether the handshake of a case failed in this way.
pub(super) fn failed_so(outcome: &Outcome, why: &HandshakeFailure) -> bool {
    failure(outcome).is_some_and(|how| how.is_like(why))
}

/// How the handshake of a case failed, if it did.
fn failure(outcome: &Outcome) -> Option<&HandshakeFailure> {
    outcome.findings.iter().find_map(|finding| match &finding.kind {
        FindingKind::HandshakeFailed { why, .. } => Some(why),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsproof_scenarios::{Action, ClientRequest, Session, SessionOptions, TcpEnd, catalogue};

    use super::*;

    fn case(id: &str) -> CaseRef {
        catalogue::find(id.parse().unwrap()).unwrap().into()
    }

    /// What becomes of a case whose server answers this status and hangs up; 101 is a right answer.
    fn outcome(case: &Case, status: u16) -> Outcome {
        let mut session = Session::connect(case, ClientRequest::new("h:1", "/"), SessionOptions::default());
        let Action::Write(request) = session.poll(Duration::ZERO) else { panic!() };
        let request = String::from_utf8(request.to_vec()).unwrap();
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = wsproof_core::handshake::accept_key(key);
        let head = format!(
            "HTTP/1.1 {status} x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        session.receive(&mut head.into_bytes(), Duration::ZERO);
        session.peer_closed(TcpEnd::Fin, Duration::ZERO);
        session.into_outcome("a".to_owned(), 1, 0)
    }

    /// After so many handshakes of 1.1.1 with this status.
    fn after(count: u32, status: u16) -> Handshakes {
        let handshakes = Handshakes::new(&[case("1.1.1"), case("12.1.1"), case("13.3.1")]);
        handshakes.begins(&case("1.1.1"));
        for _ in 0..count {
            handshakes.note(&case("1.1.1"), &outcome(&case("1.1.1"), status));
        }
        handshakes
    }

    #[test]
    fn each_offer_is_tried_before_the_run_stops() {
        let queue = [case("1.1.2"), case("12.1.2"), case("12.1.1"), case("13.3.1")];
        assert_eq!(after(ENOUGH - 1, 404).next(queue.iter()), None);
        let handshakes = after(ENOUGH, 404);
        assert_eq!(handshakes.next(queue.iter()), Some(1), "12.1.2 offers what 12.1.1 does");
        handshakes.begins(&queue[1]);
        assert_eq!(handshakes.next(queue.iter()), Some(3), "one with each offer is enough");
        assert_eq!(handshakes.all_failed_alike(), None);
        for id in ["12.1.2", "13.3.1"] {
            handshakes.begins(&case(id));
            handshakes.note(&case(id), &outcome(&case(id), 404));
        }
        assert_eq!(handshakes.next(queue.iter()), None);
        let Some(HandshakeFailure::Refused(refusal)) = handshakes.all_failed_alike() else { panic!() };
        assert_eq!(refusal.status, 404);
    }

    #[test]
    fn some_without_an_answer_among_many_refused_change_nothing() {
        let unanswered = |count| {
            let handshakes = after(count, 404);
            let case = case("1.1.1");
            let mut session =
                Session::connect(&case, ClientRequest::new("h:1", "/"), SessionOptions::default());
            session.poll(Duration::ZERO);
            session.peer_closed(TcpEnd::Fin, Duration::ZERO);
            handshakes.note(&case, &session.into_outcome("a".to_owned(), 1, 0));
            handshakes
        };
        assert!(unanswered(ENOUGH).looks_closed());
        assert!(!unanswered(ENOUGH - 1).looks_closed());
    }

    #[test]
    fn another_answer_or_a_connection_lets_the_run_go_on() {
        for (id, status) in [("12.1.1", 400), ("12.1.1", 101), ("1.1.1", 101)] {
            let handshakes = after(ENOUGH, 404);
            for id in [id, "12.1.1", "13.3.1"] {
                handshakes.note(&case(id), &outcome(&case(id), status));
            }
            assert_eq!(handshakes.all_failed_alike(), None, "{id} {status}");
        }
    }

    #[tokio::test]
    async fn the_offer_is_blamed_only_if_the_handshake_works_without() {
        async fn blamed(handshakes: &Handshakes, id: &str, works: bool) -> bool {
            let case = case(id);
            let mut outcome = outcome(&case, 400);
            handshakes.tell_of_the_offer(&case, &mut outcome, async { works }).await;
            let told = outcome.reason.contains("works without our offer `permessage-deflate; client_no");
            assert_eq!(told, outcome.reason.contains("declines"), "{}", outcome.reason);
            told
        }
        // Another case has shown it, so nothing is tried.
        assert!(blamed(&after(1, 101), "13.3.1", false).await);
        assert!(!blamed(&after(1, 400), "13.3.1", true).await);
        assert!(!blamed(&after(1, 101), "1.1.1", true).await, "it offers nothing");
        // None has: it is tried, once.
        let handshakes = after(0, 101);
        assert!(blamed(&handshakes, "13.3.1", true).await);
        assert!(blamed(&handshakes, "13.3.1", false).await);
        assert!(!blamed(&after(0, 101), "13.3.1", false).await);
    }
}
