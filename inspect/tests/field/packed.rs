//! `gzipped.pcap.gz` and its kind.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::packets::Trace;
use super::*;

fn trace() -> Vec<u8> {
    Trace::new().upgraded().says(SERVER, HI).octets()
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_captures_are_inflated_first() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(&trace()).unwrap();
    // One frame of zstd that is not compressed: magic, size, and a raw block that is the last.
    let raw = trace();
    let block = ((raw.len() as u32) << 3 | 1).to_le_bytes();
    let zstd = [b"\x28\xb5\x2f\xfd\xa0", &(raw.len() as u32).to_le_bytes()[..], &block[..3], &raw].concat();
    for (packed, name) in [(gzip(&trace()), "gzip"), (zlib.finish().unwrap(), "zlib"), (zstd, "zstd")] {
        let capture = open(&packed);
        has_note(&capture.notes, &format!("inflated from {name}"));
        is_hi(capture);
    }
    // In two parts, as when a capture is rotated and put together, and within each other.
    let (begin, end) = raw.split_at(raw.len() / 2);
    is_hi(open(&[gzip(begin), gzip(end)].concat()));
    is_hi(open(&gzip(&gzip(&raw))));
    is_hi(open(&gzip(b"81 02 68 69")));
}

/// `tcpdump | gzip` that was stopped: what was inflated is read.
#[test]
fn a_compressed_capture_that_ends_early_is_read_as_far_as_it_goes() {
    let packed = gzip(&trace());
    let capture = open(&packed[..packed.len() - 8]);
    has_note(&capture.notes, "damaged or ends too early");
    is_hi(capture);
}

#[test]
fn a_bomb_is_refused_in_words() {
    let bomb = gzip(&vec![0; 8 << 20]).repeat(65);
    let why = read(&bomb, &Options::default()).unwrap_err().to_string();
    assert!(why.contains("inflates to more than 512 MiB: unpack it, and cut it down first"), "{why}");
}

#[test]
fn what_is_packed_otherwise_is_named() {
    for (octets, words) in [
        (&b"PK\x03\x04\x14\0\0\0"[..], "a zip archive, which is not read: unzip it"),
        (b"BZh91AY&SY\0", "compressed by bzip2"),
        (b"\xfd7zXZ\0\0\x04", "compressed by xz"),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7z archive"),
    ] {
        let why = read(octets, &Options::default()).unwrap_err().to_string();
        assert!(why.starts_with("cannot be read: it is ") && why.contains(words), "{why}");
    }
}
