//! How much a report may take on disk, whatever a testee does.
//!
//! Every octet that goes into the folder for an outcome is counted here: its line of the journal and its two files. An
//! outcome gets a share of what is left. A testee that only answers never needs its share. Of one that floods, the first
//! cases are kept in full and the later ones abridged; no verdict is ever left out.

/// Octets of the outcomes of one testee: 40 MiB. What else is in a folder (the index, JUnit XML, lines of the journal that
/// others have replaced, a file that is being written) takes less than the 24 MiB that are left to 64.
const LIMIT: u64 = 40 << 20;

/// So many testees have a limit of their own each; more share what these have.
const TESTEES: u64 = 8;

/// Octets that every outcome may take: a page with a short log. What no other case needs is shared out besides.
const FLOOR: u64 = 32 << 10;

/// Octets that one outcome takes at most.
const MOST: u64 = 512 << 10;

/// Results in one report at most: each is a cell in the table of cases and testees, whether it was run or not.
const MAX_RESULTS: usize = 20_000;

/// How many testees one report takes with so many cases.
///
/// Whoever lets testees choose their names refuses more of them: a client that takes another name for each connection would
/// fill memory and disk with an index.
pub fn max_testees(cases: usize) -> usize {
    (MAX_RESULTS / cases.max(1)).clamp(TESTEES as usize, 1_000)
}

/// What is left for outcomes.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Selected cases.
    cases: u64,
    /// Octets that were written and count.
    spent: u64,
}

impl Budget {
    /// For a run of so many cases.
    pub(crate) fn new(cases: usize) -> Self {
        Self { cases: cases as u64, spent: 0 }
    }

    /// Octets that the next outcome may take, when so many testees have so many results together.
    pub(crate) fn share(&self, testees: usize, results: usize) -> u64 {
        let testees = (testees as u64).max(1);
        // A long list of cases is the user's doing.
        let limit = LIMIT.max(2 * FLOOR * self.cases) * testees.min(TESTEES);
        let to_come = (self.cases * testees).saturating_sub(results as u64).max(1);
        let shared = limit.saturating_sub(self.spent).saturating_sub(to_come * FLOOR);
        FLOOR + (shared / to_come).max((shared / 8).min(MOST - FLOOR))
    }

    /// Octets were written.
    pub(crate) fn spend(&mut self, octets: u64) {
        self.spent = self.spent.saturating_add(octets);
    }

    /// Octets that were written before count no longer.
    pub(crate) fn free(&mut self, octets: u64) {
        self.spent = self.spent.saturating_sub(octets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grants whatever each case of a testee asks for.
    fn spend(budget: &mut Budget, cases: usize, wanted: u64) -> Vec<u64> {
        let spent = (0..cases).map(|done| {
            let octets = budget.share(1, done).min(wanted);
            budget.spend(octets);
            octets
        });
        spent.collect()
    }

    #[test]
    fn a_right_testee_gets_what_it_needs() {
        // What is usual, with a few long ones.
        let mut budget = Budget::new(517);
        for done in 0..517 {
            let wanted = if done % 40 == 0 { 150 << 10 } else { 30 << 10 };
            assert!(budget.share(1, done) >= wanted, "{done}");
            budget.spend(wanted);
        }
    }

    #[test]
    fn a_flood_stays_within_the_limit_and_every_case_has_its_page() {
        let spent = spend(&mut Budget::new(517), 517, u64::MAX);
        assert!(spent.iter().sum::<u64>() <= LIMIT);
        assert!(spent.iter().all(|octets| *octets >= FLOOR));
        assert_eq!(spent[0], MOST);
    }

    #[test]
    fn a_testee_beside_a_flood_gets_a_share_of_its_own() {
        let mut budget = Budget::new(517);
        let flooded = spend(&mut budget, 517, u64::MAX).into_iter().sum::<u64>();
        assert!(budget.share(2, 517) >= 150 << 10);
        budget.free(flooded);
        assert_eq!(budget.share(1, 0), MOST);
    }

    #[test]
    fn the_limit_grows_with_what_was_selected_and_not_with_names() {
        let mut budget = Budget::new(5_000);
        let spent = spend(&mut budget, 5_000, u64::MAX);
        assert!(spent.iter().all(|octets| *octets >= FLOOR));
        let mut budget = Budget::new(1);
        for testee in 1..=1_000 {
            let share = budget.share(testee, testee - 1);
            budget.spend(share);
        }
        assert!(budget.spent <= TESTEES * LIMIT + 1_000 * FLOOR, "{}", budget.spent);
        assert_eq!((max_testees(1), max_testees(517), max_testees(5_000)), (1_000, 38, 8));
    }
}
