//! The codec, as Python sees it: octets in, events out. Translation only; the rules are in `wsproof-core`.

mod batch;
mod connection;
mod decoder;
mod deflate;
mod encoder;
mod errors;
mod event;
mod handshake;
mod input;
mod keys;
mod maker;
mod objects;
mod options;
mod split;

use pyo3::prelude::*;

/// Adds the codec to the module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    event::register(module)?;
    module.add_class::<decoder::Decoder>()?;
    module.add_class::<batch::Batch>()?;
    module.add_class::<encoder::Encoder>()?;
    module.add_class::<connection::Connection>()?;
    module.add_function(wrap_pyfunction!(encoder::mask, module)?)?;
    module.add_function(wrap_pyfunction!(keys::reset_keys, module)?)?;
    module.add_function(wrap_pyfunction!(split::split_frames, module)?)?;
    deflate::register(module)?;
    handshake::register(module)
}
