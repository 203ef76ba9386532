//! Any text as a `Sec-WebSocket-Extensions` header, offered to a server and answered to a client: no panic; what is
//! agreed is written and read back the same, and each end accepts what the other may say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsproof_core::Role;
use wsproof_core::deflate::{self, Offer, Policy, Response, WindowBits};
use wsproof_core::handshake::ExtensionList;

fuzz_target!(|input: (u8, u8, &str)| {
    let (flags, windows, header) = input;
    let Ok(list) = ExtensionList::parse(header) else { return };
    let window = |bits: u8| WindowBits::new(8 + bits % 8).expect("8 to 15");
    let policy = Policy {
        server_no_context_takeover: flags & 1 != 0,
        client_no_context_takeover: flags & 2 != 0,
        server_max_window_bits: window(windows),
        client_max_window_bits: window(windows >> 4),
    };
    let offers: Vec<Offer> = list
        .iter()
        .filter(|extension| extension.name().eq_ignore_ascii_case(deflate::NAME))
        .filter_map(|extension| Offer::from_extension(extension).ok())
        .collect();
    let answer = policy.answer(&list);
    assert_eq!(answer.is_some(), !offers.is_empty());
    if let Some(answer) = answer {
        let read = ExtensionList::parse(&answer.to_string()).expect("our own writing");
        assert_eq!(deflate::agreed(&read, &offers), Ok(Some(answer)));
        assert!(answer.sending(Role::Server).window <= policy.server_max_window_bits);
    }
    for offer in &offers {
        let read = ExtensionList::parse(&deflate::to_header(&[*offer])).expect("our own writing");
        assert_eq!(Offer::from_extension(read.iter().next().expect("one")), Ok(*offer));
    }
    // The same text as an answer.
    if let Ok(Some(agreed)) =
        deflate::agreed(&list, &[Offer { client_max_window_bits: Some(None), ..Offer::default() }])
    {
        let read = ExtensionList::parse(&agreed.to_string()).expect("our own writing");
        assert_eq!(Response::from_extension(read.iter().next().expect("one")), Ok(agreed));
    }
});
