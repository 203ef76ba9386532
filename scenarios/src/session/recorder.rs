//! Records the transcript: wire log and statistics.

use std::time::Duration;

use wsproof_core::frame::FrameHeader;

use super::log::Log;
use crate::payload::Payload;
use crate::tcp_end::TcpEnd;
use crate::transcript::{Excerpt, LogEntry, LogEvent, Transcript};

/// Writes the transcript of a session.
#[derive(Debug)]
pub(super) struct Recorder {
    /// All of it but the log.
    transcript: Transcript,
    log: Log,
    /// Octets and frames are logged. Timers always are.
    on: bool,
}

impl Recorder {
    /// For a case of so many steps.
    pub(super) fn new(steps: usize) -> Self {
        Self { transcript: Transcript::default(), log: Log::new(steps), on: true }
    }

    pub(super) fn transcript_mut(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    pub(super) fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Whether octets and frames are logged.
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// Logs something that is logged even while the log is off.
    pub(super) fn always(&mut self, now: Duration, what: LogEvent) {
        self.log.push(LogEntry::new(now.as_micros() as u64, what));
    }

    /// Logs the end of TCP.
    pub(super) fn tcp_ended(&mut self, now: Duration, end: TcpEnd) {
        self.always(now, LogEvent::TcpEnded { end });
    }

    fn log(&mut self, now: Duration, what: impl FnOnce() -> LogEvent) {
        if self.on {
            self.always(now, what());
        }
    }

    /// Switches the log, and says so in it if `announce`.
    pub(super) fn switch(&mut self, now: Duration, on: bool, announce: bool) {
        if self.on != on {
            self.on = on;
            if announce {
                self.always(now, LogEvent::LogSwitched { on });
            }
        }
    }

    pub(super) fn octets_received(&mut self, now: Duration, octets: &[u8]) {
        let (sizes, size) = (&mut self.transcript.received_octets, octets.len() as u64);
        if sizes.len() < Transcript::MAX_SIZES || sizes.contains_key(&size) {
            *sizes.entry(size).or_default() += 1;
        } else {
            self.transcript.reads_left_out += 1;
        }
        self.log(now, || LogEvent::OctetsReceived { octets: Excerpt::of(octets) });
    }

    pub(super) fn octets_sent(
        &mut self,
        now: Duration,
        octets: impl FnOnce() -> Excerpt,
        len: u64,
        sync: bool,
    ) {
        *self.transcript.sent_octets.entry(len).or_default() += 1;
        self.log(now, || LogEvent::OctetsSent { octets: octets(), sync });
    }

    /// Counts writes of this size without logging them.
    pub(super) fn count_octets_sent(&mut self, len: u64, writes: u64) {
        if writes > 0 {
            *self.transcript.sent_octets.entry(len).or_default() += writes;
        }
    }

    pub(super) fn count_frames_sent(&mut self, opcode: u8, frames: u64) {
        if frames > 0 {
            *self.transcript.sent_frames.entry(opcode).or_default() += frames;
        }
    }

    /// A whole frame was queued.
    pub(super) fn frame_sent(
        &mut self,
        now: Duration,
        header: &FrameHeader,
        payload: &Payload,
        chop: Option<u32>,
        sync: bool,
    ) {
        self.count_frames_sent(header.opcode.get(), 1);
        self.log(now, || {
            // A single octet repeated is shown as the run that it is; a longer unit is shown once.
            let unit = payload.unit().filter(|unit| unit.len() > 1);
            LogEvent::FrameSent {
                payload: unit.map_or_else(|| Excerpt::of_payload(payload), Excerpt::of),
                opcode: header.opcode.get(),
                fin: header.fin,
                rsv: header.rsv,
                mask: header.mask,
                repeated_to: unit.map(|_| payload.len()),
                chop,
                sync,
            }
        });
    }

    /// A whole frame was read.
    pub(super) fn frame_received(&mut self, now: Duration, header: &FrameHeader, payload: Excerpt) {
        *self.transcript.received_frames.entry(header.opcode.get()).or_default() += 1;
        self.log(now, || LogEvent::FrameReceived {
            payload,
            opcode: header.opcode.get(),
            fin: header.fin,
            rsv: header.rsv,
            mask: header.mask,
        });
    }

    pub(super) fn finish(mut self) -> Transcript {
        self.transcript.log_on_at_end = self.on;
        self.log.finish(&mut self.transcript);
        self.transcript
    }
}
