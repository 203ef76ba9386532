//! WebSocket conformance cases as data, and the session that runs and judges them.
//!
//! A [`Case`] is a script for one connection plus the rules by which its end is judged; [`catalogue`] holds the
//! built-in ones. A [`Session`] runs one case against one peer. It owns no socket and no clock: octets and times are
//! handed in, octets to write and times to wait for come out, and at the end an [`Outcome`].

pub mod case;
mod case_ref;
pub mod catalogue;
pub mod choice;
pub mod corpus;
mod event;
pub mod finding;
pub mod hex;
mod id;
mod outcome;
mod payload;
pub mod profile;
pub mod scenario;
pub mod select;
mod session;
pub mod shard;
pub mod spec;
mod tcp_end;
pub mod time;
mod transcript;
mod verdict;

pub use case::Case;
pub use case_ref::CaseRef;
pub use event::Event;
pub use id::{CaseId, ParseCaseIdError};
pub use outcome::{CutShort, ExpectedClose, Facts, Outcome, Testee};
pub use payload::Payload;
pub use session::{
    Action, ClientRequest, DropKind, EndToCome, OwnedSession, RecordedKeys, Session, SessionOptions,
};
pub use tcp_end::{TcpEnd, TlsAlert};
pub use transcript::{Excerpt, Flow, LogEntry, LogEvent, Repeats, Traffic, Transcript};
pub use verdict::{Behavior, BehaviorClose, Verdict};
