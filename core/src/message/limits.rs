//! Limits on what a peer may send (RFC 6455 §10.4).

use crate::rules::Fault;
use crate::violation::ViolationKind;

/// Bounds on what is received. All are judged from the header alone, before any of the payload has come; only the octets
/// of a compressed message are counted as they are inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of payload in one data frame, as they are on the wire. Default 64 MiB.
    pub max_frame: u64,
    /// Octets of payload in all frames of one message; of a compressed one, the inflated octets. Default 64 MiB.
    pub max_message: u64,
    /// Frames in one message, empty ones included; 0 counts as 1. Default 2^20.
    pub max_fragments: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_frame: 64 << 20, max_message: 64 << 20, max_fragments: 1 << 20 }
    }
}

impl Limits {
    /// No bounds but those of the protocol.
    pub const NONE: Self = Self { max_frame: u64::MAX, max_message: u64::MAX, max_fragments: u32::MAX };
}

/// Counts one message against its [`Limits`].
#[derive(Clone, Copy, Debug)]
pub struct Limiter {
    limits: Limits,
    /// The lesser of `limits.max_frame` and `limits.max_message`.
    max_whole: u64,
    /// Octets announced by the frames of the message so far, or inflated, `<= limits.max_message`.
    octets: u64,
    /// Frames of the message so far, `<= limits.max_fragments`.
    fragments: u32,
}

impl Limiter {
    /// A count of nothing.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        let max_fragments = if limits.max_fragments == 0 { 1 } else { limits.max_fragments };
        let Limits { max_frame, max_message, .. } = limits;
        let max_whole = if max_frame < max_message { max_frame } else { max_message };
        Self { limits: Limits { max_fragments, ..limits }, max_whole, octets: 0, fragments: 0 }
    }

    /// Octets that a message in one frame may have.
    #[must_use]
    #[inline]
    pub const fn max_whole(&self) -> u64 {
        self.max_whole
    }

    /// Whether a data frame of `payload_len` octets may join the message; nothing is counted.
    ///
    /// # Errors
    ///
    /// The limit that it would pass; `length_at` is the place of the header's length field.
    #[inline]
    pub const fn check(&self, payload_len: u64, length_at: u64) -> Result<(), Fault> {
        let kind = if payload_len > self.limits.max_frame {
            ViolationKind::FrameTooLong
        } else if payload_len > self.limits.max_message - self.octets {
            ViolationKind::MessageTooLong
        } else if self.fragments >= self.limits.max_fragments {
            return Err(Fault { kind: ViolationKind::TooManyFragments, at: 0 });
        } else {
            return Ok(());
        };
        Err(Fault { kind, at: length_at })
    }

    /// Counts a data frame.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and then it is not counted.
    #[inline]
    pub const fn admit(&mut self, payload_len: u64, length_at: u64) -> Result<(), Fault> {
        if let Err(fault) = self.check(payload_len, length_at) {
            return Err(fault);
        }
        self.octets += payload_len;
        self.fragments += 1;
        Ok(())
    }

    /// Whether a frame of a compressed message may join it, as [`check`](Self::check): its octets are counted once they
    /// are [inflated](Self::take_inflated).
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    #[inline]
    pub const fn check_compressed(&self, payload_len: u64, length_at: u64) -> Result<(), Fault> {
        if payload_len > self.limits.max_frame {
            return Err(Fault { kind: ViolationKind::FrameTooLong, at: length_at });
        }
        self.check(0, length_at)
    }

    /// Counts a frame of a compressed message.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and then it is not counted.
    #[inline]
    pub const fn admit_compressed(&mut self, payload_len: u64, length_at: u64) -> Result<(), Fault> {
        if let Err(fault) = self.check_compressed(payload_len, length_at) {
            return Err(fault);
        }
        self.fragments += 1;
        Ok(())
    }

    /// Counts inflated octets, as many of them as the limit allows: how many that are.
    #[inline]
    pub const fn take_inflated(&mut self, octets: u64) -> u64 {
        let left = self.limits.max_message - self.octets;
        let taken = if octets < left { octets } else { left };
        self.octets += taken;
        taken
    }

    /// Starts the count of the next message.
    #[inline]
    pub const fn end_message(&mut self) {
        self.octets = 0;
        self.fragments = 0;
    }

    /// Octets that the frames of the message announced, or that were inflated, so far.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// The bounds.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_holds_exactly() {
        let mut limiter = Limiter::new(Limits { max_frame: 10, max_message: 15, max_fragments: 3 });
        let fault = |kind, at| Err(Fault { kind, at });
        assert_eq!(limiter.admit(11, 1), fault(ViolationKind::FrameTooLong, 1));
        assert_eq!(limiter.admit(10, 1), Ok(()));
        assert_eq!(limiter.admit(6, 2), fault(ViolationKind::MessageTooLong, 2));
        assert_eq!(limiter.admit(5, 1), Ok(()));
        assert_eq!(limiter.admit(0, 1), Ok(()));
        assert_eq!(limiter.admit(0, 1), fault(ViolationKind::TooManyFragments, 0));
        limiter.end_message();
        assert_eq!(limiter.admit(10, 1), Ok(()));
    }

    #[test]
    fn the_largest_lengths_do_not_overflow() {
        let mut limiter = Limiter::new(Limits::NONE);
        assert_eq!(limiter.admit(u64::MAX, 2), Ok(()));
        assert!(limiter.admit(1, 1).is_err());
    }
}
