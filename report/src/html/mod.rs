//! Pages for people. Each is one file that loads nothing: its style and script are inside, and a policy in its head
//! allows these two, by their hash, and nothing else.

mod case;
mod chips;
mod diagram;
mod index;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub(crate) use case::case_page;
pub(crate) use index::{Index, index_page};

/// Style and script of a page, and the policy that allows them.
struct Assets {
    style: String,
    script: String,
    policy: String,
}

static INDEX: LazyLock<Assets> = LazyLock::new(|| {
    Assets::new(
        &[include_str!("../../assets/base.css"), include_str!("../../assets/index.css")],
        &[include_str!("../../assets/theme.js"), include_str!("../../assets/index.js")],
    )
});

static CASE: LazyLock<Assets> = LazyLock::new(|| {
    Assets::new(
        &[include_str!("../../assets/base.css"), include_str!("../../assets/case.css")],
        &[include_str!("../../assets/theme.js")],
    )
});

impl Assets {
    fn new(styles: &[&str], scripts: &[&str]) -> Self {
        let (style, script) = (compact(styles), compact(scripts));
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            source_hash(&style),
            source_hash(&script)
        );
        Self { style, script, policy }
    }
}

/// The texts without indentation, empty lines and lines of comment: they go into every page. Line endings become
/// those that a browser hashes, whatever the checkout has.
fn compact(texts: &[&str]) -> String {
    let mut out = String::new();
    for line in texts.iter().flat_map(|text| text.lines()).map(str::trim) {
        let comment = line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
        if !line.is_empty() && !comment {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The hash by which a Content Security Policy names a text.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // Of the script `alert('Hello, world.');`, the example of the CSP specification.
        assert_eq!(
            source_hash("alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
        );
    }

    #[test]
    fn assets_cannot_end_their_element() {
        for assets in [&*INDEX, &*CASE] {
            for text in [&assets.style, &assets.script] {
                assert!(!text.contains("</") && !text.contains("<!--"), "{text}");
                assert!(
                    !text.contains("http:") && !text.contains("https:") && !text.contains("url("),
                    "{text}"
                );
                assert!(!text.contains('\r'));
            }
        }
    }

    #[test]
    fn checkouts_with_other_line_endings_give_the_same_page() {
        assert_eq!(compact(&["a {\r\n  b: c;\r\n}\r\n"]), compact(&["a {\n  b: c;\n}\n"]));
        assert_eq!(compact(&["/* x */\n\n// y\n  z\n"]), "z\n");
    }
}
