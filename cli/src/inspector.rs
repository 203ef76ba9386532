//! The web inspector with a capture in it: one HTML file that needs no server and no network.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wsproof_inspect::{Options, Sender};
use wsproof_report::inspector::FILE_NAME;

/// The page; empty in a build that was not told of one (see build.rs).
const PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/inspector.html"));

/// Where the capture goes.
const PLACE: &str = r#"<script type="application/octet-stream" id="capture"></script>"#;

/// The page with this capture in it, read in this way; `None` in a build without the inspector.
pub(crate) fn page(name: &str, capture: &[u8], how: &Options) -> Option<String> {
    fill(PAGE, name, capture, how)
}

/// Puts the page into the folder of a report, which then links to it; nothing happens in a build without the inspector.
///
/// A folder that cannot be written is told of by whoever writes the report: it lacks more than this page.
pub(crate) fn put_into(report: &Path) {
    if !PAGE.is_empty() && std::fs::create_dir_all(report).is_ok() {
        let _ = std::fs::write(report.join(FILE_NAME), PAGE);
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
