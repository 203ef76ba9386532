//! What a hostile testee does on one connection. Servers and clients do the same.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use wsproof_core::Role;
use wsproof_core::deflate::{Deflater, Response, Settings};

/// Nobody is harmed for longer than this: a testee of a run that hangs gives up in the end.
const PATIENCE: Duration = Duration::from_secs(600);

/// An open connection, seen by the testee.
pub struct Peer {
    pub stream: TcpStream,
    /// A client masks its frames.
    pub masks: bool,
    /// permessage-deflate was agreed on.
    pub deflate: bool,
    /// Another for each connection.
    pub noise: Noise,
}

/// Numbers that look random and are the same in every run.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn fill(&mut self, octets: &mut [u8]) {
        octets.chunks_mut(8).for_each(|piece| {
            let n = self.next().to_le_bytes();
            piece.copy_from_slice(&n[..piece.len()]);
        });
    }
}

impl Peer {
    /// A frame; a client's is masked with zeros.
    pub fn frame(&self, first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = self.header(first, payload.len() as u64);
        frame.extend_from_slice(payload);
        frame
    }

    /// A header that announces so many octets.
    pub fn header(&self, first: u8, length: u64) -> Vec<u8> {
        let mask = if self.masks { 0x80 } else { 0 };
        let mut header = vec![first];
        match length {
            0..=125 => header.push(mask | length as u8),
            126..=0xffff => {
                header.push(mask | 126);
                header.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                header.push(mask | 127);
                header.extend_from_slice(&length.to_be_bytes());
            }
        }
        if self.masks {
            header.extend_from_slice(&[0; 4]);
        }
        header
    }

    pub fn send(&mut self, octets: &[u8]) -> bool {
        self.stream.write_all(octets).is_ok()
    }

    /// Sends the same octets until the other side has enough. What comes meanwhile is read by nobody.
    pub fn flood(&mut self, octets: &[u8]) {
        let piece = octets.repeat((64 << 10) / octets.len().max(1) + 1);
        let begin = Instant::now();
        while self.send(&piece) && begin.elapsed() < PATIENCE {}
    }

    /// Reads and forgets, until the other side has gone.
    pub fn listen(&mut self) {
        let _ = self.stream.set_read_timeout(Some(PATIENCE));
        let mut buffer = vec![0; 64 << 10];
        while matches!(self.stream.read(&mut buffer), Ok(n) if n > 0) {}
    }

    /// Listens on a thread of its own while this one goes on.
    pub fn listen_aside(&self) {
        if let Ok(mut stream) = self.stream.try_clone() {
            std::thread::spawn(move || {
                let mut buffer = vec![0; 64 << 10];
                while matches!(stream.read(&mut buffer), Ok(n) if n > 0) {}
            });
        }
    }

    /// Returns when the other side has gone, without reading more than it takes to know.
    fn hold(&mut self) {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            match self.stream.take_error() {
                Ok(None) => {}
                _ => return,
            }
            // A reset shows at the next write; one more octet of a frame that never ends is as good as none.
            sleep(Duration::from_millis(200));
            if hung_up(&self.stream) {
                return;
            }
        }
    }
}

/// Whether the other side has closed or reset the connection.
fn hung_up(stream: &TcpStream) -> bool {
    let _ = stream.set_nonblocking(true);
    let peeked = stream.peek(&mut [0]);
    let _ = stream.set_nonblocking(false);
    match peeked {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// What is done with an open connection.
pub type Behaviour = fn(&mut Peer);

/// All behaviours of an open connection, by name.
pub const BEHAVIOURS: &[(&str, Behaviour)] = &[
    ("dead", dead),
    ("drops at once", |_| {}),
    ("floods with data", floods_with_data),
    ("one message without end", one_message_without_end),
    ("one frame without end", one_frame_without_end),
    ("messages of 64 KiB, each another", messages_each_another),
    ("floods with pings", floods_with_pings),
    ("floods with pings, each another", pings_each_another),
    ("floods with pongs", |peer| {
        let frame = peer.frame(0x8a, b"");
        peer.flood(&frame);
    }),
    ("empty fragments", empty_fragments),
    ("announces 2^63", |peer| {
        let header = peer.header(0x82, 1 << 63);
        peer.send(&header);
        peer.listen();
    }),
    ("announces 2^63 - 1", |peer| {
        let header = peer.header(0x82, (1 << 63) - 1);
        peer.send(&header);
        peer.listen();
    }),
    ("garbage", garbage),
    ("bomb of 1 GiB", bomb),
    ("resets at random", resets_at_random),
    ("reads nothing", Peer::hold),
    ("speaks first, closes, keeps TCP for a second", |peer| speaks_first(peer, 1_000)),
    ("speaks first, closes, keeps TCP for ever", |peer| speaks_first(peer, 600_000)),
    ("drips frames", drips_frames),
    ("close reasons of 64 KiB", long_closes),
    ("echoes everything twice", echoes_twice),
];

fn dead(peer: &mut Peer) {
    peer.listen();
}

fn floods_with_data(peer: &mut Peer) {
    let frame = peer.frame(0x82, &[7; 1024]);
    peer.flood(&frame);
}

fn one_message_without_end(peer: &mut Peer) {
    let first = peer.frame(0x02, &[7; 4096]);
    peer.send(&first);
    let more = peer.frame(0x00, &[7; 4096]);
    peer.flood(&more);
}

fn one_frame_without_end(peer: &mut Peer) {
    let header = peer.header(0x82, (1 << 63) - 1);
    peer.send(&header);
    peer.flood(&[7; 65_536]);
}

fn messages_each_another(peer: &mut Peer) {
    let mut octets = vec![0; 65_536];
    peer.noise.fill(&mut octets);
    loop {
        octets[..8].copy_from_slice(&peer.noise.next().to_le_bytes());
        let frame = peer.frame(0x82, &octets);
        if !peer.send(&frame) {
            return;
        }
    }
}

fn floods_with_pings(peer: &mut Peer) {
    let frame = peer.frame(0x89, b"");
    peer.flood(&frame);
}

fn pings_each_another(peer: &mut Peer) {
    peer.listen_aside();
    let mut octets = Vec::new();
    loop {
        octets.clear();
        for _ in 0..500 {
            let mut payload = [0; 125];
            peer.noise.fill(&mut payload);
            octets.extend_from_slice(&peer.frame(0x89, &payload));
        }
        if !peer.send(&octets) {
            return;
        }
    }
}

fn empty_fragments(peer: &mut Peer) {
    let first = peer.frame(0x01, b"");
    peer.send(&first);
    let more = peer.frame(0x00, b"");
    peer.flood(&more);
}

fn garbage(peer: &mut Peer) {
    peer.listen_aside();
    loop {
        let mut octets = vec![0; 1 + peer.noise.below(8_000) as usize];
        peer.noise.fill(&mut octets);
        if !peer.send(&octets) {
            return;
        }
    }
}

/// One compressed message that makes 1 GiB of zeros.
fn bomb(peer: &mut Peer) {
    const PIECE: usize = 1 << 20;
    let sending = Response::default().sending(if peer.masks { Role::Client } else { Role::Server });
    let mut piece = Vec::new();
    Deflater::new(sending, Settings::default()).message(&vec![0; PIECE], &mut piece);
    // The end that a message lacks makes the piece one that others can follow; none refers to those before it.
    piece.extend_from_slice(&[0, 0, 0xff, 0xff]);
    let frame = peer.frame(0xc2, &piece.repeat((1 << 30) / PIECE));
    peer.send(&frame);
    peer.listen();
}

fn resets_at_random(peer: &mut Peer) {
    let _ = peer.stream.set_read_timeout(Some(PATIENCE));
    let mut left = peer.noise.below(300) as usize;
    let mut buffer = [0; 64];
    while left > 0 {
        match peer.stream.read(&mut buffer[..left.min(64)]) {
            Ok(n) if n > 0 => left -= n,
            _ => break,
        }
    }
    let frame = peer.frame(0x81, b"partial");
    let n = peer.noise.below(frame.len() as u64) as usize;
    peer.send(&frame[..n]);
    // With octets unread the system answers with a reset.
}

fn speaks_first(peer: &mut Peer, keeps_ms: u64) {
    let mut octets = peer.frame(0x81, b"welcome");
    octets.extend_from_slice(&peer.frame(0x88, &1000_u16.to_be_bytes()));
    peer.send(&octets);
    let begin = Instant::now();
    // What comes is read, or it would hide that the other side has gone.
    let _ = peer.stream.set_read_timeout(Some(Duration::from_millis(20)));
    let mut buffer = vec![0; 64 << 10];
    while begin.elapsed() < Duration::from_millis(keeps_ms) {
        match peer.stream.read(&mut buffer) {
            Ok(0) => return,
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return,
            _ => {}
        }
    }
}

fn drips_frames(peer: &mut Peer) {
    peer.listen_aside();
    let frame = peer.frame(0x89, b"");
    while peer.send(&frame) {
        sleep(Duration::from_millis(300));
    }
}

fn long_closes(peer: &mut Peer) {
    let mut payload = 1000_u16.to_be_bytes().to_vec();
    payload.resize(65_000, b'x');
    let frame = peer.frame(0x88, &payload);
    peer.send(&frame);
    peer.listen();
}

/// Octet by octet what came, which is no frame of a client, and again.
fn echoes_twice(peer: &mut Peer) {
    let _ = peer.stream.set_read_timeout(Some(PATIENCE));
    let mut buffer = vec![0; 64 << 10];
    loop {
        match peer.stream.read(&mut buffer) {
            Ok(n) if n > 0 => {
                let frame = peer.frame(0x82, &buffer[..n]).repeat(2);
                if !peer.send(&frame) {
                    return;
                }
            }
            _ => break,
        }
    }
    let _ = peer.stream.shutdown(Shutdown::Both);
}
