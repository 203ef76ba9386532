//! The table at the end of a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wsproof_core::Count;
use wsproof_report::CaseSummary;
use wsproof_report::visible::visible_short;
use wsproof_scenarios::{Verdict, catalogue};

use crate::output::Palette;
use crate::results::Finished;

/// So many cases that did not pass are listed; the report has the rest.
const MAX_LISTED: usize = 30;

/// Longer agent names and reasons are cut.
const MAX_NAME: usize = 60;
const MAX_REASON: usize = 120;

/// One row: a section, and how many of its cases got which verdict.
type Counts = BTreeMap<Verdict, usize>;

/// The table of a run: for each testee its sections by verdict, and the cases that did not pass.
pub fn table(finished: &Finished, palette: Palette) -> String {
    let mut text = String::new();
    for (agent, totals) in &finished.summary.agents {
        let results: Vec<&CaseSummary> = finished.results.iter().filter(|r| *r.agent == **agent).collect();
        let _ = writeln!(text, "{}", palette.bold(&visible_short(agent, MAX_NAME)));
        let mut sections: BTreeMap<u16, Counts> = BTreeMap::new();
        for result in &results {
            *sections.entry(result.id.section()).or_default().entry(result.verdict).or_default() += 1;
        }
        let shown: Vec<Verdict> =
            Verdict::ALL.into_iter().filter(|v| *v == Verdict::Pass || totals.count(*v) > 0).collect();
        let titles: Vec<String> = sections
            .keys()
            .map(|section| format!("{section} {}", catalogue::section_title(*section)))
            .collect();
        let wide = titles.iter().map(|title| title.chars().count()).max().unwrap_or(0).max(32);
        let _ = write!(text, "  {:<wide$} {:>5}", "section", "cases");
        for verdict in &shown {
            let _ = write!(text, "  {:>width$}", verdict.as_str(), width = column(*verdict));
        }
        text.push('\n');
        for (title, counts) in titles.iter().zip(sections.values()) {
            row(&mut text, &format!("{title:<wide$}"), counts, &shown, palette);
        }
        row(&mut text, &format!("{:<wide$}", "all"), &totals.verdicts, &shown, palette);
        let _ = writeln!(text, "  {}", totals.cost);
        if totals.missing > 0 {
            let were = if totals.missing == 1 { "was" } else { "were" };
            let _ = writeln!(text, "  {} {were} not run", Count(totals.missing as u64, "case"));
        }
        list(&mut text, &results, palette);
    }
    text
}

fn column(verdict: Verdict) -> usize {
    verdict.as_str().len().max(5)
}

fn row(text: &mut String, title: &str, counts: &Counts, shown: &[Verdict], palette: Palette) {
    let _ = write!(text, "  {title} {:>5}", counts.values().sum::<usize>());
    for verdict in shown {
        let count = counts.get(verdict).copied().unwrap_or(0);
        let width = column(*verdict);
        let number = if count == 0 { format!("{:>width$}", "·") } else { format!("{count:>width$}") };
        let number = if count == 0 { number } else { palette.verdict(*verdict, &number) };
        let _ = write!(text, "  {number}");
    }
    text.push('\n');
}

fn list(text: &mut String, results: &[&CaseSummary], palette: Palette) {
    let listed: Vec<_> = results.iter().filter(|result| result.verdict > Verdict::PassWithNotes).collect();
    for result in listed.iter().take(MAX_LISTED) {
        let verdict = palette.verdict(result.verdict, &format!("{:<13}", result.verdict));
        let reason = visible_short(&result.reason, MAX_REASON);
        let _ = writeln!(text, "  {:<8} {verdict} {reason}", result.id);
    }
    if listed.len() > MAX_LISTED {
        let _ = writeln!(text, "  … and {} more: the report has them all", listed.len() - MAX_LISTED);
    }
}
