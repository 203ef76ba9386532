//! How to compress.

/// How an endpoint compresses what it sends. None of this is negotiated: the peer need not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// 0 (store) to 9 (smallest); more counts as 9. Default 6.
    pub level: u8,
    /// Memory for matches, 1 to 9 (the nearest is taken): see [the module's page](super#memory). Default 8.
    pub mem_level: u8,
    /// Messages of fewer octets are sent as they are. Default 0: with context takeover even short messages shrink.
    pub min_len: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { level: 6, mem_level: 8, min_len: 0 }
    }
}
