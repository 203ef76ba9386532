//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::syntax::{is_token, is_token_octet};

/// A list of extensions, as one or more `Sec-WebSocket-Extensions` headers give it (RFC 6455 §9.1).
///
/// ```
/// use wsproof_core::handshake::ExtensionList;
/// let list = ExtensionList::parse("permessage-deflate; client_max_window_bits; server_max_window_bits=\"10\", x")?;
/// assert_eq!(list.len(), 2);
/// let deflate = list.get("permessage-deflate").unwrap();
/// assert_eq!(deflate.param("server_max_window_bits").unwrap().value(), Some("10"));
/// assert_eq!(
///     list.to_string(),
///     "permessage-deflate; client_max_window_bits; server_max_window_bits=10, x",
/// );
/// # Ok::<(), wsproof_core::handshake::ExtensionError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtensionList(Vec<Extension>);

/// One extension with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    name: String,
    params: Vec<Param>,
}

/// One parameter of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    name: String,
    value: Option<String>,
}

/// A rule of the grammar that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtensionError {
    /// A header without a single extension in it.
    Empty,
    /// A token was expected at this octet of the header's value.
    ExpectedToken(usize),
    /// A comma or semicolon was expected at this octet.
    ExpectedSeparator(usize),
    /// The quoted string that starts at this octet has no end.
    UnclosedQuote(usize),
    /// The quoted string that starts at this octet is not a token once unquoted, as §9.1 demands.
    QuotedNotToken(usize),
    /// A name or value to be sent is not a token.
    NotToken,
}

impl fmt::Display for ExtensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no extension in the header"),
            Self::ExpectedToken(at) => write!(f, "expected a token at octet {at}"),
            Self::ExpectedSeparator(at) => write!(f, "expected ',' or ';' at octet {at}"),
            Self::UnclosedQuote(at) => write!(f, "the quoted string at octet {at} has no end"),
            Self::QuotedNotToken(at) => write!(f, "the quoted string at octet {at} does not hold a token"),
            Self::NotToken => f.write_str("not a token"),
        }
    }
}

impl core::error::Error for ExtensionError {}

impl ExtensionList {
    /// No extensions.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Reads the value of one header. Empty elements between commas are passed over (RFC 9110 §5.6.1.2).
    ///
    /// # Errors
    ///
    /// The first rule broken, with its place.
    pub fn parse(value: &str) -> Result<Self, ExtensionError> {
        Self::parse_all([value])
    }

    /// Reads several headers as one list, in order.
    ///
    /// # Errors
    ///
    /// The first rule broken, with its place in the header where it was broken.
    pub fn parse_all<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, ExtensionError> {
        let mut list = Self::new();
        for value in values {
            let before = list.len();
            Scanner { text: value, at: 0 }.list(&mut list)?;
            if list.len() == before {
                return Err(ExtensionError::Empty);
            }
        }
        Ok(list)
    }

    /// Appends an extension.
    pub fn push(&mut self, extension: Extension) {
        self.0.push(extension);
    }

    /// Extensions, in order. The same name may be there more than once: alternatives, the preferred first.
    pub fn iter(&self) -> core::slice::Iter<'_, Extension> {
        self.0.iter()
    }

    /// How many extensions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first extension of this name. Names compare without regard to case, since registered tokens do so in HTTP.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Extension> {
        self.0.iter().find(|extension| extension.name.eq_ignore_ascii_case(name))
    }

    /// Whether an extension of this name is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<'a> IntoIterator for &'a ExtensionList {
    type Item = &'a Extension;
    type IntoIter = core::slice::Iter<'a, Extension>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extension {
    /// An extension without parameters.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::NotToken`].
    pub fn new(name: &str) -> Result<Self, ExtensionError> {
        Ok(Self { name: token(name)?, params: Vec::new() })
    }

    /// The same with one more parameter.
    ///
    /// # Errors
    ///
    /// [`ExtensionError::NotToken`] when name or value is not a token.
    pub fn with_param(mut self, name: &str, value: Option<&str>) -> Result<Self, ExtensionError> {
        self.params.push(Param { name: token(name)?, value: value.map(token).transpose()? });
        Ok(self)
    }

    /// The name, as "permessage-deflate".
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Parameters in order; the same name may be there more than once, which most extensions forbid.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The first parameter of this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }
}

impl Param {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, unquoted; `None` for a parameter without one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

impl fmt::Display for ExtensionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, extension) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            extension.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for Param { name, value } in &self.params {
            write!(f, "; {name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}

fn token(text: &str) -> Result<String, ExtensionError> {
    if is_token(text) { Ok(text.to_owned()) } else { Err(ExtensionError::NotToken) }
}

/// Reads one header's value from left to right.
struct Scanner<'a> {
    text: &'a str,
    /// Next octet, `0 <= at <= text.len()`, always between characters: only ASCII is stepped over.
    at: usize,
}

impl Scanner<'_> {
    fn list(mut self, list: &mut ExtensionList) -> Result<(), ExtensionError> {
        loop {
            self.space();
            match self.peek() {
                None => return Ok(()),
                Some(b',') => self.at += 1,
                Some(_) => {
                    list.push(self.extension()?);
                    match self.peek() {
                        None => return Ok(()),
                        Some(b',') => self.at += 1,
                        Some(_) => return Err(ExtensionError::ExpectedSeparator(self.at)),
                    }
                }
            }
        }
    }

    fn extension(&mut self) -> Result<Extension, ExtensionError> {
        let name = self.token()?;
        let mut params = Vec::new();
        self.space();
        while self.peek() == Some(b';') {
            self.at += 1;
            self.space();
            params.push(self.param()?);
            self.space();
        }
        Ok(Extension { name, params })
    }

    fn param(&mut self) -> Result<Param, ExtensionError> {
        let name = self.token()?;
        self.space();
        let mut value = None;
        if self.peek() == Some(b'=') {
            self.at += 1;
            self.space();
            value = Some(if self.peek() == Some(b'"') { self.quoted()? } else { self.token()? });
        }
        Ok(Param { name, value })
    }

    fn token(&mut self) -> Result<String, ExtensionError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest.bytes().take_while(|&octet| is_token_octet(octet)).count();
        if len == 0 {
            return Err(ExtensionError::ExpectedToken(self.at));
        }
        self.at += len;
        Ok(rest.get(..len).unwrap_or_default().to_owned())
    }

    /// A quoted string (RFC 9110 §5.6.4), at its opening quote.
    fn quoted(&mut self) -> Result<String, ExtensionError> {
        let start = self.at;
        let mut value = String::new();
        let mut characters = self.text.get(start + 1..).unwrap_or_default().char_indices();
        while let Some((i, character)) = characters.next() {
            match character {
                '"' => {
                    self.at = start + 1 + i + 1;
                    return if is_token(&value) {
                        Ok(value)
                    } else {
                        Err(ExtensionError::QuotedNotToken(start))
                    };
                }
                '\\' => match characters.next() {
                    Some((_, escaped)) => value.push(escaped),
                    None => break,
                },
                other => value.push(other),
            }
        }
        Err(ExtensionError::UnclosedQuote(start))
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn examples_of_section_9_1() {
        for (value, want) in [
            ("foo", "foo"),
            ("foo; bar; baz=2", "foo; bar; baz=2"),
            ("foo;bar=\"2\",bar", "foo; bar=2, bar"),
            (" , foo ,, bar , ", "foo, bar"),
            ("foo ; a = \"b\\c\"", "foo; a=bc"),
        ] {
            assert_eq!(ExtensionList::parse(value).unwrap().to_string(), want);
        }
        let list = ExtensionList::parse_all(["a; x=1", "b, a; x=2"]).unwrap();
        assert_eq!(list.to_string(), "a; x=1, b, a; x=2");
        assert_eq!(list.get("A").unwrap().param("X").unwrap().value(), Some("1"));
        assert_eq!(ExtensionList::parse_all([]), Ok(ExtensionList::new()));
    }

    #[test]
    fn wrong_ones_are_placed() {
        for (value, want) in [
            ("", ExtensionError::Empty),
            (" ,, ", ExtensionError::Empty),
            ("a b", ExtensionError::ExpectedSeparator(2)),
            ("a;", ExtensionError::ExpectedToken(2)),
            ("a; ;b", ExtensionError::ExpectedToken(3)),
            ("a; b=", ExtensionError::ExpectedToken(5)),
            ("a; b=,", ExtensionError::ExpectedToken(5)),
            ("=a", ExtensionError::ExpectedToken(0)),
            ("a; b=\"c", ExtensionError::UnclosedQuote(5)),
            ("a; b=\"c\\", ExtensionError::UnclosedQuote(5)),
            ("a; b=\"\"", ExtensionError::QuotedNotToken(5)),
            ("a; b=\"c d\"", ExtensionError::QuotedNotToken(5)),
            ("a; b=\"c\"d", ExtensionError::ExpectedSeparator(8)),
            ("é", ExtensionError::ExpectedToken(0)),
            ("a; b=\"é\"", ExtensionError::QuotedNotToken(5)),
        ] {
            assert_eq!(ExtensionList::parse(value), Err(want), "{value:?}");
        }
        assert_eq!(Extension::new("a b"), Err(ExtensionError::NotToken));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 512 }))]

        #[test]
        fn never_panics_and_formats_to_what_it_reads(value in "[a\"\\\\;=, é]{0,24}") {
            if let Ok(list) = ExtensionList::parse(&value) {
                prop_assert_eq!(ExtensionList::parse(&list.to_string()), Ok(list));
            }
        }
    }
}
