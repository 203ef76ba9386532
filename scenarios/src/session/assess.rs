//! Our own single verdict, by the strength of the rules that were kept or broken.
//!
//! It starts from the same facts as Autobahn's two and departs from them where they pass a testee that did nothing, or
//! fail one that did nothing wrong; `docs/differences.md` lists the departures.

use super::Session;
use super::judge::{Breach, Judgement};
use crate::case::{Judge, Step};
use crate::event::Event;
use crate::payload::Payload;
use crate::verdict::{Behavior, BehaviorClose, Verdict};

/// A finding: how much it weighs, and what to say of it.
type Finding = (Verdict, String);

fn fail(text: impl Into<String>) -> Finding {
    (Verdict::Fail, text.into())
}

fn note(text: impl Into<String>) -> Finding {
    (Verdict::PassWithNotes, text.into())
}

/// Codes for "too much for me": a limit that the testee declares (RFC 6455 §7.4.1).
const LIMIT_CODES: [u16; 2] = [1008, 1009];

/// Messages from this size on may meet a limit of the testee: 16 KiB.
const LARGE: u64 = 1 << 14;

/// Codes that no rule defines, and none forbids to receive (RFC 6455 §7.4.2).
fn is_unassigned(code: u16) -> bool {
    matches!(code, 1004 | 1016..=2999)
}

impl Session<'_> {
    /// The verdict and the reason for it, for people. `close` is the verdict on the close before a case for information
    /// covers it.
    pub(super) fn assess(&self, judgement: &Judgement, close: BehaviorClose) -> Finding {
        if let Some(finding) = self.hindrance() {
            return finding;
        }
        let mut findings: Vec<Finding> = self.own_breaches();
        if self.case.judge == Judge::Informational {
            findings.push(note(judgement.result.clone()));
        } else if self.case.close.by_fuzzer {
            findings.extend(self.content(judgement));
            if let Some(departure) = &self.progress.answer_departs {
                findings.push(fail(departure.clone()));
            }
            findings.extend(self.answer_to_our_close(close));
        } else {
            findings.extend(self.refusal(judgement));
        }
        let worst = findings.iter().map(|(verdict, _)| *verdict).max().unwrap_or(Verdict::Pass);
        let texts: Vec<String> =
            findings.into_iter().filter(|(verdict, _)| *verdict == worst).map(|(_, text)| text).collect();
        match worst {
            Verdict::Pass => (Verdict::Pass, "As expected.".to_owned()),
            _ => (worst, sentence(&texts.join("; "))),
        }
    }

    /// What keeps the case from being judged at all.
    fn hindrance(&self) -> Option<Finding> {
        let facts = &self.facts;
        if !facts.opened {
            let why = facts.was_not_clean_reason.as_deref().unwrap_or("it was cut off");
            return Some(fail(sentence(&format!("the opening handshake was not completed: {why}"))));
        }
        if self.progress.flooded {
            return Some(fail("The testee sends without end; it was cut off."));
        }
        let declared_limit = facts.remote_close_code.is_some_and(|code| LIMIT_CODES.contains(&code));
        if declared_limit && self.case.load() >= LARGE && !self.progress.timed_out && !self.progress.killed {
            let code = facts.remote_close_code.unwrap_or_default();
            let why = facts.remote_close_reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            return Some((
                Verdict::Limit,
                format!("The testee declares a limit: it closed with code {code}{why}."),
            ));
        }
        let streams = self.case.steps.iter().any(|step| matches!(step, Step::StreamHeader { .. }));
        (streams && self.progress.pinged).then(|| {
            let why = "The testee sent a ping while our frame was half sent, and the pong went into that frame, as it \
                       does with Autobahn: this case can't be judged. Switch the testee's keepalive off.";
            (Verdict::Incomplete, why.to_owned())
        })
    }

    /// What the testee broke in what it sent.
    fn own_breaches(&self) -> Vec<Finding> {
        let carries = |code| format!("its close frame carries the code {code}");
        let breaks = |what: &str| fail(format!("the testee itself breaks the protocol: {what}"));
        let finding = |breach: &Breach| match *breach {
            Breach::Rule(rule) => Some(breaks(rule)),
            // Registered with IANA since Autobahn was written.
            Breach::CloseCode(1012..=1014) => None,
            Breach::CloseCode(code) if is_unassigned(code) => {
                Some(note(format!("{}, which is not assigned (RFC 6455 §7.4.2)", carries(code))))
            }
            Breach::CloseCode(code) => Some(breaks(&carries(code))),
        };
        self.progress.breaches.iter().filter_map(finding).collect()
    }

    /// Whether what came is what was asked for.
    fn content(&self, judgement: &Judgement) -> Option<Finding> {
        if judgement.behavior == Behavior::Unimplemented {
            return Some((
                Verdict::Unimplemented,
                "the testee did not agree to permessage-deflate".to_owned(),
            ));
        }
        if self.progress.content_differs {
            return Some(fail("the message came back with other octets than were sent"));
        }
        if matches!(self.case.judge, Judge::Size { .. } | Judge::EchoLoop | Judge::CorpusLoop) {
            return (judgement.behavior == Behavior::Failed)
                .then(|| fail(self.silence_or(&judgement.result)));
        }
        match self.matched(&self.received) {
            Some(Behavior::Ok) => None,
            Some(_) => Some(note("what came is legal, but not what good practice asks")),
            None => Some(self.near_miss().map_or_else(|| fail(self.difference()), note)),
        }
    }

    /// Events that differ from the expected ones in a way that the RFC allows.
    fn near_miss(&self) -> Option<&'static str> {
        let expected = &self.case.accept.first()?.events;
        let pings = |event: &&Event<Payload>| matches!(event, Event::Pong { .. });
        let is_answer = |event: &Event<Payload>| expected.contains(event);
        let asked: Vec<_> = self.received.iter().filter(|e| !pings(e) || is_answer(e)).cloned().collect();
        if asked == *expected {
            return Some("the testee sends pongs that answer no ping, as RFC 6455 §5.5.3 allows");
        }
        let only_pongs = expected.len() > 1 && expected.iter().all(|e| pings(&e));
        if only_pongs && asked.last() == expected.last() && is_subsequence(&asked, expected) {
            return Some("the testee answers only the latest of several pings, as RFC 6455 §5.5.3 allows");
        }
        let messages =
            |events: &[Event<Payload>]| events.iter().filter(|e| !pings(e)).cloned().collect::<Vec<_>>();
        let pongs = |events: &[Event<Payload>]| events.iter().filter(pings).cloned().collect::<Vec<_>>();
        let same = messages(&asked) == messages(expected) && pongs(&asked) == pongs(expected);
        same.then_some("the pong came late: RFC 6455 §5.5.2 asks for it as soon as is practical")
    }

    /// How the events differ, in words.
    fn difference(&self) -> String {
        let expected = self.case.accept.first().map(|a| &a.events[..]).unwrap_or_default();
        let text = format!("expected {}, received {}", describe(expected), describe(&self.received));
        self.silence_or(&text)
    }

    /// Adds what ended the wait.
    fn silence_or(&self, text: &str) -> String {
        let code = self
            .facts
            .remote_close_code
            .map_or("without a code".to_owned(), |code| format!("with code {code}"));
        if self.progress.killed || self.progress.timed_out {
            format!("{text}, then nothing until the time was up")
        } else if !self.facts.closed_by_me && self.facts.was_clean {
            format!("{text}; the testee closed {code}")
        } else if !self.facts.closed_by_me && !self.facts.dropped_by_me {
            format!("{text}; the testee dropped TCP")
        } else {
            text.to_owned()
        }
    }

    /// Whether our close frame was answered as it must be.
    fn answer_to_our_close(&self, close: BehaviorClose) -> Option<Finding> {
        let (facts, rule) = (&self.facts, &self.case.close);
        if !self.progress.breaches.is_empty() {
            return None; // Told already; what follows is our answer to it.
        }
        if !facts.closed_by_me {
            return Some(fail(self.silence_or("the testee did not wait for our close frame")));
        }
        if facts.was_close_handshake_timeout {
            return Some(fail(
                "our close frame was neither answered nor TCP dropped in time (RFC 6455 §5.5.1)",
            ));
        }
        if rule.require_clean && !facts.was_clean && !facts.was_server_connection_drop_timeout {
            return Some(fail("TCP was dropped without an answer to our close frame (RFC 6455 §5.5.1)"));
        }
        if facts.was_server_connection_drop_timeout || close == BehaviorClose::FailedByClient {
            return Some(fail("the server kept TCP open after the closing handshake (RFC 6455 §7.1.1)"));
        }
        if close == BehaviorClose::WrongCode && !self.progress.killed {
            return self.wrong_code();
        }
        (!facts.was_clean)
            .then(|| note("TCP was dropped without a close frame, which should come first (RFC 6455 §7.1.7)"))
    }

    /// Our close frame was answered with a code that the case does not accept.
    fn wrong_code(&self) -> Option<Finding> {
        let got = self.facts.remote_close_code?;
        let sent = self.facts.local_close_code;
        let illegal = !self.case.close.require_clean;
        // Codes that nobody may send are told from those that are merely not assigned.
        let unassigned = sent.is_some_and(is_unassigned) && self.facts.local_close_reason.is_none();
        Some(if illegal && !unassigned {
            fail(format!("an illegal close frame was answered with code {got}, as if it were legal"))
        } else {
            let wanted: Vec<String> = self.case.close.codes.iter().map(u16::to_string).collect();
            note(format!("our close frame was answered with code {got}; usual is {}", wanted.join(" or ")))
        })
    }

    /// Whether the testee failed the connection as it must.
    fn refusal(&self, judgement: &Judgement) -> Vec<Finding> {
        let (facts, codes) = (&self.facts, &self.case.close.codes);
        if self.progress.breaches.iter().any(|breach| matches!(breach, Breach::Rule(_))) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        match self.matched(&self.received) {
            Some(Behavior::Ok) => {}
            Some(_) => findings.push(note(if self.case.close.wrong_endpoint_fatal {
                "the testee saw only at the end of the message that it is not UTF-8 (RFC 6455 §8.1)"
            } else {
                "the echo of the legal message before was lost"
            })),
            None => findings.push(fail(self.difference())),
        }
        let code = codes.first().copied().unwrap_or(1002);
        if self.progress.killed {
            findings.push(fail(format!("the testee did not fail the connection; code {code} was expected")));
        } else if facts.was_server_connection_drop_timeout {
            findings.push(fail("the server kept TCP open after it closed (RFC 6455 §7.1.1)"));
        } else if judgement.behavior_close == BehaviorClose::WrongCode {
            let got = facts.remote_close_code.unwrap_or_default();
            findings.push(note(format!(
                "the testee closed with code {got}; {code} says what was wrong (RFC 6455 §7.4.1)"
            )));
        } else if facts.remote_close_code.is_none() {
            findings.push(note(match facts.was_clean {
                true => {
                    format!("the testee closed without a code; {code} says what was wrong (RFC 6455 §7.4.1)")
                }
                false => "TCP was dropped without a close frame, which should come first (RFC 6455 §7.1.7)"
                    .to_owned(),
            }));
        }
        findings
    }
}

/// First letter in upper case, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest = chars.as_str().trim_end_matches('.');
    format!("{first}{rest}.")
}

fn is_subsequence(part: &[Event<Payload>], whole: &[Event<Payload>]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|event| rest.any(|other| other == event))
}

/// Events for people: `a text of 5 octets, a pong`.
fn describe(events: &[Event<Payload>]) -> String {
    const SHOWN: usize = 4;
    let one = |event: &Event<Payload>| match event {
        Event::Message { binary, payload } => {
            format!("a {} message of {} octets", if *binary { "binary" } else { "text" }, payload.len())
        }
        Event::Pong { payload } => format!("a pong of {} octets", payload.len()),
        Event::Timeout { label } => format!("the end of wait {label}"),
    };
    let mut texts: Vec<String> = events.iter().take(SHOWN).map(one).collect();
    if events.len() > SHOWN {
        texts.push(format!("{} more", events.len() - SHOWN));
    }
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
}
