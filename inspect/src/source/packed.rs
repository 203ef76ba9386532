//! Captures that were compressed: inflated first, within a limit.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;
use wsproof_core::Count;

/// A capture inflates to so many octets at most: 512 MiB.
const MAX_INFLATED: u64 = 512 << 20;

/// So often one may be compressed within another.
const MAX_DEPTH: usize = 3;

/// How a capture is compressed or packed, by its first octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zlib,
    Zstd,
    /// One that is only named: what it is, and what unpacks it.
    Other(&'static str, &'static str),
}

impl Packing {
    fn of(octets: &[u8]) -> Option<Self> {
        Some(match octets {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            // A window of 32 KiB, and a check that is a multiple of 31 (RFC 1950).
            [0x78, second @ (0x01 | 0x5e | 0x9c | 0xda), ..]
                if octets.len() > 6 && (0x7800 | u32::from(*second)) % 31 == 0 =>
            {
                Self::Zlib
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Other(
                "a zip archive",
                "unzip it, and give the capture in it (in one by Playwright the .har)",
            ),
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => {
                Self::Other("compressed by bzip2", "`bunzip2` unpacks it")
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("compressed by xz", "`unxz` unpacks it"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Other("compressed by lz4", "`unlz4` unpacks it"),
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::Other("a 7z archive", "`7z x` unpacks it"),
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
            Self::Other(name, _) => name,
        }
    }
}

/// The capture itself, and what there is to say of how it was packed.
///
/// # Errors
/// It cannot be unpacked; in words.
pub(super) fn unpack(capture: &[u8]) -> Result<(Cow<'_, [u8]>, Vec<String>), String> {
    let mut octets = Cow::Borrowed(capture);
    let mut notes = Vec::new();
    for _ in 0..MAX_DEPTH {
        let Some(packing) = Packing::of(&octets) else { break };
        let inflated = match packing {
            Packing::Gzip => inflate(MultiGzDecoder::new(&octets[..])),
            Packing::Zlib => inflate(ZlibDecoder::new(&octets[..])),
            Packing::Zstd => StreamingDecoder::new(&octets[..])
                .map_err(|error| (Vec::new(), error.to_string()))
                .and_then(inflate),
            Packing::Other(what, how) => return Err(format!("it is {what}, which is not read: {how}")),
        };
        let name = packing.name();
        octets = Cow::Owned(match inflated {
            Ok(octets) if octets.len() as u64 > MAX_INFLATED => {
                return Err(format!(
                    "its {name} inflates to more than {} MiB: unpack it, and cut it down first",
                    MAX_INFLATED >> 20
                ));
            }
            Ok(octets) => {
                notes.push(format!("inflated from {name}"));
                octets
            }
            Err((octets, why)) if octets.is_empty() => {
                return Err(format!("it begins as {name}, which cannot be inflated: {why}"));
            }
            Err((octets, why)) => {
                notes.push(format!(
                    "inflated from {name}, which is damaged or ends too early behind {}: {why}",
                    Count(octets.len() as u64, "octet")
                ));
                octets
            }
        });
    }
    Ok((octets, notes))
}

/// Everything up to the limit and one octet more; or what came before an error.
fn inflate(from: impl Read) -> Result<Vec<u8>, (Vec<u8>, String)> {
    let mut octets = Vec::new();
    match from.take(MAX_INFLATED + 1).read_to_end(&mut octets) {
        Ok(_) => Ok(octets),
        Err(error) => Err((octets, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `81 05 "Hello"`, as gzip, zlib and zstd write it.
    const GZIP: &str = "1f8b08000000000002036b64f548cdc9c9070014d133d207000000";
    const ZLIB: &str = "789c6b64f548cdc9c907000933027b";
    const ZSTD: &str = "28b52ffd0058390000810548656c6c6f";

    fn octets(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn what_is_compressed_is_inflated() {
        for (hex, name) in [(GZIP, "gzip"), (ZLIB, "zlib"), (ZSTD, "zstd")] {
            let packed = octets(hex);
            let (unpacked, notes) = unpack(&packed).unwrap();
            assert_eq!(
                (&unpacked[..], &notes[..]),
                (&b"\x81\x05Hello"[..], &[format!("inflated from {name}")][..])
            );
        }
        let plain = b"\x81\x05Hello";
        assert_eq!(unpack(plain).unwrap(), (Cow::Borrowed(&plain[..]), Vec::new()));
    }

    #[test]
    fn what_cannot_be_inflated_is_named() {
        let packed = octets(GZIP);
        let (unpacked, notes) = unpack(&packed[..20]).unwrap();
        assert_eq!(&unpacked[..], b"\x81\x05Hello");
        assert!(notes[0].contains("ends too early behind 7 octets"), "{notes:?}");
        for (octets, words) in [
            (&b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff"[..], "it begins as gzip"),
            (b"PK\x03\x04\x14\0", "it is a zip archive, which is not read: unzip it"),
            (b"BZh91AY&SY", "bunzip2"),
            (b"\xfd7zXZ\0\0", "unxz"),
        ] {
            let why = unpack(octets).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
