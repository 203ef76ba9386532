//! Testees: commands that we start, and reference implementations of our own.

pub mod process;
