//! Compressing messages (RFC 7692 §7.2.1).

use alloc::vec::Vec;
use core::fmt;

use zlib_rs::{Deflate, DeflateFlush};

use super::pool::{self, Kind};
use super::{Sending, Settings, TAIL};

/// An empty message, and an empty last fragment: the header bits of an empty stored block (§7.2.3.6).
const EMPTY: u8 = 0x00;

/// Compresses the messages of one direction of a connection.
///
/// ```
/// use wsproof_core::deflate::{Deflater, Sending, Settings, WindowBits};
///
/// let agreed = Sending { window: WindowBits::MAX, takeover: true };
/// let mut deflater = Deflater::new(agreed, Settings::default());
/// let mut payload = Vec::new();
/// deflater.message(b"Hello", &mut payload);
/// assert_eq!(payload, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]); // RFC 7692 §7.2.3.1
/// payload.clear();
/// deflater.message(b"Hello", &mut payload);
/// assert_eq!(payload, [0xf2, 0x00, 0x11, 0x00, 0x00]); // §7.2.3.2: refers to the first
/// ```
pub struct Deflater {
    /// Made at the first message; without context takeover there is one only within a message.
    stream: Option<Deflate>,
    agreed: Sending,
    settings: Settings,
    /// The stream holds nothing of this message, nor of an earlier one unless there is context takeover.
    fresh: bool,
}

impl Deflater {
    /// A compressor at the start of a connection.
    #[must_use]
    pub fn new(agreed: Sending, settings: Settings) -> Self {
        Self { stream: None, agreed, settings, fresh: true }
    }

    /// What tells its stream from those of others.
    fn kind(&self) -> Kind {
        Kind {
            level: self.settings.level.min(9),
            // No backend compresses with a window of 256 octets. With one of 512 this one looks back at most 250: its
            // distances end 262 octets (the longest match and what it looks ahead) before the window does.
            window_bits: self.agreed.window.get().max(9),
            mem_level: self.settings.mem_level.clamp(1, 9),
        }
    }

    fn stream(&mut self) -> &mut Deflate {
        let kind = self.kind();
        self.stream.get_or_insert_with(|| pool::deflater(kind))
    }

    /// What was agreed for this direction.
    #[must_use]
    pub const fn agreed(&self) -> Sending {
        self.agreed
    }

    /// How it compresses.
    #[must_use]
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// Appends a whole message, compressed.
    pub fn message(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.fragment(payload, true, out);
    }

    /// Appends a fragment, compressed so that the receiver can inflate it at once; `last` ends the message.
    pub fn fragment(&mut self, payload: &[u8], last: bool, out: &mut Vec<u8>) {
        if self.fresh && !self.agreed.takeover {
            self.stream().reset();
        }
        self.fresh = last;
        let start = out.len();
        self.flush(payload, out);
        if last {
            // A flush with nothing to say after a flush says nothing; the message still needs its empty block.
            match out[start..].strip_suffix(&TAIL) {
                Some(payload) => out.truncate(start + payload.len()),
                None => out.push(EMPTY),
            }
            if !self.agreed.takeover
                && let Some(stream) = self.stream.take()
            {
                pool::take_deflater(self.kind(), stream);
            }
        }
    }

    /// Makes `history`, of which the last `2^n` octets count, what the next message may refer to, in place of what came
    /// before: for who knows what the receiver's window holds, because it was sent by another compressor.
    pub fn remember(&mut self, history: &[u8]) {
        self.fresh = false;
        let stream = self.stream();
        stream.reset();
        let known = history.is_empty() || stream.set_dictionary(history).is_ok();
        debug_assert!(known, "a raw stream takes a dictionary at its start");
    }

    /// Compresses to the last bit, so that the output ends with [`TAIL`]; no output if there was nothing to flush.
    fn flush(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        let stream = self.stream();
        loop {
            let from = out.len();
            // Most payloads shrink; those that do not take another turn.
            let room = (input.len() / 2).clamp(64, 64 * 1024);
            out.resize(from + room, 0);
            let (before_in, before_out) = (stream.total_in(), stream.total_out());
            let status = stream.compress(input, &mut out[from..], DeflateFlush::SyncFlush);
            debug_assert!(status.is_ok(), "a deflate stream in order takes any input");
            let read = (stream.total_in() - before_in) as usize;
            let written = (stream.total_out() - before_out) as usize;
            input = &input[read..];
            out.truncate(from + written);
            // Room left means that everything was flushed.
            if written < room && input.is_empty() || status.is_err() {
                return;
            }
        }
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("agreed", &self.agreed)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
