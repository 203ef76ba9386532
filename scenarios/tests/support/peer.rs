//! Plain echo peers, well and badly behaved: each differs from the good one only as its profile says.

use std::time::Duration;

use wsproof_core::frame::{FrameHeader, Opcode, Parsed, mask};
use wsproof_core::handshake::accept_key;
use wsproof_core::utf8::Utf8Validator;
use wsproof_scenarios::{TcpEnd, Testee};

/// How a peer departs from the good one.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) handshake: Handshake,
    pub(crate) on_open: OnOpen,
    pub(crate) validates: bool,
    pub(crate) text: TextCheck,
    pub(crate) on_violation: Reply,
    pub(crate) on_close: Reply,
    pub(crate) drops_tcp: bool,
    /// So long after its close frame a server ends TCP.
    pub(crate) tcp_ends_after: Duration,
    /// How TCP ends.
    pub(crate) tcp_end: TcpEnd,
    /// Octets behind its close frame.
    pub(crate) behind_close: &'static [u8],
    pub(crate) echoes_twice: bool,
    /// Frames that are sent at once.
    pub(crate) first: &'static [(Opcode, &'static [u8])],
    /// A control frame that is sent before each echo.
    pub(crate) before_echo: Option<Opcode>,
    /// The first octet of an echo is another.
    pub(crate) garbles: bool,
    pub(crate) pongs: Pongs,
    /// Frames longer than this are refused, with this code.
    pub(crate) limit: Option<(u64, u16)>,
    /// Time that each message takes; nothing else is read meanwhile.
    pub(crate) takes: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Handshake {
    Right,
    NotFound,
    WrongAccept,
    Drops,
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum OnOpen {
    Echoes,
    StaysSilent,
    Drops,
    Closes,
    Pings,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TextCheck {
    AsItArrives,
    WhenComplete,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pongs {
    ForEachPing,
    /// Of several pings that came together.
    ForTheLatest,
    /// Held back until the next message was echoed.
    BehindMessages,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reply {
    /// The right code.
    Right,
    /// The same octets, whatever they are.
    Raw,
    Code(u16),
    Empty,
    /// TCP is dropped instead.
    Drops,
}

impl Profile {
    /// Of the peer of this name in `tests/vectors/autobahn-golden.json`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let good = Self {
            handshake: Handshake::Right,
            on_open: OnOpen::Echoes,
            validates: true,
            text: TextCheck::AsItArrives,
            on_violation: Reply::Right,
            on_close: Reply::Right,
            drops_tcp: true,
            tcp_ends_after: Duration::ZERO,
            tcp_end: TcpEnd::Fin,
            behind_close: b"",
            echoes_twice: false,
            first: &[],
            before_echo: None,
            garbles: false,
            pongs: Pongs::ForEachPing,
            limit: None,
            takes: Duration::ZERO,
        };
        Some(match name {
            "good" => good,
            "lateutf8" => Self { text: TextCheck::WhenComplete, ..good },
            "dropviolation" => Self { on_violation: Reply::Drops, ..good },
            "emptyclose" => Self { on_violation: Reply::Empty, on_close: Reply::Empty, ..good },
            "ping1st" => Self { on_open: OnOpen::Pings, ..good },
            "close1000" => Self { on_open: OnOpen::Closes, ..good },
            "nodrop" => Self { drops_tcp: false, ..good },
            "blackhole" => Self { on_open: OnOpen::StaysSilent, ..good },
            "dropper" => Self { on_open: OnOpen::Drops, ..good },
            "closedrop" => Self { on_close: Reply::Drops, ..good },
            "wrongcode" => Self { on_violation: Reply::Code(1011), on_close: Reply::Code(1001), ..good },
            "naive" => Self { validates: false, text: TextCheck::Never, on_close: Reply::Raw, ..good },
            "dupecho" => Self { echoes_twice: true, ..good },
            "http404" => Self { handshake: Handshake::NotFound, ..good },
            "badaccept" => Self { handshake: Handshake::WrongAccept, ..good },
            "hsdrop" => Self { handshake: Handshake::Drops, ..good },
            "hssilent" => Self { handshake: Handshake::Silent, ..good },
            _ => return None,
        })
    }
}

#[derive(Debug, PartialEq)]
enum State {
    Handshake,
    Open,
    /// Reads and throws away, until this time at the latest.
    Draining {
        until: Option<Duration>,
        anew: Option<Duration>,
    },
    /// Sent a close frame of its own accord; waits for one.
    AwaitsClose {
        until: Duration,
    },
    Dropped,
}

#[derive(Debug)]
struct Message {
    opcode: Opcode,
    octets: Vec<u8>,
    text: Utf8Validator,
}

#[derive(Debug)]
pub(crate) struct Peer {
    testee: Testee,
    profile: Profile,
    state: State,
    input: Vec<u8>,
    /// Octets of the input that were read.
    read: usize,
    output: Vec<u8>,
    /// The frame at hand, and its payload so far.
    frame: Option<(FrameHeader, Vec<u8>)>,
    message: Option<Message>,
    /// The payload of a ping that is not answered yet.
    pinged: Option<Vec<u8>>,
    /// The echo that is ready at this time.
    busy: Option<(Duration, Opcode, Vec<u8>)>,
    drop_told: bool,
}

const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

impl Peer {
    pub(crate) fn new(testee: Testee, profile: Profile) -> Self {
        let state = State::Handshake;
        Self {
            testee,
            profile,
            state,
            input: Vec::new(),
            read: 0,
            output: Vec::new(),
            frame: None,
            message: None,
            pinged: None,
            busy: None,
            drop_told: false,
        }
    }

    /// What a client peer sends first.
    pub(crate) fn request() -> Vec<u8> {
        format!(
            "GET /runCase?case=1&agent=peer HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: {SAMPLE_KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        .into_bytes()
    }

    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the peer dropped TCP, told once.
    pub(crate) fn take_drop(&mut self) -> bool {
        let news = self.state == State::Dropped && !self.drop_told;
        self.drop_told |= news;
        news
    }

    pub(crate) fn next_due(&self) -> Option<Duration> {
        match self.state {
            State::Draining { until, .. } => until,
            State::AwaitsClose { until } => Some(until),
            _ => self.busy.as_ref().map(|(ready, ..)| *ready),
        }
    }

    pub(crate) fn advance(&mut self, now: Duration) {
        if self.next_due().is_none_or(|due| due > now) {
            return;
        }
        match self.busy.take() {
            Some((_, opcode, octets)) => {
                self.echo(opcode, &octets);
                self.read_frames(now);
            }
            None => self.state = State::Dropped,
        }
    }

    pub(crate) fn receive(&mut self, octets: &[u8], now: Duration) {
        if self.state == State::Dropped {
            return;
        }
        self.input.extend_from_slice(octets);
        if self.state == State::Handshake {
            self.shake_hands(now);
        }
        if let State::Draining { until: Some(until), anew: Some(anew) } = &mut self.state {
            *until = now + *anew;
        }
        self.read_frames(now);
    }

    fn read_frames(&mut self, now: Duration) {
        let reads = |peer: &Self| {
            matches!(peer.state, State::Open | State::AwaitsClose { .. }) && peer.busy.is_none()
        };
        while reads(self) && self.read_frame(now) {}
        if self.profile.pongs == Pongs::ForTheLatest {
            self.send_pong();
        }
        self.input.drain(..self.read);
        self.read = 0;
        if matches!(self.state, State::Draining { .. }) {
            self.input.clear();
        }
    }

    fn shake_hands(&mut self, now: Duration) {
        let Some(end) = self.input.windows(4).position(|w| w == b"\r\n\r\n") else { return };
        let head = String::from_utf8(self.input.drain(..end + 4).collect()).unwrap();
        if self.testee == Testee::Server {
            let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
            let mut accept = accept_key(key);
            match self.profile.handshake {
                Handshake::Right => {}
                Handshake::WrongAccept => accept = accept.chars().rev().collect(),
                Handshake::NotFound => {
                    self.output.extend_from_slice(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                    self.state = State::Dropped;
                    return;
                }
                Handshake::Drops => {
                    self.state = State::Dropped;
                    return;
                }
                Handshake::Silent => {
                    self.state = State::Draining { until: None, anew: None };
                    return;
                }
            }
            self.output.extend_from_slice(
                format!(
                    "HTTP/1.1 101 Switching Protocols\r\nServer: peer\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                )
                .as_bytes(),
            );
        }
        self.state = State::Open;
        for (opcode, payload) in self.profile.first {
            self.send(*opcode, payload);
        }
        match self.profile.on_open {
            OnOpen::Echoes => {}
            OnOpen::StaysSilent => self.state = State::Draining { until: None, anew: None },
            OnOpen::Drops => self.state = State::Dropped,
            OnOpen::Pings => self.send(Opcode::PING, b"hello"),
            OnOpen::Closes => {
                self.send(Opcode::CLOSE, &1000u16.to_be_bytes());
                self.state = State::AwaitsClose { until: now + Duration::from_millis(1500) };
            }
        }
    }

    fn send(&mut self, opcode: Opcode, payload: &[u8]) {
        let key = (self.testee == Testee::Client).then_some([0x11, 0x22, 0x33, 0x44]);
        let header = FrameHeader { mask: key, ..FrameHeader::new(opcode, payload.len() as u64) };
        self.output.extend_from_slice(&header.encode());
        let start = self.output.len();
        self.output.extend_from_slice(payload);
        mask::apply(key.unwrap_or_default(), 0, &mut self.output[start..]);
    }

    fn send_pong(&mut self) {
        if let Some(payload) = self.pinged.take() {
            self.send(Opcode::PONG, &payload);
        }
    }

    fn echo(&mut self, opcode: Opcode, octets: &[u8]) {
        if let Some(opcode) = self.profile.before_echo {
            self.send(opcode, b"alive?");
        }
        self.send(opcode, octets);
        if self.profile.echoes_twice {
            self.send(opcode, octets);
        }
        self.send_pong();
    }

    fn fail(&mut self, code: u16, now: Duration) {
        match self.profile.on_violation {
            Reply::Drops => {
                self.state = State::Dropped;
                return;
            }
            Reply::Empty => self.send(Opcode::CLOSE, b""),
            Reply::Code(code) => self.send(Opcode::CLOSE, &code.to_be_bytes()),
            Reply::Right | Reply::Raw => self.send(Opcode::CLOSE, &code.to_be_bytes()),
        }
        self.state = match self.end_of_tcp(now) {
            Some(state) => state,
            None => State::Draining { until: Some(now + Duration::from_secs(2)), anew: None },
        };
    }

    /// Reads a frame, or a piece of one. Answers whether to go on.
    fn read_frame(&mut self, now: Duration) -> bool {
        if self.frame.is_none() {
            // The first octets are judged before the rest of the header is there.
            let rest = &self.input[self.read..];
            let &[first, second, ..] = rest else { return false };
            if self.state == State::Open && self.profile.validates && self.is_violation(first, second) {
                self.fail(1002, now);
                return false;
            }
            let Parsed::Complete { header, len } = FrameHeader::parse(&self.input[self.read..]) else {
                return false;
            };
            self.read += len;
            if let Some((limit, code)) = self.profile.limit
                && header.payload_len > limit
            {
                self.fail(code, now);
                return false;
            }
            self.frame = Some((header, Vec::new()));
            self.begin_message(header.opcode);
        }
        let Some((header, payload)) = &mut self.frame else { return false };
        let header = *header;
        let rest = &self.input[self.read..];
        let n = rest.len().min((header.payload_len - payload.len() as u64) as usize);
        let at = payload.len();
        payload.extend_from_slice(&rest[..n]);
        self.read += n;
        mask::apply(header.mask.unwrap_or_default(), at as u64, &mut payload[at..]);
        let complete = payload.len() as u64 == header.payload_len;
        let listens = self.state == State::Open;
        let checks = listens && self.profile.text == TextCheck::AsItArrives && !header.opcode.is_control();
        if let Some(message) = self.message.as_mut().filter(|m| checks && m.opcode == Opcode::TEXT)
            && message.text.feed(&payload[at..]).is_err()
        {
            self.fail(1007, now);
            return false;
        }
        if complete {
            let (header, payload) = self.frame.take().unwrap();
            self.frame_complete(header, payload, now);
        }
        complete
    }

    fn is_violation(&self, first: u8, second: u8) -> bool {
        let (opcode, fin) = (Opcode::new(first & 15), first & 0x80 != 0);
        let masked = second & 0x80 != 0;
        first & 0x70 != 0
            || masked != (self.testee == Testee::Server)
            || opcode.is_reserved()
            || opcode.is_control() && (!fin || second & 0x7f > 125)
            || opcode == Opcode::CONTINUATION && self.message.is_none()
            || opcode.is_data() && opcode != Opcode::CONTINUATION && self.message.is_some()
    }

    fn begin_message(&mut self, opcode: Opcode) {
        let stray = opcode == Opcode::CONTINUATION && self.message.is_none();
        if stray || opcode == Opcode::TEXT || opcode == Opcode::BINARY {
            let opcode = if stray { Opcode::TEXT } else { opcode };
            self.message = Some(Message { opcode, octets: Vec::new(), text: Utf8Validator::new() });
        }
    }

    fn frame_complete(&mut self, header: FrameHeader, payload: Vec<u8>, now: Duration) {
        if let State::AwaitsClose { .. } = self.state {
            if header.opcode == Opcode::CLOSE {
                self.state = State::Dropped;
            }
            return;
        }
        match header.opcode {
            Opcode::CLOSE => self.close_frame(&payload, now),
            Opcode::PING => {
                self.pinged = Some(payload[..payload.len().min(125)].to_vec());
                if self.profile.pongs == Pongs::ForEachPing {
                    self.send_pong();
                }
            }
            opcode if opcode.is_control() || opcode.is_reserved() => {}
            _ => {
                let Some(message) = &mut self.message else { return };
                message.octets.extend_from_slice(&payload);
                if header.fin {
                    self.message_complete(now);
                }
            }
        }
    }

    fn message_complete(&mut self, now: Duration) {
        let Some(mut message) = self.message.take() else { return };
        let invalid = match self.profile.text {
            TextCheck::AsItArrives => message.text.finish().is_err(),
            TextCheck::WhenComplete => std::str::from_utf8(&message.octets).is_err(),
            TextCheck::Never => false,
        };
        if message.opcode == Opcode::TEXT && invalid {
            self.fail(1007, now);
            return;
        }
        if let Some(first) = message.octets.first_mut().filter(|_| self.profile.garbles) {
            *first ^= 1;
        }
        if self.profile.takes.is_zero() {
            self.echo(message.opcode, &message.octets);
        } else {
            self.busy = Some((now + self.profile.takes, message.opcode, message.octets));
        }
    }

    fn close_frame(&mut self, payload: &[u8], now: Duration) {
        if self.profile.on_close == Reply::Drops {
            self.state = State::Dropped;
            return;
        }
        if self.profile.validates {
            let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
            let legal = |code| matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999);
            if payload.len() == 1 || code.is_some_and(|code| !legal(code)) {
                return self.fail(1002, now);
            }
            if std::str::from_utf8(payload.get(2..).unwrap_or(&[])).is_err() {
                return self.fail(1007, now);
            }
        }
        match self.profile.on_close {
            Reply::Right => self.send(Opcode::CLOSE, &payload[..payload.len().min(2)]),
            Reply::Raw => self.send(Opcode::CLOSE, &payload[..payload.len().min(125)]),
            Reply::Empty => self.send(Opcode::CLOSE, b""),
            Reply::Code(code) => self.send(Opcode::CLOSE, &code.to_be_bytes()),
            Reply::Drops => {}
        }
        let linger = Duration::from_secs(if self.profile.drops_tcp { 2 } else { 10 });
        self.state = match self.end_of_tcp(now) {
            Some(state) => state,
            None => State::Draining { until: Some(now + linger), anew: Some(linger) },
        };
    }

    /// What follows the close frame of a server that ends TCP.
    fn end_of_tcp(&mut self, now: Duration) -> Option<State> {
        self.output.extend_from_slice(self.profile.behind_close);
        let ends = self.testee == Testee::Server && self.profile.drops_tcp;
        ends.then(|| match self.profile.tcp_ends_after {
            Duration::ZERO => State::Dropped,
            after => State::Draining { until: Some(now + after), anew: None },
        })
    }

    pub(crate) fn tcp_end(&self) -> TcpEnd {
        self.profile.tcp_end
    }
}
