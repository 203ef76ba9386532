//! Takes outcomes and writes the files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use wsproof_scenarios::{CaseId, Outcome, Testee};

use crate::abridge::abridged;
use crate::autobahn;
use crate::budget::Budget;
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
/// From the first moment on the folder has an index that can be read and says how many cases have no result. Whatever
/// a testee does, the files of its outcomes have no more than 40 MiB together: what does not fit is cut, and says so.
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
    budget: Budget,
    /// Whether something came since the index was written.
    changed: bool,
    /// All that was to come has come.
    finished: bool,
    /// The folder has the inspector's page.
    inspector: bool,
}

impl ReportWriter {
    /// Makes the folder, if need be, and begins the journal, the index and, if it is wanted, JUnit XML.
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
        let mut writer = Self::new(dir, options, journal);
        writer.update()?;
        Ok(writer)
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
            budget: Budget::new(cases.len()),
            cases,
            journal,
            stems: Stems::default(),
            results: BTreeMap::new(),
            changed: true,
            finished: false,
            inspector: inspector::is_there(dir),
        }
    }

    /// Where the parts of the report are, or will be.
    pub fn paths(&self) -> &ReportPaths {
        &self.paths
    }

    /// Takes an outcome: a line of the journal and the two files of the case. An earlier one of the same testee and
    /// case is replaced. Of an outcome that is too long for what the report may take, the verdicts and as much of the
    /// rest as fits are written.
    ///
    /// # Errors
    /// Some of the three could not be written; the others were, and the outcome counts in the index.
    pub fn add(&mut self, outcome: &Outcome) -> Result<(), ReportError> {
        let mut result = self.summary_of(outcome);
        let mut errors = Vec::new();
        let mut rendered = self.render(outcome, &result, true);
        let share = self.share(outcome);
        let mut shorter = abridged(outcome);
        while rendered.octets() > share
            && let Some(outcome) = shorter.next()
        {
            rendered = self.render(&outcome, &result, true);
        }
        if let Some(line) = &rendered.line {
            result.place = self.journal.append(line).map_err(|error| errors.push(error)).ok();
            self.budget.spend(line.len() as u64);
        }
        self.write_files(result, &rendered, &mut errors);
        ReportError::gather(errors)
    }

    /// Takes an outcome that the journal has already.
    fn take(&mut self, outcome: &Outcome, place: journal::Place, errors: &mut Vec<ReportError>) {
        let result = CaseSummary { place: Some(place), ..self.summary_of(outcome) };
        let mut rendered = self.render(outcome, &result, false);
        let share = self.share(outcome);
        let mut shorter = abridged(outcome);
        while rendered.octets() > share
            && let Some(outcome) = shorter.next()
        {
            rendered = self.render(&outcome, &result, false);
        }
        self.write_files(result, &rendered, errors);
    }

    fn summary_of(&mut self, outcome: &Outcome) -> CaseSummary {
        let agent = match self.results.get_key_value(outcome.agent.as_str()) {
            Some((agent, _)) => Arc::clone(agent),
            None => Arc::from(outcome.agent.as_str()),
        };
        let stem = Arc::from(self.stems.get(&agent));
        self.cases.entry(outcome.id).or_insert_with(|| CaseInfo::unknown(outcome.id));
        let neighbours = self.planned_neighbours(outcome.id);
        CaseSummary { neighbours, ..CaseSummary::of(outcome, agent, stem) }
    }

    /// Octets that this outcome may take.
    fn share(&self, outcome: &Outcome) -> u64 {
        let known = self.results.contains_key(outcome.agent.as_str());
        let results = self.results.values().map(BTreeMap::len).sum();
        self.budget.share(self.results.len() + usize::from(!known), results)
    }

    /// What is written of an outcome; the line of the journal only if it is wanted.
    fn render(&self, outcome: &Outcome, result: &CaseSummary, line: bool) -> Rendered {
        let unknown = || CaseInfo::unknown(outcome.id);
        let info = self.cases.get(&outcome.id).map_or_else(|| Cow::Owned(unknown()), Cow::Borrowed);
        let json = autobahn::case(outcome, &info);
        let link = self.inspector.then(|| inspector::link(&result.file("json"), &json));
        let html = html::case_page(outcome, &info, result, link);
        Rendered { line: line.then(|| journal::line(outcome)), json, html }
    }

    fn write_files(&mut self, mut result: CaseSummary, rendered: &Rendered, errors: &mut Vec<ReportError>) {
        let dir = &self.paths.dir;
        errors.extend(write_atomically(&dir.join(result.file("json")), &rendered.json).err());
        errors.extend(write_atomically(&dir.join(result.file("html")), rendered.html.as_bytes()).err());
        result.octets = (rendered.json.len() + rendered.html.len()) as u64;
        self.budget.spend(result.octets);
        (self.changed, self.finished) = (true, false);
        let results = self.results.entry(Arc::clone(&result.agent)).or_default();
        let Some(old) = results.insert(result.id, result) else { return };
        self.budget.free(old.octets);
        if old.place.is_some_and(|place| self.journal.replaced(place)) {
            let results = self.results.values_mut().flat_map(BTreeMap::values_mut);
            match self.journal.rewrite(results.filter_map(|result| result.place.as_mut())) {
                Ok(fewer) => self.budget.free(fewer),
                Err(error) => errors.push(error),
            }
        }
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

    /// Writes the index, and JUnit XML if it is wanted, for what is there now; does nothing if nothing came since the last
    /// time. Either says that the run is not finished.
    ///
    /// # Errors
    /// A file could not be written; the others were.
    pub fn update(&mut self) -> Result<&ReportPaths, ReportError> {
        if self.changed {
            let mut errors = self.write_index();
            if !self.finished {
                errors.extend(self.write_junit().err());
            }
            self.changed = !errors.is_empty();
            ReportError::gather(errors)?;
        }
        Ok(&self.paths)
    }

    fn write_index(&mut self) -> Vec<ReportError> {
        let mut errors = self.mend_links();
        let json = autobahn::index(self.results.values().flat_map(BTreeMap::values));
        errors.extend(write_atomically(&self.paths.index_json, &json).err());
        let page = html::index_page(&self.index());
        errors.extend(write_atomically(&self.paths.index_html, page.as_bytes()).err());
        errors
    }

    fn write_junit(&mut self) -> Result<(), ReportError> {
        let Some(path) = &self.paths.junit else { return Ok(()) };
        let run = junit::Run {
            results: &self.results,
            cases: &self.cases,
            selected: &self.selected,
            tool: &self.tool,
            finished: self.finished,
        };
        write_atomically(path, run.to_xml(|place| self.journal.read(place).ok()).as_bytes())
    }

    /// Writes the index and, if it is wanted, JUnit XML. More outcomes may follow.
    ///
    /// # Errors
    /// A file could not be written; the others were.
    pub fn finish(&mut self) -> Result<&ReportPaths, ReportError> {
        self.finished = true;
        let mut errors = self.write_index();
        errors.extend(self.write_junit().err());
        self.changed = !errors.is_empty();
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
            finished: self.finished,
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

/// What is written of an outcome.
struct Rendered {
    line: Option<Vec<u8>>,
    json: Vec<u8>,
    html: String,
}

impl Rendered {
    fn octets(&self) -> u64 {
        (self.line.as_ref().map_or(0, Vec::len) + self.json.len() + self.html.len()) as u64
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
/// The folder has no journal, or not one of wsproof, or a file could not be written (the others were).
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
            Ok(Some((place, outcome))) => writer.take(&outcome, place, &mut errors),
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
