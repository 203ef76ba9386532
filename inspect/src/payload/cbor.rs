//! CBOR (RFC 8949), item by item as the crate `minicbor` reads them.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use wsproof_core::Count;

use super::{Budget, Kind, Node, entry};

pub(super) fn read(payload: &[u8], budget: Budget) -> (Vec<Node>, Option<String>) {
    let mut reader = Reader { decoder: Decoder::new(payload), budget };
    let mut items = Vec::new();
    while reader.decoder.position() < payload.len() {
        let mut into = Vec::new();
        let read = reader.item(&mut into, 0);
        items.append(&mut into);
        if let Err(fault) = read {
            return (items, Some(format!("octet {}: {fault}", reader.decoder.position())));
        }
    }
    (items, None)
}

struct Reader<'a> {
    decoder: Decoder<'a>,
    budget: Budget,
}

impl Reader<'_> {
    /// Reads an item into a list; what was read of it before a fault stands there too.
    fn item(&mut self, into: &mut Vec<Node>, depth: usize) -> Result<(), String> {
        self.budget.take(depth)?;
        let kind = self.decoder.datatype().map_err(|error| self.words(&error))?;
        match kind {
            Type::Array | Type::ArrayIndef => {
                let len = self.decoder.array().map_err(|error| self.words(&error))?;
                self.holding(into, Kind::Array, len, depth)
            }
            Type::Map | Type::MapIndef => {
                let len = self.decoder.map().map_err(|error| self.words(&error))?;
                self.holding(into, Kind::Map, len, depth)
            }
            Type::Tag => {
                let tag = self.decoder.tag().map_err(|error| self.words(&error))?.as_u64();
                let mut inside = Vec::new();
                let read = self.item(&mut inside, depth + 1);
                into.push(Node::holding(Kind::Tag, format!("tag {tag}{}", tag_name(tag)), inside));
                read
            }
            kind => {
                let node = self.value(kind).map_err(|error| self.words(&error))?;
                into.push(node);
                Ok(())
            }
        }
    }

    fn holding(
        &mut self,
        into: &mut Vec<Node>,
        kind: Kind,
        len: Option<u64>,
        depth: usize,
    ) -> Result<(), String> {
        let mut children = Vec::new();
        let mut read = Ok(());
        let mut done = 0;
        while len.is_none_or(|len| done < len) {
            if len.is_none() && matches!(self.decoder.datatype(), Ok(Type::Break)) {
                self.decoder.set_position(self.decoder.position() + 1);
                break;
            }
            let mut pair = Vec::new();
            read = self.item(&mut pair, depth + 1);
            if kind == Kind::Map && read.is_ok() {
                read = self.item(&mut pair, depth + 1);
            }
            let second = if pair.len() > 1 { pair.pop() } else { None };
            match (pair.pop(), second) {
                (Some(key), Some(value)) => children.push(entry(key, value)),
                (one, _) => children.extend(one),
            }
            if read.is_err() {
                break;
            }
            done += 1;
        }
        let len = len.map_or_else(|| "…".to_owned(), |len| len.to_string());
        let text = if kind == Kind::Map { format!("{{{len}}}") } else { format!("[{len}]") };
        into.push(Node::holding(kind, text, children));
        read
    }

    fn value(&mut self, kind: Type) -> Result<Node, Error> {
        let decoder = &mut self.decoder;
        Ok(match kind {
            Type::Bool => Node::new(Kind::Boolean, decoder.bool()?),
            Type::Null => {
                decoder.null()?;
                Node::new(Kind::Null, "null")
            }
            Type::Undefined => {
                decoder.undefined()?;
                Node::new(Kind::Null, "undefined")
            }
            Type::F16 => Node::new(Kind::Number, decoder.f16()?),
            Type::F32 => Node::new(Kind::Number, decoder.f32()?),
            Type::F64 => Node::new(Kind::Number, decoder.f64()?),
            Type::Simple => Node::new(Kind::Null, format!("simple value {}", decoder.simple()?)),
            Type::Bytes => Node::bytes(decoder.bytes()?),
            Type::BytesIndef => {
                let mut octets = Vec::new();
                for piece in decoder.bytes_iter()? {
                    octets.extend_from_slice(piece?);
                }
                Node::bytes(&octets)
            }
            Type::String => Node::string(decoder.str()?),
            Type::StringIndef => {
                let mut text = String::new();
                for piece in decoder.str_iter()? {
                    text.push_str(piece?);
                }
                Node::string(&text)
            }
            Type::Break => return Err(Error::message("a break where no item is open")),
            Type::Unknown(_) => return Err(Error::message("this octet begins no item")),
            _ => Node::new(Kind::Number, i128::from(decoder.int()?)),
        })
    }

    fn words(&self, error: &Error) -> String {
        if error.is_end_of_input() {
            let left = self.decoder.input().len().saturating_sub(self.decoder.position());
            return format!("more is announced than what is left, {}", Count(left as u64, "octet"));
        }
        error.to_string()
    }
}

/// Tags that are met often (RFC 8949 §3.4).
fn tag_name(tag: u64) -> &'static str {
    match tag {
        0 => ", date and time",
        1 => ", seconds since 1970",
        2 => ", large number",
        3 => ", large negative number",
        24 => ", CBOR in octets",
        32 => ", URI",
        55799 => ", CBOR",
        _ => "",
    }
}
