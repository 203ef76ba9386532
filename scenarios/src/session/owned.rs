//! A session that holds its case: for callers who can't keep a borrow, such as objects of other languages.

use std::fmt;
use std::time::Duration;

use self_cell::self_cell;

use super::{Action, ClientRequest, Session, SessionOptions};
use crate::case_ref::CaseRef;
use crate::catalogue;
use crate::outcome::Outcome;
use crate::tcp_end::TcpEnd;

/// A session takes so many octets at a time.
const PIECE: usize = 64 * 1024;

self_cell! {
    struct Cell {
        owner: CaseRef,
        #[not_covariant]
        dependent: Inner,
    }
}

/// In an option, so that the outcome can be taken out.
type Inner<'c> = Option<Session<'c>>;

/// A [`Session`] together with its case. Every method is that of the session.
///
/// ```
/// use std::time::Duration;
/// use wsproof_scenarios::{Action, ClientRequest, OwnedSession, SessionOptions, catalogue};
///
/// let case = (&catalogue::all()[0]).into();
/// let request = ClientRequest::new("localhost", "/");
/// let mut session = OwnedSession::connect(case, request, SessionOptions::default());
/// session.poll(Duration::ZERO, |action| assert!(matches!(action, Action::Write(_))));
/// ```
pub struct OwnedSession(Cell);

impl fmt::Debug for OwnedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedSession").field("case", &self.case().id).finish_non_exhaustive()
    }
}

impl OwnedSession {
    /// Tests a server: see [`Session::connect`].
    pub fn connect(case: CaseRef, request: ClientRequest, options: SessionOptions) -> Self {
        Self(Cell::new(case, |case| Some(Session::connect(case, request, options))))
    }

    /// Tests a client: see [`Session::accept`].
    pub fn accept(case: CaseRef, head: &[u8], options: SessionOptions, now: Duration) -> Self {
        Self(Cell::new(case, |case| Some(Session::accept(case, head, options, now))))
    }

    /// The case.
    pub fn case(&self) -> &CaseRef {
        self.0.borrow_owner()
    }

    /// Lends the session. `None` as answer stands for one that was judged already.
    pub fn with<T>(&mut self, work: impl FnOnce(&mut Session<'_>) -> T) -> Option<T> {
        self.0.with_dependent_mut(|_, session| session.as_mut().map(work))
    }

    /// Takes octets that were read, as many as there are: see [`Session::receive`].
    pub fn receive(&mut self, octets: &[u8], now: Duration) {
        self.with(|session| {
            for piece in octets.chunks(PIECE) {
                session.receive(&mut piece.to_vec(), now);
            }
        });
    }

    /// The connection is gone: see [`Session::peer_closed`].
    pub fn peer_closed(&mut self, end: TcpEnd, now: Duration) {
        self.with(|session| session.peer_closed(end, now));
    }

    /// Hands what is to be done now to `work`: see [`Session::poll`]. After the outcome was taken that is
    /// [`Action::Done`].
    pub fn poll<T>(&mut self, now: Duration, work: impl FnOnce(Action<'_>) -> T) -> T {
        self.0.with_dependent_mut(|_, session| {
            work(session.as_mut().map_or(Action::Done, |session| session.poll(now)))
        })
    }

    /// So many octets were taken: see [`Session::wrote`].
    pub fn wrote(&mut self, octets: usize, now: Duration) {
        self.with(|session| session.wrote(octets, now));
    }

    /// Ends the session and judges it: see [`Session::into_outcome`]. Its number is the case's in the catalogue, 0 for one
    /// that is not built in. `None` if that was done before.
    pub fn take_outcome(&mut self, agent: String, started_ms: u64) -> Option<Outcome> {
        let number = catalogue::number(self.case().id).unwrap_or(0);
        let session = |inner: &mut Inner<'_>| Some(inner.take()?.into_outcome(agent, number, started_ms));
        self.0.with_dependent_mut(|_, inner| session(inner))
    }
}
