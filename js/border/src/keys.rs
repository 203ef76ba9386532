//! Masking keys: of the host's entropy, or from a seed for runs that can be repeated.

use wsproof_core::Role;
use wsproof_core::connection::{KeySource, SeededKeys};

/// Where a connection's masking keys come from.
#[derive(Debug)]
pub enum Keys {
    /// Octets of the host, fetched many at a time.
    Random {
        /// `pool[used..]` is still to be used.
        pool: Box<[u8; 256]>,
        /// At most `pool.len()`.
        used: usize,
    },
    /// Keys that follow from a seed.
    Seeded(SeededKeys),
}

impl Keys {
    /// Keys of the host's entropy.
    ///
    /// # Errors
    ///
    /// The host has none: without it a client must not send (RFC 6455 §10.3). It is asked for at once where frames are
    /// going to be masked, since it cannot be refused any more in [`next_key`](KeySource::next_key).
    pub(crate) fn random(role: Role) -> Result<Self, String> {
        let mut pool = Box::new([0; 256]);
        let used = match role {
            Role::Server => pool.len(),
            Role::Client => {
                if getrandom::fill(&mut *pool).is_err() {
                    return Err("the host has no entropy for masking keys (RFC 6455 §10.3)".to_owned());
                }
                0
            }
        };
        Ok(Self::Random { pool, used })
    }
}

impl KeySource for Keys {
    fn next_key(&mut self) -> [u8; 4] {
        match self {
            Self::Seeded(keys) => keys.next_key(),
            Self::Random { pool, used } => {
                let key = match pool[*used..].first_chunk() {
                    Some(key) => *key,
                    None => {
                        let filled = getrandom::fill(&mut **pool).is_ok();
                        assert!(filled, "the host had entropy when the connection was made");
                        *used = 0;
                        [pool[0], pool[1], pool[2], pool[3]]
                    }
                };
                *used += key.len();
                key
            }
        }
    }
}
