//! The web inspector and the DevTools panel: built, and tested in a browser.

use std::path::PathBuf;

use crate::interop::npm_ci;
use crate::npm::{self, TARGET};
use crate::root;
use crate::step::{Failure, Step};
use crate::tools::{self, Tools};

/// Tells the build of the command where the page is (cli/build.rs).
pub(crate) const PAGE_VARIABLE: &str = "WSPROOF_INSPECTOR";

/// The page.
pub(crate) fn page() -> PathBuf {
    root().join("inspector").join("dist").join("inspector.html")
}

/// Builds the page and the zips of the extension, and tells where they are.
pub(crate) fn run() -> Result<(), Failure> {
    build(&tools::find()?)?;
    println!("\nthe page       inspector/dist/inspector.html");
    for name in ["wsproof-devtools", "wsproof-devtools-har", "wsproof-devtools-firefox"] {
        println!("the extension  devtools/dist/{name}.zip, and as a folder to load unpacked");
    }
    println!("the command    {PAGE_VARIABLE}={} cargo build --release --package wsproof", page().display());
    Ok(())
}

/// Builds them.
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    npm_ci(tools, "JavaScript tools", &root())?;
    npm::wasm_target();
    let wasm = wasm()?;
    let mut step = Step::new("inspector and panel", &tools.node, &["inspector/build.mjs"]);
    step.command.arg(wasm);
    step.run()
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
    // Built by the Rust tests.
    let command = format!("wsproof{}", std::env::consts::EXE_SUFFIX);
    step.command.env("WSPROOF", root().join("target").join("debug").join(command));
    step.run()
}
