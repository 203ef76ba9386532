//! The programs that builds and tests need and cargo does not bring.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::step::Failure;

const PYTHON: (u32, u32) = (3, 11);
const NODE: (u32, u32) = (20, 0);

/// All of them.
#[derive(Debug)]
pub(crate) struct Tools {
    /// Starts Python.
    pub(crate) python: OsString,
    /// Its version.
    pub(crate) python_version: String,
    pub(crate) node: Node,
}

/// What builds the pages and the npm package.
#[derive(Debug)]
pub(crate) struct Node {
    /// Starts Node.
    pub(crate) program: OsString,
    /// Its version.
    pub(crate) version: String,
    /// Starts npm.
    pub(crate) npm: OsString,
}

/// Finds them all, or tells everything that is missing and where it can be had.
pub(crate) fn find() -> Result<Tools, Failure> {
    match (find_python(), find_node()) {
        (Ok((python, python_version)), Ok(node)) => Ok(Tools { python, python_version, node }),
        (python, node) => Err(missing(python.err().into_iter().chain(node.err().into_iter().flatten()))),
    }
}

/// Finds Node and npm, or tells what is missing of them.
pub(crate) fn node() -> Result<Node, Failure> {
    find_node().map_err(missing)
}

fn missing(what: impl IntoIterator<Item = String>) -> Failure {
    let list: Vec<String> = what.into_iter().collect();
    Failure(format!("This needs what is missing here:\n  {}", list.join("\n  ")))
}

fn find_python() -> Result<(OsString, String), String> {
    newest(&candidates("PYTHON", &["python3", "python", "py"]), PYTHON).map_err(|found| {
        format!(
            "Python {}.{} or newer ({found}): from python.org or your system's packages; PYTHON=/path/to/python3 names \
             another than that on the PATH",
            PYTHON.0, PYTHON.1
        )
    })
}

fn find_node() -> Result<Node, Vec<String>> {
    let node = newest(&candidates("NODE", &["node"]), NODE).map_err(|found| {
        format!(
            "Node {} or newer ({found}): from nodejs.org or your system's packages; NODE=/path/to/node names another \
             than that on the PATH",
            NODE.0
        )
    });
    // A script on Windows, where only programs are found without their ending.
    let npm = candidates("NPM", &[if cfg!(windows) { "npm.cmd" } else { "npm" }]);
    let npm = npm.into_iter().find(|npm| version(npm).is_some());
    let npm =
        npm.ok_or("npm (not found): it comes with Node; Debian has it as a package of its own".to_owned());
    match (node, npm) {
        (Ok((program, version)), Ok(npm)) => Ok(Node { program, version, npm }),
        (node, npm) => Err(node.err().into_iter().chain(npm.err()).collect()),
    }
}

fn candidates(variable: &str, names: &[&str]) -> Vec<OsString> {
    match env::var_os(variable) {
        Some(chosen) if !chosen.is_empty() => vec![chosen],
        _ => names.iter().map(OsString::from).collect(),
    }
}

/// The first candidate that is new enough, with its version; else what was found.
fn newest(candidates: &[OsString], minimum: (u32, u32)) -> Result<(OsString, String), String> {
    let mut found = "not found".to_owned();
    for candidate in candidates {
        let Some(version) = version(candidate) else { continue };
        if parse(&version) >= Some(minimum) {
            return Ok((candidate.clone(), version));
        }
        found = format!("`{}` is {version}", candidate.to_string_lossy());
    }
    Err(found)
}

/// What `--version` prints.
fn version(program: &OsString) -> Option<String> {
    let output =
        Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first two numbers of `Python 3.11.7` or `v20.20.2`.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(parse("Python 3.11.7"), Some((3, 11)));
        assert_eq!(parse("v20.20.2"), Some((20, 20)));
        assert_eq!(parse("Python"), None);
        assert!(parse("Python 3.9.1") < Some(PYTHON));
        assert!(parse("Python 3.14.0rc1") >= Some(PYTHON));
        assert!(parse("no version") < Some(PYTHON));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let found = newest(&["no-such-program-anywhere".into()], PYTHON);
        assert_eq!(found, Err("not found".to_owned()));
    }
}
