//! The web inspector and the DevTools panel: built, and tested in a browser.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::interop::npm_ci;
use crate::npm::{self, TARGET};
use crate::root;
use crate::step::{Failure, Step};
use crate::tools::{self, Tools};

/// Builds the page and the zips of the extension, and tells where they are.
pub(crate) fn run() -> Result<(), Failure> {
    build(&tools::find()?)?;
    println!("\nthe page       inspector/dist/inspector.html");
    for name in ["wsproof-devtools", "wsproof-devtools-har", "wsproof-devtools-firefox"] {
        println!("the extension  devtools/dist/{name}.zip, and as a folder to load unpacked");
    }
    println!("the command    has the page from its next build on: cargo build --release");
    Ok(())
}

/// Builds them, once. The page is left where the build of the command finds it (cli/build.rs).
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.load(Ordering::Relaxed) {
        return Ok(());
    }
    npm_ci(tools, "JavaScript tools", &root())?;
    npm::wasm_target();
    let wasm = wasm()?;
    let mut step = Step::new("inspector and panel", &tools.node, &["inspector/build.mjs"]);
    step.command.arg(wasm);
    step.run()?;
    DONE.store(true, Ordering::Relaxed);
    Ok(())
}

fn wasm() -> Result<PathBuf, Failure> {
    let folder = root().join("target").join("wasm-inspect");
    let arguments = [
        "build",
        "--package",
        "wsproof-inspect-wasm",
        "--profile",
        "wasm",
        "--target",
        TARGET,
        "--target-dir",
    ];
    let mut step = Step::cargo("inspector, WebAssembly", &arguments);
    step.command.arg(&folder);
    step.command.env("CARGO_ENCODED_RUSTFLAGS", npm::handed_out(&[]));
    step.run()?;
    Ok(folder.join(TARGET).join("wasm").join("wsproof_inspect_wasm.wasm"))
}

/// Tests what [`build`] has built, and the page that the command writes.
pub(crate) fn test(tools: &Tools) -> Result<(), Failure> {
    npm::chromium();
    npm::firefox();
    let files = ["captures", "hostile", "panel", "tools", "command", "views", "firefox"];
    let files = files.map(|name| format!("inspector/test/{name}.test.mjs"));
    let mut step = Step::new("inspector and panel in Chromium and Firefox", &tools.node, &["--test"]);
    step.command.args(files);
    step.command.env("WSPROOF", command());
    step.run()
}

/// Tests that a scenario from the inspector gives the same verdict in each face; `python` has the package.
pub(crate) fn test_round_trip(tools: &Tools, python: &Path) -> Result<(), Failure> {
    let arguments = ["--test", "inspector/test/round-trip.test.mjs"];
    let mut step = Step::new("round trip of a scenario", &tools.node, &arguments);
    step.command.env("WSPROOF", command()).env("WSPROOF_PYTHON", python);
    step.run()
}

/// Built by the Rust tests.
fn command() -> PathBuf {
    root().join("target").join("debug").join(format!("wsproof{}", std::env::consts::EXE_SUFFIX))
}
