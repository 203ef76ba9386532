//! The web inspector and the DevTools panel: built, and tested in a browser.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::npm_ci::npm_ci;
use crate::step::{Failure, Step};
use crate::tools::{self, Node};
use crate::{browsers, root, target, wasm};

/// Builds the page and the zips of the extension, and tells where they are.
pub(crate) fn run() -> Result<(), Failure> {
    build(&tools::node()?)?;
    println!("\nthe page       inspector/dist/inspector.html");
    for name in ["wsproof-devtools", "wsproof-devtools-har", "wsproof-devtools-firefox"] {
        println!("the extension  devtools/dist/{name}.zip, and as a folder to load unpacked");
    }
    println!(
        "the command    has the page in it from its next build on; one built in this clone finds it without"
    );
    Ok(())
}

/// Builds them, once. The page is left where the build of the command finds it (cli/build.rs).
pub(crate) fn build(node: &Node) -> Result<(), Failure> {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.load(Ordering::Relaxed) {
        return Ok(());
    }
    npm_ci(node, "JavaScript tools", &root())?;
    wasm::build(&wasm::INSPECT)?;
    Step::new("inspector and panel", &node.program, &["inspector/build.mjs"]).run()?;
    DONE.store(true, Ordering::Relaxed);
    Ok(())
}

/// Tests what [`build`] has built, and the page that the command writes.
pub(crate) fn test(node: &Node) -> Result<(), Failure> {
    browsers::chromium();
    browsers::firefox();
    let files = ["captures", "hostile", "panel", "tools", "command", "views", "firefox"];
    let files = files.map(|name| format!("inspector/test/{name}.test.mjs"));
    let mut step = Step::new("inspector and panel in Chromium and Firefox", &node.program, &["--test"]);
    step.command.args(files);
    step.command.env("WSPROOF", command());
    step.run()
}

/// Tests that a scenario from the inspector gives the same verdict in each face; `python` has the package.
pub(crate) fn test_round_trip(node: &Node, python: &Path) -> Result<(), Failure> {
    let arguments = ["--test", "inspector/test/round-trip.test.mjs"];
    let mut step = Step::new("round trip of a scenario", &node.program, &arguments);
    step.command.env("WSPROOF", command()).env("WSPROOF_PYTHON", python);
    step.run()
}

/// Built by the Rust tests.
fn command() -> PathBuf {
    target().join("debug").join(format!("wsproof{}", std::env::consts::EXE_SUFFIX))
}
