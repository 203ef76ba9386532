//! Thread CPU time, so that other programs on the machine count less.

/// Nanoseconds of CPU time that this thread has used.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer; the clock exists on every Linux.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the thread's CPU clock cannot be read");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The best time of each run in nanoseconds an item, sampled in turn so that a disturbance hits all alike.
pub fn best(runs: &mut [Box<dyn FnMut() + '_>], samples: usize, items: usize) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; runs.len()];
    for _ in 0..samples {
        for (run, best) in runs.iter_mut().zip(&mut best) {
            let start = now();
            run();
            *best = best.min((now() - start) as f64 / items as f64);
        }
    }
    best
}
