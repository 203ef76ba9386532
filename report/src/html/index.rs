//! The index: cases down, testees across.

use askama::Template;
use wsproof_scenarios::catalogue::{group_title, section_title};
use wsproof_scenarios::{CaseId, Testee, Verdict};

use super::{Assets, INDEX, chips};
use crate::case_info::CaseInfo;
use crate::causes::{Cause, causes};
use crate::excerpt::grouped;
use crate::summary::{AgentSummary, CaseSummary, Results};
use crate::time::{length, utc_for_people};
use crate::visible::visible_short;

/// Longer names of testees are cut where they head a column.
const MAX_NAME: usize = 80;

/// So many causes of a testee are told; the table has all cases.
const MAX_CAUSES: usize = 15;

/// What the index is made of.
pub(crate) struct Index<'a> {
    pub(crate) testee: Testee,
    pub(crate) tool: &'a str,
    /// All cases that are shown, in running order.
    pub(crate) cases: Vec<&'a CaseInfo>,
    /// Those of them that were selected.
    pub(crate) selected: &'a [CaseId],
    /// The testees by name.
    pub(crate) agents: Vec<(&'a str, &'a Results)>,
    /// All that was to come has come.
    pub(crate) finished: bool,
}

/// The page.
pub(crate) fn index_page(index: &Index<'_>) -> String {
    // Writing to memory cannot fail.
    Page::of(index).render().unwrap_or_else(|error| unreachable!("HTML in memory: {error}"))
}

#[derive(Template)]
#[template(path = "index.html")]
struct Page {
    assets: &'static Assets,
    title: &'static str,
    subtitle: String,
    /// What must be known of a run that goes on; empty of one that is over.
    standing: String,
    /// How many testees, as a class that the style uses to lay the table out.
    width: &'static str,
    columns: usize,
    agents: Vec<Agent>,
    verdicts: Vec<Legend>,
    sections: Vec<Section>,
    cases: usize,
}

struct Agent {
    name: String,
    passed: String,
    of: String,
    /// The parts of the bar: class, where they begin, how long they are.
    bar: Vec<(&'static str, usize, usize)>,
    total: usize,
    counts: Vec<(&'static str, &'static str, String)>,
    times: String,
    causes: Vec<CauseRow>,
    /// Cases of the causes that are not shown.
    unshown: usize,
}

/// What went wrong in several cases of a testee.
struct CauseRow {
    class: &'static str,
    verdict: &'static str,
    reason: String,
    first: (String, String),
    count: usize,
    /// Numbers and links of the others.
    more: Vec<(String, String)>,
}

struct Legend {
    class: &'static str,
    name: &'static str,
    meaning: &'static str,
    count: usize,
}

struct Section {
    number: u16,
    title: &'static str,
    tallies: Vec<String>,
    groups: Vec<Group>,
}

struct Group {
    id: String,
    title: &'static str,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    description: String,
    /// The verdicts in the row, for the filter.
    verdicts: String,
    cells: Vec<Cell>,
}

/// A case of a testee; `link` is empty if it was not run.
struct Cell {
    class: &'static str,
    word: &'static str,
    link: String,
    tip: String,
    time: String,
    behavior: (&'static str, &'static str),
    close: (&'static str, &'static str),
}

impl Page {
    fn of(index: &Index<'_>) -> Self {
        let agents: Vec<Agent> = index.agents.iter().map(|agent| Agent::of(agent, index.selected)).collect();
        Self {
            assets: &INDEX,
            title: match index.testee {
                Testee::Server => "WebSocket servers under test",
                Testee::Client => "WebSocket clients under test",
            },
            subtitle: subtitle(index),
            standing: if index.finished { String::new() } else { standing(index) },
            width: match agents.len() {
                0..=2 => "few",
                3..=4 => "some",
                5..=8 => "many",
                _ => "crowd",
            },
            columns: agents.len() + 1,
            agents,
            verdicts: legend(index),
            sections: sections(index),
            cases: index.cases.len(),
        }
    }
}

fn subtitle(index: &Index<'_>) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let kind = match index.testee {
        Testee::Server => "server",
        Testee::Client => "client",
    };
    let mut text = format!("{} · {}", plural(index.agents.len(), kind), plural(index.cases.len(), "case"));
    let begins = index.agents.iter().flat_map(|(_, r)| r.values()).map(|r| r.started_ms).min();
    if let Some(begin) = begins {
        text.push_str(&format!(" · {}", utc_for_people(begin)));
    }
    if !index.tool.is_empty() {
        text.push_str(&format!(" · {}", visible_short(index.tool, MAX_NAME)));
    }
    text
}

/// How far the run was.
fn standing(index: &Index<'_>) -> String {
    let all = index.selected.len() * index.agents.len().max(1);
    let done = |results: &Results| index.selected.iter().filter(|id| results.contains_key(id)).count();
    let missing = all - index.agents.iter().map(|(_, results)| done(results)).sum::<usize>();
    format!(
        "This page was written while the run went on: {missing} of {all} cases have no result in it. If the run has ended, \
         it was killed; then `wsproof merge` makes a report from the journal, which has all results that there are."
    )
}

/// All verdicts from best to worst, then missing, with how many cells have each.
fn legend(index: &Index<'_>) -> Vec<Legend> {
    Verdict::ALL
        .into_iter()
        .map(Some)
        .chain([None])
        .map(|verdict| {
            let count = |results: &Results| match verdict {
                Some(_) => results.values().filter(|result| Some(result.verdict) == verdict).count(),
                None => index.selected.iter().filter(|id| !results.contains_key(id)).count(),
            };
            Legend {
                class: chips::class(verdict),
                name: chips::name(verdict),
                meaning: chips::meaning(verdict),
                count: index.agents.iter().map(|(_, results)| count(results)).sum(),
            }
        })
        .collect()
}

impl Agent {
    fn of((name, results): &(&str, &Results), selected: &[CaseId]) -> Self {
        let summary = AgentSummary::of(results, selected);
        let total = summary.finished() + summary.missing;
        let numbers = Verdict::ALL
            .into_iter()
            .map(|verdict| (Some(verdict), summary.count(verdict)))
            .chain([(None, summary.missing)])
            .filter(|(_, n)| *n > 0);
        let mut begin = 0;
        let (mut bar, mut counts) = (Vec::new(), Vec::new());
        for (verdict, n) in numbers {
            bar.push((chips::class(verdict), begin, n));
            counts.push((chips::class(verdict), chips::name(verdict), grouped(n as u64)));
            begin += n;
        }
        // What a testee does not have, or declares as a limit, is not wrong: the table tells of it.
        let causes = causes(results.values().filter(|result| result.verdict.fails()));
        Self {
            name: shown_name(name),
            passed: grouped((summary.count(Verdict::Pass) + summary.count(Verdict::PassWithNotes)) as u64),
            of: grouped(total as u64),
            bar,
            total,
            counts,
            times: summary.cost.to_string(),
            unshown: causes.iter().skip(MAX_CAUSES).map(|cause| cause.more.len() + 1).sum(),
            causes: causes.iter().take(MAX_CAUSES).map(CauseRow::of).collect(),
        }
    }
}

impl CauseRow {
    fn of(cause: &Cause<'_>) -> Self {
        let link = |result: &CaseSummary| (result.id.to_string(), link_to(result));
        let verdict = Some(cause.first.verdict);
        Self {
            class: chips::class(verdict),
            verdict: chips::word(verdict),
            reason: uncounted(&visible_short(&cause.first.reason, usize::MAX)),
            first: link(cause.first),
            count: cause.more.len() + 1,
            more: cause.more.iter().map(|result| link(result)).collect(),
        }
    }
}

/// The page of a result. A file name may hold the class name that scripts count.
fn link_to(result: &CaseSummary) -> String {
    result.file("html").replace("case_failed", "case%5Ffailed")
}

/// Without the class name that scripts count.
fn uncounted(text: &str) -> String {
    text.replace("case_failed", "case_\u{2060}failed")
}

/// The name for a heading. Scripts count the class name `case_failed` in the page, so a testee of that name gets an
/// invisible joint in it.
fn shown_name(agent: &str) -> String {
    let name = if agent.is_empty() { "(no name)".to_owned() } else { visible_short(agent, MAX_NAME) };
    uncounted(&name)
}

fn sections(index: &Index<'_>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for cases in index.cases.chunk_by(|a, b| a.id.section() == b.id.section()) {
        let number = cases[0].id.section();
        let tally = |results: &Results| {
            let passed = |case: &&&CaseInfo| {
                results
                    .get(&case.id)
                    .is_some_and(|result| matches!(result.verdict, Verdict::Pass | Verdict::PassWithNotes))
            };
            format!("{}/{}", cases.iter().filter(passed).count(), cases.len())
        };
        let groups = cases.chunk_by(|a, b| a.id.group() == b.id.group()).map(|cases| {
            let id = cases[0].id.group();
            Group {
                title: group_title(&id),
                id,
                rows: cases.iter().map(|case| Row::of(case, &index.agents)).collect(),
            }
        });
        sections.push(Section {
            number,
            title: section_title(number),
            tallies: index.agents.iter().map(|(_, results)| tally(results)).collect(),
            groups: groups.collect(),
        });
    }
    sections
}

impl Row {
    fn of(case: &CaseInfo, agents: &[(&str, &Results)]) -> Self {
        let cells: Vec<Cell> =
            agents.iter().map(|(_, results)| Cell::of(results.get(&case.id), case.report_time)).collect();
        let mut verdicts: Vec<&str> = cells.iter().map(|cell| cell.class).collect();
        verdicts.sort_unstable();
        verdicts.dedup();
        Self {
            id: case.id.to_string(),
            description: case.description.clone(),
            verdicts: verdicts.join(" "),
            cells,
        }
    }
}

impl Cell {
    fn of(result: Option<&CaseSummary>, report_time: bool) -> Self {
        let verdict = result.map(|result| result.verdict);
        let mut cell = Self {
            class: chips::class(verdict),
            word: chips::word(verdict),
            link: String::new(),
            tip: String::new(),
            time: String::new(),
            behavior: ("", ""),
            close: ("", ""),
        };
        let Some(result) = result else { return cell };
        cell.link = link_to(result);
        if result.verdict != Verdict::Pass {
            cell.tip = uncounted(&visible_short(&result.reason, usize::MAX));
        }
        if report_time {
            cell.time = length(result.duration_us);
        }
        cell.behavior = (chips::behavior_class(result.behavior), result.behavior.as_str());
        cell.close = (chips::close_class(result.behavior_close), result.behavior_close.as_str());
        cell
    }
}
