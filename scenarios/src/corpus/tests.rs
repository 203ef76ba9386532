use wsproof_core::deflate::{Deflater, Sending, Settings, WindowBits};

use super::*;

/// Octets, and units.
const SIZES: [(Corpus, usize, usize); 5] = [
    (Corpus::Json, 194_056, 194_056),
    (Corpus::Bitmap, 263_222, 263_222),
    (Corpus::Prose, 222_218, 222_218),
    (Corpus::Html, 263_647, 263_620),
    (Corpus::Pdf, 1_042_328, 1_042_328),
];

#[test]
fn sizes_are_those_of_autobahn() {
    for (corpus, octets, units) in SIZES {
        let ring = corpus.ring();
        assert_eq!((ring.octets().len(), ring.units()), (octets, units), "{corpus:?}");
        // Every message is shorter than the ring.
        assert!(units > 131_072);
    }
    let json: serde_json::Value = serde_json::from_slice(Corpus::Json.octets()).unwrap();
    assert!(json.is_object());
    for corpus in [Corpus::Json, Corpus::Html, Corpus::Prose] {
        assert!(std::str::from_utf8(corpus.octets()).is_ok(), "{corpus:?}");
    }
}

/// Compressed size by size, message after message, with context takeover.
fn ratio(corpus: Corpus, units: usize) -> f64 {
    let mut deflater =
        Deflater::new(Sending { window: WindowBits::MAX, takeover: true }, Settings::default());
    let ring = corpus.ring();
    let (mut at, mut before, mut after) = (0, 0, 0);
    while before < ring.octets().len() {
        let span = ring.span(at, units);
        let mut payload = Vec::new();
        deflater.message(&ring.pieces(span).concat(), &mut payload);
        at = (at + units) % ring.units();
        before += span.len;
        after += payload.len();
    }
    after as f64 / before as f64
}

#[test]
fn they_compress_about_as_well_as_autobahns() {
    for (corpus, at_1024, at_16384) in [
        (Corpus::Json, 0.057, 0.044),
        (Corpus::Bitmap, 0.909, 0.850),
        (Corpus::Prose, 0.422, 0.387),
        (Corpus::Html, 0.066, 0.055),
        (Corpus::Pdf, 0.786, 0.763),
    ] {
        for (units, want) in [(1024, at_1024), (16_384, at_16384)] {
            let got = ratio(corpus, units);
            assert!(
                (0.85..1.18).contains(&(got / want)),
                "{corpus:?} in {units}: {got:.3}, wanted {want:.3}"
            );
        }
    }
}
