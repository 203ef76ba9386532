//! What can go wrong when reports are written, told with the path and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A report, or a part of it, could not be written or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReportError {
    /// The output folder cannot be made or used.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a journal of ours, or of a version that this program does not know.
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The report cannot be part of a whole.
    Unmergeable {
        /// Its folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Several files failed; everything else was written.
    Several {
        /// The first error.
        first: Box<Self>,
        /// How many more there were.
        more: usize,
    },
}

impl ReportError {
    pub(crate) fn folder(path: &Path, source: io::Error) -> Self {
        Self::Folder { path: path.to_owned(), source }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// Gathers errors so that one failing file does not keep the others from being written.
    pub(crate) fn gather(errors: Vec<Self>) -> Result<(), Self> {
        let more = errors.len().saturating_sub(1);
        match errors.into_iter().next() {
            None => Ok(()),
            Some(only) if more == 0 => Err(only),
            Some(first) => Err(Self::Several { first: Box::new(first), more }),
        }
    }
}

/// What to do about it, as the end of the message.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "; choose another folder or make this one writable",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "; a file is in the way: move it or choose another folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room, then rebuild the report",
        io::ErrorKind::ReadOnlyFilesystem => "; choose a folder on a disk that can be written",
        io::ErrorKind::NotFound => "; check the path",
        _ => "",
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path, source } => {
                write!(f, "cannot use {} as report folder: {source}{}", path.display(), advice(source))
            }
            Self::Write { path, source } => {
                write!(f, "cannot write {}: {source}{}", path.display(), advice(source))
            }
            Self::Read { path, source } => {
                write!(f, "cannot read {}: {source}{}", path.display(), advice(source))
            }
            Self::Unmergeable { path, why } => write!(f, "{} cannot be merged: {why}", path.display()),
            Self::NotAJournal { path, why } => {
                write!(f, "{} is not a wsproof journal: {why}", path.display())
            }
            Self::Several { first, more } => write!(f, "{first} ({more} more files failed)"),
        }
    }
}

impl std::error::Error for ReportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Folder { source, .. } | Self::Write { source, .. } | Self::Read { source, .. } => {
                Some(source)
            }
            Self::NotAJournal { .. } | Self::Unmergeable { .. } => None,
            Self::Several { first, .. } => Some(first),
        }
    }
}
