//! Whether the testee sent what the case expects.

use super::super::Session;
use super::super::judge::Judgement;
use super::received;
use crate::case::{Judge, Step};
use crate::event::Event;
use crate::finding::{Ended, Finding, FindingKind};
use crate::payload::Payload;
use crate::verdict::Behavior;

/// Messages from so many octets on are compressed by those who do so at all; shorter ones often are not.
const WORTH_COMPRESSING: u64 = 1 << 12;

impl Session<'_> {
    pub(super) fn content(&self, judgement: &Judgement) -> Option<Finding> {
        if judgement.behavior == Behavior::Unimplemented {
            return Some(FindingKind::NoCompression { why: self.no_compression() }.into());
        }
        if self.progress.content_differs {
            return Some(FindingKind::ContentDiffers.into());
        }
        if self.progress.unreadable {
            return None;
        }
        match self.case.judge {
            Judge::Size { binary, octets } => self.single_message(Event::Message { binary, payload: octets }),
            Judge::EchoLoop | Judge::CorpusLoop => self.echoes(),
            _ => match self.matched(self.answers()) {
                Some(Behavior::Ok) => None,
                Some(_) => Some(FindingKind::NotStrict.into()),
                None => Some(self.near_miss().unwrap_or_else(|| self.wrong_events())),
            },
        }
    }

    fn single_message(&self, expected: Event<u64>) -> Option<Finding> {
        let progress = &self.progress;
        if progress.is_right() {
            return progress.ponged.then(|| FindingKind::StrayPongs.into());
        }
        if progress.ponged {
            return Some(FindingKind::ClosedAtPong.into());
        }
        if let [Event::Message { binary, payload }, ..] = &self.progress.late[..]
            && expected == (Event::Message { binary: *binary, payload: payload.len() })
        {
            return Some(FindingKind::LateAnswer.into());
        }
        let received = progress.wrong.clone();
        let ended = if received.is_some() { Ended::Answer } else { self.ended() };
        Some(FindingKind::WrongMessage { expected, received, ended }.into())
    }

    fn echoes(&self) -> Option<Finding> {
        let progress = &self.progress;
        if progress.is_right() {
            return progress.ponged.then(|| FindingKind::StrayPongs.into());
        }
        let of = self.case.steps.iter().find_map(|step| match step {
            Step::EchoLoop { count, .. } | Step::CorpusLoop { count, .. } => Some(*count),
            _ => None,
        })?;
        let left = match (&self.corpus_loop, self.case.judge) {
            (Some(corpus_loop), _) => corpus_loop.left(),
            (None, Judge::CorpusLoop) => of,
            (None, _) => self.script.round_trips_left,
        };
        let wrong = progress.wrong.clone();
        let ended = if wrong.is_some() { Ended::Answer } else { self.ended() };
        Some(FindingKind::EchoesMissing { came: of.saturating_sub(left), of, wrong, ended }.into())
    }

    fn wrong_events(&self) -> Finding {
        let expected = self.case.accept.first().map(|accepted| &accepted.events[..]).unwrap_or_default();
        FindingKind::WrongEvents {
            expected: received(expected),
            received: received(self.answers()),
            ended: self.ended(),
        }
        .into()
    }

    /// Compression was agreed on, and the testee made no use of it.
    pub(super) fn never_compressed(&self) -> Option<Finding> {
        let unused = self.case.judge == Judge::CorpusLoop
            && self.progress.is_right()
            && self.progress.compressed_messages == 0
            && self.case.longest_message() >= WORTH_COMPRESSING;
        unused.then(|| FindingKind::NeverCompressed.into())
    }

    /// Events that differ from the expected ones in a way that the RFC allows.
    fn near_miss(&self) -> Option<Finding> {
        let expected = &self.case.accept.first()?.events;
        let came = self.answers();
        if is_with_stray_pongs(came, expected) {
            return Some(self.stray_pongs());
        }
        if !self.progress.late.is_empty() {
            let in_the_end = [came, &self.progress.late].concat();
            if in_the_end == *expected || is_with_stray_pongs(&in_the_end, expected) {
                return Some(FindingKind::LateAnswer.into());
            }
        }
        let is_pong = |event: &&Event<Payload>| matches!(event, Event::Pong { .. });
        let is_answer = |event: &Event<Payload>| expected.contains(event);
        let asked: Vec<_> = came.iter().filter(|e| !is_pong(e) || is_answer(e)).cloned().collect();
        let messages =
            |events: &[Event<Payload>]| events.iter().filter(|e| !is_pong(e)).cloned().collect::<Vec<_>>();
        let pongs = |events: &[Event<Payload>]| events.iter().filter(is_pong).cloned().collect::<Vec<_>>();
        let (asked_pongs, expected_pongs) = (pongs(&asked), pongs(expected));
        if messages(&asked) != messages(expected) {
            return None;
        }
        if asked_pongs == expected_pongs {
            return Some(FindingKind::LatePong.into());
        }
        let latest = asked_pongs.last()?;
        let only_latest =
            Some(latest) == expected_pongs.last() && is_subsequence(&asked_pongs, &expected_pongs);
        only_latest.then(|| FindingKind::OnlyLatestPing.into())
    }

    /// Pongs came that the case does not ask for.
    pub(super) fn stray_pongs(&self) -> Finding {
        let pongs = self.received.iter().filter(|event| matches!(event, Event::Pong { .. })).count();
        if self.progress.pongs_after_close as usize == pongs {
            FindingKind::PongAfterClose.into()
        } else {
            FindingKind::StrayPongs.into()
        }
    }
}

/// Whether these are the expected events, and pongs besides.
pub(super) fn is_with_stray_pongs(events: &[Event<Payload>], expected: &[Event<Payload>]) -> bool {
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
