//! The `wsproof` command, as a library.

pub mod net;
