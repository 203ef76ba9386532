//! The octets to write, generated while they are written: a message of 16 MiB takes 64 KiB of memory.

use std::collections::VecDeque;
use std::sync::Arc;

use wsproof_core::frame::{EncodedHeader, FrameHeader, Opcode, mask};

use super::entropy::Entropy;
use crate::payload::Payload;
use crate::transcript::Excerpt;

/// No write is longer than this.
const MAX_WRITE: usize = 64 * 1024;

/// Where the octets of a payload come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// From a case's description.
    Described(Payload),
    /// These.
    Shared(Arc<Vec<u8>>),
}

impl Source {
    fn len(&self) -> u64 {
        match self {
            Self::Described(payload) => payload.len(),
            Self::Shared(octets) => octets.len() as u64,
        }
    }

    fn append(&self, offset: u64, n: usize, out: &mut Vec<u8>) {
        match self {
            Self::Described(payload) => {
                let start = out.len();
                out.resize(start + n, 0);
                payload.read(offset, &mut out[start..]);
            }
            Self::Shared(octets) => out.extend_from_slice(&octets[offset as usize..][..n]),
        }
    }
}

/// One frame on its way out.
#[derive(Debug)]
pub(super) struct OutFrame {
    /// `None` for octets that continue a frame whose header went before.
    head: Option<EncodedHeader>,
    payload: Source,
    /// Octets of the payload that went before in frames of their own: a fragment is a window of its message.
    offset: u64,
    /// Octets of this frame's payload. Fewer than the header announces when it is streamed.
    len: u64,
    key: Option<[u8; 4]>,
    /// Position of the octets in the masking of their frame.
    mask_offset: u64,
}

impl OutFrame {
    /// A frame with this header, whose payload is masked with this key or not.
    pub(super) fn whole(head: EncodedHeader, key: Option<[u8; 4]>, payload: Payload) -> Self {
        Self { head: Some(head), ..Self::continuing(payload, key, 0) }
    }

    fn of(header: &FrameHeader, payload: Source, offset: u64) -> Self {
        Self {
            head: Some(header.encode()),
            payload,
            offset,
            len: header.payload_len,
            key: header.mask,
            mask_offset: 0,
        }
    }

    /// A header whose payload follows piece by piece.
    pub(super) fn header_only(header: &FrameHeader) -> Self {
        Self::whole(header.encode(), header.mask, Payload::bytes([]))
    }

    /// Octets that continue the payload of a frame whose header went before, from `mask_offset` in its masking on.
    pub(super) fn continuing(payload: Payload, key: Option<[u8; 4]>, mask_offset: u64) -> Self {
        let len = payload.len();
        Self { head: None, payload: Source::Described(payload), offset: 0, len, key, mask_offset }
    }

    /// The payload of this frame alone.
    pub(super) fn window(&self) -> Payload {
        let mut octets = Vec::new();
        self.payload.append(self.offset, self.len as usize, &mut octets);
        Payload::bytes(octets)
    }

    fn head(&self) -> &[u8] {
        self.head.as_deref().unwrap_or(&[])
    }

    /// Octets on the wire.
    pub(super) fn wire_len(&self) -> u64 {
        self.head().len() as u64 + self.len
    }

    /// Appends wire octets from `at` on, `n` of them.
    fn append(&self, at: u64, n: usize, out: &mut Vec<u8>) {
        let head = self.head().get(at as usize..).unwrap_or(&[]);
        let head = &head[..head.len().min(n)];
        out.extend_from_slice(head);
        let rest = n - head.len();
        if rest > 0 {
            let from = at + head.len() as u64 - self.head().len() as u64;
            let start = out.len();
            self.payload.append(self.offset + from, rest, out);
            if let Some(key) = self.key {
                mask::apply(key, self.mask_offset + from, &mut out[start..]);
            }
        }
    }

    /// The first octets on the wire.
    pub(super) fn excerpt(&self) -> Excerpt {
        let mut head = Vec::new();
        self.append(0, self.wire_len().min(Excerpt::MAX as u64) as usize, &mut head);
        Excerpt { len: self.wire_len(), head }
    }
}

/// A message that is cut into frames while it is sent.
#[derive(Debug)]
pub(super) struct Fragments {
    opcode: Opcode,
    /// The reserved bits of the first frame.
    rsv: u8,
    payload: Source,
    fragment: u64,
    masked: bool,
    /// Payload octets already cut off. At most the payload's length.
    sent: u64,
    /// The final frame was made.
    done: bool,
}

impl Fragments {
    pub(super) fn new(opcode: Opcode, payload: Source, fragment: u64, masked: bool) -> Self {
        Self { opcode, rsv: 0, payload, fragment, masked, sent: 0, done: false }
    }

    /// With these reserved bits on the first frame.
    pub(super) fn with_rsv(mut self, rsv: u8) -> Self {
        self.rsv = rsv;
        self
    }

    /// The opcode of the first frame.
    pub(super) fn opcode(&self) -> Opcode {
        self.opcode
    }

    /// How many frames there are.
    pub(super) fn count(&self) -> u64 {
        self.sizes().iter().map(|(_, count)| count).sum()
    }

    /// The next frame. A message whose length is a multiple of the fragment size ends with an empty frame.
    pub(super) fn next(&mut self, entropy: &mut Entropy) -> Option<(FrameHeader, OutFrame)> {
        if self.done {
            return None;
        }
        let left = self.payload.len() - self.sent;
        let whole = self.sent == 0 && left <= self.fragment;
        let fin = whole || left < self.fragment;
        let header = FrameHeader {
            fin,
            rsv: if self.sent == 0 { self.rsv } else { 0 },
            opcode: if self.sent == 0 { self.opcode } else { Opcode::CONTINUATION },
            mask: self.masked.then(|| entropy.masking_key()),
            payload_len: if fin { left } else { self.fragment },
        };
        let frame = OutFrame::of(&header, self.payload.clone(), self.sent);
        self.sent += header.payload_len;
        self.done = fin;
        Some((header, frame))
    }

    /// How many frames there are, and of what wire sizes: size and count, the last one apart.
    pub(super) fn sizes(&self) -> [(u64, u64); 2] {
        let wire = |payload_len| {
            let mask = self.masked.then_some([0; 4]);
            let header = FrameHeader { fin: true, rsv: 0, opcode: self.opcode, mask, payload_len };
            header.encode().len() as u64 + payload_len
        };
        let len = self.payload.len();
        let full = if len <= self.fragment { 0 } else { len / self.fragment };
        [(wire(self.fragment.min(len)), full), (wire(len - full * self.fragment), 1)]
    }
}

#[derive(Debug)]
enum Item {
    Octets(Vec<u8>),
    Frame(OutFrame),
    Fragments(Fragments, Option<OutFrame>),
}

#[derive(Debug)]
struct Queued {
    item: Item,
    /// Octets of it already staged.
    at: u64,
    /// How it must be written on its own; `None`: together with its neighbours.
    piece: Option<Piece>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Octets in a write.
    size: u64,
    /// For the log.
    sync: bool,
}

/// The queue of octets to write.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Queued>,
    /// The octets of the write in progress.
    staged: Vec<u8>,
    /// How many of them were written. `written <= staged.len()`.
    written: usize,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.written == self.staged.len()
    }

    /// Frames, and other things, that wait to be written.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether something waits to be written on its own: whatever comes later waits behind it.
    fn has_pieces(&self) -> bool {
        self.queue.back().is_some_and(|last| last.piece.is_some())
    }

    /// Queues octets that are no frame.
    pub(super) fn push_octets(&mut self, octets: Vec<u8>) {
        self.queue.push_back(Queued { item: Item::Octets(octets), at: 0, piece: None });
    }

    /// Queues a frame. Answers whether it joins the next write; else it is told of when it is written.
    pub(super) fn push_frame(&mut self, frame: OutFrame, chop: Option<u32>, sync: bool) -> bool {
        let piece = match chop {
            Some(size) => Some(Piece { size: u64::from(size.max(1)), sync: true }),
            None => (sync || self.has_pieces()).then_some(Piece { size: MAX_WRITE as u64, sync }),
        };
        self.queue.push_back(Queued { item: Item::Frame(frame), at: 0, piece });
        piece.is_none()
    }

    /// Queues a message whose frames are made when they are due.
    pub(super) fn push_fragments(&mut self, fragments: Fragments) {
        let piece = self.has_pieces().then_some(Piece { size: MAX_WRITE as u64, sync: false });
        self.queue.push_back(Queued { item: Item::Fragments(fragments, None), at: 0, piece });
    }

    /// Forgets everything that was not handed out yet.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.staged.clear();
        self.written = 0;
    }

    /// Forgets what was to be written on its own, and all behind it.
    pub(super) fn drop_pieces(&mut self) {
        if let Some(at) = self.queue.iter().position(|queued| queued.piece.is_some()) {
            self.queue.truncate(at);
        }
    }

    /// The octets of the write in progress.
    pub(super) fn pending(&self) -> &[u8] {
        &self.staged[self.written..]
    }

    pub(super) fn wrote(&mut self, octets: usize) {
        self.written = (self.written + octets).min(self.staged.len());
    }

    /// Prepares the next write if none is in progress. Answers with the piece that it is, for the log.
    pub(super) fn stage(&mut self, entropy: &mut Entropy) -> Option<(Excerpt, bool)> {
        if self.written < self.staged.len() {
            return None;
        }
        self.staged.clear();
        self.written = 0;
        while let Some(front) = self.queue.front_mut() {
            if front.piece.is_some() && !self.staged.is_empty() {
                break;
            }
            let limit = front.piece.map_or(MAX_WRITE, |piece| piece.size.min(MAX_WRITE as u64) as usize);
            let room = limit.saturating_sub(self.staged.len());
            if room == 0 {
                break;
            }
            let finished = front.fill(&mut self.staged, room, entropy);
            let piece = front.piece;
            if finished {
                self.queue.pop_front();
            }
            if let Some(piece) = piece
                && !self.staged.is_empty()
            {
                return Some((Excerpt::of(&self.staged), piece.sync));
            }
        }
        None
    }
}

impl Queued {
    /// Appends at most `room` octets. Answers whether nothing is left.
    fn fill(&mut self, out: &mut Vec<u8>, room: usize, entropy: &mut Entropy) -> bool {
        match &mut self.item {
            Item::Octets(octets) => {
                let rest = &octets[self.at as usize..];
                let n = rest.len().min(room);
                out.extend_from_slice(&rest[..n]);
                self.at += n as u64;
                n == rest.len()
            }
            Item::Frame(frame) => {
                let n = (frame.wire_len() - self.at).min(room as u64);
                frame.append(self.at, n as usize, out);
                self.at += n;
                self.at == frame.wire_len()
            }
            Item::Fragments(fragments, current) => {
                let end = out.len() + room;
                loop {
                    if current.is_none() {
                        match fragments.next(entropy) {
                            Some((_, frame)) => *current = Some(frame),
                            None => return true,
                        }
                        self.at = 0;
                    }
                    if let Some(frame) = current {
                        let n = (frame.wire_len() - self.at).min((end - out.len()) as u64);
                        frame.append(self.at, n as usize, out);
                        self.at += n;
                        if self.at < frame.wire_len() {
                            return false;
                        }
                        *current = None;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(outbox: &mut Outbox) -> Vec<Vec<u8>> {
        let mut entropy = Entropy::new(1, None);
        let mut writes = Vec::new();
        loop {
            outbox.stage(&mut entropy);
            let octets = outbox.pending().to_vec();
            if octets.is_empty() {
                return writes;
            }
            outbox.wrote(octets.len());
            writes.push(octets);
        }
    }

    fn frame(octets: &[u8]) -> OutFrame {
        let header = FrameHeader::new(Opcode::TEXT, octets.len() as u64);
        OutFrame::whole(header.encode(), header.mask, Payload::bytes(octets))
    }

    #[test]
    fn neighbours_share_a_write() {
        let mut outbox = Outbox::default();
        outbox.push_frame(frame(b"ab"), None, false);
        outbox.push_frame(frame(b"cd"), None, false);
        assert_eq!(drain(&mut outbox), [b"\x81\x02ab\x81\x02cd"]);
    }

    #[test]
    fn pieces_and_what_follows_them_go_apart() {
        let mut outbox = Outbox::default();
        assert!(outbox.push_frame(frame(b"a"), None, false));
        assert!(!outbox.push_frame(frame(b"bcd"), Some(2), false));
        assert!(!outbox.push_frame(frame(b"e"), None, false));
        let expected: [&[u8]; 5] = [b"\x81\x01a", b"\x81\x03", b"bc", b"d", b"\x81\x01e"];
        assert_eq!(drain(&mut outbox), expected);
    }

    #[test]
    fn fragments_end_with_an_empty_frame_when_they_fit_exactly() {
        for (octets, fragment, frames) in [(4, 2, 3), (5, 2, 3), (2, 2, 1), (0, 2, 1), (3, 1, 4)] {
            let mut fragments = Fragments::new(
                Opcode::TEXT,
                Source::Described(Payload::repeat(*b"x", octets)),
                fragment,
                false,
            );
            let sizes = fragments.sizes();
            let mut entropy = Entropy::new(0, None);
            let made: Vec<u64> = std::iter::from_fn(|| fragments.next(&mut entropy))
                .map(|(_, frame)| frame.wire_len())
                .collect();
            assert_eq!(made.len(), frames, "{octets} in {fragment}");
            let counted: Vec<u64> =
                sizes.iter().flat_map(|(size, count)| vec![*size; *count as usize]).collect();
            assert_eq!(made, counted, "{octets} in {fragment}");
        }
    }

    #[test]
    fn long_payloads_are_masked_across_writes() {
        let header = FrameHeader { mask: Some([1, 2, 3, 4]), ..FrameHeader::new(Opcode::BINARY, 200_000) };
        let payload = Payload::repeat(*b"abc", 200_000);
        let mut outbox = Outbox::default();
        outbox.push_frame(OutFrame::whole(header.encode(), header.mask, payload.clone()), None, false);
        let writes = drain(&mut outbox);
        assert!(writes.iter().all(|write| write.len() <= MAX_WRITE));
        let mut octets = writes.concat().split_off(header.encode().len());
        mask::apply([1, 2, 3, 4], 0, &mut octets);
        assert!(payload.matches(&octets));
    }
}
