//! Cases that are judged step by step: what the testee must do in its place. None of Autobahn's is.

use std::time::Duration;

use super::assess::received;
use super::timers::TimerKind;
use super::{Session, State};
use crate::case::{Clause, ExpectStep, Otherwise, RefuseStep, SilenceStep, Step};
use crate::event::Event;
use crate::finding::{Ended, Finding, FindingKind, Received};
use crate::verdict::{Behavior, Verdict};

/// Where the dialogue is.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    /// Events that steps have looked at.
    seen: usize,
    /// When the step at hand began to wait.
    waits_since: Option<Duration>,
    /// What steps found missing.
    findings: Vec<Finding>,
}

impl Dialogue {
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// What a step that waits comes to.
enum Met {
    /// The script goes on.
    Yes,
    /// Not yet.
    Waits,
    /// It is not what was asked for.
    No(Finding, Otherwise),
}

impl Session<'_> {
    /// Does a step that waits. Answers whether the script goes on at once.
    pub(super) fn await_step(&mut self, step: &Step, within: Duration, now: Duration) -> bool {
        match self.look(step, false, now) {
            Met::Yes => true,
            Met::No(finding, otherwise) => self.missed(finding, otherwise, step, now),
            Met::Waits => {
                self.dialogue.waits_since = Some(now);
                self.arm(TimerKind::Script, within, now);
                false
            }
        }
    }

    /// Something came, or the connection ended: whether that is what the script waits for.
    pub(super) fn dialogue_goes_on(&mut self, now: Duration) {
        self.look_again(false, now);
    }

    /// The time of the step that waits is over.
    pub(super) fn dialogue_timed_out(&mut self, now: Duration) {
        self.look_again(true, now);
    }

    fn look_again(&mut self, time_is_up: bool, now: Duration) {
        if self.dialogue.waits_since.is_none() {
            return;
        }
        let case = self.case;
        let Some(step) = self.script.current().and_then(|at| case.steps.get(at)) else { return };
        let goes_on = match self.look(step, time_is_up, now) {
            Met::Waits => return,
            Met::Yes => true,
            Met::No(finding, otherwise) => self.missed(finding, otherwise, step, now),
        };
        self.dialogue.waits_since = None;
        self.timers.cancel(TimerKind::Script);
        if goes_on {
            self.run_script(now);
        }
    }

    fn look(&mut self, step: &Step, time_is_up: bool, now: Duration) -> Met {
        match step {
            Step::Expect(expect) => self.look_for(expect, time_is_up, now),
            Step::ExpectSilence(silence) => self.look_for_silence(silence, time_is_up),
            Step::Refuse(refuse) => self.look_for_refusal(refuse, time_is_up, now),
            _ => Met::Yes,
        }
    }

    fn look_for(&mut self, expect: &ExpectStep, time_is_up: bool, now: Duration) -> Met {
        while let Some(event) = self.received.get(self.dialogue.seen) {
            self.dialogue.seen += 1;
            if *event == expect.event {
                return Met::Yes;
            }
            if !matches!(event, Event::Pong { .. }) {
                let (expected, received) = (received([&expect.event]), received([event]));
                let kind = FindingKind::WrongEvents { expected, received, ended: Ended::Answer };
                return Met::No(kind.into(), expect.otherwise);
            }
        }
        if !self.has_ended() && !time_is_up {
            return Met::Waits;
        }
        let ended = match self.has_ended() {
            true => self.ended(),
            false => Ended::Silence { waited_us: self.waited_us(now) },
        };
        let kind = FindingKind::WrongEvents {
            expected: received([&expect.event]),
            received: Received::default(),
            ended,
        };
        Met::No(kind.into(), expect.otherwise)
    }

    fn look_for_silence(&mut self, silence: &SilenceStep, time_is_up: bool) -> Met {
        let came = self.messages_not_seen();
        if !came.first.is_empty() {
            self.dialogue.seen = self.received.len();
            return Met::No(FindingKind::NotSilent { received: came }.into(), silence.otherwise);
        }
        // One that has ended says nothing any more.
        if time_is_up || self.has_ended() { Met::Yes } else { Met::Waits }
    }

    fn look_for_refusal(&mut self, refuse: &RefuseStep, time_is_up: bool, now: Duration) -> Met {
        if !self.has_ended() && !time_is_up {
            return Met::Waits;
        }
        let came = self.messages_not_seen();
        let due = refuse.codes.first().copied().unwrap_or(1002);
        if !self.has_ended() {
            let waited_us = self.waited_us(now);
            let kind = FindingKind::NotFailed { due, waited_us, received: came };
            return Met::No(kind.into(), Otherwise::Fail);
        }
        if !came.first.is_empty() {
            let (expected, ended) = (Received::default(), self.ended());
            return Met::No(
                FindingKind::WrongEvents { expected, received: came, ended }.into(),
                Otherwise::Fail,
            );
        }
        match self.manner_of_refusal(due) {
            Some(note) => Met::No(note, Otherwise::Note),
            None => Met::Yes,
        }
    }

    /// The step did not get what it waits for. Answers whether the script goes on.
    fn missed(&mut self, mut finding: Finding, otherwise: Otherwise, step: &Step, now: Duration) -> bool {
        if let Some(weight) = otherwise.weight() {
            // What a finding says of itself, as that of a code does, is told by its own rule.
            if finding.clause.is_none() || weight == Verdict::Fail {
                let clause = own_clause(step).or_else(|| self.case.clauses.first());
                finding.level = clause.map(|clause| clause.level);
                finding.clause = clause.map(|clause| clause.section.clone().into()).or(finding.clause);
            }
            self.dialogue.findings.push(finding.weighing(weight).at(now));
        }
        if otherwise.ends() {
            self.script.end(self.case.steps.len());
            self.end_dialogue(now);
        }
        !otherwise.ends()
    }

    /// The script is over: we close, unless the testee has.
    pub(super) fn end_dialogue(&mut self, now: Duration) {
        let code = self.case.close.codes.first().copied().unwrap_or(1000);
        self.shut_with_code(if self.case.close.by_fuzzer { code } else { 1000 }, now);
    }

    /// The testee has closed, or TCP is gone.
    fn has_ended(&self) -> bool {
        self.ends.first.is_some() || self.ends.tcp.is_some() || self.state == State::Closed
    }

    fn waited_us(&self, now: Duration) -> u64 {
        now.saturating_sub(self.dialogue.waits_since.unwrap_or(now)).as_micros() as u64
    }

    /// The messages that no step has looked at.
    fn messages_not_seen(&self) -> Received {
        let rest = self.received.get(self.dialogue.seen..).unwrap_or_default();
        received(rest.iter().filter(|event| matches!(event, Event::Message { .. })))
    }

    /// Autobahn's main verdict on a dialogue.
    pub(super) fn dialogue_behavior(&self) -> (Behavior, String) {
        let worst = self.dialogue.findings.iter().map(|finding| finding.weight).max();
        let all = self.facts.opened && self.script.is_over(self.case.steps.len());
        let behavior = match worst {
            None | Some(Verdict::Pass) if all => Behavior::Ok,
            Some(Verdict::PassWithNotes) if all => Behavior::NonStrict,
            _ => Behavior::Failed,
        };
        let result = match behavior {
            Behavior::Ok | Behavior::NonStrict => "Actual events match at least one expected.",
            _ => "Actual events differ from any expected.",
        };
        (behavior, result.to_owned())
    }
}

fn own_clause(step: &Step) -> Option<&Clause> {
    match step {
        Step::Expect(expect) => expect.clause.as_ref(),
        Step::ExpectSilence(silence) => silence.clause.as_ref(),
        Step::Refuse(refuse) => refuse.clause.as_ref(),
        _ => None,
    }
}
