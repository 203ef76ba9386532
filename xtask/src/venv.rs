//! Environments of Python: made once, and again when what they are made from has changed.

use std::path::{Path, PathBuf};

use crate::stamp::Stamp;
use crate::step::{Failure, Step};
use crate::tools::Tools;

/// The environment in this folder, with what the file requires. Returns its Python.
pub(crate) fn ready(
    tools: &Tools,
    name: &str,
    folder: &Path,
    requirements: &Path,
) -> Result<PathBuf, Failure> {
    let python = if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    };
    // An environment holds paths: a copy of it elsewhere is of no use.
    let other = format!("{} {}", tools.python_version, folder.display());
    let stamp = Stamp::of(folder.join("stamp"), &[requirements.to_owned()], &other).map_err(broken)?;
    if stamp.is_fresh() {
        return Ok(python);
    }
    let mut make = Step::new(&format!("environment for {name}"), &tools.python, &["-m", "venv", "--clear"]);
    make.command.arg(folder);
    make.run().map_err(|failure| {
        Failure(format!("{failure}\nOn Debian and Ubuntu the module is in the package python3-venv."))
    })?;
    install(&python, name, requirements)?;
    stamp.set().map_err(broken)?;
    Ok(python)
}

/// Adds what another file requires.
pub(crate) fn add(python: &Path, name: &str, requirements: &Path, stamp: PathBuf) -> Result<(), Failure> {
    let stamp = Stamp::of(stamp, &[requirements.to_owned()], "").map_err(broken)?;
    if !stamp.is_fresh() {
        install(python, name, requirements)?;
        stamp.set().map_err(broken)?;
    }
    Ok(())
}

fn install(python: &Path, name: &str, requirements: &Path) -> Result<(), Failure> {
    let arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    let mut step = Step::new(name, python, &arguments);
    step.command.arg(requirements);
    step.run()
}

fn broken(error: std::io::Error) -> Failure {
    Failure(format!("the files of the repository or what was installed beside them: {error}"))
}
