//! One report from those of the parts of a run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wsproof_scenarios::shard::Shard;
use wsproof_scenarios::{CaseId, Testee};

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

/// Makes one report in `outdir` from the journals of the folders `parts`. Where two folders have the same case of the
/// same testee, the later folder counts.
///
/// # Errors
/// A folder has no journal, or one that cannot be read; the folders are of different roles; `outdir` is one of them; a
/// file cannot be written.
pub fn merge(parts: &[PathBuf], outdir: &Path, junit: Option<PathBuf>) -> Result<Merged, ReportError> {
    let mut readers = Vec::new();
    for part in parts {
        if same_folder(part, outdir) {
            let why =
                "the new report would overwrite one of its parts: choose another folder for it".to_owned();
            return Err(ReportError::Unmergeable { path: part.clone(), why });
        }
        readers.push((part, Reader::open(&part.join(FILE_NAME))?));
    }
    let Some(first) = readers.first().map(|(_, reader)| reader.header().clone()) else {
        let why = "there is nothing to merge".to_owned();
        return Err(ReportError::Unmergeable { path: outdir.to_owned(), why });
    };
    let mut cases: BTreeMap<CaseId, CaseInfo> = BTreeMap::new();
    let mut warnings = Vec::new();
    for (part, reader) in &readers {
        let header = reader.header();
        if header.testee != first.testee {
            let why = format!("it is about {}, the first folder about {}", role(header), role(&first));
            return Err(ReportError::Unmergeable { path: (*part).clone(), why });
        }
        if header.tool != first.tool {
            warnings.push(format!(
                "{} was made by {}, the first folder by {}",
                part.display(),
                header.tool,
                first.tool
            ));
        }
        cases.extend(header.cases.iter().map(|case| (case.id, case.clone())));
    }
    let headers: Vec<&Header> = readers.iter().map(|(_, reader)| reader.header()).collect();
    let missing = missing_parts(&headers);
    let mut complete = missing.is_empty();
    warnings.extend(missing.iter().map(|shard| format!("part {shard} is missing")));

    let numbers: BTreeMap<CaseId, u32> = cases.keys().copied().zip(1..).collect();
    let options = Options {
        testee: first.testee,
        cases: cases.into_values().collect(),
        junit,
        tool: first.tool,
        shard: None,
    };
    let mut report = ReportWriter::open(outdir, options)?;
    let mut errors = Vec::new();
    for (part, reader) in &mut readers {
        while let Some(outcome) = reader.next().transpose()? {
            let mut outcome = outcome;
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
fn missing_parts(headers: &[&Header]) -> Vec<Shard> {
    let there: Vec<Shard> = headers.iter().filter_map(|header| header.shard).collect();
    let count = there.iter().map(|shard| shard.count()).max().unwrap_or(0);
    let all = (1..=count).filter_map(|index| Shard::new(index, count));
    all.filter(|shard| !there.contains(shard)).collect()
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
