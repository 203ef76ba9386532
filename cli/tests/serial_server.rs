//! A server that serves one client after the other is tested one case at a time.

mod support;
mod wstest_support;

use support::{index, wsproof};
use wstest_support::one_at_a_time;

#[test]
fn cases_run_one_after_another_when_they_must() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ws://{}", one_at_a_time("serial"));
    // Side by side, whoever waits for the end of 5.19 or 5.20, a second each, would fail the opening handshake.
    let cases = ["test-server", &url, "--cases", "1,5.19,5.20", "--open-timeout", "0.9", "--outdir", "r"];
    let run = wsproof(folder.path(), &cases);
    run.succeeds();
    assert!(run.err.contains("one client at a time"), "{}", run.err);
    assert_eq!(index(&folder.path().join("r")).len(), 18);
}
