//! The links of the documents: what they point at in this repository must be there.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// How a document names a file of this repository where it is read elsewhere: the README is also the page on PyPI and npm.
const ABSOLUTE: [&str; 2] = [
    "https://github.com/wsproof/wsproof/blob/main/",
    "https://raw.githubusercontent.com/wsproof/wsproof/main/",
];

/// Looks at those of the `files` below `root` that are Markdown, and tells what is wrong, with file and line.
pub(crate) fn look<'a>(root: &Path, files: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.filter(|file| Path::new(file).extension().is_some_and(|end| end == "md")) {
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        for (line, link) in links(&text) {
            if let Some(problem) = fault(root, file, link) {
                found.push(format!("{file}:{line}: {problem}: {link}"));
            }
        }
    }
    found
}

/// The targets of the links in a text, each with its line.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (at, line) in text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        if line.starts_with('[')
            && let Some((_, target)) = line.split_once("]: ")
        {
            found.push((at + 1, target.trim()));
        }
        let ends = line.match_indices("](").map(|(place, mark)| &line[place + mark.len()..]);
        found.extend(ends.filter_map(|rest| rest.split_once(')')).map(|(target, _)| (at + 1, target)));
    }
    found
}

/// What is wrong with a link in a file.
fn fault(root: &Path, file: &str, link: &str) -> Option<&'static str> {
    let absolute = ABSOLUTE.iter().find_map(|start| link.strip_prefix(start));
    let (path, heading) = match absolute.unwrap_or(link).split_once('#') {
        Some((path, heading)) => (path, Some(heading)),
        None => (absolute.unwrap_or(link), None),
    };
    if absolute.is_none() && link.contains("://") {
        return None;
    }
    let target = match (absolute, path) {
        (None, "") => PathBuf::from(file),
        (None, _) if file == "README.md" => return Some("a link that leads nowhere on PyPI"),
        (None, _) => plain(&Path::new(file).parent()?.join(path)),
        (Some(_), _) => PathBuf::from(path),
    };
    let target = root.join(target);
    if !target.exists() {
        return Some("no such file");
    }
    let heading = heading?;
    let text = fs::read_to_string(target).unwrap_or_default();
    let is_there = text.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
    (!is_there).then_some("no such heading")
}

/// A path without `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// What GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text = "[a](b.md), [c](d.md#e)\n```\n[x](y)\n```\n[f]: https://example.org/\n";
        assert_eq!(links(text), [(1, "b.md"), (1, "d.md#e"), (5, "https://example.org/")]);
    }

    #[test]
    fn a_link_must_lead_somewhere() {
        let root = tempdir();
        fs::create_dir_all(root.join("docs")).unwrap();
        fs::write(root.join("docs/a.md"), "# A `b` (c)\n").unwrap();
        fs::write(root.join("README.md"), "# R\n").unwrap();
        for (file, link) in [
            ("docs/a.md", "a.md#a-b-c"),
            ("docs/a.md", "../README.md"),
            ("docs/a.md", "#a-b-c"),
            ("README.md", "#r"),
            ("README.md", "https://github.com/wsproof/wsproof/blob/main/docs/a.md#a-b-c"),
            ("README.md", "https://example.org/nothing"),
        ] {
            assert_eq!(fault(&root, file, link), None, "{file}: {link}");
        }
        for (file, link) in [
            ("docs/a.md", "b.md"),
            ("docs/a.md", "a.md#other"),
            ("README.md", "docs/a.md"),
            ("README.md", "https://github.com/wsproof/wsproof/blob/main/docs/b.md"),
        ] {
            assert!(fault(&root, file, link).is_some(), "{file}: {link}");
        }
        fs::remove_dir_all(root).unwrap();
    }

    fn tempdir() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("wsproof-links-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}
