//! `wsproof cases`.

use wsproof_scenarios::{Case, CaseRef, catalogue};

use super::{count, select};
use crate::args::{CaseChoice, Cases};
use crate::exit::{Exit, Failure};
use crate::output::Channel;

/// Descriptions are cut so that a case is a line.
const WIDTH: usize = 90;

/// Runs the command.
///
/// # Errors
/// A pattern matches nothing.
pub fn run(options: &Cases) -> Result<Exit, Failure> {
    let choice = CaseChoice {
        profile: options.profile,
        cases: options.patterns.clone(),
        exclude: Vec::new(),
        shard: None,
    };
    let cases = select(&choice, &[])?.cases;
    if options.json {
        let json = serde_json::to_string_pretty(&cases.iter().map(|case| &**case).collect::<Vec<&Case>>())
            .map_err(Failure::wrong_use)?;
        Channel::Out.line(&json);
    } else {
        Channel::Out.line(&table(&cases));
    }
    Ok(Exit::Good)
}

fn table(cases: &[CaseRef]) -> String {
    let palette = Channel::Out.palette();
    let mut text = String::new();
    let mut section = 0;
    let mut group = String::new();
    for case in cases {
        if case.id.section() != section {
            section = case.id.section();
            text.push_str(&palette.bold(&format!("{section} {}\n", catalogue::section_title(section))));
        }
        let title = catalogue::group_title(&case.id.group());
        if case.id.group() != group && !title.is_empty() {
            text.push_str(&format!("  {} {title}\n", case.id.group()));
        }
        group = case.id.group();
        text.push_str(&format!("    {:<8} {}\n", case.id, cut(&case.description)));
    }
    text.push_str(&count(cases.len(), "case"));
    text
}

/// The first sentence, or as much of it as fits.
fn cut(description: &str) -> String {
    let line = description.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= WIDTH {
        return line;
    }
    let short: String = line.chars().take(WIDTH - 1).collect();
    format!("{}…", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_case_in_a_line() {
        let cases: Vec<CaseRef> = catalogue::all().iter().map(CaseRef::from).collect();
        let text = table(&cases);
        for case in cases {
            assert!(
                text.lines().any(|line| line.trim_start().starts_with(&format!("{} ", case.id))),
                "{}",
                case.id
            );
        }
        assert!(text.lines().all(|line| line.chars().count() < 110));
    }
}
