//! References that reach further back than the handshake agreed to.

use core::fmt;

use super::WindowBits;
use crate::violation::ViolationKind;
use crate::{Count, Role};

/// A reference in a compressed message that reaches further back than its sender agreed to (RFC 7692 §7.1).
///
/// ```
/// use wsproof_core::Role;
/// use wsproof_core::deflate::{InflateError, Inflater, Sending, TooFarBack, WindowBits};
///
/// let agreed = Sending { window: WindowBits::MAX, takeover: false };
/// let mut inflater = Inflater::new(agreed);
/// let mut text = Vec::new();
/// inflater.message(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 100, &mut text)?;
/// // The second message refers to the first.
/// let Err(InflateError::TooFarBack(fault)) = inflater.message(&[0xf2, 0x00, 0x11, 0x00, 0x00], 100, &mut text) else {
///     unreachable!()
/// };
/// assert_eq!(fault, TooFarBack::Message { distance: 5, octet: 1 });
/// assert_eq!(
///     fault.violation(Role::Server).to_string(),
///     "compressed message refers 5 octets back, to before its start, against server_no_context_takeover"
/// );
/// # Ok::<(), InflateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TooFarBack {
    /// Further than over the agreed window (§7.1.2).
    Window {
        /// The window.
        window: WindowBits,
        /// Octets that it reaches back, 257 to 32 768.
        distance: u16,
        /// The first octet of the message for which it stands, counted from 0, inflated.
        octet: u64,
    },
    /// To before the start of the message, where no context takeover was agreed (§7.1.1).
    Message {
        /// Octets that it reaches back, 1 to 32 768.
        distance: u16,
        /// As above.
        octet: u64,
    },
}

impl TooFarBack {
    /// The first octet of the message for which the reference stands, counted from 0, inflated.
    #[must_use]
    pub const fn octet(self) -> u64 {
        match self {
            Self::Window { octet, .. } | Self::Message { octet, .. } => octet,
        }
    }

    /// Octets that it reaches back, 1 to 32 768.
    #[must_use]
    pub const fn distance(self) -> u16 {
        match self {
            Self::Window { distance, .. } | Self::Message { distance, .. } => distance,
        }
    }

    /// What its sender did wrong.
    #[must_use]
    pub const fn violation(self, sender: Role) -> ViolationKind {
        match self {
            Self::Window { window, distance, .. } => {
                ViolationKind::WindowExceeded { sender, bits: window.get(), distance }
            }
            Self::Message { distance, .. } => ViolationKind::ContextTakeover { sender, distance },
        }
    }
}

impl fmt::Display for TooFarBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let back = Count(self.distance().into(), "octet");
        write!(f, "octet {} of the inflated message refers {back} back, ", self.octet())?;
        match self {
            Self::Window { window, .. } => {
                write!(f, "further than over the agreed window of {} octets", window.octets())
            }
            Self::Message { .. } => {
                f.write_str("to before its start, although no context takeover was agreed")
            }
        }
    }
}
