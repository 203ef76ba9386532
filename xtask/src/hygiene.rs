//! Files must not tell where they were written: no paths of a machine, no hosts of a package registry.

use std::env;
use std::fs;
use std::path::Path;

/// Looks at files below `root` and tells what is wrong, with file and line.
pub(crate) fn look<'a>(root: &Path, files: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut own = vec![root.to_path_buf()];
    own.extend(env::home_dir());
    let own: Vec<String> = own.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let mut found = Vec::new();
    for file in files {
        // What is not text, or was deleted, says nothing.
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        let name = Path::new(file).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            if let Some(problem) = own_path(line, &own).or_else(|| registry(&name, line)) {
                found.push(format!("{file}:{}: {problem}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

/// A path of somebody's machine.
fn own_path(line: &str, own: &[String]) -> Option<&'static str> {
    // In pieces, so that this file passes.
    let homes = [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("\\Us", "ers\\")];
    let below = |folder: &str| {
        line.match_indices(folder).any(|(at, _)| line[at + folder.len()..].starts_with(['/', '\\']))
    };
    let of_somebody = |home: &str| {
        let names = line.match_indices(home).map(|(at, _)| &line[at + home.len()..]);
        names.into_iter().any(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    // A folder at the top, such as that of a container, is too short a name to be anybody's.
    let own = own.iter().filter(|folder| folder.len() > 4);
    (own.into_iter().any(|folder| below(folder)) || homes.iter().any(|home| of_somebody(home)))
        .then_some("a path of one machine")
}

/// A registry by its address, in a file from which packages are installed.
fn registry(name: &str, line: &str) -> Option<&'static str> {
    let line = line.trim();
    let wrong = match name {
        "package-lock.json" => line.starts_with("\"resolved\""),
        "Cargo.lock" => {
            line.starts_with("source = ")
                && line != "source = \"registry+https://github.com/rust-lang/crates.io-index\""
        }
        ".npmrc" => line.contains("registry=") || line.contains("://"),
        "Cargo.toml" => line.starts_with("[source") || line.starts_with("[registries"),
        "config.toml" => line.starts_with("[source") || line.starts_with("[registr"),
        _ if name.starts_with("requirements") => {
            ["--index-url", "--extra-index-url", "--find-links", "-i ", "-f "]
                .iter()
                .any(|o| line.starts_with(o))
                || line.contains("://")
        }
        _ => false,
    };
    wrong.then_some("the address of a registry")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found() {
        let own = vec!["/src/wsproof".to_owned(), "/".to_owned()];
        for line in ["cd /src/wsproof/core", concat!("at /ho", "me/eve/x.rs"), concat!("C:\\Us", "ers\\eve")]
        {
            assert!(own_path(line, &own).is_some(), "{line}");
        }
        for line in ["/src/wsproof-extra", "/etc/hosts", concat!("/ho", "me/ is where users live"), "a / b"] {
            assert_eq!(own_path(line, &own), None, "{line}");
        }
    }

    #[test]
    fn registries_are_found_where_packages_come_from() {
        for (name, line) in [
            ("package-lock.json", "  \"resolved\": \"https://example.org/ws.tgz\","),
            ("Cargo.lock", "source = \"registry+https://example.org/index\""),
            (".npmrc", "registry=https://example.org/"),
            ("requirements.txt", "--index-url https://example.org/simple"),
            ("config.toml", "[source.crates-io]"),
        ] {
            assert!(registry(name, line).is_some(), "{name}: {line}");
        }
        for (name, line) in [
            ("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\""),
            (".npmrc", "omit-lockfile-registry-resolved=true"),
            ("README.md", "https://example.org/"),
        ] {
            assert_eq!(registry(name, line), None, "{name}: {line}");
        }
    }
}
