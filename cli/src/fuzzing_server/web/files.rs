//! Reads files of one folder, and never outside of it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::super::address::decode_percent;

/// Longer files are not served.
const MAX_OCTETS: u64 = 64 << 20;

/// So many names of a folder are listed.
const MAX_NAMES: usize = 2000;

#[derive(Debug)]
pub(super) enum Found {
    File {
        kind: &'static str,
        octets: Vec<u8>,
    },
    Listing(String),
    /// A folder whose path does not end with a slash.
    FolderWithoutSlash,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Or hidden, or outside.
    NotThere,
    TooLong,
}

/// Finds what `path` (percent-encoded, without a slash at the start) stands for in the folder `root`.
pub(super) async fn find(root: &Path, path: &str) -> Result<Found, Problem> {
    let (root, path) = (root.to_owned(), path.to_owned());
    spawn_blocking(move || find_now(&root, &path)).await.unwrap_or(Err(Problem::NotThere))
}

fn find_now(root: &Path, path: &str) -> Result<Found, Problem> {
    let there = resolve(root, path).ok_or(Problem::NotThere)?;
    let kind = fs::metadata(&there).map_err(|_| Problem::NotThere)?;
    if kind.is_file() {
        return read(&there);
    }
    if !kind.is_dir() {
        // A pipe would never end, a device has no end.
        return Err(Problem::NotThere);
    }
    if !path.is_empty() && !path.ends_with('/') {
        return Ok(Found::FolderWithoutSlash);
    }
    if fs::metadata(there.join("index.html")).is_ok_and(|index| index.is_file())
        && let Some(index) = resolve(root, &format!("{path}index.html"))
    {
        return read(&index);
    }
    list(&there).ok_or(Problem::NotThere)
}

/// The real path, if it is inside the folder. Names that begin with a dot are taken for private.
fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let mut there = root.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = decode_percent(part);
        if part.starts_with('.') || part.contains(['/', '\\', ':', '\0']) {
            return None;
        }
        there.push(part);
    }
    // A link may lead anywhere; what counts is where it ends.
    let (root, there) = (fs::canonicalize(root).ok()?, fs::canonicalize(there).ok()?);
    let inside = there.strip_prefix(&root).ok()?;
    let hidden = inside.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    (!hidden).then_some(there)
}

fn read(path: &Path) -> Result<Found, Problem> {
    let mut octets = Vec::new();
    let file = File::open(path).map_err(|_| Problem::NotThere)?;
    file.take(MAX_OCTETS + 1).read_to_end(&mut octets).map_err(|_| Problem::NotThere)?;
    if octets.len() as u64 > MAX_OCTETS {
        return Err(Problem::TooLong);
    }
    Ok(Found::File { kind: kind_of(path), octets })
}

fn kind_of(path: &Path) -> &'static str {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("xml") => "application/xml",
        Some("txt" | "md" | "log" | "jsonl") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn list(folder: &Path) -> Option<Found> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .ok()?
        .take(MAX_NAMES)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let mut name = entry.file_name().into_string().ok()?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                name.push('/');
            }
            (!name.starts_with('.')).then_some(name)
        })
        .collect();
    names.sort_unstable();
    let mut html = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>Files</title></head>\n<body style=\"font: 1rem/1.6 system-ui, sans-serif; margin: 2rem\">\
         <h1>Files</h1>\n<p><a href=\"/\">Start page</a></p>\n<ul>\n",
    );
    for name in &names {
        // `./` keeps a name with a colon from being read as a scheme.
        let _ = writeln!(html, "<li><a href=\"./{}\">{}</a></li>", encode(name), escape(name));
    }
    html.push_str("</ul>\n</body></html>\n");
    Some(Found::Listing(html))
}

fn encode(name: &str) -> String {
    let mut out = String::new();
    for octet in name.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            out.push(char::from(octet));
        } else {
            let _ = write!(out, "%{octet:02X}");
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("root");
        fs::create_dir_all(root.join("sub dir")).unwrap();
        fs::create_dir_all(root.join("with index")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(outer.path().join("secret.txt"), "secret").unwrap();
        fs::write(root.join("a.json"), "{}").unwrap();
        fs::write(root.join("sub dir").join("<b>&.txt"), "b").unwrap();
        fs::write(root.join("with index").join("index.html"), "index").unwrap();
        fs::write(root.join(".env"), "secret").unwrap();
        fs::write(root.join(".git").join("config"), "secret").unwrap();
        outer
    }

    fn octets(root: &Path, path: &str) -> Result<String, Problem> {
        match find_now(root, path)? {
            Found::File { octets, .. } => Ok(String::from_utf8(octets).unwrap()),
            Found::Listing(html) => Ok(html),
            Found::FolderWithoutSlash => Ok("slash".to_owned()),
        }
    }

    #[test]
    fn files_and_folders_are_found() {
        let outer = folder();
        let root = outer.path().join("root");
        assert_eq!(octets(&root, "a.json").unwrap(), "{}");
        assert!(matches!(find_now(&root, "a.json"), Ok(Found::File { kind: "application/json", .. })));
        assert_eq!(octets(&root, "with%20index/").unwrap(), "index");
        assert_eq!(octets(&root, "sub%20dir").unwrap(), "slash");
        let listing = octets(&root, "sub%20dir/").unwrap();
        assert!(listing.contains("<a href=\"./%3Cb%3E%26.txt\">&lt;b&gt;&amp;.txt</a>"), "{listing}");
        let listing = octets(&root, "").unwrap();
        assert!(listing.contains("sub%20dir/") && !listing.contains(".env") && !listing.contains(".git"));
    }

    #[test]
    fn nothing_outside_and_nothing_hidden_is_found() {
        let outer = folder();
        let root = outer.path().join("root");
        for path in [
            "../secret.txt",
            "..%2Fsecret.txt",
            "%2e%2e/secret.txt",
            "sub%20dir/../../secret.txt",
            "sub%20dir/..%2f..%2fsecret.txt",
            "..\\secret.txt",
            "%2e%2e%5csecret.txt",
            ".env",
            "%2eenv",
            ".git/config",
            "a.json%00.html",
            "C:/secret.txt",
            "no such file",
        ] {
            assert_eq!(octets(&root, path), Err(Problem::NotThere), "{path}");
        }
        let absolute = format!("/{}", outer.path().join("secret.txt").display());
        assert_eq!(octets(&root, &absolute), Err(Problem::NotThere));
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        use std::os::unix::fs::symlink;
        let outer = folder();
        let root = outer.path().join("root");
        symlink(outer.path().join("secret.txt"), root.join("link.txt")).unwrap();
        symlink(outer.path(), root.join("linked")).unwrap();
        symlink(root.join(".env"), root.join("env.txt")).unwrap();
        symlink(root.join("a.json"), root.join("fine.json")).unwrap();
        fs::create_dir(root.join("trap")).unwrap();
        symlink(outer.path().join("secret.txt"), root.join("trap").join("index.html")).unwrap();
        for path in ["link.txt", "linked/secret.txt", "linked/", "env.txt"] {
            assert_eq!(octets(&root, path), Err(Problem::NotThere), "{path}");
        }
        assert_eq!(octets(&root, "fine.json").unwrap(), "{}");
        assert!(octets(&root, "trap/").unwrap().contains("<ul>"));
    }

    #[test]
    fn a_file_that_is_too_long_is_refused() {
        let outer = folder();
        let root = outer.path().join("root");
        File::create(root.join("long")).unwrap().set_len(MAX_OCTETS + 1).unwrap();
        assert_eq!(octets(&root, "long"), Err(Problem::TooLong));
    }
}
