//! Real libraries as testees: installs them, builds what runs them, and runs it.

use std::path::{Path, PathBuf};

use crate::npm_ci::npm_ci;
use crate::step::{Failure, Step};
use crate::tools::{self, Tools};
use crate::{root, venv};

/// Runs the interop tests; the arguments go to their runner.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    run_with(&tools::find()?, arguments)
}

/// The same with tools that were found already.
pub(crate) fn run_with(tools: &Tools, arguments: &[String]) -> Result<(), Failure> {
    let binaries =
        built("wsproof, optimised", &["build", "--release", "--package", "wsproof", "--bins"], &root())?;
    let python = python_testees(tools)?;
    node_testees(tools)?;
    let testees =
        built("Rust testees", &["build", "--release", "--bins", "--locked"], &folder().join("rust"))?;
    let rust = testees
        .first()
        .and_then(|path| path.parent())
        .ok_or_else(|| Failure("cargo built no testee".to_owned()))?;
    let mut runner = Step::new("interop tests", python, &[folder().join("run.py")]);
    for name in ["wsproof", "wstest"] {
        let path = binaries.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
        let path = path.ok_or_else(|| Failure(format!("cargo built no {name}")))?;
        runner.command.arg(format!("--{name}")).arg(path);
    }
    runner.command.arg("--node").arg(&tools.node.program).arg("--rust").arg(rust).args(arguments);
    // Lines that are cut in the middle by a full buffer are hard to read in a log.
    runner.command.env("PYTHONUNBUFFERED", "1").env("PYTHONUTF8", "1");
    runner.shown().run()
}

fn folder() -> PathBuf {
    root().join("tests").join("interop")
}

/// Builds with cargo and returns the programs that came out, wherever its target folder is.
fn built(name: &str, arguments: &[&str], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut step = Step::cargo(name, arguments);
    step.command.arg("--message-format=json-render-diagnostics").current_dir(folder);
    Ok(step.stdout()?.lines().filter_map(executable).collect())
}

/// The program that a line of cargo's messages tells of.
fn executable(line: &str) -> Option<PathBuf> {
    let (_, rest) = line.split_once("\"executable\":\"")?;
    let mut path = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(path.into()),
            '\\' => path.push(characters.next()?),
            character => path.push(character),
        }
    }
}

/// The Python libraries, in an environment of their own. Returns its Python.
fn python_testees(tools: &Tools) -> Result<PathBuf, Failure> {
    venv::ready(tools, "Python testees", &folder().join(".venv"), &folder().join("requirements.txt"))
}

/// The tools that look at the Python files, in the same environment. Returns the folder of its programs.
pub(crate) fn python_checkers(tools: &Tools) -> Result<PathBuf, Failure> {
    let python = python_testees(tools)?;
    let stamp = folder().join(".venv").join("stamp-check");
    venv::add(&python, "Python checkers", &folder().join("requirements-check.txt"), stamp)?;
    Ok(python.parent().map(PathBuf::from).unwrap_or_default())
}

/// The Node libraries.
fn node_testees(tools: &Tools) -> Result<(), Failure> {
    npm_ci(&tools.node, "Node testees", &folder().join("node"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_the_messages_of_cargo() {
        let line = r#"{"reason":"compiler-artifact","executable":"/t/release/a","fresh":true}"#;
        assert_eq!(executable(line), Some("/t/release/a".into()));
        let line = r#"{"executable":"C:\\t\\a.exe"}"#;
        assert_eq!(executable(line), Some(r"C:\t\a.exe".into()));
        assert_eq!(executable(r#"{"executable":null}"#), None);
        assert_eq!(executable(r#"{"executable":"cut"#), None);
    }
}
