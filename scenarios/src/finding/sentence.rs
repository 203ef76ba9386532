//! The sentence of each finding, for people.

use std::fmt::{self, Write as _};

use wsproof_core::Count;

use super::{Answered, Ended, Finding, FindingKind, LARGE, NoCompression, Received};
use crate::event::Event;
use crate::tcp_end::TcpEnd;
use crate::transcript::Excerpt;
use crate::verdict::Verdict;

/// Why a case got its verdict: the sentences of the findings of that weight, each once, as one.
pub(crate) fn reason(verdict: Verdict, findings: &[Finding]) -> String {
    let mut texts: Vec<String> = Vec::new();
    if verdict == Verdict::Pass {
        texts.push("as expected".to_owned());
    }
    for finding in findings.iter().filter(|finding| finding.weight == verdict) {
        let text = finding.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    sentence(&texts.join("; "))
}

/// First letter in upper case, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest = chars.as_str();
    let stop = if rest.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        match (&self.kind, self.octet) {
            (FindingKind::BrokenRule { .. } | FindingKind::HttpAmongFrames { .. }, Some(octet)) => {
                write!(f, ", in octet {octet} of what it sent")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for FindingKind {
    #[expect(clippy::too_many_lines, reason = "one sentence a kind, in one place")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandshakeFailed { why, works_without } => {
                write!(f, "the opening handshake was not completed: {why}")?;
                match works_without {
                    Some(offer) => write!(
                        f,
                        "; the handshake works without our offer `{offer}`, which a server declines by leaving it out of its \
                         answer"
                    ),
                    None => Ok(()),
                }
            }
            Self::HandshakeWarning { warning } => write!(f, "{warning} ({})", warning.clause()),
            Self::ChunkedHandshake => f.write_str(
                "the server sent the end of a chunked content, `0\\r\\n\\r\\n`, between its answer 101 and its first frame \
                 (RFC 9112 §6.1)",
            ),
            Self::AnswerDeparts { why, rule } => write!(f, "{why} ({rule})"),
            Self::NoCompression { why } => f.write_str(match why {
                NoCompression::NotAgreed => "the server did not agree to permessage-deflate",
                NoCompression::NotOffered => "the client does not offer permessage-deflate",
                NoCompression::BadOffer => {
                    "no offer of permessage-deflate by the client means anything: its parameters break RFC 7692 §7.1"
                }
                NoCompression::NoClientWindow => {
                    "the client's offer of permessage-deflate lacks client_max_window_bits, so the case can't be asked (RFC \
                     7692 §7.1.2.2)"
                }
            }),
            Self::DroppedAtAnswer { chosen, hint_not_repeated, tcp, after_us } => {
                write!(
                    f,
                    "{} {} after our answer, which chose `{chosen}` of its offers, before it sent any frame",
                    Drops(*tcp),
                    Time(*after_us)
                )?;
                if *hint_not_repeated {
                    f.write_str(
                        "; client_no_context_takeover in its offer is a hint, which an answer need not repeat (RFC 7692 \
                         §7.1.1.2)",
                    )?;
                }
                Ok(())
            }
            Self::CutOff { after_us } => {
                write!(f, "the case was not over after {}, its time limit, and was cut off", Time(*after_us))
            }
            Self::Flooded => f.write_str("the testee sends without end; it was cut off"),
            Self::Greeting { messages, octets } => write!(
                f,
                "the testee greets: {} of {} came before ours could be answered, and {} looked past",
                if *messages == 1 { "a message".to_owned() } else { format!("{messages} messages, the first") },
                Count(*octets, "octet"),
                if *messages == 1 { "was" } else { "were" },
            ),
            Self::BrokenRule { violation } => {
                write!(f, "the testee breaks the protocol: {violation} ({})", violation.clause())
            }
            Self::HttpAmongFrames { octets } => {
                write!(f, "the testee sent an HTTP response where a frame was due (RFC 6455 §5.1): {}", Shown(octets))
            }
            Self::TooFarBack { violation, message, message_octet, others } => {
                write!(f, "the testee breaks the protocol: {violation} ({})", violation.clause())?;
                write!(f, ", first in its message {message}, at octet {message_octet} inflated")?;
                if *others > 0 { write!(f, ", and in {others} more") } else { Ok(()) }
            }
            Self::Echoed { violation, due } => write!(
                f,
                "the testee accepted what it must refuse and echoed it ({violation}, {}); it must close with code {}, or drop \
                 TCP",
                violation.clause(),
                Codes(due)
            ),
            Self::UnassignedCode { code } => {
                write!(f, "its close frame carries the code {code}, which is not assigned (RFC 6455 §7.4.2)")
            }
            Self::UndefinedCodeEchoed { code } => write!(
                f,
                "the testee sent our close code {code} back, as RFC 6455 §5.5.1 says is typical; §7.4 gives that code no meaning"
            ),
            Self::Limit { code, reason } => {
                write!(f, "the testee declares a limit: it closed with code {code}")?;
                reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
            }
            Self::TextBeforeClose { echoed, answered } => write!(
                f,
                "for information: the text was {}before the close; {answered}",
                if *echoed { "echoed " } else { "not echoed " }
            ),
            Self::UndefinedCode { sent, answered } => write!(
                f,
                "for information: RFC 6455 §7.4.2 does not define the close code {sent} that we sent; {answered}"
            ),
            Self::Unforeseen { received } => write!(f, "for information: the testee sent {received}"),
            Self::ContentDiffers => f.write_str("the message came back with other octets than were sent"),
            Self::WrongEvents { expected, received, ended } => {
                match ended {
                    Ended::Closed { .. } | Ended::Dropped { .. }
                        if received.first.is_empty()
                            && matches!(expected.first.first(), Some(Event::Timeout { .. })) =>
                    {
                        write!(f, "the testee failed the connection although all octets so far were legal{ended}")
                    }
                    Ended::Silence { waited_us } if received.first.is_empty() => {
                        write!(f, "expected {expected}, received nothing in {}", Time(*waited_us))
                    }
                    _ => write!(f, "expected {expected}, received {received}{ended}"),
                }?;
                AskedForLimit(expected.first.iter().max_by_key(|event| message_len(event)), ended).fmt(f)
            }
            Self::NotSilent { received } => write!(f, "the testee sent {received} where nothing may come"),
            Self::WrongMessage { expected, received, ended } => {
                write!(f, "expected {}, received ", OneEvent(expected))?;
                match (received, ended) {
                    (None, Ended::Silence { waited_us }) => write!(f, "nothing in {}", Time(*waited_us)),
                    (None, _) => write!(f, "nothing{ended}"),
                    (Some(received), _) => write!(f, "{}{ended}", OneEvent(received)),
                }?;
                AskedForLimit(Some(expected), ended).fmt(f)
            }
            Self::EchoesMissing { came: 0, of, wrong: None, ended: Ended::Silence { waited_us } } => {
                write!(f, "none of {of} echoes came in {}", Time(*waited_us))
            }
            Self::EchoesMissing { came, of, wrong, ended } => {
                match (came, wrong) {
                    (0, None) => write!(f, "none of {of} echoes came")?,
                    (came, None) => write!(f, "{came} of {of} echoes came")?,
                    (came, Some(wrong)) => {
                        write!(f, "after {came} of {of} echoes came {} that was not sent", OneEvent(wrong))?;
                    }
                }
                ended.fmt(f)
            }
            Self::ClosedAtPong => f.write_str(
                "the testee sent a pong that answers no ping, as RFC 6455 §5.5.3 allows, before its echo was there, and \
                 the connection was closed at that, as Autobahn does: this case can't be judged. Switch the testee's \
                 keepalive off",
            ),
            Self::StrayPongs => {
                f.write_str("the testee sent pongs that answer no ping, as RFC 6455 §5.5.3 allows")
            }
            Self::PongAfterClose => {
                f.write_str("the testee answered a ping that we sent after our close frame, as RFC 6455 §5.5.2 allows")
            }
            Self::NeverCompressed => f.write_str(
                "the testee agreed to permessage-deflate and compressed no message, as RFC 7692 §6 allows",
            ),
            Self::LateAnswer => {
                f.write_str("the answer is right, but came after the time that the case allows")
            }
            Self::NotStrict => f.write_str("what came is legal, but not what good practice asks"),
            Self::LatePong => {
                f.write_str("the pong came late: RFC 6455 §5.5.2 asks for it as soon as is practical")
            }
            Self::OnlyLatestPing => {
                f.write_str("the testee answers only the latest of several pings, as RFC 6455 §5.5.3 allows")
            }
            Self::ClosedByItself { ended } => {
                write!(f, "the testee did not wait for our close frame{ended}")
            }
            Self::CloseUnanswered { waited_us } => write!(
                f,
                "our close frame was neither answered nor TCP ended within {} (RFC 6455 §5.5.1)",
                Time(*waited_us)
            ),
            Self::LateCloseAnswer { after_us } => {
                write!(f, "our close frame was answered after {}", Time(*after_us))
            }
            Self::DroppedUnanswered { tcp, after_us } => write!(
                f,
                "{} {} after our close frame, without an answer to it (RFC 6455 §5.5.1)",
                Drops(*tcp),
                Time(*after_us)
            ),
            Self::RefusedCode { code } => write!(
                f,
                "the client took the close code {code} from a server for an error, as RFC 6455 §7.4.1 lets it"
            ),
            Self::UnusualCode { code, usual } => {
                write!(f, "our close frame was answered with code {code}; usual is {}", Codes(usual))
            }
            Self::IllegalCloseAnswered { code, due } => write!(
                f,
                "our illegal close frame was answered with code {code}; {} says that something was wrong (RFC 6455 §7.4.1)",
                Codes(due)
            ),
            Self::AmbiguousClose => f.write_str(
                "the testee's close frame has no code: it may refuse our bad close frame, or answer it as if it were good",
            ),
            Self::TcpKeptOpen { waited_us } => write!(
                f,
                "the server kept TCP open: {} after the closing handshake it had not ended it (RFC 6455 §7.1.1)",
                Time(*waited_us)
            ),
            Self::LateTcpEnd { after_us } => {
                write!(f, "the server ended TCP only {} after our close frame (RFC 6455 §7.1.1)", Time(*after_us))
            }
            Self::ResetAfterClose => f.write_str(
                "the testee reset TCP after a clean closing handshake; RFC 6455 §7.1.1 asks for a clean end where there can \
                 be one",
            ),
            Self::SecondClose { first, second, answers_two } => {
                let code = |code: &Option<u16>| code.map_or("no code".to_owned(), |code| format!("code {code}"));
                if *answers_two {
                    f.write_str("we sent two close frames, and ")?;
                }
                write!(
                    f,
                    "the testee sent two {}, the first with {}, the second with {}; a close frame is the last that an \
                     endpoint sends (RFC 6455 §5.5.1)",
                    if *answers_two { "as well" } else { "close frames" },
                    code(first),
                    code(second)
                )
            }
            Self::DataAfterClose { opcode, octets } => write!(
                f,
                "the testee sent a {opcode} frame of {} after its own close frame (RFC 6455 §5.5.1)",
                Count(*octets, "octet")
            ),
            Self::OctetsAfterClose { octets } => write!(
                f,
                "{} came after the testee's close frame, and they are no frames: {}",
                Count(octets.len, "octet"),
                Shown(octets)
            ),
            Self::NotFailed { due, waited_us, received } => {
                f.write_str("the testee did not fail the connection; ")?;
                if !received.first.is_empty() {
                    write!(f, "it sent {received}, and ")?;
                }
                write!(f, "in {} it neither closed with code {due} nor ended TCP", Time(*waited_us))
            }
            Self::LateRefusal => f.write_str(
                "the testee did not fail the connection within the second after the octet that is not UTF-8, only once the \
                 rest of the message was sent: it looks at whole messages only, or is slow (RFC 6455 §8.1)",
            ),
            Self::LateFailure { code, after_us } => write!(
                f,
                "the testee failed the connection with code {code}, but only after {}, when the time of the case was up",
                Time(*after_us)
            ),
            Self::LostEcho => f.write_str("the echo of the legal message before was lost"),
            Self::WrongFailCode { code, due } => {
                write!(f, "the testee closed with code {code}; {due} says what was wrong (RFC 6455 §7.4.1)")
            }
            Self::FailedWithoutCode { due } => {
                write!(f, "the testee closed without a code; {due} says what was wrong (RFC 6455 §7.4.1)")
            }
            Self::DroppedWithoutClose { tcp: TcpEnd::Reset } => f.write_str(
                "the testee reset TCP, and no close frame came: it sent none, which should come first (RFC 6455 §7.1.7), or \
                 the reset took it away",
            ),
            Self::DroppedWithoutClose { tcp: TcpEnd::Tls(alert) } => {
                write!(f, "TLS was ended by the alert \"{alert}\", without a close frame, which should come first (RFC 6455 §7.1.7)")
            }
            Self::DroppedWithoutClose { tcp: TcpEnd::Fin } => f.write_str(
                "TCP was dropped without a close frame, which should come first (RFC 6455 §7.1.7)",
            ),
            Self::NeverAlive { demanded: true } => f.write_str(
                "the testee answered nothing in the whole run: it can't be told whether it refused what was sent, or is dead",
            ),
            Self::NeverAlive { demanded: false } => f.write_str(
                "the testee dropped TCP, and answered nothing in the whole run: it can't be told whether it refused what was \
                 sent, or is dead. Select a case with an echo too, such as 1.1.1",
            ),
        }
    }
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "the testee closed with code {code}"),
            Self::WithoutCode => f.write_str("the testee closed without a code"),
            Self::Dropped => f.write_str("the testee ended TCP without a close frame"),
            Self::Not => f.write_str("the testee neither closed nor ended TCP"),
        }
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The ends of our own waits are no doing of the testee's.
        let mut events = self.first.iter().filter(|event| !matches!(event, Event::Timeout { .. })).peekable();
        if events.peek().is_none() {
            return f.write_str("nothing");
        }
        for (n, event) in events.enumerate() {
            write!(f, "{}{}", if n == 0 { "" } else { ", " }, OneEvent(event))?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, ", {more} more"),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer => Ok(()),
            Self::Silence { waited_us } => write!(f, ", then nothing for {}", Time(*waited_us)),
            Self::Closed { code, reason, after_us } => {
                f.write_str("; the testee closed ")?;
                match code {
                    Some(code) => write!(f, "with code {code}")?,
                    None => f.write_str("without a code")?,
                }
                if let Some(reason) = reason {
                    write!(f, " ({reason})")?;
                }
                write!(f, " after {}", Time(*after_us))
            }
            Self::Dropped { tcp, after_us, before_any_frame } => {
                write!(f, "; {} after {}", Drops(*tcp), Time(*after_us))?;
                if *before_any_frame { f.write_str(", before it had sent any frame") } else { Ok(()) }
            }
        }
    }
}

/// What a testee should say that ended TCP over a large message, of which the largest is this, because of a limit.
struct AskedForLimit<'a>(Option<&'a Event<u64>>, &'a Ended);

impl fmt::Display for AskedForLimit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(Some(event), Ended::Dropped { .. }) if message_len(event) >= LARGE => f.write_str(
                ". If that is a limit of its, a close frame with code 1009 should say so (RFC 6455 §7.1.7, §7.4.1)",
            ),
            _ => Ok(()),
        }
    }
}

/// Octets of a message; 0 of another event.
fn message_len(event: &Event<u64>) -> u64 {
    match event {
        Event::Message { payload, .. } => *payload,
        _ => 0,
    }
}

/// The testee ended TCP, and how.
pub(super) struct Drops(pub(super) TcpEnd);

impl fmt::Display for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            TcpEnd::Fin => f.write_str("the testee dropped TCP (FIN)"),
            TcpEnd::Reset => f.write_str("the testee reset TCP (RST)"),
            TcpEnd::Tls(alert) => write!(f, "the testee ended TLS with the alert \"{alert}\""),
        }
    }
}

/// A time in a unit that fits, with three digits at most behind it: `3 ms`, `1.5 s`.
pub(super) struct Time(pub(super) u64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            us @ 0..1_000 => write!(f, "{us} µs"),
            us @ 1_000..1_000_000 => write!(f, "{} ms", (us + 500) / 1000),
            us => {
                let text = format!("{:.2}", us as f64 / 1e6);
                write!(f, "{} s", text.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}

/// Codes for people: `1000`, `1002 or 1007`.
struct Codes<'a>(&'a [u16]);

impl fmt::Display for Codes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, code) in self.0.iter().enumerate() {
            write!(f, "{}{code}", if n == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}

/// One event for people.
struct OneEvent<'a>(&'a Event<u64>);

impl fmt::Display for OneEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Event::Message { binary, payload } => {
                write!(
                    f,
                    "a {} message of {}",
                    if *binary { "binary" } else { "text" },
                    Count(*payload, "octet")
                )
            }
            Event::Pong { payload } => write!(f, "a pong of {}", Count(*payload, "octet")),
            Event::Timeout { label } => write!(f, "the end of wait {label}"),
        }
    }
}

/// The first octets of something as text, or in hexadecimal where they are none.
pub(super) struct Shown<'a>(pub(super) &'a Excerpt);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// So many octets tell what it is.
        const MAX: usize = 40;
        let head = &self.0.head[..self.0.head.len().min(MAX)];
        let is_text = |octet: &u8| matches!(octet, b' '..=b'~' | b'\r' | b'\n' | b'\t');
        if head.iter().all(is_text) {
            write!(f, "`{}`", head.escape_ascii())?;
        } else {
            for (n, octet) in head.iter().enumerate() {
                write!(f, "{}{octet:02x}", if n == 0 { "" } else { " " })?;
            }
        }
        if (head.len() as u64) < self.0.len { f.write_char('…') } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use wsproof_core::ViolationKind;

    use super::*;

    #[test]
    fn times_are_told_as_they_were() {
        let told = |us| Time(us).to_string();
        assert_eq!(
            [told(7), told(3_400), told(1_500_000), told(10_000_000)],
            ["7 µs", "3 ms", "1.5 s", "10 s"]
        );
    }

    #[test]
    fn a_reason_has_the_findings_of_its_weight_each_once() {
        let findings: Vec<Finding> = [
            FindingKind::StrayPongs,
            FindingKind::ContentDiffers,
            FindingKind::ContentDiffers,
            FindingKind::BrokenRule { violation: ViolationKind::CloseOneOctet },
        ]
        .map(Finding::of)
        .into();
        assert_eq!(
            reason(Verdict::Fail, &findings),
            "The message came back with other octets than were sent; the testee breaks the protocol: Close payload of one \
             octet (RFC 6455 §5.5.1)."
        );
        assert_eq!(
            reason(Verdict::Pass, &findings),
            "As expected; the testee sent pongs that answer no ping, as RFC 6455 §5.5.3 allows."
        );
    }

    #[test]
    fn octets_after_the_close_frame_are_shown_as_text_where_they_are() {
        let finding =
            Finding::of(FindingKind::OctetsAfterClose { octets: Excerpt::of(b"HTTP/1.1 200 OK\r\n\r\n") });
        assert_eq!(
            finding.to_string(),
            "19 octets came after the testee's close frame, and they are no frames: `HTTP/1.1 200 OK\\r\\n\\r\\n`"
        );
    }

    /// What stands beside `kind` must not have the name of something that every finding has.
    #[test]
    fn no_kind_has_a_field_of_the_finding_itself() {
        let source = include_str!("kind.rs");
        for name in ["weight", "level", "clause", "by", "octet", "at_us", "kind"] {
            assert!(!source.contains(&format!("\n        {name}:")), "{name}");
        }
    }

    #[test]
    fn a_finding_is_data_and_comes_back_from_it() {
        let kind = FindingKind::AnswerDeparts { why: "w".to_owned(), rule: "RFC 7692 §7.1".to_owned() };
        let departs = Finding::of(kind);
        let json = serde_json::to_string(&departs).unwrap();
        assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), departs);
        let finding = Finding::of(FindingKind::BrokenRule { violation: ViolationKind::ReservedBits(4) })
            .at_octet(7)
            .at(std::time::Duration::from_millis(3));
        let json = serde_json::to_value(&finding).unwrap();
        assert_eq!(json["kind"], "broken_rule");
        assert_eq!(json["violation"], serde_json::json!({ "rule": "reserved_bits", "of": 4 }));
        assert_eq!((&json["clause"], &json["octet"]), (&"RFC 6455 §5.2".into(), &7.into()));
        assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
    }
}
