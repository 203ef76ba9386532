//! Why an opening handshake was not completed.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use wsproof_core::Count;

use super::sentence::{Drops, Shown, Time};
use crate::tcp_end::{TcpEnd, TlsAlert};
use crate::transcript::Excerpt;

/// What kept an opening handshake with a server from being completed. Times are in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// The server answered another status than 101.
    Refused(Refusal),
    /// The answer breaks a rule.
    Invalid {
        /// Which, in words.
        what: String,
        /// Where it stands.
        clause: String,
    },
    /// What came is not HTTP.
    NotHttp {
        /// How it begins.
        came: Excerpt,
    },
    /// What came is an alert of TLS, though we did not speak TLS.
    SpeaksTls {
        /// Which alert.
        alert: TlsAlert,
    },
    /// Nothing whole came in time.
    TimedOut {
        /// How long we waited.
        waited_us: u64,
        /// What came.
        came: Excerpt,
    },
    /// The testee ended TCP before its answer was whole.
    Dropped {
        /// How.
        tcp: TcpEnd,
        /// So long after TCP, or the TLS that runs over it, was connected.
        after_us: u64,
        /// What came.
        came: Excerpt,
        /// TCP was used as it is, without TLS.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        plain_tcp: bool,
    },
    /// We ended it ourselves: the case took longer than its time limit.
    CutOff,
}

/// A server's answer that does not answer an upgrade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The reason phrase, at most 100 characters of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phrase: String,
    /// The header fields that tell more ([`Refusal::TELLING`]), with at most 200 characters of each value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// The first 200 octets of the body, as far as they came; what is not UTF-8 is replaced by U+FFFD.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The body is longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

impl Refusal {
    /// The header fields that tell why a request was refused, or what to do instead.
    pub const TELLING: [&str; 9] = [
        "Location",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Sec-WebSocket-Version",
        "Upgrade",
        "Retry-After",
        "Allow",
        "Content-Encoding",
        "Via",
    ];
}

impl HandshakeFailure {
    /// Whether two handshakes failed in the same way, as far as it does not depend on the moment.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused(one), Self::Refused(other)) => one.status == other.status,
            (Self::Invalid { what: one, .. }, Self::Invalid { what: other, .. }) => one == other,
            (Self::NotHttp { .. }, Self::NotHttp { .. }) => true,
            (Self::SpeaksTls { alert: one }, Self::SpeaksTls { alert: other }) => one == other,
            (Self::TimedOut { came: one, .. }, Self::TimedOut { came: other, .. }) => one.len == other.len,
            (Self::Dropped { tcp, came, .. }, Self::Dropped { tcp: other, came: others, .. }) => {
                tcp == other && came.len == others.len
            }
            _ => false,
        }
    }
}

impl fmt::Display for HandshakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Invalid { what, clause } => write!(f, "{what} ({clause})"),
            Self::NotHttp { came } => write!(f, "the answer is not HTTP, it begins with {}", Shown(came)),
            Self::SpeaksTls { alert } => write!(
                f,
                "the answer is a TLS alert (\"{alert}\"): this port speaks TLS, so its URL begins with wss://"
            ),
            Self::TimedOut { waited_us, came } if came.len == 0 => {
                write!(f, "no answer came within {}", Time(*waited_us))
            }
            Self::TimedOut { waited_us, came } => write!(
                f,
                "the answer was not finished within {}: {} came, {}",
                Time(*waited_us),
                Count(came.len, "octet"),
                Shown(came)
            ),
            Self::Dropped { tcp, after_us, came, plain_tcp } => {
                write!(f, "{} {} after our request, ", Drops(*tcp), Time(*after_us))?;
                if came.len > 0 {
                    return write!(
                        f,
                        "in the middle of its answer: {} came, {}",
                        Count(came.len, "octet"),
                        Shown(came)
                    );
                }
                f.write_str("before any octet of an answer")?;
                match tcp {
                    TcpEnd::Tls(alert) if alert.wants_certificate() => {
                        f.write_str(": it wants a client certificate, or another one")
                    }
                    TcpEnd::Fin | TcpEnd::Reset if *plain_tcp => {
                        f.write_str("; does this port speak TLS? Then its URL begins with wss://")
                    }
                    _ => Ok(()),
                }
            }
            Self::CutOff => f.write_str("the case took longer than its time limit and was cut off"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", self.status)?;
        if !self.phrase.is_empty() {
            write!(f, " {}", self.phrase.escape_debug())?;
        }
        f.write_str(", not 101")?;
        for (n, (name, value)) in self.fields.iter().enumerate() {
            let before = if n == 0 { " (" } else { ", " };
            write!(f, "{before}{}: {}", name.escape_debug(), value.escape_debug())?;
        }
        if !self.fields.is_empty() {
            f.write_char(')')?;
        }
        if !self.body.is_empty() {
            let more = if self.more { "…" } else { "" };
            write!(f, ", and says `{}{more}`", self.body.trim_end().escape_debug())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_with_what_it_says() {
        let refusal = Refusal {
            status: 401,
            phrase: "Unauthorized".to_owned(),
            fields: vec![("WWW-Authenticate".to_owned(), "Bearer realm=\u{1b}[31mx".to_owned())],
            body: "no token\r\n".to_owned(),
            more: false,
        };
        assert_eq!(
            HandshakeFailure::Refused(refusal).to_string(),
            "the server answered 401 Unauthorized, not 101 (WWW-Authenticate: Bearer realm=\\u{1b}[31mx), and says `no \
             token`"
        );
        let bare =
            Refusal { status: 500, phrase: String::new(), fields: vec![], body: String::new(), more: false };
        assert_eq!(bare.to_string(), "the server answered 500, not 101");
    }

    #[test]
    fn the_end_of_tcp_asks_for_tls_only_where_there_is_none() {
        let dropped = |tcp, plain_tcp| {
            let came = Excerpt::default();
            HandshakeFailure::Dropped { tcp, after_us: 2_000, came, plain_tcp }.to_string()
        };
        assert_eq!(
            dropped(TcpEnd::Fin, true),
            "the testee dropped TCP (FIN) 2 ms after our request, before any octet of an answer; does this port speak TLS? \
             Then its URL begins with wss://"
        );
        assert!(dropped(TcpEnd::Reset, false).ends_with("before any octet of an answer"));
        assert_eq!(
            dropped(TcpEnd::Tls(TlsAlert(116)), false),
            "the testee ended TLS with the alert \"certificate required\" 2 ms after our request, before any octet of an \
             answer: it wants a client certificate, or another one"
        );
    }

    #[test]
    fn failures_are_alike_whatever_the_moment() {
        let refused = |status, body: &str| {
            HandshakeFailure::Refused(Refusal {
                status,
                phrase: String::new(),
                fields: vec![],
                body: body.to_owned(),
                more: false,
            })
        };
        assert!(refused(404, "request 1").is_like(&refused(404, "request 2")));
        assert!(!refused(404, "").is_like(&refused(400, "")));
        let late = |waited_us| HandshakeFailure::TimedOut { waited_us, came: Excerpt::default() };
        assert!(late(5_000_000).is_like(&late(500_000)));
        assert!(!late(1).is_like(&HandshakeFailure::CutOff));
        assert!(!HandshakeFailure::CutOff.is_like(&HandshakeFailure::CutOff), "that is our doing");
    }

    #[test]
    fn it_is_data() {
        let failure = HandshakeFailure::Dropped {
            tcp: TcpEnd::Reset,
            after_us: 7,
            came: Excerpt::of(b"HTTP"),
            plain_tcp: true,
        };
        let json = serde_json::to_value(&failure).unwrap();
        assert_eq!((&json["how"], &json["tcp"]), (&"dropped".into(), &"reset".into()));
        assert_eq!(serde_json::from_value::<HandshakeFailure>(json).unwrap(), failure);
    }
}
