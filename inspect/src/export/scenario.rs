//! A capture as a scenario that is run again (docs/scenarios.md).
//!
//! One end of the recorded conversation is played again, frame by frame; the testee at the other end is judged. What
//! a right one does is not simply what the recorded one did, which may have been wrong:
//!
//! * what it said within the rules is expected again, word by word;
//! * each ping is answered by its pong, whatever the recorded one did;
//! * once what is sent breaks a rule, nothing more is answered, and the connection is failed with the code of that rule;
//! * what the recorded one said against the rules is expected as a legal message, where only its frames were wrong. Where
//!   it cannot be told what was meant, an echo is assumed.

use std::collections::VecDeque;

use serde_json::{Value, json};
use wsproof_core::Count;
use wsproof_core::frame::Opcode;

use crate::model::{Connection, Finding, Frame, Message, Sender, hex};

/// Longest time that the scenario waits for the testee's answers, in seconds.
const PATIENCE: u32 = 5;

/// How long a testee may take to fail the connection, in seconds.
const PATIENCE_FOR_REFUSAL: u32 = 1;

/// A scenario that sends again what one end sent, and judges who answers.
///
/// Masking keys are new ones.
///
/// # Errors
/// That end sent nothing, or not all that it sent is in the capture; in words.
pub fn scenario(connection: &Connection, sender: Sender) -> Result<String, String> {
    let frames = &connection.frames;
    let deflate = connection.handshake.as_ref().and_then(|handshake| handshake.deflate.as_deref());
    let compressed = connection.messages.iter().any(|message| message.compressed);
    let fault = frames
        .iter()
        .position(|frame| frame.sender == sender && frame.violations.iter().any(|finding| !is_late(finding)));
    if let Some(finding) =
        fault.and_then(|at| frames[at].violations.iter().find(|finding| need_not_be_noticed(finding)))
    {
        return Err(format!(
            "nothing can be expected of who receives this: {} ({})",
            finding.text, finding.clause
        ));
    }
    let mut steps = Vec::new();
    if compressed {
        steps.push(json!({"do": "require_deflate"}));
    }
    steps.extend(script(connection, sender, fault)?);
    if steps.len() == usize::from(compressed) {
        return Err(format!("the {} sent nothing that can be sent again", side(sender)));
    }
    let expected = match frames.is_empty() {
        true => answers_to_messages(connection, sender),
        false => answers(connection, sender, fault),
    };
    let mut scenario = json!({
        "description": format!("What the {} sent in a capture of {}.", side(sender), name(connection)),
    });
    let mut accept = vec![json!({"events": expected})];
    match fault.and_then(|at| frames[at].violations.first()) {
        Some(finding) => {
            let code = finding.close_code.unwrap_or(1002);
            scenario["expectation"] =
                format!("The connection is failed with code {code}: {} ({}).", finding.text, finding.clause)
                    .into();
            scenario["close"] = json!({"by_fuzzer": false, "codes": [code]});
            steps.push(json!({"do": "kill_after", "seconds": PATIENCE_FOR_REFUSAL}));
            if !expected.is_empty() {
                accept.push(json!({"behavior": "NON-STRICT", "events": []}));
            }
        }
        None => {
            if let Some(code) = first_close(connection, sender) {
                scenario["close"] = json!({"by_fuzzer": false, "codes": [code]});
            }
            scenario["expectation"] =
                "The messages of the capture, as far as they were right, and a pong for each ping.".into();
            steps.push(json!({"do": "close_after", "seconds": PATIENCE}));
        }
    }
    scenario["steps"] = steps.into();
    scenario["accept"] = accept.into();
    if compressed {
        scenario["deflate"] = json!([agreement(deflate.unwrap_or_default(), sender)]);
    }
    serde_json::to_string_pretty(&scenario).map_err(|error| error.to_string())
}

/// The code of the other end's close frame, if that came first and is legal.
fn first_close(connection: &Connection, sender: Sender) -> Option<u16> {
    let first = connection.frames.iter().find(|frame| frame.opcode == Opcode::CLOSE.get())?;
    (first.sender != sender && first.violations.is_empty())
        .then(|| first.close().map_or(1000, |(code, _)| code))
}

/// A frame after the close frame is passed over by who has seen that one, not refused.
fn is_late(finding: &Finding) -> bool {
    finding.clause == "RFC 6455 §5.5.1" && finding.close_code.is_none()
}

/// A reference further back than was agreed is the sender's fault, but no rule asks its receiver to notice: one with a larger
/// window understands the message, others refuse it.
fn need_not_be_noticed(finding: &Finding) -> bool {
    finding.clause.starts_with("RFC 7692 §7.1.")
}

/// What is sent; `fault` is the frame that must be refused.
fn script(connection: &Connection, sender: Sender, fault: Option<usize>) -> Result<Vec<Value>, String> {
    let mut steps = Vec::new();
    let mut answered = false;
    for (at, frame) in connection.frames.iter().enumerate() {
        let closes = frame.opcode == Opcode::CLOSE.get();
        if frame.sender != sender {
            answered |= closes;
            continue;
        }
        if closes && (answered || fault.is_some_and(|fault| fault < at)) {
            // A close that answers the other end's is left to whoever runs the scenario; after a fault it is the other
            // end that has to close.
            break;
        }
        if !frame.is_complete() {
            return Err(format!(
                "frame {at} cannot be sent again: only {} of its {} are in the capture",
                frame.payload.len(),
                Count(frame.announced, "octet")
            ));
        }
        if closes && frame.violations.is_empty() {
            steps.push(json!({"do": "close", "payload": octets(&frame.payload)}));
            break;
        }
        steps.push(step(frame));
    }
    if connection.frames.is_empty() {
        for message in connection.messages.iter().filter(|message| message.sender == sender) {
            if message.len != message.octets.len() as u64 {
                return Err("a message is too long to be kept whole, so it cannot be sent again".to_owned());
            }
            steps.push(json!({
                "do": "message", "binary": message.binary, "payload": octets(&message.octets),
            }));
        }
    }
    Ok(steps)
}

/// Messages that wait for their echo, in case it has to be assumed.
#[derive(Default)]
struct Owed<'a> {
    messages: VecDeque<&'a Message>,
}

impl<'a> Owed<'a> {
    fn sent(&mut self, message: &'a Message) {
        self.messages.push_back(message);
    }

    /// This message was said. If it is an echo, those before it are owed no more.
    fn said(&mut self, message: &Message) -> bool {
        let same = |sent: &&Message| sent.binary == message.binary && sent.octets == message.octets;
        let echo = self.messages.iter().position(same);
        match echo {
            Some(at) => drop(self.messages.drain(..=at)),
            None => drop(self.messages.pop_front()),
        }
        echo.is_some()
    }

    fn assumed(&mut self) -> Option<&'a Message> {
        self.messages.pop_front()
    }
}

/// The events that a right testee gives; `fault` is the frame of ours that it must refuse.
fn answers(connection: &Connection, sender: Sender, fault: Option<usize>) -> Vec<Value> {
    let mut events = Vec::new();
    let mut owed = Owed::default();
    // Pings, and how many events there were when they were sent.
    let mut pings: VecDeque<(&[u8], usize)> = VecDeque::new();
    let mut wrong = false;
    let mut closing = false;
    for (at, frame) in connection.frames.iter().enumerate() {
        let message = frame.message.filter(|_| frame.fin).and_then(|index| connection.messages.get(index));
        let refused = fault.is_some_and(|fault| at >= fault);
        if frame.sender == sender {
            closing |= frame.opcode == Opcode::CLOSE.get();
            if refused || closing {
                continue;
            }
            match message {
                Some(message) => owed.sent(message),
                None if frame.opcode == Opcode::PING.get() => pings.push_back((&frame.payload, events.len())),
                None => {}
            }
            continue;
        }
        wrong |= !frame.violations.is_empty();
        if frame.opcode == Opcode::PONG.get() {
            // Those before it are answered by it too (RFC 6455 §5.5.3). One that answers nothing is nobody's business.
            if let Some(answered) = pings.iter().position(|(payload, _)| *payload == frame.payload) {
                pings.drain(..=answered);
                events.push(pong(&frame.payload));
            }
        }
        let Some(message) = message else { continue };
        if is_legal(connection, message, frame) {
            // After the fault only what was still owed counts.
            if owed.said(message) || !refused {
                events.push(event(message));
            }
        } else {
            events.extend(owed.assumed().map(event));
        }
    }
    for (payload, at) in pings.into_iter().rev() {
        events.insert(at.min(events.len()), pong(payload));
    }
    // Who broke a rule was hung up on, or said what is no message: the rest is what it would have echoed.
    if wrong && fault.is_none() {
        events.extend(owed.messages.iter().map(|message| event(message)));
    }
    events
}

/// Whether a message is one that may be said: text is UTF-8, compressed octets can be inflated, and all of it is here.
fn is_legal(connection: &Connection, message: &Message, last: &Frame) -> bool {
    let content = |finding: &Finding| finding.close_code == Some(1007) || finding.close_code == Some(1009);
    let of_it = |frame: &&Frame| frame.message == last.message;
    message.octets.len() as u64 == message.len
        && connection
            .frames
            .iter()
            .filter(of_it)
            .all(|frame| frame.is_complete() && !frame.violations.iter().any(content))
}

/// The same, where the capture has messages only.
fn answers_to_messages(connection: &Connection, sender: Sender) -> Vec<Value> {
    let (mut events, mut owed) = (Vec::new(), Owed::default());
    for message in &connection.messages {
        if message.sender == sender {
            owed.sent(message);
        } else {
            owed.said(message);
            events.push(event(message));
        }
    }
    // A browser tells what a server did wrong, never what a page did.
    if sender == Sender::Client && !connection.told_violations.is_empty() {
        events.extend(owed.messages.iter().map(|message| event(message)));
    }
    events
}

fn event(message: &Message) -> Value {
    json!({"event": "message", "binary": message.binary, "payload": octets(&message.octets)})
}

fn pong(payload: &[u8]) -> Value {
    json!({"event": "pong", "payload": octets(payload)})
}

/// The one frame as a scenario.
pub fn frame_scenario(frame: &Frame) -> String {
    let scenario = json!({
        "description": format!("One frame of a capture: opcode {}, {}.", frame.opcode, Count(frame.payload.len() as u64, "octet")),
        "steps": [step(frame), {"do": "close_after", "seconds": 1}],
        "accept": [{"events": []}],
    });
    serde_json::to_string_pretty(&scenario).unwrap_or_default()
}

/// The one message as a scenario: an echo is wanted.
pub fn message_scenario(message: &Message) -> String {
    let payload = octets(&message.octets);
    let scenario = json!({
        "description": format!("One message of a capture, {}.", Count(message.octets.len() as u64, "octet")),
        "steps": [
            {"do": "message", "binary": message.binary, "payload": payload},
            {"do": "close_after", "seconds": 1},
        ],
        "accept": [{"events": [{"event": "message", "binary": message.binary, "payload": payload}]}],
    });
    serde_json::to_string_pretty(&scenario).unwrap_or_default()
}

fn step(frame: &Frame) -> Value {
    let mut step = json!({"do": "frame", "opcode": opcode(frame.opcode), "payload": octets(&frame.payload)});
    if !frame.fin {
        step["fin"] = false.into();
    }
    if frame.rsv != 0 {
        step["rsv"] = frame.rsv.into();
    }
    step
}

fn opcode(opcode: u8) -> Value {
    match Opcode::new(opcode).name() {
        Some(name) => name.to_lowercase().into(),
        None => opcode.into(),
    }
}

/// What was agreed on, as an entry of `deflate`: as the sender of the scenario sees it.
fn agreement(agreed: &str, sender: Sender) -> Value {
    let mut entry = json!({});
    for param in agreed.split(';').map(str::trim) {
        let (name, value) =
            param.split_once('=').map_or((param, ""), |(name, value)| (name.trim(), value.trim()));
        let (whose, what) = match name.split_once('_') {
            Some(("server", what)) => (Sender::Server, what),
            Some(("client", what)) => (Sender::Client, what),
            _ => continue,
        };
        let key = if whose == sender { format!("own_{what}") } else { what.to_owned() };
        entry[key] = value.trim_matches('"').parse::<u8>().map_or(Value::Bool(true), Into::into);
    }
    entry
}

fn octets(octets: &[u8]) -> Value {
    match std::str::from_utf8(octets) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) => {
            json!({"text": text})
        }
        _ => json!({"hex": hex(octets)}),
    }
}

fn side(sender: Sender) -> &'static str {
    match sender {
        Sender::Client => "client",
        Sender::Server => "server",
    }
}

fn name(connection: &Connection) -> &str {
    if connection.name.is_empty() { "octets" } else { &connection.name }
}
