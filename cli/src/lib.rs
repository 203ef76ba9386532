//! The `wsproof` command, as a library.
//!
//! [`main`] and [`wstest::main`] are the two commands from arguments to exit status. Packages for other languages ship
//! the same commands by calling them. The modules are the parts that the commands are made of: connections ([`net`]),
//! the driver of sessions and the scheduling of many ([`runner`]), reference testees and started ones ([`testee`]), the
//! server that clients are tested with ([`fuzzing_server`]), reports and progress ([`results`]), runs inside other programs
//! ([`embed`]), and the names of settings in error texts ([`face`]).

pub mod args;
pub mod choice;
pub mod commands;
pub mod embed;
pub mod exit;
pub mod face;
pub mod fuzzing_server;
mod inspector;
pub mod liveness;
pub mod net;
pub mod output;
pub mod progress;
pub mod results;
pub mod runner;
pub mod stop;
pub mod summary;
pub mod testee;
pub mod wstest;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Scenario};
use exit::{Exit, Failure};
use output::Channel;

/// The `wsproof` command. The first argument is the name of the program.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(args).into()
}

/// The `wsproof` command, with its exit status as a value.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too. A reader that is gone is no error.
            let _ = error.print();
            return if error.use_stderr() { Exit::WrongUse } else { Exit::Good };
        }
    };
    dispatch(&cli).unwrap_or_else(|failure| {
        Channel::Err.line(&format!("wsproof: {failure}"));
        failure.exit()
    })
}

fn dispatch(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        None => commands::main_job::run(&cli.main),
        Some(Command::TestServer(options)) => commands::test_server::run(options),
        Some(Command::TestClient(options)) => commands::test_client::run(options),
        Some(Command::Replay(options)) => commands::replay::run(options),
        Some(Command::Merge(options)) => commands::merge::run(options),
        Some(Command::Cases(options)) => commands::cases::run(options),
        Some(Command::Explain(options)) => commands::explain::run(options),
        Some(Command::Scenario(Scenario::Check(options))) => commands::scenario::check(options),
        Some(Command::Decode(options)) => commands::decode::run(options),
        Some(Command::Echo(options)) => commands::echo::run(options),
    }
}

/// The examples of docs/rust.md, as tests: this crate has all that they use.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
struct Guide;
