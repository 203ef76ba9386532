//! Errors in a spec file, told to its author.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a spec file cannot be used.
#[derive(Debug)]
pub enum SpecError {
    /// It could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is longer than any spec file needs to be.
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// It is not JSON, or a value is not of the kind that its key asks for.
    Content {
        /// The file, if it came from one.
        path: Option<PathBuf>,
        /// Line, from 1.
        line: usize,
        /// Column in octets, from 1.
        column: usize,
        /// Where in the document, such as `servers[0].url`; empty for the document as a whole.
        key: String,
        /// What is wrong, and what is wanted.
        problem: String,
    },
}

impl SpecError {
    pub(super) fn from_json(error: &serde_json::Error, key: String) -> Self {
        Self::Content {
            path: None,
            line: error.line(),
            column: error.column(),
            key: if error.is_data() { key } else { String::new() },
            problem: problem(error),
        }
    }

    pub(super) fn in_file(self, file: PathBuf) -> Self {
        match self {
            Self::Content { path: None, line, column, key, problem } => {
                Self::Content { path: Some(file), line, column, key, problem }
            }
            other => other,
        }
    }
}

/// The message of the JSON reader in our words, without the position, which is given separately.
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some((found, wanted)) =
            text.strip_prefix(prefix).and_then(|rest| rest.rsplit_once(", expected "))
        {
            let found: String = found.chars().take(80).collect();
            return format!("{wanted} is wanted here, not {found}");
        }
    }
    match text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(name) => format!("the key `{name}` is missing"),
        None => text.to_owned(),
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, error } => {
                write!(f, "the spec file {} cannot be read: {error}", path.display())
            }
            Self::TooLong { path } => {
                write!(
                    f,
                    "{} has more than {} octets: that is no spec file",
                    path.display(),
                    super::MAX_OCTETS
                )
            }
            Self::Content { path, line, column, key, problem } => {
                match path {
                    Some(path) => write!(f, "{}", path.display())?,
                    None => f.write_str("the spec")?,
                }
                // A document that had to be read without its layout has no lines to tell.
                if *line > 0 {
                    write!(f, ", line {line}, column {column}")?;
                }
                if !key.is_empty() && key != "." {
                    write!(f, ", key `{key}`")?;
                }
                write!(f, ": {problem}")
            }
        }
    }
}

impl std::error::Error for SpecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { error, .. } => Some(error),
            _ => None,
        }
    }
}
