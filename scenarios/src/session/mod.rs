//! Runs one case against one peer, without a socket and without a clock.
//!
//! The engine follows the rules of Autobahn's, octet by octet and timer by timer, so that the two verdicts that it
//! reaches are Autobahn's. Time is a number: the [`Duration`] since TCP was connected.

mod assess;
mod budget;
mod closing;
mod compression;
mod corpus_loop;
mod dialogue;
mod ends;
mod entropy;
mod inbox;
mod judge;
mod log;
mod opening;
mod options;
mod outbox;
mod owned;
mod receiving;
mod recorder;
mod refused;
mod script;
mod secrets;
mod timers;

use std::time::Duration;

use wsproof_core::Role;
use wsproof_core::deflate::Response;

pub use options::{ClientRequest, RecordedKeys, SessionOptions};
pub use owned::OwnedSession;

use crate::case::{Case, Step};
use crate::event::Event;
use crate::outcome::{Facts, Outcome, Testee};
use crate::payload::Payload;
use crate::tcp_end::TcpEnd;
use crate::transcript::{Excerpt, Traffic};
use budget::{Budget, WAITS_FOR_TESTEE};
use corpus_loop::CorpusLoop;
use dialogue::Dialogue;
use ends::Ends;
use entropy::Entropy;
use inbox::Inbox;
use judge::Progress;
use opening::Opening;
use outbox::Outbox;
use recorder::Recorder;
use script::Script;
use timers::{TimerKind, Timers};

/// What the driver of a session does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Hand these octets to the network in one write, as many as it takes, and say so with [`Session::wrote`]. Keep
    /// reading meanwhile: a testee that echoes does not read on until its echo is read.
    Write(&'a [u8]),
    /// Wait for octets, or until this time.
    Wait(Option<Duration>),
    /// Drop TCP now. The session is over.
    Drop(DropKind),
    /// TCP is gone. The session is over.
    Done,
}

/// How TCP is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropKind {
    /// At once, with a reset (zero linger time).
    Reset,
    /// With a FIN.
    Graceful,
}

/// What a session waits for when there is nothing else to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndToCome {
    /// The testee's answer to our close frame, or the end of TCP in place of it.
    CloseFrame,
    /// The end of TCP: the testee's close frame has come, so it has done its work (RFC 6455 §7.1.1).
    Tcp,
}

/// Where the connection is (RFC 6455 §4 and §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Open,
    /// Our close frame was queued.
    Closing,
    /// We decided to drop TCP, or it is gone.
    Closed,
}

/// How the session ended, once it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// We drop TCP.
    Drop(DropKind),
    /// TCP is gone.
    Gone,
}

/// One case being run against one peer.
///
/// ```
/// use std::time::Duration;
/// use wsproof_scenarios::{Action, ClientRequest, Session, SessionOptions, catalogue};
///
/// let case = &catalogue::all()[0];
/// let mut session = Session::connect(case, ClientRequest::new("localhost:9001", "/"), SessionOptions::default());
/// let now = Duration::ZERO;
/// let Action::Write(request) = session.poll(now) else { panic!("a client speaks first") };
/// assert!(request.starts_with(b"GET / HTTP/1.1\r\n"));
/// ```
#[derive(Debug)]
pub struct Session<'c> {
    case: &'c Case,
    options: SessionOptions,
    /// The endpoint that we are.
    role: Role,
    state: State,
    ending: Option<Ending>,
    facts: Facts,
    entropy: Entropy,
    outbox: Outbox,
    inbox: Inbox,
    timers: Timers,
    recorder: Recorder,
    script: Script,
    dialogue: Dialogue,
    opening: Opening,
    /// What was agreed of permessage-deflate.
    agreed: Option<Response>,
    corpus_loop: Option<CorpusLoop>,
    /// Counts of data frames and messages, in a loop of compressed ones.
    traffic: Traffic,
    /// What came, for the verdict.
    received: Vec<Event<Payload>>,
    progress: Progress,
    /// How both sides closed, for our own verdict.
    ends: Ends,
    /// Autobahn has given the testee up; for our own verdict we still watch how the connection ends.
    watching: bool,
    /// When the testee last sent something, while the connection was open.
    heard_at: Duration,
    opened_at: Duration,
    ended_at: Duration,
    /// When something was last read or written.
    last_progress: Duration,
    /// Our own work, as far as we were told of it.
    own_work: Duration,
    /// Time in which nothing moved before a timer of the script went off.
    waited: Duration,
    budget: Budget,
}

impl<'c> Session<'c> {
    /// Tests a server. TCP was connected at time zero.
    pub fn connect(case: &'c Case, request: ClientRequest, options: SessionOptions) -> Self {
        let mut session = Self::new(case, Role::Client, options);
        session.begin_as_client(request);
        session
    }

    /// Tests a client whose request was read and found right. `head` is that request as it came.
    pub fn accept(case: &'c Case, head: &[u8], options: SessionOptions, now: Duration) -> Self {
        let mut session = Self::new(case, Role::Server, options);
        session.begin_as_server(head, now);
        session
    }

    fn new(case: &'c Case, role: Role, options: SessionOptions) -> Self {
        Self {
            case,
            role,
            state: State::Connecting,
            ending: None,
            facts: Facts::default(),
            entropy: Entropy::new(options.seed, options.recorded.clone()),
            outbox: Outbox::default(),
            inbox: Inbox::new(role, longest_expected(case) + Excerpt::MAX),
            timers: Timers::default(),
            recorder: Recorder::new(case.steps.len()),
            script: Script::default(),
            dialogue: Dialogue::default(),
            opening: Opening::default(),
            agreed: None,
            corpus_loop: None,
            traffic: Traffic::default(),
            received: Vec::new(),
            progress: Progress::new(case, options.greeting),
            ends: Ends::default(),
            watching: false,
            heard_at: Duration::ZERO,
            opened_at: Duration::ZERO,
            ended_at: Duration::ZERO,
            last_progress: Duration::ZERO,
            own_work: Duration::ZERO,
            waited: Duration::ZERO,
            budget: Budget::new(case, &options),
            options,
        }
    }

    /// Takes octets that were read, at most 64 KiB at a time. They are unmasked in place.
    pub fn receive(&mut self, octets: &mut [u8], now: Duration) {
        let deaf = |session: &Self| session.state == State::Closed && !session.watching;
        if deaf(self) || octets.is_empty() {
            return;
        }
        self.fire_timers(now);
        if deaf(self) {
            return;
        }
        if self.state == State::Open {
            self.heard_at = now;
        }
        self.last_progress = now;
        self.recorder.octets_received(now, octets);
        if self.spend(octets.len() as u64, now) {
            return;
        }
        if self.opening.refused.is_some() {
            self.receive_body(octets);
        } else if self.state == State::Connecting {
            self.receive_response(octets, now);
        } else {
            self.opening.keep_behind(octets);
            self.receive_frames(octets, now);
        }
    }

    /// TCP is gone: the testee closed or reset it. Where there is no TCP, every end is a [`TcpEnd::Fin`].
    pub fn peer_closed(&mut self, end: TcpEnd, now: Duration) {
        if self.ending == Some(Ending::Gone) {
            return;
        }
        if self.ending.is_none() {
            self.fire_timers(now);
        }
        if self.ending.is_none() {
            self.facts.tcp_end = Some(end);
            self.ends.tcp = Some((end, now));
            self.recorder.tcp_ended(now, end);
        }
        if self.state != State::Closed {
            self.state = State::Closed;
            self.ended_at = now;
            if !self.facts.was_clean && self.facts.was_not_clean_reason.is_none() {
                self.facts.was_not_clean_reason = Some(
                    "peer dropped the TCP connection without previous WebSocket closing handshake".to_owned(),
                );
            }
        }
        self.dialogue_goes_on(now);
        self.end(Ending::Gone);
    }

    /// Ends the session though TCP is still there: the driver waits no longer for it. That is the driver's doing, not
    /// the testee's.
    pub fn cut_off(&mut self, now: Duration) {
        if self.state != State::Closed {
            self.facts.was_clean = false;
            self.facts.was_not_clean_reason =
                Some("the case took longer than its time limit and was cut off".to_owned());
            self.progress.cut_off = true;
            self.drop_tcp(DropKind::Reset, now);
        }
        if self.watching {
            self.ends.gave_up = Some(now);
        }
        self.end(Ending::Gone);
    }

    /// What to do now. Ask again after each thing done and each thing that happened.
    pub fn poll(&mut self, now: Duration) -> Action<'_> {
        self.fire_timers(now);
        match self.ending {
            Some(Ending::Gone) => return Action::Done,
            Some(Ending::Drop(DropKind::Reset)) => return Action::Drop(DropKind::Reset),
            // What was queued before goes out first, unless the testee does not take it.
            Some(Ending::Drop(DropKind::Graceful)) if self.timers.take_due(now).is_some() => {
                return Action::Drop(DropKind::Reset);
            }
            Some(Ending::Drop(DropKind::Graceful)) | None => {}
        }
        if let Some((octets, sync)) = self.outbox.stage(&mut self.entropy) {
            let len = octets.len;
            self.recorder.octets_sent(now, || octets, len, sync);
        }
        if !self.outbox.pending().is_empty() {
            return Action::Write(self.outbox.pending());
        }
        match self.ending {
            Some(_) => Action::Drop(DropKind::Graceful),
            None => Action::Wait(self.next_due()),
        }
    }

    /// When the next timer is due: while a write is in progress, wait for the network no longer than this.
    pub fn next_due(&self) -> Option<Duration> {
        let idle = self.idle_limit().map(|limit| self.last_progress + limit);
        [self.timers.next_due(), idle].into_iter().flatten().min()
    }

    /// The network took so many octets of the last [`Action::Write`].
    pub fn wrote(&mut self, octets: usize, now: Duration) {
        self.outbox.wrote(octets);
        self.last_progress = now;
        if self.outbox.is_empty() {
            self.flushed(now);
        }
    }

    /// The network takes no more octets. What the testee sent before may still be there: read on until the end, then
    /// call [`Session::peer_closed`].
    pub fn write_failed(&mut self, now: Duration) {
        self.outbox.clear();
        self.flushed(now);
    }

    /// All that was queued has left.
    fn flushed(&mut self, now: Duration) {
        self.timers.flushed(now);
        self.ends.flushed(now);
    }

    /// Whether the opening handshake was completed.
    pub fn is_open(&self) -> bool {
        self.facts.opened
    }

    /// Whether nothing is left but to wait until the testee ends the connection, and for what. Octets that a testee which has
    /// closed does not read may still be unsent.
    pub fn waits_for_the_end(&self) -> Option<EndToCome> {
        let waits = self.watching
            || self.timers.is_armed(TimerKind::ServerDrop)
            || self.timers.is_armed(TimerKind::Linger);
        match self.ends.first {
            Some(_) => waits.then_some(EndToCome::Tcp),
            None => (waits && self.outbox.is_empty()).then_some(EndToCome::CloseFrame),
        }
    }

    /// The testee's `Server` header, once its response came.
    pub fn server_header(&self) -> Option<&str> {
        self.opening.server.as_deref()
    }

    /// Adds to our own part of the case's time: a session has no clock to know by itself.
    pub fn worked(&mut self, time: Duration) {
        self.own_work += time;
    }

    /// Ends the session and judges it. See [`Outcome`] for `agent`, `number` and `started_ms`.
    pub fn into_outcome(mut self, agent: String, number: u32, started_ms: u64) -> Outcome {
        let judgement = self.judge();
        let testee = match self.role {
            Role::Client => Testee::Server,
            Role::Server => Testee::Client,
        };
        let duration =
            if self.facts.opened { self.ended_at.saturating_sub(self.opened_at) } else { Duration::ZERO };
        let outcome = judgement.into_outcome(
            self.case,
            Identity {
                agent,
                testee,
                number,
                started_ms,
                duration_us: duration.as_micros() as u64,
                own_us: self.own_work.min(duration).as_micros() as u64,
                waited_us: self.waited.min(duration).as_micros() as u64,
            },
            std::mem::take(&mut self.received),
            std::mem::take(&mut self.facts),
            self.recorder.finish(),
        );
        self.budget.conclude(outcome)
    }

    /// Fires what is due, in order of time.
    fn fire_timers(&mut self, now: Duration) {
        if let Some(limit) = self.idle_limit().filter(|limit| self.last_progress + *limit <= now) {
            self.last_progress = now;
            self.budget.idled(limit);
            for kind in WAITS_FOR_TESTEE {
                self.timers.hasten(kind, now);
            }
        }
        while self.ending.is_none()
            && let Some((kind, armed)) = self.timers.take_due(now)
        {
            if matches!(kind, TimerKind::Script | TimerKind::Kill | TimerKind::End) {
                self.waited += now.saturating_sub(armed.max(self.last_progress));
                self.last_progress = now;
            }
            self.budget.waited(kind);
            match kind {
                TimerKind::Opening => self.opening_timed_out(now),
                TimerKind::Body => self.end_watch(DropKind::Reset),
                TimerKind::CloseReply => self.close_reply_timed_out(now),
                TimerKind::ServerDrop => self.server_drop_timed_out(now),
                TimerKind::Linger => self.linger_timed_out(now),
                TimerKind::Watch => self.watch_timed_out(now),
                TimerKind::Kill => self.kill_timer_fired(now),
                TimerKind::End => self.end_timer_fired(now),
                TimerKind::Script => self.resume_script(now),
                TimerKind::Flush => {}
            }
        }
    }

    /// The idle limit, while it applies: the connection is open or closing, and no wait of the script is under way.
    fn idle_limit(&self) -> Option<Duration> {
        let waits_for_testee = WAITS_FOR_TESTEE.into_iter().any(|kind| self.timers.is_armed(kind));
        self.options
            .idle_limit
            .filter(|_| waits_for_testee && !self.timers.is_armed(TimerKind::Script) && self.ending.is_none())
    }

    /// Arms a timer. It counts from the moment in which everything queued so far has left.
    fn arm(&mut self, kind: TimerKind, length: Duration, now: Duration) {
        let awaits_flush = !self.outbox.is_empty();
        let length = self.budget.wait(kind, length);
        self.timers.arm(kind, length, now, awaits_flush);
    }

    fn end(&mut self, ending: Ending) {
        self.watching = false;
        self.ending = Some(ending);
        self.timers.clear();
    }
}

/// Octets of the longest payload that the case expects: longer ones need not be kept to be known as wrong.
fn longest_expected(case: &Case) -> usize {
    let awaited = case.steps.iter().filter_map(|step| match step {
        Step::Expect(expect) => Some(&expect.event),
        _ => None,
    });
    let events = case.accept.iter().flat_map(|alternative| &alternative.events).chain(awaited);
    let lengths = events.map(|event| match event {
        Event::Message { payload, .. } | Event::Pong { payload } => payload.len() as usize,
        Event::Timeout { .. } => 0,
    });
    lengths.max().unwrap_or(0)
}

/// Whose outcome it is.
struct Identity {
    agent: String,
    testee: Testee,
    number: u32,
    started_ms: u64,
    duration_us: u64,
    own_us: u64,
    waited_us: u64,
}
