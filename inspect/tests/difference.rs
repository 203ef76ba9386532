//! How two messages differ.

use wsproof_inspect::difference::{Difference, Kind, Side, compare};

/// In one line: what both have, `-[…]` and `+[…]`.
fn line(difference: &Difference) -> String {
    let one = |part: &wsproof_inspect::difference::Part| match part.side {
        Side::Both => part.text.clone(),
        Side::Before => format!("-[{}]", part.text),
        Side::After => format!("+[{}]", part.text),
    };
    difference.parts.iter().map(one).collect()
}

/// What one side had, put together again.
fn side(difference: &Difference, side: Side) -> String {
    let parts = difference.parts.iter().filter(|part| part.side == Side::Both || part.side == side);
    parts.map(|part| part.text.as_str()).collect()
}

#[test]
fn text_by_words() {
    let difference = compare("the quick brown fox".as_bytes(), "the slow brown fox jumps".as_bytes());
    assert_eq!(difference.kind, Kind::Text);
    assert_eq!(line(&difference), "the -[quick]+[slow] brown fox+[ jumps]");
    assert_eq!(line(&compare("añb".as_bytes(), "aób".as_bytes())), "-[añb]+[aób]");
    assert_eq!(line(&compare(b"bid 1.55", b"bid 1.45")), "bid 1.-[55]+[45]");
    assert_eq!(line(&compare(b"", b"new")), "+[new]");
    assert_eq!(line(&compare(b"same", b"same")), "same");
    assert!(compare(b"", b"").parts.is_empty());
}

#[test]
fn octets_stay_aligned_after_an_insertion() {
    let difference = compare(&[7, 1, 2, 3, 4], &[7, 1, 9, 2, 3, 5]);
    assert_eq!(difference.kind, Kind::Octets);
    assert_eq!(line(&difference), "0701+[09]0203-[04]+[05]");
}

#[test]
fn json_by_path() {
    let difference = compare(
        br#"{"a/b": 1, "list": [1, {"x": 2}, 3], "gone": null, "same": "s"}"#,
        br#"{"list": [1, {"x": "2"}], "same": "s", "a/b": [], "new": true}"#,
    );
    assert_eq!(difference.kind, Kind::Json);
    let mut places: Vec<(&str, Option<&str>, Option<&str>)> = (difference.changes.iter())
        .map(|change| (change.path.as_str(), change.before.as_deref(), change.after.as_deref()))
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            ("/a~1b", Some("1"), Some("[]")),
            ("/gone", Some("null"), None),
            ("/list/1/x", Some("2"), Some("\"2\"")),
            ("/list/2", Some("3"), None),
            ("/new", None, Some("true")),
        ]
    );
    let whole = compare(b"[1]", b"{}");
    assert_eq!(whole.changes[0].path, "");
    // JSON and something else are texts.
    assert_eq!(compare(b"[1]", b"[1").kind, Kind::Text);
}

#[test]
fn long_and_hostile_messages_take_a_bounded_time() {
    let mut state = 1_u32;
    let mut noise = |len: usize| -> Vec<u8> {
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state as u8 | 0x80
            })
            .collect()
    };
    let difference = compare(&noise(4 << 20), &noise(4 << 20));
    assert!(difference.note.as_ref().unwrap().contains("only 8192 octets of each"));
    // Of what both begin and end with any length is skipped.
    let mut long = vec![b'x'; 4 << 20];
    let before = long.clone();
    long[2 << 20] = b'y';
    let difference = compare(&before, &long);
    assert_eq!((difference.note.clone(), difference.parts.len()), (None, 4));
    // Of many equal words, and of lines.
    for (one, other) in [("a b ", "b a a "), ("a\nb\n", "b\na\na\n")] {
        let (one, other) = (one.repeat(60_000), other.repeat(50_000));
        let difference = compare(one.as_bytes(), other.as_bytes());
        assert!(one.starts_with(&side(&difference, Side::Before)[..8_000]));
        assert!(other.starts_with(&side(&difference, Side::After)[..8_000]));
    }
    let list = |from: u32| format!("{:?}", (from..from + 100_000).collect::<Vec<_>>());
    let difference = compare(list(0).as_bytes(), list(1).as_bytes());
    assert_eq!(difference.changes.len(), 2_000);
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    assert_eq!(compare(&deep, b"[]").kind, Kind::Text);
}
