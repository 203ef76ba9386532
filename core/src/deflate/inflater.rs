//! Decompressing messages, a bounded piece at a time (RFC 7692 §7.2.2).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::distances::Distances;
use super::{Sending, TAIL, TooFarBack, WindowBits};

/// The most octets that one step makes.
pub(crate) const PIECE: usize = 16 * 1024;

/// The furthest that DEFLATE refers back.
const HISTORY: usize = 32 * 1024;

/// So many compressed octets of a message are kept at most, to be able to say what is wrong with it: enough for as much as
/// is within reach of the messages before, unless it grew by a quarter when it was compressed.
const KEPT: usize = 40 * 1024;

/// The window's size as the backend wants it.
const WINDOW_BITS: u8 = 15;

/// Decompresses the messages of one direction of a connection.
///
/// Each step makes at most 16 KiB, whatever the input: a message that inflates a thousandfold costs no more memory than
/// any other. Blocks of every kind are read, also when a final block (BFINAL) comes before the end of the stream, and
/// what follows it may refer to what was before it (§7.2.3.4 and §7.2.3.5).
///
/// ```
/// use wsproof_core::deflate::{Inflater, Sending};
///
/// let mut inflater = Inflater::new(Sending::default());
/// let mut text = Vec::new();
/// for payload in [&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &[0xf2, 0x00, 0x11, 0x00, 0x00]] {
///     inflater.message(payload, 100, &mut text)?;
/// }
/// assert_eq!(text, b"HelloHello");
/// # Ok::<(), wsproof_core::deflate::InflateError>(())
/// ```
pub struct Inflater {
    stream: Inflate,
    agreed: Sending,
    /// What holds the distances against what was agreed.
    distances: Option<Box<Distances>>,
    /// What it found at an octet of the message that did not come out yet.
    found: Option<TooFarBack>,
    /// `HISTORY + PIECE` octets once there was any input.
    buffer: Vec<u8>,
    /// What came out ends here, `<= buffer.len()`.
    end: usize,
    /// So many octets before that stand for a reference that reaches too far, and what follows it: they are the output of
    /// the next step.
    withheld: usize,
    /// The last step's output is `buffer[end - withheld - made..end - withheld]`.
    made: usize,
    /// Octets of the message that came out, the withheld ones included. This and the next two are kept only where a
    /// reference can be wrong that the backend does not notice.
    octets: u64,
    /// Octets of the messages before; as many as can be referred to.
    before: u64,
    /// The first compressed octets of the message, where none must refer to before it and distances are not looked at.
    kept: Vec<u8>,
    /// What a later block may refer to is in `buffer[known_from..end]`.
    known_from: usize,
    /// Whether the message at hand has octets.
    begun: bool,
    /// A final block has ended and nothing came behind it yet.
    ended: bool,
}

/// Why a payload cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InflateError {
    /// The octets are not DEFLATE data (RFC 1951), or refer to what was before the start.
    Invalid,
    /// A reference reaches further back than was agreed.
    TooFarBack(TooFarBack),
    /// The message ends inside a block.
    Truncated,
    /// [`Inflater::message`] alone: more octets come out than were allowed.
    TooLong,
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooFarBack(fault) => return fault.fmt(f),
            Self::Invalid => "the compressed data is not valid DEFLATE",
            Self::Truncated => "the compressed message ends inside a DEFLATE block",
            Self::TooLong => "the inflated message is longer than allowed",
        })
    }
}

impl core::error::Error for InflateError {}

impl Inflater {
    /// A decompressor at the start of a connection, for messages of an end that agreed to this.
    ///
    /// Where that is a window of less than 15 bits, the distance of each reference is held against it: see
    /// [`with_window_check`](Self::with_window_check).
    #[must_use]
    pub fn new(agreed: Sending) -> Self {
        let inflater = Self {
            stream: Inflate::new(false, WINDOW_BITS),
            agreed,
            distances: None,
            found: None,
            buffer: Vec::new(),
            end: 0,
            withheld: 0,
            made: 0,
            octets: 0,
            before: 0,
            kept: Vec::new(),
            known_from: 0,
            begun: false,
            ended: false,
        };
        inflater.with_window_check(agreed.window < WindowBits::MAX)
    }

    /// The same decompressor with or without a look at each distance. Set it before anything is inflated.
    ///
    /// | agreed | with | without |
    /// | --- | --- | --- |
    /// | a window of less than 15 bits | with 9 bits 512 octets back are right, 513 are [`InflateError::TooFarBack`] | any distance is taken |
    /// | no context takeover | a reference to an earlier message is [`InflateError::TooFarBack`], and one can go on behind it | the same, and one cannot |
    /// | neither | nothing can reach too far: nothing is looked at | the same |
    ///
    /// The answer is exact, and the same however the stream is cut. The blocks are read a second time for it: what that
    /// costs is on [the module's page](super#windows). Default: with it where the agreed window has less than 15 bits.
    #[must_use]
    pub fn with_window_check(mut self, check: bool) -> Self {
        let limited = self.agreed.window < WindowBits::MAX || !self.agreed.takeover;
        self.distances = (check && limited).then(|| Box::new(Distances::new(self.agreed, 0)));
        self
    }

    /// What was agreed for this direction.
    #[must_use]
    pub const fn agreed(&self) -> Sending {
        self.agreed
    }

    /// Inflates what it can of `input`, which continues the message at hand, and cuts that off: how many octets came out,
    /// at most 16 KiB. They are the [`output`](Self::output). Go on as long as `input` is not empty or the step made
    /// something.
    ///
    /// # Errors
    ///
    /// [`InflateError::Invalid`]. What came out before the fault is the output. Nothing more can be inflated then.
    ///
    /// [`InflateError::TooFarBack`], for the first such reference of a message. What came out before it is the output. Who
    /// wants to know what the sender meant goes on: the next step makes at least the octet that the reference stands for.
    /// [`with_window_check`](Self::with_window_check) says where that cannot be.
    pub fn inflate(&mut self, input: &mut &[u8]) -> Result<usize, InflateError> {
        self.begun |= !input.is_empty();
        if self.withheld > 0 {
            return Ok(self.release());
        }
        let room = self.make_room();
        self.checked_step(input, room)
    }

    /// Ends the message at hand: inflates what is held back, as [`inflate`](Self::inflate). The message is complete when
    /// a step makes nothing.
    ///
    /// A message of no octets at all counts as an empty one; some peers send that instead of the octet 0.
    ///
    /// # Errors
    ///
    /// [`InflateError::Invalid`], [`InflateError::Truncated`], and [`InflateError::TooFarBack`] as [`inflate`](Self::inflate).
    pub fn finish(&mut self) -> Result<usize, InflateError> {
        if self.withheld > 0 {
            return Ok(self.release());
        }
        let room = self.make_room();
        self.finish_into(room)
    }

    /// The output of the last step.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        let end = self.end - self.withheld;
        &self.buffer[end - self.made..end]
    }

    /// As [`inflate`](Self::inflate), and if that takes all of `input` and leaves room, [`finish`](Self::finish) in the
    /// same step: so a short message is one output. Answers whether the message is complete.
    pub(crate) fn inflate_last(&mut self, input: &mut &[u8]) -> Result<bool, InflateError> {
        let first = self.inflate(input)?;
        if !input.is_empty() || first == PIECE {
            return Ok(false);
        }
        let rest = self.finish_into(PIECE - first);
        self.made += first;
        rest.map(|_| self.made < PIECE)
    }

    /// Appends a whole message, inflated.
    ///
    /// # Errors
    ///
    /// As [`inflate`](Self::inflate) and [`finish`](Self::finish); [`InflateError::TooLong`] when more than `max` octets
    /// come out. The octets before that are appended.
    pub fn message(&mut self, mut payload: &[u8], max: usize, out: &mut Vec<u8>) -> Result<(), InflateError> {
        let start = out.len();
        loop {
            let step = if payload.is_empty() { self.finish() } else { self.inflate(&mut payload) };
            let output = self.output();
            let left = max - (out.len() - start);
            out.extend_from_slice(&output[..output.len().min(left)]);
            match step? {
                0 if payload.is_empty() && self.is_between_messages() => return Ok(()),
                made if made > left => return Err(InflateError::TooLong),
                _ => {}
            }
        }
    }

    /// Whether no message has begun.
    #[must_use]
    pub const fn is_between_messages(&self) -> bool {
        !self.begun
    }

    /// Ends the message in the room for output that is left of this step.
    fn finish_into(&mut self, room: usize) -> Result<usize, InflateError> {
        // What is held back comes first: then the decoder stands where the message's octets end.
        let held_back = self.checked_step(&mut &[][..], room)?;
        if held_back == room {
            return Ok(held_back);
        }
        // A message need not end with the empty block whose end the tail is when it ends with a final one.
        if self.begun && !self.ended {
            // One octet more than the tail: a decoder that stands between two blocks does not take it.
            let probe = [TAIL[0], TAIL[1], TAIL[2], TAIL[3], 0];
            let mut input = &probe[..];
            let end = self.end;
            let step = self.step(&mut input, room - held_back, InflateFlush::Block);
            // What the tail itself gives is none of the message.
            let made = self.end - end;
            (self.end, self.made) = (end, held_back);
            step?;
            if made > 0 || input.len() != 1 {
                return Err(InflateError::Truncated);
            }
        }
        self.end_message();
        Ok(held_back)
    }

    fn end_message(&mut self) {
        self.begun = false;
        if self.distances.is_none() && self.agreed.takeover {
            return;
        }
        debug_assert!(self.found.is_none(), "a reference was told of whose octets did not come out");
        self.found = None;
        let octets = core::mem::take(&mut self.octets);
        self.before = self.before.saturating_add(octets).min(HISTORY as u64);
        if let Some(distances) = &mut self.distances {
            // It tells of what refers to before the message, and what that is can be told too.
            distances.begin_message(self.before);
        } else {
            self.reset();
            self.known_from = self.end;
            self.kept.clear();
        }
    }

    /// Makes what was withheld the output.
    fn release(&mut self) -> usize {
        self.made = core::mem::take(&mut self.withheld);
        self.made
    }

    /// A step, of which it is said too whether it refers back too far.
    #[inline]
    fn checked_step(&mut self, input: &mut &[u8], room: usize) -> Result<usize, InflateError> {
        if self.distances.is_none() && self.agreed.takeover {
            // Nothing can be wrong with a distance that the backend does not notice.
            return self.step(input, room, InflateFlush::NoFlush);
        }
        self.limited_step(input, room)
    }

    fn limited_step(&mut self, input: &mut &[u8], room: usize) -> Result<usize, InflateError> {
        let given = *input;
        let step = self.step(input, room, InflateFlush::NoFlush);
        let before = self.octets;
        self.octets += self.made as u64;
        let taken = if step.is_ok() { &given[..given.len() - input.len()] } else { given };
        if self.distances.is_some() {
            return self.look_back(taken, step);
        }
        if before < HISTORY as u64 {
            let room = KEPT.saturating_sub(self.kept.len());
            self.kept.extend_from_slice(&taken[..taken.len().min(room)]);
        }
        step.map_err(|error| self.name(error))
    }

    /// What is wrong with a message that must not refer to those before it: whether just that.
    #[cold]
    fn name(&self, error: InflateError) -> InflateError {
        // Of the window nobody wants to know.
        let agreed = Sending { window: WindowBits::MAX, takeover: false };
        match Distances::new(agreed, self.before).read(&self.kept) {
            Some(fault) if fault.octet() == self.octets => InflateError::TooFarBack(fault),
            _ => error,
        }
    }

    /// Reads the distances in `taken`, which the inflater took. A reference that reaches too far ends the output.
    fn look_back(&mut self, taken: &[u8], step: Result<usize, InflateError>) -> Result<usize, InflateError> {
        if let Some(distances) = &mut self.distances
            && let Some(fault) = distances.read(taken)
        {
            self.found = Some(fault);
        }
        // While there is no room for them, octets before it are still to come.
        let Some(fault) = self.found.take_if(|fault| fault.octet() <= self.octets) else { return step };
        self.withheld = (self.octets - fault.octet()).min(self.made as u64) as usize;
        self.made -= self.withheld;
        Err(InflateError::TooFarBack(fault))
    }

    /// The place for the next output: at least a piece, after what may be referred to.
    fn make_room(&mut self) -> usize {
        if self.buffer.is_empty() {
            self.buffer = vec![0; HISTORY + PIECE];
        }
        if self.end + PIECE > self.buffer.len() {
            let shift = self.end - HISTORY;
            self.buffer.copy_within(shift..self.end, 0);
            self.end = HISTORY;
            self.known_from = self.known_from.saturating_sub(shift);
        }
        PIECE
    }

    fn step(&mut self, input: &mut &[u8], room: usize, flush: InflateFlush) -> Result<usize, InflateError> {
        self.made = 0;
        loop {
            if self.ended && !input.is_empty() {
                self.go_on_after_final_block();
            }
            let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
            let out = &mut self.buffer[self.end..self.end + room - self.made];
            let status = self.stream.decompress(input, out, flush);
            let read = (self.stream.total_in() - before_in) as usize;
            let written = (self.stream.total_out() - before_out) as usize;
            *input = &input[read..];
            self.end += written;
            self.made += written;
            match status {
                Ok(Status::StreamEnd) => {
                    self.ended = true;
                    if input.is_empty() {
                        return Ok(self.made);
                    }
                }
                Ok(Status::Ok | Status::BufError) => return Ok(self.made),
                Err(_) => return Err(InflateError::Invalid),
            }
        }
    }

    /// After a final block another stream may follow, which may refer to what the ones before it said.
    fn go_on_after_final_block(&mut self) {
        self.reset();
        let from = self.end.saturating_sub(HISTORY).max(self.known_from);
        let known = self.stream.set_dictionary(&self.buffer[from..self.end]);
        debug_assert!(known.is_ok(), "a raw stream takes a dictionary at its start");
    }

    fn reset(&mut self) {
        self.ended = false;
        self.stream.reset(false);
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("agreed", &self.agreed)
            .field("window_check", &self.distances.is_some())
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}
