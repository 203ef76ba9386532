//! permessage-deflate in the opening handshake, in the form that Autobahn speaks (RFC 7692 §5 and §7.1).

use wsproof_core::Role;
use wsproof_core::deflate::{self, NAME, NegotiationError, Offer, Response, Sending, WindowBits};
use wsproof_core::handshake::{Extension, ExtensionList};

use crate::case::{Case, DeflateWish};
use crate::finding::NoCompression;

impl Case {
    /// What a server is offered in `Sec-WebSocket-Extensions`; `None` for nothing.
    ///
    /// ```
    /// use wsproof_scenarios::catalogue;
    ///
    /// let offer = catalogue::find("12.1.1".parse()?).and_then(|case| case.offer());
    /// assert_eq!(offer.as_deref(), Some("permessage-deflate; client_no_context_takeover; client_max_window_bits"));
    /// # Ok::<(), wsproof_scenarios::ParseCaseIdError>(())
    /// ```
    #[must_use]
    pub fn offer(&self) -> Option<String> {
        offer_header(&self.deflate)
    }
}

/// The value of `Sec-WebSocket-Extensions` with which a server is asked; `None` to ask for nothing. Every offer leaves
/// it to the server to limit the window that we use; the parameters are in Autobahn's order.
pub(super) fn offer_header(wishes: &[DeflateWish]) -> Option<String> {
    let offer = |wish: &DeflateWish| {
        let mut text = NAME.to_owned();
        if hints_at_no_takeover(wish) {
            text.push_str("; client_no_context_takeover");
        }
        text.push_str("; client_max_window_bits");
        if let Some(bits) = wish.own_max_window_bits {
            text.push_str(&format!("={bits}"));
        }
        if wish.no_context_takeover {
            text.push_str("; server_no_context_takeover");
        }
        if let Some(bits) = wish.max_window_bits {
            text.push_str(&format!("; server_max_window_bits={bits}"));
        }
        text
    };
    let offers: Vec<String> = wishes.iter().map(offer).collect();
    (!offers.is_empty()).then(|| offers.join(", "))
}

/// Whether our offer says that we compress each message on its own.
fn hints_at_no_takeover(wish: &DeflateWish) -> bool {
    wish.own_no_context_takeover || wish.hint_not_kept
}

/// What a server's answer means, and how it departs from what was offered, if it does: Autobahn takes any that is well
/// formed.
pub(super) fn read_answer(
    chosen: &ExtensionList,
    wishes: &[DeflateWish],
) -> Result<Option<(Response, Option<NegotiationError>)>, NegotiationError> {
    let mut ours = chosen.iter().filter(|extension| is_deflate(extension));
    let Some(answer) = ours.next() else { return Ok(None) };
    if ours.next().is_some() {
        return Err(NegotiationError::Twice);
    }
    let response = Response::from_extension(answer).map_err(NegotiationError::Param)?;
    let offers: Vec<Offer> = wishes
        .iter()
        .map(|wish| Offer {
            server_no_context_takeover: wish.no_context_takeover,
            client_no_context_takeover: hints_at_no_takeover(wish),
            server_max_window_bits: wish.max_window_bits.and_then(WindowBits::new),
            client_max_window_bits: Some(wish.own_max_window_bits.and_then(WindowBits::new)),
        })
        .collect();
    Ok(Some((response, deflate::agreed(chosen, &offers).err())))
}

/// The answer to a client's offers: for each wish, the first offer that it fits. Offers that mean nothing are passed
/// over.
pub(super) fn answer(offers: &ExtensionList, wishes: &[DeflateWish]) -> Option<Response> {
    let offers: Vec<Offer> = offers
        .iter()
        .filter(|extension| is_deflate(extension))
        .filter_map(|extension| Offer::from_extension(extension).ok())
        .collect();
    wishes.iter().find_map(|wish| {
        let bits = wish.max_window_bits.and_then(WindowBits::new);
        let fits = |offer: &&Offer| bits.is_none() || offer.client_max_window_bits.is_some();
        offers.iter().find(fits).map(|offer| Response {
            server_no_context_takeover: offer.server_no_context_takeover || wish.own_no_context_takeover,
            server_max_window_bits: smaller(
                offer.server_max_window_bits,
                wish.own_max_window_bits.and_then(WindowBits::new),
            ),
            client_no_context_takeover: wish.no_context_takeover,
            client_max_window_bits: bits,
        })
    })
}

/// Whether an offer says `client_no_context_takeover`, a hint that an answer need not repeat (RFC 7692 §7.1.1.2), and the
/// answer does not.
pub(super) fn leaves_hint_out(agreed: &Response, offers: &ExtensionList) -> bool {
    let is_hint = |offer: Offer| offer.client_no_context_takeover;
    let offers = offers.iter().filter(|extension| is_deflate(extension));
    !agreed.client_no_context_takeover
        && offers.filter_map(|extension| Offer::from_extension(extension).ok()).any(is_hint)
}

/// Why [`answer`] has none.
pub(super) fn why_no_answer(offers: &ExtensionList) -> NoCompression {
    let mut offers = offers.iter().filter(|extension| is_deflate(extension)).peekable();
    if offers.peek().is_none() {
        NoCompression::NotOffered
    } else if offers.any(|extension| Offer::from_extension(extension).is_ok()) {
        NoCompression::NoClientWindow
    } else {
        NoCompression::BadOffer
    }
}

/// How we compress: as agreed, and no more freely than the wishes say of ourselves.
pub(super) fn own_sending(agreed: Response, role: Role, wishes: &[DeflateWish]) -> Sending {
    let mut sending = agreed.sending(role);
    for wish in wishes {
        sending.takeover &= !wish.own_no_context_takeover;
        if let Some(bits) = wish.own_max_window_bits.and_then(WindowBits::new) {
            sending.window = sending.window.min(bits);
        }
    }
    sending
}

/// The smaller of two limits.
fn smaller(a: Option<WindowBits>, b: Option<WindowBits>) -> Option<WindowBits> {
    [a, b].into_iter().flatten().min()
}

/// The header's value for an answer, with the parameters in Autobahn's order.
pub(super) fn answer_header(response: &Response) -> String {
    let mut text = NAME.to_owned();
    let (server, client) = (response.sending(Role::Server), response.sending(Role::Client));
    for (side, sending, bits) in [
        ("server", server, response.server_max_window_bits),
        ("client", client, response.client_max_window_bits),
    ] {
        if !sending.takeover {
            text.push_str(&format!("; {side}_no_context_takeover"));
        }
        if let Some(bits) = bits {
            text.push_str(&format!("; {side}_max_window_bits={bits}"));
        }
    }
    text
}

fn is_deflate(extension: &Extension) -> bool {
    extension.name().eq_ignore_ascii_case(NAME)
}
