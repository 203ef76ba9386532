//! Merges the reports of the parts of a run into one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wsproof_scenarios::shard::Shard;
use wsproof_scenarios::{CaseId, Testee, catalogue};

use crate::case_info::CaseInfo;
use crate::error::ReportError;
use crate::journal::{FILE_NAME, Header, Reader};
use crate::writer::{Options, ReportWriter};

/// A report put together from others.
#[derive(Debug)]
pub struct Merged {
    /// The new report; it is finished.
    pub report: ReportWriter,
    /// What should be known of it, such as a part that is missing.
    pub warnings: Vec<String>,
    /// Every part is there, and was read to its end.
    pub complete: bool,
}

/// Makes one report in `outdir` from the journals of the folders `parts`. Cases of a part that is not there are missing in
/// it.
///
/// # Errors
/// A folder has no journal, or one that cannot be read; the folders are of different roles, or two have the same case of
/// the same testee; `outdir` is one of them. Nothing is written then. Or a file cannot be written.
pub fn merge(parts: &[PathBuf], outdir: &Path, junit: Option<PathBuf>) -> Result<Merged, ReportError> {
    let mut headers = Vec::new();
    let mut owners: BTreeMap<(String, CaseId), &Path> = BTreeMap::new();
    for part in parts {
        if same_folder(part, outdir) {
            let why = "the new report would overwrite one of its parts: choose another folder for it";
            return Err(unmergeable(part, why));
        }
        let reader = Reader::open(&part.join(FILE_NAME))?;
        headers.push((part, reader.header().clone()));
        for outcome in reader {
            let outcome = outcome?;
            let case = (outcome.agent, outcome.id);
            if let Some(other) = owners.get(&case).filter(|other| **other != part.as_path()) {
                let why = format!("case {} of {:?} is in {} too", case.1, case.0, other.display());
                return Err(unmergeable(part, why));
            }
            owners.insert(case, part);
        }
    }
    let Some((_, first)) = headers.first() else {
        return Err(unmergeable(outdir, "there is nothing to merge"));
    };
    let first = first.clone();
    let mut cases: BTreeMap<CaseId, CaseInfo> = BTreeMap::new();
    let mut warnings = Vec::new();
    for (part, header) in &headers {
        if header.testee != first.testee {
            let why = format!("it is about {}, the first folder about {}", role(header), role(&first));
            return Err(unmergeable(part, why));
        }
        if header.tool != first.tool {
            let (path, tool, other) = (part.display(), &header.tool, &first.tool);
            warnings.push(format!("{path} was made by {tool}, the first folder by {other}"));
        }
        cases.extend(header.cases.iter().map(|case| (case.id, case.clone())));
    }
    // What a part that is not there would have run is known from the others.
    for id in headers.iter().filter_map(|(_, header)| header.part.as_ref()).flat_map(|part| &part.of) {
        let info = || catalogue::find(*id).map_or_else(|| CaseInfo::unknown(*id), CaseInfo::from);
        cases.entry(*id).or_insert_with(info);
    }
    let missing = missing_parts(headers.iter().map(|(_, header)| header));
    let mut complete = missing.is_empty();
    warnings.extend(missing.iter().map(|shard| format!("part {shard} is missing")));

    let numbers: BTreeMap<CaseId, u32> = cases.keys().copied().zip(1..).collect();
    let options = Options {
        testee: first.testee,
        cases: cases.into_values().collect(),
        junit,
        tool: first.tool,
        part: None,
    };
    let mut report = ReportWriter::open(outdir, options)?;
    let mut errors = Vec::new();
    for (part, _) in &headers {
        let mut reader = Reader::open(&part.join(FILE_NAME))?;
        while let Some(mut outcome) = reader.next().transpose()? {
            // A fuzzing server counts the cases that it has; the whole has more of them.
            if let (Testee::Client, Some(number)) = (outcome.testee, numbers.get(&outcome.id)) {
                outcome.number = *number;
            }
            errors.extend(report.add(&outcome).err());
        }
        for damaged in reader.damaged() {
            complete = false;
            let path = part.join(FILE_NAME);
            warnings.push(format!("{}, line {}: {}", path.display(), damaged.line, damaged.why));
        }
    }
    errors.extend(report.finish().err());
    ReportError::gather(errors)?;
    Ok(Merged { report, warnings, complete })
}

/// The parts that the headers speak of and that are not there.
fn missing_parts<'a>(headers: impl Iterator<Item = &'a Header>) -> Vec<Shard> {
    let there: Vec<Shard> = headers.filter_map(|header| Some(header.part.as_ref()?.shard)).collect();
    let count = there.iter().map(|shard| shard.count()).max().unwrap_or(0);
    let all = (1..=count).filter_map(|index| Shard::new(index, count));
    all.filter(|shard| !there.contains(shard)).collect()
}

fn unmergeable(path: &Path, why: impl Into<String>) -> ReportError {
    ReportError::Unmergeable { path: path.to_owned(), why: why.into() }
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

fn role(header: &Header) -> &'static str {
    match header.testee {
        Testee::Server => "servers",
        Testee::Client => "clients",
    }
}
