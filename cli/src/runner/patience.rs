//! How long a testee is waited for, by what is known of it.
//!
//! A testee that never answers makes every case wait for its longest timer. What one case waits for is part of its
//! verdict; that hundreds of cases wait in vain one after the other is not. So the rest of a run is hastened when the
//! cases so far leave no doubt:
//!
//! * The first eight (`SILENT_OPENINGS`) finished cases, and every one since, got no answer to the opening handshake in
//!   time: the rest wait for it no longer than half a second.
//! * The first ten (`SILENT_CASES`) finished cases, and every one since, saw not one frame of the testee: the rest give up
//!   when nothing moves for a second.
//!
//! * Eight (`KEPT_OPEN`) cases waited in vain, and for the whole of their time, for the answer to our close frame or for the
//!   server to end TCP, and no case saw either come later than a second: the rest wait for a second. What comes at all from
//!   such a testee comes at once.
//!
//! Under either of the first two rules more cases than usual run side by side: they only wait. One answer, or one frame, and the full
//! times are back. The verdicts are those that the full times would have brought: what did not come within them in
//! many cases does not come in the next one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wsproof_scenarios::finding::FindingKind;
use wsproof_scenarios::{Outcome, SessionOptions};

/// So many cases without an answer to the opening handshake are enough.
pub(super) const SILENT_OPENINGS: u32 = 8;
/// The time for the opening handshake from then on.
pub(super) const SHORT_OPENING: Duration = Duration::from_millis(500);
/// So many cases without a frame are enough.
pub(super) const SILENT_CASES: u32 = 10;
/// How long nothing may move from then on.
pub(super) const SHORT_IDLE: Duration = Duration::from_secs(1);

/// After this many cases that waited in vain for the end of the connection, the rest wait less.
pub(super) const KEPT_OPEN: u32 = 8;
/// The time for it from then on.
pub(super) const SHORT_LINGER: Duration = Duration::from_secs(1);

/// What the finished cases of a run have shown.
#[derive(Debug, Default)]
pub struct Patience(Mutex<Seen>);

#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    finished: u32,
    silent_openings: u32,
    without_frames: u32,
    /// Cases that waited in vain for the end of the connection.
    kept_open: u32,
    /// Cases in which a part of it came late.
    late_ends: u32,
}

impl Patience {
    /// Takes note of a finished case.
    pub fn note(&self, outcome: &Outcome) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.finished += 1;
        seen.silent_openings += u32::from(outcome.facts.was_open_handshake_timeout);
        seen.without_frames +=
            u32::from(outcome.transcript.received_frames.values().all(|count| *count == 0));
        let found = |is_so: fn(&FindingKind) -> bool| {
            u32::from(outcome.findings.iter().any(|finding| is_so(&finding.kind)))
        };
        seen.kept_open += found(|kind| {
            matches!(kind, FindingKind::TcpKeptOpen { .. } | FindingKind::CloseUnanswered { .. })
        });
        seen.late_ends += found(|kind| {
            matches!(kind, FindingKind::LateTcpEnd { .. } | FindingKind::LateCloseAnswer { .. })
        });
    }

    /// Whether one of the two rules applies: more cases side by side cost such a testee nothing.
    pub fn is_silent(&self) -> bool {
        let seen = self.seen();
        seen.no_answers() || seen.no_frames()
    }

    /// The options for the next case.
    pub fn apply(&self, mut options: SessionOptions) -> SessionOptions {
        let seen = self.seen();
        if seen.no_answers() {
            options.open_timeout = options.open_timeout.min(SHORT_OPENING);
        }
        if seen.keeps_open() {
            options.linger_limit = options.linger_limit.min(SHORT_LINGER);
        }
        if seen.no_frames() {
            options.idle_limit = Some(options.idle_limit.map_or(SHORT_IDLE, |limit| limit.min(SHORT_IDLE)));
        }
        options
    }

    fn seen(&self) -> Seen {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn no_answers(self) -> bool {
        self.finished >= SILENT_OPENINGS && self.silent_openings == self.finished
    }

    fn keeps_open(self) -> bool {
        self.kept_open >= KEPT_OPEN && self.late_ends == 0
    }

    fn no_frames(self) -> bool {
        self.finished >= SILENT_CASES && self.without_frames == self.finished
    }
}

#[cfg(test)]
mod tests {
    use wsproof_scenarios::{ClientRequest, Session, TcpEnd, catalogue};

    use super::*;

    /// What becomes of a case whose testee hangs up, or says nothing until the opening times out.
    fn outcome(silent: bool) -> Outcome {
        let mut session =
            Session::connect(&catalogue::all()[0], ClientRequest::new("h:1", "/"), SessionOptions::default());
        if silent {
            session.poll(Duration::ZERO);
            session.poll(Duration::from_secs(6));
        } else {
            session.peer_closed(TcpEnd::Fin, Duration::ZERO);
        }
        session.into_outcome("a".to_owned(), 1, 0)
    }

    #[test]
    fn a_few_silent_cases_change_nothing() {
        let patience = Patience::default();
        for _ in 1..SILENT_OPENINGS {
            patience.note(&outcome(true));
        }
        assert_eq!(patience.apply(SessionOptions::default()), SessionOptions::default());
        patience.note(&outcome(true));
        assert_eq!(patience.apply(SessionOptions::default()).open_timeout, SHORT_OPENING);
    }

    #[test]
    fn an_answer_brings_the_full_time_back() {
        let patience = Patience::default();
        for _ in 0..SILENT_OPENINGS {
            patience.note(&outcome(true));
        }
        patience.note(&outcome(false));
        assert_eq!(
            patience.apply(SessionOptions::default()).open_timeout,
            SessionOptions::default().open_timeout
        );
    }

    #[test]
    fn without_any_frame_nobody_waits_long() {
        let patience = Patience::default();
        for _ in 0..SILENT_CASES {
            assert_eq!(patience.apply(SessionOptions::default()).idle_limit, None);
            patience.note(&outcome(false));
        }
        assert_eq!(patience.apply(SessionOptions::default()).idle_limit, Some(SHORT_IDLE));
    }

    /// What becomes of a case whose server answers the close frame and ends TCP so much later, or never.
    fn closed(tcp_ends: Option<Duration>) -> Outcome {
        let mut outcome = outcome(false);
        outcome.findings = vec![
            match tcp_ends {
                Some(after) => FindingKind::LateTcpEnd { after_us: after.as_micros() as u64 },
                None => FindingKind::TcpKeptOpen { waited_us: 10_000_000 },
            }
            .into(),
        ];
        // A frame came.
        outcome.transcript.received_frames.insert(8, 1);
        outcome
    }

    #[test]
    fn where_tcp_is_kept_open_for_ever_the_rest_does_not_wait_for_it() {
        let patience = Patience::default();
        for _ in 0..KEPT_OPEN {
            assert_eq!(patience.apply(SessionOptions::default()), SessionOptions::default());
            patience.note(&closed(None));
        }
        assert_eq!(patience.apply(SessionOptions::default()).linger_limit, SHORT_LINGER);
        // It does end TCP, only late: each case gets its full time.
        patience.note(&closed(Some(Duration::from_secs(3))));
        assert_eq!(patience.apply(SessionOptions::default()), SessionOptions::default());
    }

    #[test]
    fn shorter_times_of_the_user_are_kept() {
        let patience = Patience::default();
        for _ in 0..SILENT_CASES {
            patience.note(&outcome(true));
        }
        let short = Duration::from_millis(10);
        let options =
            SessionOptions { open_timeout: short, idle_limit: Some(short), ..SessionOptions::default() };
        assert_eq!(patience.apply(options.clone()), options);
    }
}
