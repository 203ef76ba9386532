//! What a payload holds where it is MessagePack, CBOR or a protocol buffer: as a tree, as far as it can be read.
//!
//! A payload may announce what it likes: so many nodes are made, so deep, and nothing is reserved for what is announced.

mod cbor;
mod msgpack;
mod protobuf;

use serde::{Deserialize, Serialize};
use wsproof_core::Count;

use crate::model::hex;

/// Nodes of a tree at most.
const MAX_NODES: usize = 20_000;
/// Nodes within each other at most.
const MAX_DEPTH: usize = 64;
/// Characters of a text that are shown, and half as many octets.
const MAX_TEXT: usize = 2_000;

/// How a payload may be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// MessagePack.
    Msgpack,
    /// CBOR (RFC 8949).
    Cbor,
    /// A message of protocol buffers, without its schema: numbers of fields and wire types.
    Protobuf,
}

impl Encoding {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 3] = [Self::Msgpack, Self::Cbor, Self::Protobuf];
}

/// What a payload was read as.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tree {
    /// What it was read as.
    pub encoding: Encoding,
    /// What it holds; of several items in a row, each.
    pub items: Vec<Node>,
    /// Why it was not read to its end: what is wrong, and at which octet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A value, or something that holds values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// Its key in a map, or the number of its field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The value; of a container, what it holds in short.
    pub text: String,
    /// What a container holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Self>>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Keys and values.
    Map,
    /// Values in order.
    Array,
    /// A value with a tag, or of an extension type.
    Tag,
    /// Text.
    String,
    /// Octets.
    Bytes,
    /// An integer or a floating-point number.
    Number,
    /// True or false.
    Boolean,
    /// Nothing, in the words of its encoding.
    Null,
}

impl Node {
    fn new(kind: Kind, text: impl ToString) -> Self {
        Self { key: None, kind, text: text.to_string(), children: None }
    }

    fn string(text: &str) -> Self {
        Self::new(Kind::String, shortened(text))
    }

    fn bytes(octets: &[u8]) -> Self {
        let shown = &octets[..octets.len().min(MAX_TEXT / 2)];
        let more = if shown.len() < octets.len() { " …" } else { "" };
        Self::new(Kind::Bytes, format!("{}: {}{more}", Count(octets.len() as u64, "octet"), hex(shown)))
    }

    fn holding(kind: Kind, text: impl ToString, children: Vec<Self>) -> Self {
        Self { children: Some(children), ..Self::new(kind, text) }
    }

    /// As a key in one line; a container cannot be one.
    fn as_key(&self) -> Option<String> {
        if self.children.is_some() { None } else { Some(self.text.clone()) }
    }

    /// Texts that people could have written, here and below.
    fn readable(&self) -> usize {
        let written = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        let own = self.kind == Kind::String && written(&self.text);
        // What names a field in a map; field numbers are no sign.
        let key = self.key.as_deref().is_some_and(|key| written(key) && key.parse::<f64>().is_err());
        let below = self.children.iter().flatten().map(Self::readable).sum::<usize>();
        usize::from(own) + usize::from(key) + below
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} … ({})", &text[..end], Count(text.len() as u64, "octet")),
    }
}

/// What may still be made.
#[derive(Debug)]
struct Budget {
    nodes: usize,
}

impl Budget {
    /// Takes a node; `depth` others are around it.
    fn take(&mut self, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("it is nested deeper than {MAX_DEPTH}"));
        }
        self.nodes = self.nodes.checked_sub(1).ok_or(format!("only {MAX_NODES} values are shown"))?;
        Ok(())
    }
}

/// A map entry; a key that is a container stands beside its value.
fn entry(key: Node, mut value: Node) -> Node {
    match key.as_key() {
        Some(text) => {
            value.key = Some(text);
            value
        }
        None => Node::holding(Kind::Array, "key, value", vec![key, value]),
    }
}

/// Reads a payload.
///
/// ```
/// use wsproof_inspect::payload::{Encoding, read};
///
/// let tree = read(&[0x81, 0xa1, b'a', 7], Encoding::Msgpack);
/// let children = tree.items[0].children.as_ref().unwrap();
/// assert_eq!((children[0].key.as_deref(), children[0].text.as_str()), (Some("a"), "7"));
/// assert_eq!(tree.fault, None);
/// ```
pub fn read(payload: &[u8], encoding: Encoding) -> Tree {
    let budget = Budget { nodes: MAX_NODES };
    let (items, fault) = match encoding {
        Encoding::Msgpack => msgpack::read(payload, budget),
        Encoding::Cbor => cbor::read(payload, budget),
        Encoding::Protobuf => protobuf::read(payload, budget),
    };
    Tree { encoding, items, fault }
}

/// What a payload looks like: it can be read to its end, and what comes out has texts in containers. Short payloads may
/// look like anything.
pub fn guess(payload: &[u8]) -> Option<Encoding> {
    /// Longer ones are not looked at unasked.
    const LONGEST: usize = 1 << 20;
    if payload.is_empty() || payload.len() > LONGEST {
        return None;
    }
    let fit = |encoding| {
        let tree = read(payload, encoding);
        let one = encoding == Encoding::Protobuf || tree.items.len() == 1;
        let holds = tree.items.iter().all(|node| encoding == Encoding::Protobuf || node.children.is_some());
        let readable: usize = tree.items.iter().map(Node::readable).sum();
        (tree.fault.is_none() && one && holds && readable > 0).then_some((readable, encoding))
    };
    // Of equals the first.
    Encoding::ALL
        .into_iter()
        .filter_map(fit)
        .rev()
        .max_by_key(|(readable, _)| *readable)
        .map(|(_, encoding)| encoding)
}
