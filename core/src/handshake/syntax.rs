//! Pieces of HTTP grammar (RFC 9110 §5.6).

/// Whether `text` is a token: one or more visible ASCII characters, no delimiters (RFC 9110 §5.6.2).
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_octet)
}

pub(super) const fn is_token_octet(octet: u8) -> bool {
    matches!(octet,
        b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

/// Whether `text` may be a header's value: no control characters but tab, no space at either end (RFC 9110 §5.5).
pub(super) fn is_field_value(text: &str) -> bool {
    let edge = |octet: Option<u8>| matches!(octet, Some(b' ' | b'\t'));
    text.bytes().all(|octet| octet == b'\t' || (octet >= b' ' && octet != 0x7f))
        && !edge(text.bytes().next())
        && !edge(text.bytes().next_back())
}

/// Whether `text` is made of visible ASCII only, as a request target is.
pub(super) fn is_visible_ascii(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic())
}

/// The elements of a comma-separated header value, without the space around them; empty ones are left out
/// (RFC 9110 §5.6.1).
///
/// ```
/// use wsproof_core::handshake::tokens;
/// assert!(tokens("keep-alive, Upgrade,,").eq(["keep-alive", "Upgrade"]));
/// ```
pub fn tokens(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(|element| element.trim_matches([' ', '\t'])).filter(|element| !element.is_empty())
}

/// Whether a comma-separated header value has the element `token`, in any case of letters.
///
/// ```
/// use wsproof_core::handshake::has_token;
/// assert!(has_token("keep-alive, Upgrade", "upgrade"));
/// ```
#[must_use]
pub fn has_token(value: &str, token: &str) -> bool {
    tokens(value).any(|element| element.eq_ignore_ascii_case(token))
}
