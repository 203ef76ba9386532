//! The kinds of findings.

use serde::{Deserialize, Serialize};
use wsproof_core::ViolationKind;
use wsproof_core::frame::Opcode;
use wsproof_core::handshake::HandshakeWarning;

use super::HandshakeFailure;
use crate::event::Event;
use crate::tcp_end::TcpEnd;
use crate::transcript::Excerpt;

/// What was found, with its numbers. Times are in microseconds, lengths in octets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The opening handshake was not completed.
    HandshakeFailed {
        /// Why.
        why: HandshakeFailure,
        /// What we offered in `Sec-WebSocket-Extensions`, if the handshake works without that offer, as another one with
        /// this testee has shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        works_without: Option<String>,
    },
    /// The answer 101 breaks a rule of HTTP that no client need fail the connection for.
    HandshakeWarning {
        /// Which.
        warning: HandshakeWarning,
    },
    /// The end of a chunked content, `0` and two line ends, stands in front of the first frame.
    ChunkedHandshake,
    /// The answer to the offer of compression departs from what was offered.
    AnswerDeparts {
        /// How, in words.
        why: String,
        /// The rule that it breaks.
        rule: String,
    },
    /// There is no permessage-deflate, which the case needs.
    NoCompression {
        /// Why.
        why: NoCompression,
    },
    /// A client ended TCP when it had our answer to its opening handshake, and before it sent any frame.
    DroppedAtAnswer {
        /// What our answer chose of its offers, in `Sec-WebSocket-Extensions`.
        chosen: String,
        /// It offered `client_no_context_takeover`, which our answer did not repeat.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hint_not_repeated: bool,
        /// How it ended TCP.
        tcp: TcpEnd,
        /// How long after our answer.
        after_us: u64,
    },
    /// The case took longer than its time limit and was cut off.
    CutOff {
        /// After so long.
        after_us: u64,
    },
    /// The testee sent more than anybody wants to read, and was cut off.
    Flooded,
    /// A message came before ours could have been answered: the testee greets.
    Greeting {
        /// How many such messages came.
        messages: u32,
        /// Octets of the first.
        octets: u64,
    },
    /// The testee broke a rule in what it sent.
    BrokenRule {
        /// Which.
        violation: ViolationKind,
    },
    /// An HTTP response began where a frame was due.
    HttpAmongFrames {
        /// The response.
        octets: Excerpt,
    },
    /// A compressed message refers further back than the testee agreed to.
    TooFarBack {
        /// How far, and what was agreed.
        violation: ViolationKind,
        /// Which of its messages it was, from 1.
        message: u64,
        /// The octet of that message, inflated, from 0, for which the reference stands.
        message_octet: u64,
        /// How many of its messages more do likewise, as far as they were read.
        others: u64,
    },
    /// The testee took something illegal of ours for good and sent it back, where it must fail the connection.
    Echoed {
        /// The rule that what we sent breaks.
        violation: ViolationKind,
        /// The codes with which it may close instead.
        due: Vec<u16>,
    },
    /// The testee's close frame has a code that is not assigned.
    UnassignedCode {
        /// The code.
        code: u16,
    },
    /// The testee sent back a code of ours that no rule defines.
    UndefinedCodeEchoed {
        /// The code.
        code: u16,
    },
    /// The testee closed by itself, and cleanly, because what we sent is too much for it.
    Limit {
        /// 1009 or 1008.
        code: u16,
        /// The reason in its close frame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// For information: whether the text before our close frame was answered.
    TextBeforeClose {
        /// It came back.
        echoed: bool,
        /// How the testee then closed.
        answered: Answered,
    },
    /// For information: how the testee took a close code that no rule defines.
    UndefinedCode {
        /// The code that we sent.
        sent: u16,
        /// How the testee took it.
        answered: Answered,
    },
    /// For information: what came is not among the expected outcomes.
    Unforeseen {
        /// What came.
        received: Received,
    },
    /// A message came back with other octets than were sent.
    ContentDiffers,
    /// What came is not what was asked for.
    WrongEvents {
        /// What is accepted.
        expected: Received,
        /// What came.
        received: Received,
        /// What ended the wait.
        ended: Ended,
    },
    /// Messages came where none may come.
    NotSilent {
        /// Which.
        received: Received,
    },
    /// The one message that was asked for did not come, or is another.
    WrongMessage {
        /// Of the message that was asked for.
        expected: Event<u64>,
        /// What came instead, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received: Option<Event<u64>>,
        /// What ended the wait.
        ended: Ended,
    },
    /// Not all messages of a loop came back.
    EchoesMissing {
        /// How many came.
        came: u32,
        /// How many were to come.
        of: u32,
        /// The first message that is not the one that was sent, if one came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrong: Option<Event<u64>>,
        /// What ended the wait.
        ended: Ended,
    },
    /// A pong that answers no ping made us close before the echo was there.
    ClosedAtPong,
    /// Pongs came that answer no ping.
    StrayPongs,
    /// A pong came that answers a ping which was sent after our close frame.
    PongAfterClose,
    /// Compression was agreed on, and no message came compressed.
    NeverCompressed,
    /// The answer is right, and came after the time that the case allows.
    LateAnswer,
    /// What came is legal and not what good practice asks.
    NotStrict,
    /// The pong came after what was sent behind the ping.
    LatePong,
    /// Only the latest of several pings was answered.
    OnlyLatestPing,
    /// The testee closed where it should have waited for our close frame.
    ClosedByItself {
        /// How.
        ended: Ended,
    },
    /// Our close frame was neither answered nor TCP ended.
    CloseUnanswered {
        /// How long we waited.
        waited_us: u64,
    },
    /// Our close frame was answered later than a second after it was sent.
    LateCloseAnswer {
        /// How much later.
        after_us: u64,
    },
    /// TCP ended without an answer to our close frame.
    DroppedUnanswered {
        /// How.
        tcp: TcpEnd,
        /// How long after our close frame.
        after_us: u64,
    },
    /// A client ended TCP without an answer to a close frame that is an error to it.
    RefusedCode {
        /// The code in our close frame.
        code: u16,
    },
    /// A legal close frame was answered with another code than is usual.
    UnusualCode {
        /// The code.
        code: u16,
        /// The usual ones.
        usual: Vec<u16>,
    },
    /// An illegal close frame was answered as if it were legal.
    IllegalCloseAnswered {
        /// The code of the answer.
        code: u16,
        /// The codes that say that something was wrong.
        due: Vec<u16>,
    },
    /// It can't be told whether the testee's close frame refuses our bad close frame, or answers it as if it were good.
    AmbiguousClose,
    /// The server kept TCP open after the closing handshake.
    TcpKeptOpen {
        /// How long we waited.
        waited_us: u64,
    },
    /// The server ended TCP later than a second after our close frame.
    LateTcpEnd {
        /// How much later.
        after_us: u64,
    },
    /// TCP was reset after a clean closing handshake.
    ResetAfterClose,
    /// The testee sent a second close frame.
    SecondClose {
        /// The code of the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<u16>,
        /// The code of the second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<u16>,
        /// We had sent two close frames before, as the case has it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        answers_two: bool,
    },
    /// The testee sent a data frame after its own close frame.
    DataAfterClose {
        /// The first such frame.
        opcode: Opcode,
        /// Octets of its payload.
        octets: u64,
    },
    /// The testee sent octets that are no frames after its own close frame.
    OctetsAfterClose {
        /// The octets.
        octets: Excerpt,
    },
    /// The testee did not fail the connection where it must.
    NotFailed {
        /// The code with which it should have closed.
        due: u16,
        /// How long it had for it.
        waited_us: u64,
        /// What it sent instead.
        received: Received,
    },
    /// The testee failed the connection only when the rest of the message was there, or later than a second after the octet
    /// at fault.
    LateRefusal,
    /// The testee failed the connection, but after the time that the case allows.
    LateFailure {
        /// The code in its close frame.
        code: u16,
        /// So long after it last sent something, or after the connection was open.
        after_us: u64,
    },
    /// The testee failed the connection as it must, and the echo of the legal message before is missing.
    LostEcho,
    /// The testee failed the connection with another code than the one that says what was wrong.
    WrongFailCode {
        /// The code.
        code: u16,
        /// The one that fits.
        due: u16,
    },
    /// The testee failed the connection with a close frame that has no code.
    FailedWithoutCode {
        /// The one that fits.
        due: u16,
    },
    /// The testee ended TCP without a close frame.
    DroppedWithoutClose {
        /// How.
        tcp: TcpEnd,
    },
    /// The testee was never seen alive in the whole run, so that what it seemed to pass proves nothing.
    NeverAlive {
        /// An answer was demanded in vain.
        demanded: bool,
    },
}

/// Why there is no permessage-deflate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoCompression {
    /// The server was asked and did not agree.
    NotAgreed,
    /// The client did not offer it.
    NotOffered,
    /// Each offer of the client has parameters that mean nothing.
    BadOffer,
    /// The case asks the client for a window, and its offer does not have `client_max_window_bits`: then a server must
    /// not (RFC 7692 §7.1.2.2).
    NoClientWindow,
}

/// How the testee took our close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// With a close frame of this code.
    Code(u16),
    /// With a close frame that has no code.
    WithoutCode,
    /// It ended TCP without a close frame.
    Dropped,
    /// Not at all.
    Not,
}

/// Events in short: payloads are told by their lengths.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Received {
    /// The first of them.
    pub first: Vec<Event<u64>>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

impl Received {
    /// No more events are told apart than this.
    pub const MAX: usize = 4;
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What ended the wait for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ended {
    /// What came is complete and not what was asked for.
    Answer,
    /// Nothing more came for so long.
    Silence {
        /// Since the testee last sent something, or since the connection was open.
        waited_us: u64,
    },
    /// The testee closed.
    Closed {
        /// The code in its close frame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// The reason in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// So long after the connection was open.
        after_us: u64,
    },
    /// The testee ended TCP without a close frame.
    Dropped {
        /// How.
        tcp: TcpEnd,
        /// So long after the connection was open.
        after_us: u64,
        /// Whether nothing at all had come before, not one frame.
        before_any_frame: bool,
    },
}
