//! MessagePack: the octet in front of each value, which the crate `rmp` knows, and what follows it.

use rmp::Marker;
use wsproof_core::Count;

use super::{Budget, Kind, Node, entry};

pub(super) fn read(payload: &[u8], budget: Budget) -> (Vec<Node>, Option<String>) {
    let mut reader = Reader { payload, at: 0, budget };
    let mut items = Vec::new();
    while reader.at < payload.len() {
        let (node, fault) = reader.value(0);
        items.extend(node);
        if let Some(fault) = fault {
            return (items, Some(format!("octet {}: {fault}", reader.at)));
        }
    }
    (items, None)
}

struct Reader<'a> {
    payload: &'a [u8],
    at: usize,
    budget: Budget,
}

/// As much of a value as could be read, and why not all of it.
type Read = (Option<Node>, Option<String>);

impl<'a> Reader<'a> {
    fn octets(&mut self, len: u64) -> Result<&'a [u8], String> {
        let left = &self.payload[self.at..];
        let piece = usize::try_from(len).ok().and_then(|len| left.get(..len));
        let piece = piece.ok_or_else(|| format!("{} announced, {} left", Count(len, "octet"), left.len()))?;
        self.at += piece.len();
        Ok(piece)
    }

    /// A number of so many octets, most significant first.
    fn number(&mut self, octets: u64) -> Result<u64, String> {
        Ok(self.octets(octets)?.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
    }

    fn value(&mut self, depth: usize) -> Read {
        if let Err(fault) = self.budget.take(depth) {
            return (None, Some(fault));
        }
        match self.begin() {
            Err(fault) => (None, Some(fault)),
            Ok(Begun::Value(node)) => (Some(node), None),
            Ok(Begun::Array(len)) => self.array(len, depth),
            Ok(Begun::Map(len)) => self.map(len, depth),
        }
    }

    fn array(&mut self, len: u64, depth: usize) -> Read {
        let mut children = Vec::new();
        let mut fault = None;
        for _ in 0..len {
            let (child, wrong) = self.value(depth + 1);
            children.extend(child);
            fault = wrong;
            if fault.is_some() {
                break;
            }
        }
        (Some(Node::holding(Kind::Array, format!("[{len}]"), children)), fault)
    }

    fn map(&mut self, len: u64, depth: usize) -> Read {
        let mut children = Vec::new();
        let mut fault = None;
        for _ in 0..len {
            let (key, wrong) = self.value(depth + 1);
            let (value, wrong) = match (&key, wrong) {
                (_, Some(wrong)) => (None, Some(wrong)),
                (_, None) => self.value(depth + 1),
            };
            children.extend(match (key, value) {
                (Some(key), Some(value)) => Some(entry(key, value)),
                (key, _) => key,
            });
            fault = wrong;
            if fault.is_some() {
                break;
            }
        }
        (Some(Node::holding(Kind::Map, format!("{{{len}}}"), children)), fault)
    }

    fn begin(&mut self) -> Result<Begun, String> {
        let marker = Marker::from_u8(self.octets(1)?[0]);
        let value = |kind, text: String| Ok(Begun::Value(Node::new(kind, text)));
        let number = |text: String| value(Kind::Number, text);
        match marker {
            Marker::FixPos(n) => number(n.to_string()),
            Marker::FixNeg(n) => number(n.to_string()),
            Marker::Null => value(Kind::Null, "nil".to_owned()),
            Marker::True => value(Kind::Boolean, "true".to_owned()),
            Marker::False => value(Kind::Boolean, "false".to_owned()),
            Marker::U8 => number(self.number(1)?.to_string()),
            Marker::U16 => number(self.number(2)?.to_string()),
            Marker::U32 => number(self.number(4)?.to_string()),
            Marker::U64 => number(self.number(8)?.to_string()),
            Marker::I8 => number((self.number(1)? as i8).to_string()),
            Marker::I16 => number((self.number(2)? as i16).to_string()),
            Marker::I32 => number((self.number(4)? as i32).to_string()),
            Marker::I64 => number((self.number(8)? as i64).to_string()),
            Marker::F32 => number(f32::from_bits(self.number(4)? as u32).to_string()),
            Marker::F64 => number(f64::from_bits(self.number(8)?).to_string()),
            Marker::FixStr(len) => self.string(len.into()),
            Marker::Str8 => self.number(1).and_then(|len| self.string(len)),
            Marker::Str16 => self.number(2).and_then(|len| self.string(len)),
            Marker::Str32 => self.number(4).and_then(|len| self.string(len)),
            Marker::Bin8 => self.number(1).and_then(|len| self.bytes(len)),
            Marker::Bin16 => self.number(2).and_then(|len| self.bytes(len)),
            Marker::Bin32 => self.number(4).and_then(|len| self.bytes(len)),
            Marker::FixArray(len) => Ok(Begun::Array(len.into())),
            Marker::Array16 => self.number(2).map(Begun::Array),
            Marker::Array32 => self.number(4).map(Begun::Array),
            Marker::FixMap(len) => Ok(Begun::Map(len.into())),
            Marker::Map16 => self.number(2).map(Begun::Map),
            Marker::Map32 => self.number(4).map(Begun::Map),
            Marker::FixExt1 => self.extension(1),
            Marker::FixExt2 => self.extension(2),
            Marker::FixExt4 => self.extension(4),
            Marker::FixExt8 => self.extension(8),
            Marker::FixExt16 => self.extension(16),
            Marker::Ext8 => self.number(1).and_then(|len| self.extension(len)),
            Marker::Ext16 => self.number(2).and_then(|len| self.extension(len)),
            Marker::Ext32 => self.number(4).and_then(|len| self.extension(len)),
            Marker::Reserved => Err("c1 begins no value".to_owned()),
        }
    }

    fn string(&mut self, len: u64) -> Result<Begun, String> {
        let octets = self.octets(len)?;
        let text = std::str::from_utf8(octets).map_err(|_| "a string is not UTF-8".to_owned())?;
        Ok(Begun::Value(Node::string(text)))
    }

    fn bytes(&mut self, len: u64) -> Result<Begun, String> {
        Ok(Begun::Value(Node::bytes(self.octets(len)?)))
    }

    fn extension(&mut self, len: u64) -> Result<Begun, String> {
        let kind = self.number(1)? as i8;
        let name = if kind == -1 { "timestamp".to_owned() } else { format!("extension {kind}") };
        let octets = Node::bytes(self.octets(len)?);
        Ok(Begun::Value(Node::holding(Kind::Tag, name, vec![octets])))
    }
}

/// What the first octets of a value tell.
enum Begun {
    Value(Node),
    Array(u64),
    Map(u64),
}
