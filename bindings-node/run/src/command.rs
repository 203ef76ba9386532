//! The commands `wsproof` and `wstest`.

use std::ffi::OsString;
use std::process::ExitCode;

use napi::Result;
use napi_derive::napi;

use crate::error::usage;

/// Runs the command of this name with these arguments on the calling thread, and returns its exit status. It listens
/// for Ctrl-C itself.
#[napi(catch_unwind)]
pub fn run_command(name: String, arguments: Vec<String>) -> Result<u32> {
    let all = [name.clone()].into_iter().chain(arguments).map(OsString::from);
    match name.as_str() {
        "wsproof" => Ok(wsproof::run(all).code().into()),
        // Autobahn's has two ends: all well, and wrong use.
        "wstest" => Ok(u32::from(wsproof::wstest::main(all) != ExitCode::SUCCESS)),
        _ => Err(usage("the commands are `wsproof` and `wstest`")),
    }
}
