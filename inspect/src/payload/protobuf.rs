//! Protocol buffers without a schema: fields by their numbers, each with what its wire type tells.

use wsproof_core::Count;

use super::{Budget, Kind, Node};

pub(super) fn read(payload: &[u8], mut budget: Budget) -> (Vec<Node>, Option<String>) {
    fields(payload, 0, &mut budget)
}

fn fields(payload: &[u8], depth: usize, budget: &mut Budget) -> (Vec<Node>, Option<String>) {
    let mut left = payload;
    let mut nodes = Vec::new();
    while !left.is_empty() {
        let at = payload.len() - left.len();
        match budget.take(depth).and_then(|()| field(&mut left, depth, budget)) {
            Ok(node) => nodes.push(node),
            Err(fault) => return (nodes, Some(format!("octet {at}: {fault}"))),
        }
    }
    (nodes, None)
}

fn field(left: &mut &[u8], depth: usize, budget: &mut Budget) -> Result<Node, String> {
    let tag = varint(left)?;
    let number = tag >> 3;
    if number == 0 || number >= 1 << 29 {
        return Err(format!("{number} is no number of a field"));
    }
    let mut node = match tag & 7 {
        0 => number_node(varint(left)?),
        1 => {
            let bits = u64::from_le_bytes(*take::<8>(left)?);
            Node::new(Kind::Number, format!("{bits}, as a double {}", f64::from_bits(bits)))
        }
        5 => {
            let bits = u32::from_le_bytes(*take::<4>(left)?);
            Node::new(Kind::Number, format!("{bits}, as a float {}", f32::from_bits(bits)))
        }
        2 => {
            let len = varint(left)?;
            let piece = usize::try_from(len).ok().and_then(|len| left.split_at_checked(len));
            let (piece, rest) =
                piece.ok_or_else(|| format!("{} announced, {} left", Count(len, "octet"), left.len()))?;
            *left = rest;
            delimited(piece, depth, budget)
        }
        3 | 4 => return Err("groups are not read".to_owned()),
        other => return Err(format!("there is no wire type {other}")),
    };
    node.key = Some(number.to_string());
    Ok(node)
}

/// Text, a message, or octets: the wire does not tell which.
fn delimited(piece: &[u8], depth: usize, budget: &mut Budget) -> Node {
    let text = std::str::from_utf8(piece).ok();
    if let Some(text) = text
        && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
    {
        return Node::string(text);
    }
    // What is tried in vain costs nothing of the whole tree but time, which its length bounds.
    let mut trial = Budget { nodes: budget.nodes.min(piece.len()) };
    match fields(piece, depth + 1, &mut trial) {
        (children, None) => {
            budget.nodes = budget.nodes.saturating_sub(children.iter().map(count).sum());
            Node::holding(Kind::Map, format!("{{{}}}", children.len()), children)
        }
        _ => Node::bytes(piece),
    }
}

fn count(node: &Node) -> usize {
    1 + node.children.iter().flatten().map(count).sum::<usize>()
}

/// A number as it is, and as a signed one where they differ.
fn number_node(number: u64) -> Node {
    let signed = number as i64;
    let text = if signed < 0 { format!("{number}, signed {signed}") } else { number.to_string() };
    Node::new(Kind::Number, text)
}

fn varint(left: &mut &[u8]) -> Result<u64, String> {
    let mut number = 0_u64;
    for place in 0..10 {
        let [octet] = *take::<1>(left)?;
        number |= u64::from(octet & 0x7f) << (7 * place);
        if octet < 0x80 {
            return Ok(number);
        }
    }
    Err("a number is longer than ten octets".to_owned())
}

fn take<'a, const N: usize>(left: &mut &'a [u8]) -> Result<&'a [u8; N], String> {
    let (piece, rest) = left.split_first_chunk().ok_or("it ends within a field")?;
    *left = rest;
    Ok(piece)
}
