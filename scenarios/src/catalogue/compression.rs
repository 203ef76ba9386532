//! Sections 12 and 13: a thousand compressed messages there and back, of five corpora and by seven agreements.

use super::builder::{Builder, case};
use crate::case::{Case, DeflateWish, Judge, Step};
use crate::corpus::Corpus;

/// Characters or octets in a message, seconds for all of them, octets of compressed payload in a frame (0: all).
const ROWS: [(u32, u32, u32); 18] = [
    (16, 60, 0),
    (64, 60, 0),
    (256, 120, 0),
    (1024, 240, 0),
    (4096, 480, 0),
    (8192, 480, 0),
    (16_384, 480, 0),
    (32_768, 480, 0),
    (65_536, 480, 0),
    (131_072, 480, 0),
    (8192, 480, 256),
    (16_384, 480, 256),
    (32_768, 480, 256),
    (65_536, 480, 256),
    (131_072, 480, 256),
    (131_072, 480, 1024),
    (131_072, 480, 4096),
    (131_072, 480, 32_768),
];

/// Messages in a case.
const COUNT: u32 = 1000;

const PLAIN: DeflateWish = wish(false, None);

const fn wish(no_context_takeover: bool, max_window_bits: Option<u8>) -> DeflateWish {
    DeflateWish {
        no_context_takeover,
        max_window_bits,
        own_no_context_takeover: false,
        own_max_window_bits: None,
        hint_not_kept: true,
    }
}

/// The agreements of section 13, and what they ask of the testee, in words.
const AGREEMENTS: [(&[DeflateWish], &str); 7] = [
    (&[PLAIN], "compress as it likes"),
    (&[wish(true, None)], "compress each message on its own"),
    (&[wish(false, Some(9))], "keep to a window of 512 octets"),
    (&[wish(false, Some(15))], "keep to a window of 32 KiB"),
    (&[wish(true, Some(9))], "compress each message on its own, in a window of 512 octets"),
    (&[wish(true, Some(15))], "compress each message on its own, in a window of 32 KiB"),
    (
        &[wish(true, Some(9)), wish(true, None), PLAIN],
        "compress each message on its own, in a window of 512 octets if it can, or else as it likes",
    ),
];

fn name(corpus: Corpus) -> &'static str {
    match corpus {
        Corpus::Json => "JSON text",
        Corpus::Bitmap => "a grey picture",
        Corpus::Prose => "verse, as binary",
        Corpus::Html => "HTML text",
        Corpus::Pdf => "a PDF document",
    }
}

fn group(section: u16, group: u16, corpus: Corpus, wishes: &[DeflateWish], asks: &str) -> Vec<Builder> {
    let row = |(n, (units, seconds, fragment)): (u16, (u32, u32, u32))| {
        let kind = if corpus.is_binary() { "octets" } else { "characters" };
        let frames = match fragment {
            0 => "each in one frame".to_owned(),
            _ => format!("their compressed octets in frames of {fragment}"),
        };
        let takeover = wishes.iter().any(|wish| wish.no_context_takeover);
        let window = wishes.iter().any(|wish| wish.max_window_bits.is_some());
        let mut builder = case(
            &[section, group, n],
            format!(
                "Asks the testee to {asks}; then sends {COUNT} compressed messages of {units} {kind} of {}, {frames}, each when \
                 the one before is back.",
                name(corpus)
            ),
            format!(
                "Each message comes back octet by octet, compressed or not, all within {seconds} s; then the connection \
                 closes cleanly with code 1000. Without compression the case is not judged."
            ),
        )
        .must("RFC 7692 §6")
        .must("RFC 7692 §7.2");
        if takeover {
            builder = builder.must("RFC 7692 §7.1.1");
        }
        if window {
            builder = builder.must("RFC 7692 §7.1.2");
        }
        builder
            .deflate(wishes)
            .step(Step::QuietLog { announce: true })
            .step(Step::AutoFragment { octets: fragment })
            .step(Step::RequireDeflate)
            .close_after(f64::from(seconds))
            .step(Step::CorpusLoop { corpus, units, count: COUNT })
            .judge(Judge::CorpusLoop)
            .close_rule(|rule| rule.auto_close = true)
            .timed()
    };
    (1..).zip(ROWS).map(row).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let plain = "compress as it likes";
    let payloads = (1..).zip(Corpus::ALL).flat_map(|(n, corpus)| group(12, n, corpus, &[PLAIN], plain));
    let parameters =
        (1..).zip(AGREEMENTS).flat_map(|(n, (wishes, asks))| group(13, n, Corpus::Json, wishes, asks));
    payloads.chain(parameters).map(Builder::build).collect()
}
