//! The journal: every outcome a line of JSON, written the moment it exists.
//!
//! The first line is a [`Header`]; each other one is an [`Outcome`]. A killed run leaves at worst a torn last line, so
//! everything that was finished can be read again. Fields that this version does not know are passed over; a line that
//! cannot be read is reported and the rest is read all the same. When a case was run twice, the later line counts; lines
//! that count no longer are taken out when there are many of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wsproof_scenarios::shard::Shard;
use wsproof_scenarios::{CaseId, Outcome, Testee};

use crate::case_info::CaseInfo;
use crate::error::ReportError;
use crate::files::replace_file;

/// The journal's name in the report folder.
pub const FILE_NAME: &str = "journal.jsonl";

/// The name under which the journal of the run before is kept.
pub const PREVIOUS_FILE_NAME: &str = "journal.previous.jsonl";

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// Longer lines are not read into memory. This version writes none of more than half a MiB; an earlier one did.
const MAX_LINE: u64 = 64 << 20;

/// The first line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format; its name is what makes the file a journal of ours.
    pub wsproof_journal: u32,
    /// Name and version of the program that wrote it.
    #[serde(default)]
    pub tool: String,
    /// When the run began: milliseconds since 1970-01-01T00:00:00Z.
    #[serde(default)]
    pub started_ms: u64,
    /// Which side of the connection is under test.
    pub testee: Testee,
    /// Which part of a run it is, if it is not the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The selected cases.
    #[serde(default)]
    pub cases: Vec<CaseInfo>,
}

/// A part of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which one.
    pub shard: Shard,
    /// The cases of the whole run.
    pub of: Vec<CaseId>,
}

/// Where a journal has an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    offset: u64,
    len: u64,
}

/// Lines that others have replaced are taken out once they have so many octets: 4 MiB. A client that runs one case for
/// ever must not fill the disk.
const MAX_REPLACED: u64 = 4 << 20;

/// A journal that is being written.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Octets of the header line.
    header: u64,
    /// The end of the last whole line.
    end: u64,
    /// Octets of lines that others have replaced.
    replaced: u64,
    /// How many of these are borne.
    max_replaced: u64,
}

impl Journal {
    /// Begins a new journal. That of an earlier run is kept under [`PREVIOUS_FILE_NAME`].
    pub(crate) fn begin(dir: &Path, header: &Header) -> Result<Self, ReportError> {
        let path = dir.join(FILE_NAME);
        match fs::rename(&path, dir.join(PREVIOUS_FILE_NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ReportError::write(&dir.join(PREVIOUS_FILE_NAME), error));
            }
            _ => {}
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| ReportError::write(&path, error))?;
        let mut journal = Self::new(path, file);
        journal.append(&line(header))?;
        journal.header = journal.end;
        Ok(journal)
    }

    /// Opens a finished journal, to read single outcomes from it.
    pub(crate) fn reopen(path: &Path) -> Result<Self, ReportError> {
        let file = File::open(path).map_err(|error| ReportError::read(path, error))?;
        Ok(Self::new(path.to_owned(), file))
    }

    fn new(path: PathBuf, file: File) -> Self {
        Self { path, file, header: 0, end: 0, replaced: 0, max_replaced: MAX_REPLACED }
    }

    /// Writes one line, made by [`line`]; after that it is the operating system's to keep.
    pub(crate) fn append(&mut self, line: &[u8]) -> Result<Place, ReportError> {
        self.try_append(line).map_err(|error| {
            // Half a line (the disk is full) is taken back, so that the next one, if there is room again, stands
            // alone. If even that fails, readers pass over the damaged line.
            let _ = self.file.set_len(self.end);
            ReportError::write(&self.path, error)
        })
    }

    fn try_append(&mut self, line: &[u8]) -> io::Result<Place> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(line)?;
        let place = Place { offset: self.end, len: line.len() as u64 };
        self.end += place.len;
        Ok(place)
    }

    /// A line counts no longer: a later one took its place. Answers whether there are so many such lines that the journal
    /// is to be rewritten ([`Journal::rewrite`]).
    pub(crate) fn replaced(&mut self, place: Place) -> bool {
        self.replaced += place.len;
        self.replaced > self.max_replaced
    }

    /// Writes the journal anew with the lines that still count, whose places change. Answers how many octets fewer it has.
    pub(crate) fn rewrite<'a>(
        &mut self,
        lines: impl IntoIterator<Item = &'a mut Place>,
    ) -> Result<u64, ReportError> {
        let mut lines: Vec<&mut Place> = lines.into_iter().collect();
        lines.sort_by_key(|place| place.offset);
        let before = self.end;
        // If it fails, it is not tried with each line again.
        self.max_replaced = self.replaced + MAX_REPLACED;
        self.try_rewrite(&mut lines).map_err(|error| ReportError::write(&self.path, error))?;
        (self.replaced, self.max_replaced) = (0, MAX_REPLACED);
        Ok(before.saturating_sub(self.end))
    }

    fn try_rewrite(&mut self, lines: &mut [&mut Place]) -> io::Result<()> {
        let (mut old, mut places) = (self.file.try_clone()?, Vec::with_capacity(lines.len()));
        let mut end = 0;
        let file = replace_file(&self.path, |new| {
            let kept =
                std::iter::once((0, self.header)).chain(lines.iter().map(|place| (place.offset, place.len)));
            for (offset, len) in kept {
                old.seek(SeekFrom::Start(offset))?;
                if io::copy(&mut Read::by_ref(&mut old).take(len), new)? != len {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                places.push(Place { offset: end, len });
                end += len;
            }
            Ok(())
        })?;
        (self.file, self.end) = (file, end);
        for (place, new) in lines.iter_mut().zip(places.into_iter().skip(1)) {
            **place = new;
        }
        Ok(())
    }

    /// Reads an outcome back.
    pub(crate) fn read(&mut self, place: Place) -> Result<Outcome, ReportError> {
        self.try_read(place).map_err(|error| ReportError::read(&self.path, error))
    }

    fn try_read(&mut self, place: Place) -> io::Result<Outcome> {
        self.file.seek(SeekFrom::Start(place.offset))?;
        let mut line = vec![0; place.len as usize];
        self.file.read_exact(&mut line)?;
        Ok(serde_json::from_slice(&line)?)
    }
}

/// The line of a value.
pub(crate) fn line(value: &impl Serialize) -> Vec<u8> {
    // Writing to memory, of maps whose keys are strings or numbers, cannot fail.
    let mut line = serde_json::to_vec(value).unwrap_or_else(|error| unreachable!("JSON in memory: {error}"));
    line.push(b'\n');
    line
}

/// A line of a journal that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedLine {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// Reads a journal line by line: an iterator over its outcomes.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    offset: u64,
    line: u64,
    damaged: Vec<DamagedLine>,
}

/// Of a journal that is no journal, not every line is reported.
const MAX_DAMAGED: usize = 100;

impl Reader {
    /// Opens a journal and reads its header.
    ///
    /// # Errors
    /// The file cannot be read, or its first line is not the header of a journal that this version knows.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let file = File::open(path).map_err(|error| ReportError::read(path, error))?;
        let mut file = BufReader::new(file);
        let (line, len, _) = read_line(&mut file).map_err(|error| ReportError::read(path, error))?;
        let header =
            parse_header(&line).map_err(|why| ReportError::NotAJournal { path: path.to_owned(), why })?;
        Ok(Self { path: path.to_owned(), file, header, offset: len, line: 1, damaged: Vec::new() })
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The lines that could not be read so far, the first hundred of them. A torn last line, which a killed run
    /// leaves, is one.
    pub fn damaged(&self) -> &[DamagedLine] {
        &self.damaged
    }

    /// The next outcome and where it is; `None` at the end.
    pub(crate) fn next_with_place(&mut self) -> Result<Option<(Place, Outcome)>, ReportError> {
        loop {
            let (line, len, whole) =
                read_line(&mut self.file).map_err(|error| ReportError::read(&self.path, error))?;
            if len == 0 {
                return Ok(None);
            }
            let place = Place { offset: self.offset, len };
            self.offset += len;
            self.line += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let parsed = match whole {
                true => serde_json::from_slice(&line).map_err(|error| error.to_string()),
                false => Err(format!("longer than {MAX_LINE} octets")),
            };
            match parsed {
                Ok(outcome) => return Ok(Some((place, outcome))),
                Err(why) if self.damaged.len() < MAX_DAMAGED => {
                    self.damaged.push(DamagedLine { line: self.line, why });
                }
                Err(_) => {}
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Outcome, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with_place().map(|next| next.map(|(_, outcome)| outcome)).transpose()
    }
}

/// A line, its length in the file, and whether it is all there: of one that is too long only the length is right.
fn read_line(file: &mut impl BufRead) -> io::Result<(Vec<u8>, u64, bool)> {
    let mut line = Vec::new();
    let mut len = file.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? as u64;
    if len < MAX_LINE || line.ends_with(b"\n") {
        return Ok((line, len, true));
    }
    line.clear();
    len += file.skip_line()?;
    Ok((line, len, false))
}

/// Reads past the end of the line.
trait SkipLine: BufRead {
    fn skip_line(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let buffer = self.fill_buf()?;
            let (n, found) = match buffer.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.consume(n);
            skipped += n as u64;
            if found {
                return Ok(skipped);
            }
        }
    }
}

impl<T: BufRead> SkipLine for T {}

fn parse_header(line: &[u8]) -> Result<Header, String> {
    // The version is looked at first: another one may have other fields.
    #[derive(Deserialize)]
    struct Version {
        wsproof_journal: u32,
    }
    let version: Version =
        serde_json::from_slice(line).map_err(|error| format!("its first line: {error}"))?;
    if version.wsproof_journal > VERSION {
        return Err(format!(
            "it has version {}, this program knows up to {VERSION}; use a newer wsproof",
            version.wsproof_journal
        ));
    }
    serde_json::from_slice(line).map_err(|error| format!("its first line: {error}"))
}
