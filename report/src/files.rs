//! Writes files atomically: a file is complete or absent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::ReportError;

/// Writes the file under another name and then moves it into place, so that a reader (or a kill) never meets half
/// of it, and what a link in the folder points at is never overwritten.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    write_with(path, |file| file.write_all(content)).map_err(|error| ReportError::write(path, error))
}

fn write_with(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    replace_file(path, fill).map(drop)
}

/// Fills a new file that takes the place of the one of this name. It can be written and read on.
pub(crate) fn replace_file(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<File> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary_name = std::ffi::OsString::from(format!(".{}-", std::process::id()));
    temporary_name.push(name);
    let temporary = path.with_file_name(temporary_name);
    let result = (|| {
        // Never write through a leftover of a killed run with the same process id, or through a link.
        remove_if_there(&temporary)?;
        let mut file = File::options().read(true).write(true).create_new(true).open(&temporary)?;
        fill(&mut file)?;
        fs::rename(&temporary, path)?;
        Ok(file)
    })();
    if result.is_err() {
        // The first error is the one that matters; a leftover that cannot be removed does no harm.
        let _ = fs::remove_file(&temporary);
    }
    result
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_old_file_stays_when_the_new_one_fails() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_atomically(&path, b"one").unwrap();
        let full = write_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(full.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_its_target_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        fs::write(&target, b"precious").unwrap();
        let link = dir.path().join("index.json");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_atomically(&link, b"{}").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"precious");
        assert_eq!(fs::read(&link).unwrap(), b"{}");
    }
}
