//! Which end of the connection the code plays.

use core::fmt;

/// The endpoint **we** are (RFC 6455 §2).
///
/// A client masks what it sends and must receive unmasked frames; a server does the opposite (§5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Role {
    /// We opened the connection.
    Client,
    /// We accepted the connection.
    Server,
}

impl Role {
    /// The other endpoint.
    ///
    /// ```
    /// # use wsproof_core::Role;
    /// assert_eq!(Role::Client.peer(), Role::Server);
    /// ```
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// Whether this endpoint masks the frames that it sends (RFC 6455 §5.1): clients do, servers do not.
    #[must_use]
    pub const fn masks(self) -> bool {
        matches!(self, Self::Client)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}
