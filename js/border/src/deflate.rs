//! permessage-deflate (RFC 7692): its negotiation, and endpoints that have it.

use wsproof_core::deflate::{
    self, NegotiationError, Offer, ParamError, Policy, Response, Settings, WindowBits,
};
use wsproof_core::handshake::{ExtensionList, HandshakeError};

use crate::Endpoints;

/// A clause, and what is wrong.
type Refusal = (&'static str, String);

/// Answers a question of the negotiation: see [`crate::ask`].
pub(crate) fn ask(question: &str, fields: &str) -> Result<String, Refusal> {
    let fields: Vec<&str> = fields.split('\0').collect();
    match (question, fields.as_slice()) {
        ("deflate-offer", &[server_takeover, client_takeover, server_window, client_window]) => {
            let offer = Offer {
                server_no_context_takeover: !server_takeover.is_empty(),
                client_no_context_takeover: !client_takeover.is_empty(),
                server_max_window_bits: window("server_max_window_bits", server_window)?,
                // A window that the server may narrow costs nothing to offer.
                client_max_window_bits: Some(window("client_max_window_bits", client_window)?),
            };
            Ok(deflate::to_header(&[offer]))
        }
        ("deflate-answer", &[server_takeover, client_takeover, server_window, client_window, offers]) => {
            let policy = Policy {
                server_no_context_takeover: !server_takeover.is_empty(),
                client_no_context_takeover: !client_takeover.is_empty(),
                server_max_window_bits: window("server_max_window_bits", server_window)?.unwrap_or_default(),
                client_max_window_bits: window("client_max_window_bits", client_window)?.unwrap_or_default(),
            };
            let answer = policy.answer(&list(offers)?);
            Ok(answer.map(|answer| answer.to_string()).unwrap_or_default())
        }
        ("deflate-agreed", &[offers, answer]) => {
            // What cannot be an offer of ours cannot have been answered.
            let offers: Vec<Offer> =
                list(offers)?.iter().filter_map(|offer| Offer::from_extension(offer).ok()).collect();
            let agreed = deflate::agreed(&list(answer)?, &offers).map_err(refusal)?;
            Ok(agreed.map(|agreed| agreed.to_string()).unwrap_or_default())
        }
        _ => Err(("RFC 7692 §7.1", "this is no question of permessage-deflate".to_owned())),
    }
}

/// Gives an endpoint the compression that was agreed; before anything is received or sent. `check` is for
/// [`with_window_check`](deflate::Inflater::with_window_check), where it is given.
///
/// # Errors
///
/// Why `agreed` means nothing, or that there is no such endpoint.
pub fn set_deflate(
    endpoints: &mut Endpoints,
    handle: u32,
    settings: Settings,
    check: Option<bool>,
    agreed: &str,
) -> Result<(), String> {
    let list = ExtensionList::parse(agreed).map_err(|error| error.to_string())?;
    let ours = list.iter().find(|extension| extension.name().eq_ignore_ascii_case(deflate::NAME));
    let ours =
        ours.ok_or_else(|| format!("\"{}\" does not have {}", agreed.escape_default(), deflate::NAME))?;
    let agreed = Response::from_extension(ours).map_err(|error| error.to_string())?;
    if endpoints.change(handle, |endpoint| endpoint.with_deflate(agreed, settings, check)) {
        Ok(())
    } else {
        Err("no such connection".to_owned())
    }
}

/// Whether distances are looked at, as the border has it: 0 no, 1 yes, else as core does.
#[must_use]
pub const fn window_check(word: u32) -> Option<bool> {
    match word {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn list(value: &str) -> Result<ExtensionList, Refusal> {
    if value.is_empty() {
        return Ok(ExtensionList::default());
    }
    ExtensionList::parse(value).map_err(|error| {
        let error = HandshakeError::from(error);
        (error.clause(), error.to_string())
    })
}

fn window(name: &'static str, value: &str) -> Result<Option<WindowBits>, Refusal> {
    if value.is_empty() {
        return Ok(None);
    }
    let bits = value.parse().ok().and_then(WindowBits::new);
    bits.map(Some).ok_or_else(|| refusal(NegotiationError::Param(ParamError::Window(name, value.to_owned()))))
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn refusal(error: NegotiationError) -> Refusal {
    (error.clause(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{EVENT, FIRST, FULL, HEAD, INFLATED, INFLATED_CAP, LAST};
    use crate::{Endpoint, Settings as Limits};

    const PLAIN: Limits = Limits {
        server: false,
        max_frame: -1.0,
        max_message: -1.0,
        max_fragments: -1.0,
        allowed_rsv: 0,
        pieces: true,
    };

    fn endpoint(endpoints: &mut Endpoints, server: bool) -> u32 {
        let endpoint = Endpoint::connection(16 | 32 | 64, &Limits { server, ..PLAIN }, 65_536, 1.0).unwrap();
        let handle = endpoints.add(endpoint);
        set_deflate(endpoints, handle, Settings::default(), None, "permessage-deflate").unwrap();
        handle
    }

    #[test]
    fn a_large_message_comes_in_parts_each_of_one_row() {
        let mut endpoints = Endpoints::new();
        let (client, server) = (endpoint(&mut endpoints, false), endpoint(&mut endpoints, true));
        let payload = vec![b'a'; 5 * INFLATED_CAP / 2];
        endpoints.get(client).unwrap().send(2, &payload).unwrap();
        let mut wire = endpoints.get(client).unwrap().transmit().to_vec();
        let mut table = [0; HEAD + 8 * EVENT];
        let (mut rest, mut inflated, mut last) = (&mut wire[..], Vec::new(), 0);
        for part in 0.. {
            endpoints.feed(server, rest, &mut table);
            let rows = table[3];
            assert_eq!(rows, 1, "part {part}");
            assert!(endpoints.inflated().len() < INFLATED_CAP + 16 * 1024 + 1);
            assert_eq!(table[HEAD] & (INFLATED | FIRST), if part == 0 { INFLATED | FIRST } else { INFLATED });
            assert_eq!(table[HEAD + 2] as usize, endpoints.inflated().len());
            inflated.extend_from_slice(endpoints.inflated());
            last = table[HEAD] & LAST;
            rest = &mut rest[table[1] as usize..];
            if table[0] != FULL {
                break;
            }
        }
        assert!(inflated == payload && last == LAST);
    }

    #[test]
    fn the_negotiation() {
        let offer = ask("deflate-offer", &["", "", "10", ""].join("\0")).unwrap();
        assert_eq!(offer, "permessage-deflate; server_max_window_bits=10; client_max_window_bits");
        let answer = ask("deflate-answer", &["1", "", "", "9", &offer].join("\0")).unwrap();
        assert_eq!(
            answer,
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9"
        );
        assert_eq!(ask("deflate-agreed", &format!("{offer}\0{answer}")).unwrap(), answer);
        assert_eq!(ask("deflate-agreed", "permessage-deflate\0").unwrap(), "");
        assert_eq!(ask("deflate-answer", "\0\0\0\0x-other").unwrap(), "");
        let (clause, why) = ask("deflate-offer", &["", "", "7", ""].join("\0")).unwrap_err();
        assert_eq!(
            (clause, &*why),
            ("RFC 7692 §7.1.2", "server_max_window_bits is \"7\", not a number from 8 to 15")
        );
        assert!(ask("deflate-agreed", &format!("\0{answer}")).is_err());
    }

    #[test]
    fn what_was_not_agreed_is_refused() {
        let mut endpoints = Endpoints::new();
        let handle = endpoints.add(Endpoint::decoder(&PLAIN));
        for (agreed, why) in [("x-else", "permessage-deflate"), ("", "header"), (";", "")] {
            let error = set_deflate(&mut endpoints, handle, Settings::default(), None, agreed).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        let wrong = "permessage-deflate; server_max_window_bits=7";
        assert!(set_deflate(&mut endpoints, handle, Settings::default(), None, wrong).is_err());
        assert!(set_deflate(&mut endpoints, 9, Settings::default(), None, "permessage-deflate").is_err());
    }
}
