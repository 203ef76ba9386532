//! A generated report page: a style sheet, then thousands of nearly equal table rows.

use std::fmt::Write as _;

use super::random::Random;

const CHARACTERS: usize = 263_620;

/// Characters of two octets, and the one of three: 27 octets more than characters.
const TWO_OCTETS: usize = 25;

pub(super) fn make() -> String {
    let mut random = Random::new(4);
    let mut text = String::from("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<style>\n");
    for class in ["case", "case_ok", "case_failed", "case_unclean", "duration", "group", "section", "agent"] {
        let _ = writeln!(
            text,
            "td.{class} {{ padding: {}px {}px; background-color: #{:06x}; border: 1px solid #{:06x}; }}",
            random.below(12),
            random.below(12),
            random.below(1 << 24),
            random.below(1 << 24)
        );
    }
    text.push_str("</style>\n</head>\n<body>\n<h1>Report \u{2014} all cases</h1>\n<table>\n");
    let mut special = 0;
    let mut row = 0_u32;
    let end = "</table>\n</body>\n</html>\n";
    // The one character of three octets is two octets more than a character.
    while text.len() < CHARACTERS + 2 + special - end.len() - 400 {
        row += 1;
        let name = if special < TWO_OCTETS && row.is_multiple_of(30) {
            special += 1;
            "Fälle"
        } else {
            "Case"
        };
        let state = if random.below(3) == 0 { "failed" } else { "ok" };
        let _ = write!(
            text,
            "<tr class=\"row\">\n<td class=\"case\"><a class=\"link\" href=\"echo_case_{}_{}.html\">{name} {}.{}</a></td>\n\
             <td class=\"case_{state}\"><span class=\"state\">{}</span></td>\n\
             <td class=\"duration\"><span class=\"value\">{}</span> <span class=\"unit\">ms</span></td>\n</tr>\n",
            row / 40,
            row % 40,
            row / 40,
            row % 40,
            if state == "ok" { "Pass" } else { "Fail" },
            random.next() % 100_000_000
        );
    }
    text.push_str(end);
    let characters = text.chars().count();
    text.extend(std::iter::repeat_n('\n', CHARACTERS - characters));
    text
}
