//! How many cases a testee can take side by side, by how quickly it answers.
//!
//! A testee that needs a quarter of a second for its first frame while many cases run, and much less when it was alone, is
//! plainly slow: it answers one case late because it works on the others. Then half as many run side by side, and half of
//! that if it still is, down to one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wsproof_scenarios::{LogEvent, Outcome};

/// The pace is looked at each time so many cases have ended.
const WINDOW: usize = 16;

/// A testee whose median answer takes less than this is quick enough.
const SLOW: Duration = Duration::from_millis(250);

/// So many times the time that one answer took alone is more than the distance to the testee explains.
const TIMES_ALONE: u32 = 4;

/// Watches how quickly a testee answers.
#[derive(Debug)]
pub(super) struct Pace {
    /// How long an answer took when nothing else ran; `None` if that is not known, and then the pace is never lowered.
    alone: Option<Duration>,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    jobs: usize,
    answers: Vec<Duration>,
}

impl Pace {
    /// Begins with so many cases side by side.
    pub(super) fn new(jobs: usize, alone: Option<Duration>) -> Self {
        Self { alone, seen: Mutex::new(Seen { jobs, answers: Vec::new() }) }
    }

    /// How many cases may run side by side now.
    pub(super) fn jobs(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).jobs
    }

    /// Takes note of a finished case. Answers with the new number of cases side by side if that changes.
    pub(super) fn note(&self, outcome: &Outcome) -> Option<usize> {
        let alone = self.alone?;
        let answer = first_answer(outcome)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.answers.push(answer);
        if seen.answers.len() < WINDOW {
            return None;
        }
        let mut answers = std::mem::take(&mut seen.answers);
        answers.sort_unstable();
        let median = answers[WINDOW / 2];
        if median < SLOW || median < alone * TIMES_ALONE || seen.jobs == 1 {
            return None;
        }
        seen.jobs = (seen.jobs / 2).max(1);
        Some(seen.jobs)
    }
}

/// From our first frame to the testee's first one.
fn first_answer(outcome: &Outcome) -> Option<Duration> {
    let log = &outcome.transcript.wire_log;
    let sent = log.iter().find(|entry| matches!(entry.what, LogEvent::FrameSent { .. }))?;
    let received = log.iter().find(|entry| matches!(entry.what, LogEvent::FrameReceived { .. }))?;
    received.at().checked_sub(sent.at())
}

#[cfg(test)]
mod tests {
    use wsproof_scenarios::{ClientRequest, LogEntry, Session, SessionOptions, TcpEnd, catalogue};

    use super::*;

    fn answered_after(millis: u64) -> Outcome {
        let mut session =
            Session::connect(&catalogue::all()[0], ClientRequest::new("h:1", "/"), SessionOptions::default());
        session.peer_closed(TcpEnd::Fin, Duration::ZERO);
        let mut outcome = session.into_outcome("a".to_owned(), 1, 0);
        let payload = wsproof_scenarios::Excerpt::default();
        let sent = LogEvent::FrameSent {
            payload: payload.clone(),
            opcode: 1,
            fin: true,
            rsv: 0,
            mask: None,
            repeated_to: None,
            chop: None,
            sync: false,
        };
        let received = LogEvent::FrameReceived { payload, opcode: 1, fin: true, rsv: 0, mask: None };
        outcome.transcript.wire_log = vec![
            LogEntry { at_us: 500, what: sent, repeats: None },
            LogEntry { at_us: 500 + millis * 1000, what: received, repeats: None },
        ];
        outcome
    }

    fn jobs_after(pace: &Pace, millis: u64, cases: usize) -> usize {
        for _ in 0..cases {
            pace.note(&answered_after(millis));
        }
        pace.jobs()
    }

    #[test]
    fn a_slow_testee_gets_fewer_cases_at_a_time() {
        let pace = Pace::new(32, Some(Duration::from_millis(2)));
        assert_eq!(jobs_after(&pace, 400, WINDOW - 1), 32);
        assert_eq!(jobs_after(&pace, 400, 1), 16);
        assert_eq!(jobs_after(&pace, 400, 10 * WINDOW), 1);
        assert_eq!(jobs_after(&Pace::new(32, Some(Duration::from_millis(2))), 20, 10 * WINDOW), 32);
    }

    #[test]
    fn one_that_is_far_away_is_not_slow() {
        let far = Pace::new(32, Some(Duration::from_millis(300)));
        assert_eq!(jobs_after(&far, 400, 10 * WINDOW), 32);
        assert_eq!(jobs_after(&Pace::new(32, None), 400, 10 * WINDOW), 32);
    }
}
