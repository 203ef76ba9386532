//! What the integration tests share. Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub, missing_docs)]

#[cfg(feature = "deflate")]
pub mod inflate;
pub mod model;
pub mod pair;
#[cfg(feature = "deflate")]
pub mod planted;
pub mod seen;
pub mod wire;
