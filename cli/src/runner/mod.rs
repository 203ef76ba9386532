//! Running cases: one session over one connection, many side by side.

mod drive;

pub use drive::{Buffers, READ_SIZE, drive};
