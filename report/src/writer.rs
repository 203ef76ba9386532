//! Takes outcomes, writes the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use wsproof_scenarios::{CaseId, Outcome, Testee};

use crate::autobahn;
use crate::case_info::CaseInfo;
use crate::error::ReportError;
use crate::files::write_atomically;
use crate::html;
use crate::inspector;
use crate::journal::{self, DamagedLine, Header, Journal, Part};
use crate::junit;
use crate::names::Stems;
use crate::summary::{AgentSummary, CaseSummary, Neighbours, Results, Summary};

/// What a report is about.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which side of the connection is under test.
    pub testee: Testee,
    /// The selected cases, in any order. Those without a result are shown as missing.
    pub cases: Vec<CaseInfo>,
    /// Where JUnit XML goes, if it is wanted.
    pub junit: Option<PathBuf>,
    /// Name and version of the program, such as `wsproof 0.1.0`, for the head of the report.
    pub tool: String,
    /// Which part of a run it is, if it is not the whole.
    pub part: Option<Part>,
}

/// Where the parts of a report are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPaths {
    /// The folder of the report.
    pub dir: PathBuf,
    /// The page to open.
    pub index_html: PathBuf,
    /// Autobahn's index.
    pub index_json: PathBuf,
    /// The journal.
    pub journal: PathBuf,
    /// JUnit XML, if it was wanted.
    pub junit: Option<PathBuf>,
}

/// Writes a report while the results come in.
///
/// Results already taken are never lost by a later failure: every method writes all it can before it returns the
/// errors that it met.
#[derive(Debug)]
pub struct ReportWriter {
    paths: ReportPaths,
    testee: Testee,
    tool: String,
    /// The selected cases and those that came unasked, by id.
    cases: BTreeMap<CaseId, CaseInfo>,
    /// The selected ones, in running order.
    selected: Vec<CaseId>,
    journal: Journal,
    stems: Stems,
    results: BTreeMap<Arc<str>, Results>,
    /// Whether something came since the index was written.
    changed: bool,
    /// The folder has the inspector's page.
    inspector: bool,
}

impl ReportWriter {
    /// Makes the folder, if need be, and begins the journal.
    ///
    /// What an earlier run left in the folder is overwritten file by file as this run comes to it; its journal is kept
    /// as [`journal::PREVIOUS_FILE_NAME`]. Nothing is deleted.
    ///
    /// # Errors
    /// The folder, or that of the JUnit file, cannot be made or written.
    pub fn open(dir: impl AsRef<Path>, options: Options) -> Result<Self, ReportError> {
        let dir = dir.as_ref();
        make_folder(dir)?;
        if let Some(parent) = options.junit.as_deref().and_then(Path::parent) {
            make_folder(parent)?;
        }
        let header = Header {
            wsproof_journal: journal::VERSION,
            tool: options.tool.clone(),
            started_ms: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_millis() as u64),
            testee: options.testee,
            part: options.part.clone(),
            cases: options.cases.clone(),
        };
        let journal = Journal::begin(dir, &header)?;
        Ok(Self::new(dir, options, journal))
    }

    fn new(dir: &Path, options: Options, journal: Journal) -> Self {
        let cases: BTreeMap<CaseId, CaseInfo> =
            options.cases.into_iter().map(|case| (case.id, case)).collect();
        Self {
            paths: ReportPaths {
                dir: dir.to_owned(),
                index_html: dir.join("index.html"),
                index_json: dir.join("index.json"),
                journal: dir.join(journal::FILE_NAME),
                junit: options.junit,
            },
            testee: options.testee,
            tool: options.tool,
            selected: cases.keys().copied().collect(),
            cases,
            journal,
            stems: Stems::default(),
            results: BTreeMap::new(),
            changed: true,
            inspector: inspector::is_there(dir),
        }
    }

    /// Where the parts of the report are, or will be.
    pub fn paths(&self) -> &ReportPaths {
        &self.paths
    }

    /// Takes an outcome: a line of the journal and the two files of the case. An earlier one of the same testee and
    /// case is replaced.
    ///
    /// # Errors
    /// Some of the three could not be written; the others were, and the outcome counts in the index.
    pub fn add(&mut self, outcome: &Outcome) -> Result<(), ReportError> {
        let mut errors = Vec::new();
        let place = self.journal.append(outcome).map_err(|error| errors.push(error)).ok();
        self.take(outcome, place, &mut errors);
        ReportError::gather(errors)
    }

    fn take(&mut self, outcome: &Outcome, place: Option<journal::Place>, errors: &mut Vec<ReportError>) {
        let agent = match self.results.get_key_value(outcome.agent.as_str()) {
            Some((agent, _)) => Arc::clone(agent),
            None => Arc::from(outcome.agent.as_str()),
        };
        let stem = Arc::from(self.stems.get(&agent));
        let mut result = CaseSummary::of(outcome, Arc::clone(&agent), stem);
        result.place = place;
        result.neighbours = self.planned_neighbours(outcome.id);
        let info = self.cases.entry(outcome.id).or_insert_with(|| CaseInfo::unknown(outcome.id));
        let json = self.paths.dir.join(result.file("json"));
        let case = autobahn::case(outcome, info);
        errors.extend(write_atomically(&json, &case).err());
        let link = self.inspector.then(|| inspector::link(&result.file("json"), &case));
        let page = html::case_page(outcome, info, &result, link);
        errors.extend(write_atomically(&self.paths.dir.join(result.file("html")), page.as_bytes()).err());
        self.results.entry(agent).or_default().insert(outcome.id, result);
        self.changed = true;
    }

    /// The neighbours that the case will have if all selected cases get a result.
    fn planned_neighbours(&self, id: CaseId) -> Neighbours {
        let at = self.selected.partition_point(|other| *other < id);
        let after = at + usize::from(self.selected.get(at) == Some(&id));
        Neighbours {
            previous: at.checked_sub(1).map(|before| self.selected[before]),
            next: self.selected.get(after).copied(),
        }
    }

    /// The outcome that counts for this testee and case, read from the journal; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn outcome(&mut self, agent: &str, id: CaseId) -> Result<Option<Outcome>, ReportError> {
        let place =
            self.results.get(agent).and_then(|results| results.get(&id)).and_then(|result| result.place);
        place.map(|place| self.journal.read(place)).transpose()
    }

    /// Writes the index for what is there now; does nothing if nothing came since the last time.
    ///
    /// # Errors
    /// A file could not be written; the others were.
    pub fn update(&mut self) -> Result<&ReportPaths, ReportError> {
        if self.changed {
            let mut errors = self.mend_links();
            let json = autobahn::index(self.results.values().flat_map(BTreeMap::values));
            errors.extend(write_atomically(&self.paths.index_json, &json).err());
            let page = html::index_page(&self.index());
            errors.extend(write_atomically(&self.paths.index_html, page.as_bytes()).err());
            self.changed = !errors.is_empty();
            ReportError::gather(errors)?;
        }
        Ok(&self.paths)
    }

    /// Writes the index and, if it is wanted, JUnit XML. More outcomes may follow.
    ///
    /// # Errors
    /// A file could not be written; the others were.
    pub fn finish(&mut self) -> Result<&ReportPaths, ReportError> {
        let mut errors = Vec::new();
        errors.extend(self.update().err());
        if let Some(path) = self.paths.junit.clone() {
            let xml = junit::to_xml(&self.results, &self.cases, &self.selected, &self.tool, |place| {
                self.journal.read(place).ok()
            });
            errors.extend(write_atomically(&path, xml.as_bytes()).err());
        }
        ReportError::gather(errors)?;
        Ok(&self.paths)
    }

    /// Pages beside a case that got no result link past it: a link to nowhere, or to a page of an earlier run, would
    /// mislead. In a complete run there is nothing to do.
    fn mend_links(&mut self) -> Vec<ReportError> {
        let mut errors = Vec::new();
        for results in self.results.values_mut() {
            let ids: Vec<CaseId> = results.keys().copied().collect();
            for (at, id) in ids.iter().enumerate() {
                let actual = Neighbours {
                    previous: at.checked_sub(1).map(|before| ids[before]),
                    next: ids.get(at + 1).copied(),
                };
                let Some(result) = results.get_mut(id).filter(|result| result.neighbours != actual) else {
                    continue;
                };
                let (Some(place), Some(info)) = (result.place, self.cases.get(id)) else { continue };
                match self.journal.read(place) {
                    Ok(outcome) => {
                        result.neighbours = actual;
                        let link = self
                            .inspector
                            .then(|| inspector::link(&result.file("json"), &autobahn::case(&outcome, info)));
                        let page = html::case_page(&outcome, info, result, link);
                        let path = self.paths.dir.join(result.file("html"));
                        errors.extend(write_atomically(&path, page.as_bytes()).err());
                    }
                    Err(error) => errors.push(error),
                }
            }
        }
        errors
    }

    fn index(&self) -> html::Index<'_> {
        html::Index {
            testee: self.testee,
            tool: &self.tool,
            cases: self.cases.values().collect(),
            selected: &self.selected,
            agents: self.results.iter().map(|(agent, results)| (&**agent, results)).collect(),
        }
    }

    /// How many cases got which verdict.
    pub fn summary(&self) -> Summary {
        let agents = self.results.iter();
        Summary {
            agents: agents.map(|(name, r)| (name.to_string(), AgentSummary::of(r, &self.selected))).collect(),
        }
    }

    /// The results so far, by testee and then by case.
    pub fn results(&self) -> impl Iterator<Item = &CaseSummary> {
        self.results.values().flat_map(BTreeMap::values)
    }
}

fn make_folder(dir: &Path) -> Result<(), ReportError> {
    // An empty path is the parent of a plain file name: the current folder.
    if dir.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(dir).map_err(|error| ReportError::folder(dir, error))
}

/// A report that was built again from a journal.
#[derive(Debug)]
pub struct Rebuilt {
    /// Where it is.
    pub paths: ReportPaths,
    /// How many cases got which verdict.
    pub summary: Summary,
    /// Lines of the journal that could not be read, the first hundred of them.
    pub damaged: Vec<DamagedLine>,
}

/// Builds the report in a folder again from its journal, such as after a run that was killed.
///
/// # Errors
/// There is no journal in the folder, or it is none of ours, or a file could not be written (the others were).
pub fn from_journal(dir: impl AsRef<Path>, junit: Option<PathBuf>) -> Result<Rebuilt, ReportError> {
    let dir = dir.as_ref();
    let path = dir.join(journal::FILE_NAME);
    let mut reader = journal::Reader::open(&path)?;
    if let Some(parent) = junit.as_deref().and_then(Path::parent) {
        make_folder(parent)?;
    }
    let header = reader.header().clone();
    let options =
        Options { testee: header.testee, cases: header.cases, junit, tool: header.tool, part: header.part };
    let mut writer = ReportWriter::new(dir, options, Journal::reopen(&path)?);
    let mut errors = Vec::new();
    loop {
        match reader.next_with_place() {
            Ok(Some((place, outcome))) => writer.take(&outcome, Some(place), &mut errors),
            Ok(None) => break,
            // What was read so far still becomes a report.
            Err(error) => {
                errors.push(error);
                break;
            }
        }
    }
    errors.extend(writer.finish().err());
    ReportError::gather(errors)?;
    Ok(Rebuilt { paths: writer.paths.clone(), summary: writer.summary(), damaged: reader.damaged().to_vec() })
}
