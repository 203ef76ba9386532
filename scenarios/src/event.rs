//! What the testee sent, as events that a case can expect.

use serde::{Deserialize, Serialize};

/// Something that happened on the connection and counts for the verdict.
///
/// `P` is how the payload is held: [`Payload`](crate::Payload) where a case expects it,
/// [`Excerpt`](crate::Excerpt) where an outcome reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<P> {
    /// A whole data message came.
    Message {
        /// Binary message; otherwise text.
        #[serde(default)]
        binary: bool,
        /// The message.
        payload: P,
    },
    /// A pong came, asked for or not.
    Pong {
        /// Its application data.
        payload: P,
    },
    /// A wait of the script ended with the connection still open.
    Timeout {
        /// The label of the wait.
        label: String,
    },
}

impl<P> Event<P> {
    /// The same event with its payload held in another way.
    pub fn map<Q>(&self, f: impl FnOnce(&P) -> Q) -> Event<Q> {
        match self {
            Self::Message { binary, payload } => Event::Message { binary: *binary, payload: f(payload) },
            Self::Pong { payload } => Event::Pong { payload: f(payload) },
            Self::Timeout { label } => Event::Timeout { label: label.clone() },
        }
    }
}
