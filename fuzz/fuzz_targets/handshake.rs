//! Any octets as a request, a response, an extension list: parsing is total and bounded, and what is written again reads
//! back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsproof_core::handshake::{
    ExtensionList, HandshakeError, HeadFinder, HeadLimits, Key, Offer, Request, Response, check_response,
};

fuzz_target!(|input: &[u8]| {
    let limits = HeadLimits { max_head: 4096, max_headers: 16 };

    // An end is found at the same place however the head arrives.
    let whole = HeadFinder::default().find(input, &limits);
    let mut finder = HeadFinder::default();
    let mut grown = Ok(None);
    for len in (0..input.len()).step_by(7).chain([input.len()]) {
        grown = finder.find(&input[..len], &limits);
        if grown != Ok(None) {
            break;
        }
    }
    assert_eq!(grown, whole);

    if let Ok(Some((request, consumed))) = Request::parse_within(input, &limits) {
        assert!(consumed <= input.len() && request.headers().len() <= limits.max_headers);
        let wire = request.to_bytes();
        // Octets that are not UTF-8 became characters, which take more room: hence the default limits here.
        let (again, _) = Request::parse(&wire).expect("what was read can be read").expect("and is whole");
        assert_eq!(again, request);
        match Offer::from_request(&request) {
            Ok(offer) => {
                let protocol = offer.protocols.first().map(String::as_str);
                let response =
                    Response::accept(&offer, protocol, Some(&offer.extensions)).expect("an offered choice");
                let (response, _) = Response::parse(&response.to_bytes()).unwrap().unwrap();
                let offered: Vec<&str> = offer.protocols.iter().map(String::as_str).collect();
                check_response(&response, &offer.key, &offered, &offer.extensions).expect("our own answer");
            }
            Err(error) => refuse(&error),
        }
    }
    if let Ok(Some((response, _))) = Response::parse_within(input, &limits) {
        let (again, _) =
            Response::parse(&response.to_bytes()).expect("what was read can be read").expect("whole");
        assert_eq!(again, response);
        if let Err(error) = check_response(&response, &Key::new([0; 16]), &["a"], &ExtensionList::new()) {
            refuse(&error);
        }
    }
    if let Ok(text) = std::str::from_utf8(input) {
        if let Ok(list) = ExtensionList::parse(text) {
            assert_eq!(ExtensionList::parse(&list.to_string()), Ok(list));
        }
        if let Ok(key) = Key::parse(text) {
            assert_eq!(key.to_base64(), text);
        }
        if let Ok(request) = Request::get("/").and_then(|request| request.with_header("X", text)) {
            let (again, _) =
                Request::parse_within(&request.to_bytes(), &HeadLimits { max_head: 1 << 24, max_headers: 1 })
                    .expect("no value can break the head")
                    .expect("whole");
            assert_eq!(again.headers().len(), 1);
        }
    }
});

fn refuse(error: &HandshakeError) {
    assert!(!error.to_string().is_empty() && !error.clause().is_empty());
    let (response, _) = Response::parse(&Response::refuse(error).to_bytes()).unwrap().unwrap();
    assert_eq!(response.status(), error.status());
}
