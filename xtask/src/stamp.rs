//! Whether something has to be installed again: a hash of all that it was made from, kept beside it.

use std::fs;
use std::io;
use std::path::PathBuf;

/// What something is made from.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
    hash: u64,
}

impl Stamp {
    /// `file` keeps the hash of the sources and of whatever else has an influence, such as the version of a tool.
    pub(crate) fn of(file: PathBuf, sources: &[PathBuf], other: &str) -> io::Result<Self> {
        let mut hash = fnv1a(FNV_START, other.as_bytes());
        for source in sources {
            hash = fnv1a(hash, &fs::read(source)?);
        }
        Ok(Self { file, hash })
    }

    /// Whether it was made from just these.
    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|text| text == self.text())
    }

    /// To be called when it was made.
    pub(crate) fn set(&self) -> io::Result<()> {
        fs::write(&self.file, self.text())
    }

    fn text(&self) -> String {
        format!("{:016x}\n", self.hash)
    }
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: small, and the same in every build, which the hash of the standard library need not be.
fn fnv1a(start: u64, octets: &[u8]) -> u64 {
    octets.iter().fold(start, |hash, octet| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(FNV_START, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(FNV_START, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
