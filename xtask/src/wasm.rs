//! The WebAssembly modules and their JavaScript, in `bindings-wasm/pkg/`: what wasm-pack would make, with tools that cargo
//! and npm bring.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Failure, Step};
use crate::{root, target};

const TARGET: &str = "wasm32-unknown-unknown";

/// A module, and how it is built.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its folder in `bindings-wasm/pkg/`.
    folder: &'static str,
    /// What its files are called there.
    name: &'static str,
    package: &'static str,
    /// Of Cargo.toml.
    profile: &'static str,
    features: &'static str,
    /// Of the target, beside those that it has anyway.
    instructions: &'static str,
    /// Rust modules whose functions are linked but never called: a trap takes their place.
    never: &'static [&'static str],
}

/// The codec, where there is SIMD.
pub(crate) const CODEC: Module = Module {
    folder: "codec",
    name: "codec",
    package: "wsproof-wasm",
    profile: "wasm",
    features: "",
    instructions: "-Ctarget-feature=+simd128,+bulk-memory",
    never: &[],
};

/// The codec, where there is none. Its JavaScript is that of [`CODEC`].
pub(crate) const CODEC_SCALAR: Module = Module { folder: "codec-scalar", instructions: "", ..CODEC };

/// The checksums of gzip and zlib. permessage-deflate has DEFLATE without either, so they are never asked for.
const CHECKSUMS: &[&str] = &["zlib_rs::adler32", "zlib_rs::crc32"];

/// The codec with the handshake and permessage-deflate.
pub(crate) const FULL: Module = Module {
    folder: "full",
    name: "full",
    profile: "wasm-full",
    features: "full",
    never: CHECKSUMS,
    ..CODEC_SCALAR
};

/// Cases, and sessions in memory.
pub(crate) const ENGINE: Module = Module {
    folder: "engine",
    name: "engine",
    package: "wsproof-wasm-engine",
    profile: "wasm-full",
    never: CHECKSUMS,
    ..CODEC_SCALAR
};

/// What the inspector's page asks.
pub(crate) const INSPECT: Module =
    Module { folder: "inspect", name: "inspect", package: "wsproof-inspect-wasm", ..CODEC_SCALAR };

/// Builds a module and its JavaScript.
pub(crate) fn build(module: &Module) -> Result<(), Failure> {
    let Module { folder, name, package, profile, features, instructions, never } = module;
    ready()?;
    // Flags are no part of what cargo tells builds apart by.
    let target = target().join(if instructions.is_empty() { "wasm" } else { "wasm-simd" });
    let arguments = ["build", "--package", package, "--profile", profile, "--target", TARGET, "--target-dir"];
    let mut build = Step::cargo(&format!("WebAssembly ({folder})"), &arguments);
    build.command.arg(&target).args(["--features", features]);
    build.command.env("CARGO_ENCODED_RUSTFLAGS", handed_out(instructions));
    build.run()?;
    let built = target.join(TARGET).join(profile).join(format!("{}.wasm", package.replace('-', "_")));
    let mut glue = Step::cargo(
        &format!("JavaScript of WebAssembly ({folder})"),
        &["run", "--quiet", "--package", "wasm-glue", "--"],
    );
    glue.command.arg(built).arg(package_folder().join(folder)).arg(name);
    glue.command.args(never.iter().flat_map(|path| ["--never", path]));
    glue.run()
}

/// Builds all there are.
pub(crate) fn build_all() -> Result<(), Failure> {
    build(&INSPECT)?;
    build_package()
}

/// Builds what the package fetches in browsers, and checks that one JavaScript does for both builds of the codec.
pub(crate) fn build_package() -> Result<(), Failure> {
    for module in [&CODEC, &CODEC_SCALAR, &FULL, &ENGINE] {
        build(module)?;
    }
    let [one, other] = [&CODEC, &CODEC_SCALAR].map(|module| {
        std::fs::read_to_string(package_folder().join(module.folder).join(format!("{}.js", module.name)))
    });
    match (one, other) {
        (Ok(one), Ok(other)) if one == other => Ok(()),
        _ => Err(Failure(
            "bindings-wasm/pkg: the two builds of the codec need different JavaScript".to_owned(),
        )),
    }
}

/// Where modules and their JavaScript are.
fn package_folder() -> PathBuf {
    root().join("bindings-wasm").join("pkg")
}

/// Brings the target, where it is not there already.
fn ready() -> Result<(), Failure> {
    if is_installed() {
        return Ok(());
    }
    let _ = Step::new("WebAssembly target", "rustup", &["target", "add", TARGET]).run();
    if is_installed() {
        return Ok(());
    }
    Err(Failure(format!(
        "The WebAssembly modules need Rust's standard library for {TARGET}: `rustup target add {TARGET}` installs it; \
         without rustup, the package of your system that has it"
    )))
}

/// Whether Rust has the target's standard library.
fn is_installed() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    asked.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// Flags of the compiler for what is handed out: where the sources are must not be told in it.
fn handed_out(instructions: &str) -> String {
    let mut flags = vec![format!("--remap-path-prefix={}=/src", root().display())];
    if !instructions.is_empty() {
        flags.push(instructions.to_owned());
    }
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = cargo_home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))) {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
    }
    flags.join("\x1f")
}
