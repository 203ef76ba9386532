//! Divides the octets of a stream into frames, payloads with holes, and what is not a frame.

use wsproof_core::Count;
use wsproof_core::frame::{FrameDecoder, FrameEvent, FrameHeader, mask};

use super::{RSV1, Stream, name};
use crate::budget::MAX_LISTED;
use crate::fit;
use crate::model::{Connection, Sender};
use crate::overlong::{self, Meaning};
use crate::stray::{self, Chunks, Start};

/// Where the next octets belong.
pub(super) enum Place {
    /// Behind the handshake, where what is no frame may stand first: what has come so far, whether the response named the
    /// chunked transfer coding, and how much was no frame.
    Start { held: Vec<u8>, chunked: bool, strays: usize },
    /// To frames.
    Frames,
    /// To a control frame of which it is open how long it is: its octets so far, how many are wanted, when it came.
    Doubtful { held: Vec<u8>, look_at: usize, since: Option<u64> },
    /// To a payload of which octets are missing: so many are left, and not kept.
    Maimed(u64),
    /// That is not known: a frame may begin with one of the next segments.
    Lost,
    /// To nothing that is read: what came was no frame.
    Over,
}

/// So often something that is no frame is taken off before the first frame.
const MAX_STRAYS: usize = 3;

impl Stream {
    /// The handshake comes right before; `chunked` if its response named the chunked transfer coding.
    pub(crate) fn after_handshake(&mut self, chunked: bool) {
        self.place = Place::Start { held: Vec::new(), chunked, strays: 0 };
    }

    /// What was said before is not known, nor what was agreed on.
    pub(crate) fn midstream(&mut self) {
        self.presumed = true;
        self.within = true;
        if !self.deflate {
            // Whether RSV1 was agreed on, nobody knows; without parameters nothing is inflated.
            self.rules.allowed_rsv = RSV1;
            self.deflate = true;
        }
    }

    fn lose(&mut self) {
        self.place = Place::Lost;
        self.message = None;
        self.within = true;
        self.presumed = true;
    }

    /// Takes octets that were seen at this time.
    pub(crate) fn take(&mut self, connection: &mut Connection, octets: &mut [u8], time_us: Option<u64>) {
        let mut coded = octets;
        while let Some(chunks) = &mut self.chunks
            && !coded.is_empty()
        {
            let Some((coding, data)) = chunks.next(coded) else {
                self.chunks = None;
                break;
            };
            self.base += coding as u64;
            let (now, rest) = coded.split_at_mut(coding + data);
            self.go_on(connection, &mut now[coding..], time_us);
            coded = rest;
        }
        self.go_on(connection, coded, time_us);
    }

    fn go_on(&mut self, connection: &mut Connection, octets: &mut [u8], time_us: Option<u64>) {
        if self.full || octets.is_empty() {
            return;
        }
        match std::mem::replace(&mut self.place, Place::Frames) {
            Place::Frames => self.frames(connection, octets, time_us),
            Place::Start { mut held, chunked, strays } => {
                held.extend_from_slice(octets);
                self.start(connection, held, chunked, strays, time_us);
            }
            Place::Doubtful { mut held, look_at, since } => {
                held.extend_from_slice(octets);
                if held.len() < look_at {
                    self.place = Place::Doubtful { held, look_at, since };
                } else {
                    self.frames(connection, &mut held, since);
                }
            }
            Place::Maimed(left) => {
                let passed = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len());
                self.base += passed as u64;
                if passed as u64 == left {
                    self.end(connection);
                    return self.frames(connection, &mut octets[passed..], time_us);
                }
                self.place = Place::Maimed(left - passed as u64);
            }
            Place::Lost => {
                let masked = self.sender == Sender::Client;
                if fit::frames(octets, Some(masked)).is_some_and(|fit| fit.is_sure()) {
                    return self.frames(connection, octets, time_us);
                }
                self.passed_over += octets.len() as u64;
                self.base += octets.len() as u64;
                self.place = Place::Lost;
            }
            Place::Over => self.place = Place::Over,
        }
    }

    fn start(
        &mut self,
        connection: &mut Connection,
        mut held: Vec<u8>,
        chunked: bool,
        strays: usize,
        time_us: Option<u64>,
    ) {
        match stray::start(&held, self.base, chunked) {
            Start::Open => self.place = Place::Start { held, chunked, strays },
            Start::Stray(len, finding) if strays < MAX_STRAYS => {
                connection.told_violations.push(finding);
                self.base += len as u64;
                self.place = Place::Start { held: Vec::new(), chunked, strays: strays + 1 };
                self.go_on(connection, &mut held[len..], time_us);
            }
            Start::Chunk(finding) => {
                connection.told_violations.push(finding);
                self.chunks = Some(Chunks::default());
                self.take(connection, &mut held, time_us);
            }
            Start::Stray(..) | Start::Frames => self.frames(connection, &mut held, time_us),
        }
    }

    fn frames(&mut self, connection: &mut Connection, octets: &mut [u8], time_us: Option<u64>) {
        let mut doubt = self.until_doubt(connection, octets, time_us);
        let mut joined;
        let mut rest = octets;
        if let Some((header, len, begun @ ..0)) = doubt {
            // What came of the header before these octets is put in front of them.
            joined =
                header.encode_as(header.length_form(len)).map(|octets| octets.to_vec()).unwrap_or_default();
            joined.extend_from_slice(&rest[(begun + len as isize).max(0) as usize..]);
            rest = &mut joined;
            doubt = Some((header, len, 0));
        }
        while let Some((header, len, begun)) = doubt {
            rest = &mut rest[begun.max(0) as usize..];
            let Some(read) = self.doubtful(connection, rest, &header, len, time_us) else { return };
            rest = &mut rest[read..];
            doubt = self.until_doubt(connection, rest, time_us);
        }
    }

    /// Reads frames up to a header that is doubtful: that, its length, and where it begins in `octets`: before them if it was
    /// split.
    fn until_doubt(
        &mut self,
        connection: &mut Connection,
        octets: &mut [u8],
        time_us: Option<u64>,
    ) -> Option<(FrameHeader, usize, isize)> {
        let all = octets.len();
        let mut decoder = std::mem::take(&mut self.decoder);
        let mut events = decoder.decode(octets);
        while let Some(event) = events.next() {
            match event {
                FrameEvent::Header { .. } if connection.frames.len() >= MAX_LISTED => {
                    connection.notes.push(format!("only the first {MAX_LISTED} frames are listed"));
                    self.full = true;
                    break;
                }
                FrameEvent::Header { header, len, offset } if overlong::is_doubtful(&header, len) => {
                    let behind = all - events.into_rest().len();
                    self.base += offset;
                    return Some((header, len, behind as isize - len as isize));
                }
                FrameEvent::Header { header, len, offset } => {
                    self.header(connection, &header, len, self.base + offset, time_us);
                }
                FrameEvent::Payload { octets, position } => {
                    self.payload(connection, octets, position);
                    if self.is_http(connection) {
                        self.place = Place::Over;
                        break;
                    }
                }
                FrameEvent::End => self.end(connection),
            }
        }
        self.decoder = decoder;
        None
    }

    /// Reads the control frame at the beginning of `octets`, whose length is not in seven bits, as its sender most likely
    /// meant it: how many octets were read, or `None` if more must be seen first.
    fn doubtful(
        &mut self,
        connection: &mut Connection,
        octets: &mut [u8],
        header: &FrameHeader,
        len: usize,
        time_us: Option<u64>,
    ) -> Option<usize> {
        let Some(meaning) = overlong::meaning(octets, self.at_end) else {
            self.place =
                Place::Doubtful { held: octets.to_vec(), look_at: 2 * octets.len().max(64), since: time_us };
            return None;
        };
        let offset = self.base;
        self.header(connection, header, len, offset, time_us);
        let Meaning::SevenBits(meant, len) = meaning else {
            // A decoder that stands behind the header.
            let mut decoder = FrameDecoder::new();
            let _ = decoder.decode(&mut octets[..len]).next();
            self.decoder = decoder;
            return Some(len);
        };
        let frame = &mut connection.frames[self.frame];
        (frame.header_len, frame.mask, frame.announced) = (len, meant.mask, meant.payload_len);
        if !self.told_meaning {
            self.told_meaning = true;
            connection.notes.push(format!(
                "the {}'s frame at octet {offset} has {} in the seven bits of its length, which says that a longer length follows; \
                 its sender seems to have meant {} and is shown so",
                name(self.sender),
                meant.payload_len,
                Count(meant.payload_len, "octet")
            ));
        }
        let end = len + meant.payload_len as usize;
        let payload = &mut octets[len..end];
        if let Some(key) = meant.mask {
            mask::apply(key, 0, payload);
        }
        self.payload(connection, payload, 0);
        self.end(connection);
        self.base += end as u64;
        Some(end)
    }

    /// Whether what was read as a frame is HTTP; then that is said in place of what it breaks as a frame.
    fn is_http(&self, connection: &mut Connection) -> bool {
        let frame = &mut connection.frames[self.frame];
        if frame.header_len != 2 || frame.violations.is_empty() {
            return false;
        }
        let Some(line) = stray::http_line(&frame.header(), &frame.payload) else { return false };
        frame.violations = vec![stray::http_finding(&line, frame.offset)];
        let who = name(self.sender);
        connection.notes.push(format!("the {who}'s octets from there on are HTTP, and not read as frames"));
        true
    }

    /// So many octets are not in the capture.
    pub(crate) fn miss(&mut self, connection: &mut Connection, count: u64) {
        if self.full || count == 0 {
            return;
        }
        self.settle(connection);
        self.missing += count;
        let left = match self.place {
            Place::Over => return,
            Place::Maimed(left) => left,
            _ => self.decoder.remaining(),
        };
        self.base = self.base.saturating_add(self.decoder.offset()).saturating_add(count);
        self.decoder = FrameDecoder::new();
        if left > 0
            && let Some(open) =
                self.message.as_mut().filter(|_| connection.frames[self.frame].message.is_some())
        {
            // What is not there can be neither inflated nor judged, nor what refers to it.
            (open.spoilt, open.maimed) = (true, true);
            self.presumed = true;
        }
        if count < left && self.chunks.is_none() {
            self.place = Place::Maimed(left - count);
            return;
        }
        if left > 0 {
            self.end(connection);
        }
        self.place = Place::Frames;
        if count > left || self.chunks.is_some() {
            // What is missing may be whole frames: the next segment mostly begins with one.
            self.chunks = None;
            self.inflater = None;
            self.gaps += 1;
            self.lose();
        }
    }

    /// Nothing more comes to what is open: it is read as it is.
    pub(super) fn settle(&mut self, connection: &mut Connection) {
        self.at_end = true;
        match std::mem::replace(&mut self.place, Place::Frames) {
            Place::Start { mut held, .. } => self.frames(connection, &mut held, None),
            Place::Doubtful { mut held, since, .. } => self.frames(connection, &mut held, since),
            other => self.place = other,
        }
        self.at_end = false;
    }
}
