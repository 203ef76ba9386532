//! Builds uWebSockets' parser when `UWEBSOCKETS_DIR` names a checkout of it.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=UWEBSOCKETS_DIR");
    println!("cargo::rerun-if-changed=native");
    println!("cargo::rustc-check-cfg=cfg(uwebsockets)");
    let Some(dir) = std::env::var_os("UWEBSOCKETS_DIR") else {
        println!("cargo::warning=UWEBSOCKETS_DIR is not set: no row for uWebSockets");
        return;
    };
    let source = Path::new(&dir).join("src");
    assert!(
        source.join("WebSocketProtocol.h").is_file(),
        "UWEBSOCKETS_DIR has no src/WebSocketProtocol.h: {}",
        source.display()
    );
    cc::Build::new()
        .cpp(true)
        .std("c++20")
        .opt_level(3)
        .warnings(false)
        // Ours first: it stands in for uSockets' header of the same name.
        .include("native")
        .include(&source)
        .file("native/uwebsockets.cpp")
        .compile("uwebsockets_parser");
    println!("cargo::rustc-cfg=uwebsockets");
}
