//! Payload octets as a case describes them: given, or a unit repeated to a length.

mod deflated;

use serde::{Deserialize, Serialize};

use self::deflated::Deflated;
use crate::hex;

/// The octets of a payload, without holding those of the long ones in memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Described", into = "Described")]
pub struct Payload {
    /// Repeated, and cut at `len`. Not empty unless `len` is 0.
    unit: Vec<u8>,
    len: u64,
}

impl Payload {
    /// These octets.
    pub fn bytes(octets: impl Into<Vec<u8>>) -> Self {
        let unit = octets.into();
        let len = unit.len() as u64;
        Self { unit, len }
    }

    /// The unit repeated and cut at exactly `len` octets.
    ///
    /// # Panics
    /// If the unit is empty and `len` is not 0.
    pub fn repeat(unit: impl Into<Vec<u8>>, len: u64) -> Self {
        let unit = unit.into();
        assert!(len == 0 || !unit.is_empty(), "an empty unit fills nothing");
        Self { unit, len }
    }

    /// Length in octets.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are no octets.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The unit that is repeated, if it is.
    pub fn unit(&self) -> Option<&[u8]> {
        (self.unit.len() as u64 != self.len).then_some(&self.unit)
    }

    /// Octets that it takes in memory.
    pub(crate) fn held(&self) -> u64 {
        self.unit.len() as u64
    }

    /// Writes the octets from `offset` on into `out`, which must not reach past the end.
    pub fn read(&self, offset: u64, out: &mut [u8]) {
        debug_assert!(offset + out.len() as u64 <= self.len, "read past the end of a payload");
        if out.is_empty() {
            return;
        }
        // One turn of the unit, octet by octet from where `offset` stands in it; then double what is there. The
        // copies stay whole turns long, so that they fit together, and soon run at memory speed.
        let turn = self.unit.len().min(out.len());
        let start = (offset % self.unit.len() as u64) as usize;
        for (i, octet) in out[..turn].iter_mut().enumerate() {
            *octet = self.unit[(start + i) % self.unit.len()];
        }
        let mut done = turn;
        while done < out.len() {
            let n = done.min(out.len() - done);
            out.copy_within(..n, done);
            done += n;
        }
    }

    /// The first octets, at most `max` of them.
    pub fn head(&self, max: usize) -> Vec<u8> {
        let mut octets = vec![0; self.len.min(max as u64) as usize];
        self.read(0, &mut octets);
        octets
    }

    /// Whether the payload equals these octets.
    pub fn matches(&self, octets: &[u8]) -> bool {
        octets.len() as u64 == self.len && self.matches_at(0, octets)
    }

    /// Whether the payload holds these octets from `offset` on.
    pub fn matches_at(&self, offset: u64, octets: &[u8]) -> bool {
        if offset.checked_add(octets.len() as u64).is_none_or(|end| end > self.len) {
            return false;
        }
        let mut wanted = [0; 4096];
        octets.chunks(wanted.len()).zip((offset..).step_by(wanted.len())).all(|(part, at)| {
            let wanted = &mut wanted[..part.len()];
            self.read(at, wanted);
            wanted == part
        })
    }
}

/// No octets.
impl Default for Payload {
    fn default() -> Self {
        Self::bytes([])
    }
}

/// Equal octets are equal payloads, however they are described.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        if self.len != other.len || self.unit == other.unit {
            return self.len == other.len;
        }
        let mut piece = [0; 4096];
        (0..self.len).step_by(piece.len()).all(|at| {
            let n = (self.len - at).min(piece.len() as u64) as usize;
            self.read(at, &mut piece[..n]);
            other.matches_at(at, &piece[..n])
        })
    }
}

impl Eq for Payload {}

/// The form in JSON: `{"text": "…"}`, `{"hex": "…"}`, or with `"octets": n` the same repeated to n octets. With
/// `"deflate": {…}` it is what the payload inflates to; such a payload is written as the octets that it became.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a payload, {\"text\": \"…\"} or {\"hex\": \"…\"}")]
struct Described {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    octets: Option<u64>,
    #[serde(default, skip_serializing)]
    deflate: Option<Deflated>,
}

/// The longest payload that a case may describe: 1 GiB. Longer ones are announced, not sent.
const MAX_LEN: u64 = 1 << 30;

impl TryFrom<Described> for Payload {
    type Error = String;

    fn try_from(described: Described) -> Result<Self, String> {
        let unit = match (described.text, described.hex) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(digits)) => hex::decode(&digits)?,
            _ => return Err("a payload has either `text` or `hex`".to_owned()),
        };
        let plain = match described.octets {
            None => Self::bytes(unit),
            Some(len) if len > MAX_LEN => {
                return Err(format!("a payload has at most {MAX_LEN} octets, not {len}"));
            }
            Some(len) if len > 0 && unit.is_empty() => {
                return Err("an empty unit can't be repeated".to_owned());
            }
            Some(len) => Self::repeat(unit, len),
        };
        match described.deflate {
            None => Ok(plain),
            Some(deflated) => Ok(Self::bytes(deflated.octets(&plain.head(deflated::MAX_LEN as usize + 1))?)),
        }
    }
}

impl From<Payload> for Described {
    fn from(payload: Payload) -> Self {
        let octets = payload.unit().is_some().then_some(payload.len);
        let readable = |text: &str| text.chars().all(|c| !c.is_control() && c != '\u{feff}');
        match String::from_utf8(payload.unit) {
            Ok(text) if readable(&text) => Self { text: Some(text), hex: None, octets, deflate: None },
            Ok(text) => Self { text: None, hex: Some(hex::encode(text.as_bytes())), octets, deflate: None },
            Err(e) => Self { text: None, hex: Some(hex::encode(e.as_bytes())), octets, deflate: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_is_cut_at_the_length() {
        let payload = Payload::repeat(*b"abc", 8);
        assert_eq!(payload.head(100), b"abcabcab");
        assert!(payload.matches(b"abcabcab"));
        assert!(!payload.matches(b"abcabcabc"));
        assert!(!payload.matches(b"abcabcaa"));
    }

    #[test]
    fn any_window_equals_the_plain_repetition() {
        for unit in [&b"x"[..], b"ab", b"abc", b"BAsd7&jh23", b"0123456789abcdef!"] {
            let whole: Vec<u8> = unit.iter().copied().cycle().take(500).collect();
            let payload = Payload::repeat(unit, 500);
            for (offset, len) in [(0, 500), (1, 499), (3, 0), (7, 13), (250, 250), (499, 1), (10, 333)] {
                let mut out = vec![0; len];
                payload.read(offset as u64, &mut out);
                assert_eq!(out, whole[offset..offset + len], "{unit:?} {offset} {len}");
            }
        }
    }

    #[test]
    fn json_forms() {
        let text: Payload = serde_json::from_str(r#"{"text":"a"}"#).unwrap();
        assert_eq!(text, Payload::bytes(*b"a"));
        let long: Payload = serde_json::from_str(r#"{"hex":"2a","octets":9}"#).unwrap();
        assert_eq!(long, Payload::repeat([0x2a], 9));
        assert_eq!(serde_json::to_string(&long).unwrap(), r#"{"text":"*","octets":9}"#);
        for wrong in ["{}", r#"{"hex":"2"}"#, r#"{"text":"","octets":5}"#, r#"{"text":"a","hex":"00"}"#] {
            assert!(serde_json::from_str::<Payload>(wrong).is_err(), "{wrong}");
        }
    }
}
