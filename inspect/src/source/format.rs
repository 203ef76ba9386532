//! The names of the formats.

use std::fmt;
use std::str::FromStr;

/// The kinds of captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Hexadecimal digits, with or without blanks, `0x`, commas; also as a dump with offsets and a column of text, as
    /// `xxd`, `hexdump`, `od`, tcpdump, Wireshark, curl and others print it.
    Hex,
    /// Numbers in a list, as programs print and write them: `[129, 5, 72]`, `{0x81, 0x05}`, `<Buffer 81 05>`, also signed,
    /// also as JSON.
    List,
    /// Base64 (RFC 4648 §4 or §5).
    Base64,
    /// A string literal with escapes, as programs print octets: `b'\x81\x05Hello'`.
    Text,
    /// The octets themselves.
    Raw,
    /// An HTTP archive, or its entries, with `_webSocketMessages`; or only those messages.
    Har,
    /// Events of the DevTools protocol, domain Network: a list of `{"method", "params"}`.
    Events,
    /// Chromium's net-export log (chrome://net-export), with raw octets.
    Netlog,
    /// pcap or pcapng, with Ethernet, loopback, raw IP, PPP or Linux cooked packets.
    Pcap,
    /// The JSON file of a case in a report of wsproof or Autobahn: its wire log.
    Report,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Hex,
        Self::List,
        Self::Base64,
        Self::Text,
        Self::Raw,
        Self::Har,
        Self::Events,
        Self::Netlog,
        Self::Pcap,
        Self::Report,
    ];

    /// The name, as it is given and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::List => "list",
            Self::Base64 => "base64",
            Self::Text => "text",
            Self::Raw => "raw",
            Self::Har => "har",
            Self::Events => "events",
            Self::Netlog => "netlog",
            Self::Pcap => "pcap",
            Self::Report => "report",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| {
            "a format is hex, list, base64, text, raw, har, events, netlog, pcap or report".to_owned()
        })
    }
}
