//! A row of the list: a frame, or, where the source has messages only, a message.

use wsproof_inspect::{Connection, Frame, Message};

/// A row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Row<'a> {
    Frame(&'a Frame),
    Message(&'a Message),
}

impl<'a> Row<'a> {
    /// The row of this number.
    pub(crate) fn of(connection: &'a Connection, index: usize) -> Option<Self> {
        match connection.frames.is_empty() {
            true => connection.messages.get(index).map(Self::Message),
            false => connection.frames.get(index).map(Self::Frame),
        }
    }
}

/// How many rows a connection has.
pub(crate) fn count(connection: &Connection) -> usize {
    match connection.frames.len() {
        0 => connection.messages.len(),
        frames => frames,
    }
}
