//! The user's headers in the request of the opening handshake.

use std::fmt;
use std::str::FromStr;

use wsproof_core::handshake::{HandshakeError, Headers, is_token};

/// A header to send in the request of the opening handshake, checked.
///
/// ```
/// use wsproof::runner::Header;
///
/// let header: Header = "Authorization: Bearer abc".parse()?;
/// assert_eq!((header.name(), header.value()), ("Authorization", "Bearer abc"));
///
/// let error = Header::new("Upgrade", "h2c").unwrap_err();
/// assert_eq!(error.to_string(), "the opening handshake itself writes Upgrade (RFC 6455 §4.1)");
/// # Ok::<(), wsproof::runner::HeaderError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

/// Why a header cannot be sent. The text never repeats the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError(String);

impl Header {
    /// A header of this name. Blanks around the value are left out, since they are no part of it (RFC 9110 §5.5).
    ///
    /// # Errors
    /// The name is no token, the value has control characters, or the handshake itself writes this header: `Upgrade`,
    /// `Connection` and all that begin with `Sec-WebSocket-`. `Content-Length` and `Transfer-Encoding` would tell of a body,
    /// and there is none.
    pub fn new(name: &str, value: &str) -> Result<Self, HeaderError> {
        let shown = name.escape_debug();
        if !is_token(name) {
            return Err(HeaderError(format!(
                "`{shown}` cannot be the name of a header: it is made of letters, digits and the signs !#$%&'*+-.^_`|~"
            )));
        }
        if let Some(why) = reserved(name) {
            return Err(HeaderError(why));
        }
        let value = value.trim_matches([' ', '\t']);
        match Headers::new().push(name, value) {
            Ok(()) => Ok(Self { name: name.to_owned(), value: value.to_owned() }),
            Err(HandshakeError::Unsendable(_)) if value.contains(['\r', '\n']) => Err(HeaderError(format!(
                "the value of {shown} has a line end, after which a header of its own would begin"
            ))),
            Err(_) => Err(HeaderError(format!("the value of {shown} has a control character"))),
        }
    }

    /// The name, in the letters in which it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether this is its name, in any case of letters.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Why a header of this name cannot be one's own.
fn reserved(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let more = match lower.as_str() {
        "content-length" | "transfer-encoding" => {
            return Some(format!(
                "{name} tells of a body, and the request of the opening handshake has none"
            ));
        }
        "upgrade" | "connection" => "",
        "sec-websocket-protocol" => "; subprotocols have an option of their own",
        "sec-websocket-extensions" => "; each case offers what it is about",
        _ if lower.starts_with("sec-websocket-") => "",
        _ => return None,
    };
    Some(format!("the opening handshake itself writes {name} (RFC 6455 §4.1){more}"))
}

impl FromStr for Header {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        match text.split_once(':') {
            Some((name, value)) => Self::new(name, value),
            None => Err(HeaderError("a header is written `Name: value`, and there is no colon".to_owned())),
        }
    }
}

/// Without the value, which may be a secret.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Header({}: …)", self.name)
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_taken_as_they_are_written() {
        for (text, name, value) in [
            ("x-api-KEY: a b", "x-api-KEY", "a b"),
            ("X:y:z", "X", "y:z"),
            ("X-Empty:", "X-Empty", ""),
            ("X: \t y \t", "X", "y"),
            ("Cookie: a=\"ä\"; b", "Cookie", "a=\"ä\"; b"),
            ("Host: other.example", "Host", "other.example"),
        ] {
            let header: Header = text.parse().unwrap();
            assert_eq!((header.name(), header.value()), (name, value), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_told_without_the_value() {
        for (text, wanted) in [
            ("secret", "there is no colon"),
            (": secret", "cannot be the name"),
            ("a b: secret", "cannot be the name"),
            ("X\r\nY: secret", "cannot be the name"),
            ("X: secret\r\nY: z", "line end"),
            ("X: secret\n", "line end"),
            ("X: secret\0", "control character"),
            ("upgrade: secret", "itself writes upgrade"),
            ("Connection: secret", "itself writes Connection"),
            ("Sec-WebSocket-Key: secret", "itself writes"),
            ("sec-websocket-anything: secret", "itself writes"),
            ("Sec-WebSocket-Protocol: secret", "option of their own"),
            ("Sec-WebSocket-Extensions: secret", "each case"),
            ("Content-Length: secret", "body"),
            ("Transfer-Encoding: secret", "body"),
        ] {
            let error = text.parse::<Header>().unwrap_err().to_string();
            assert!(error.contains(wanted) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn a_secret_is_not_in_debugging_output() {
        assert_eq!(
            format!("{:?}", Header::new("Authorization", "Bearer abc").unwrap()),
            "Header(Authorization: …)"
        );
    }
}
