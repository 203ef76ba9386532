//! UTF-8 validation of text that arrives in pieces (RFC 6455 §8.1, RFC 3629 §4).

use core::fmt;

use crate::Count;

/// Validates UTF-8 piece by piece and names the first wrong octet.
///
/// Pieces may be cut anywhere, also inside a character: the validator keeps what the next octet may be, never the
/// text itself.
///
/// ```
/// use wsproof_core::utf8::Utf8Validator;
/// let mut text = Utf8Validator::new();
/// text.feed(b"\xe2\x82").unwrap();
/// text.feed(b"\xac").unwrap();
/// text.finish().unwrap();
///
/// // Beyond U+10FFFF, which the second octet already shows.
/// let mut text = Utf8Validator::new();
/// text.feed(b"ok\xf4").unwrap();
/// assert_eq!(text.feed(b"\x90").unwrap_err().offset, 3);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8Validator {
    /// Octets fed since the start, less those after an error.
    fed: u64,
    /// Where in a character we stand.
    edge: Edge,
    /// Set by the first error; the validator then refuses everything until [`reset`](Self::reset).
    failed: Option<Utf8Error>,
}

/// Why text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Utf8Error {
    /// Index, from the start of the text, of the first octet at which the text is known to be wrong. When the text
    /// ends inside a character this is its length: the octet that is missing.
    pub offset: u64,
    /// Whether the text ended inside a character that was right so far.
    pub truncated: bool,
}

impl fmt::Display for Utf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.truncated {
            write!(f, "text ends inside a character, after {}", Count(self.offset, "octet"))
        } else {
            write!(f, "invalid UTF-8 at octet {}", self.offset)
        }
    }
}

impl core::error::Error for Utf8Error {}

impl Utf8Validator {
    /// A validator at the start of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self { fed: 0, edge: Edge::BETWEEN, failed: None }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// The first octet that no valid text can have at its place. Octets before it are accepted (see
    /// [`position`](Self::position)); later calls give the same error again.
    #[inline]
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), Utf8Error> {
        if self.edge.missing == 0 && self.failed.is_none() {
            // The usual piece: it begins and ends between characters.
            let whole = piece.len() - incomplete_tail(piece);
            if is_valid(&piece[..whole]) {
                self.fed += whole as u64;
                return if whole == piece.len() { Ok(()) } else { self.step_through(&piece[whole..]) };
            }
        }
        self.feed_across_edge(piece)
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// [`Utf8Error::truncated`] when the text ends inside a character, or the error met before.
    #[inline]
    pub fn finish(&mut self) -> Result<(), Utf8Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.edge.missing != 0 {
            return self.fail(Utf8Error { offset: self.fed, truncated: true });
        }
        Ok(())
    }

    /// Octets accepted since the start.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.fed
    }

    /// Whether the octets fed so far end between two characters.
    #[must_use]
    pub const fn is_between_characters(&self) -> bool {
        self.edge.missing == 0
    }

    /// Starts a new text.
    #[inline]
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// The piece starts inside a character, or is wrong.
    #[cold]
    #[inline(never)]
    fn feed_across_edge(&mut self, mut piece: &[u8]) -> Result<(), Utf8Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        while self.edge.missing != 0 {
            let Some((octet, rest)) = piece.split_first() else { return Ok(()) };
            self.step_through(core::slice::from_ref(octet))?;
            piece = rest;
        }
        let whole = piece.len() - incomplete_tail(piece);
        if is_valid(&piece[..whole]) {
            self.fed += whole as u64;
            return self.step_through(&piece[whole..]);
        }
        // Wrong somewhere: `str` finds the character, the octet steps find the octet in it.
        let valid = core::str::from_utf8(piece).map_or_else(|error| error.valid_up_to(), str::len);
        self.fed += valid as u64;
        self.step_through(&piece[valid..])
    }

    /// Octet by octet, for the few at the edges and for the exact place of an error.
    fn step_through(&mut self, octets: &[u8]) -> Result<(), Utf8Error> {
        for &octet in octets {
            match self.edge.step(octet) {
                Some(edge) => {
                    self.edge = edge;
                    self.fed += 1;
                }
                None => return self.fail(Utf8Error { offset: self.fed, truncated: false }),
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: Utf8Error) -> Result<(), Utf8Error> {
        self.failed = Some(error);
        Err(error)
    }
}

/// What may come next (RFC 3629 §4, table `UTF8-octets`).
#[derive(Clone, Copy, Debug)]
struct Edge {
    /// Continuation octets that the character in progress still needs, 0 to 3.
    missing: u8,
    /// Range of the next continuation octet: narrower than 80..=BF right after E0, ED, F0 and F4, which is how
    /// overlong forms, surrogates and values beyond U+10FFFF are refused.
    low: u8,
    high: u8,
}

impl Default for Edge {
    fn default() -> Self {
        Self::BETWEEN
    }
}

impl Edge {
    const BETWEEN: Self = Self { missing: 0, low: 0x80, high: 0xbf };

    fn step(self, octet: u8) -> Option<Self> {
        if self.missing != 0 {
            return (self.low..=self.high)
                .contains(&octet)
                .then_some(Self { missing: self.missing - 1, ..Self::BETWEEN });
        }
        let (missing, low, high) = match octet {
            0x00..=0x7f => (0, 0x80, 0xbf),
            0xc2..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return None,
        };
        Some(Self { missing, low, high })
    }
}

/// Whether a whole text is UTF-8.
///
/// ```
/// use wsproof_core::utf8::is_valid;
/// assert!(is_valid("κόσμε".as_bytes()));
/// assert!(!is_valid(b"\xed\xa0\x80")); // a surrogate
/// ```
#[must_use]
#[inline]
pub fn is_valid(text: &[u8]) -> bool {
    // Up to here a look at all top bits costs less than the start of `simdutf8`; it is worth it when the text begins
    // like ASCII.
    const SHORT: usize = 256;
    if text.len() < SHORT && is_ascii(text) {
        return true;
    }
    simdutf8::basic::from_utf8(text).is_ok()
}

/// Whether all top bits are clear. The last word may overlap the one before.
#[inline]
fn is_ascii(text: &[u8]) -> bool {
    const TOP_BITS: u64 = 0x8080_8080_8080_8080;
    let (words, _) = text.as_chunks::<8>();
    let top_bits = match (words, text.last_chunk::<8>()) {
        ([first, ..], _) if u64::from_ne_bytes(*first) & TOP_BITS != 0 => return false,
        (_, Some(last)) => {
            words.iter().fold(u64::from_ne_bytes(*last), |bits, word| bits | u64::from_ne_bytes(*word))
        }
        (_, None) => text.iter().fold(0, |bits, octet| bits | u64::from(*octet)),
    };
    top_bits & TOP_BITS == 0
}

/// How many octets at the end of `piece`, 0 to 3, may be the start of a character that goes on in the next piece.
#[inline]
fn incomplete_tail(piece: &[u8]) -> usize {
    let len = piece.len();
    match piece.last() {
        None | Some(0..0x80) => return 0,
        Some(0xc0..) => return 1,
        Some(_) => {}
    }
    if len >= 2 && piece[len - 2] >= 0xe0 {
        2
    } else if len >= 3 && piece[len - 3] >= 0xf0 {
        3
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use proptest::prelude::*;

    use super::*;

    /// Feeds the pieces; the error, if any, of `feed` or `finish`.
    fn verdict<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<(), Utf8Error> {
        let mut text = Utf8Validator::new();
        for piece in pieces {
            text.feed(piece)?;
        }
        text.finish()
    }

    /// The obvious way: the text is known to be wrong at the first octet after which no continuation makes it right.
    fn model(text: &[u8]) -> Result<(), Utf8Error> {
        let hopeful = |prefix: &[u8]| match core::str::from_utf8(prefix) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none(),
        };
        for end in 1..=text.len() {
            if !hopeful(&text[..end]) {
                return Err(Utf8Error { offset: end as u64 - 1, truncated: false });
            }
        }
        match core::str::from_utf8(text) {
            Ok(_) => Ok(()),
            Err(_) => Err(Utf8Error { offset: text.len() as u64, truncated: true }),
        }
    }

    fn check(text: &[u8]) {
        let want = model(text);
        assert_eq!(verdict([text]), want, "whole {text:02x?}");
        assert_eq!(verdict(text.chunks(1)), want, "by octet {text:02x?}");
        for cut in 0..=text.len() {
            assert_eq!(verdict([&text[..cut], &text[cut..]]), want, "cut at {cut} of {text:02x?}");
        }
    }

    #[test]
    fn wrong_octets_are_named_exactly() {
        for (text, offset) in [
            (&b"\xf4\x90\x80\x80"[..], 1),
            (b"\xed\xa0\x80", 1),
            (b"\xc0\x80", 0),
            (b"\xe0\x80\x80", 1),
            (b"\xf0\x80\x80\x80", 1),
            (b"ab\xff", 2),
            (b"\xe2\x82a", 2),
            (b"\xf1\x80\x80\xc0", 3),
        ] {
            check(text);
            assert_eq!(verdict([text]), Err(Utf8Error { offset, truncated: false }));
        }
    }

    #[test]
    fn every_pair_of_octets() {
        for first in (0x70..=0xff).step_by(if cfg!(miri) { 7 } else { 1 }) {
            for second in (0x70..=0xff).step_by(if cfg!(miri) { 29 } else { 1 }) {
                check(&[first, second]);
                check(&[b'x', first, second, 0x80]);
            }
        }
    }

    #[test]
    fn stays_failed_until_reset() {
        let mut text = Utf8Validator::new();
        let error = text.feed(b"ab\xff").unwrap_err();
        assert_eq!(text.position(), 2);
        assert_eq!(text.feed(b"fine"), Err(error));
        assert_eq!(text.finish(), Err(error));
        text.reset();
        assert_eq!(text.feed(b"fine"), Ok(()));
        assert_eq!(text.finish(), Ok(()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

        #[test]
        fn any_cut_of_damaged_text_equals_the_model(
            text in "\\PC{0,60}",
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let mut octets = text.into_bytes();
            for (place, octet) in damage {
                if !octets.is_empty() {
                    let place = place.index(octets.len());
                    octets[place] = octet;
                }
            }
            let want = model(&octets);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(octets.len() + 1)).collect();
            cuts.extend([0, octets.len()]);
            cuts.sort_unstable();
            prop_assert_eq!(verdict(cuts.windows(2).map(|pair| &octets[pair[0]..pair[1]])), want);
            prop_assert_eq!(verdict([&octets[..]]), want);
        }
    }
}
