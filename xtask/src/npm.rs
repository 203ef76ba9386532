//! The npm package: both halves built, put together, and tested as its users have it.

use std::path::PathBuf;

use crate::devtools;
use crate::root;
use crate::step::{Failure, Step};
use crate::tools::Tools;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the package into `js/dist`.
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    // The package has the inspector in it.
    devtools::build(tools)?;
    let simd = wasm("codec", "wsproof-wasm", "wasm", "-Ctarget-feature=+simd128,+bulk-memory")?;
    let scalar = wasm("codec without SIMD", "wsproof-wasm", "wasm", "")?;
    let full = wasm("full", "wsproof-wasm", "wasm-full", "")?;
    let engine = wasm("sessions in memory", "wsproof-wasm-run", "wasm-full", "")?;
    let codec = native("codec", "wsproof-node", "dist")?;
    // As the interop tests build it, so that what both need is built once.
    let run = native("runs and commands", "wsproof-node-run", "release")?;
    let mut step = Step::new("npm package", &tools.node, &["js/build.mjs"]);
    step.command.args([simd, scalar, full, engine, codec, run]);
    step.run()
}

/// Builds an add-on with this profile.
fn native(name: &str, package: &str, profile: &str) -> Result<PathBuf, Failure> {
    let folder = root().join("target");
    let arguments = ["build", "--package", package, "--profile", profile, "--target-dir"];
    let mut step = Step::cargo(&format!("npm package, native {name}"), &arguments);
    step.command.arg(&folder);
    step.run()?;
    let package = package.replace('-', "_");
    let file = format!("{}{package}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(folder.join(profile).join(file))
}

/// Brings the target. Has no effect where it is there already; without rustup the system may have it: the build tells.
pub(crate) fn wasm_target() {
    let mut target = Step::new("WebAssembly target", "rustup", &["target", "add", TARGET]);
    if target.command.output().is_err() {
        println!("no rustup: hoping that {TARGET} is there");
    }
}

/// Flags of the compiler for what is handed out: where the sources are must not be told in it.
pub(crate) fn handed_out(flags: &[&str]) -> String {
    let mut flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--remap-path-prefix={}=/src", root().display()));
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))) {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    flags.join("\x1f")
}

/// Builds a module of the WebAssembly half with this profile and these flags.
fn wasm(name: &str, package: &str, profile: &str, flags: &str) -> Result<PathBuf, Failure> {
    // Flags are no part of what cargo tells builds apart by.
    let folder = root().join("target").join(if flags.is_empty() { "wasm" } else { "wasm-simd" });
    let title = format!("npm package, WebAssembly ({name})");
    let arguments = ["build", "--package", package, "--profile", profile, "--target", TARGET, "--target-dir"];
    let mut step = Step::cargo(&title, &arguments);
    step.command.arg(&folder);
    if name == "full" {
        step.command.args(["--features", "full"]);
    }
    let flags: Vec<&str> = [flags].into_iter().filter(|flags| !flags.is_empty()).collect();
    step.command.env("CARGO_ENCODED_RUSTFLAGS", handed_out(&flags));
    step.run()?;
    Ok(folder.join(TARGET).join(profile).join(format!("{}.wasm", package.replace('-', "_"))))
}

/// Builds and tests it: the codec on each half, then the browser, the package in an empty folder, its size.
pub(crate) fn test(tools: &Tools) -> Result<(), Failure> {
    build(tools)?;
    for half in ["native", "wasm"] {
        let arguments = ["--test", "js/test/codec.test.mjs", "js/test/vectors.test.mjs"];
        let mut step = Step::new(&format!("npm package, {half}"), &tools.node, &arguments);
        step.command.env("WSPROOF_BACKEND", half);
        step.run()?;
    }
    chromium();
    let files = [
        "--test",
        // They wait more than they work.
        "--test-concurrency=2",
        "js/test/browser.test.mjs",
        "js/test/command.test.mjs",
        "js/test/conformance.test.mjs",
        "js/test/frameworks.test.mjs",
        "js/test/hostile.test.mjs",
        "js/test/memory.test.mjs",
        "js/test/pack.test.mjs",
        "js/test/platform.test.mjs",
        "js/test/reach.test.mjs",
        "js/test/readme.test.mjs",
        "js/test/runtimes.test.mjs",
        "js/test/size.test.mjs",
    ];
    let mut step =
        Step::new("npm package, in a browser, in test frameworks, as installed", &tools.node, &files);
    step.command.env("NPM", &tools.npm);
    step.run()
}

/// Installs Chromium where that is a matter of one command; elsewhere the test says what to do.
pub(crate) fn chromium() {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    browser("Chromium", "CHROMIUM", &known, "chromium");
}

/// The same for Firefox.
pub(crate) fn firefox() {
    browser("Firefox", "FIREFOX", &["/usr/bin/firefox-esr", "/usr/bin/firefox"], "firefox-esr");
}

fn browser(name: &str, variable: &str, known: &[&str], package: &str) {
    let there = std::env::var_os(variable).is_some() || known.iter().any(|path| PathBuf::from(path).exists());
    if there || !cfg!(target_os = "linux") {
        return;
    }
    let _ = Step::new("list of packages", "apt-get", &["update", "-qq"]).run();
    let install = ["install", "-y", "-qq", "--no-install-recommends", package];
    if let Err(failure) = Step::new(name, "apt-get", &install).run() {
        println!("{failure}");
    }
}
