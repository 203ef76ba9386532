//! How a violation is told to JavaScript.

use wsproof_core::Violation;

/// What a violation says of itself: kind, clause, close code, offset, text.
#[must_use]
pub fn violation(violation: &Violation) -> String {
    let kind = violation.kind.name();
    let code = violation.close_code().0;
    format!("{kind}\0{}\0{code}\0{}\0{violation}", violation.clause(), violation.offset)
}
