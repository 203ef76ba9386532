//! Which spec file is used.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::args::Args;
use crate::exit::Failure;
use crate::output::Channel;

/// The spec file: the one given, or `name` in the current folder, which is made of `content` if it is not there. Says
/// so in the words of the original.
pub(super) fn locate(args: &Args, name: &str, content: &str) -> Result<PathBuf, Failure> {
    let path = match &args.spec {
        Some(path) => {
            Channel::Out.line(&format!("Using explicit spec file '{}'", path.display()));
            path.clone()
        }
        None => {
            if make(Path::new(name), content)? {
                Channel::Out.line(&format!("Auto-generating spec file '{name}'"));
            } else {
                Channel::Out.line(&format!("Using implicit spec file '{name}'"));
            }
            PathBuf::from(name)
        }
    };
    let shown = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    Channel::Out.line(&format!("Loading spec from {}", shown.display()));
    Ok(path)
}

/// Whether the file was made; a file that is there is left alone.
fn make(path: &Path, content: &str) -> Result<bool, Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    match made.and_then(|mut file| file.write_all(content.as_bytes())) {
        Ok(()) => Ok(true),
        // A folder that cannot be written does no harm when the file is there.
        Err(_) if path.is_file() => Ok(false),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Failure::wrong_use(format!(
            "there is no spec file {}, and it cannot be made: {error}; name one with --spec",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_file_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fuzzingclient.json");
        assert!(make(&path, "first").unwrap());
        assert!(!make(&path, "second").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        let error = make(&folder.path().join("no").join("x.json"), "").unwrap_err().to_string();
        assert!(error.contains("name one with --spec"), "{error}");
    }
}
