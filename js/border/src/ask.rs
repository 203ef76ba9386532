//! Rare requests, as text in and text out: fields separated by NUL, which no header may hold.

use std::fmt::Write as _;

use wsproof_core::handshake::{
    ExtensionList, HandshakeError, Key, Offer, Request, Response, accept_key, check_response,
};

/// Answers a question. The first field of the answer is `ok`, or `error` before clause, status and text.
///
/// | question | fields | answer |
/// | --- | --- | --- |
/// | `accept-key` | key | the accept value |
/// | `new-key` | 16 hexadecimal octets | a key |
/// | `request` | target, host, key, protocols, extensions, name, value, … | a head |
/// | `read-request` | head | octets, key, target, protocols, extensions, name, value, … ; only `ok` when incomplete |
/// | `accept` | protocol, extensions, head of the request | the head of the answer |
/// | `refuse` | head of the request | the head of the answer that refuses it |
/// | `deflate-offer` | four parameters (below) | `Sec-WebSocket-Extensions` of the request |
/// | `deflate-answer` | four parameters, the request's extensions | what the server answers; only `ok` for nothing |
/// | `deflate-agreed` | the request's extensions, the answer's | what was agreed; only `ok` for nothing |
/// | `read-response` | key, offered protocols, offered extensions, head | octets, protocol, extensions, clause and text of a warning, … |
///
/// The parameters are `1` or nothing for `server_no_context_takeover` and `client_no_context_takeover`, a number or
/// nothing for `server_max_window_bits` and `client_max_window_bits` (RFC 7692 §7.1).
#[must_use]
pub fn ask(question: &[u8]) -> String {
    // A head stands at the end: whatever a peer wrote there cannot be taken for a field.
    let answer = match fields(question) {
        ("accept-key", key) => Ok(accept_key(key)),
        ("new-key", nonce) => new_key(&text(nonce)),
        ("request", fields) => request(&text(fields)),
        ("read-request", head) => read_request(head),
        ("accept", rest) => accept(rest),
        ("refuse", head) => Ok(refuse(head)),
        ("read-response", rest) => read_response(rest),
        (question, rest) if question.starts_with("deflate-") => {
            return match crate::deflate::ask(question, &text(rest)) {
                Ok(text) => format!("ok\0{text}"),
                Err((clause, why)) => format!("error\0{clause}\0400\0{why}"),
            };
        }
        _ => Err(HandshakeError::Unsendable("a question")),
    };
    match answer {
        Ok(text) => format!("ok\0{text}"),
        Err(error) => format!("error\0{}\0{}\0{error}", error.clause(), error.status()),
    }
}

/// The first field, and what follows it.
fn fields(octets: &[u8]) -> (&str, &[u8]) {
    let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
    (std::str::from_utf8(&octets[..end]).unwrap_or_default(), octets.get(end + 1..).unwrap_or_default())
}

fn new_key(nonce: &str) -> Result<String, HandshakeError> {
    let octet = |at: usize| nonce.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let mut octets = [0; 16];
    for (at, place) in octets.iter_mut().enumerate() {
        *place = octet(2 * at).ok_or(HandshakeError::BadKey)?;
    }
    Ok(Key::new(octets).to_base64())
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn request(fields: &str) -> Result<String, HandshakeError> {
    let fields: Vec<&str> = fields.split('\0').collect();
    let [target, host, key, protocols, extensions, ref headers @ ..] = *fields.as_slice() else {
        return Err(HandshakeError::Unsendable("a question"));
    };
    let mut request = Request::upgrade(target, host, &Key::parse(key)?)?;
    for (name, value) in [("Sec-WebSocket-Protocol", protocols), ("Sec-WebSocket-Extensions", extensions)] {
        if !value.is_empty() {
            request = request.with_header(name, value)?;
        }
    }
    for pair in headers.chunks_exact(2) {
        request = request.with_header(pair[0], pair[1])?;
    }
    // What a server would refuse, such as a second Host, is not written.
    Offer::from_request(&request)?;
    Ok(text(&request.to_bytes()))
}

fn read_request(head: &[u8]) -> Result<String, HandshakeError> {
    let Some((request, len)) = Request::parse(head)? else { return Ok(String::new()) };
    let offer = Offer::from_request(&request)?;
    let mut answer = format!(
        "{len}\0{}\0{}\0{}\0{}",
        offer.key.to_base64(),
        request.target(),
        offer.protocols.join(", "),
        offer.extensions
    );
    for header in request.headers() {
        let _ = write!(answer, "\0{}\0{}", header.name(), header.value());
    }
    Ok(answer)
}

fn accept(rest: &[u8]) -> Result<String, HandshakeError> {
    let (protocol, rest) = fields(rest);
    let (extensions, head) = fields(rest);
    let Some((request, _)) = Request::parse(head)? else { return Err(HandshakeError::NotHttp) };
    let offer = Offer::from_request(&request)?;
    let extensions = ExtensionList::parse_all(some(extensions))?;
    Ok(text(&Response::accept(&offer, some(protocol), Some(&extensions))?.to_bytes()))
}

fn refuse(head: &[u8]) -> String {
    let error = match Request::parse(head) {
        Ok(Some((request, _))) => Offer::from_request(&request).err(),
        Ok(None) => None,
        Err(error) => Some(error),
    };
    text(&Response::refuse(&error.unwrap_or(HandshakeError::NotHttp)).to_bytes())
}

fn read_response(rest: &[u8]) -> Result<String, HandshakeError> {
    let (key, rest) = fields(rest);
    let (protocols, rest) = fields(rest);
    let (extensions, head) = fields(rest);
    let Some((response, len)) = Response::parse(head)? else { return Ok(String::new()) };
    let offered: Vec<&str> = protocols.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let extensions = ExtensionList::parse_all(some(extensions))?;
    let agreed = check_response(&response, &Key::parse(key)?, &offered, &extensions)?;
    let mut answer = format!("{len}\0{}\0{}", agreed.protocol.unwrap_or_default(), agreed.extensions);
    for warning in agreed.warnings {
        let _ = write!(answer, "\0{}\0{warning}", warning.clause());
    }
    Ok(answer)
}

/// A field that may be empty.
fn some(value: &str) -> Option<&str> {
    (!value.is_empty()).then_some(value)
}
