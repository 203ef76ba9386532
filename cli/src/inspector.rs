//! The web inspector with a capture in it: one HTML file that needs no server and no network.

use std::borrow::Cow;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wsproof_inspect::{Options, Sender};
use wsproof_report::inspector::FILE_NAME;

/// The page; empty in a build that was not told of one (see build.rs).
const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/inspector.html"));

/// The clone of the sources that a build without the page was made in.
const CLONE: Option<&str> = option_env!("WSPROOF_CLONE");

/// Where the capture goes.
const PLACE: &str = r#"<script type="application/octet-stream" id="capture"></script>"#;

/// The page that is in this build, or that was made after it.
fn template() -> Option<Cow<'static, str>> {
    if !PAGE.is_empty() {
        return Some(PAGE.into());
    }
    let path = Path::new(CLONE?).join("inspector").join("dist").join(FILE_NAME);
    std::fs::read_to_string(path).ok().map(Cow::Owned)
}

/// The page with this capture in it, read in this way.
///
/// # Errors
/// There is no page: how to get one.
pub(crate) fn page(name: &str, capture: &[u8], how: &Options) -> Result<String, String> {
    template().and_then(|page| fill(&page, name, capture, how)).ok_or_else(|| missing(CLONE))
}

/// What to do where there is no page: in a clone, and elsewhere.
fn missing(clone: Option<&str>) -> String {
    match clone.filter(|clone| Path::new(clone).is_dir()) {
        Some(clone) => format!(
            "the inspector's page was not built: run `cargo xtask devtools` in {clone} (it needs Node 20 or newer), then \
             this command again"
        ),
        None => "this build does not have the inspector's page: `npx wsproof decode` does".to_owned(),
    }
}

/// Puts the page into the folder of a report, which then links to it; nothing happens where there is none.
///
/// An error here is not reported: writing the report itself then fails too, and that is reported.
pub(crate) fn put_into(report: &Path) {
    if let Some(page) = template()
        && std::fs::create_dir_all(report).is_ok()
    {
        let _ = std::fs::write(report.join(FILE_NAME), &*page);
    }
}

fn fill(page: &str, name: &str, capture: &[u8], how: &Options) -> Option<String> {
    let (before, after) = page.split_once(PLACE)?;
    let mut attributes = format!(" data-name=\"{}\"", escaped(name));
    let mut attribute = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            attributes.push_str(&format!(" data-{key}=\"{}\"", escaped(&value)));
        }
    };
    attribute("format", how.format.map(|format| format.to_string()));
    attribute(
        "sender",
        how.sender.map(|sender| if sender == Sender::Client { "client" } else { "server" }.to_owned()),
    );
    attribute("deflate", how.deflate.as_ref().map(ToString::to_string));
    attribute("port", how.port.map(|port| port.to_string()));
    attribute("force", how.force.then(|| "true".to_owned()));
    let place = PLACE.strip_suffix("></script>")?;
    Some(format!("{before}{place}{attributes}>{}</script>{after}", STANDARD.encode(capture)))
}

/// Text as the value of an attribute.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '"' => "&quot;".to_owned(),
            '<' => "&lt;".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_page_one_command_is_named() {
        let here = env!("CARGO_MANIFEST_DIR");
        assert!(missing(Some(here)).contains(&format!("run `cargo xtask devtools` in {here} ")));
        for clone in [None, Some("/no/such/folder")] {
            assert!(missing(clone).ends_with("`npx wsproof decode` does"), "{clone:?}");
        }
    }

    #[test]
    fn a_name_stays_a_name() {
        let page = format!("<html>{PLACE}<script>x</script>");
        let how = Options { sender: Some(Sender::Client), ..Options::default() };
        let filled = fill(&page, "\"><script>alert(1)</script>&", b"\0\xff", &how).unwrap();
        assert_eq!(
            filled,
            "<html><script type=\"application/octet-stream\" id=\"capture\" \
             data-name=\"&quot;>&lt;script>alert(1)&lt;/script>&amp;\" data-sender=\"client\">AP8=</script>\
             <script>x</script>"
        );
        assert_eq!(fill("", "x", b"", &how), None);
    }
}
