//! Errors, and values that may be wrong.

use std::time::Duration;

use napi::{Error, Status};
use wsproof::embed::Failure;
use wsproof::exit::Exit;
use wsproof::face::Face;

/// What was asked for cannot be.
pub(crate) fn usage(text: impl ToString) -> Error {
    Error::new(Status::InvalidArg, text.to_string())
}

/// The error that a failure of a run is in JavaScript.
pub(crate) fn raise(failure: &Failure) -> Error {
    let text = failure.text(Face::JavaScript);
    match failure.exit() {
        Exit::WrongUse => usage(text),
        _ => Error::new(Status::GenericFailure, text),
    }
}

/// Milliseconds from JavaScript as a time of a day at most.
pub(crate) fn milliseconds(name: &str, value: f64) -> napi::Result<Duration> {
    Duration::try_from_secs_f64(value / 1000.0)
        .ok()
        .filter(|time| *time <= Duration::from_secs(86_400))
        .ok_or_else(|| usage(format!("{name}: milliseconds from 0 to 86400000 are wanted, not {value}")))
}
