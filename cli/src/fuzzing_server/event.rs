//! Events of a running fuzzing server.

use std::sync::Arc;

use wsproof_scenarios::{CaseId, Outcome};

use crate::net::Peer;

/// The receiver of events. It is called from many tasks and must return quickly.
pub type Observer = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A client began a case.
    CaseBegins {
        /// The case.
        id: CaseId,
        /// The client's name.
        agent: &'a str,
        /// Where it is.
        peer: Peer,
    },
    /// A case has a result.
    CaseEnds(&'a Outcome),
    /// The case is not run for this client.
    CaseSkipped {
        /// The case.
        id: CaseId,
        /// The client's name.
        agent: &'a str,
    },
    /// A client asked for the reports.
    ReportsWanted {
        /// Where it is.
        peer: Peer,
    },
    /// They were written.
    ReportsWritten {
        /// The server ends now, as the client asked.
        stopping: bool,
    },
    /// A client wants to command what is sent to it.
    DirectMode {
        /// Where it is.
        peer: Peer,
    },
    /// A client asked the server to end.
    Stopping {
        /// Where it is.
        peer: Peer,
    },
    /// A request without an `Upgrade` header was answered with a page: a browser, a health check, or a client that forgot
    /// it.
    PlainRequest {
        /// Who made it.
        peer: Peer,
    },
    /// A request or command was refused.
    Refused {
        /// Who made it.
        peer: Peer,
        /// The HTTP status that it was answered with; `None` if there was no answer, or the connection was open already.
        status: Option<u16>,
        /// Why; it may hold text of the client.
        reason: &'a str,
    },
}
