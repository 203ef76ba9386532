//! Payloads in MessagePack, CBOR and protocol buffers: true ones, and ones made to harm.

use wsproof_inspect::payload::{Encoding, Kind, Node, Tree, guess, read};

fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// A tree in one line.
fn line(nodes: &[Node]) -> String {
    let one = |node: &Node| {
        let key = node.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        match &node.children {
            Some(children) => format!("{key}{}({})", node.text, line(children)),
            None => format!("{key}{}", node.text),
        }
    };
    nodes.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn whole(payload: &[u8], encoding: Encoding) -> String {
    let tree = read(payload, encoding);
    assert_eq!(tree.fault, None);
    line(&tree.items)
}

#[test]
fn msgpack_values() {
    // The example of msgpack.org.
    let example = octets("82 a7 63 6f 6d 70 61 63 74 c3 a6 73 63 68 65 6d 61 00");
    assert_eq!(whole(&example, Encoding::Msgpack), "{2}(compact: true, schema: 0)");
    assert_eq!(guess(&example), Some(Encoding::Msgpack));
    let all = octets(
        "dc 00 0b  c0 c2 ff d0 80 cd ff ff cf ff ff ff ff ff ff ff ff d3 80 00 00 00 00 00 00 00
         cb 3f f8 00 00 00 00 00 00 c4 02 de ad d6 ff 00 00 00 01 de 00 01 91 01 02",
    );
    assert_eq!(
        whole(&all, Encoding::Msgpack),
        "[11](nil, false, -1, -128, 65535, 18446744073709551615, -9223372036854775808, 1.5, 2 octets: dead, \
         timestamp(4 octets: 00000001), {1}(key, value([1](1), 2)))"
    );
    assert_eq!(whole(&[1, 2], Encoding::Msgpack), "1, 2");
}

#[test]
fn cbor_values() {
    // RFC 8949, appendix A.
    for (hex, shown) in [
        ("a2 61 61 01 61 62 82 02 03", "{2}(a: 1, b: [2](2, 3))"),
        ("9f 01 82 02 03 9f 04 05 ff ff", "[…](1, [2](2, 3), […](4, 5))"),
        ("bf 61 61 01 61 62 9f 02 03 ff ff", "{…}(a: 1, b: […](2, 3))"),
        ("3b ff ff ff ff ff ff ff ff", "-18446744073709551616"),
        ("f9 3e 00", "1.5"),
        ("f7", "undefined"),
        ("f8 ff", "simple value 255"),
        ("7f 65 73 74 72 65 61 64 6d 69 6e 67 ff", "streaming"),
        ("5f 42 01 02 43 03 04 05 ff", "5 octets: 0102030405"),
        ("c1 1a 51 4b 67 b0", "tag 1, seconds since 1970(1363896240)"),
    ] {
        assert_eq!(whole(&octets(hex), Encoding::Cbor), shown, "{hex}");
    }
    assert_eq!(guess(&octets("a2 61 61 01 61 62 82 02 03")), Some(Encoding::Cbor));
}

#[test]
fn protobuf_fields() {
    // The examples of the encoding's own documentation.
    assert_eq!(whole(&octets("08 96 01"), Encoding::Protobuf), "1: 150");
    assert_eq!(whole(&octets("12 07 74 65 73 74 69 6e 67"), Encoding::Protobuf), "2: testing");
    assert_eq!(guess(&octets("12 07 74 65 73 74 69 6e 67")), Some(Encoding::Protobuf));
    let nested = octets("1a 03 08 96 01  0d 00 00 c0 3f  09 00 00 00 00 00 00 f8 3f  22 02 ff fe");
    assert_eq!(
        whole(&nested, Encoding::Protobuf),
        "3: {1}(1: 150), 1: 1069547520, as a float 1.5, 1: 4609434218613702656, as a double 1.5, 4: 2 octets: fffe"
    );
    let minus = octets("08 ff ff ff ff ff ff ff ff ff 01");
    assert_eq!(whole(&minus, Encoding::Protobuf), "1: 18446744073709551615, signed -1");
}

#[test]
fn what_is_announced_costs_nothing_and_what_was_read_stays() {
    let fault = |payload: &[u8], encoding| {
        let Tree { items, fault, .. } = read(payload, encoding);
        (line(&items), fault.expect("it is whole"))
    };
    let (shown, why) = fault(&octets("dd ff ff ff ff 01 02"), Encoding::Msgpack);
    assert_eq!(shown, "[4294967295](1, 2)");
    assert_eq!(why, "octet 7: 1 octet announced, 0 left");
    let (shown, why) = fault(&octets("df ff ff ff ff a1 61 db ff ff ff ff 61"), Encoding::Msgpack);
    assert_eq!(shown, "{4294967295}(a)");
    assert_eq!(why, "octet 12: 4294967295 octets announced, 1 left");
    let (shown, why) = fault(&octets("9b ff ff ff ff ff ff ff ff 01"), Encoding::Cbor);
    assert_eq!(shown, "[18446744073709551615](1)");
    assert!(why.contains("more is announced than what is left, 0 octets"), "{why}");
    let (_, why) = fault(&octets("5b ff ff ff ff ff ff ff ff 01"), Encoding::Cbor);
    assert!(why.starts_with("octet "), "{why}");
    let (shown, why) = fault(&octets("08 01 12 ff ff ff ff ff ff ff ff 7f 61"), Encoding::Protobuf);
    assert_eq!(shown, "1: 1");
    assert_eq!(why, "octet 2: 9223372036854775807 octets announced, 1 left");
    assert!(fault(&[0xc1], Encoding::Msgpack).1.contains("c1 begins no value"));
    assert!(fault(&[0xff], Encoding::Cbor).1.contains("no item is open"));
    assert!(fault(&[0x07], Encoding::Protobuf).1.contains("0 is no number of a field"));
    assert!(fault(&[0xff; 11], Encoding::Protobuf).1.contains("longer than ten octets"));
}

#[test]
fn depth_and_count_are_bounded() {
    let depth = |tree: &Tree| {
        let mut depth = 0;
        let mut level: Vec<&Node> = tree.items.iter().collect();
        while !level.is_empty() {
            depth += 1;
            level = level.iter().flat_map(|node| node.children.iter().flatten()).collect();
        }
        depth
    };
    for (octet, encoding) in [(0x91, Encoding::Msgpack), (0x81, Encoding::Cbor), (0xc1, Encoding::Cbor)] {
        let tree = read(&vec![octet; 1 << 20], encoding);
        assert!(tree.fault.as_ref().unwrap().contains("nested deeper than 64"), "{:?}", tree.fault);
        assert!(depth(&tree) <= 65);
    }
    for encoding in Encoding::ALL {
        let flat = if encoding == Encoding::Protobuf { [8, 1].repeat(1 << 19) } else { vec![1; 1 << 20] };
        let tree = read(&flat, encoding);
        assert!(tree.fault.as_ref().unwrap().contains("only 20000 values are shown"));
        assert_eq!(tree.items.len(), 20_000);
    }
    // A message in a message in a message …
    let mut bomb = vec![8, 1];
    while bomb.len() < 1 << 16 {
        let mut around = vec![0x0a];
        let mut len = bomb.len();
        while len >= 0x80 {
            around.push(len as u8 | 0x80);
            len >>= 7;
        }
        around.push(len as u8);
        around.append(&mut bomb);
        bomb = around;
    }
    let tree = read(&bomb, Encoding::Protobuf);
    assert_eq!(tree.fault, None);
    assert!(depth(&tree) <= 66);
    // A long text is shown in part.
    let long = [vec![0xdb, 0, 1, 0, 0], vec![b'a'; 65536]].concat();
    assert!(read(&long, Encoding::Msgpack).items[0].text.len() < 2100);
}

#[test]
fn any_octets_are_read_without_a_panic() {
    let mut state = 7_u32;
    for round in 0..20_000 {
        let payload: Vec<u8> = (0..round % 64)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state as u8
            })
            .collect();
        for encoding in Encoding::ALL {
            read(&payload, encoding);
        }
        guess(&payload);
    }
}

#[test]
fn octets_that_mean_nothing_are_not_guessed() {
    for payload in [&[][..], &[0], &[0, 1, 2, 254], &[1, 2, 3, 255], b"Hello", &[0x81, 1, 2], &[8, 1]] {
        assert_eq!(guess(payload), None, "{payload:02x?}");
    }
    assert_eq!(read(&[0xa1, b'a'], Encoding::Msgpack).items[0].kind, Kind::String);
}
