//! Puts the inspector's page into the program, where there is one: it is made with Node, which the program itself does
//! not need.
//!
//! It is looked for where `WSPROOF_INSPECTOR` says; beside this file, where a package that is published has it; and in the
//! clone, where `cargo xtask devtools` leaves it. A program that was built in a clone without it remembers that last place:
//! a page that is made later is there without a second build.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=WSPROOF_INSPECTOR");
    let told = env::var_os("WSPROOF_INSPECTOR").filter(|path| !path.is_empty()).map(PathBuf::from);
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let places = [here.join("inspector.html"), here.join("../inspector/dist/inspector.html")];
    // A file that is not there would make cargo build anew each time; a folder tells of files that come.
    let folder = here.join("../inspector");
    let watched = told.as_ref().map_or(vec![&places[0], &folder], |told| vec![told]);
    for place in watched.into_iter().filter(|place| place.exists()) {
        println!("cargo:rerun-if-changed={}", place.display());
    }
    let page = match told {
        Some(path) => fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("WSPROOF_INSPECTOR: {}: {error}", path.display())),
        None => places.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default(),
    };
    if page.is_empty() && folder.join("build.mjs").is_file() {
        println!(
            "cargo:rustc-env=WSPROOF_CLONE={}",
            here.join("..").canonicalize().unwrap_or(here).display()
        );
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("inspector.html");
    fs::write(out, page).expect("cargo's folder can be written");
}
