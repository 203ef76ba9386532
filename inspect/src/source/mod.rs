//! The formats of captures, and how they are told apart.

mod detect;
mod events;
mod format;
mod har;
mod head;
mod netlog;
mod octets;
mod others;
mod packed;
mod pcap;
mod report;
mod told;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;
use wsproof_core::deflate;

use crate::model::{Capture, Sender};

pub use events::Live;
pub use format::Format;

/// How a capture is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What it is; by default that is found out.
    pub format: Option<Format>,
    /// Who sent octets that are alone; by default the first frame's mask tells.
    pub sender: Option<Sender>,
    /// What was agreed of permessage-deflate where no handshake tells.
    pub deflate: Option<deflate::Response>,
    /// In packets: the port of a WebSocket server. Its connections are read as frames also without a handshake.
    pub port: Option<u16>,
    /// In packets: connections are read as frames also where neither a handshake was seen nor frames seem to be.
    pub force: bool,
}

/// Reads a file beside the capture, by the name that the capture gives it: a name without folders.
pub type Beside<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// Why a capture cannot be read at all: what was taken for what, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    format: Option<Format>,
    why: String,
}

impl Error {
    fn new(format: impl Into<Option<Format>>, why: impl fmt::Display) -> Self {
        Self { format: format.into(), why: why.to_string() }
    }

    /// What the capture was taken for; `None` if it is nothing that is read.
    pub fn format(&self) -> Option<Format> {
        self.format
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            Some(format) => write!(f, "cannot be read as {format}: {}", self.why),
            None => write!(f, "cannot be read: {}", self.why),
        }
    }
}

impl std::error::Error for Error {}

/// Reads a capture.
///
/// # Errors
/// It is not what it was taken for; without [`Options::format`], not anything that is known.
pub fn read(capture: &[u8], options: &Options) -> Result<Capture, Error> {
    read_beside(capture, options, &|_| None)
}

/// As [`read`], with the files beside the capture: an HTTP archive by Playwright has its messages in such files.
///
/// Whatever the capture names is asked for, so `beside` must give nothing that does not belong to it.
///
/// # Errors
/// As [`read`].
///
/// ```
/// use wsproof_inspect::{Options, read_beside};
///
/// let archive = br#"{"log": {"entries": [{"_resourceType": "websocket", "request": {"url": "ws://x/"},
///     "response": {"status": -1, "content": {"_file": "m.jsonl"}}}]}}"#;
/// let messages = br#"{"type": "receive", "time": 1, "opcode": 1, "data": "hi"}"#;
/// let beside = |name: &str| (name == "m.jsonl").then(|| messages.to_vec());
/// let capture = read_beside(archive, &Options::default(), &beside).unwrap();
/// assert_eq!(capture.connections[0].messages[0].text().as_deref(), Some("hi"));
/// ```
pub fn read_beside(capture: &[u8], options: &Options, beside: &Beside<'_>) -> Result<Capture, Error> {
    // Octets that are called raw are not looked into.
    let (octets, packed) = match options.format {
        Some(Format::Raw) => (capture.into(), Vec::new()),
        format => packed::unpack(capture).map_err(|why| Error::new(format, why))?,
    };
    let octets = match options.format {
        Some(Format::Raw) => octets,
        _ => narrow(octets),
    };
    let mut read = read_plain(&octets, options, beside)?;
    read.notes.splice(0..0, packed);
    Ok(read)
}

fn read_plain(capture: &[u8], options: &Options, beside: &Beside<'_>) -> Result<Capture, Error> {
    let detected = match options.format {
        Some(format) => format,
        None => detect::format(capture).map_err(|why| Error::new(None, why))?,
    };
    match detected {
        Format::Pcap => pcap::read(capture, options),
        Format::Report => report::read(&json(capture, Format::Report)?),
        Format::Har => har(capture, beside),
        Format::Events => events::read(&json(capture, Format::Events)?),
        Format::Netlog => match json(capture, Format::Netlog) {
            Ok(log) => netlog::read(&log, false),
            // A browser that was killed leaves a log without its end.
            Err(error) => netlog::mend(capture).map_or(Err(error), |log| netlog::read(&log, true)),
        },
        format => octets::read(capture, format, options),
    }
}

fn har(capture: &[u8], beside: &Beside<'_>) -> Result<Capture, Error> {
    match json(capture, Format::Har) {
        Ok(list) if har::are_messages(&list) => {
            Ok(har::read_messages(list.as_array().map_or(&[], Vec::as_slice)))
        }
        Ok(archive) => har::read(&archive, beside),
        Err(error) => match har::lines(without_mark(capture)) {
            Some(records) => Ok(har::read_messages(&records)),
            None => Err(error),
        },
    }
}

fn json(capture: &[u8], format: Format) -> Result<Value, Error> {
    serde_json::from_slice(without_mark(capture)).map_err(|error| Error::new(format, error))
}

/// Text in UTF-16 with its mark, as PowerShell writes it, as UTF-8; anything else as it is.
fn narrow(capture: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let read: fn([u8; 2]) -> u16 = match &capture[..] {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return capture,
    };
    let units = capture[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
    match char::decode_utf16(units).collect::<Result<String, _>>() {
        Ok(text) if capture.len().is_multiple_of(2) => Cow::Owned(text.into_bytes()),
        _ => capture,
    }
}

/// Text without the mark of its byte order, which some tools put in front of UTF-8.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}
