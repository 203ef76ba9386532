//! Cases, and sessions in memory, for browsers and wherever there is no native half: `bindings-node/run` without what
//! needs sockets, files or threads. Only those fetch it who test something.
//!
//! `js/src/test/engine.ts` says what the classes and their fields mean; `js/src/test/wasm-engine.ts` makes of these what
//! people see.
#![allow(unreachable_pub, reason = "what JavaScript sees has to be public for wasm-bindgen")]

mod case;
mod outcome;
mod session;

use wasm_bindgen::prelude::JsError;

/// What was asked for cannot be.
fn refusal(why: impl ToString) -> JsError {
    JsError::new(&why.to_string())
}
