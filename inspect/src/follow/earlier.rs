//! The HTTP exchange on a connection before the handshake that is shown.

use wsproof_core::Count;

use crate::model::{Connection, Finding, Head};

/// So many earlier attempts are told of.
const MAX_TOLD: usize = 8;

/// What came before.
#[derive(Default)]
pub(super) struct Earlier {
    /// Requests for something else.
    pub(super) requests: usize,
    /// The last attempt to open a WebSocket that was refused, as a connection.
    pub(super) last: Option<Connection>,
    /// Attempts before that one.
    attempts: usize,
    notes: Vec<String>,
    broken: Vec<Finding>,
}

impl Earlier {
    pub(super) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// An attempt was refused.
    pub(super) fn refuse(&mut self, connection: Connection) {
        if let Some(before) = self.last.replace(connection) {
            self.tell_of(before);
        }
    }

    /// Keeps what there is to tell of an attempt that is not the one that is shown.
    fn tell_of(&mut self, connection: Connection) {
        self.attempts += 1;
        let Some(handshake) = connection.handshake.filter(|_| self.attempts <= MAX_TOLD) else { return };
        let line = |head: &Option<Head>| head.as_ref().map(|head| head.line.clone()).unwrap_or_default();
        let (asked, answered) = (line(&handshake.request), line(&handshake.response));
        self.notes.push(format!(
            "an earlier attempt on this connection: \"{asked}\", answered with \"{answered}\""
        ));
        self.broken.extend(handshake.violations.into_iter().map(|finding| Finding {
            text: format!("in an earlier attempt on this connection: {}", finding.text),
            ..finding
        }));
    }

    /// The attempt that was refused last, with those before it, if there was any.
    pub(super) fn shown(mut self) -> Option<Connection> {
        let mut last = self.last.take()?;
        let (notes, broken) = self.told();
        last.notes.extend(notes);
        last.told_violations.extend(broken);
        Some(last)
    }

    /// What there is to tell with an attempt that was not refused: notes, and rules that were broken.
    pub(super) fn told(mut self) -> (Vec<String>, Vec<Finding>) {
        if let Some(last) = self.last.take() {
            self.tell_of(last);
        }
        if self.attempts > MAX_TOLD {
            self.notes.push(format!(
                "{} came before it on this connection",
                Count((self.attempts - MAX_TOLD) as u64, "more attempt")
            ));
        }
        if self.requests > 0 {
            let requests = Count(self.requests as u64, "other request");
            self.notes.push(format!("{requests} came before it on this connection"));
        }
        (self.notes, self.broken)
    }
}
