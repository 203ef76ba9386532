//! Maps a browser's error texts to the rule that was broken.

use crate::model::Finding;

/// Words of Chromium, the rule that they mean, and the close code for it.
const RULES: [(&str, &str, u16); 16] = [
    ("reserved bits are on", "RFC 6455 §5.2", 1002),
    ("Unrecognized frame opcode", "RFC 6455 §5.2", 1002),
    ("must not mask", "RFC 6455 §5.1", 1002),
    ("unexpected continuation", "RFC 6455 §5.4", 1002),
    ("start of new message but previous message is unfinished", "RFC 6455 §5.4", 1002),
    ("fragmented control frame", "RFC 6455 §5.5", 1002),
    ("control frame having too long payload", "RFC 6455 §5.5", 1002),
    ("UTF-8", "RFC 6455 §8.1", 1007),
    ("status code", "RFC 6455 §7.4", 1002),
    ("close frame", "RFC 6455 §5.5.1", 1002),
    ("inflate", "RFC 7692 §7.2.2", 1002),
    ("minimal number of bytes", "RFC 6455 §5.2", 1002),
    ("'Sec-WebSocket-Accept'", "RFC 6455 §4.1 item 4", 1002),
    ("'Sec-WebSocket-Protocol'", "RFC 6455 §4.1 item 6", 1002),
    ("'Sec-WebSocket-Extensions'", "RFC 6455 §4.1 item 5", 1002),
    ("'Upgrade' header", "RFC 6455 §4.1 item 2", 1002),
];

/// Words about the network, the page or a refusal: no rule is broken.
const NO_RULE: [&str; 10] = [
    "net::ERR_",
    "response code",
    "closed before",
    "timed out",
    "interrupted",
    "Connection closed",
    "suspension",
    "NS_ERROR_",
    "ECONN",
    "blocked",
];

/// The rule that a browser says was broken, if it is one that is known.
pub(super) fn finding(said: &str) -> Option<Finding> {
    let (_, clause, code) = RULES.iter().find(|(words, ..)| said.contains(words))?;
    let (text, clause) = (said.to_owned(), (*clause).to_owned());
    Some(Finding { text, clause, offset: None, close_code: Some(*code) })
}

/// The same, of words for which the browser failed the connection: one that is not known, and not about the network, breaks
/// a rule too.
pub(super) fn failure(said: &str) -> Option<Finding> {
    let known = finding(said);
    if known.is_none() && NO_RULE.iter().any(|words| said.contains(words)) {
        return None;
    }
    let (clause, close_code) = match known {
        Some(known) => (known.clause, known.close_code),
        None => ("RFC 6455 §7.1.7".to_owned(), None),
    };
    let why = if said.is_empty() { "it does not say why" } else { said };
    Some(Finding {
        text: format!("the browser failed the connection: {why}"),
        clause,
        offset: None,
        close_code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_rules_or_none() {
        let clause = |said| failure(said).map(|finding| finding.clause);
        assert_eq!(clause("Could not decode a text frame as UTF-8.").as_deref(), Some("RFC 6455 §8.1"));
        assert_eq!(
            clause("Error during WebSocket handshake: Incorrect 'Sec-WebSocket-Accept' header value")
                .as_deref(),
            Some("RFC 6455 §4.1 item 4")
        );
        assert_eq!(clause("Something new").as_deref(), Some("RFC 6455 §7.1.7"));
        for said in [
            "Error in connection establishment: net::ERR_CONNECTION_REFUSED",
            "Error during WebSocket handshake: Unexpected response code: 401",
            "WebSocket is closed before the connection is established.",
            "WebSocket opening handshake timed out",
        ] {
            assert_eq!(clause(said), None, "{said}");
        }
        assert!(finding("Something new").is_none());
    }
}
