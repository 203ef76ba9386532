//! pcap and pcapng: TCP connections, followed from their packets.

use std::collections::HashMap;
use std::net::SocketAddr;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_parser::data::{ETHERTYPE_IPV4, ETHERTYPE_IPV6, PacketData, get_packetdata};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

use super::reassembly::Direction;
use super::{Error, Format, contains};
use crate::budget::Budget;
use crate::conversation::Conversation;
use crate::model::{Capture, Connection, Sender, Source};

/// The most that one block of a file may take: 16 MiB.
const MAX_BLOCK: usize = 16 << 20;

/// So many TCP connections are followed at a time.
const MAX_CONNECTIONS: usize = 10_000;

/// The first octets of such files: both kinds, both byte orders, microseconds and nanoseconds.
const MAGIC: [[u8; 4]; 5] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

pub(super) fn is_pcap(capture: &[u8]) -> bool {
    capture.first_chunk::<4>().is_some_and(|first| MAGIC.contains(first))
}

/// A link type, the packet, and when it was seen.
type Packet<'a> = (Linktype, &'a [u8], Option<u64>);

pub(super) fn read(capture: &[u8]) -> Result<Capture, Error> {
    let mut flows = Flows::default();
    let mut notes = Vec::new();
    if let Err(why) = packets(capture, |packet| flows.take(packet)) {
        if flows.packets == 0 {
            return Err(Error::new(Format::Pcap, why));
        }
        notes.push(format!("the file ends too early, or is damaged: {why}"));
    }
    let (connections, more) = flows.finish();
    notes.extend(more);
    Ok(Capture { source: Source::Pcap, connections, notes })
}

/// Calls `each` for every packet of the file.
fn packets(capture: &[u8], mut each: impl FnMut(Packet<'_>)) -> Result<(), String> {
    let mut reader =
        create_reader(MAX_BLOCK.min(capture.len() + 64), capture).map_err(|error| format!("{error:?}"))?;
    let mut links: Vec<(Linktype, u64, u64)> = Vec::new();
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => {
                        let unit = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
                        links = vec![(header.network, 0, unit)];
                    }
                    PcapBlockOwned::Legacy(packet) => {
                        if let Some((link, _, unit)) = links.first() {
                            let time = u64::from(packet.ts_sec) * 1_000_000
                                + u64::from(packet.ts_usec) * 1_000_000 / unit;
                            each((*link, packet.data, Some(time)));
                        }
                    }
                    PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                        let unit = interface.ts_resolution().filter(|unit| *unit > 0).unwrap_or(1_000_000);
                        links.push((interface.linktype, interface.ts_offset().unsigned_abs(), unit));
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                        if let Some((link, offset, unit)) = links.get(packet.if_id as usize) {
                            let time = packet.decode_ts_f64(*offset, *unit) * 1e6;
                            let len = packet.data.len().min(packet.caplen as usize);
                            each((*link, &packet.data[..len], Some(time.clamp(0.0, 1e18) as u64)));
                        }
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                        if let Some((link, ..)) = links.first() {
                            each((*link, packet.data, None));
                        }
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(used);
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                reader.refill().map_err(|error| format!("{error:?}"))?;
                if reader.reader_exhausted() {
                    return if reader.data().is_empty() {
                        Ok(())
                    } else {
                        Err("the last block is cut off".to_owned())
                    };
                }
            }
            Err(error) => return Err(format!("{error:?}")),
        }
    }
}

/// Both ends' addresses, the client's first once it is known who that is.
type Ends = (SocketAddr, SocketAddr);

/// The TCP connections of a file.
#[derive(Default)]
struct Flows {
    packets: usize,
    open: HashMap<Ends, Flow>,
    done: Vec<(usize, Flow)>,
    begun: usize,
    passed_over: usize,
    budget: Budget,
}

/// A TCP connection.
struct Flow {
    /// Its place among those that began.
    number: usize,
    ends: Ends,
    directions: [Direction; 2],
    /// None until the first octets tell that it is a WebSocket, and for good if they tell that it is none.
    conversation: Option<Conversation>,
    looked_at: bool,
    /// The client's first octets, until the request's head is whole.
    request: Vec<u8>,
}

impl Flows {
    fn take(&mut self, (link, packet, time_us): Packet<'_>) {
        self.packets += 1;
        let Some(segment) = get_packetdata(packet, link, packet.len()).and_then(segment) else { return };
        let key =
            if segment.from <= segment.to { (segment.from, segment.to) } else { (segment.to, segment.from) };
        // The same ports again: another connection.
        if segment.syn
            && !segment.ack
            && let Some(flow) = self.open.remove(&key)
        {
            self.done.push((flow.number, flow));
        }
        if !self.open.contains_key(&key) {
            if self.open.len() >= MAX_CONNECTIONS {
                self.passed_over += 1;
                return;
            }
            self.begun += 1;
            // Whoever asks for the connection, or else speaks first, is the client.
            let ends = if segment.syn && segment.ack {
                (segment.to, segment.from)
            } else {
                (segment.from, segment.to)
            };
            self.open.insert(key, Flow::new(self.begun, ends));
        }
        if let Some(flow) = self.open.get_mut(&key) {
            flow.take(&segment, time_us, &self.budget);
        }
    }

    fn finish(mut self) -> (Vec<Connection>, Vec<String>) {
        self.done.extend(self.open.into_values().map(|flow| (flow.number, flow)));
        self.done.sort_by_key(|(number, _)| *number);
        let all = self.done.len();
        let connections: Vec<Connection> =
            self.done.into_iter().filter_map(|(_, flow)| flow.finish(&self.budget)).collect();
        let mut notes = Vec::new();
        let others = all - connections.len();
        if others > 0 {
            notes.push(format!("{others} TCP connections without a WebSocket handshake were passed over"));
        }
        if self.passed_over > 0 {
            let more = self.passed_over;
            notes.push(format!("{more} packets of further connections were passed over: too many at a time"));
        }
        (connections, notes)
    }
}

struct Segment<'a> {
    from: SocketAddr,
    to: SocketAddr,
    sequence: u32,
    syn: bool,
    ack: bool,
    octets: &'a [u8],
}

fn segment(data: PacketData<'_>) -> Option<Segment<'_>> {
    let packet = match data {
        PacketData::L2(octets) => SlicedPacket::from_ethernet(octets).ok()?,
        PacketData::L3(ETHERTYPE_IPV4 | ETHERTYPE_IPV6, octets) => SlicedPacket::from_ip(octets).ok()?,
        _ => return None,
    };
    let Some(TransportSlice::Tcp(tcp)) = packet.transport else { return None };
    let (from, to) = match packet.net? {
        NetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        _ => return None,
    };
    Some(Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        syn: tcp.syn(),
        ack: tcp.ack(),
        octets: tcp.payload(),
    })
}

impl Flow {
    fn new(number: usize, ends: Ends) -> Self {
        let directions = [Direction::default(), Direction::default()];
        Self { number, ends, directions, conversation: None, looked_at: false, request: Vec::new() }
    }

    fn take(&mut self, segment: &Segment<'_>, time_us: Option<u64>, budget: &Budget) {
        let sender = if segment.from == self.ends.0 { Sender::Client } else { Sender::Server };
        let at = usize::from(sender == Sender::Server);
        let mut direction = std::mem::take(&mut self.directions[at]);
        if segment.syn {
            direction.begin(segment.sequence.wrapping_add(1));
        } else {
            direction
                .take(segment.sequence, segment.octets, |octets| self.hear(sender, octets, time_us, budget));
        }
        self.directions[at] = direction;
    }

    fn hear(&mut self, sender: Sender, octets: &[u8], time_us: Option<u64>, budget: &Budget) {
        if let Some(conversation) = &mut self.conversation {
            return conversation.take(sender, octets, time_us);
        }
        if self.looked_at || sender == Sender::Server {
            return;
        }
        // More than that has no request head.
        let room = (64 << 10) - self.request.len().min(64 << 10);
        self.request.extend_from_slice(&octets[..octets.len().min(room)]);
        let whole = contains(&self.request, b"\r\n\r\n") || room == 0;
        let begins = self.request.starts_with(b"GET ") || b"GET ".starts_with(&self.request[..]);
        if whole || !begins {
            self.looked_at = true;
            let request = std::mem::take(&mut self.request);
            if begins && contains(&request.to_ascii_lowercase(), b"\nupgrade: websocket") {
                let mut conversation = Conversation::with_handshake(String::new(), budget);
                conversation.take(sender, &request, time_us);
                self.conversation = Some(conversation);
            }
        }
    }

    fn finish(mut self, budget: &Budget) -> Option<Connection> {
        for (at, sender) in [(0, Sender::Client), (1, Sender::Server)] {
            let mut direction = std::mem::take(&mut self.directions[at]);
            direction.give_up(&mut |octets: &[u8]| self.hear(sender, octets, None, budget));
            self.directions[at] = direction;
        }
        let mut connection = self.conversation?.finish();
        for (direction, who) in self.directions.iter().zip(["client", "server"]) {
            if direction.lost > 0 {
                let lost = direction.lost;
                connection.notes.push(format!("{lost} octets of the {who} are not in the capture"));
            }
        }
        Some(connection)
    }
}
