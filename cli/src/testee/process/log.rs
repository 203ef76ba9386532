//! Writes the output of a testee to a file.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How much of the end of the log is looked at for the last lines.
const TAIL: u64 = 16 * 1024;

/// So many lines are shown at most.
const LINES: usize = 10;

/// The file that gets what a testee prints: one that stays, or one that is removed with this value.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    kept: bool,
}

impl Log {
    /// A file that stays.
    pub fn kept(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), kept: true }
    }

    /// A file of the system's folder for temporary ones. Error messages show its last lines and do not name it, since it
    /// is gone when they are read.
    pub fn temporary() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wsproof-{}-{number}.log", std::process::id());
        Self { path: std::env::temp_dir().join(name), kept: false }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file, and the folder that it is in.
    pub(super) fn create(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        File::create(&self.path)
    }

    /// The last lines for an error message, which they continue.
    pub(super) fn tail(&self) -> String {
        let place = if self.kept { format!(" ({})", self.path.display()) } else { String::new() };
        let lines = last_lines(&self.path, LINES);
        if lines.is_empty() {
            return format!("; it printed nothing{place}");
        }
        let mut text = format!("; its last lines{place}:");
        for line in lines {
            text.push_str("\n  | ");
            text.push_str(&line);
        }
        text
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.kept {
            // It is there only if a command was started.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The last lines of a file, without what could play tricks on a terminal.
fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut octets = Vec::new();
        file.take(TAIL).read_to_end(&mut octets)?;
        Ok(octets)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| harmless(line)).collect()
}

/// At most 200 characters of a line, control characters made visible.
fn harmless(line: &str) -> String {
    let visible = |c: char| {
        if c == '\t' {
            ' '
        } else if c.is_control() {
            '\u{fffd}'
        } else {
            c
        }
    };
    line.trim_end().chars().take(200).map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_few_and_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut text: String = (0..10_000).map(|i| format!("line {i}\n")).collect();
        text.push_str("\x1b[31mred\n\n");
        fs::write(&log, text).unwrap();
        let lines = last_lines(&log, 2);
        assert_eq!(lines, ["line 9999", "\u{fffd}[31mred"]);
        assert!(last_lines(&folder.path().join("missing"), 2).is_empty());
    }

    #[test]
    fn only_a_file_that_stays_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Log::kept(folder.path().join("deep").join("kept.log"));
        let temporary = Log::temporary();
        for log in [&kept, &temporary] {
            log.create().unwrap();
            fs::write(log.path(), "out of luck\n").unwrap();
        }
        assert_eq!(kept.tail(), format!("; its last lines ({}):\n  | out of luck", kept.path().display()));
        assert_eq!(temporary.tail(), "; its last lines:\n  | out of luck");
        let (kept_path, gone) = (kept.path().to_owned(), temporary.path().to_owned());
        drop((kept, temporary));
        assert!(kept_path.exists() && !gone.exists());
    }
}
