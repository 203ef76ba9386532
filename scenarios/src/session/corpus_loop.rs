//! Sends a thousand compressed messages, each after the echo of the one before was right.

use std::sync::Arc;
use std::time::Duration;

use wsproof_core::Role;
use wsproof_core::deflate::{Deflater, Sending, Settings};
use wsproof_core::frame::Opcode;

use super::compression::own_sending;
use super::outbox::{Fragments, Source};
use super::{Session, State};
use crate::corpus::{Compressed, Corpus, Span};
use crate::transcript::Traffic;

/// RSV1, which tells of a compressed message, in the three RSV bits (RFC 7692 §6).
const RSV1: u8 = 4;

/// Messages from this size on are put together from what was compressed before; shorter ones are compressed one by one.
const LARGE: usize = 4096;

/// The loop of a [`Step::CorpusLoop`](crate::case::Step::CorpusLoop).
#[derive(Debug)]
pub(super) struct CorpusLoop {
    corpus: Corpus,
    /// In each message.
    units: usize,
    /// Round trips still to be made, the one under way included.
    left: u32,
    /// The unit of the corpus at which the next message begins.
    next: usize,
    /// The message that is under way.
    span: Span,
    /// Octets of the corpus that the testee's window may hold already.
    before: usize,
    takeover: bool,
    compressor: Compressor,
    /// The compressed message, shared with the frames that are on their way.
    payload: Arc<Vec<u8>>,
}

#[derive(Debug)]
enum Compressor {
    /// One by one.
    Single(Box<Deflater>),
    /// From a store that all cases share.
    Shared(Arc<Compressed>),
}

impl CorpusLoop {
    fn new(corpus: Corpus, units: u32, count: u32, sending: Sending) -> Self {
        let units = (units as usize).clamp(1, corpus.ring().units() - 1);
        Self {
            corpus,
            units,
            left: count,
            next: 0,
            span: Span { start: 0, len: 0 },
            before: 0,
            takeover: sending.takeover,
            compressor: if units < LARGE {
                Compressor::Single(Box::new(Deflater::new(sending, Settings::default())))
            } else {
                Compressor::Shared(Compressed::of(corpus, sending.window))
            },
            payload: Arc::default(),
        }
    }

    /// Makes the next message: its compressed octets.
    fn advance(&mut self) -> Arc<Vec<u8>> {
        let ring = self.corpus.ring();
        self.span = ring.span(self.next, self.units);
        self.next = (self.next + self.units) % ring.units();
        // The octets of the last message have left; if a frame still holds them it keeps them.
        let mut payload = Arc::try_unwrap(std::mem::take(&mut self.payload)).unwrap_or_default();
        payload.clear();
        match &mut self.compressor {
            Compressor::Single(deflater) => {
                let [first, rest] = ring.pieces(self.span);
                if rest.is_empty() {
                    deflater.message(first, &mut payload);
                } else {
                    deflater.message(&[first, rest].concat(), &mut payload);
                }
            }
            Compressor::Shared(compressed) => compressed.message(self.span, self.before, &mut payload),
        }
        if self.takeover {
            self.before += self.span.len;
        }
        self.payload = Arc::new(payload);
        self.payload.clone()
    }

    /// Round trips that were not made.
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    /// Whether messages are binary.
    pub(super) fn is_binary(&self) -> bool {
        self.corpus.is_binary()
    }

    /// Octets of the message under way.
    pub(super) fn octets(&self) -> u64 {
        self.span.len as u64
    }

    /// Whether the message under way holds these octets from `offset` on.
    pub(super) fn matches_at(&self, offset: u64, octets: &[u8]) -> bool {
        usize::try_from(offset).is_ok_and(|offset| self.corpus.ring().matches_at(self.span, offset, octets))
    }
}

impl Session<'_> {
    /// Begins the loop.
    pub(super) fn begin_corpus_loop(&mut self, corpus: Corpus, units: u32, count: u32, now: Duration) {
        let Some(agreed) = self.agreed else { return };
        let sending = own_sending(agreed, self.role, &self.case.deflate);
        self.corpus_loop = Some(CorpusLoop::new(corpus, units, count, sending));
        self.send_corpus_message(now);
    }

    /// The message came back right: sends the next. Answers whether the loop is done.
    pub(super) fn next_corpus_message(&mut self, now: Duration) -> bool {
        let Some(corpus_loop) = &mut self.corpus_loop else { return true };
        corpus_loop.left = corpus_loop.left.saturating_sub(1);
        if corpus_loop.left == 0 {
            return true;
        }
        self.send_corpus_message(now);
        false
    }

    fn send_corpus_message(&mut self, now: Duration) {
        let Some(corpus_loop) = &mut self.corpus_loop else { return };
        if self.state != State::Open {
            return;
        }
        let payload = corpus_loop.advance();
        let opcode = if corpus_loop.is_binary() { Opcode::BINARY } else { Opcode::TEXT };
        let len = payload.len() as u64;
        self.traffic.outgoing.message(corpus_loop.octets(), len);
        let fragment = match self.script.auto_fragment() {
            0 => u64::MAX,
            octets => u64::from(octets),
        };
        let masked = self.role == Role::Client;
        let fragments = Fragments::new(opcode, Source::Shared(payload), fragment, masked).with_rsv(RSV1);
        self.traffic.outgoing.frames += fragments.count();
        self.send_fragments(fragments, now);
    }

    /// Takes the statistics of the loop that is done.
    pub(super) fn snapshot_traffic(&mut self) {
        let mut traffic: Traffic = self.traffic;
        let transcript = self.recorder.transcript_mut();
        let total = |octets: &std::collections::BTreeMap<u64, u64>| -> u64 {
            octets.iter().map(|(size, count)| size * count).sum()
        };
        let (sent, received) = (total(&transcript.sent_octets), total(&transcript.received_octets));
        // Secrets are masked in the text of our own head, so that may be shorter than what was sent.
        let out = self.opening.sent;
        let into = match self.role {
            Role::Client => transcript.http_response.len(),
            Role::Server => transcript.http_request.len(),
        } as u64;
        (traffic.preopen_outgoing, traffic.preopen_incoming) = (out, into);
        traffic.outgoing.wire = sent.saturating_sub(out);
        traffic.incoming.wire = received.saturating_sub(into);
        transcript.traffic = Some(traffic);
    }

    /// The case needs compression: ends it if there is none.
    pub(super) fn require_deflate(&mut self, now: Duration) -> bool {
        if self.agreed.is_none() {
            self.progress.unimplemented();
            self.shut_with_code(1000, now);
        }
        self.agreed.is_some()
    }
}
