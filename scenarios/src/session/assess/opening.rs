//! Why the opening handshake failed, and notes on one that succeeded.

use super::super::Session;
use crate::finding::{Finding, FindingKind, HandshakeFailure, NoCompression};
use wsproof_core::Role;
use wsproof_core::handshake::HandshakeWarning;

impl Session<'_> {
    /// Why the opening handshake was not completed.
    pub(super) fn handshake_failure(&self) -> HandshakeFailure {
        let opening = &self.opening;
        if let Some(refused) = &opening.refused {
            return HandshakeFailure::Refused(refused.told());
        }
        if let Some(failure) = &opening.failure {
            return failure.clone();
        }
        match self.ends.tcp {
            Some((tcp, at)) => HandshakeFailure::Dropped {
                tcp,
                after_us: at.as_micros() as u64,
                came: opening.came(),
                plain_tcp: self.options.plain_tcp,
            },
            None => HandshakeFailure::CutOff,
        }
    }

    /// What is wrong in the response though the connection stands.
    pub(super) fn handshake(&self) -> Vec<Finding> {
        let chunked = self.opening.ends_a_chunked_content();
        let warnings = self.opening.warnings.iter();
        let warnings = warnings.filter(|warning| !chunked || **warning != HandshakeWarning::TransferEncoding);
        let warnings = warnings.map(|warning| FindingKind::HandshakeWarning { warning: *warning });
        chunked
            .then_some(FindingKind::ChunkedHandshake)
            .into_iter()
            .chain(warnings)
            .map(Finding::of)
            .collect()
    }

    /// Why the case has no compression.
    pub(super) fn no_compression(&self) -> NoCompression {
        match self.role {
            Role::Client => NoCompression::NotAgreed,
            Role::Server => self.opening.no_compression.unwrap_or(NoCompression::NotOffered),
        }
    }

    /// A client hung up when it had our answer to its offer of compression.
    pub(super) fn dropped_at_answer(&self) -> Option<Finding> {
        let (agreed, (tcp, at)) = (self.agreed?, self.ends.tcp?);
        let before_any_frame = self.recorder.transcript().received_frames.is_empty();
        let by_itself = before_any_frame && !self.facts.closed_by_me;
        (self.role == Role::Server && by_itself).then(|| {
            let kind = FindingKind::DroppedAtAnswer {
                chosen: super::super::compression::answer_header(&agreed),
                hint_not_repeated: self.opening.hint_not_repeated,
                tcp,
                after_us: at.saturating_sub(self.opened_at).as_micros() as u64,
            };
            Finding::of(kind).at(at)
        })
    }
}
