//! `cargo xtask check`: all that can be said of the sources without running them.

use std::path::Path;
use std::time::Instant;

use crate::interop::python_checkers;
use crate::npm_ci::npm_ci;
use crate::step::{Failure, Step, seconds};
use crate::{hygiene, links, python, root, tools, wasm};

/// Workspaces beside the main one.
const OTHER_WORKSPACES: [&str; 3] = ["tests/interop/rust", "bench", "fuzz"];

/// The Python files.
const PYTHON: [&str; 3] = ["bench", "bindings-python", "tests/interop"];

/// What is looked at for types, each by itself: the testees import each other as programs do, the rest are packages.
const TYPED: [&str; 3] = ["bench/conformance/run.py", "tests/interop/run.py", "tests/interop/testees"];

/// The Python package and its tests, which import what their own environment has.
const PACKAGE: [&str; 3] =
    ["bindings-python/backend.py", "bindings-python/python/wsproof", "bindings-python/tests"];

/// Runs every check, also when one fails.
pub(crate) fn run() -> Result<(), Failure> {
    let tools = tools::find()?;
    let checkers = python_checkers(&tools)?;
    npm_ci(&tools.node, "JavaScript checker", &root())?;
    npm_ci(&tools.node, "Python checker", &root().join("bindings-python"))?;
    // What TypeScript knows of Rust stands in the files that wasm-bindgen makes.
    wasm::build_all()?;
    let mut steps = vec![Step::cargo("formatting", &["fmt", "--all", "--check"])];
    for workspace in OTHER_WORKSPACES {
        let manifest = format!("{workspace}/Cargo.toml");
        if root().join(&manifest).is_file() {
            steps.push(Step::cargo(
                &format!("formatting of {workspace}"),
                // Not `--all`, which takes in the crates of the main workspace that it depends on.
                &["fmt", "--check", "--manifest-path", &manifest],
            ));
        }
    }
    steps.push(clippy("lints", &["--workspace"]));
    steps.push(clippy("lints of the Rust testees", &["--manifest-path", "tests/interop/rust/Cargo.toml"]));
    let mut documentation = Step::cargo("documentation", &["doc", "--workspace", "--no-deps"]);
    documentation.command.env("RUSTDOCFLAGS", "-Dwarnings");
    steps.push(documentation);
    let ruff = checkers.join("ruff");
    steps.push(Step::new("formatting of Python", &ruff, &[&["format", "--check"], &PYTHON[..]].concat()));
    steps.push(Step::new("lints of Python", &ruff, &[&["check"], &PYTHON[..]].concat()));
    for path in TYPED {
        steps.push(Step::new(&format!("types of {path}"), checkers.join("mypy"), &[path]));
    }
    let packages = python::environment(&tools)?;
    let mut types = Step::new("types of the Python package", checkers.join("mypy"), &["--python-executable"]);
    types.command.arg(&packages).args(PACKAGE);
    steps.push(types);
    let pyright = root().join("bindings-python/node_modules/pyright/index.js");
    let mut types = Step::new("types of the Python package, pyright", &tools.node.program, &[pyright]);
    types.command.args(["--project", "bindings-python", "--pythonpath"]).arg(&packages);
    steps.push(types);
    let biome = Path::new("node_modules").join("@biomejs").join("biome").join("bin").join("biome");
    steps.push(Step::new(
        "JavaScript",
        &tools.node.program,
        &[root().join(biome).as_os_str(), "check".as_ref()],
    ));
    let tsc = root().join("node_modules").join("typescript").join("bin").join("tsc");
    steps.push(Step::new(
        "types of TypeScript",
        &tools.node.program,
        &[tsc.as_os_str(), "--noEmit".as_ref(), "-p".as_ref(), "js".as_ref()],
    ));
    steps.push(Step::new(
        "types of the inspector",
        &tools.node.program,
        &[tsc.as_os_str(), "-p".as_ref(), "inspector".as_ref()],
    ));
    let mut failures: Vec<String> =
        steps.into_iter().filter_map(|step| step.run().err()).map(|f| f.0).collect();
    failures.extend(look_at_files().into_iter().map(|failure| failure.0));
    if failures.is_empty() { Ok(()) } else { Err(Failure(failures.join("\n\n"))) }
}

fn clippy(name: &str, arguments: &[&str]) -> Step {
    let mut step = Step::cargo(name, &["clippy", "--all-targets"]);
    step.command.args(arguments).args(["--", "--deny", "warnings"]);
    step
}

/// Looks for traces of this machine in the files that git keeps, or would, and for links that lead nowhere.
fn look_at_files() -> Vec<Failure> {
    let mut list = std::process::Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let output = match list.output() {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            return vec![Failure(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)))];
        }
        Err(error) => return vec![Failure(format!("cannot start git: {error}"))],
    };
    let listed = String::from_utf8_lossy(&output.stdout);
    let files = || listed.split('\0').filter(|path| !path.is_empty());
    let root = root();
    let looks: [(&str, &dyn Fn() -> Vec<String>); 2] = [
        ("traces of this machine", &|| hygiene::look(&root, files())),
        ("links of the documents", &|| links::look(&root, files())),
    ];
    let mut failures = Vec::new();
    for (name, look) in looks {
        let started = Instant::now();
        let found = look();
        let word = if found.is_empty() { "ok  " } else { "FAIL" };
        println!("{word} {name:<46} {:>9}", seconds(started.elapsed()));
        if !found.is_empty() {
            failures.push(Failure(format!("{name}:\n  {}", found.join("\n  "))));
        }
    }
    failures
}
