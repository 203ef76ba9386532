//! `wsproof explain`: a case in words.

use std::fmt::Write as _;

use wsproof_core::Count;
use wsproof_core::close::ClosePayload;
use wsproof_core::frame::Opcode;
use wsproof_scenarios::case::{CloseRule, FrameStep, Judge, Masking, Otherwise, Step};
use wsproof_scenarios::profile::Profile;
use wsproof_scenarios::select::Selection;
use wsproof_scenarios::{Case, CaseId, Event, Payload, catalogue};

use crate::args::Explain;
use crate::exit::{Exit, Failure};
use crate::output::Channel;

/// So many octets of a payload are shown.
const SHOWN: usize = 40;

/// Runs the command.
///
/// # Errors
/// There is no such case, or what was given stands for several.
pub fn run(options: &Explain) -> Result<Exit, Failure> {
    let available: Vec<CaseId> = catalogue::all().iter().map(|case| case.id).collect();
    let asked = std::slice::from_ref(&options.id);
    let selection = Selection::strict(asked, &[], &available).map_err(Failure::wrong_use)?;
    match &selection.cases[..] {
        [id] => {
            let case =
                catalogue::find(*id).ok_or_else(|| Failure::wrong_use(format!("there is no case {id}")))?;
            Channel::Out.line(explain(case).trim_end());
            Ok(Exit::Good)
        }
        several => Err(Failure::wrong_use(format!(
            "`{}` stands for {} cases; `wsproof cases {}` lists them",
            options.id.escape_debug(),
            several.len(),
            options.id.escape_debug()
        ))),
    }
}

/// All about a case: what it is for, what it sends, what it accepts, and why.
pub fn explain(case: &Case) -> String {
    let palette = Channel::Out.palette();
    let mut text = palette.bold(&format!("Case {}", case.id));
    let section = case.id.section();
    let _ = write!(text, "  {section} {}", catalogue::section_title(section));
    let group = catalogue::group_title(&case.id.group());
    if !group.is_empty() {
        let _ = write!(text, ", {group}");
    }
    // That of the default profile tells its count and Autobahn's, which is the script's.
    let description = Profile::default().find(case.id).map_or(&case.description, |usual| &usual.description);
    let _ = writeln!(text, "\n\n{description}\n\nA right testee: {}", case.expectation);
    if !case.clauses.is_empty() {
        let _ = writeln!(text, "\n{}", palette.bold("Rules"));
        for clause in &case.clauses {
            let _ =
                writeln!(text, "  {:<6} {}", format!("{:?}", clause.level).to_uppercase(), clause.section);
        }
    }
    let _ = writeln!(text, "\n{}", palette.bold("Script"));
    for (number, step) in case.steps.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", number + 1, describe(step));
    }
    let _ = writeln!(text, "\n{}", palette.bold("Accepted"));
    accepted(&mut text, case);
    let _ = writeln!(text, "\n{}", palette.bold("End of the connection"));
    closing(&mut text, &case.close);
    text
}

fn describe(step: &Step) -> String {
    match step {
        Step::Frame(frame) => format!("send {}", self::frame(frame)),
        Step::Expect(expect) => format!(
            "wait up to {} s for {}{}",
            expect.within.as_secs_f64(),
            event(&expect.event),
            otherwise(expect.otherwise)
        ),
        Step::ExpectSilence(silence) => format!(
            "wait {} s, in which no message may come{}",
            silence.seconds.as_secs_f64(),
            otherwise(silence.otherwise)
        ),
        Step::Refuse(refuse) => format!(
            "wait up to {} s until the testee fails the connection, with code {}",
            refuse.within.as_secs_f64(),
            refuse.codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
        ),
        Step::Octets { payload, chop } => {
            let cut = match chop {
                Some(octets) => format!(", in pieces of {}", Count(u64::from(*octets), "octet")),
                None => String::new(),
            };
            format!("write {} as they are{cut}: {}", octets(payload), show(payload, true))
        }
        Step::Message { binary, payload, fragment } => {
            let cut = match fragment {
                Some(octets) => format!(", in frames of {}", Count(u64::from(*octets), "octet")),
                None => String::new(),
            };
            format!("send a {} message{cut}: {}", kind(*binary), show(payload, !binary))
        }
        Step::Close { payload } => format!("send a close frame: {}", close_payload(payload)),
        Step::StreamBegin { binary } => {
            format!("begin a {} message of which frames are written in pieces", kind(*binary))
        }
        Step::StreamHeader { octets } => {
            format!("write the header of a frame (FIN=0) of {}", Count(*octets, "octet"))
        }
        Step::StreamData { payload } => {
            format!("write the next {} of that frame: {}", octets(payload), show(payload, true))
        }
        Step::StreamEnd => "end the message with an empty final frame".to_owned(),
        Step::Wait { seconds, record: None } => format!("wait {} s", seconds.as_secs_f64()),
        Step::Wait { seconds, record: Some(label) } => {
            format!(
                "wait {} s; if the connection is still open then, note timeout {label} and go on",
                seconds.as_secs_f64()
            )
        }
        Step::KillAfter { seconds } => {
            format!("in {} s fail the connection with code 1001, if it is still open", seconds.as_secs_f64())
        }
        Step::CloseAfter { seconds } => {
            format!(
                "in {} s send an empty close frame, if the connection is still open",
                seconds.as_secs_f64()
            )
        }
        Step::AutoFragment { octets: 0 } => "send messages in one frame from here on".to_owned(),
        Step::AutoFragment { octets } => {
            format!("cut messages into frames of {} from here on", Count(u64::from(*octets), "octet"))
        }
        Step::QuietLog { .. } => "stop logging: too many octets follow".to_owned(),
        Step::RequireDeflate => {
            "without permessage-deflate: close with code 1000, the case is UNIMPLEMENTED".to_owned()
        }
        Step::CorpusLoop { corpus, units, count } => format!(
            "{count} times: send a compressed {} message, the next {units} {} of the {corpus:?} corpus, and wait for its echo",
            kind(corpus.is_binary()),
            if corpus.is_binary() { "octets" } else { "characters" }
        ),
        Step::EchoLoop { count, frame } => {
            format!("{count} times: send {}, and wait for its echo", self::frame(frame))
        }
    }
}

/// What it means if a step does not get what it waits for.
fn otherwise(otherwise: Otherwise) -> &'static str {
    match otherwise {
        Otherwise::Fail => "; otherwise the case fails",
        Otherwise::Note => "; otherwise a note",
        Otherwise::Incomplete => "; otherwise the case can't be judged",
        Otherwise::GoOn => ", or go on without it",
    }
}

fn frame(frame: &FrameStep) -> String {
    let mut text = format!(
        "{} frame",
        frame.opcode.name().map_or_else(|| format!("opcode {}", frame.opcode), str::to_owned)
    );
    let _ = write!(text, ", FIN={}", u8::from(frame.fin));
    if frame.rsv != 0 {
        let bits: Vec<&str> = [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")]
            .into_iter()
            .filter(|(bit, _)| frame.rsv & bit != 0)
            .map(|(_, name)| name)
            .collect();
        let _ = write!(text, ", {}", bits.join("+"));
    }
    match frame.mask {
        Masking::AsRole => {}
        Masking::None => text.push_str(", not masked"),
        Masking::Random => text.push_str(", masked"),
        Masking::Key([a, b, c, d]) => {
            let _ = write!(text, ", masked with {a:02x}{b:02x}{c:02x}{d:02x}");
        }
    }
    if let Some(form) = frame.length {
        let _ = write!(text, ", length in {} bits", form.bits());
    }
    if let Some(octets) = frame.announce {
        let _ = write!(text, ", which announces {}", Count(octets, "octet"));
    }
    if let Some(piece) = frame.chop {
        let _ = write!(text, ", in pieces of {}", Count(u64::from(piece), "octet"));
    }
    if frame.opcode == Opcode::CLOSE {
        let _ = write!(text, ": {}", close_payload(&frame.payload));
    } else {
        let _ = write!(text, ": {}", show(&frame.payload, frame.opcode != Opcode::BINARY));
    }
    text
}

fn accepted(text: &mut String, case: &Case) {
    match case.judge {
        Judge::Events | Judge::EventsAndFramesSent { .. } => {
            for alternative in &case.accept {
                let events: Vec<String> = alternative.events.iter().map(event).collect();
                let events = if events.is_empty() { "nothing".to_owned() } else { events.join(", then ") };
                let _ = writeln!(text, "  {:<11} {events}", alternative.behavior);
            }
            let _ = writeln!(text, "  FAILED      anything else");
        }
        Judge::Informational => {
            let _ = writeln!(text, "  INFORMATIONAL, whatever happens");
        }
        Judge::Size { binary, octets } => {
            let _ = writeln!(text, "  OK          a {} message of {}", kind(binary), Count(octets, "octet"));
        }
        Judge::EchoLoop => {
            let _ = writeln!(text, "  OK          every message comes back with its type and length");
        }
        Judge::Steps => {
            let _ = writeln!(text, "  by the steps that wait");
        }
        Judge::CorpusLoop => {
            let _ = writeln!(text, "  OK          every message comes back with its type and octets");
            let _ = writeln!(text, "  UNIMPLEMENTED without permessage-deflate");
        }
    }
}

fn event(event: &Event<Payload>) -> String {
    match event {
        Event::Message { binary, payload } => format!("{} message {}", kind(*binary), show(payload, !binary)),
        Event::Pong { payload } => format!("pong {}", show(payload, true)),
        Event::Timeout { label } => format!("timeout {label}"),
    }
}

fn closing(text: &mut String, rule: &CloseRule) {
    let first = if rule.by_fuzzer { "we close" } else { "the testee closes, or fails the connection" };
    let codes: Vec<String> = rule.codes.iter().map(u16::to_string).collect();
    let _ = writeln!(text, "  {first}; close code of the testee: {} or none", codes.join(", "));
    if rule.auto_close {
        let _ = writeln!(
            text,
            "  we close with {} as soon as all that is accepted has come",
            codes.first().map_or("no code", String::as_str)
        );
    }
    if rule.require_clean {
        let _ = writeln!(text, "  the closing handshake must be completed in both directions");
    }
    if rule.wrong_endpoint_fatal {
        let _ = writeln!(text, "  closing from the wrong side is FAILED");
    }
    if rule.wrong_code_fatal {
        let _ = writeln!(text, "  a wrong close code is FAILED");
    }
}

fn kind(binary: bool) -> &'static str {
    if binary { "binary" } else { "text" }
}

fn octets(payload: &Payload) -> Count {
    Count(payload.len(), "octet")
}

/// Code and reason, or what stands in their place.
fn close_payload(payload: &Payload) -> String {
    let head = payload.head(125);
    match ClosePayload::parse(&head) {
        Ok(ClosePayload { code: None, .. }) => "no payload".to_owned(),
        Ok(ClosePayload { code: Some(code), reason: "" }) => format!("code {}", code),
        Ok(ClosePayload { code: Some(code), reason }) => {
            format!("code {}, reason \"{}\"", code, reason.escape_debug())
        }
        Err(_) => match head[..] {
            [high, low, ref reason @ ..] if payload.len() <= 125 => {
                let code = u16::from_be_bytes([high, low]);
                format!("code {code}, {} of reason: {}", reason.len(), show(&Payload::bytes(reason), true))
            }
            _ => show(payload, false),
        },
    }
}

/// Length, and the first octets as text where they are some, else in hexadecimal.
fn show(payload: &Payload, as_text: bool) -> String {
    if payload.is_empty() {
        return "empty".to_owned();
    }
    let head = payload.head(SHOWN);
    let more = if payload.len() > head.len() as u64 { "…" } else { "" };
    // A character may be cut at the end of what is shown, and only there.
    let text = match std::str::from_utf8(&head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && !more.is_empty() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let shown = match text {
        Some(text) if as_text => format!("\"{}\"", text.escape_debug()),
        _ => head.iter().map(|octet| format!("{octet:02x}")).collect(),
    };
    format!("{}, {shown}{more}", octets(payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_can_be_explained() {
        for case in catalogue::all() {
            let text = explain(case);
            assert!(
                text.contains(&case.description) && text.contains("Script") && text.contains("Accepted"),
                "{text}"
            );
            assert!(text.lines().all(|line| !line.chars().any(char::is_control)), "{text}");
        }
    }

    #[test]
    fn payloads_are_readable() {
        assert_eq!(show(&Payload::bytes("hello"), true), "5 octets, \"hello\"");
        assert_eq!(show(&Payload::bytes([0xff]), true), "1 octet, ff");
        assert_eq!(show(&Payload::repeat("é", 1000), true), format!("1000 octets, \"{}\"…", "é".repeat(20)));
        assert_eq!(close_payload(&Payload::bytes([0x03, 0xe8])), "code 1000");
        assert_eq!(close_payload(&Payload::bytes([])), "no payload");
        assert!(close_payload(&Payload::bytes([0x00, 0x00])).starts_with("code 0"));
    }
}
