//! Parses the values of options, with errors for values that make no sense.

use std::net::SocketAddr;
use std::time::Duration;

use wsproof_core::deflate;
use wsproof_core::handshake::ExtensionList;
use wsproof_inspect::Sender;
use wsproof_scenarios::Verdict;

pub(super) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=1000) => Ok(jobs),
        _ => Err("a number from 1 to 1000 is wanted".to_owned()),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| *time <= Duration::from_secs(86_400))
        .ok_or_else(|| "seconds from 0 to 86400 are wanted, such as 2.5".to_owned())
}

/// `HOST:PORT`, `:PORT` or only a port; names other than `localhost` are not resolved.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let full = match text.strip_prefix("localhost").unwrap_or(text) {
        port if port.starts_with(':') && !port.starts_with("::") => format!("127.0.0.1{port}"),
        port if port.bytes().all(|b| b.is_ascii_digit()) => format!("127.0.0.1:{port}"),
        _ => text.to_owned(),
    };
    full.parse()
        .map_err(|_| "an address with a port is wanted, such as 127.0.0.1:9001, [::]:9001 or 9001".to_owned())
}

pub(super) fn header_value(text: &str) -> Result<String, String> {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) && text.trim() == text {
        Ok(text.to_owned())
    } else {
        Err("only visible ASCII can be sent in a header".to_owned())
    }
}

pub(super) fn protocol(text: &str) -> Result<String, String> {
    if wsproof_core::handshake::is_token(text) {
        Ok(text.to_owned())
    } else {
        Err("a subprotocol is a name of letters, digits and a few signs, without blanks or commas".to_owned())
    }
}

pub(super) fn side(text: &str) -> Result<Sender, String> {
    match text {
        "client" => Ok(Sender::Client),
        "server" => Ok(Sender::Server),
        _ => Err("client or server is wanted".to_owned()),
    }
}

pub(super) fn deflate(text: &str) -> Result<deflate::Response, String> {
    let params = text.trim().trim_start_matches(deflate::NAME).trim_start_matches(';');
    let value = if params.trim().is_empty() {
        deflate::NAME.to_owned()
    } else {
        format!("{}; {params}", deflate::NAME)
    };
    let list = ExtensionList::parse(&value).map_err(|error| error.to_string())?;
    match list.get(deflate::NAME) {
        Some(extension) => deflate::Response::from_extension(extension).map_err(|error| error.to_string()),
        None => Err("parameters such as server_max_window_bits=10 are wanted".to_owned()),
    }
}

pub(super) fn fail_on(text: &str) -> Result<Option<Verdict>, String> {
    match text {
        "none" => Ok(None),
        _ => text.parse().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_be_short() {
        for (text, wanted) in [
            ("9001", "127.0.0.1:9001"),
            (":9001", "127.0.0.1:9001"),
            ("localhost:9001", "127.0.0.1:9001"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("[::]:9001", "[::]:9001"),
        ] {
            assert_eq!(address(text).unwrap(), wanted.parse().unwrap(), "{text}");
        }
        for text in ["", "host", "host:1", "127.0.0.1", "127.0.0.1:99999", "::1:9001x"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_bounded() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["-1", "nan", "inf", "1e9", "x"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn headers_cannot_be_injected() {
        assert!(header_value("https://example.org").is_ok());
        assert!(header_value("a\r\nX: y").is_err());
        assert!(protocol("chat").is_ok() && protocol("a, b").is_err());
    }
}
