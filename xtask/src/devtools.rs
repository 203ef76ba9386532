//! The web inspector and the DevTools panel: built, and tested in a browser.

use std::path::PathBuf;

use crate::interop::npm_ci;
use crate::root;
use crate::step::{Failure, Step};
use crate::tools::{self, Tools};

const TARGET: &str = "wasm32-unknown-unknown";

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
    for name in ["wsproof-devtools", "wsproof-devtools-har"] {
        println!("the extension  devtools/dist/{name}.zip, and as a folder to load unpacked");
    }
    println!("the command    {PAGE_VARIABLE}={} cargo build --release --package wsproof", page().display());
    Ok(())
}

/// Builds them.
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    npm_ci(tools, "JavaScript tools of the inspector", &root().join("inspector"))?;
    // Has no effect where it is there already. Without rustup the system may bring the target: the build tells.
    let mut target = Step::new("WebAssembly target", "rustup", &["target", "add", TARGET]);
    if target.command.output().is_err() {
        println!("no rustup: hoping that {TARGET} is there");
    }
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
        "dist",
        "--target",
        TARGET,
        "--target-dir",
    ];
    let mut step = Step::cargo("inspector, WebAssembly", &arguments);
    step.command.arg(&folder);
    // Where the sources are must not be told in what is handed out.
    let mut flags =
        vec!["-Cstrip=symbols".to_owned(), format!("--remap-path-prefix={}=/src", root().display())];
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))) {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    step.command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    step.run()?;
    Ok(folder.join(TARGET).join("dist").join("wsproof_inspect_wasm.wasm"))
}

/// Tests what [`build`] has built, and the page that the command writes.
pub(crate) fn test(tools: &Tools) -> Result<(), Failure> {
    chromium();
    let files = ["captures", "hostile", "panel", "tools", "command"];
    let files = files.map(|name| format!("inspector/test/{name}.test.mjs"));
    let mut step = Step::new("inspector and panel in Chromium", &tools.node, &["--test"]);
    step.command.args(files);
    // Built by the Rust tests.
    let command = format!("wsproof{}", std::env::consts::EXE_SUFFIX);
    step.command.env("WSPROOF", root().join("target").join("debug").join(command));
    step.run()
}

/// Installs Chromium where that is a matter of one command; elsewhere the test says what to do.
fn chromium() {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let there =
        std::env::var_os("CHROMIUM").is_some() || known.iter().any(|path| PathBuf::from(path).exists());
    if there || !cfg!(target_os = "linux") {
        return;
    }
    let _ = Step::new("list of packages", "apt-get", &["update", "-qq"]).run();
    let install = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
    if let Err(failure) = Step::new("Chromium", "apt-get", &install).run() {
        println!("{failure}");
    }
}
