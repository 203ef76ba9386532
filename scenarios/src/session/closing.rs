//! Closing, failing and dropping the connection (RFC 6455 §7).

use std::time::Duration;

use wsproof_core::close::CloseCode;
use wsproof_core::frame::Opcode;
use wsproof_core::{Role, ViolationKind};

use super::ends::CloseFrame;
use super::timers::TimerKind;
use super::{DropKind, Ending, Session, State};
use crate::payload::Payload;
use crate::transcript::LogEvent;
use crate::verdict::Behavior;

/// The close codes that Autobahn accepts from a testee. Today's registry has 1012 to 1014 too; our own verdict knows.
const AUTOBAHN_CODES: [u16; 9] = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011];

/// The longest reason that fits a close frame behind its code.
const MAX_REASON: usize = 123;

impl Session<'_> {
    /// Queues a close frame, unless one was sent already.
    pub(super) fn shut(&mut self, payload: &Payload, reply: bool, now: Duration) {
        if self.state != State::Open {
            return;
        }
        self.send_simple_frame(Opcode::CLOSE, payload.clone(), now);
        self.ends.we_closed(now);
        self.state = State::Closing;
        self.facts.closed_by_me = !reply;
        let octets = payload.head(usize::MAX);
        if let Some((code, reason)) = octets.split_first_chunk::<2>() {
            self.facts.local_close_code = Some(u16::from_be_bytes(*code));
            self.facts.local_close_reason = (!reason.is_empty()).then(|| reason.to_vec());
        }
        if !reply {
            self.arm(TimerKind::CloseReply, self.options.close_timeout, now);
        }
    }

    /// Closes with a code and no reason.
    pub(super) fn shut_with_code(&mut self, code: u16, now: Duration) {
        self.shut(&Payload::bytes(code.to_be_bytes()), false, now);
    }

    /// Fails the connection: with a close frame if none was sent yet, else by dropping TCP.
    pub(super) fn fail(&mut self, code: u16, reason: &str, now: Duration) {
        if self.state == State::Closed {
            return;
        }
        self.facts.failed_by_me = true;
        if self.options.fail_by_drop {
            self.facts.was_clean = false;
            self.facts.was_not_clean_reason =
                Some(format!("the connection was failed by dropping TCP: {reason}"));
            self.drop_tcp(DropKind::Reset, now);
        } else if self.state == State::Open {
            let end =
                (0..=reason.len().min(MAX_REASON)).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or(0);
            let payload = [&code.to_be_bytes()[..], &reason.as_bytes()[..end]].concat();
            self.shut(&Payload::bytes(payload), false, now);
        } else {
            self.drop_tcp(DropKind::Graceful, now);
        }
    }

    /// Drops TCP. Nothing received from now on is looked at.
    pub(super) fn drop_tcp(&mut self, kind: DropKind, now: Duration) {
        if self.state == State::Closed {
            return;
        }
        self.facts.dropped_by_me = true;
        self.tear_down(kind, now);
    }

    /// Gives the testee up as Autobahn does: its facts are final. For our own verdict we watch on, as far as the limit
    /// goes, whether the testee still answers our close frame and ends TCP.
    fn give_up(&mut self, kind: DropKind, now: Duration) {
        if self.state == State::Closed {
            return;
        }
        let limit = self.ends.ours.map(|ours| ours + self.options.linger_limit);
        let Some(left) = limit.and_then(|limit| limit.checked_sub(now)).filter(|left| !left.is_zero()) else {
            self.ends.gave_up = Some(now);
            return self.drop_tcp(kind, now);
        };
        self.facts.dropped_by_me = true;
        self.state = State::Closed;
        self.ended_at = now;
        self.watching = true;
        self.timers.clear();
        self.outbox.drop_pieces();
        let left = self.budget.wait(TimerKind::Watch, left);
        self.timers.arm(TimerKind::Watch, left, now, false);
    }

    /// The testee was watched for as long as the limit goes.
    pub(super) fn watch_timed_out(&mut self, now: Duration) {
        self.ends.gave_up = Some(now);
        self.end_watch(DropKind::Reset);
    }

    /// There is nothing more to watch.
    pub(super) fn end_watch(&mut self, kind: DropKind) {
        self.outbox.clear();
        self.end(Ending::Drop(kind));
    }

    pub(super) fn tear_down(&mut self, kind: DropKind, now: Duration) {
        self.state = State::Closed;
        self.ended_at = now;
        self.end(Ending::Drop(kind));
        match kind {
            DropKind::Reset => self.outbox.clear(),
            DropKind::Graceful => {
                self.outbox.drop_pieces();
                self.timers.arm(TimerKind::Flush, self.options.close_timeout, now, false);
            }
        }
    }

    /// A close frame came.
    pub(super) fn close_frame_received(&mut self, payload: &[u8], now: Duration) {
        let (code, reason) = parts(payload);
        let start = self.inbox.position() - payload.len() as u64;
        let bad_code = code.filter(|code| !AUTOBAHN_CODES.contains(code) && !(3000..5000).contains(code));
        if let Some(code) = bad_code {
            self.breach(ViolationKind::CloseCode(CloseCode(code)).at(start), now);
        }
        let reason = std::str::from_utf8(reason).map_err(|error| start + 2 + error.valid_up_to() as u64);
        if let Err(octet) = reason {
            self.breach(ViolationKind::CloseReasonNotUtf8.at(octet), now);
        }
        self.note_close_frame(payload, now);
        self.progress.closed_first |= self.state == State::Open;
        self.facts.remote_close_code = code;
        self.facts.remote_close_reason = None;
        if let Some(code) = bad_code {
            self.fail(1002, &format!("invalid close code {code}"), now);
        }
        match reason {
            Ok("") => {}
            Ok(reason) => self.facts.remote_close_reason = Some(reason.to_owned()),
            Err(_) => {
                // Autobahn trips over the reason here: TCP is torn down, and the facts stay as they are.
                self.fail(1007, "invalid UTF-8 in the close reason", now);
                if self.state != State::Closed {
                    self.tear_down(DropKind::Reset, now);
                }
                return;
            }
        }
        match self.state {
            State::Closing => {
                self.timers.cancel(TimerKind::CloseReply);
                self.facts.was_clean = true;
                match self.role {
                    // Autobahn resets here; a FIN tells the testee the same without an error.
                    Role::Server => self.drop_tcp(DropKind::Graceful, now),
                    Role::Client => {
                        self.timers.arm(TimerKind::ServerDrop, self.options.drop_timeout, now, false);
                    }
                }
            }
            State::Open => {
                self.facts.was_clean = true;
                self.shut(&Payload::bytes(1000u16.to_be_bytes()), true, now);
                match self.role {
                    Role::Server => self.drop_tcp(DropKind::Graceful, now),
                    Role::Client => self.arm(TimerKind::Linger, self.options.linger_limit, now),
                }
            }
            State::Closed => self.facts.was_clean = false,
            State::Connecting => {}
        }
    }

    /// Takes note of a close frame for our own verdict.
    pub(super) fn note_close_frame(&mut self, payload: &[u8], now: Duration) {
        let (code, reason) = parts(payload);
        let reason = std::str::from_utf8(reason).ok().filter(|reason| !reason.is_empty()).map(str::to_owned);
        if self.ends.first.is_none() {
            self.progress.right_at_close = Some(self.progress.behavior == Behavior::Ok);
        }
        self.ends.it_closed(CloseFrame { code, reason, at: now }, self.received.len());
    }

    pub(super) fn close_reply_timed_out(&mut self, now: Duration) {
        self.facts.was_clean = false;
        self.facts.was_close_handshake_timeout = true;
        self.facts.was_not_clean_reason =
            Some("peer did not finish (in time) the closing handshake".to_owned());
        self.give_up(DropKind::Reset, now);
    }

    pub(super) fn server_drop_timed_out(&mut self, now: Duration) {
        self.facts.was_clean = false;
        self.facts.was_server_connection_drop_timeout = true;
        self.facts.was_not_clean_reason =
            Some("server did not drop the TCP connection (in time) after the closing handshake".to_owned());
        self.give_up(DropKind::Reset, now);
    }

    pub(super) fn linger_timed_out(&mut self, now: Duration) {
        self.facts.was_server_connection_drop_timeout = true;
        self.ends.gave_up = Some(now);
        self.drop_tcp(DropKind::Reset, now);
    }

    pub(super) fn kill_timer_fired(&mut self, now: Duration) {
        self.recorder.always(now, LogEvent::KillTimerFired);
        self.progress.killed = true;
        self.progress.waited_until = now;
        if self.state == State::Closing && !self.options.fail_by_drop {
            self.facts.failed_by_me = true;
            self.give_up(DropKind::Graceful, now);
        } else {
            self.fail(1001, "Going Away", now);
        }
    }

    pub(super) fn end_timer_fired(&mut self, now: Duration) {
        self.recorder.always(now, LogEvent::CloseTimerFired);
        self.progress.timed_out = true;
        self.progress.waited_until = now;
        self.shut(&Payload::bytes([]), false, now);
    }
}

/// The code and the reason in a close frame's payload.
fn parts(payload: &[u8]) -> (Option<u16>, &[u8]) {
    match payload.split_first_chunk::<2>() {
        Some((code, reason)) => (Some(u16::from_be_bytes(*code)), reason),
        None => (None, &[]),
    }
}
