//! Progress while cases run: a bar, a line a case, or nothing; as JSON lines for programs.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use wsproof_report::visible::visible_short;
use wsproof_scenarios::finding::{Finding, Rerun};
use wsproof_scenarios::{Behavior, BehaviorClose, CaseId, Outcome, Testee, Verdict};

use crate::output::{Channel, Palette};

/// Reasons are cut to so many characters in a line.
const MAX_REASON: usize = 160;

/// Without a bar, a line tells what is going on after this long without output.
const SILENCE: Duration = Duration::from_secs(10);

/// So many running cases are named.
const MAX_NAMED: usize = 4;

/// How often the bar shows that time passes.
const TICK: Duration = Duration::from_millis(250);

/// How progress is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Nothing while cases run.
    pub quiet: bool,
    /// JSON lines on standard output; text for people goes to standard error.
    pub json: bool,
}

impl Style {
    /// Where text for people goes.
    pub fn channel(self) -> Channel {
        if self.json { Channel::Err } else { Channel::Out }
    }
}

/// Shows outcomes as they come.
#[derive(Debug)]
pub struct Progress {
    style: Style,
    palette: Palette,
    bar: Option<ProgressBar>,
    /// Cases that are running, the oldest first.
    running: VecDeque<CaseId>,
    done: usize,
    of: Option<usize>,
    begun: Instant,
    last_line: Instant,
}

impl Progress {
    /// For a run of so many cases, if that is known. On a terminal a bar is shown, elsewhere a line a case.
    pub fn new(style: Style, title: &str, cases: Option<usize>) -> Self {
        let channel = style.channel();
        // The bar is drawn on standard error, the lines above it too: both must be terminals.
        let bar = (!style.quiet && channel.is_terminal() && Channel::Err.is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(cases.map(|n| n as u64), ProgressDrawTarget::stderr());
            let template = if cases.is_some() {
                "{prefix} {wide_bar} {pos}/{len} {elapsed} {msg}"
            } else {
                "{prefix} {spinner} {pos} {elapsed} {msg}"
            };
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_prefix(title.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        });
        let palette = if bar.is_some() { Channel::Err.palette() } else { channel.palette() };
        Self { bar, of: cases, ..Self::silent(style, palette) }
    }

    /// Nothing is shown.
    pub fn none() -> Self {
        Self::silent(Style { quiet: true, json: false }, Palette::PLAIN)
    }

    fn silent(style: Style, palette: Palette) -> Self {
        let now = Instant::now();
        let (running, done) = (VecDeque::new(), 0);
        Self { style, palette, bar: None, running, done, of: None, begun: now, last_line: now }
    }

    /// A case begins.
    pub fn begin(&mut self, id: CaseId) {
        self.running.push_back(id);
        if let Some(bar) = &self.bar {
            bar.set_message(self.running());
        }
    }

    /// When something is to be said although no case has ended; `None` if nothing is ever said.
    pub fn word_due(&self) -> Option<Instant> {
        let speaks = self.bar.is_none() && !self.style.quiet && !self.style.json;
        (speaks && !self.running.is_empty()).then(|| self.last_line + SILENCE)
    }

    /// Says what is going on, if nothing was said for long.
    pub fn tell_if_silent(&mut self) {
        if self.word_due().is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.last_line = Instant::now();
        let seconds = self.begun.elapsed().as_secs();
        let of = self.of.map(|of| format!(" of {of}")).unwrap_or_default();
        let text = format!("… {}{of} cases done after {seconds} s; running: {}", self.done, self.running());
        self.style.channel().line(&text);
    }

    /// The cases that are running; only the oldest, if there are many.
    fn running(&self) -> String {
        let mut text =
            self.running.iter().take(MAX_NAMED).map(CaseId::to_string).collect::<Vec<_>>().join(" ");
        if self.running.len() > MAX_NAMED {
            text.push_str(&format!(" and {} more", self.running.len() - MAX_NAMED));
        }
        text
    }

    /// Shows one outcome.
    pub fn outcome(&mut self, outcome: &Outcome) {
        self.done += 1;
        self.last_line = Instant::now();
        self.ended(outcome.id);
        if self.style.json {
            json_line(outcome);
        }
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(self.running());
                // Only what somebody may want to look at; the rest is in the counts.
                if outcome.verdict > Verdict::PassWithNotes {
                    bar.println(line(outcome, self.palette));
                }
            }
            None if self.style.quiet => {}
            None => self.style.channel().line(&line(outcome, self.palette)),
        }
    }

    fn ended(&mut self, id: CaseId) {
        if let Some(at) = self.running.iter().position(|running| *running == id) {
            self.running.remove(at);
        }
    }

    /// Shows an outcome that takes the place of one that was shown before.
    pub fn revised(&mut self, outcome: &Outcome) {
        self.last_line = Instant::now();
        self.ended(outcome.id);
        if self.style.json {
            json_line(outcome);
        }
        match &self.bar {
            Some(bar) => bar.println(line(outcome, self.palette)),
            None if self.style.quiet => {}
            None => self.style.channel().line(&line(outcome, self.palette)),
        }
    }

    /// Shows a message that is not about one case.
    pub fn message(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => Channel::Err.line(text),
        }
    }

    /// Clears the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Id, verdict, Autobahn's two, time, and why if it did not pass.
fn line(outcome: &Outcome, palette: Palette) -> String {
    let verdict = palette.verdict(outcome.verdict, &format!("{:<15}", outcome.verdict));
    let pair = format!("{} / {}", outcome.behavior, outcome.behavior_close);
    let millis = outcome.duration_us / 1000;
    let id = outcome.id;
    let mut text = format!("{id:<8} {verdict} {pair:<24} {millis:>6} ms");
    if outcome.verdict != Verdict::Pass && !outcome.reason.is_empty() {
        text.push_str("  ");
        text.push_str(&visible_short(&outcome.reason, MAX_REASON));
    }
    text
}

/// One line of `--json`.
#[derive(Serialize)]
struct JsonLine<'a> {
    id: CaseId,
    agent: &'a str,
    testee: Testee,
    verdict: Verdict,
    behavior: Behavior,
    #[serde(rename = "behaviorClose")]
    behavior_close: BehaviorClose,
    /// Milliseconds.
    duration: u64,
    #[serde(rename = "remoteCloseCode")]
    remote_close_code: Option<u16>,
    reason: &'a str,
    /// The same as data.
    findings: &'a [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    rerun: Option<Rerun>,
}

fn json_line(outcome: &Outcome) {
    let line = JsonLine {
        id: outcome.id,
        agent: &outcome.agent,
        testee: outcome.testee,
        verdict: outcome.verdict,
        behavior: outcome.behavior,
        behavior_close: outcome.behavior_close,
        duration: outcome.duration_us / 1000,
        remote_close_code: outcome.facts.remote_close_code,
        reason: &outcome.reason,
        findings: &outcome.findings,
        rerun: outcome.rerun,
    };
    if let Ok(mut text) = serde_json::to_vec(&line) {
        text.push(b'\n');
        // In one write: a reader never sees half a line of a program that is killed.
        let _ = io::stdout().lock().write_all(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_is_broken_and_names_what_runs() {
        let style = Style { quiet: false, json: false };
        let mut progress = Progress::silent(style, Palette::PLAIN);
        assert_eq!(progress.word_due(), None, "nothing runs");
        for id in ["9.1.1", "9.1.2", "9.1.3", "12.1.18", "12.2.1", "12.2.2"] {
            progress.begin(id.parse().unwrap());
        }
        assert_eq!(progress.running(), "9.1.1 9.1.2 9.1.3 12.1.18 and 2 more");
        assert_eq!(progress.word_due(), Some(progress.last_line + SILENCE));
        progress.last_line = Instant::now().checked_sub(SILENCE).unwrap();
        progress.tell_if_silent();
        assert!(progress.word_due().unwrap() > Instant::now(), "it was said a moment ago");
        let mut quiet = Progress::silent(Style { quiet: true, json: false }, Palette::PLAIN);
        quiet.begin("9.1.1".parse().unwrap());
        assert_eq!(quiet.word_due(), None);
    }
}
