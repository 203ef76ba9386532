//! Pairs pings with their pongs, and a close frame with its answer.

use serde::Serialize;

use crate::model::{Connection, Frame};

/// Frames that are looked at for the other one.
const FARTHEST: usize = 100_000;

/// Two frames of which one answers the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RoundTrip {
    /// The row of the other one.
    pub other: usize,
    /// Whether this frame is the answer.
    pub is_answer: bool,
    /// Microseconds between them, as the capture has them.
    pub us: Option<u64>,
}

/// The frame that this one answers, or that answers it: to a ping a pong with its payload (RFC 6455 §5.5.3), to a close
/// the other end's (§5.5.1).
pub fn of(connection: &Connection, row: usize) -> Option<RoundTrip> {
    let frame = connection.frames.get(row)?;
    if !matches!(frame.opcode, 8..=10) {
        return None;
    }
    let (other, is_answer) = match asked(connection, row) {
        Some(other) => (other, true),
        None => (answered(connection, row)?, false),
    };
    let time = |row: usize| connection.frames.get(row)?.time_us;
    let us = time(row).zip(time(other)).map(|(one, other)| one.abs_diff(other));
    Some(RoundTrip { other, is_answer, us })
}

/// The frame that a pong or a close answers: the last one before it.
fn asked(connection: &Connection, row: usize) -> Option<usize> {
    let answer = connection.frames.get(row)?;
    let mut before = connection.frames[..row].iter().enumerate().rev().take(FARTHEST);
    before.find(|(_, frame)| answers(answer, frame)).map(|(other, _)| other)
}

/// The frame that answers a ping or a close.
fn answered(connection: &Connection, row: usize) -> Option<usize> {
    let question = connection.frames.get(row)?;
    let mut after = connection.frames.iter().enumerate().skip(row + 1).take(FARTHEST);
    let (answer, _) = after.find(|(_, frame)| answers(frame, question))?;
    // A later ping of the same payload may be what it answers.
    (asked(connection, answer) == Some(row)).then_some(answer)
}

fn answers(answer: &Frame, question: &Frame) -> bool {
    answer.sender != question.sender
        && match answer.opcode {
            8 => question.opcode == 8,
            10 => question.opcode == 9 && question.payload == answer.payload,
            _ => false,
        }
}
