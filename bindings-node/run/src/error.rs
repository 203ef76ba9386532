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

/// Milliseconds from JavaScript as a time.
pub(crate) fn milliseconds(name: &str, value: f64) -> napi::Result<Duration> {
    wsproof_scenarios::time::milliseconds(name, value).map_err(usage)
}
