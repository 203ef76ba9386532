//! Our own single verdict, by the strength of the rules that were kept or broken.
//!
//! It starts from the same facts as Autobahn's two and departs from them where they pass a testee that did nothing, or
//! fail one that did nothing wrong; `docs/differences.md` lists the departures.

use wsproof_core::frame::Opcode;

use super::Session;
use super::judge::{Breach, Judgement};
use crate::case::{Alternative, Judge, Step};
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

/// Worth telling, though every rule was kept.
fn remark(text: impl Into<String>) -> Finding {
    (Verdict::Pass, text.into())
}

fn incomplete(text: impl Into<String>) -> Finding {
    (Verdict::Incomplete, text.into())
}

/// "Against my policy": may be said of a rate as well as of a size (RFC 6455 §7.4.1).
const POLICY_VIOLATION: u16 = 1008;

/// "Too big for me" (RFC 6455 §7.4.1).
const TOO_BIG: u16 = 1009;

/// From so many octets on, a message, or all messages together, may meet a limit of the testee: 16 KiB.
const LARGE: u64 = 1 << 14;

/// Messages from so many octets on are compressed by those who do so at all; shorter ones often are not.
const WORTH_COMPRESSING: u64 = 1 << 12;

const STRAY_PONG: &str = "the testee sent pongs that answer no ping, as RFC 6455 §5.5.3 allows";

/// Codes that no rule defines, and none forbids to receive (RFC 6455 §7.4.2).
fn is_unassigned(code: u16) -> bool {
    matches!(code, 1004 | 1016..=2999)
}

/// Codes registered with IANA since Autobahn was written: service restart, try again later, bad gateway.
fn is_new(code: u16) -> bool {
    matches!(code, 1012..=1014)
}

impl Session<'_> {
    /// The verdict and the reason for it, for people. `close` is the verdict on the close before a case for information
    /// covers it.
    pub(super) fn assess(&self, judgement: &Judgement, close: BehaviorClose) -> Finding {
        if let Some(finding) = self.hindrance() {
            return finding;
        }
        let mut findings: Vec<Finding> = self.own_breaches();
        if let Some(limit) = self.declared_limit() {
            findings.push(limit);
        } else if self.case.judge == Judge::Informational {
            findings.push(note(judgement.result.clone()));
        } else if self.case.close.by_fuzzer {
            findings.extend(self.content(judgement));
            findings.extend(self.uncompressed());
            if let Some(departure) = &self.progress.answer_departs {
                findings.push(fail(departure.clone()));
            }
            findings.extend(self.answer_to_our_close(close));
        } else {
            findings.extend(self.refusal());
        }
        let worst = findings.iter().map(|(verdict, _)| *verdict).max().unwrap_or(Verdict::Pass);
        let mut texts: Vec<String> =
            findings.into_iter().filter(|(verdict, _)| *verdict == worst).map(|(_, text)| text).collect();
        if worst == Verdict::Pass {
            texts.insert(0, "as expected".to_owned());
        }
        (worst, sentence(&texts.join("; ")))
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
        self.progress.pong_inside_frame.then(|| {
            incomplete(
                "The testee sent a ping while our frame was half sent, and the pong went into that frame, as it does \
                 with Autobahn: this case can't be judged. Switch the testee's keepalive off.",
            )
        })
    }

    /// The testee closed by itself, and cleanly, because what we sent is too much for it. What it got wrong before that
    /// is told apart.
    fn declared_limit(&self) -> Option<Finding> {
        let (facts, progress) = (&self.facts, &self.progress);
        let code = facts.remote_close_code?;
        let reached = match code {
            TOO_BIG => self.case.longest_message() >= LARGE,
            POLICY_VIOLATION => self.case.load() >= LARGE,
            _ => false,
        };
        let clean = progress.closed_first && facts.was_clean && !facts.was_server_connection_drop_timeout;
        let right_so_far = !progress.content_differs
            && self.case.accept.iter().all(|a| a.events.starts_with(&self.received));
        (reached && clean && right_so_far).then(|| {
            let why = facts.remote_close_reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            (Verdict::Limit, format!("the testee declares a limit: it closed with code {code}{why}"))
        })
    }

    /// What the testee broke in what it sent.
    fn own_breaches(&self) -> Vec<Finding> {
        let carries = |code| format!("its close frame carries the code {code}");
        let breaks = |what: &str| fail(format!("the testee itself breaks the protocol: {what}"));
        let finding = |breach: &Breach| match *breach {
            Breach::Rule(rule) => Some(breaks(rule)),
            Breach::CloseCode(code) if is_new(code) => None,
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
            return self.count(judgement);
        }
        match self.matched(&self.received) {
            Some(Behavior::Ok) => None,
            Some(_) => Some(note("what came is legal, but not what good practice asks")),
            None => Some(self.near_miss().unwrap_or_else(|| fail(self.difference()))),
        }
    }

    /// Whether all messages came where they are counted.
    fn count(&self, judgement: &Judgement) -> Option<Finding> {
        let (progress, ponged) = (&self.progress, self.progress.closed_at_pong.is_some());
        if progress.behavior == Behavior::Ok {
            return ponged.then(|| remark(STRAY_PONG));
        }
        if ponged && matches!(self.case.judge, Judge::Size { .. }) {
            return Some(incomplete(
                "the testee sent a pong that answers no ping, as RFC 6455 §5.5.3 allows, before its echo was there, and \
                 the connection was closed at that, as Autobahn does: this case can't be judged. Switch the testee's \
                 keepalive off",
            ));
        }
        let result = if ponged { &progress.result } else { &judgement.result };
        Some(fail(self.silence_or(result)))
    }

    /// Compression was agreed on, and the testee made no use of it.
    fn uncompressed(&self) -> Option<Finding> {
        let unused = self.case.judge == Judge::CorpusLoop
            && self.progress.behavior == Behavior::Ok
            && self.progress.compressed_messages == 0
            && self.case.longest_message() >= WORTH_COMPRESSING;
        unused.then(|| {
            remark("the testee agreed to permessage-deflate and compressed no message, as RFC 7692 §6 allows")
        })
    }

    /// Events that differ from the expected ones in a way that the RFC allows.
    fn near_miss(&self) -> Option<Finding> {
        let expected = &self.case.accept.first()?.events;
        if is_with_stray_pongs(&self.received, expected) {
            return Some(remark(STRAY_PONG));
        }
        if !self.progress.late.is_empty() {
            let in_the_end = [&self.received[..], &self.progress.late].concat();
            if in_the_end == *expected || is_with_stray_pongs(&in_the_end, expected) {
                return Some(note("the answer is right, but came after the time that the case allows"));
            }
        }
        let is_pong = |event: &&Event<Payload>| matches!(event, Event::Pong { .. });
        let is_answer = |event: &Event<Payload>| expected.contains(event);
        let asked: Vec<_> = self.received.iter().filter(|e| !is_pong(e) || is_answer(e)).cloned().collect();
        let messages =
            |events: &[Event<Payload>]| events.iter().filter(|e| !is_pong(e)).cloned().collect::<Vec<_>>();
        let pongs = |events: &[Event<Payload>]| events.iter().filter(is_pong).cloned().collect::<Vec<_>>();
        let (asked_pongs, expected_pongs) = (pongs(&asked), pongs(expected));
        if messages(&asked) != messages(expected) {
            return None;
        }
        if asked_pongs == expected_pongs {
            return Some(note("the pong came late: RFC 6455 §5.5.2 asks for it as soon as is practical"));
        }
        let latest = asked_pongs.last()?;
        let only_latest =
            Some(latest) == expected_pongs.last() && is_subsequence(&asked_pongs, &expected_pongs);
        only_latest
            .then(|| note("the testee answers only the latest of several pings, as RFC 6455 §5.5.3 allows"))
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
        let told = |breach: &Breach| !matches!(breach, Breach::CloseCode(code) if is_new(*code));
        if self.progress.breaches.iter().any(told) {
            return None; // What follows is our answer to it.
        }
        if !facts.closed_by_me || self.progress.closed_first {
            return Some(fail(self.silence_or("the testee did not wait for our close frame")));
        }
        if facts.remote_close_code.is_some_and(is_new) {
            return self.wrong_code(); // Autobahn fails the connection for it.
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
    fn refusal(&self) -> Vec<Finding> {
        let (facts, codes) = (&self.facts, &self.case.close.codes);
        if self.progress.breaches.iter().any(|breach| matches!(breach, Breach::Rule(_))) {
            return Vec::new();
        }
        let mut findings = Vec::new();
        match self.matched(&self.received) {
            Some(Behavior::Ok) => {}
            Some(_) => findings.push(note(self.not_strict())),
            None => match self.case.accept.iter().find(|a| is_with_stray_pongs(&self.received, &a.events)) {
                Some(Alternative { behavior: Behavior::Ok, .. }) => findings.push(remark(STRAY_PONG)),
                Some(_) => findings.push(note(format!("{}; {STRAY_PONG}", self.not_strict()))),
                None => findings.push(fail(self.difference())),
            },
        }
        if self.answers_any_close() {
            findings.push(incomplete(
                "the testee's close frame has no code: it may refuse our bad close frame, or answer it as if it were \
                 good, so this case can't be judged",
            ));
            return findings;
        }
        let code = codes.first().copied().unwrap_or(1002);
        if self.progress.killed {
            findings.push(fail(format!("the testee did not fail the connection; code {code} was expected")));
        } else if facts.was_server_connection_drop_timeout {
            findings.push(fail("the server kept TCP open after it closed (RFC 6455 §7.1.1)"));
        } else if let Some(got) = facts.remote_close_code.filter(|got| !codes.contains(got)) {
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

    /// What it means that a testee failed the connection in the second best way.
    fn not_strict(&self) -> &'static str {
        if self.case.close.wrong_endpoint_fatal {
            "the testee did not fail the connection within the second after the octet that is not UTF-8, only once the \
             rest of the message was sent: it looks at whole messages only, or is slow (RFC 6455 §8.1)"
        } else {
            "the echo of the legal message before was lost"
        }
    }

    /// The bad frame is a close frame, and what came could also be the answer to a good one.
    fn answers_any_close(&self) -> bool {
        let bad_close = |step: &Step| matches!(step, Step::Frame(frame) if frame.opcode == Opcode::CLOSE);
        self.case.steps.iter().any(bad_close)
            && self.progress.closed_first
            && self.facts.remote_close_code.is_none()
    }
}

/// First letter in upper case, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest = chars.as_str().trim_end_matches('.');
    format!("{first}{rest}.")
}

/// Whether these are the expected events, and pongs besides.
fn is_with_stray_pongs(events: &[Event<Payload>], expected: &[Event<Payload>]) -> bool {
    let mut rest = expected.iter().peekable();
    let mut fits = |event: &Event<Payload>| {
        rest.next_if(|wanted| *wanted == event).is_some() || matches!(event, Event::Pong { .. })
    };
    events.iter().all(&mut fits) && rest.peek().is_none()
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
