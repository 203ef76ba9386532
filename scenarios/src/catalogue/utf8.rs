//! Section 6: text is UTF-8, validated across fragments and while it arrives (RFC 6455 §8.1, RFC 3629).

use wsproof_core::Count;

use super::builder::{Builder, case, continuation, text, text_event, timeout_event};
use crate::case::{Case, FrameStep, Step};
use crate::verdict::Behavior;

const CLEAN: &str = "then the connection closes cleanly with code 1000";
const FAILED: &str = "The testee fails the connection with code 1007.";

/// "κόσμε", with the accented omicron as U+1F79: characters of two and of three octets.
const KOSME: &[u8] = "κ\u{1f79}σμε".as_bytes();
const TWO_OCTET_CHARACTERS: &str = "Hello-µ@ßöäüàá-UTF-8!!";

/// A valid text comes back.
fn echoed(builder: Builder, whole: &[u8]) -> Builder {
    builder.must("RFC 6455 §5.6").must("RFC 6455 §8.1").close_after(1.0).expect([text_event(whole)])
}

/// The testee must be the one that fails the connection: else it did not see that the text is invalid.
fn refused(builder: Builder) -> Builder {
    builder.must("RFC 6455 §8.1").expect_failure(1007).close_rule(|rule| rule.wrong_endpoint_fatal = true)
}

fn valid_fragments(id: [u16; 3], what: &str, frames: Vec<FrameStep>, whole: &[u8]) -> Builder {
    let builder = case(&id, format!("Sends {what}."), format!("The joined text comes back; {CLEAN}."));
    echoed(builder.send_all(frames).must("RFC 6455 §5.4"), whole)
}

fn valid_message(id: [u16; 3], what: &str, payload: &[u8], fragment: Option<u32>) -> Builder {
    let builder = case(&id, format!("Sends {what}."), format!("The same text comes back; {CLEAN}."));
    echoed(builder.message(false, payload, fragment), payload)
}

/// 6.1 and 6.2: valid texts, cut in ways that must not matter.
fn valid_in_fragments() -> Vec<Builder> {
    let all = TWO_OCTET_CHARACTERS.as_bytes();
    let (first, second) = all.split_at("Hello-µ@ßöä".len());
    let middle = "middle frame payload";
    vec![
        valid_fragments([6, 1, 1], "an empty text", vec![text("")], b""),
        valid_fragments(
            [6, 1, 2],
            "a text of three empty fragments",
            vec![text("").unfinished(), continuation("").unfinished(), continuation("")],
            b"",
        ),
        valid_fragments(
            [6, 1, 3],
            "a text in three fragments of which the first and the last are empty",
            vec![text("").unfinished(), continuation(middle).unfinished(), continuation("")],
            middle.as_bytes(),
        ),
        valid_message([6, 2, 1], "a text with characters of two octets, in one frame", all, None),
        valid_fragments(
            [6, 2, 2],
            "a text with characters of two octets, in two fragments cut between characters",
            vec![text(first).unfinished(), continuation(second)],
            all,
        ),
        valid_message(
            [6, 2, 3],
            "the same text in fragments of one octet, which cuts characters",
            all,
            Some(1),
        ),
        valid_message(
            [6, 2, 4],
            "a Greek text with characters of two and three octets, in fragments of one octet",
            KOSME,
            Some(1),
        ),
    ]
}

/// 6.3: a text with an encoded surrogate.
fn invalid_in_fragments() -> Vec<Builder> {
    let payload = [KOSME, b"\xed\xa0\x80edited"].concat();
    [(1, "in one frame", None), (2, "in fragments of one octet", Some(1))]
        .map(|(n, how, fragment)| {
            let description = format!("Sends a text that holds an encoded surrogate, {how}.");
            refused(
                case(&[6, 3, n], description, FAILED).message(false, &payload[..], fragment).kill_after(1.0),
            )
        })
        .into()
}

/// 6.4: the text goes wrong in its second part; a testee that fails fast does not wait for the third.
fn fail_fast() -> Vec<Builder> {
    const PAST_THE_END: &[u8] = b"\xf4\x90\x80\x80";
    let first = |octets: usize| [KOSME, &PAST_THE_END[..octets]].concat();
    let last = |octets: usize| [&PAST_THE_END[octets..], b"edited"].concat();
    let rows = [
        ("second part past U+10FFFF", [first(0), PAST_THE_END.to_vec(), last(4)]),
        ("second part the one octet that breaks it", [first(1), vec![PAST_THE_END[1]], last(2)]),
    ];
    let mut cases = Vec::new();
    for (n, how) in [(1, "three fragments"), (3, "one frame written in three parts")] {
        for (n, (what, [one, two, three])) in (n..).zip(rows.clone()) {
            let builder = case(
                &[6, 4, n],
                format!("Sends a text in {how} a second apart, the {what}."),
                "The testee fails the connection with code 1007 after the second part, before the third is sent.",
            );
            let builder = if n < 3 {
                builder
                    .send(text(&one[..]).unfinished())
                    .wait_and_record(1.0, "A")
                    .send(continuation(&two[..]).unfinished())
                    .wait_and_record(1.0, "B")
                    .send(continuation(&three[..]))
            } else {
                let octets = (one.len() + two.len() + three.len()) as u64;
                let data = |octets: &[u8]| Step::StreamData { payload: octets.into() };
                builder
                    .step(Step::StreamBegin { binary: false })
                    .step(Step::StreamHeader { octets })
                    .step(data(&one))
                    .wait_and_record(1.0, "A")
                    .step(data(&two))
                    .wait_and_record(1.0, "B")
                    .step(data(&three))
                    .step(Step::StreamEnd)
            };
            let [a, b] = ["A", "B"].map(timeout_event);
            cases.push(
                refused(builder.kill_after(1.0))
                    .may("RFC 6455 §8.1 (fail as soon as the octet is seen)")
                    .replace_alternatives([
                        (Behavior::Ok, vec![a.clone()]),
                        (Behavior::NonStrict, vec![a, b]),
                    ]),
            );
        }
    }
    cases
}

/// A text in one frame, to be echoed or refused within half a second.
fn one_frame(group: u16, n: u16, octets: &[u8]) -> Builder {
    match std::str::from_utf8(octets) {
        Ok(valid) => {
            let few = valid.chars().count() <= 4;
            let characters: Vec<String> = valid.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
            let what = if few {
                characters.join(", ")
            } else {
                Count(characters.len() as u64, "character").to_string()
            };
            case(
                &[6, group, n],
                format!("Sends a valid text: {what}."),
                format!("The same text comes back; {CLEAN}."),
            )
            .must("RFC 6455 §8.1")
            .message(false, octets, None)
            .kill_after(0.5)
            .expect([text_event(octets)])
        }
        Err(error) => {
            let fault = match error.error_len() {
                None => "it stops inside a character".to_owned(),
                Some(_) => format!("it goes wrong at octet {}", wrong_octet(octets, error.valid_up_to())),
            };
            let description = format!(
                "Sends a text of {} that is not UTF-8: {fault}.",
                Count(octets.len() as u64, "octet")
            );
            refused(case(&[6, group, n], description, FAILED).message(false, octets, None).kill_after(0.5))
        }
    }
}

/// Index of the octet at which the text is known to be wrong: the first of `octets[from..]` that no valid character
/// can have there.
fn wrong_octet(octets: &[u8], from: usize) -> usize {
    (from..octets.len())
        .find(|at| std::str::from_utf8(&octets[from..=*at]).is_err_and(|e| e.error_len().is_some()))
        .unwrap_or(from)
}

/// The octets `range`, each followed by a space: starts of characters that don't go on.
fn start_octets(range: std::ops::Range<u8>) -> Vec<u8> {
    range.flat_map(|octet| [octet, b' ']).collect()
}

/// Groups 6.5 to 6.23: the texts of each.
fn single_frame_texts() -> Vec<(u16, Vec<Vec<u8>>)> {
    let owned = |texts: &[&[u8]]| texts.iter().map(|text| text.to_vec()).collect::<Vec<_>>();
    let chars = |texts: &[char]| texts.iter().map(|c| c.to_string().into_bytes()).collect::<Vec<_>>();
    let stray: Vec<u8> = (0x80..=0xbe).collect();
    let noncharacters = (0..=16u32).flat_map(|plane| [0xfffe, 0xffff].map(|low| plane << 16 | low));
    vec![
        (
            5,
            owned(&[
                b"hello$world",
                "hello¢world".as_bytes(),
                "hello€world".as_bytes(),
                "hello\u{24b62}world".as_bytes(),
                KOSME,
            ]),
        ),
        (6, (1..=KOSME.len()).map(|octets| KOSME[..octets].to_vec()).collect()),
        (7, chars(&['\0', '\u{80}', '\u{800}', '\u{10000}'])),
        (8, owned(&[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"])),
        (9, chars(&['\u{7f}', '\u{7ff}', '\u{ffff}', '\u{10ffff}'])),
        (10, owned(&[b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"])),
        (
            11,
            owned(&[
                "\u{d7ff}".as_bytes(),
                "\u{e000}".as_bytes(),
                "\u{fffd}".as_bytes(),
                "\u{10ffff}".as_bytes(),
                b"\xf4\x90\x80\x80",
            ]),
        ),
        (
            12,
            owned(&[
                b"\x80",
                b"\xbf",
                b"\x80\xbf",
                b"\x80\xbf\x80",
                b"\x80\xbf\x80\xbf",
                b"\x80\xbf\x80\xbf\x80",
                b"\x80\xbf\x80\xbf\x80\xbf",
                &stray,
            ]),
        ),
        (13, [0xc0..0xdf, 0xe0..0xef, 0xf0..0xf7, 0xf8..0xfb, 0xfc..0xfd].map(start_octets).to_vec()),
        (
            14,
            owned(&[
                b"\xc0",
                b"\xe0\x80",
                b"\xf0\x80\x80",
                b"\xf8\x80\x80\x80",
                b"\xfc\x80\x80\x80\x80",
                b"\xdf",
                b"\xef\xbf",
                b"\xf7\xbf\xbf",
                b"\xfb\xbf\xbf\xbf",
                b"\xfd\xbf\xbf\xbf\xbf",
            ]),
        ),
        (
            15,
            owned(&[b"\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80\xfc\x80\x80\x80\x80\
                      \xdf\xef\xbf\xf7\xbf\xbf\xfb\xbf\xbf\xbf\xfd\xbf\xbf\xbf\xbf"]),
        ),
        (16, owned(&[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"])),
        (
            17,
            owned(&[
                b"\xc0\xaf",
                b"\xe0\x80\xaf",
                b"\xf0\x80\x80\xaf",
                b"\xf8\x80\x80\x80\xaf",
                b"\xfc\x80\x80\x80\x80\xaf",
            ]),
        ),
        (
            18,
            owned(&[
                b"\xc1\xbf",
                b"\xe0\x9f\xbf",
                b"\xf0\x8f\xbf\xbf",
                b"\xf8\x87\xbf\xbf\xbf",
                b"\xfc\x83\xbf\xbf\xbf\xbf",
            ]),
        ),
        (
            19,
            owned(&[
                b"\xc0\x80",
                b"\xe0\x80\x80",
                b"\xf0\x80\x80\x80",
                b"\xf8\x80\x80\x80\x80",
                b"\xfc\x80\x80\x80\x80\x80",
            ]),
        ),
        (
            20,
            owned(&[
                b"\xed\xa0\x80",
                b"\xed\xad\xbf",
                b"\xed\xae\x80",
                b"\xed\xaf\xbf",
                b"\xed\xb0\x80",
                b"\xed\xbe\x80",
                b"\xed\xbf\xbf",
            ]),
        ),
        (21, surrogate_pairs()),
        (22, noncharacters.filter_map(char::from_u32).map(|c| c.to_string().into_bytes()).collect()),
        (23, chars(&['\u{fff9}', '\u{fffa}', '\u{fffb}', '\u{fffc}', '\u{fffd}', '\u{fffe}', '\u{ffff}'])),
    ]
}

/// High and low surrogates at the ends of their ranges, each encoded on its own (CESU-8), every high with every low.
fn surrogate_pairs() -> Vec<Vec<u8>> {
    let highs = [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf"];
    let lows = [b"\xed\xb0\x80", b"\xed\xbf\xbf"];
    highs.iter().flat_map(|high| lows.map(|low| [high.as_slice(), low].concat())).collect()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = valid_in_fragments();
    cases.extend(invalid_in_fragments());
    cases.extend(fail_fast());
    for (group, texts) in single_frame_texts() {
        cases.extend((1..).zip(texts).map(|(n, octets)| one_frame(group, n, &octets)));
    }
    cases.into_iter().map(Builder::build).collect()
}
