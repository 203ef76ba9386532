//! Options for reading a capture.

use serde::Deserialize;
use wsproof_core::deflate;
use wsproof_core::handshake::ExtensionList;
use wsproof_inspect::{Options, Sender};

/// What the page asks for, as JSON. What is left out is found out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Choice {
    format: Option<String>,
    /// `client` or `server`.
    sender: Option<String>,
    /// Parameters of permessage-deflate, as in a response.
    deflate: Option<String>,
    /// The port whose connections are read though no handshake is there.
    port: Option<u16>,
    /// Connections are read though no handshake is there.
    force: bool,
}

/// The options that a choice stands for.
///
/// # Errors
/// One of its fields means nothing.
pub(crate) fn options(choice: &str) -> Result<Options, String> {
    let choice: Choice = serde_json::from_str(choice).map_err(|error| error.to_string())?;
    let sender = match choice.sender.as_deref() {
        None => None,
        Some("client") => Some(Sender::Client),
        Some("server") => Some(Sender::Server),
        Some(other) => return Err(format!("a sender is client or server, not {other}")),
    };
    let deflate = choice.deflate.map(|params| agreement(&params)).transpose()?;
    let format = choice.format.map(|name| name.parse()).transpose()?;
    Ok(Options { format, sender, deflate, port: choice.port, force: choice.force })
}

fn agreement(params: &str) -> Result<deflate::Response, String> {
    let text = match params.trim() {
        "" => deflate::NAME.to_owned(),
        params if params.starts_with(deflate::NAME) => params.to_owned(),
        params => format!("{}; {params}", deflate::NAME),
    };
    let list = ExtensionList::parse(&text).map_err(|error| error.to_string())?;
    let extension = list.iter().next().ok_or("no parameters")?;
    deflate::Response::from_extension(extension).map_err(|error| error.to_string())
}
