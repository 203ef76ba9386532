//! What a Node add-on needs from the linker.

fn main() {
    napi_build::setup();
}
