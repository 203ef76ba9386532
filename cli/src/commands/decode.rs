//! `wsproof decode`: a capture as frames, messages and violations.

mod beside;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use wsproof_core::frame::Opcode;
use wsproof_inspect::{
    Capture, Connection, Finding, Frame, Message, Options, Sender, export, hex, read_beside,
};
use wsproof_report::visible::visible_short;
use wsproof_scenarios::Verdict;

pub(super) use beside::Beside;

use super::count;
use crate::args::Decode;
use crate::exit::{Exit, Failure};
use crate::inspector;
use crate::output::{Channel, Palette};

/// No larger capture is read: 1 GiB.
const MAX_OCTETS: u64 = 1 << 30;

/// Of a payload so many characters, or half as many octets, are shown.
const PREVIEW: usize = 48;

/// Longer names and texts are cut.
const MAX_NAME: usize = 200;

/// Longer notes are cut.
const MAX_NOTE: usize = 1000;

/// Runs the command.
///
/// # Errors
/// The file cannot be read, is no capture, or holds no WebSocket.
pub fn run(options: &Decode) -> Result<Exit, Failure> {
    let (name, octets) = load(&options.file)?;
    let how = Options {
        format: options.format,
        sender: options.sent_by,
        deflate: options.deflate,
        port: options.port,
        force: options.force,
    };
    let beside = Beside::of(&options.file);
    let capture = capture_of(&name, &octets, &how, &beside)?;
    if options.json {
        let json = serde_json::to_string_pretty(&capture).map_err(Failure::wrong_use)?;
        Channel::Out.line(&json);
    }
    if capture.connections.is_empty() {
        return Err(nothing(&name, &capture));
    }
    if let Some(path) = &options.web {
        // The page cannot read what is beside the capture.
        let whole = beside.was_read().then(|| export::har(&capture).into_bytes());
        let shown = options.file.file_name().map_or(name.as_str().into(), |file| file.to_string_lossy());
        let page =
            inspector::page(&shown, whole.as_deref().unwrap_or(&octets), &how).map_err(Failure::wrong_use)?;
        std::fs::write(path, page)
            .map_err(|error| Failure::wrong_use(format!("{}: {error}", path.display())))?;
        let connections = count(capture.connections.len(), "connection");
        Channel::Out.line(&format!("{}: {connections}; open it in a browser", path.display()));
    } else if !options.json {
        Channel::Out.line(text_of(&capture, Channel::Out.palette()).trim_end());
    }
    let broken = capture.connections.iter().any(|connection| connection.violations() > 0);
    Ok(if broken { Exit::CasesFailed } else { Exit::Good })
}

/// That a capture holds no WebSocket, with all that there is to say of it.
pub(super) fn nothing(name: &str, capture: &Capture) -> Failure {
    let notes = capture.notes.iter().map(|note| format!("\n  {}", visible_short(note, MAX_NOTE)));
    Failure::wrong_use(format!("{name} holds no WebSocket{}", notes.collect::<String>()))
}

/// The name of a file for people, and its octets; `-` is standard input.
pub(super) fn load(path: &Path) -> Result<(String, Vec<u8>), Failure> {
    let name = match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    };
    let octets = octets_of(path).map_err(|error| Failure::wrong_use(format!("{name}: {error}")))?;
    Ok((name, octets))
}

/// The capture in these octets.
pub(super) fn capture_of(
    name: &str,
    octets: &[u8],
    how: &Options,
    beside: &Beside<'_>,
) -> Result<Capture, Failure> {
    read_beside(octets, how, &|file| beside.read(file)).map_err(|error| {
        let hint = match (how.format, error.format()) {
            (None, Some(_)) => "; --format says what else it is",
            _ => "",
        };
        Failure::wrong_use(format!("{name} {error}{hint}"))
    })
}

fn octets_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    let mut take = |source: &mut dyn Read| source.take(MAX_OCTETS + 1).read_to_end(&mut octets);
    match path.to_str() {
        Some("-") => take(&mut io::stdin().lock())?,
        _ => take(&mut File::open(path)?)?,
    };
    if octets.len() as u64 > MAX_OCTETS {
        return Err(io::Error::other("more than 1 GiB: cut the capture down first"));
    }
    Ok(octets)
}

fn text_of(capture: &Capture, palette: Palette) -> String {
    let mut text = String::new();
    for connection in &capture.connections {
        head(&mut text, connection, palette);
        if capture.source.has_frames() {
            for frame in &connection.frames {
                let _ = writeln!(text, "{}", frame_line(frame, connection));
                findings(&mut text, &frame.violations, palette);
            }
        } else {
            for message in &connection.messages {
                let _ = writeln!(text, "{}", message_line(message));
            }
        }
        for note in &connection.notes {
            let _ = writeln!(text, "  note: {}", visible_short(note, MAX_NOTE));
        }
        text.push('\n');
    }
    for note in &capture.notes {
        let _ = writeln!(text, "note: {}", visible_short(note, MAX_NOTE));
    }
    text
}

fn head(text: &mut String, connection: &Connection, palette: Palette) {
    let name = match connection.name.as_str() {
        "" => "Octets without a handshake",
        name => name,
    };
    let handshake = connection.handshake.as_ref();
    let mut about = Vec::new();
    about.extend(
        handshake
            .and_then(|handshake| handshake.protocol.as_deref())
            .map(|name| format!("subprotocol {name}")),
    );
    about.extend(handshake.and_then(|handshake| handshake.deflate.clone()));
    if !connection.frames.is_empty() {
        about.push(count(connection.frames.len(), "frame"));
    }
    about.push(count(connection.messages.len(), "message"));
    about.push(match connection.violations() {
        0 => "no violation".to_owned(),
        n => count(n, "violation"),
    });
    let about: Vec<String> = about.iter().map(|part| visible_short(part, MAX_NAME)).collect();
    let _ = writeln!(text, "{}  {}", palette.bold(&visible_short(name, MAX_NAME)), about.join(" · "));
    findings(text, handshake.map(|handshake| &handshake.violations[..]).unwrap_or_default(), palette);
    findings(text, &connection.told_violations, palette);
}

fn findings(text: &mut String, findings: &[Finding], palette: Palette) {
    for finding in findings {
        let place = finding.offset.map(|offset| format!(", octet {offset}")).unwrap_or_default();
        let line = format!("{}: {}{place}", finding.clause, visible_short(&finding.text, MAX_NAME));
        let _ = writeln!(text, "{:>13}! {}", "", palette.verdict(Verdict::Fail, &line));
    }
}

fn time(time_us: Option<u64>) -> String {
    time_us.map_or_else(|| format!("{:>10}", ""), |us| format!("{:>10.3}", us as f64 / 1e3))
}

fn sender(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client →",
        Sender::Server => "server ←",
    }
}

/// Time in milliseconds, sender, opcode, FIN, RSV, mask, length, and what it says.
fn frame_line(frame: &Frame, connection: &Connection) -> String {
    let opcode = Opcode::new(frame.opcode);
    let name = opcode.name().map_or_else(|| format!("opcode {}", frame.opcode), str::to_lowercase);
    let fin = if frame.fin { "fin" } else { "·" };
    let bits = [(4, "rsv1"), (2, "rsv2"), (1, "rsv3")].iter().filter(|(bit, _)| frame.rsv & bit != 0);
    let rsv = bits.map(|(_, name)| *name).collect::<Vec<_>>().join(" ");
    let mask = frame.mask.map(|key| format!("mask {}", hex(&key))).unwrap_or_default();
    let mut line = format!(
        "{}  {} {name:<12} {fin:<3} {rsv:<4} {mask:<13} {:>7}",
        time(frame.time_us),
        sender(frame.sender),
        frame.announced
    );
    if !frame.is_complete() {
        let _ = write!(line, " ({} of them here)", frame.payload.len());
    }
    let preview = frame_preview(frame, connection);
    if !preview.is_empty() {
        let _ = write!(line, "  {preview}");
    }
    line
}

fn frame_preview(frame: &Frame, connection: &Connection) -> String {
    if let Some((code, reason)) = frame.close() {
        let reason = if reason.is_empty() { reason } else { format!(" {}", quoted(&reason)) };
        return format!("code {code}{reason}");
    }
    let message = frame.message.and_then(|index| connection.messages.get(index));
    match message {
        // What is compressed reads only as a whole: with its first frame.
        Some(message) if message.compressed && frame.opcode == Opcode::CONTINUATION.get() => String::new(),
        Some(message) if message.compressed => {
            format!("→ {}  {}", message.len, preview(message.binary, &message.octets))
        }
        Some(message) => preview(message.binary, &frame.payload),
        None => preview(std::str::from_utf8(&frame.payload).is_err(), &frame.payload),
    }
}

fn message_line(message: &Message) -> String {
    let kind = if message.binary { "binary" } else { "text" };
    let (time, sender) = (time(message.time_us), sender(message.sender));
    format!("{time}  {sender} {kind:<12} {:>7}  {}", message.len, preview(message.binary, &message.octets))
}

fn preview(binary: bool, octets: &[u8]) -> String {
    if octets.is_empty() {
        return String::new();
    }
    if binary {
        let more = if octets.len() > PREVIEW / 2 { "…" } else { "" };
        return format!("{}{more}", hex(&octets[..octets.len().min(PREVIEW / 2)]));
    }
    // A character has four octets at most; a piece may begin or end inside one.
    quoted(&String::from_utf8_lossy(&octets[..octets.len().min(PREVIEW * 4)]))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", visible_short(text, PREVIEW))
}
