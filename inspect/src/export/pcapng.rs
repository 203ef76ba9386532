//! A capture as packets: pcapng, with TCP and IP made around the octets that are known.

use etherparse::PacketBuilder;

use crate::model::{Capture, Connection, Head, Sender};

/// Packets begin with the IP header.
const LINKTYPE_RAW: u16 = 101;

/// So many octets at most in a segment.
const SEGMENT: usize = 32 << 10;

/// The server's port, and the first client's.
const PORTS: (u16, u16) = (80, 49_152);

/// A pcapng file of all connections, each a TCP connection between loopback addresses.
///
/// Frames have their true octets. The heads of the handshake have their fields, not every blank. Where a frame's payload
/// is not whole, octets are missing in the TCP stream too. Times count from the beginning of each connection.
///
/// # Errors
/// The capture has no frames as they were on the wire, or a connection has no handshake; in words.
pub fn pcapng(capture: &Capture) -> Result<Vec<u8>, String> {
    if !capture.source.has_frames() {
        return Err("this source has messages only, not the octets on the wire: there is nothing to make packets of. \
             A net-export log has them"
            .to_owned());
    }
    let mut file = File::new();
    let mut any = false;
    for (number, connection) in capture.connections.iter().enumerate() {
        let heads =
            connection.handshake.as_ref().and_then(|h| Some((h.request.as_ref()?, h.response.as_ref()?)));
        if let Some((request, response)) = heads {
            any = true;
            Tcp::new(&mut file, number).follow(connection, request, response);
        }
    }
    any.then_some(file.octets).ok_or_else(|| {
        "the handshake is not in the capture: without it no reader of packets knows a WebSocket".to_owned()
    })
}

/// A pcapng file that is being written.
struct File {
    octets: Vec<u8>,
}

impl File {
    fn new() -> Self {
        let mut file = Self { octets: Vec::new() };
        // Section header: the mark of the byte order, version 1.0, a length that is not told.
        let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
        section.extend_from_slice(&[1, 0, 0, 0]);
        section.extend_from_slice(&[0xff; 8]);
        // Option 4: what wrote it.
        let tool = concat!("wsproof ", env!("CARGO_PKG_VERSION")).as_bytes();
        section.extend_from_slice(&4_u16.to_le_bytes());
        section.extend_from_slice(&(tool.len() as u16).to_le_bytes());
        section.extend_from_slice(tool);
        section.resize(section.len().next_multiple_of(4), 0);
        section.extend_from_slice(&[0; 4]);
        file.block(0x0a0d_0d0a, &section);
        // Interface: link type, reserved, no limit on packets. Times are in microseconds without being told.
        let mut interface = LINKTYPE_RAW.to_le_bytes().to_vec();
        interface.extend_from_slice(&[0; 6]);
        file.block(1, &interface);
        file
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let padded = body.len().next_multiple_of(4);
        let len = (12 + padded as u32).to_le_bytes();
        self.octets.extend_from_slice(&kind.to_le_bytes());
        self.octets.extend_from_slice(&len);
        self.octets.extend_from_slice(body);
        self.octets.resize(self.octets.len() + padded - body.len(), 0);
        self.octets.extend_from_slice(&len);
    }

    fn packet(&mut self, time_us: u64, packet: &[u8]) {
        let len = (packet.len() as u32).to_le_bytes();
        let mut body = vec![0; 4];
        body.extend_from_slice(&((time_us >> 32) as u32).to_le_bytes());
        body.extend_from_slice(&(time_us as u32).to_le_bytes());
        body.extend_from_slice(&len);
        body.extend_from_slice(&len);
        body.extend_from_slice(packet);
        self.block(6, &body);
    }
}

/// A TCP connection that is being made.
struct Tcp<'a> {
    file: &'a mut File,
    client_port: u16,
    /// The next sequence numbers: the client's, the server's.
    next: [u32; 2],
    time_us: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Flag {
    Syn,
    Fin,
    None,
}

impl<'a> Tcp<'a> {
    fn new(file: &'a mut File, number: usize) -> Self {
        let client_port = PORTS.1 + (number % usize::from(u16::MAX - PORTS.1)) as u16;
        Self { file, client_port, next: [0, 0], time_us: 0 }
    }

    fn follow(&mut self, connection: &Connection, request: &Head, response: &Head) {
        self.segment(Sender::Client, &[], Flag::Syn);
        self.segment(Sender::Server, &[], Flag::Syn);
        self.segment(Sender::Client, &[], Flag::None);
        self.send(Sender::Client, &head(request));
        self.send(Sender::Server, &head(response));
        for frame in &connection.frames {
            self.time_us = frame.time_us.unwrap_or_default().max(self.time_us);
            self.send(frame.sender, &frame.wire());
            let missing = frame.announced.saturating_sub(frame.payload.len() as u64);
            let next = &mut self.next[usize::from(frame.sender == Sender::Server)];
            *next = next.wrapping_add(missing as u32);
        }
        self.segment(Sender::Client, &[], Flag::Fin);
        self.segment(Sender::Server, &[], Flag::Fin);
        self.segment(Sender::Client, &[], Flag::None);
    }

    fn send(&mut self, sender: Sender, octets: &[u8]) {
        for piece in octets.chunks(SEGMENT) {
            self.segment(sender, piece, Flag::None);
        }
    }

    fn segment(&mut self, sender: Sender, octets: &[u8], flag: Flag) {
        let at = usize::from(sender == Sender::Server);
        let (from, to) = match sender {
            Sender::Client => (self.client_port, PORTS.0),
            Sender::Server => (PORTS.0, self.client_port),
        };
        let local = [127, 0, 0, 1];
        let mut packet = PacketBuilder::ipv4(local, local, 64).tcp(from, to, self.next[at], u16::MAX);
        match flag {
            Flag::Syn => packet = packet.syn(),
            Flag::Fin => packet = packet.fin(),
            Flag::None => {}
        }
        if flag != Flag::Syn || sender == Sender::Server {
            packet = packet.ack(self.next[1 - at]);
        }
        let mut written = Vec::with_capacity(packet.size(octets.len()));
        // Memory takes everything, and a segment fits into a packet.
        if packet.write(&mut written, octets).is_ok() {
            self.file.packet(self.time_us, &written);
        }
        let numbers = octets.len() as u32 + u32::from(flag != Flag::None);
        self.next[at] = self.next[at].wrapping_add(numbers);
    }
}

fn head(head: &Head) -> Vec<u8> {
    let mut text = format!("{}\r\n", head.line);
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}
