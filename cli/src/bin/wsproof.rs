//! The `wsproof` command.
fn main() {}
