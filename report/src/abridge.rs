//! Cuts an outcome to a size: the verdicts and what explains them stay, and as much of the rest as fits.

use std::collections::BTreeMap;

use wsproof_scenarios::{LogEntry, Outcome, Transcript};

/// How much is kept of each part.
#[derive(Debug)]
struct Measure {
    /// The first and last entries of the log.
    log: (usize, usize),
    events: usize,
    /// Characters of each head.
    head: usize,
    /// Characters of each sentence and each reason.
    text: usize,
    /// Sizes in each table.
    sizes: usize,
}

/// From long to short.
const MEASURES: [Measure; 5] = [
    Measure { log: (400, 100), events: 200, head: 16_384, text: 4_096, sizes: 500 },
    Measure { log: (150, 50), events: 100, head: 8_192, text: 2_048, sizes: 200 },
    Measure { log: (50, 30), events: 50, head: 2_048, text: 1_024, sizes: 50 },
    Measure { log: (15, 10), events: 20, head: 512, text: 512, sizes: 20 },
    Measure { log: (3, 3), events: 5, head: 256, text: 256, sizes: 8 },
];

/// The outcome in shorter and shorter forms.
pub(crate) fn abridged(outcome: &Outcome) -> impl Iterator<Item = Outcome> + '_ {
    MEASURES.iter().map(|measure| {
        let mut outcome = outcome.clone();
        measure.cut(&mut outcome);
        outcome
    })
}

impl Measure {
    fn cut(&self, outcome: &mut Outcome) {
        let transcript = &mut outcome.transcript;
        cut_log(transcript, self.log);
        let head = |head: &mut String| cut_text(head, self.head);
        head(&mut transcript.http_request);
        head(&mut transcript.http_response);
        let reads = cut_sizes(&mut transcript.received_octets, self.sizes);
        transcript.reads_left_out = transcript.reads_left_out.saturating_add(reads);
        if outcome.received.len() > self.events {
            outcome.events_left_out += (outcome.received.len() - self.events) as u64;
            outcome.received.truncate(self.events);
        }
        let text = |text: &mut String| cut_text(text, self.text);
        text(&mut outcome.reason);
        text(&mut outcome.result);
        text(&mut outcome.result_close);
        outcome.facts.remote_close_reason.as_mut().map(text);
        outcome.facts.was_not_clean_reason.as_mut().map(text);
        // Their sentences are in `reason`, cut where they are long.
        let length = |findings: &_| serde_json::to_vec(findings).map_or(0, |octets| octets.len());
        if length(&outcome.findings) > 8 * self.text {
            outcome.findings.clear();
        }
    }
}

/// Keeps the first and last entries. What was left out before stays between the two.
fn cut_log(transcript: &mut Transcript, (first, last): (usize, usize)) {
    let log = &mut transcript.wire_log;
    let gap = transcript.left_out_before.filter(|_| transcript.entries_left_out > 0);
    let first = first.min(gap.unwrap_or(log.len()));
    let end = log.len().saturating_sub(last).max(gap.unwrap_or(0));
    if end <= first {
        return;
    }
    let times = |entry: LogEntry| 1 + entry.repeats.map_or(0, |repeats| repeats.times);
    transcript.entries_left_out += log.drain(first..end).map(times).sum::<u64>();
    transcript.left_out_before = Some(first);
}

/// Keeps the first characters, and says how many there were more.
fn cut_text(text: &mut String, characters: usize) {
    let Some((end, _)) = text.char_indices().nth(characters) else { return };
    let more = text[end..].chars().count();
    text.truncate(end);
    text.push_str(&format!(" … ({more} characters more were not kept)"));
}

/// Keeps the smallest sizes. Answers how many reads are no longer counted.
fn cut_sizes(sizes: &mut BTreeMap<u64, u64>, kept: usize) -> u64 {
    match sizes.keys().nth(kept).copied() {
        Some(first) => sizes.split_off(&first).into_values().sum(),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use wsproof_scenarios::{LogEvent, Repeats};

    use super::*;

    fn log(entries: u64) -> Transcript {
        let entry = |at| LogEntry::new(at, LogEvent::KillTimerFired);
        Transcript { wire_log: (0..entries).map(entry).collect(), ..Transcript::default() }
    }

    fn cut(mut transcript: Transcript, first: usize, last: usize) -> (Vec<u64>, u64, Option<usize>) {
        cut_log(&mut transcript, (first, last));
        let times = transcript.wire_log.iter().map(|entry| entry.at_us).collect();
        (times, transcript.entries_left_out, transcript.left_out_before)
    }

    #[test]
    fn a_short_log_stays() {
        assert_eq!(cut(log(5), 3, 2), (vec![0, 1, 2, 3, 4], 0, None));
        assert_eq!(cut(log(6), 3, 2), (vec![0, 1, 2, 4, 5], 1, Some(3)));
        assert_eq!(cut(log(0), 3, 2), (vec![], 0, None));
    }

    #[test]
    fn what_was_left_out_before_is_in_the_gap() {
        let gap = |before| Transcript { entries_left_out: 7, left_out_before: Some(before), ..log(10) };
        assert_eq!(cut(gap(6), 3, 2), (vec![0, 1, 2, 8, 9], 12, Some(3)));
        assert_eq!(cut(gap(1), 3, 2), (vec![0, 8, 9], 14, Some(1)));
        assert_eq!(cut(gap(9), 3, 2), (vec![0, 1, 2, 9], 13, Some(3)));
    }

    #[test]
    fn entries_that_stood_for_others_count_as_all_of_them() {
        let mut transcript = log(10);
        transcript.wire_log[5].repeats = Some(Box::new(Repeats { times: 90, octets: 0, until_us: 0 }));
        assert_eq!(cut(transcript, 3, 2), (vec![0, 1, 2, 8, 9], 95, Some(3)));
    }

    #[test]
    fn texts_say_what_they_lack() {
        let mut text = "aé".repeat(5);
        cut_text(&mut text, 3);
        assert_eq!(text, "aéa … (7 characters more were not kept)");
        let mut short = "abc".to_owned();
        cut_text(&mut short, 3);
        assert_eq!(short, "abc");
    }

    #[test]
    fn sizes_are_cut_and_counted() {
        let mut sizes = BTreeMap::from([(1, 10), (2, 20), (3, 30)]);
        assert_eq!(cut_sizes(&mut sizes, 2), 30);
        assert_eq!(sizes, BTreeMap::from([(1, 10), (2, 20)]));
        assert_eq!(cut_sizes(&mut sizes, 2), 0);
    }
}
