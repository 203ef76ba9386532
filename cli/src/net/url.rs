//! `ws://` and `wss://` URLs (RFC 6455 section 3).

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// No URL longer than this is accepted: it must fit into a request line that servers still read.
const MAX_LEN: usize = 8_000;

/// A `ws://` or `wss://` URL, checked.
///
/// User name and password before the host become an `Authorization` header, as in browsers. They are not shown where the URL
/// is, since logs and reports are read by others.
///
/// ```
/// use wsproof::net::Url;
///
/// let url: Url = "wss://[::1]/chat?room=1".parse().unwrap();
/// assert_eq!(url.host(), "::1");
/// assert_eq!(url.port(), 443);
/// assert_eq!(url.authority(), "[::1]:443");
/// assert_eq!(url.resource(), "/chat?room=1");
///
/// let url: Url = "ws://Aladdin:open%20sesame@localhost:9001".parse().unwrap();
/// assert_eq!(url.authorization().unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// assert_eq!(url.to_string(), "ws://localhost:9001");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    secure: bool,
    /// User name and password, as they stand in the URL.
    userinfo: Option<String>,
    host: String,
    port: u16,
    resource: String,
}

impl Url {
    /// A URL without path.
    pub fn new(secure: bool, host: &str, port: u16) -> Self {
        Self { secure, userinfo: None, host: host.to_owned(), port, resource: "/".to_owned() }
    }

    /// Whether TLS is to be spoken (`wss`).
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host name or address; an IPv6 address stands without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, by default 80 or 443.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as the request line carries them; at least `/`.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// `host:port` with brackets around an IPv6 address, as the `Host` header carries it.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// What user name and password become in an `Authorization` header (RFC 7617); `None` if there are none.
    pub fn authorization(&self) -> Option<String> {
        let credentials = credentials(self.userinfo.as_deref()?).ok()?;
        Some(format!("Basic {}", STANDARD.encode(credentials)))
    }

    /// The URL with user name and password. Use it to connect; never show it.
    pub fn with_userinfo(&self) -> String {
        let shown = self.to_string();
        match (&self.userinfo, shown.split_once("://")) {
            (Some(userinfo), Some((scheme, rest))) => format!("{scheme}://{userinfo}@{rest}"),
            _ => shown,
        }
    }

    /// The same URL with another port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    /// The same URL with another path and query, which must begin with a slash.
    #[must_use]
    pub fn with_resource(&self, resource: &str) -> Self {
        debug_assert!(resource.starts_with('/'));
        Self { resource: resource.to_owned(), ..self.clone() }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        let resource = if self.resource == "/" { "" } else { &self.resource };
        write!(f, "{scheme}://{}{resource}", self.authority())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// Why a text is not a URL that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlError {
    text: String,
    problem: String,
}

impl UrlError {
    /// The same error, told of the text as it was typed, before anything in it was replaced.
    #[must_use]
    pub(crate) fn of(self, text: &str) -> Self {
        Self { text: presentable(text), ..self }
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a WebSocket URL: {}", self.text.escape_debug(), self.problem)
    }
}

impl std::error::Error for UrlError {}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        parse(text).map_err(|problem| UrlError { text: presentable(text), problem })
    }
}

/// The beginning of a text that should have been a URL, without what may be a password.
fn presentable(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    let shown = match text[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &text[..start], &text[start + at..]),
        None => text.to_owned(),
    };
    shown.chars().take(120).collect()
}

fn parse(text: &str) -> Result<Url, String> {
    if text.len() > MAX_LEN {
        return Err(format!("it is longer than {MAX_LEN} octets"));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("it must begin with ws:// or wss://".to_owned());
    };
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "ws" => false,
        "wss" => true,
        "http" => return Err("write ws:// in place of http://".to_owned()),
        "https" => return Err("write wss:// in place of https://".to_owned()),
        _ => return Err("it must begin with ws:// or wss://".to_owned()),
    };
    if rest.contains('#') {
        return Err(
            "WebSocket URLs have no fragment: leave out `#` and what follows (or write %23)".to_owned()
        );
    }
    if let Some(c) = rest.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(format!(
            "`{}` must be percent-encoded (host names: in their xn-- form)",
            c.escape_default()
        ));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, resource) = rest.split_at(end);
    let (userinfo, authority) = match authority.rsplit_once('@') {
        Some((userinfo, authority)) => (Some(userinfo), authority),
        None => (None, authority),
    };
    userinfo.map(credentials).transpose()?;
    let (host, port) = split_authority(authority)?;
    let port = match port {
        None => 80 + u16::from(secure) * (443 - 80),
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().map_err(|_| format!("the port {digits} is above 65535"))?
        }
        Some(other) => return Err(format!("`{other}` is not a port number")),
    };
    let resource = if resource.starts_with('/') { resource.to_owned() } else { format!("/{resource}") };
    let userinfo = userinfo.filter(|userinfo| !userinfo.is_empty()).map(str::to_owned);
    Ok(Url { secure, userinfo, host, port, resource })
}

/// `user:password` in octets, the percent-encoding undone (RFC 7617 §2).
fn credentials(userinfo: &str) -> Result<Vec<u8>, String> {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let [user, password] = [user, password].map(|part| percent_decode_str(part).collect::<Vec<u8>>());
    if user.contains(&b':') {
        return Err("a user name cannot have a colon (%3A)".to_owned());
    }
    if user.iter().chain(&password).any(u8::is_ascii_control) {
        return Err("user name and password cannot have control characters".to_owned());
    }
    Ok([user, password].join(&b':'))
}

/// Host (without brackets) and, if there is one, what follows the colon.
fn split_authority(authority: &str) -> Result<(String, Option<&str>), String> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or("the bracket of the IPv6 address is not closed")?;
        let address: Ipv6Addr = address.parse().map_err(|_| format!("`{address}` is not an IPv6 address"))?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((address.to_string(), Some(port))),
            None if after.is_empty() => Ok((address.to_string(), None)),
            None => Err(format!("`{after}` follows the IPv6 address; only a colon and a port may")),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| port.contains(':')) {
        return Err("an IPv6 address must stand in brackets, as in ws://[::1]:9001".to_owned());
    }
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    if let Some(c) = host.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._~".contains(*c))) {
        return Err(format!("`{c}` cannot stand in a host name"));
    }
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (bool, String, u16, String) {
        let url: Url = text.parse().unwrap();
        (url.is_secure(), url.host().to_owned(), url.port(), url.resource().to_owned())
    }

    #[test]
    fn urls_are_taken_apart() {
        assert_eq!(parts("ws://localhost"), (false, "localhost".into(), 80, "/".into()));
        assert_eq!(parts("WSS://h:9001/"), (true, "h".into(), 9001, "/".into()));
        assert_eq!(parts("wss://h"), (true, "h".into(), 443, "/".into()));
        assert_eq!(parts("ws://h?a=b"), (false, "h".into(), 80, "/?a=b".into()));
        assert_eq!(parts("ws://[::1]:9001/x/y?z"), (false, "::1".into(), 9001, "/x/y?z".into()));
        assert_eq!(parts("ws://127.0.0.1:0"), (false, "127.0.0.1".into(), 0, "/".into()));
    }

    #[test]
    fn urls_are_written_as_they_are_read() {
        for text in ["ws://localhost:80", "wss://[2001:db8::1]:9443/a?b=c", "ws://10.0.0.1:9001/a/"] {
            assert_eq!(text.parse::<Url>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, wanted) in [
            ("", "must begin with ws://"),
            ("localhost:9001", "must begin with ws://"),
            ("http://localhost", "write ws://"),
            ("https://localhost", "write wss://"),
            ("ftp://localhost", "must begin with ws://"),
            ("ws://", "host is missing"),
            ("ws://:80", "host is missing"),
            ("ws://h:", "not a port"),
            ("ws://h:+1", "not a port"),
            ("ws://h:99999", "above 65535"),
            ("ws://h/#x", "no fragment"),
            ("ws://h/ä", "percent-encoded"),
            ("ws://h/a b", "percent-encoded"),
            ("ws://h/\r\nX: y", "percent-encoded"),
            ("ws://a%3Ab:c@h/", "user name cannot have a colon"),
            ("ws://a:%0d%0a@h/", "control characters"),
            ("ws://u:p@/", "host is missing"),
            ("ws://::1:9001/", "brackets"),
            ("ws://[::1", "not closed"),
            ("ws://[x]/", "IPv6"),
            ("ws://[::1]9001/", "follows"),
            ("ws://a%20b/", "cannot stand"),
        ] {
            let error = text.parse::<Url>().unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }

    #[test]
    fn user_and_password_become_a_header_and_are_not_shown() {
        for (text, wanted) in [
            ("ws://user:pass@h:9001/x", "user:pass"),
            ("ws://user@h:9001/x", "user:"),
            ("ws://:pass@h:9001/x", ":pass"),
            ("wss://a%40b:p%3A%2Fq@h:9001/x", "a@b:p:/q"),
            ("ws://u:p@ss@h:9001/x", "u:p@ss"),
            ("ws://u:%C3%A4@h:9001/x", "u:ä"),
        ] {
            let url: Url = text.parse().unwrap();
            let header = format!("Basic {}", STANDARD.encode(wanted));
            assert_eq!(url.authorization().as_deref(), Some(&*header), "{text}");
            assert!(!url.to_string().contains('@') && !format!("{url:?}").contains('@'), "{url:?}");
            assert_eq!(url.with_userinfo(), text);
            assert_eq!(url.with_port(1).authorization(), url.authorization());
        }
        for text in ["ws://h", "ws://@h", "ws://h/user:pass@x"] {
            assert_eq!(text.parse::<Url>().unwrap().authorization(), None, "{text}");
        }
        for text in
            ["http://user:secret@h/", "ws://user:secret@h:x/?a@b", "user:secret@h", "ws://user:secret@h#"]
        {
            let error = text.parse::<Url>().unwrap_err().to_string();
            assert!(!error.contains("secret") && error.contains("***@h"), "{text}: {error}");
        }
    }

    #[test]
    fn a_long_url_is_refused_and_not_repeated_in_full() {
        let error = format!("ws://h/{}", "a".repeat(MAX_LEN)).parse::<Url>().unwrap_err().to_string();
        assert!(error.contains("longer than") && error.len() < 300);
    }
}
