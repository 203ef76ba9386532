//! The parameters of permessage-deflate, offered and agreed (RFC 7692 §5 and §7.1).

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use core::fmt;

use super::{NAME, Sending, WindowBits};
use crate::Role;
use crate::handshake::{Extension, ExtensionList};

/// What a client offers: one element of its `Sec-WebSocket-Extensions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Offer {
    /// Asks the server to compress each message on its own (§7.1.1.1).
    pub server_no_context_takeover: bool,
    /// Tells that the client will do so, whatever is answered (§7.1.1.2).
    pub client_no_context_takeover: bool,
    /// Asks the server to keep to this window (§7.1.2.1).
    pub server_max_window_bits: Option<WindowBits>,
    /// Tells that the client can keep to a smaller window, and with a value that it will use no larger one than that
    /// (§7.1.2.2). With `None` the server must not ask for a window.
    pub client_max_window_bits: Option<Option<WindowBits>>,
}

/// What a server answers, and so what is agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Response {
    /// The server compresses each message on its own.
    pub server_no_context_takeover: bool,
    /// The client has to compress each message on its own.
    pub client_no_context_takeover: bool,
    /// The server keeps to this window; 15 if absent.
    pub server_max_window_bits: Option<WindowBits>,
    /// The client has to keep to this window; 15 if absent.
    pub client_max_window_bits: Option<WindowBits>,
}

/// What a server wants; by default as little as possible.
///
/// To save memory use smaller windows, no context takeover, or both: [the module's page](super#memory) has figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Compress each message on its own even if the client does not ask for it.
    pub server_no_context_takeover: bool,
    /// Make the client compress each message on its own.
    pub client_no_context_takeover: bool,
    /// Keep to this window, or to a smaller one if the client asks for it.
    pub server_max_window_bits: WindowBits,
    /// Make the client keep to this window, if it can.
    pub client_max_window_bits: WindowBits,
}

/// Why a list of parameters means nothing (§7.1). A server declines such an offer and looks at the next; a client fails
/// the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamError {
    /// A parameter that the extension does not define.
    Unknown(String),
    /// A parameter that is there twice.
    Repeated(&'static str),
    /// A window that is not a number from 8 to 15 without leading zeros; empty when the value is missing.
    Window(&'static str, String),
    /// A value where there must be none.
    Value(&'static str),
}

/// Why a client does not take the server's answer (§7.1, and RFC 6455 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegotiationError {
    /// The answer's parameters mean nothing.
    Param(ParamError),
    /// The answer has permessage-deflate more than once.
    Twice,
    /// The answer has permessage-deflate although it was not offered.
    NotOffered,
    /// A parameter was asked for and is missing.
    Missing(&'static str),
    /// A window is larger than the one asked for.
    TooLarge(&'static str),
    /// A parameter is there that the offer did not allow.
    NotAllowed(&'static str),
}

/// Names of the parameters (§7.1).
const SERVER_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_WINDOW: &str = "server_max_window_bits";
const CLIENT_WINDOW: &str = "client_max_window_bits";

/// The value of `Sec-WebSocket-Extensions` that makes these offers, the preferred first.
#[must_use]
pub fn to_header(offers: &[Offer]) -> String {
    let mut header = String::new();
    for (i, offer) in offers.iter().enumerate() {
        header.push_str(if i == 0 { "" } else { ", " });
        header.push_str(&offer.to_string());
    }
    header
}

/// The client's judgement of the server's extensions, given its offers: `None` when the server declined.
///
/// # Errors
///
/// What is wrong with the answer; with several offers, what keeps it from answering the last of them. The client has to
/// fail the connection.
pub fn agreed(extensions: &ExtensionList, offers: &[Offer]) -> Result<Option<Response>, NegotiationError> {
    let mut answers = extensions.iter().filter(|extension| is_ours(extension));
    let Some(answer) = answers.next() else { return Ok(None) };
    if answers.next().is_some() {
        return Err(NegotiationError::Twice);
    }
    let response = Response::from_extension(answer).map_err(NegotiationError::Param)?;
    let mut refusal = NegotiationError::NotOffered;
    for offer in offers {
        match response.answers(offer) {
            Ok(()) => return Ok(Some(response)),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

impl Offer {
    /// Reads one offer.
    ///
    /// # Errors
    ///
    /// The first parameter that is wrong. The name is not looked at.
    pub fn from_extension(extension: &Extension) -> Result<Self, ParamError> {
        let params = Params::read(extension)?;
        Ok(Self {
            server_no_context_takeover: params.server_takeover.is_some(),
            client_no_context_takeover: params.client_takeover.is_some(),
            server_max_window_bits: params.server_window()?,
            client_max_window_bits: match params.client_window {
                Some(None) => Some(None),
                _ => params.client_window()?.map(Some),
            },
        })
    }
}

impl Response {
    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// The first parameter that is wrong. The name is not looked at.
    pub fn from_extension(extension: &Extension) -> Result<Self, ParamError> {
        let params = Params::read(extension)?;
        Ok(Self {
            server_no_context_takeover: params.server_takeover.is_some(),
            client_no_context_takeover: params.client_takeover.is_some(),
            server_max_window_bits: params.server_window()?,
            client_max_window_bits: params.client_window()?,
        })
    }

    /// Whether it is an answer to this offer.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn answers(&self, offer: &Offer) -> Result<(), NegotiationError> {
        if offer.server_no_context_takeover && !self.server_no_context_takeover {
            return Err(NegotiationError::Missing(SERVER_TAKEOVER));
        }
        match (offer.server_max_window_bits, self.server_max_window_bits) {
            // Unsaid, a window is the largest: servers leave out what the client asked for to no effect.
            (Some(WindowBits::MAX), None) => {}
            (Some(_), None) => return Err(NegotiationError::Missing(SERVER_WINDOW)),
            (Some(most), Some(bits)) if bits > most => return Err(NegotiationError::TooLarge(SERVER_WINDOW)),
            _ => {}
        }
        match (offer.client_max_window_bits, self.client_max_window_bits) {
            (None, Some(_)) => Err(NegotiationError::NotAllowed(CLIENT_WINDOW)),
            (Some(Some(most)), Some(bits)) if bits > most => Err(NegotiationError::TooLarge(CLIENT_WINDOW)),
            _ => Ok(()),
        }
    }

    /// What it says of the messages that one end sends.
    #[must_use]
    pub fn sending(&self, sender: Role) -> Sending {
        let (window, none) = match sender {
            Role::Server => (self.server_max_window_bits, self.server_no_context_takeover),
            Role::Client => (self.client_max_window_bits, self.client_no_context_takeover),
        };
        Sending { window: window.unwrap_or_default(), takeover: !none }
    }
}

impl Policy {
    /// The answer to the first usable offer of the client; `None` when there is none: then the
    /// connection goes without compression. No offer is a reason to refuse the connection (§7).
    #[must_use]
    pub fn answer(&self, offers: &ExtensionList) -> Option<Response> {
        offers
            .iter()
            .filter(|extension| is_ours(extension))
            .find_map(|extension| Offer::from_extension(extension).ok())
            .map(|offer| self.answer_to(&offer))
    }

    /// The answer to one offer. Every offer can be met: see [the module's page](super#windows) for windows of 8.
    #[must_use]
    pub fn answer_to(&self, offer: &Offer) -> Response {
        let narrowed = |wanted: WindowBits, asked: Option<WindowBits>| match asked {
            Some(asked) => Some(asked.min(wanted)),
            None => (wanted < WindowBits::MAX).then_some(wanted),
        };
        Response {
            server_no_context_takeover: self.server_no_context_takeover || offer.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover || offer.client_no_context_takeover,
            server_max_window_bits: narrowed(self.server_max_window_bits, offer.server_max_window_bits),
            client_max_window_bits: offer
                .client_max_window_bits
                .and_then(|asked| narrowed(self.client_max_window_bits, asked)),
        }
    }
}

/// The parameters as they stand in an extension, each at most once.
#[derive(Default)]
struct Params<'a> {
    server_takeover: Option<Option<&'a str>>,
    client_takeover: Option<Option<&'a str>>,
    server_window: Option<Option<&'a str>>,
    client_window: Option<Option<&'a str>>,
}

impl<'a> Params<'a> {
    fn server_window(&self) -> Result<Option<WindowBits>, ParamError> {
        self.server_window.map(|value| window(SERVER_WINDOW, value)).transpose()
    }

    fn client_window(&self) -> Result<Option<WindowBits>, ParamError> {
        self.client_window.map(|value| window(CLIENT_WINDOW, value)).transpose()
    }

    fn read(extension: &'a Extension) -> Result<Self, ParamError> {
        let mut params = Self::default();
        for param in extension.params() {
            let (name, slot) = match param.name().to_ascii_lowercase().as_str() {
                SERVER_TAKEOVER => (SERVER_TAKEOVER, &mut params.server_takeover),
                CLIENT_TAKEOVER => (CLIENT_TAKEOVER, &mut params.client_takeover),
                SERVER_WINDOW => (SERVER_WINDOW, &mut params.server_window),
                CLIENT_WINDOW => (CLIENT_WINDOW, &mut params.client_window),
                _ => return Err(ParamError::Unknown(param.name().to_owned())),
            };
            if slot.replace(param.value()).is_some() {
                return Err(ParamError::Repeated(name));
            }
            if matches!(name, SERVER_TAKEOVER | CLIENT_TAKEOVER) && param.value().is_some() {
                return Err(ParamError::Value(name));
            }
        }
        Ok(params)
    }
}

/// The value of a window's parameter.
fn window(name: &'static str, value: Option<&str>) -> Result<WindowBits, ParamError> {
    value
        .and_then(WindowBits::parse)
        .ok_or_else(|| ParamError::Window(name, value.unwrap_or_default().to_owned()))
}

fn is_ours(extension: &Extension) -> bool {
    extension.name().eq_ignore_ascii_case(NAME)
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_params(f, self.server_no_context_takeover, self.client_no_context_takeover)?;
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {SERVER_WINDOW}={bits}")?;
        }
        match self.client_max_window_bits {
            None => Ok(()),
            Some(None) => write!(f, "; {CLIENT_WINDOW}"),
            Some(Some(bits)) => write!(f, "; {CLIENT_WINDOW}={bits}"),
        }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_params(f, self.server_no_context_takeover, self.client_no_context_takeover)?;
        for (name, bits) in
            [(SERVER_WINDOW, self.server_max_window_bits), (CLIENT_WINDOW, self.client_max_window_bits)]
        {
            if let Some(bits) = bits {
                write!(f, "; {name}={bits}")?;
            }
        }
        Ok(())
    }
}

fn write_params(f: &mut fmt::Formatter<'_>, server: bool, client: bool) -> fmt::Result {
    f.write_str(NAME)?;
    for (name, set) in [(SERVER_TAKEOVER, server), (CLIENT_TAKEOVER, client)] {
        if set {
            write!(f, "; {name}")?;
        }
    }
    Ok(())
}

impl ParamError {
    /// The rule's place.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        match self {
            Self::Unknown(_) | Self::Repeated(_) => "RFC 7692 §7.1",
            Self::Window(..) => "RFC 7692 §7.1.2",
            Self::Value(_) => "RFC 7692 §7.1.1",
        }
    }
}

impl NegotiationError {
    /// The rule's place.
    #[must_use]
    pub fn clause(&self) -> &'static str {
        match self {
            Self::Param(error) => error.clause(),
            Self::Twice => "RFC 7692 §5",
            Self::NotOffered => "RFC 6455 §4.1 item 5",
            Self::Missing(SERVER_TAKEOVER) => "RFC 7692 §7.1.1.1",
            Self::Missing(_) => "RFC 7692 §7.1.2.1",
            Self::TooLarge(_) | Self::NotAllowed(_) => "RFC 7692 §7.1.2",
        }
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "{NAME} has no parameter \"{}\"", name.escape_default()),
            Self::Repeated(name) => write!(f, "{name} is there twice"),
            Self::Window(name, value) if value.is_empty() => write!(f, "{name} has no value"),
            Self::Window(name, value) => {
                write!(f, "{name} is \"{}\", not a number from 8 to 15", value.escape_default())
            }
            Self::Value(name) => write!(f, "{name} has a value"),
        }
    }
}

impl fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Param(error) => error.fmt(f),
            Self::Twice => write!(f, "the server chose {NAME} twice"),
            Self::NotOffered => write!(f, "the server chose {NAME}, which was not offered"),
            Self::Missing(name) => write!(f, "the server does not agree to {name}, which was asked for"),
            Self::TooLarge(name) => write!(f, "the server's {name} is larger than the one offered"),
            Self::NotAllowed(name) => write!(f, "the server sets {name}, which the offer did not allow"),
        }
    }
}

impl core::error::Error for ParamError {}

impl core::error::Error for NegotiationError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Param(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
