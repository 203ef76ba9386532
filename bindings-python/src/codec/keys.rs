//! Masking keys and nonces out of the system's entropy (RFC 6455 §10.3).

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use wsproof_core::connection::{KeySource, SeededKeys};

/// Octets asked of the system at a time: a call costs more than masking a small frame.
const STORE: usize = 1024;

/// Counts forks: a child must not use the keys that its parent has in store.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Drops all keys in store; the package has it called in the child after a fork.
#[pyfunction]
#[pyo3(name = "_reset_keys")]
pub(super) fn reset_keys() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
}

/// Where the keys of a client come from.
pub(super) enum Keys {
    Random(Store),
    Seeded(SeededKeys),
}

/// Octets of entropy not used yet.
pub(super) struct Store {
    octets: Box<[u8; STORE]>,
    /// `octets[used..]` is fresh; `used` is a multiple of four, `<= STORE`.
    used: usize,
    generation: u32,
}

impl Keys {
    pub(super) fn new(seed: Option<u64>) -> Self {
        match seed {
            Some(seed) => Self::Seeded(SeededKeys::new(seed)),
            None => Self::Random(Store { octets: Box::new([0; STORE]), used: STORE, generation: 0 }),
        }
    }

    /// Makes sure that a key is there.
    ///
    /// # Errors
    ///
    /// `OSError` when the system has no entropy.
    #[inline]
    pub(super) fn prepare(&mut self) -> PyResult<()> {
        match self {
            Self::Random(store) if store.is_stale() => store.refill(),
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Whether it is used up, or filled before a fork.
    #[inline]
    fn is_stale(&self) -> bool {
        self.used == STORE || self.generation != GENERATION.load(Ordering::Relaxed)
    }

    #[cold]
    fn refill(&mut self) -> PyResult<()> {
        self.generation = GENERATION.load(Ordering::Relaxed);
        fill(&mut *self.octets)?;
        self.used = 0;
        Ok(())
    }
}

impl KeySource for Keys {
    #[inline]
    fn next_key(&mut self) -> [u8; 4] {
        match self {
            Self::Seeded(keys) => keys.next_key(),
            Self::Random(store) => {
                // Frames that are queued without being asked for, such as pongs, may use up the store.
                if store.is_stale() && store.refill().is_err() {
                    return store.octets.last_chunk().copied().unwrap_or_default();
                }
                let key = store.octets[store.used..].first_chunk().copied().unwrap_or_default();
                store.used += 4;
                key
            }
        }
    }
}

/// Fills a buffer with entropy.
///
/// # Errors
///
/// `OSError`.
pub(super) fn fill(octets: &mut [u8]) -> PyResult<()> {
    getrandom::fill(octets).map_err(|error| PyOSError::new_err(format!("no entropy: {error}")))
}
