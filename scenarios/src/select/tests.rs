//! Patterns against the list of Autobahn's cases and against a model of the matcher.

use super::*;

/// The ids of Autobahn's 517 cases, from the shape of its catalogue: group and last number in it.
fn autobahn() -> Vec<CaseId> {
    let groups = "1.1:8 1.2:8 2:11 3:7 4.1:5 4.2:5 5:20 6.1:3 6.2:4 6.3:2 6.4:4 6.5:5 6.6:11 6.7:4 6.8:2 6.9:4 \
                  6.10:3 6.11:5 6.12:8 6.13:5 6.14:10 6.15:1 6.16:3 6.17:5 6.18:5 6.19:5 6.20:7 6.21:8 6.22:34 \
                  6.23:7 7.1:6 7.3:6 7.5:1 7.7:13 7.9:9 7.13:2 9.1:6 9.2:6 9.3:9 9.4:9 9.5:6 9.6:6 9.7:6 9.8:6 \
                  10.1:1 12.1:18 12.2:18 12.3:18 12.4:18 12.5:18 13.1:18 13.2:18 13.3:18 13.4:18 13.5:18 \
                  13.6:18 13.7:18";
    let ids = groups.split_whitespace().flat_map(|entry| {
        let (group, last) = entry.split_once(':').unwrap();
        (1..=last.parse().unwrap()).map(move |n: u16| format!("{group}.{n}").parse().unwrap())
    });
    ids.collect()
}

fn count(include: &[&str], exclude: &[&str]) -> usize {
    let own = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    Selection::compatible(&own(include), &own(exclude), &autobahn()).cases.len()
}

fn strict(include: &[&str]) -> Result<Vec<String>, String> {
    let include: Vec<String> = include.iter().map(ToString::to_string).collect();
    Selection::strict(&include, &[], &autobahn())
        .map(|s| s.cases.iter().map(ToString::to_string).collect())
        .map_err(|e| e.to_string())
}

#[test]
fn patterns_select_as_many_cases_as_in_the_original() {
    assert_eq!(autobahn().len(), 517);
    for (pattern, cases) in [
        ("*", 517),
        ("**", 517),
        ("1*", 233),
        ("1.*", 16),
        ("9.1*", 6),
        ("7.1*", 8),
        ("7.1.*", 6),
        ("*.1", 273),
        ("12.*.1", 50),
        ("12.*", 90),
        ("13.*", 126),
        ("6.*", 145),
        ("8.*", 0),
        ("12.*.[1234]$", 20),
        ("13.*.[1234]$", 28),
        ("1.*|2.*", 27),
        ("*.1$", 57),
        ("*[", 0),
        ("*(a", 0),
        ("(?:1.*){1000000}", 0),
        ("11.*", 0),
        ("1.1.1", 1),
        ("1.1", 0),
        ("", 0),
        ("99.9", 0),
        ("*x", 0),
    ] {
        assert_eq!(count(&[pattern], &[]), cases, "{pattern}");
    }
}

#[test]
fn exclusions_take_away_and_duplicates_count_once() {
    assert_eq!(count(&["*"], &["12.*", "13.*"]), 301);
    assert_eq!(count(&["*"], &[""]), 517);
    assert_eq!(count(&["*"], &["9.*", "12.*.1", "8.*", "no such"]), 517 - 54 - 50);
    assert_eq!(count(&["1.1.1", "1.*", "1.1.1"], &["1.2.8"]), 15);
    assert_eq!(count(&[], &[]), 0);
}

#[test]
fn the_order_is_by_number_whatever_the_list() {
    let list: Vec<String> = ["10.1.1", "2.10", "2.9", "1.01.2"].iter().map(ToString::to_string).collect();
    let selection = Selection::compatible(&list, &[], &autobahn());
    let ids: Vec<_> = selection.cases.iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["1.1.2", "2.9", "2.10", "10.1.1"]);
}

#[test]
fn what_is_not_available_is_left_out() {
    let available: Vec<CaseId> = autobahn().into_iter().filter(|id| id.section() < 12).collect();
    let list = ["*".to_owned(), "9.9.1".to_owned(), String::new()];
    let selection = Selection::compatible(&list, &[], &available);
    assert_eq!(selection.cases, available);
    assert_eq!(selection.unknown, ["9.9.1"]);
    let error = Selection::strict(&["12.*".to_owned()], &[], &available).unwrap_err();
    assert_eq!(error, SelectError::NothingLeft);
    assert_eq!(Selection::strict(&[], &["12".to_owned()], &available).unwrap().cases, available);
}

#[test]
fn our_own_patterns_match_whole_ids_and_groups() {
    assert_eq!(strict(&["7.1"]).unwrap().len(), 6);
    assert_eq!(strict(&["2"]).unwrap().len(), 11);
    assert_eq!(strict(&["2.1"]).unwrap(), ["2.1"]);
    assert_eq!(strict(&["12.*.1"]).unwrap().len(), 5);
    assert_eq!(strict(&[" 9.1.* "]).unwrap().len(), 6);
}

#[test]
fn our_own_command_is_told_what_is_wrong() {
    assert_eq!(
        strict(&["1.1.9"]).unwrap_err(),
        "there is no case, section or group `1.1.9`; near it are 1.1.1, 1.1.2, 1.1.3 (`wsproof cases` lists all)"
    );
    assert!(strict(&["ping"]).unwrap_err().starts_with("there is no case, section or group `ping` ("));
    assert!(strict(&["8.*"]).unwrap_err().starts_with("no case matches `8.*`"));
    let everything = ["*".to_owned()];
    let error = Selection::strict(&everything, &everything, &autobahn()).unwrap_err();
    assert_eq!(error, SelectError::NothingLeft);
}

#[test]
fn agent_exclusions_match_whole_texts() {
    let cases = ["7.1*".to_owned(), "2.1".to_owned()];
    let rules = AgentExclusions::new([("Fire*/1.0", &cases[..]), ("a.b", &cases[1..])]);
    let excluded = |agent: &str, id: &str| rules.excludes(agent, id.parse().unwrap());
    assert!(excluded("Firefox/1.0", "7.13.1"));
    assert!(excluded("Fire/1.0", "2.1"));
    assert!(!excluded("Fire/1.0", "2.10"));
    assert!(!excluded("Firefox/1.0.1", "2.1"));
    assert!(!excluded("My Firefox/1.0", "2.1"));
    assert!(excluded("a.b", "2.1"));
    assert!(!excluded("axb", "2.1"));
    assert!(!excluded("a.b", "7.1.1"));
}

#[test]
fn stars_match_like_a_model_that_tries_everything() {
    fn model(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|n| model(rest, &text[n..])),
            Some((c, rest)) => text.first() == Some(c) && model(rest, &text[1..]),
        }
    }
    let alphabet = |letters: &str, len: u32| {
        let letters: Vec<char> = letters.chars().collect();
        let n = letters.len();
        (0..n.pow(len))
            .map(move |i| (0..len).map(|d| letters[i / n.pow(d) % n]).collect::<String>())
            .collect::<Vec<_>>()
    };
    let texts: Vec<String> = (0..=4).flat_map(|len| alphabet("ab", len)).collect();
    for pattern in (0..=4).flat_map(|len| alphabet("ab*", len)) {
        for text in &texts {
            let p = Pattern::new(&pattern);
            let whole = model(pattern.as_bytes(), text.as_bytes());
            assert_eq!(p.matches_whole(text), whole, "{pattern} {text}");
            let start = (0..=text.len()).any(|n| model(pattern.as_bytes(), &text.as_bytes()[..n]));
            assert_eq!(p.matches_start(text), start, "{pattern} {text}");
        }
    }
}

#[test]
fn a_hostile_pattern_is_answered_at_once() {
    let pattern = Pattern::new("a*".repeat(20_000) + "b");
    assert!(!pattern.matches_whole(&"a".repeat(30_000)));
}
