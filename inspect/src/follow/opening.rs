//! HTTP/1.1 up to the upgrade (RFC 9112, RFC 6455 §4): requests and their answers, one by one.

use std::collections::VecDeque;

use wsproof_core::handshake::{HandshakeError, HeadFinder, HeadLimits, has_token};

use super::begins::{Begins, begins};
use super::earlier::Earlier;
use super::{Other, Piece};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::http::{self, Body};
use crate::model::{Connection, Sender};

/// So many octets of a server are held while no request is seen.
const MAX_ORPHAN: usize = 16 << 10;

/// So many octets of a client are held while an answer is waited for.
const MAX_WAITING: usize = 256 << 10;

/// What became of an opening.
pub(super) enum Opened {
    WebSocket(Box<Conversation>),
    /// Something else; with what was said so far.
    Other(Other, Vec<Piece>),
    /// No protocol that is known; with what was said so far.
    Unknown(Vec<Piece>),
}

pub(super) struct Opening {
    client: Half,
    server: Half,
    /// What was said, while nothing tells what it is.
    pieces: Vec<Piece>,
    known: bool,
    /// Requests without their answer yet.
    asked: VecDeque<Asked>,
    earlier: Earlier,
    /// It stays HTTP: nothing more is looked at.
    over: bool,
    budget: Budget,
}

struct Asked {
    method: Vec<u8>,
    /// The head of a request for a WebSocket.
    upgrade: Option<Vec<u8>>,
    /// So many octets behind that beginning of the head are not in the capture.
    missing: Option<u64>,
    time_us: Option<u64>,
}

impl Asked {
    /// A conversation that begins with this request for a WebSocket.
    fn conversation(&self, budget: &Budget) -> Option<Conversation> {
        let head = self.upgrade.as_ref()?;
        let mut conversation = Conversation::with_handshake(String::new(), budget);
        match self.missing {
            None => conversation.request(head, self.time_us),
            Some(_) => conversation.cut_off(Sender::Client, head),
        }
        Some(conversation)
    }
}

/// One end.
#[derive(Default)]
struct Half {
    held: Vec<u8>,
    /// Octets of `held` that were read.
    read: usize,
    finder: HeadFinder,
    /// The body that is arriving.
    body: Option<Body>,
    time_us: Option<u64>,
}

impl Half {
    fn take(&mut self, octets: &[u8], time_us: Option<u64>) {
        if self.read > self.held.len() / 2 {
            self.held.drain(..self.read);
            self.read = 0;
        }
        self.held.extend_from_slice(octets);
        self.time_us = time_us;
    }

    fn rest(&self) -> &[u8] {
        &self.held[self.read..]
    }

    /// Goes past the body that is arriving; whether it is still arriving.
    fn in_body(&mut self) -> bool {
        let Some(body) = &mut self.body else { return false };
        let (passed, done) = body.pass(&self.held[self.read..]);
        self.read += passed;
        if done {
            self.body = None;
        }
        !done
    }

    /// The next head, once it is whole.
    fn head(&mut self) -> Result<Option<Vec<u8>>, HandshakeError> {
        let found = self.finder.find(&self.held[self.read..], &HeadLimits::default())?;
        Ok(found.map(|len| {
            let head = self.held[self.read..self.read + len].to_vec();
            self.read += len;
            self.finder = HeadFinder::default();
            head
        }))
    }
}

impl Opening {
    pub(super) fn new(budget: &Budget) -> Self {
        Self {
            client: Half::default(),
            server: Half::default(),
            pieces: Vec::new(),
            known: false,
            asked: VecDeque::new(),
            earlier: Earlier::default(),
            over: false,
            budget: budget.clone(),
        }
    }

    fn half(&mut self, sender: Sender) -> &mut Half {
        match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        }
    }

    pub(super) fn take(&mut self, sender: Sender, octets: &[u8], time_us: Option<u64>) -> Option<Opened> {
        if self.over {
            return None;
        }
        self.half(sender).take(octets, time_us);
        if !self.known {
            self.pieces.push(Piece { sender, octets: octets.to_vec(), time_us });
            match begins(sender, self.half(sender).rest()) {
                Begins::Open => return None,
                Begins::Behind(len) => {
                    // What a proxy tells of the client is no part of what the client says.
                    self.half(sender).read += len;
                    self.pieces.clear();
                    let rest = self.half(sender).rest().to_vec();
                    self.half(sender).held.clear();
                    self.half(sender).read = 0;
                    return if rest.is_empty() { None } else { self.take(sender, &rest, time_us) };
                }
                Begins::Http => self.known = true,
                Begins::Other(other) => return self.give_up(other),
                Begins::Unknown => return Some(Opened::Unknown(std::mem::take(&mut self.pieces))),
            }
            self.pieces.clear();
        }
        if let Some(opened) = self.advance(false) {
            return Some(opened);
        }
        if self.waits() && self.client.rest().len() > MAX_WAITING {
            // The client goes on as if it had been answered.
            let begun = self.server.rest().to_vec();
            self.server.read = self.server.held.len();
            let conversation = self.answer_cut_off(&begun)?;
            return Some(self.open(conversation));
        }
        None
    }

    fn give_up(&mut self, other: Other) -> Option<Opened> {
        if self.earlier.last.is_some() {
            // A refused attempt is worth more than what came then.
            self.over = true;
            return None;
        }
        Some(Opened::Other(other, std::mem::take(&mut self.pieces)))
    }

    fn advance(&mut self, at_end: bool) -> Option<Opened> {
        loop {
            if self.over {
                return None;
            }
            let before = (self.client.read, self.server.read);
            if let Some(opened) = self.ask() {
                return Some(opened);
            }
            if let Some(opened) = self.answer(at_end) {
                return Some(opened);
            }
            if before == (self.client.read, self.server.read) {
                return None;
            }
        }
    }

    /// Whether the client waits for an answer that may end HTTP.
    fn waits(&self) -> bool {
        self.asked.back().is_some_and(|asked| asked.upgrade.is_some() || asked.method == b"CONNECT")
    }

    /// Reads what the client says.
    fn ask(&mut self) -> Option<Opened> {
        if self.client.in_body() || self.waits() {
            return None;
        }
        // Empty lines before a request are allowed (RFC 9112 §2.2).
        let blank = self.client.rest().iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
        self.client.read += blank;
        if self.client.rest().is_empty() {
            return None;
        }
        if !http::may_be_request(self.client.rest()) {
            return self.give_up(Other::Http);
        }
        let head = match self.client.head() {
            Ok(head) => head?,
            Err(error) => {
                let begin = self.client.rest();
                if !http::asks_for_websocket(begin) {
                    return self.give_up(Other::Http);
                }
                let mut conversation = Conversation::with_handshake(String::new(), &self.budget);
                conversation.broken(Sender::Client, &error);
                return Some(self.told(conversation));
            }
        };
        let upgrade = http::asks_for_websocket(&head);
        self.client.body = match Body::of_request(&head) {
            Body::Length(0) => None,
            body => Some(body),
        };
        self.asked.push_back(Asked {
            method: http::method(&head).to_vec(),
            upgrade: upgrade.then_some(head),
            missing: None,
            time_us: self.client.time_us,
        });
        None
    }

    /// Reads what the server says.
    fn answer(&mut self, at_end: bool) -> Option<Opened> {
        if self.server.in_body() || self.server.rest().is_empty() {
            return None;
        }
        let orphan = self.asked.is_empty();
        if orphan && !at_end && self.server.rest().len() < MAX_ORPHAN {
            return None;
        }
        let head = match http::may_be_response(self.server.rest()) {
            true => self.server.head(),
            false => Err(HandshakeError::NotHttp),
        };
        let head = match head {
            Ok(head) => head?,
            Err(error) => {
                let asked = self.asked.pop_front();
                let Some(mut conversation) = asked.and_then(|asked| asked.conversation(&self.budget)) else {
                    return self.give_up(Other::Http);
                };
                conversation.broken(Sender::Server, &error);
                return Some(self.told(conversation));
            }
        };
        let status = http::status(&head).unwrap_or_default();
        if (100..200).contains(&status) && status != 101 {
            return None;
        }
        let asked = self.asked.pop_front();
        if status == 101 {
            return self.switched(asked, &head);
        }
        let method = asked.as_ref().map(|asked| asked.method.clone()).unwrap_or_default();
        if method == b"CONNECT" && (200..300).contains(&status) {
            return self.tunnel();
        }
        self.server.body = match Body::of_response(&head, status, &method) {
            Body::Length(0) => None,
            body => Some(body),
        };
        match asked.and_then(|asked| asked.conversation(&self.budget)) {
            Some(mut conversation) => {
                conversation.response(&head, self.server.time_us);
                self.earlier.refuse(conversation.finish());
            }
            None => self.earlier.requests += 1,
        }
        None
    }

    fn switched(&mut self, asked: Option<Asked>, head: &[u8]) -> Option<Opened> {
        let to = |name: &str| http::values(head, b"Upgrade").any(|value| has_token(&value, name));
        let conversation = asked.as_ref().and_then(|asked| asked.conversation(&self.budget));
        if to("h2c") || (asked.is_some() && conversation.is_none()) {
            return self.give_up(if to("h2c") { Other::Http2 } else { Other::Http });
        }
        let mut conversation =
            conversation.unwrap_or_else(|| Conversation::with_handshake(String::new(), &self.budget));
        conversation.response(head, self.server.time_us);
        if let Some(missing) = asked.and_then(|asked| asked.missing) {
            conversation.miss(Sender::Client, missing);
        }
        Some(self.open(conversation))
    }

    /// Behind this handshake frames come.
    fn open(&mut self, mut conversation: Conversation) -> Opened {
        for (sender, half) in [(Sender::Client, &self.client), (Sender::Server, &self.server)] {
            conversation.take(sender, half.rest(), half.time_us);
        }
        self.told(conversation)
    }

    fn told(&mut self, mut conversation: Conversation) -> Opened {
        let (notes, broken) = std::mem::take(&mut self.earlier).told();
        conversation.tell(notes, broken);
        Opened::WebSocket(Box::new(conversation))
    }

    /// A proxy passes on what is said from here: that is looked at anew.
    fn tunnel(&mut self) -> Option<Opened> {
        let halves = [
            (Sender::Client, std::mem::take(&mut self.client)),
            (Sender::Server, std::mem::take(&mut self.server)),
        ];
        self.known = false;
        self.earlier.note("it was opened through a proxy, by CONNECT");
        halves.into_iter().find_map(|(sender, half)| {
            let rest = half.rest();
            if rest.is_empty() { None } else { self.take(sender, rest, half.time_us) }
        })
    }

    /// So many octets of one end are not in the capture.
    pub(super) fn miss(&mut self, sender: Sender, count: u64) -> Option<Opened> {
        let half = self.half(sender);
        if half.body.as_mut().is_some_and(|body| body.miss(count)) || self.over {
            return None;
        }
        let half = self.half(sender);
        let begun = half.rest().to_vec();
        *half = Half::default();
        if sender == Sender::Client && self.waits() {
            // Frames that came early, maybe: they are few.
            return None;
        }
        if sender == Sender::Client && self.ask_cut_off(begun.clone(), count) {
            return None;
        }
        if sender == Sender::Server
            && let Some(mut conversation) = self.answer_cut_off(&begun)
        {
            conversation.miss(Sender::Server, count);
            return Some(self.open(conversation));
        }
        if self.earlier.last.is_some() {
            self.over = true;
            return None;
        }
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.retain(|piece| piece.sender != sender);
        Some(Opened::Unknown(pieces))
    }

    /// Takes the beginning of a request for a WebSocket, if it is one.
    fn ask_cut_off(&mut self, head: Vec<u8>, missing: u64) -> bool {
        let asks = http::may_be_request(&head) && http::asks_for_websocket(&head);
        if asks {
            let (method, time_us) = (http::method(&head).to_vec(), self.client.time_us);
            self.asked.push_back(Asked { method, upgrade: Some(head), missing: Some(missing), time_us });
        }
        asks
    }

    /// The conversation whose response is not there, or only this beginning of it.
    fn answer_cut_off(&mut self, begun: &[u8]) -> Option<Conversation> {
        let mut conversation = self.asked.pop_front()?.conversation(&self.budget)?;
        if http::may_be_response(begun) && http::status(begun).is_some() {
            conversation.cut_off(Sender::Server, begun);
        }
        conversation.unanswered();
        Some(conversation)
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self) -> Option<Opened> {
        if !self.known {
            let pieces = std::mem::take(&mut self.pieces);
            return (!pieces.is_empty()).then_some(Opened::Unknown(pieces));
        }
        if let Some(opened) = self.advance(true) {
            return Some(opened);
        }
        if self.asked.is_empty() && self.client.body.is_none() {
            let begun = self.client.rest().to_vec();
            if self.ask_cut_off(begun, 0) {
                self.client.read = self.client.held.len();
            }
        }
        // The server's octets may not be in the capture, while the client's go on.
        let begun = self.server.rest().to_vec();
        self.server.read = self.server.held.len();
        let conversation = self.answer_cut_off(&begun)?;
        Some(self.open(conversation))
    }

    pub(super) fn finish(self) -> Result<Connection, Other> {
        let known = self.known;
        self.earlier.shown().ok_or(if known { Other::Http } else { Other::Silent })
    }
}
