//! The octets of both ends after the handshake.

use wsproof_core::deflate::{self, Inflater, NAME};
use wsproof_core::frame::FrameHeader;
use wsproof_core::handshake::{HandshakeError, Headers, Offer, Request, Response, check_response, has_token};

use crate::budget::Budget;
use crate::model::{Connection, Finding, Handshake, Head, Sender};
use crate::stream::Stream;
use crate::{checks, http};

/// Of what was said before a connection that begins without its handshake.
const WITHOUT_HANDSHAKE: &str = "the handshake is not in the capture: what was agreed on (compression, a subprotocol) and what \
     was said before is not known";

/// A conversation that is being followed.
pub(crate) struct Conversation {
    connection: Connection,
    client: Stream,
    server: Stream,
    offer: Option<Offer>,
    /// Which end's part of the handshake was not seen; both are there, or none is expected, if neither is set.
    lacks: Lacks,
    /// The server has refused, so that what follows is no frame.
    refused: bool,
    /// The heads are there as a whole, so that what is missing in them is missing indeed.
    judged: bool,
    first_us: Option<u64>,
    budget: Budget,
}

#[derive(Default)]
struct Lacks {
    request: bool,
    response: bool,
}

impl Conversation {
    /// One that begins with a handshake.
    pub(crate) fn with_handshake(name: String, budget: &Budget) -> Self {
        let mut conversation = Self::of_frames(name, budget);
        conversation.lacks = Lacks { request: true, response: true };
        conversation.connection.handshake = Some(Handshake::default());
        conversation
    }

    /// One of which only frames are there.
    pub(crate) fn of_frames(name: String, budget: &Budget) -> Self {
        let stream = |sender| Stream::new(sender, None, budget.clone());
        Self {
            connection: Connection::new(name),
            client: stream(Sender::Client),
            server: stream(Sender::Server),
            offer: None,
            lacks: Lacks::default(),
            refused: false,
            judged: true,
            first_us: None,
            budget: budget.clone(),
        }
    }

    /// One that was captured from somewhere after its handshake on, from where a frame begins.
    pub(crate) fn midstream(name: String, agreed: Option<deflate::Response>, budget: &Budget) -> Self {
        let mut conversation = Self::of_frames(name, budget);
        conversation.connection.notes.push(WITHOUT_HANDSHAKE.to_owned());
        if let Some(agreed) = agreed {
            conversation.agree(agreed);
        }
        conversation.client.midstream();
        conversation.server.midstream();
        conversation
    }

    /// Takes these parameters of permessage-deflate as agreed on.
    pub(crate) fn with_deflate(mut self, agreed: deflate::Response) -> Self {
        self.agree(agreed);
        self
    }

    fn agree(&mut self, agreed: deflate::Response) {
        for (stream, sender) in [(&mut self.client, Sender::Client), (&mut self.server, Sender::Server)] {
            // With a look at distances what comes behind a forbidden one can still be shown.
            let inflater = Inflater::new(agreed.sending(sender.role())).with_window_check(true);
            *stream = Stream::new(sender, Some(inflater), self.budget.clone());
        }
    }

    /// The stream of one end, and what it tells.
    fn end(&mut self, sender: Sender) -> (&mut Stream, &mut Connection) {
        let stream = match sender {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        };
        (stream, &mut self.connection)
    }

    fn since(&mut self, time_us: Option<u64>) -> Option<u64> {
        time_us.map(|time| time.saturating_sub(*self.first_us.get_or_insert(time)))
    }

    /// Takes the client's part of the handshake, whole.
    pub(crate) fn request(&mut self, head: &[u8], time_us: Option<u64>) {
        self.since(time_us);
        self.lacks.request = false;
        if let Err(error) = self.judge_request(head) {
            self.breaks(&error);
        }
    }

    /// Takes the server's part of the handshake, whole, or of one of which nothing else is known.
    pub(crate) fn response(&mut self, head: &[u8], time_us: Option<u64>) {
        self.since(time_us);
        self.lacks.response = false;
        self.refused = http::status(head) != Some(101);
        if let Err(error) = self.judge_response(head) {
            self.breaks(&error);
        }
        let chunked = http::values(head, b"Transfer-Encoding").any(|value| has_token(&value, "chunked"));
        self.client.after_handshake(false);
        self.server.after_handshake(chunked);
        if self.refused {
            let line = http::first_line(head);
            self.connection
                .notes
                .push(format!("the server refused, with \"{line}\": no WebSocket was opened"));
        }
    }

    /// Of an end's part of the handshake only the beginning is in the capture: it cannot be judged.
    pub(crate) fn cut_off(&mut self, sender: Sender, head: &[u8]) {
        let (line, headers) = http::parts(head);
        let handshake = self.connection.handshake.get_or_insert_default();
        let (lacks, part, who) = match sender {
            Sender::Client => (&mut self.lacks.request, &mut handshake.request, "client"),
            Sender::Server => (&mut self.lacks.response, &mut handshake.response, "server"),
        };
        *lacks = false;
        self.refused |= sender == Sender::Server && http::status(head) != Some(101);
        if sender == Sender::Client && self.connection.name.is_empty() {
            let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Host"));
            let target = line.split(' ').nth(1).unwrap_or_default();
            self.connection.name = host.map(|(_, host)| format!("ws://{host}{target}")).unwrap_or_default();
        }
        *part = Some(Head { line, headers });
        self.connection.notes.push(format!(
            "the {who}'s part of the handshake is cut off in the capture, so it is not judged"
        ));
        self.judged = false;
    }

    /// Of the request only this was recorded: it cannot be judged.
    pub(crate) fn unrecorded_request(&mut self, head: Head) {
        self.lacks.request = false;
        self.connection.handshake.get_or_insert_default().request = Some(head);
        self.connection
            .notes
            .push("the header fields of the request were not recorded, so they are not judged".to_owned());
    }

    /// The same of the response.
    pub(crate) fn unrecorded_response(&mut self, head: Option<Head>) {
        self.lacks.response = false;
        if head.is_some() {
            self.connection.notes.push(
                "the header fields of the response were not recorded, so they are not judged".to_owned(),
            );
        }
        self.connection.handshake.get_or_insert_default().response = head;
    }

    /// An end's part of the handshake cannot be read, so that nothing behind it can be.
    pub(crate) fn broken(&mut self, sender: Sender, error: &HandshakeError) {
        match sender {
            Sender::Client => self.lacks = Lacks::default(),
            Sender::Server => self.lacks.response = false,
        }
        self.refused = true;
        self.breaks(error);
    }

    fn breaks(&mut self, error: &HandshakeError) {
        self.connection.handshake.get_or_insert_default().violations.push(finding(error));
    }

    /// The response is not in the capture: what was agreed on is not known.
    pub(crate) fn unanswered(&mut self) {
        self.client.midstream();
        self.server.midstream();
    }

    /// Takes octets behind the handshake that one end sent, at this time.
    pub(crate) fn take(&mut self, sender: Sender, octets: &[u8], time_us: Option<u64>) {
        let since = self.since(time_us);
        if !self.refused {
            let (stream, connection) = self.end(sender);
            stream.take(connection, &mut octets.to_vec(), since);
        }
    }

    /// Octets that one end sent are not in the capture.
    pub(crate) fn miss(&mut self, sender: Sender, count: u64) {
        if !self.refused {
            let (stream, connection) = self.end(sender);
            stream.miss(connection, count);
        }
    }

    /// Takes a frame of which only this is known: its header, and the payload's first octets, unmasked.
    pub(crate) fn take_excerpt(&mut self, sender: Sender, header: &FrameHeader, begin: &[u8]) {
        let (stream, connection) = self.end(sender);
        stream.take_excerpt(connection, header, begin);
    }

    /// Says something of the connection.
    pub(crate) fn note(&mut self, note: String) {
        self.connection.notes.push(note);
    }

    fn judge_request(&mut self, head: &[u8]) -> Result<(), HandshakeError> {
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

    fn judge_response(&mut self, head: &[u8]) -> Result<(), HandshakeError> {
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
        let handshake = self.connection.handshake.get_or_insert_default();
        handshake.violations.extend(response.warnings().into_iter().map(|warning| Finding {
            text: warning.to_string(),
            clause: warning.clause().to_owned(),
            offset: None,
            close_code: None,
        }));
        // A refusal is for the server to decide (RFC 6455 §4.2.2).
        let Some(offer) = self.offer.as_ref().filter(|_| !self.refused) else { return Ok(()) };
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

    /// Says more of the connection: notes, and rules that were broken before it.
    pub(crate) fn tell(&mut self, notes: Vec<String>, broken: Vec<Finding>) {
        self.connection.notes.extend(notes);
        self.connection.told_violations.extend(broken);
    }

    /// The connection, when the capture has ended.
    pub(crate) fn finish(mut self) -> Connection {
        if let Some(handshake) = self.connection.handshake.as_mut().filter(|_| self.judged) {
            handshake.checks = checks::of(handshake);
        }
        self.client.finish(&mut self.connection);
        self.server.finish(&mut self.connection);
        for (lacks, name) in [(self.lacks.request, "client"), (self.lacks.response, "server")] {
            if lacks {
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
