//! A message that inflates a thousandfold costs no more memory than any other. Alone in its binary, because it watches
//! every allocation of the process.
#![cfg(feature = "deflate")]

mod support;

use peak_alloc::PeakAlloc;
use support::wire::masked;
use wsproof_core::ViolationKind;
use wsproof_core::connection::{Connection, Options};
use wsproof_core::deflate::{Deflater, Response, Sending, Settings, WindowBits};
use wsproof_core::message::{Event, Limits};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What the endpoint and its inflater may take.
const ALLOWANCE: usize = 256 * 1024;

#[test]
fn memory_is_bounded_and_the_limit_holds_to_the_octet() {
    let mut bomb = Vec::new();
    let agreed = Sending { window: WindowBits::MAX, takeover: true };
    let mut deflater = Deflater::new(agreed, Settings { level: 9, ..Settings::default() });
    // 256 MiB in about 256 KiB, as one frame and as many.
    let mut frames = masked(0x42, b"");
    for i in 0..256 {
        let mut payload = Vec::new();
        deflater.fragment(&vec![0; 1 << 20], i == 255, &mut payload);
        bomb.extend_from_slice(&payload);
        frames.extend(masked(if i == 255 { 0x80 } else { 0 }, &payload));
    }
    let whole = masked(0xc2, &bomb);
    assert!(whole.len() < 300 * 1024);
    drop(bomb);
    drop(deflater);

    let open = Response::default();
    // With a look at each distance; with what is kept to be able to name a reference to an earlier message.
    let narrow = Response { client_max_window_bits: WindowBits::new(9), ..open };
    let fresh = Response { client_no_context_takeover: true, ..open };
    for (max_message, wire, agreed) in [
        (1_u64 << 20, &whole, open),
        (1 << 20, &frames, open),
        (1 << 28, &whole, open),
        (5, &whole, open),
        (1 << 28, &frames, narrow),
        (1 << 28, &whole, fresh),
    ] {
        let mut input = wire.clone();
        let options = Options { limits: Limits { max_message, ..Limits::default() }, ..Options::default() };
        ALLOCATED.reset_peak_usage();
        let before = ALLOCATED.current_usage();
        let mut server = Connection::server(options).with_deflate(agreed, Settings::default());
        let (mut octets, mut violation) = (0, None);
        let mut incoming = server.receive(&mut input);
        loop {
            match incoming.next_event() {
                Ok(Some(Event::Data(piece))) => {
                    octets += piece.payload.len() as u64;
                    assert!(piece.payload.len() <= 16 * 1024);
                }
                Ok(Some(event)) => panic!("{event:?}"),
                Ok(None) => break,
                Err(error) => {
                    violation = Some(error.kind);
                    break;
                }
            }
        }
        let peak = ALLOCATED.peak_usage() - before;
        // The compressor is no part of the question: it is the same size for every peer.
        assert!(peak < ALLOWANCE + 512 * 1024, "{peak} octets for a limit of {max_message}");
        assert_eq!(octets, max_message);
        let fits = max_message == 1 << 28;
        assert_eq!(violation, (!fits).then_some(ViolationKind::MessageTooLong));
    }
}
