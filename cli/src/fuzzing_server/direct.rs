//! Direct command mode: the client tells the server what to send.
//!
//! A command is a text message with a JSON array of a name and its arguments: `["sendframe", {"opcode": 9}]`,
//! `["sendframes", [{…}, {…}]]`, `["close", {"code": 1000, "reason": "bye"}]`, `["echo", {"payload": "x"}]`.

use serde::Deserialize;
use serde_json::Value;
use wsproof_core::close::{CloseCode, ClosePayload};
use wsproof_core::frame::{FrameHeader, Opcode, append_frame};

use super::Event;
use super::state::State;
use super::talk::{Said, Talk};

/// Why a client's commands are not obeyed.
pub(super) const NOT_ALLOWED: &str =
    "commands are taken only from this machine, unless the server is told otherwise";

/// A payload may be stretched to so many octets.
const MAX_PAYLOAD: u64 = 16 << 20;

/// So many frames may be asked for at once.
const MAX_FRAMES: usize = 1000;

/// What a client can ask for.
#[derive(Debug, PartialEq)]
enum Command {
    Frames(Vec<Frame>),
    Close { code: Option<u16>, reason: String },
    Echo(Frame),
}

/// A frame to send, right or wrong.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    #[serde(default = "Frame::text")]
    opcode: u8,
    #[serde(default)]
    payload: Option<String>,
    #[serde(default = "Frame::fin")]
    fin: bool,
    #[serde(default)]
    rsv: u8,
    /// Four characters below U+0100, or nothing.
    #[serde(default)]
    mask: Option<String>,
    /// The payload is repeated, and cut, to so many octets.
    #[serde(default)]
    payload_len: Option<u64>,
    /// The frame is written in pieces of so many octets.
    #[serde(default)]
    chopsize: Option<u64>,
    /// Every frame is written on its own here, so this changes nothing.
    #[serde(default, rename = "sync")]
    _sync: bool,
}

impl Frame {
    fn text() -> u8 {
        1
    }

    fn fin() -> bool {
        true
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.opcode > 15 {
            return Err("opcode must be 0 to 15");
        }
        if self.rsv > 7 {
            return Err("rsv must be 0 to 7");
        }
        if self.chopsize == Some(0) {
            return Err("chopsize must be at least 1");
        }
        if self.payload_len.is_some_and(|len| len > MAX_PAYLOAD) {
            return Err("payload_len must be at most 16777216");
        }
        if self.payload_len.is_some_and(|len| len > 0) && self.payload.as_deref().unwrap_or("").is_empty() {
            return Err("payload_len needs a payload to repeat");
        }
        if self.mask.is_some() && self.key().is_none() {
            return Err("mask must be four characters, each up to U+00FF");
        }
        Ok(())
    }

    fn key(&self) -> Option<[u8; 4]> {
        let octets: Option<Vec<u8>> =
            self.mask.as_deref()?.chars().take(5).map(|c| u8::try_from(u32::from(c)).ok()).collect();
        octets?.try_into().ok()
    }

    fn octets(&self) -> Vec<u8> {
        let unit = self.payload.as_deref().unwrap_or("").as_bytes();
        match self.payload_len {
            Some(len) => unit.iter().copied().cycle().take(len as usize).collect(),
            None => unit.to_vec(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let header = FrameHeader {
            fin: self.fin,
            rsv: self.rsv,
            mask: self.key(),
            ..FrameHeader::new(Opcode::new(self.opcode), 0)
        };
        let mut wire = Vec::new();
        append_frame(header, &self.octets(), &mut wire);
        wire
    }
}

/// Reads a command; the error is for the person who wrote it.
fn parse(text: &str) -> Result<Command, String> {
    let command: (String, Value) = serde_json::from_str(text)
        .map_err(|_| "a command is a JSON array of a name and its arguments".to_owned())?;
    let wrong = |error: serde_json::Error| format!("{}: {error}", command.0);
    let arguments = command.1.clone();
    let command = match command.0.as_str() {
        "sendframe" => Command::Frames(vec![serde_json::from_value(arguments).map_err(wrong)?]),
        "sendframes" => Command::Frames(serde_json::from_value(arguments).map_err(wrong)?),
        "echo" => Command::Echo(serde_json::from_value(arguments).map_err(wrong)?),
        "close" => {
            #[derive(Deserialize)]
            struct Close {
                #[serde(default)]
                code: Option<u16>,
                #[serde(default)]
                reason: Option<String>,
            }
            let Close { code, reason } = serde_json::from_value(arguments).map_err(wrong)?;
            Command::Close { code, reason: reason.unwrap_or_default() }
        }
        _ => return Err("the commands are sendframe, sendframes, close and echo".to_owned()),
    };
    match &command {
        Command::Frames(frames) if frames.len() > MAX_FRAMES => {
            return Err(format!("at most {MAX_FRAMES} frames can be sent by one command"));
        }
        Command::Frames(frames) => frames.iter().try_for_each(Frame::check)?,
        Command::Echo(frame) => frame.check()?,
        Command::Close { .. } => {}
    }
    Ok(command)
}

/// Obeys the client until it closes the connection. Without the right to command, the first command ends it.
pub(super) async fn serve(state: &State, mut talk: Talk, may_command: bool) {
    let peer = talk.peer();
    let refused = loop {
        match talk.listen().await {
            None => break None,
            Some(_) if !may_command => break Some(NOT_ALLOWED.to_owned()),
            Some(Said::Binary) => break Some("a command is a text message".to_owned()),
            Some(Said::Text(text)) => {
                if let Err(error) = obey(&mut talk, &text).await {
                    break Some(error);
                }
            }
        }
    };
    match refused {
        Some(reason) => {
            state.tell(Event::Refused { peer, status: None, reason: &reason });
            talk.refuse(&reason).await;
        }
        None => talk.end().await,
    }
}

async fn obey(talk: &mut Talk, text: &str) -> Result<(), String> {
    match parse(text)? {
        Command::Frames(frames) => {
            for frame in frames {
                let octets = frame.encode();
                for piece in octets.chunks(frame.chopsize.map_or(octets.len(), |size| size as usize).max(1)) {
                    talk.write(piece).await;
                    // Others get their turn, and the network a chance to send the pieces one by one.
                    tokio::task::yield_now().await;
                }
            }
        }
        Command::Echo(frame) => {
            let text = String::from_utf8(frame.octets())
                .map_err(|_| "payload_len cuts the text inside a character".to_owned())?;
            talk.say(&text);
        }
        Command::Close { code, reason } => {
            talk.say_close(ClosePayload { code: code.map(CloseCode), reason: &reason })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<Vec<u8>> {
        match parse(text) {
            Ok(Command::Frames(frames)) => frames.iter().map(Frame::encode).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn frames_are_sent_as_described() {
        assert_eq!(
            frames(r#"["sendframe", {"opcode": 1, "payload": "héy"}]"#),
            [b"\x81\x04h\xc3\xa9y".to_vec()]
        );
        assert_eq!(
            frames(r#"["sendframe", {"opcode": 15, "rsv": 7, "fin": false}]"#),
            [b"\x7f\x00".to_vec()]
        );
        assert_eq!(
            frames(
                r#"["sendframe", {"opcode": 2, "payload": "ab", "payload_len": 5, "sync": true, "mask": null}]"#
            ),
            [b"\x82\x05ababa".to_vec()]
        );
        assert_eq!(
            frames(r#"["sendframe", {"opcode": 1, "payload": "a", "mask": "\u0001\u00ff\u0000b"}]"#),
            [b"\x81\x81\x01\xff\x00b\x60".to_vec()]
        );
        assert_eq!(
            frames(r#"["sendframes", [{"opcode": 1, "fin": false}, {"opcode": 0, "payload": "x"}]]"#),
            [b"\x01\x00".to_vec(), b"\x80\x01x".to_vec()]
        );
    }

    #[test]
    fn close_and_echo_are_read() {
        assert_eq!(
            parse(r#"["close", {"code": 1000, "reason": "bye"}]"#),
            Ok(Command::Close { code: Some(1000), reason: "bye".to_owned() })
        );
        assert_eq!(parse(r#"["close", {}]"#), Ok(Command::Close { code: None, reason: String::new() }));
        let Ok(Command::Echo(frame)) = parse(r#"["echo", {"payload": "ab", "payload_len": 3}]"#) else {
            panic!()
        };
        assert_eq!(frame.octets(), b"aba");
    }

    #[test]
    fn what_cannot_be_done_is_explained() {
        for (text, reason) in [
            ("", "a command is a JSON array"),
            ("{}", "a command is a JSON array"),
            (r#"["sendframe"]"#, "a command is a JSON array"),
            (r#"["dance", {}]"#, "the commands are"),
            (r#"["sendframe", {"opcode": 16}]"#, "opcode must be"),
            (r#"["sendframe", {"opcode": 256}]"#, "sendframe: "),
            (r#"["sendframe", {"opcode": 1, "rsv": 8}]"#, "rsv must be"),
            (r#"["sendframe", {"opcode": 1, "chopsize": 0}]"#, "chopsize must be"),
            (r#"["sendframe", {"opcode": 1, "payload_len": 1}]"#, "payload_len needs"),
            (
                r#"["sendframe", {"opcode": 1, "payload": "x", "payload_len": 99999999999}]"#,
                "payload_len must be",
            ),
            (r#"["sendframe", {"opcode": 1, "mask": "abc"}]"#, "mask must be"),
            (r#"["sendframe", {"opcode": 1, "mask": "abc€"}]"#, "mask must be"),
            (r#"["sendframe", {"opcde": 1}]"#, "sendframe: unknown field"),
            (r#"["close", {"code": 70000}]"#, "close: "),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
        let many = format!(r#"["sendframes", [{}]]"#, vec!["{}"; MAX_FRAMES + 1].join(","));
        assert!(parse(&many).unwrap_err().starts_with("at most 1000 frames"));
    }
}
