//! Packets, made for a test: a TCP connection in a pcap.

use etherparse::PacketBuilder;

use super::{CLIENT, REQUEST, RESPONSE, SERVER};
use wsproof_inspect::Sender;

/// A pcap that is being made, with one TCP connection at a time.
pub(crate) struct Trace {
    octets: Vec<u8>,
    snaplen: usize,
    ports: (u16, u16),
    /// The next sequence numbers, the client's first.
    next: [u32; 2],
    time: u32,
    last: Vec<u8>,
    /// What opens a connection is sent twice.
    pub(crate) repeats: bool,
    /// A change to the next packets, which begin with their Ethernet header.
    pub(crate) change: fn(Vec<u8>) -> Vec<u8>,
}

impl Trace {
    /// Of Ethernet, with whole packets, and the connection's beginning seen.
    pub(crate) fn new() -> Self {
        let mut trace = Self::midstream();
        trace.begin(40_000);
        trace
    }

    /// As `new`, with the connection's beginning before the capture's.
    pub(crate) fn midstream() -> Self {
        Self::of(1, 0xffff)
    }

    pub(crate) fn of(link: u32, snaplen: u32) -> Self {
        let mut octets = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0".to_vec();
        octets.extend_from_slice(&snaplen.to_le_bytes());
        octets.extend_from_slice(&link.to_le_bytes());
        let (ports, next) = ((40_000, 80), [1000, 5000]);
        Self {
            octets,
            snaplen: snaplen as usize,
            ports,
            next,
            time: 0,
            last: Vec::new(),
            repeats: false,
            change: |packet| packet,
        }
    }

    /// A new connection, from this port of the client.
    pub(crate) fn begin(&mut self, port: u16) {
        self.ports.0 = port;
        self.next = [self.next[0].wrapping_mul(77) | 1, self.next[1].wrapping_mul(99) | 1];
        self.segment(CLIENT, b"", b"s");
        if self.repeats {
            self.repeat();
        }
        self.segment(SERVER, b"", b"sa");
        if self.repeats {
            self.repeat();
        }
        self.segment(CLIENT, b"", b"a");
    }

    /// To this port of the server.
    pub(crate) fn to(mut self, port: u16) -> Self {
        self.ports.1 = port;
        self
    }

    pub(crate) fn says(mut self, sender: Sender, octets: &[u8]) -> Self {
        self.say(sender, octets);
        self
    }

    pub(crate) fn say(&mut self, sender: Sender, octets: &[u8]) {
        self.segment(sender, octets, b"a");
    }

    /// Request and response.
    pub(crate) fn upgraded(self) -> Self {
        self.says(CLIENT, REQUEST).says(SERVER, RESPONSE)
    }

    /// Octets that are sent but not captured.
    pub(crate) fn loses(mut self, sender: Sender, count: u32) -> Self {
        let next = &mut self.next[usize::from(sender == SERVER)];
        *next = next.wrapping_add(count);
        self
    }

    /// Both ends end.
    pub(crate) fn end(&mut self) {
        self.segment(CLIENT, b"", b"fa");
        self.segment(SERVER, b"", b"fa");
        self.segment(CLIENT, b"", b"a");
    }

    fn segment(&mut self, sender: Sender, data: &[u8], flags: &[u8]) {
        let at = usize::from(sender == SERVER);
        let (from, to) = if at == 0 { self.ports } else { (self.ports.1, self.ports.0) };
        let ends = [[10, 0, 0, 1], [10, 0, 0, 2]];
        let ip = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(ends[at], ends[1 - at], 64);
        let mut tcp = ip.tcp(from, to, self.next[at], 8192);
        if flags.contains(&b's') {
            tcp = tcp.syn();
        }
        if flags.contains(&b'f') {
            tcp = tcp.fin();
        }
        if flags.contains(&b'a') {
            tcp = tcp.ack(self.next[1 - at]);
        }
        let mut packet = Vec::new();
        tcp.write(&mut packet, data).unwrap();
        let packet = (self.change)(packet);
        self.packet(&packet);
        let counted = data.len() as u32 + u32::from(flags.contains(&b's')) + u32::from(flags.contains(&b'f'));
        self.next[at] = self.next[at].wrapping_add(counted);
    }

    /// The last packet once more.
    pub(crate) fn repeat(&mut self) {
        let last = self.last.clone();
        self.packet(&last);
    }

    /// A packet as it is.
    pub(crate) fn packet(&mut self, packet: &[u8]) {
        self.time += 1;
        self.last = packet.to_vec();
        let captured = packet.len().min(self.snaplen);
        for number in [self.time, 0, captured as u32, packet.len() as u32] {
            self.octets.extend_from_slice(&number.to_le_bytes());
        }
        self.octets.extend_from_slice(&packet[..captured]);
    }

    pub(crate) fn octets(self) -> Vec<u8> {
        self.octets
    }
}
