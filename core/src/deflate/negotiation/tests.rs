use alloc::format;

use super::*;

fn extension(value: &str) -> Extension {
    ExtensionList::parse(value).unwrap().iter().next().unwrap().clone()
}

fn bits(bits: u8) -> WindowBits {
    WindowBits::new(bits).unwrap()
}

#[test]
fn what_is_written_is_read() {
    for server_no_context_takeover in [false, true] {
        for client_no_context_takeover in [false, true] {
            for server in 7..=15 {
                for client in 6..=15 {
                    let offer = Offer {
                        server_no_context_takeover,
                        client_no_context_takeover,
                        server_max_window_bits: WindowBits::new(server),
                        client_max_window_bits: (client > 6).then_some(WindowBits::new(client)),
                    };
                    assert_eq!(Offer::from_extension(&extension(&offer.to_string())), Ok(offer));
                    // Whatever is offered, a server without wishes of its own agrees, and rightly so.
                    let response = Policy::default().answer_to(&offer);
                    assert_eq!(Response::from_extension(&extension(&response.to_string())), Ok(response));
                    assert_eq!(response.answers(&offer), Ok(()), "{response} to {offer}");
                    let small = Policy {
                        server_no_context_takeover: true,
                        client_no_context_takeover: true,
                        server_max_window_bits: bits(10),
                        client_max_window_bits: bits(11),
                    }
                    .answer_to(&offer);
                    assert_eq!(small.answers(&offer), Ok(()), "{small} to {offer}");
                    assert!(small.sending(Role::Server).window <= bits(10));
                    assert!(!small.sending(Role::Client).takeover);
                }
            }
        }
    }
}

#[test]
fn quoted_values_and_any_case_are_read() {
    let offer = Offer::from_extension(&extension(
        "Permessage-Deflate; server_max_window_bits=\"10\"; CLIENT_NO_CONTEXT_TAKEOVER; client_max_window_bits=\"1\\5\"",
    ));
    assert_eq!(
        offer.unwrap().to_string(),
        "permessage-deflate; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=15"
    );
}

/// Parameters that mean nothing, in an offer and in an answer.
const WRONG: [&str; 20] = [
    "server_max_window_bits",
    "server_max_window_bits=0",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=08",
    "server_max_window_bits=+9",
    "server_max_window_bits=9x",
    "server_max_window_bits=99999999999999999999",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
    "client_max_window_bits=\"08\"",
    "server_no_context_takeover=1",
    "server_no_context_takeover=true",
    "client_no_context_takeover=false",
    "client_no_context_takeover; client_no_context_takeover",
    "server_no_context_takeover; SERVER_NO_CONTEXT_TAKEOVER",
    "server_max_window_bits=9; server_max_window_bits=9",
    "client_max_window_bits; client_max_window_bits=10",
    "unknown",
    "window=9",
];

#[test]
fn a_server_declines_what_means_nothing_and_looks_at_the_next_offer() {
    for params in WRONG {
        let bad = format!("permessage-deflate; {params}");
        assert!(Offer::from_extension(&extension(&bad)).is_err(), "{bad}");
        let alone = ExtensionList::parse(&bad).unwrap();
        assert_eq!(Policy::default().answer(&alone), None, "{bad}");
        let list = ExtensionList::parse(&format!(
            "x-else; a=1, {bad}, permessage-deflate; server_max_window_bits=9"
        ));
        let answer = Policy::default().answer(&list.unwrap()).unwrap();
        assert_eq!(answer.to_string(), "permessage-deflate; server_max_window_bits=9", "{bad}");
    }
}

#[test]
fn the_first_usable_offer_counts() {
    let list =
        ExtensionList::parse("permessage-deflate; client_max_window_bits=9, permessage-deflate").unwrap();
    assert_eq!(
        Policy::default().answer(&list).unwrap().to_string(),
        "permessage-deflate; client_max_window_bits=9"
    );
    assert_eq!(Policy::default().answer(&ExtensionList::new()), None);
}

#[test]
fn a_server_asks_for_a_window_only_where_the_offer_allows_it() {
    let policy = Policy { client_max_window_bits: bits(10), ..Policy::default() };
    let answer = |offer: &str| policy.answer(&ExtensionList::parse(offer).unwrap()).unwrap().to_string();
    assert_eq!(answer("permessage-deflate"), "permessage-deflate");
    assert_eq!(
        answer("permessage-deflate; client_max_window_bits"),
        "permessage-deflate; client_max_window_bits=10"
    );
    assert_eq!(
        answer("permessage-deflate; client_max_window_bits=9"),
        "permessage-deflate; client_max_window_bits=9"
    );
    assert_eq!(
        answer("permessage-deflate; client_max_window_bits=15"),
        "permessage-deflate; client_max_window_bits=10"
    );
}

#[test]
fn a_client_fails_on_each_wrong_answer() {
    let offers = [Offer {
        server_no_context_takeover: true,
        server_max_window_bits: Some(bits(10)),
        client_max_window_bits: Some(Some(bits(12))),
        ..Offer::default()
    }];
    let judge = |answer: &str| agreed(&ExtensionList::parse(answer).unwrap(), &offers);
    let good = "permessage-deflate; server_no_context_takeover; server_max_window_bits=10";
    assert!(judge(good).unwrap().is_some());
    assert!(
        judge(&format!("{good}; client_max_window_bits=12; client_no_context_takeover")).unwrap().is_some()
    );
    assert_eq!(judge("x-else"), Ok(None));
    for params in WRONG.iter().chain(&["client_max_window_bits"]) {
        let error = judge(&format!("permessage-deflate; {params}")).unwrap_err();
        assert!(matches!(error, NegotiationError::Param(_)), "{params}: {error}");
    }
    for (answer, want) in [
        (format!("{good}, permessage-deflate"), NegotiationError::Twice),
        (
            "permessage-deflate; server_max_window_bits=10".to_owned(),
            NegotiationError::Missing("server_no_context_takeover"),
        ),
        (
            "permessage-deflate; server_no_context_takeover".to_owned(),
            NegotiationError::Missing("server_max_window_bits"),
        ),
        (
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=11".to_owned(),
            NegotiationError::TooLarge("server_max_window_bits"),
        ),
        (format!("{good}; client_max_window_bits=13"), NegotiationError::TooLarge("client_max_window_bits")),
    ] {
        assert_eq!(judge(&answer), Err(want), "{answer}");
    }
    // The largest window goes without saying (§7.1.2.1).
    let largest = [Offer { server_max_window_bits: Some(WindowBits::MAX), ..Offer::default() }];
    assert!(agreed(&ExtensionList::parse("permessage-deflate").unwrap(), &largest).unwrap().is_some());
    let plain = [Offer::default()];
    let answer = ExtensionList::parse("permessage-deflate; client_max_window_bits=10").unwrap();
    assert_eq!(agreed(&answer, &plain), Err(NegotiationError::NotAllowed("client_max_window_bits")));
    assert_eq!(agreed(&answer, &[]), Err(NegotiationError::NotOffered));
    // An answer has to fit one of the offers, whichever.
    let either = [offers[0], Offer { client_max_window_bits: Some(None), ..Offer::default() }];
    assert!(agreed(&answer, &either).unwrap().is_some());
    // What the server does for itself it may say unasked (§7.1.1.1, §7.1.2.1).
    let unasked = "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_no_context_takeover";
    assert!(agreed(&ExtensionList::parse(unasked).unwrap(), &plain).unwrap().is_some());
}

#[test]
fn errors_read_well_and_name_their_clause() {
    let error = |params: &str| {
        let error = Offer::from_extension(&extension(&format!("permessage-deflate; {params}"))).unwrap_err();
        format!("{error} ({})", error.clause())
    };
    assert_eq!(error("a"), "permessage-deflate has no parameter \"a\" (RFC 7692 §7.1)");
    assert_eq!(
        error("server_max_window_bits=16"),
        "server_max_window_bits is \"16\", not a number from 8 to 15 (RFC 7692 §7.1.2)"
    );
    assert_eq!(error("server_max_window_bits"), "server_max_window_bits has no value (RFC 7692 §7.1.2)");
    assert_eq!(
        error("server_no_context_takeover=1"),
        "server_no_context_takeover has a value (RFC 7692 §7.1.1)"
    );
}
