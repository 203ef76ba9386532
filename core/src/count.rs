//! Numbers with a noun in singular or plural, for error texts.

use core::fmt;

/// A number with its noun: `1 octet`, `2 octets`.
///
/// ```
/// use wsproof_core::Count;
///
/// assert_eq!(Count(1, "octet").to_string(), "1 octet");
/// assert_eq!(Count(0, "frame").to_string(), "0 frames");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(
    /// The number.
    pub u64,
    /// What is counted, in the singular; the plural has an `s` at its end.
    pub &'static str,
);

impl Count {
    /// The form of a verb: the first for one, the second for any other number.
    ///
    /// ```
    /// use wsproof_core::Count;
    ///
    /// let missing = Count(1, "octet");
    /// assert_eq!(format!("{missing} {} missing", missing.verb("is", "are")), "1 octet is missing");
    /// ```
    #[must_use]
    pub fn verb<'a>(self, one: &'a str, many: &'a str) -> &'a str {
        if self.0 == 1 { one } else { many }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}
