//! Finds the HTTP heads in a wire log, which are shown as text.

use wsproof_scenarios::{Excerpt, LogEvent, Transcript};

/// What is left of the two heads, while the log is gone through from its beginning.
pub(crate) struct Heads<'a> {
    sent: &'a str,
    received: &'a str,
}

/// The text of a head, or of a piece of one, in an entry of the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// The text.
    pub(crate) text: &'a str,
    /// Octets of the same entry behind the head: the first frames.
    pub(crate) behind: u64,
}

impl<'a> Heads<'a> {
    /// The heads of this transcript. Who speaks first is the client, whose head is the request.
    pub(crate) fn of(transcript: &'a Transcript) -> Self {
        let (request, response) = (&transcript.http_request, &transcript.http_response);
        let first = transcript.wire_log.iter().find_map(|entry| match &entry.what {
            LogEvent::OctetsSent { .. } => Some(true),
            LogEvent::OctetsReceived { .. } => Some(false),
            _ => None,
        });
        match first {
            Some(true) => Self { sent: request, received: response },
            _ => Self { sent: response, received: request },
        }
    }

    /// The text of the next entry, if its octets begin with what is next of a head.
    pub(crate) fn next(&mut self, event: &LogEvent) -> Option<Piece<'a>> {
        let (rest, octets) = match event {
            // Ours is sent on its own. It may be longer than its text, in which secrets are masked.
            LogEvent::OctetsSent { octets, .. } if octets.len > 0 && begins_with(octets, self.sent) => {
                let text = std::mem::take(&mut self.sent);
                return (!text.is_empty()).then_some(Piece { text, behind: 0 });
            }
            LogEvent::OctetsReceived { octets } => (&mut self.received, octets),
            _ => return None,
        };
        let len = usize::try_from(octets.len).unwrap_or(usize::MAX).min(rest.len());
        // A head that was no UTF-8 is in the transcript with signs in place of octets.
        let (text, left) = rest.split_at_checked(len).filter(|_| len > 0 && begins_with(octets, rest))?;
        *rest = left;
        Some(Piece { text, behind: octets.len - len as u64 })
    }
}

/// Whether the octets that are known are those of the text.
fn begins_with(octets: &Excerpt, text: &str) -> bool {
    let known = octets.head.len().min(text.len());
    octets.head[..known] == text.as_bytes()[..known]
}

#[cfg(test)]
mod tests {
    use wsproof_scenarios::LogEntry;

    use super::*;

    const REQUEST: &str =
        "GET /chat HTTP/1.1\r\nHost: example.org\r\nX-Filler: aaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n";
    const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\n\r\n";

    fn sent(octets: &[u8]) -> LogEvent {
        LogEvent::OctetsSent { octets: Excerpt::of(octets), sync: false }
    }

    fn received(octets: &[u8]) -> LogEvent {
        LogEvent::OctetsReceived { octets: Excerpt::of(octets) }
    }

    fn transcript(log: Vec<LogEvent>) -> Transcript {
        Transcript {
            http_request: REQUEST.to_owned(),
            http_response: RESPONSE.to_owned(),
            wire_log: log.into_iter().map(|what| LogEntry { at_us: 0, what, repeats: None }).collect(),
            ..Transcript::default()
        }
    }

    fn texts(log: Vec<LogEvent>) -> Vec<Option<(String, u64)>> {
        let transcript = transcript(log);
        let mut heads = Heads::of(&transcript);
        let piece =
            |entry: &LogEntry| heads.next(&entry.what).map(|piece| (piece.text.to_owned(), piece.behind));
        transcript.wire_log.iter().map(piece).collect()
    }

    #[test]
    fn heads_are_whole_also_where_the_log_is_cut_and_frames_follow() {
        let answer = [RESPONSE.as_bytes(), b"\x81\x01a"].concat();
        let text = |text: &str, behind| Some((text.to_owned(), behind));
        assert_eq!(
            texts(vec![
                sent(REQUEST.as_bytes()),
                received(&answer),
                sent(b"\x88\x80aaaa"),
                received(b"\x88\x00")
            ]),
            [text(REQUEST, 0), text(RESPONSE, 3), None, None]
        );
        // A client under test speaks first.
        assert_eq!(
            texts(vec![received(REQUEST.as_bytes()), sent(RESPONSE.as_bytes()), received(b"\x88\x80aaaa")]),
            [text(REQUEST, 0), text(RESPONSE, 0), None]
        );
    }

    #[test]
    fn a_head_in_pieces_is_followed() {
        let (one, two) = RESPONSE.split_at(20);
        let log = vec![
            sent(REQUEST.as_bytes()),
            received(one.as_bytes()),
            received(two.as_bytes()),
            received(b"\x81"),
        ];
        let text = |text: &str| Some((text.to_owned(), 0));
        assert_eq!(texts(log), [text(REQUEST), text(one), text(two), None]);
    }

    #[test]
    fn a_secret_is_shorter_than_it_was() {
        let masked = REQUEST.replace("aaaaaaaaaaaaaaaaaaaaaaaa", "***");
        let octets = Excerpt { len: REQUEST.len() as u64, ..Excerpt::of(masked.as_bytes()) };
        let log = vec![LogEvent::OctetsSent { octets, sync: false }];
        let transcript = Transcript { http_request: masked.clone(), ..transcript(log) };
        let piece = Heads::of(&transcript).next(&transcript.wire_log[0].what);
        assert_eq!(piece, Some(Piece { text: &masked, behind: 0 }));
    }

    #[test]
    fn octets_that_are_no_head_are_left_alone() {
        assert_eq!(texts(vec![sent(REQUEST.as_bytes()), received(b"\x16\x03\x01")])[1], None);
        assert_eq!(texts(vec![sent(b""), received(b"")]), [None, None]);
        let nothing = Transcript::default();
        assert_eq!(Heads::of(&nothing).next(&received(b"HTTP")), None);
    }
}
