//! Cases, runs, sessions in memory and the two commands, as Node sees them: the second add-on of the npm package, which
//! only those load who test something.
//!
//! Errors have the code `InvalidArg` for what was asked for and cannot be, `GenericFailure` for a run that cannot go on.
//! `js/src/test/` makes classes of errors from these, and is what people see.
#![cfg_attr(test, allow(dead_code, reason = "napi-derive registers nothing in tests"))]
#![allow(unreachable_pub, reason = "what Node sees has to be public for napi-derive")]

mod case;
mod client;
mod command;
mod error;
mod outcome;
mod server;
mod session;
mod waiting;
