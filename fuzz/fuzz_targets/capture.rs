//! Any octets as a capture, of whatever format they look like: no panic; what is read can be exported, shown and compared, the
//! scenarios are ones that can be run, and the packets have the same frames.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsproof_inspect::payload::{self, Encoding};
use wsproof_inspect::{Capture, Options, Sender, difference, export, read, read_beside, round_trip};

fuzz_target!(|octets: &[u8]| {
    for force in [false, true] {
        let options = Options { force, ..Options::default() };
        // A file beside it may hold anything too.
        if let Ok(capture) = read_beside(octets, &options, &|_| Some(octets.to_vec())) {
            use_up(&capture);
        }
    }
});

fn use_up(capture: &Capture) {
    let _ = export::har(capture);
    for connection in &capture.connections {
        let _ = export::json_lines(connection);
        for row in 0..connection.frames.len() {
            let _ = round_trip::of(connection, row);
        }
        for sender in [Sender::Client, Sender::Server] {
            if let Ok(text) = export::scenario(connection, sender) {
                wsproof_scenarios::scenario::parse(&text).expect("a scenario that can be run");
            }
        }
        for message in &connection.messages {
            for encoding in [Encoding::Msgpack, Encoding::Cbor, Encoding::Protobuf] {
                let _ = payload::read(&message.octets, encoding);
            }
        }
        if let [one, two, ..] = &connection.messages[..] {
            let _ = difference::compare(&one.octets, &two.octets);
        }
    }
    if let Ok(packets) = export::pcapng(capture) {
        let again = read(&packets, &Options::default()).expect("our own writing");
        let frames =
            |capture: &Capture| -> usize { capture.connections.iter().map(|one| one.frames.len()).sum() };
        assert!(frames(&again) <= frames(capture));
    }
}
