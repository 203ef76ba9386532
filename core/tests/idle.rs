//! What idle connections keep, whatever they have seen: memory watched over a thousand of them.

use peak_alloc::PeakAlloc;
use wsproof_core::connection::{Connection, NoKeys, Options, SeededKeys};
use wsproof_core::deflate::{Response, Settings, WindowBits};
use wsproof_core::memory::KEPT_CAPACITY;
use wsproof_core::message::{Collector, DataKind, Event};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const PEERS: usize = if cfg!(miri) { 2 } else { 1000 };

/// A peer, and where its messages are joined.
type Peer = (Connection<NoKeys>, Collector);

fn peers(deflate: Option<Response>) -> Vec<Peer> {
    let server = || match deflate {
        Some(agreed) => Connection::server(Options::default()).with_deflate(agreed, Settings::default()),
        None => Connection::server(Options::default()),
    };
    (0..PEERS).map(|_| (server(), Collector::new())).collect()
}

/// Octets that each of these takes.
fn each(make: impl FnOnce() -> Vec<Peer>) -> usize {
    let before = ALLOCATOR.current_usage();
    let peers = make();
    let taken = ALLOCATOR.current_usage().saturating_sub(before);
    assert_eq!(peers.len(), PEERS);
    taken / PEERS
}

/// A message of so many octets in two fragments, as a client sends it.
fn wire(len: usize, deflate: Option<Response>) -> Vec<u8> {
    let mut client = Connection::client(Options::default(), key_source());
    if let Some(agreed) = deflate {
        client = client.with_deflate(agreed, Settings::default());
    }
    let payload: Vec<u8> = (0..len).map(|at| (at * at % 251) as u8).collect();
    let (front, back) = payload.split_at(len / 2);
    client.send_fragment(DataKind::Binary, front, false).unwrap();
    client.send_fragment(DataKind::Binary, back, true).unwrap();
    client.transmit().to_vec()
}

fn key_source() -> SeededKeys {
    SeededKeys::new(1)
}

/// Takes a message and answers it with the same.
fn talk((server, collector): &mut Peer, wire: &[u8]) {
    let mut input = wire.to_vec();
    let mut incoming = server.receive(&mut input);
    let mut answer = Vec::new();
    while let Some(event) = incoming.next_event().unwrap() {
        if let Event::Data(piece) = event
            && let Some(message) = collector.push(piece)
        {
            answer = message.payload.to_vec();
        }
    }
    collector.release();
    assert!(!answer.is_empty());
    server.send_binary(&answer).unwrap();
    while !server.transmit().is_empty() {
        server.advance(60_000);
    }
}

// One test, since all share the allocator.
#[test]
fn idle_connections_keep_little() {
    let plain = each(|| peers(None));
    assert!(plain < 1024, "{plain} octets before any message");

    // Takeover or not: nothing before the first message.
    for takeover in [true, false] {
        let agreed = Response {
            server_no_context_takeover: !takeover,
            client_no_context_takeover: !takeover,
            ..Response::default()
        };
        let idle = each(|| peers(Some(agreed)));
        assert!(idle < 4 * 1024, "{idle} octets with compression, takeover {takeover}");
        let wire = wire(300_000, Some(agreed));
        let used = each(|| {
            let mut peers = peers(Some(agreed));
            peers.iter_mut().take(PEERS.min(100)).for_each(|peer| talk(peer, &wire));
            peers
        });
        // A tenth of them talked; without takeover they share what compresses.
        let most = if takeover { 60 * 1024 } else { 6 * 1024 };
        assert!(used < most, "{used} octets after a message, takeover {takeover}");
    }

    // A narrow window and little memory to compress with cost less than half of what the widest do.
    let narrow = Some(WindowBits::new(9).unwrap());
    let agreed =
        Response { server_max_window_bits: narrow, client_max_window_bits: narrow, ..Response::default() };
    let used = each(|| {
        let settings = Settings { mem_level: 1, ..Settings::default() };
        let mut peers: Vec<Peer> = (0..PEERS)
            .map(|_| {
                let server = Connection::server(Options::default()).with_deflate(agreed, settings);
                (server, Collector::new())
            })
            .collect();
        for (server, _) in &mut peers {
            server.send_text("hello").unwrap();
            server.advance(usize::MAX);
        }
        peers
    });
    // The backend's hash table has 128 KiB, whatever it is told.
    assert!(used < 152 * 1024, "{used} octets with a window of 9 bits");

    for len in [100, 100_000, 300_000] {
        let wire = wire(len, None);
        let used = each(|| {
            let mut peers = peers(None);
            peers.iter_mut().for_each(|peer| talk(peer, &wire));
            peers
        });
        assert!(used <= 2 * KEPT_CAPACITY + 1024, "{used} octets after a message of {len}");
        if len >= 300_000 {
            assert!(used < 2 * 1024, "{used} octets after a message of {len}");
        }
    }
}
