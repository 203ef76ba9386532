//! The opening handshake (RFC 6455 §4), in the form that Autobahn speaks.

use std::borrow::Cow;
use std::time::Duration;

use wsproof_core::handshake::{
    ExtensionList, HandshakeError, HeadFinder, HeadLimits, Header, Key, Request, Response, accept_key,
    check_response,
};

use super::options::ClientRequest;
use super::timers::TimerKind;
use super::{DropKind, Session, State, compression, secrets};
use crate::transcript::Excerpt;

/// No more octets are kept of a response that has no end.
const MAX_SHOWN: usize = 4096;

/// What the opening handshake needs to remember.
#[derive(Debug, Default)]
pub(super) struct Opening {
    key: Option<Key>,
    protocols: Vec<String>,
    /// The response head, as far as it has come.
    head: Vec<u8>,
    finder: HeadFinder,
    pub(super) server: Option<String>,
}

impl Session<'_> {
    pub(super) fn begin_as_client(&mut self, request: ClientRequest) {
        let key = Key::new(self.entropy.nonce());
        let offer = compression::offer_header(&self.case.deflate);
        let head = request_head(&request, &key, offer.as_deref(), |header| header.value().into());
        let shown = request_head(&request, &key, offer.as_deref(), secrets::presentable);
        self.opening.key = Some(key);
        self.opening.protocols = request.protocols;
        self.recorder.transcript_mut().http_request = String::from_utf8_lossy(&shown).into_owned();
        self.send_head(head, &shown, Duration::ZERO);
        // Counts from the connection: the testee may take its time to read the request, but not for ever.
        self.timers.arm(TimerKind::Opening, self.options.open_timeout, Duration::ZERO, false);
    }

    pub(super) fn begin_as_server(&mut self, head: &[u8], now: Duration) {
        self.recorder.octets_received(now, head);
        self.recorder.transcript_mut().http_request = String::from_utf8_lossy(head).into_owned();
        let request = Request::parse(head).ok().flatten();
        let key =
            request.as_ref().and_then(|(request, _)| request.header("Sec-WebSocket-Key")).unwrap_or_default();
        let offers = request.as_ref().and_then(|(request, _)| request.headers().extensions().ok());
        let agreed = offers.and_then(|offers| compression::answer(&offers, &self.case.deflate));
        let response =
            response_head(key, agreed.map(|agreed| compression::answer_header(&agreed)).as_deref());
        self.agree(agreed);
        self.recorder.transcript_mut().http_response = response.clone();
        self.send_head(response.clone().into_bytes(), response.as_bytes(), now);
        self.open(now);
    }

    /// Takes note of what was agreed of compression.
    fn agree(&mut self, agreed: Option<wsproof_core::deflate::Response>) {
        self.agreed = agreed;
        if let Some(agreed) = agreed {
            self.inbox.inflate(agreed.sending(self.role.peer()));
        }
    }

    /// Sends a head; the log has it as it may be shown.
    fn send_head(&mut self, head: Vec<u8>, shown: &[u8], now: Duration) {
        let len = head.len() as u64;
        self.recorder.octets_sent(now, || Excerpt { len, ..Excerpt::of(shown) }, len, false);
        self.outbox.push_octets(head);
    }

    fn open(&mut self, now: Duration) {
        self.timers.cancel(TimerKind::Opening);
        self.state = State::Open;
        self.facts.opened = true;
        self.opened_at = now;
        self.run_script(now);
    }

    /// Octets of the server's response, and maybe of frames behind it.
    pub(super) fn receive_response(&mut self, octets: &mut [u8], now: Duration) {
        let limits = HeadLimits::default();
        let before = self.opening.head.len();
        self.opening.head.extend_from_slice(octets);
        match self.opening.finder.find(&self.opening.head, &limits) {
            Ok(None) => {}
            Ok(Some(end)) => {
                let head = self.opening.head[..end].to_vec();
                self.recorder.transcript_mut().http_response = String::from_utf8_lossy(&head).into_owned();
                match self.check(&head) {
                    Ok(Some(wrong)) => self.opening_failed(&wrong, now),
                    Ok(None) => {
                        self.open(now);
                        if self.state != State::Closed {
                            self.receive_frames(&mut octets[end - before..], now);
                        }
                    }
                    Err(error) => self.opening_failed(&error.to_string(), now),
                }
            }
            Err(error) => {
                self.keep_unfinished_response();
                self.opening_failed(&error.to_string(), now);
            }
        }
    }

    /// Judges a response head. Answers also what is wrong with its compression, if anything.
    fn check(&mut self, head: &[u8]) -> Result<Option<String>, HandshakeError> {
        let Some((response, _)) = Response::parse(head)? else { return Err(HandshakeError::NotHttp) };
        self.opening.server = response.header("Server").map(str::to_owned);
        let Some(key) = &self.opening.key else { return Ok(None) };
        let protocols: Vec<&str> = self.opening.protocols.iter().map(String::as_str).collect();
        let offered = match compression::offer_header(&self.case.deflate) {
            Some(header) => ExtensionList::parse(&header)?,
            None => ExtensionList::default(),
        };
        let agreement = check_response(&response, key, &protocols, &offered)?;
        match compression::read_answer(&agreement.extensions, &self.case.deflate) {
            Ok(None) => {}
            Ok(Some((agreed, departure))) => {
                self.progress.answer_departs = departure.map(|rule| (rule.to_string(), rule.clause()));
                self.agree(Some(agreed));
            }
            Err(rule) => return Ok(Some(format!("{rule} ({})", rule.clause()))),
        }
        Ok(None)
    }

    /// Keeps the beginning of a response that did not come to its end.
    fn keep_unfinished_response(&mut self) {
        let head = &self.opening.head[..self.opening.head.len().min(MAX_SHOWN)];
        self.recorder.transcript_mut().http_response = String::from_utf8_lossy(head).into_owned();
    }

    fn opening_failed(&mut self, what: &str, now: Duration) {
        self.facts.was_not_clean_reason = Some(format!("the opening handshake is invalid: {what}"));
        self.drop_tcp(DropKind::Reset, now);
    }

    pub(super) fn opening_timed_out(&mut self, now: Duration) {
        self.keep_unfinished_response();
        self.facts.was_open_handshake_timeout = true;
        let seconds = self.options.open_timeout.as_secs_f64();
        self.facts.was_not_clean_reason =
            Some(format!("the opening handshake was not finished within {seconds} s"));
        self.drop_tcp(DropKind::Reset, now);
    }
}

/// The request head: the headers of Autobahn's fuzzing client in its order, then those of the request itself.
fn request_head<'a>(
    request: &'a ClientRequest,
    key: &Key,
    extensions: Option<&str>,
    value: impl Fn(&'a Header) -> Cow<'a, str>,
) -> Vec<u8> {
    // A line end inside a value would start a header of its own.
    let clean = |value: &str| value.replace(['\r', '\n'], " ");
    let mut lines = vec![
        format!("GET {} HTTP/1.1", clean(&request.resource)),
        format!("User-Agent: {}", clean(&request.user_agent)),
        format!("Host: {}", clean(&request.host)),
        "Upgrade: WebSocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        "Pragma: no-cache".to_owned(),
        "Cache-Control: no-cache".to_owned(),
        format!("Sec-WebSocket-Key: {}", key.to_base64()),
    ];
    if let Some(origin) = &request.origin {
        let name = if request.version < 13 { "Sec-WebSocket-Origin" } else { "Origin" };
        lines.push(format!("{name}: {}", clean(origin)));
    }
    if !request.protocols.is_empty() {
        lines.push(format!("Sec-WebSocket-Protocol: {}", clean(&request.protocols.join(","))));
    }
    if let Some(extensions) = extensions {
        lines.push(format!("Sec-WebSocket-Extensions: {extensions}"));
    }
    lines.push(format!("Sec-WebSocket-Version: {}", request.version));
    lines.extend(request.headers.iter().map(|header| format!("{}: {}", header.name(), value(header))));
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}

/// The answer to a client testee.
fn response_head(key: &str, extensions: Option<&str>) -> String {
    let extensions =
        extensions.map(|value| format!("Sec-WebSocket-Extensions: {value}\r\n")).unwrap_or_default();
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nServer: wsproof/{}\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{extensions}\r\n",
        env!("CARGO_PKG_VERSION"),
        accept_key(key)
    )
}
