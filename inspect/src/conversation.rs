//! The octets of both ends, from the handshake on.

use wsproof_core::deflate::{self, Inflater, NAME};
use wsproof_core::frame::FrameHeader;
use wsproof_core::handshake::{
    HandshakeError, HeadFinder, HeadLimits, Headers, Offer, Request, Response, check_response,
};

use crate::budget::Budget;
use crate::checks;
use crate::model::{Connection, Finding, Handshake, Head, Sender};
use crate::stream::Stream;

/// While the other end's head has not come, so many octets are held.
const MAX_HELD: usize = 1 << 20;

/// A conversation that is being followed.
pub(crate) struct Conversation {
    connection: Connection,
    client: End,
    server: End,
    offer: Option<Offer>,
    /// Both heads have come, or none is expected.
    open: bool,
    first_us: Option<u64>,
    budget: Budget,
}

/// One end.
struct End {
    sender: Sender,
    /// Octets that were not looked at yet: a head that is arriving, or frames that came before the other end's head.
    held: Vec<u8>,
    finder: HeadFinder,
    head_done: bool,
    stream: Stream,
}

impl End {
    fn new(sender: Sender, budget: &Budget) -> Self {
        Self {
            sender,
            held: Vec::new(),
            finder: HeadFinder::default(),
            head_done: false,
            stream: Stream::new(sender, None, budget.clone()),
        }
    }
}

impl Conversation {
    /// One that begins with a handshake.
    pub(crate) fn with_handshake(name: String, budget: &Budget) -> Self {
        let mut conversation = Self::of_frames(name, budget);
        conversation.open = false;
        conversation.connection.handshake = Some(Handshake::default());
        conversation
    }

    /// One of which only frames are there.
    pub(crate) fn of_frames(name: String, budget: &Budget) -> Self {
        let connection = Connection::new(name);
        let (client, server) = (End::new(Sender::Client, budget), End::new(Sender::Server, budget));
        Self { connection, client, server, offer: None, open: true, first_us: None, budget: budget.clone() }
    }

    /// Takes these parameters of permessage-deflate as agreed on.
    pub(crate) fn with_deflate(mut self, agreed: deflate::Response) -> Self {
        self.agree(agreed);
        self
    }

    fn agree(&mut self, agreed: deflate::Response) {
        for end in [&mut self.client, &mut self.server] {
            // With a look at distances what comes behind a forbidden one can still be shown.
            let inflater = Inflater::new(agreed.sending(end.sender.role())).with_window_check(true);
            end.stream = Stream::new(end.sender, Some(inflater), self.budget.clone());
        }
    }

    /// Takes octets that one end sent, at this time.
    pub(crate) fn take(&mut self, sender: Sender, octets: &[u8], time_us: Option<u64>) {
        let since = time_us.map(|time| time.saturating_sub(*self.first_us.get_or_insert(time)));
        let end = match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        };
        if self.open {
            return end.stream.take(&mut self.connection, &mut octets.to_vec(), since);
        }
        let room = MAX_HELD.saturating_sub(end.held.len()).min(octets.len());
        end.held.extend_from_slice(&octets[..room]);
        if !end.head_done {
            self.find_head(sender);
        }
        if self.client.head_done && self.server.head_done {
            self.open = true;
            for end in [&mut self.client, &mut self.server] {
                let mut held = std::mem::take(&mut end.held);
                end.stream.take(&mut self.connection, &mut held, since);
            }
        }
    }

    /// Takes a frame of which only this is known: its header, and the payload's first octets, unmasked.
    pub(crate) fn take_excerpt(&mut self, sender: Sender, header: &FrameHeader, begin: &[u8]) {
        let end = match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        };
        end.stream.take_excerpt(&mut self.connection, header, begin);
    }

    fn find_head(&mut self, sender: Sender) {
        let end = match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        };
        let found = match end.finder.find(&end.held, &HeadLimits::default()) {
            Ok(None) => return,
            Ok(Some(len)) => {
                let rest = end.held.split_off(len);
                let head = std::mem::replace(&mut end.held, rest);
                match sender {
                    Sender::Client => self.request(&head),
                    Sender::Server => self.response(&head),
                }
            }
            Err(error) => Err(error),
        };
        let handshake = self.connection.handshake.get_or_insert_default();
        if let Err(error) = found {
            handshake.violations.push(finding(&error));
        }
        match sender {
            Sender::Client => self.client.head_done = true,
            Sender::Server => self.server.head_done = true,
        }
    }

    fn request(&mut self, head: &[u8]) -> Result<(), HandshakeError> {
        let Some((request, _)) = Request::parse(head)? else { return Err(HandshakeError::NotHttp) };
        let handshake = self.connection.handshake.get_or_insert_default();
        let line = format!("{} {} {}", request.method(), request.target(), request.version().as_str());
        handshake.request = Some(Head { line, headers: fields(request.headers()) });
        if self.connection.name.is_empty()
            && let Some(host) = request.header("Host")
        {
            self.connection.name = format!("ws://{host}{}", request.target());
        }
        self.offer = Some(Offer::from_request(&request)?);
        Ok(())
    }

    fn response(&mut self, head: &[u8]) -> Result<(), HandshakeError> {
        let Some((response, _)) = Response::parse(head)? else { return Err(HandshakeError::NotHttp) };
        let handshake = self.connection.handshake.get_or_insert_default();
        let line = format!("{} {} {}", response.version().as_str(), response.status(), response.reason());
        handshake.response = Some(Head { line, headers: fields(response.headers()) });
        // What was chosen is followed even where it should not have been: the frames shall be readable.
        let chosen = response.headers().extensions().ok();
        let answer = chosen.as_ref().and_then(|list| list.get(NAME));
        if let Some(agreed) = answer.and_then(|answer| deflate::Response::from_extension(answer).ok()) {
            handshake.deflate = Some(agreed.to_string());
            self.agree(agreed);
        }
        let Some(offer) = &self.offer else { return Ok(()) };
        let handshake = self.connection.handshake.get_or_insert_default();
        let protocols: Vec<&str> = offer.protocols.iter().map(String::as_str).collect();
        let agreement = check_response(&response, &offer.key, &protocols, &offer.extensions)?;
        handshake.protocol = agreement.protocol;
        let offers: Vec<deflate::Offer> = offer
            .extensions
            .iter()
            .filter(|extension| extension.name().eq_ignore_ascii_case(NAME))
            .filter_map(|extension| deflate::Offer::from_extension(extension).ok())
            .collect();
        if let Err(error) = deflate::agreed(&agreement.extensions, &offers) {
            handshake.violations.push(Finding {
                text: error.to_string(),
                clause: error.clause().to_owned(),
                offset: None,
                close_code: None,
            });
        }
        Ok(())
    }

    /// The connection, when the capture has ended.
    pub(crate) fn finish(mut self) -> Connection {
        if let Some(handshake) = &mut self.connection.handshake {
            handshake.checks = checks::of(handshake);
        }
        for (end, name) in [(&self.client, "client"), (&self.server, "server")] {
            end.stream.finish(&mut self.connection);
            if !self.open && !end.head_done {
                self.connection
                    .notes
                    .push(format!("the {name}'s part of the handshake is not in the capture"));
            }
        }
        self.connection
    }
}

fn finding(error: &HandshakeError) -> Finding {
    Finding { text: error.to_string(), clause: error.clause().to_owned(), offset: None, close_code: None }
}

fn fields(headers: &Headers) -> Vec<(String, String)> {
    headers.iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect()
}
