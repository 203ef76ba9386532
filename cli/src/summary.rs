//! The table at the end of a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wsproof_core::Count;
use wsproof_report::visible::visible_short;
use wsproof_report::{CaseSummary, causes};
use wsproof_scenarios::{Verdict, catalogue};

use crate::output::Palette;
use crate::results::Finished;

/// So many causes are listed, and so many cases of each; the report has the rest.
const MAX_CAUSES: usize = 15;
const MAX_IDS: usize = 8;

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

/// The causes of what did not pass, worst first: each with the first of its cases, and the numbers of some more.
fn list(text: &mut String, results: &[&CaseSummary], palette: Palette) {
    let causes = causes(results.iter().copied());
    for cause in causes.iter().take(MAX_CAUSES) {
        let first = cause.first;
        let verdict = palette.verdict(first.verdict, &format!("{:<13}", first.verdict));
        let reason = visible_short(&first.reason, MAX_REASON);
        let _ = writeln!(text, "  {:<8} {verdict} {reason}", first.id);
        let more = &cause.more;
        if !more.is_empty() {
            let ids: Vec<String> = more.iter().take(MAX_IDS).map(|result| result.id.to_string()).collect();
            let rest = if more.len() > MAX_IDS { ", …" } else { "" };
            let likewise =
                format!("and {} likewise: {}{rest}", Count(more.len() as u64, "case"), ids.join(", "));
            let _ = writeln!(text, "           {likewise}");
        }
    }
    if causes.len() > MAX_CAUSES {
        let cases: usize = causes[MAX_CAUSES..].iter().map(|cause| cause.more.len() + 1).sum();
        let _ = writeln!(text, "  … and {} more: the report has them all", Count(cases as u64, "case"));
    }
}
