//! How long a testee is waited for, by what is known of it.
//!
//! A testee that never answers makes every case wait for its longest timer. What one case waits for is part of its
//! verdict; that hundreds of cases wait in vain one after the other is not. So the rest of a run is hastened when the
//! cases so far leave no doubt:
//!
//! * The first eight (`SILENT_OPENINGS`) finished cases, and every one since, got no answer to the opening handshake in
//!   time: the rest wait for it no longer than half a second.
//! * The first ten (`SILENT_CASES`) finished cases, and every one since, saw not one frame of the testee, and one of them
//!   waited for five seconds (`LONG`) or more: the rest give up when nothing moves for a second.
//! * The first ten (`USELESS_CASES`) finished cases, and every one since, got nothing that they asked for, no echo, no
//!   pong, no answer to a close frame, whatever else came, and one of them waited as long: the rest wait for a second, and
//!   after thirty-two such cases for a quarter of one.
//! * Eight (`KEPT_OPEN`) cases waited in vain, and for the whole of their time, for the answer to our close frame or for the
//!   server to end TCP, and no case saw either come later than a second: the rest wait for a second. What comes at all from
//!   such a testee comes at once.
//! * Eight (`LATE_ENDS`) cases, and most of all, ended half a second or more after there was nothing left but to wait for the
//!   end of TCP: the next case begins while one only waits for that. Each is still waited for as long as it may take, and told
//!   of what came when.
//! * Eight (`FLOODS`) cases were cut off because the testee sent without end: the rest are cut off sooner.
//!
//! Under each of the first three rules more cases than usual run side by side: they only wait. So they do where the testee
//! itself ends every connection after a while, without ever giving what was asked for. One answer, and the full times are
//! back; what the short ones failed is then run again ([`Patience::is_silent`]). A testee that is merely slow is not hastened:
//! it answers within the long wait.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wsproof_scenarios::finding::FindingKind;
use wsproof_scenarios::{Behavior, CutShort, Event, Outcome, SessionOptions};

/// So many cases without an answer to the opening handshake are enough.
pub(super) const SILENT_OPENINGS: u32 = 8;
/// The time for the opening handshake from then on.
pub(super) const SHORT_OPENING: Duration = Duration::from_millis(500);
/// So many cases without a frame are enough.
pub(super) const SILENT_CASES: u32 = 10;
/// So many cases without anything that they asked for are enough.
pub(super) const USELESS_CASES: u32 = 10;
/// One of these cases must have waited so long.
pub(super) const LONG: Duration = Duration::from_secs(5);
/// How long nothing may move, or how long the testee is waited for, from then on.
pub(super) const SHORT: Duration = Duration::from_secs(1);
/// After so many of them, even less: nothing came within a second in all the cases since.
pub(super) const MANY_USELESS_CASES: u32 = 32;
/// How much less.
pub(super) const SHORTER: Duration = Duration::from_millis(250);

/// A testee that ends its connections this late on average, and never gives what is asked for, keeps cases waiting.
const LATE_END: Duration = Duration::from_millis(250);

/// After this many cases that waited in vain for the end of the connection, the rest wait less.
pub(super) const KEPT_OPEN: u32 = 8;
/// The time for it from then on.
pub(super) const SHORT_LINGER: Duration = Duration::from_secs(1);

/// So many cases that waited long for the end of TCP alone are enough.
pub(super) const LATE_ENDS: u32 = 8;
/// So long.
pub(super) const LATE: Duration = Duration::from_millis(500);

/// So many floods are enough.
pub(super) const FLOODS: u32 = 8;
/// What a testee may send, beyond four times what the case sends, from then on.
pub(super) const SHORT_FLOOD: u64 = 1 << 20;

/// Why a testee is not waited for as long as usual: after so many cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It answered no opening handshake.
    NoAnswer(u32),
    /// It sent no frame.
    NoFrame(u32),
    /// It sent nothing that was asked for.
    Useless(u32),
}

impl Why {
    /// Adds it to the reason of an outcome that fails.
    pub fn tell(self, outcome: &mut Outcome) {
        if outcome.verdict.fails() {
            outcome.reason.push_str(&format!(" The limit was short, for {self}."));
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(cases) => write!(f, "the {cases} handshakes before it were not answered at all"),
            Self::NoFrame(cases) => write!(f, "not one frame came in the {cases} cases before it"),
            Self::Useless(cases) => {
                write!(f, "nothing that was asked for came in the {cases} cases before it")
            }
        }
    }
}

/// What the finished cases of a run have shown.
#[derive(Debug, Default)]
pub struct Patience(Mutex<Seen>);

#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    finished: u32,
    silent_openings: u32,
    without_frames: u32,
    /// Cases that got nothing of what they asked for.
    useless: u32,
    /// Cases that the testee itself ended.
    ended_by_testee: u32,
    /// The longest that one of them took, and all together.
    longest: Duration,
    total: Duration,
    /// Cases that waited in vain for the end of the connection.
    kept_open: u32,
    /// Cases in which a part of it came late.
    late_ends: u32,
    /// Cases that waited long for the end of TCP alone, whether it came or not.
    waited_for_end: u32,
    floods: u32,
}

impl Patience {
    /// Takes note of a finished case, which took so long.
    pub fn note(&self, outcome: &Outcome, took: Duration) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.finished += 1;
        seen.silent_openings += u32::from(outcome.facts.was_open_handshake_timeout);
        seen.without_frames +=
            u32::from(outcome.transcript.received_frames.values().all(|count| *count == 0));
        seen.useless += u32::from(!is_useful(outcome));
        seen.ended_by_testee += u32::from(outcome.facts.tcp_end.is_some());
        seen.longest = seen.longest.max(took);
        seen.total += took;
        let found = |is_so: fn(&FindingKind) -> bool| {
            u32::from(outcome.findings.iter().any(|finding| is_so(&finding.kind)))
        };
        seen.kept_open += found(|kind| {
            matches!(kind, FindingKind::TcpKeptOpen { .. } | FindingKind::CloseUnanswered { .. })
        });
        seen.late_ends += found(|kind| {
            matches!(kind, FindingKind::LateTcpEnd { .. } | FindingKind::LateCloseAnswer { .. })
        });
        seen.floods += u32::from(matches!(outcome.cut_short, Some(CutShort::Flood { .. })));
    }

    /// Whether cases wait for the testee in vain: more of them side by side cost it nothing, and none need be run again
    /// because it answered late.
    pub fn is_silent(&self) -> bool {
        let seen = self.seen();
        seen.no_answers() || seen.no_frames() || seen.is_useless() || seen.only_ends()
    }

    /// Takes note of how long a case had nothing left but to wait for the end of TCP.
    pub fn note_end(&self, waited: Duration) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.waited_for_end += u32::from(waited >= LATE);
    }

    /// Whether the testee ends TCP so late that other cases should begin meanwhile.
    pub fn ends_late(&self) -> bool {
        let seen = self.seen();
        seen.waited_for_end >= LATE_ENDS && seen.waited_for_end > seen.finished / 2
    }

    /// Whether the testee ended a connection late, but did.
    pub fn has_seen_late_ends(&self) -> bool {
        self.seen().late_ends > 0
    }

    /// Whether the testee does not end connections at all, as far as was waited for it.
    pub fn keeps_open(&self) -> bool {
        self.seen().keeps_open()
    }

    /// The options for the next case, and why a testee that answers late would fail it for them, if it would.
    pub fn apply(&self, mut options: SessionOptions) -> (SessionOptions, Option<Why>) {
        let seen = self.seen();
        let full = options.clone();
        let mut why = None;
        let short = if seen.useless < MANY_USELESS_CASES { SHORT } else { SHORTER };
        let at_most = |limit: Option<Duration>| Some(limit.map_or(short, |limit| limit.min(short)));
        if seen.no_answers() {
            options.open_timeout = options.open_timeout.min(SHORT_OPENING);
            why = Some(Why::NoAnswer(seen.finished));
        }
        if seen.no_frames() {
            options.idle_limit = at_most(options.idle_limit);
            why = Some(Why::NoFrame(seen.finished));
        }
        if seen.is_useless() {
            why.get_or_insert(Why::Useless(seen.finished));
            options.idle_limit = at_most(options.idle_limit);
            options.wait_limit = at_most(options.wait_limit);
            options.close_timeout = options.close_timeout.min(short);
            options.drop_timeout = options.drop_timeout.min(short);
        }
        let why = why.filter(|_| options != full);
        if seen.keeps_open() {
            options.linger_limit = options.linger_limit.min(SHORT_LINGER);
        }
        if seen.floods >= FLOODS {
            options.receive_limit = options.receive_limit.min(SHORT_FLOOD);
        }
        (options, why)
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
        self.finished >= SILENT_CASES && self.without_frames == self.finished && self.longest >= LONG
    }

    fn all_useless(self) -> bool {
        self.finished >= USELESS_CASES && self.useless == self.finished
    }

    fn is_useless(self) -> bool {
        self.all_useless() && self.longest >= LONG
    }

    /// The testee itself ends each connection, late.
    fn only_ends(self) -> bool {
        self.all_useless() && self.ended_by_testee == self.finished && self.total >= LATE_END * self.finished
    }
}

/// Whether a case got anything of what it asked for.
fn is_useful(outcome: &Outcome) -> bool {
    let expected = outcome.expected.iter().flat_map(|(_, events)| events);
    let mut asked_for = expected.filter(|event| !matches!(event, Event::Timeout { .. }));
    let echoes = |kind: &FindingKind| matches!(kind, FindingKind::EchoesMissing { came, .. } if *came > 0);
    asked_for.any(|event| outcome.received.contains(event))
        // Where messages are counted, no events are listed.
        || outcome.expected.is_empty() && outcome.behavior == Behavior::Ok
        || outcome.findings.iter().any(|finding| echoes(&finding.kind))
        || outcome.facts.closed_by_me && outcome.facts.was_clean
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
            patience.note(&outcome(true), Duration::ZERO);
        }
        assert_eq!(patience.apply(SessionOptions::default()).0, SessionOptions::default());
        patience.note(&outcome(true), Duration::ZERO);
        assert_eq!(patience.apply(SessionOptions::default()).0.open_timeout, SHORT_OPENING);
    }

    #[test]
    fn an_answer_brings_the_full_time_back() {
        let patience = Patience::default();
        for _ in 0..SILENT_OPENINGS {
            patience.note(&outcome(true), Duration::ZERO);
        }
        patience.note(&outcome(false), Duration::ZERO);
        assert_eq!(
            patience.apply(SessionOptions::default()).0.open_timeout,
            SessionOptions::default().open_timeout
        );
    }

    #[test]
    fn without_any_frame_nobody_waits_long() {
        let patience = Patience::default();
        for _ in 0..SILENT_CASES {
            assert_eq!(patience.apply(SessionOptions::default()).0.idle_limit, None);
            patience.note(&outcome(false), LONG);
        }
        let (options, why) = patience.apply(SessionOptions::default());
        assert_eq!((options.idle_limit, why), (Some(SHORT), Some(Why::NoFrame(SILENT_CASES))));
        assert!(patience.is_silent());
    }

    /// It may answer after three seconds, and some cases give it ten.
    #[test]
    fn a_testee_that_was_not_waited_for_long_may_be_slow() {
        let patience = Patience::default();
        for _ in 0..2 * USELESS_CASES {
            patience.note(&outcome(false), LONG / 2);
        }
        let mut options = patience.apply(SessionOptions::default()).0;
        options.idle_limit = None;
        assert_eq!(options, SessionOptions::default());
        patience.note(&outcome(false), LONG);
        assert_eq!(patience.apply(SessionOptions::default()).0.wait_limit, Some(SHORT));
    }

    /// What becomes of a case whose server sends something that nobody asked for, and never ends TCP.
    fn chatter() -> Outcome {
        let mut outcome = outcome(false);
        outcome.facts.tcp_end = None;
        outcome.transcript.received_frames.insert(9, 7);
        outcome
    }

    #[test]
    fn chatter_is_no_answer() {
        let patience = Patience::default();
        for _ in 0..USELESS_CASES {
            assert!(!patience.is_silent());
            patience.note(&chatter(), LONG);
        }
        assert!(patience.is_silent());
        assert_eq!(patience.apply(SessionOptions::default()).0.wait_limit, Some(SHORT));
        let mut answer = chatter();
        answer.received = answer.expected[0].1.clone();
        patience.note(&answer, LONG);
        assert!(!patience.is_silent());
        assert_eq!(patience.apply(SessionOptions::default()), (SessionOptions::default(), None));
    }

    #[test]
    fn who_only_ends_connections_gets_more_of_them_and_its_full_time() {
        let patience = Patience::default();
        for _ in 0..USELESS_CASES {
            let mut ended = chatter();
            ended.facts.tcp_end = Some(TcpEnd::Fin);
            patience.note(&ended, SHORT);
        }
        assert!(patience.is_silent());
        assert_eq!(patience.apply(SessionOptions::default()), (SessionOptions::default(), None));
    }

    #[test]
    fn floods_are_cut_off_sooner_once_they_are_known() {
        let patience = Patience::default();
        for _ in 0..FLOODS {
            assert_eq!(patience.apply(SessionOptions::default()).0, SessionOptions::default());
            let mut flood = chatter();
            flood.cut_short = Some(CutShort::Flood { octets: 1 << 24, frames: 1, inflated: 0 });
            patience.note(&flood, SHORT);
        }
        assert_eq!(patience.apply(SessionOptions::default()).0.receive_limit, SHORT_FLOOD);
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
            assert_eq!(patience.apply(SessionOptions::default()).0, SessionOptions::default());
            patience.note(&closed(None), Duration::ZERO);
        }
        assert_eq!(patience.apply(SessionOptions::default()).0.linger_limit, SHORT_LINGER);
        // It does end TCP, only late: each case gets its full time.
        patience.note(&closed(Some(Duration::from_secs(3))), Duration::ZERO);
        assert_eq!(patience.apply(SessionOptions::default()).0, SessionOptions::default());
    }

    #[test]
    fn late_ends_keep_the_next_case_no_longer_once_they_are_most() {
        let patience = Patience::default();
        for _ in 0..LATE_ENDS {
            assert!(!patience.ends_late());
            patience.note(&closed(Some(Duration::from_secs(8))), Duration::from_secs(8));
            patience.note_end(Duration::from_secs(8));
        }
        assert!(patience.ends_late());
        // Nothing is waited for less than before.
        assert_eq!(patience.apply(SessionOptions::default()), (SessionOptions::default(), None));
        for _ in 0..LATE_ENDS {
            patience.note(&closed(Some(Duration::ZERO)), Duration::ZERO);
            patience.note_end(LATE / 2);
        }
        assert!(!patience.ends_late());
    }

    #[test]
    fn shorter_times_of_the_user_are_kept() {
        let patience = Patience::default();
        for _ in 0..SILENT_CASES {
            patience.note(&outcome(true), Duration::ZERO);
        }
        let short = Duration::from_millis(10);
        let options =
            SessionOptions { open_timeout: short, idle_limit: Some(short), ..SessionOptions::default() };
        assert_eq!(patience.apply(options.clone()).0, options);
    }
}
