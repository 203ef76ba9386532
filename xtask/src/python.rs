//! The Python package: built, installed into an environment of its own, and tested there.

use std::path::PathBuf;

use crate::devtools;
use crate::step::{Failure, Step};
use crate::tools::{self, Tools};
use crate::{root, venv};

/// Builds and tests the package; the arguments go to pytest.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    run_with(&tools::find()?, arguments)
}

/// The same with tools that were found already.
pub(crate) fn run_with(tools: &Tools, arguments: &[String]) -> Result<(), Failure> {
    // The package has the inspector in it.
    devtools::build(&tools.node)?;
    let python = environment(tools)?;
    // The profile of the Rust tests: most is compiled by now, and waiting takes the tests longer than computing.
    let mut build = Step::new("Python package", &python, &["-m", "maturin", "develop", "--quiet"]);
    build.command.env("VIRTUAL_ENV", folder());
    build.without_facts_about_xtask().run()?;
    let mut tests = Step::new("Python tests", &python, &["-m", "pytest", "--quiet"]);
    tests.command.args(arguments).env("PYTHONUTF8", "1");
    tests.shown().run()
}

/// The environment with what the tests need. Returns its Python.
pub(crate) fn environment(tools: &Tools) -> Result<PathBuf, Failure> {
    let requirements = root().join("bindings-python").join("requirements-test.txt");
    venv::ready(tools, "the Python tests", &folder(), &requirements)
}

fn folder() -> PathBuf {
    root().join("target").join("python")
}
