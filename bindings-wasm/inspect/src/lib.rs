//! The WebAssembly half of the inspector: `wsproof-inspect` as the page's worker asks for it.
#![allow(unreachable_pub, reason = "what JavaScript sees has to be public for wasm-bindgen")]

mod choice;
mod filter;
mod inspector;
mod preview;
mod row;
mod table;
mod told;
