//! The npm package: both halves built, put together, and tested as its users have it.

use std::path::PathBuf;

use crate::browsers::chromium;
use crate::step::{Failure, Step};
use crate::tools::Node;
use crate::{devtools, target, wasm};

/// Builds the package into `js/dist`.
pub(crate) fn build(node: &Node) -> Result<(), Failure> {
    // The package has the inspector in it.
    devtools::build(node)?;
    wasm::build_package()?;
    let codec = native("codec", "wsproof-node", "dist")?;
    // As the interop tests build it, so that what both need is built once.
    let run = native("runs and commands", "wsproof-node-run", "release")?;
    let mut step = Step::new("npm package", &node.program, &["js/build.mjs"]);
    step.command.args([codec, run]);
    step.run()
}

/// Builds an add-on with this profile.
fn native(name: &str, package: &str, profile: &str) -> Result<PathBuf, Failure> {
    let folder = target();
    let arguments = ["build", "--package", package, "--profile", profile, "--target-dir"];
    let mut step = Step::cargo(&format!("npm package, native {name}"), &arguments);
    step.command.arg(&folder);
    step.run()?;
    let package = package.replace('-', "_");
    let file = format!("{}{package}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(folder.join(profile).join(file))
}

/// Builds and tests it: the codec on each half, then the browser, the package in an empty folder, its size.
pub(crate) fn test(node: &Node) -> Result<(), Failure> {
    build(node)?;
    for half in ["native", "wasm"] {
        let arguments = ["--test", "js/test/codec.test.mjs", "js/test/vectors.test.mjs"];
        let mut step = Step::new(&format!("npm package, {half}"), &node.program, &arguments);
        step.command.env("WSPROOF_BACKEND", half);
        step.run()?;
    }
    chromium();
    let files = [
        "--test",
        // They wait more than they work.
        "--test-concurrency=2",
        "js/test/arguments.test.mjs",
        "js/test/browser.test.mjs",
        "js/test/clone.test.mjs",
        "js/test/command.test.mjs",
        "js/test/conformance.test.mjs",
        "js/test/docs.test.mjs",
        "js/test/frameworks.test.mjs",
        "js/test/hostile.test.mjs",
        "js/test/memory.test.mjs",
        "js/test/pack.test.mjs",
        "js/test/platform.test.mjs",
        "js/test/reach.test.mjs",
        "js/test/runtimes.test.mjs",
        "js/test/size.test.mjs",
        "js/test/trouble.test.mjs",
    ];
    let mut step =
        Step::new("npm package, in a browser, in test frameworks, as installed", &node.program, &files);
    step.command.env("NPM", &node.npm);
    step.run()
}
