//! The commands a developer of wsproof types: `cargo xtask test`, `check`, `bench`.

mod browsers;
mod check;
mod devtools;
mod hygiene;
mod interop;
mod links;
mod npm;
mod npm_ci;
mod python;
mod stamp;
mod step;
mod tools;
mod venv;
mod wasm;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use step::{Failure, Step, seconds};

const HELP: &str = "\
cargo xtask COMMAND

  test             everything: the Rust tests, the inspector, the Python and npm packages, real libraries as testees;
                   installs what that needs
  python [ARGS]    only the Python package: builds it, tests it; ARGS go to pytest
  interop [ARGS]   only the real libraries; ARGS go to tests/interop/run.py (--only, --repeat, --load, --help)
  hostile          what runs against hostile testees take, as a table, and a hundred runs that are killed: some minutes,
                   on a machine that has nothing else to do
  devtools         builds the web inspector and the DevTools panel: a page, and a zip for the browser
  check            formatting, lints, documentation, types, links of the documents, traces of this machine
  wasm             builds the WebAssembly modules and their JavaScript: bindings-wasm/pkg
  npm [build]      only the npm package: builds js/dist and, without `build`, tests it
  bench [ARGS]     speed beside other implementations; see bench/README.md
  help             this text

Needs Rust; `npm` and `devtools` also Node 20 or newer with npm; `test`, `check`, `python` and `interop` also Python 3.11
or newer.
The variables PYTHON, NODE and NPM name others than those on the PATH.";

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let done = match (command, rest) {
        ("test", []) => test(),
        ("python", rest) => python::run(rest),
        ("interop", rest) => interop::run(rest),
        ("hostile", []) => hostile(),
        ("devtools", []) => devtools::run(),
        ("wasm", []) => wasm::build_all(),
        ("npm", []) => tools::node().and_then(|node| npm::test(&node)),
        ("npm", [word]) if word == "build" => tools::node().and_then(|node| npm::build(&node)),
        ("check", []) => check::run(),
        ("bench", rest) => bench(rest),
        ("help" | "--help" | "-h", _) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        (command, []) => return wrong_use(&format!("there is no command `{command}`")),
        (command, [argument, ..]) => return wrong_use(&format!("`{command} {argument}` means nothing")),
    };
    match done {
        Ok(()) => {
            println!("cargo xtask {command} passed in {}", seconds(started.elapsed()));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            eprintln!("cargo xtask {command} failed after {}", seconds(started.elapsed()));
            ExitCode::FAILURE
        }
    }
}

fn wrong_use(what: &str) -> ExitCode {
    eprintln!("{what}\n\n{HELP}");
    ExitCode::from(2)
}

/// All tests. What is missing is told before the first of them runs.
fn test() -> Result<(), Failure> {
    let tools = tools::find()?;
    // The command has the inspector in it.
    devtools::build(&tools.node)?;
    Step::cargo("Rust tests", &["test", "--workspace"]).shown().run()?;
    devtools::test(&tools.node)?;
    python::run_with(&tools, &[])?;
    npm::test(&tools.node)?;
    devtools::test_round_trip(&tools.node, &python::environment(&tools)?)?;
    interop::run_with(&tools, &[])
}

/// The long forms of tests that every run has in short.
fn hostile() -> Result<(), Failure> {
    let tests = ["test", "--release", "--package", "wsproof", "--test", "hostile", "--test", "killed"];
    let chosen = ["--", "--ignored", "--nocapture", "--test-threads", "1"];
    Step::cargo("hostile testees, killed runs", &[&tests[..], &chosen].concat()).shown().run()
}

fn bench(arguments: &[String]) -> Result<(), Failure> {
    let mut step = Step::cargo("benchmarks", &["run", "--release", "--"]);
    step.command.args(arguments).current_dir(root().join("bench"));
    step.shown().run()
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The repository.
fn root() -> PathBuf {
    // Set by cargo at run time; the one from the build is that of the same folder unless it was moved.
    let own =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    own.parent().map(PathBuf::from).unwrap_or(own)
}
