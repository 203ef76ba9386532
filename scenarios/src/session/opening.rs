//! The opening handshake (RFC 6455 §4), in the form that Autobahn speaks.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use wsproof_core::deflate::NegotiationError;
use wsproof_core::handshake::{
    ExtensionList, HandshakeError, HandshakeWarning, HeadFinder, HeadLimits, Header, Key, Request, Response,
    accept_key, check_response,
};

use super::options::ClientRequest;
use super::refused::Refused;
use super::timers::TimerKind;
use super::{DropKind, Session, State, compression, secrets};
use crate::finding::{HandshakeFailure, NoCompression};
use crate::tcp_end::TlsAlert;
use crate::transcript::Excerpt;

/// No more octets are kept of a response that has no end.
const MAX_SHOWN: usize = 4096;

/// No more characters are told of a rule that an answer breaks: it may quote the testee.
const MAX_RULE: usize = 300;

/// The end of a chunked content (RFC 9112 §7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// What the opening handshake needs to remember.
#[derive(Debug, Default)]
pub(super) struct Opening {
    key: Option<Key>,
    protocols: Vec<String>,
    /// The response head, as far as it has come.
    head: Vec<u8>,
    finder: HeadFinder,
    /// Octets of our own head.
    pub(super) sent: u64,
    pub(super) server: Option<String>,
    /// An answer that is no 101, while its body comes and after.
    pub(super) refused: Option<Refused>,
    /// Why the handshake failed, unless the answer was no 101 or the testee ended TCP.
    pub(super) failure: Option<HandshakeFailure>,
    /// What is wrong with a response though the connection stands.
    pub(super) warnings: Vec<HandshakeWarning>,
    /// Of a response with Transfer-Encoding, the first octets behind its head.
    behind: Vec<u8>,
    /// As a server: why our answer has no permessage-deflate.
    pub(super) no_compression: Option<NoCompression>,
    /// A client's offer says `client_no_context_takeover`, and our answer does not repeat it.
    pub(super) hint_not_repeated: bool,
}

impl Opening {
    /// Keeps the first octets behind a response that announces content.
    pub(super) fn keep_behind(&mut self, octets: &[u8]) {
        if self.warnings.contains(&HandshakeWarning::TransferEncoding) {
            let room = LAST_CHUNK.len() - self.behind.len();
            self.behind.extend_from_slice(&octets[..octets.len().min(room)]);
        }
    }

    /// What came of a response that is not whole.
    pub(super) fn came(&self) -> Excerpt {
        Excerpt::of(&self.head)
    }

    /// Whether the content that the response announces has come, and is none.
    pub(super) fn ends_a_chunked_content(&self) -> bool {
        self.behind == LAST_CHUNK
    }
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
        let agreed = offers.as_ref().and_then(|offers| compression::answer(offers, &self.case.deflate));
        self.opening.no_compression =
            Some(offers.as_ref().map_or(NoCompression::NotOffered, compression::why_no_answer));
        self.opening.hint_not_repeated = offers
            .as_ref()
            .zip(agreed.as_ref())
            .is_some_and(|(offers, agreed)| compression::leaves_hint_out(agreed, offers));
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
        self.opening.sent = len;
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
            Ok(None) => {
                if let Some(alert) = tls_alert(&self.opening.head) {
                    self.keep_unfinished_response();
                    self.opening.failure = Some(HandshakeFailure::SpeaksTls { alert });
                    self.opening_failed(&HandshakeError::NotHttp, now);
                }
            }
            Ok(Some(end)) => {
                let head = self.opening.head[..end].to_vec();
                self.recorder.transcript_mut().http_response = String::from_utf8_lossy(&head).into_owned();
                match Response::parse(&head) {
                    Ok(Some((response, _))) => {
                        self.response_received(&response, &mut octets[end - before..], now);
                    }
                    Ok(None) | Err(HandshakeError::NotHttp) => {
                        let came = Excerpt::of(&self.opening.head);
                        self.opening.failure = Some(HandshakeFailure::NotHttp { came });
                        self.opening_failed(&HandshakeError::NotHttp, now);
                    }
                    Err(error) => self.breaks_a_rule(&error, error.clause_in_response(), now),
                }
            }
            Err(error) => {
                self.keep_unfinished_response();
                self.breaks_a_rule(&error, error.clause_in_response(), now);
            }
        }
    }

    /// A whole response head came, and these octets behind it.
    fn response_received(&mut self, response: &Response, behind: &mut [u8], now: Duration) {
        self.opening.server = response.header("Server").map(str::to_owned);
        match self.check(response) {
            Ok(None) => {
                self.open(now);
                if self.state != State::Closed && !behind.is_empty() {
                    self.opening.keep_behind(behind);
                    self.receive_frames(behind, now);
                }
            }
            Ok(Some(rule)) => self.breaks_a_rule(&rule, rule.clause(), now),
            Err(error @ HandshakeError::Status(_)) => {
                self.facts.was_not_clean_reason = Some(not_clean(&error));
                self.refused(response, behind, now);
            }
            Err(error) => self.breaks_a_rule(&error, error.clause_in_response(), now),
        }
    }

    /// Judges a response. Answers also what is wrong with its compression, if anything.
    fn check(&mut self, response: &Response) -> Result<Option<NegotiationError>, HandshakeError> {
        let Some(key) = &self.opening.key else { return Ok(None) };
        let protocols: Vec<&str> = self.opening.protocols.iter().map(String::as_str).collect();
        let offered = match compression::offer_header(&self.case.deflate) {
            Some(header) => ExtensionList::parse(&header)?,
            None => ExtensionList::default(),
        };
        let agreement = check_response(response, key, &protocols, &offered)?;
        self.opening.warnings = agreement.warnings;
        match compression::read_answer(&agreement.extensions, &self.case.deflate) {
            Ok(None) => {}
            Ok(Some((agreed, departure))) => {
                self.progress.answer_departs = departure.map(|rule| (rule.to_string(), rule.clause()));
                self.agree(Some(agreed));
            }
            Err(rule) => return Ok(Some(rule)),
        }
        Ok(None)
    }

    /// Keeps the beginning of a response that did not come to its end.
    fn keep_unfinished_response(&mut self) {
        let head = &self.opening.head[..self.opening.head.len().min(MAX_SHOWN)];
        self.recorder.transcript_mut().http_response = String::from_utf8_lossy(head).into_owned();
    }

    /// The response breaks a rule.
    fn breaks_a_rule(&mut self, rule: &impl fmt::Display, clause: &str, now: Duration) {
        let what = rule.to_string().chars().take(MAX_RULE).collect();
        self.opening.failure = Some(HandshakeFailure::Invalid { what, clause: clause.to_owned() });
        self.opening_failed(rule, now);
    }

    fn opening_failed(&mut self, what: &impl fmt::Display, now: Duration) {
        self.facts.was_not_clean_reason = Some(not_clean(what));
        self.drop_tcp(DropKind::Reset, now);
    }

    pub(super) fn opening_timed_out(&mut self, now: Duration) {
        self.keep_unfinished_response();
        self.opening.failure = Some(HandshakeFailure::TimedOut {
            waited_us: self.options.open_timeout.as_micros() as u64,
            came: Excerpt::of(&self.opening.head),
        });
        self.facts.was_open_handshake_timeout = true;
        let seconds = self.options.open_timeout.as_secs_f64();
        self.facts.was_not_clean_reason =
            Some(format!("the opening handshake was not finished within {seconds} s"));
        self.drop_tcp(DropKind::Reset, now);
    }
}

/// What Autobahn's file says of a response that can't be taken.
fn not_clean(what: &impl fmt::Display) -> String {
    let what: String = what.to_string().chars().take(MAX_RULE).collect();
    format!("the opening handshake is invalid: {what}")
}

/// The alert, if octets are one of TLS that stands by itself and is not encrypted (RFC 8446 §5.1 and §6).
fn tls_alert(octets: &[u8]) -> Option<TlsAlert> {
    match octets {
        [21, 3, _, 0, 2, 1 | 2, alert] => Some(TlsAlert(*alert)),
        _ => None,
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
        // In small letters, unlike Autobahn: handlers that compare with that refuse all cases otherwise, as no browser would
        // ever show them.
        "Upgrade: websocket".to_owned(),
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
        "HTTP/1.1 101 Switching Protocols\r\nServer: wsproof/{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n{extensions}\r\n",
        env!("CARGO_PKG_VERSION"),
        accept_key(key)
    )
}
