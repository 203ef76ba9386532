//! The link from the page of a case to the web inspector, with the case in it.
//!
//! A page that was opened from a disk may not read the file beside it. So the case travels in the fragment of the link,
//! compressed: `inspector.html#case=NAME,OCTETS`, the octets as raw DEFLATE (RFC 1951) in base64 (RFC 4648 §5). The page
//! needs no script for it, and nothing of it goes over a network.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wsproof_core::Role;
use wsproof_core::deflate::{Deflater, Response, Settings};

/// The name of the inspector's page in the folder of a report. Where it is, the pages of the cases link to it.
pub const FILE_NAME: &str = "inspector.html";

/// Longer fragments are not made: 256 KiB. The page then says which file to open.
const MAX_FRAGMENT: usize = 256 << 10;

/// What a message lacks of a DEFLATE stream (RFC 7692 §7.2.1), and an empty last block.
const END: [u8; 6] = [0, 0, 0xff, 0xff, 3, 0];

/// The link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) href: String,
    /// The case is in it.
    pub(crate) whole: bool,
}

/// Whether the folder has the page.
pub(crate) fn is_there(dir: &Path) -> bool {
    dir.join(FILE_NAME).is_file()
}

/// The link for a case file of this name, made of letters, digits and underscores, with these octets.
pub(crate) fn link(name: &str, json: &[u8]) -> Link {
    let mut stream = Vec::new();
    Deflater::new(Response::default().sending(Role::Server), Settings::default()).message(json, &mut stream);
    stream.extend_from_slice(&END);
    let case = URL_SAFE_NO_PAD.encode(&stream);
    let whole = case.len() <= MAX_FRAGMENT;
    Link { href: if whole { format!("{FILE_NAME}#case={name},{case}") } else { FILE_NAME.to_owned() }, whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_is_bounded() {
        let small = link("a_case_1_1_1.json", &[b' '; 1 << 20]);
        assert!(small.whole && small.href.starts_with("inspector.html#case=a_case_1_1_1.json,"));
        let mut noise = 1_u32;
        let octets: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .take(1 << 20)
        .collect();
        assert_eq!(link("a.json", &octets), Link { href: FILE_NAME.to_owned(), whole: false });
    }
}
