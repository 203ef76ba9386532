//! Puts the inspector's page into the program, where the build is told of one: it is made with Node, which the program
//! itself does not need.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=WSPROOF_INSPECTOR");
    let page = match env::var_os("WSPROOF_INSPECTOR").filter(|path| !path.is_empty()) {
        Some(path) => {
            let path = PathBuf::from(path);
            println!("cargo:rerun-if-changed={}", path.display());
            fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("WSPROOF_INSPECTOR: {}: {error}", path.display()))
        }
        None => String::new(),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("inspector.html");
    fs::write(out, page).expect("cargo's folder can be written");
}
