//! Header fields, in order.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::syntax::{is_field_value, is_token, tokens};
use super::{ExtensionError, ExtensionList, HandshakeError};

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    name: String,
    value: String,
}

impl Header {
    /// The name, in the sender's letters.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, without the space around it. A value off the wire that is not UTF-8 has each octet as the character
    /// of that number (ISO 8859-1), so that nothing is lost.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Header fields in the order of the wire; names compare without regard to case (RFC 9110 §5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Fields, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of all fields of this name, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(Header::value)
    }

    /// The elements of all fields of this name, which HTTP takes as one comma-separated list (RFC 9110 §5.3).
    pub fn list<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(tokens)
    }

    /// Whether the list of this name has the element `token`, in any case of letters.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|element| element.eq_ignore_ascii_case(token))
    }

    /// The value of a field that may be there at most once.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::RepeatedHeader`] when it is there more often.
    pub fn at_most_one(&self, name: &'static str) -> Result<Option<&str>, HandshakeError> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(HandshakeError::RepeatedHeader(name));
        }
        Ok(first)
    }

    /// All `Sec-WebSocket-Extensions` fields as one list (RFC 6455 §9.1); empty when there is no such field.
    ///
    /// # Errors
    ///
    /// The rule of the grammar that is broken.
    pub fn extensions(&self) -> Result<ExtensionList, ExtensionError> {
        ExtensionList::parse_all(self.all("Sec-WebSocket-Extensions"))
    }

    /// Appends a field.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Unsendable`] when the name is not a token or the value has control characters (so nobody
    /// can smuggle a CR LF and further fields in) or space at its ends.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), HandshakeError> {
        if !is_token(name) {
            return Err(HandshakeError::Unsendable("a header's name"));
        }
        if !is_field_value(value) {
            return Err(HandshakeError::Unsendable("a header's value"));
        }
        self.0.push(Header { name: name.to_owned(), value: value.to_owned() });
        Ok(())
    }

    /// Takes what `httparse` found, which has checked names and values.
    pub(super) fn from_wire(fields: &[httparse::Header<'_>]) -> Self {
        Self(
            fields
                .iter()
                .map(|field| Header { name: field.name.to_owned(), value: text(field.value) })
                .collect(),
        )
    }

    /// Writes all fields and the empty line.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for Header { name, value } in &self.0 {
            for part in [name, ": ", value, "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = core::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// UTF-8, or else each octet as one character.
pub(super) fn text(octets: &[u8]) -> String {
    let octets = octets.trim_ascii();
    match core::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => octets.iter().map(|&octet| char::from(octet)).collect(),
    }
}
