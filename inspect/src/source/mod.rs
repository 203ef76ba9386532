//! The kinds of captures, and how one is told from the other.

mod events;
mod har;
mod head;
mod literal;
mod netlog;
mod octets;
mod pcap;
mod reassembly;
mod report;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use wsproof_core::deflate;

use crate::model::{Capture, Sender};

pub use events::Live;

/// How a capture is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What it is; by default that is found out.
    pub format: Option<Format>,
    /// Who sent octets that are alone; by default the first frame's mask tells.
    pub sender: Option<Sender>,
    /// What was agreed of permessage-deflate where no handshake tells.
    pub deflate: Option<deflate::Response>,
}

/// The kinds of captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Hexadecimal digits, with or without blanks, `0x`, commas, offsets and a column of text (as from `xxd`).
    Hex,
    /// Base64 (RFC 4648 §4 or §5).
    Base64,
    /// A string literal with escapes, as programs print octets: `b'\x81\x05Hello'`.
    Text,
    /// The octets themselves.
    Raw,
    /// An HTTP archive, or its entries, with `_webSocketMessages`.
    Har,
    /// Events of the DevTools protocol, domain Network: a list of `{"method", "params"}`.
    Events,
    /// Chromium's net-export log (chrome://net-export), with raw octets.
    Netlog,
    /// pcap or pcapng, with Ethernet, loopback, raw IP or Linux cooked packets.
    Pcap,
    /// The JSON file of a case in a report of wsproof or Autobahn: its wire log.
    Report,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Hex,
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
            "a format is hex, base64, text, raw, har, events, netlog, pcap or report".to_owned()
        })
    }
}

/// Why a capture cannot be read at all: what was taken for what, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    format: Format,
    why: String,
}

impl Error {
    fn new(format: Format, why: impl fmt::Display) -> Self {
        Self { format, why: why.to_string() }
    }

    /// What the capture was taken for.
    pub fn format(&self) -> Format {
        self.format
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be read as {}: {}", self.format, self.why)
    }
}

impl std::error::Error for Error {}

/// Reads a capture.
///
/// # Errors
/// It is not what it was taken for; without [`Options::format`], not anything that is known.
pub fn read(capture: &[u8], options: &Options) -> Result<Capture, Error> {
    match options.format.unwrap_or_else(|| detect(capture)) {
        Format::Pcap => pcap::read(capture),
        Format::Report => report::read(&json(capture, Format::Report)?),
        Format::Har => har::read(&json(capture, Format::Har)?),
        Format::Events => events::read(&json(capture, Format::Events)?),
        Format::Netlog => match json(capture, Format::Netlog) {
            Ok(log) => netlog::read(&log, false),
            // A browser that was killed leaves a log without its end.
            Err(error) => netlog::mend(capture).map_or(Err(error), |log| netlog::read(&log, true)),
        },
        format => octets::read(capture, format, options),
    }
}

fn json(capture: &[u8], format: Format) -> Result<Value, Error> {
    serde_json::from_slice(capture).map_err(|error| Error::new(format, error))
}

fn detect(capture: &[u8]) -> Format {
    if pcap::is_pcap(capture) {
        return Format::Pcap;
    }
    let text = capture.strip_prefix(b"\xef\xbb\xbf").unwrap_or(capture).trim_ascii_start();
    match text.first() {
        Some(b'{') if contains(&text[..text.len().min(4096)], b"\"constants\"") => Format::Netlog,
        Some(b'[')
            if contains(&text[..text.len().min(4096)], b"\"method\"")
                && contains(text, b"\"Network.webSocket") =>
        {
            Format::Events
        }
        Some(b'{') if report::is_report(text) => Format::Report,
        Some(b'{' | b'[') => Format::Har,
        _ => octets::detect(capture),
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}
