//! TCP segments out of packets, whatever stands around them.

use std::net::SocketAddr;

use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::data::{PacketData, get_packetdata_nflog};

use super::Packet;

/// A TCP segment.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    /// The octet that its sender expects next.
    pub(super) ack: Option<u32>,
    /// Its data, as far as it was captured.
    pub(super) octets: &'a [u8],
    /// Octets of data behind those that were not captured.
    pub(super) cut: u64,
}

/// Why a packet gives no segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NoSegment {
    /// Its link type is not supported.
    Link(u16),
    /// UDP.
    Udp,
    /// Another protocol.
    NotTcp,
    /// A part of an IP packet.
    Fragment,
    /// So little was captured of it that its headers are not whole.
    Cut,
    /// Its headers make no sense.
    Damaged,
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

/// The segment in a packet.
pub(super) fn segment<'a>(packet: &Packet<'a>) -> Result<Segment<'a>, NoSegment> {
    let ip = network(packet)?;
    let headers = packet.octets.len() - ip.len();
    let on_wire = packet.original.saturating_sub(headers).max(ip.len());
    let short = if ip.len() < on_wire { NoSegment::Cut } else { NoSegment::Damaged };
    let sliced = LaxSlicedPacket::from_ip(ip).map_err(|_| short)?;
    let (from, to, announced) = match sliced.net.as_ref().ok_or(short)? {
        LaxNetSlice::Ipv4(v4) => {
            let header = v4.header();
            // Segmentation offload writes 0: what then was captured, or would have been, is the length.
            let announced = usize::from(header.total_len());
            let announced = if announced < header.slice().len() { on_wire } else { announced };
            (header.source_addr().into(), header.destination_addr().into(), announced)
        }
        LaxNetSlice::Ipv6(v6) => {
            let header = v6.header();
            let announced = usize::from(header.payload_length());
            let announced = if announced == 0 { on_wire } else { 40 + announced };
            (header.source_addr().into(), header.destination_addr().into(), announced)
        }
        LaxNetSlice::Arp(_) => return Err(NoSegment::NotTcp),
    };
    let payload = sliced.net.as_ref().and_then(|net| net.ip_payload_ref());
    match sliced.transport {
        Some(TransportSlice::Tcp(tcp)) => Ok(Segment {
            from: SocketAddr::new(from, tcp.source_port()),
            to: SocketAddr::new(to, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            ack: tcp.ack().then(|| tcp.acknowledgment_number()),
            octets: tcp.payload(),
            cut: announced.saturating_sub(ip.len()) as u64,
        }),
        Some(TransportSlice::Udp(_)) => Err(NoSegment::Udp),
        _ if payload.is_some_and(|payload| payload.fragmented) => Err(NoSegment::Fragment),
        _ if sliced.stop_err.is_some() => Err(short),
        _ => Err(NoSegment::NotTcp),
    }
}

/// Whether these octets, of which nobody says that they are a packet, are a whole one of this link type, with TCP in it.
pub(in crate::source) fn is_whole(packet: &Packet<'_>) -> bool {
    let Ok(ip) = network(packet) else { return false };
    let len = match ip {
        [0x45..=0x4f, _, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
        [0x60..=0x6f, _, _, _, high, low, ..] => 40 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => return false,
    };
    // Short frames are padded; long ones may have been cut.
    let is_long = len >= ip.len() || packet.octets.len() <= 64;
    segment(packet).is_ok() && is_long && len > 39
}

/// The IP packet in a packet of a link type (<https://www.tcpdump.org/linktypes.html>).
fn network<'a>(packet: &Packet<'a>) -> Result<&'a [u8], NoSegment> {
    let octets = packet.octets;
    let from = |at: usize| octets.get(at..).ok_or(NoSegment::Cut);
    match packet.link {
        // BSD's loopback: the address family, in the byte order of who captured it, or in that of the network.
        0 | 108 => {
            let family = octets.first_chunk::<4>().ok_or(NoSegment::Cut)?;
            let family = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
            if matches!(family, 2 | 10 | 24 | 28 | 30) { from(4) } else { Err(NoSegment::NotTcp) }
        }
        1 => ethernet(octets, 12),
        // PPP, with or without what HDLC puts around it.
        9 | 50 => ppp(octets.strip_prefix(&[0xff, 3]).unwrap_or(octets)),
        51 => ppp(from(6)?),
        12 | 14 | 101 | 228 | 229 => Ok(octets),
        // Linux's cooked packets.
        113 => ethernet(octets, 14),
        276 => {
            let protocol = octets.first_chunk::<2>().ok_or(NoSegment::Cut)?;
            behind(u16::from_be_bytes(*protocol), from(20)?)
        }
        // Solaris's, between zones and on the loopback.
        226 => from(24),
        239 => match get_packetdata_nflog(octets, octets.len()) {
            Some(PacketData::L3(IPV4 | IPV6, ip)) => Ok(ip),
            _ => Err(NoSegment::NotTcp),
        },
        // What Apple's tcpdump writes: its own header, then a packet of another link type.
        149 | 258 => {
            let word =
                |at: usize| octets.get(at..at + 4)?.first_chunk::<4>().copied().map(u32::from_le_bytes);
            let (len, inner) = word(0).zip(word(8)).ok_or(NoSegment::Cut)?;
            let inner = u16::try_from(inner).ok().filter(|inner| !matches!(inner, 149 | 258));
            let inner = inner.ok_or(NoSegment::Link(packet.link))?;
            let octets = from(usize::try_from(len).unwrap_or(usize::MAX))?;
            network(&Packet { link: inner, octets, ..*packet })
        }
        other => Err(NoSegment::Link(other)),
    }
}

/// What stands behind the type of an Ethernet frame, which is at `at`.
fn ethernet(octets: &[u8], at: usize) -> Result<&[u8], NoSegment> {
    let kind = octets.get(at..at + 2).and_then(|kind| kind.first_chunk::<2>()).ok_or(NoSegment::Cut)?;
    behind(u16::from_be_bytes(*kind), &octets[at + 2..])
}

fn behind(kind: u16, octets: &[u8]) -> Result<&[u8], NoSegment> {
    match kind {
        IPV4 | IPV6 => Ok(octets),
        // VLAN tags, also within each other.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => ethernet(octets, 2),
        // PPP over Ethernet.
        0x8864 => ppp(octets.get(6..).ok_or(NoSegment::Cut)?),
        _ => Err(NoSegment::NotTcp),
    }
}

fn ppp(octets: &[u8]) -> Result<&[u8], NoSegment> {
    match octets {
        [0, 0x21 | 0x57, ip @ ..] | [0x21 | 0x57, ip @ ..] => Ok(ip),
        _ => Err(NoSegment::NotTcp),
    }
}

/// The name of a link type that is not read.
pub(super) fn name(link: u16) -> Option<&'static str> {
    Some(match link {
        105 => "802.11",
        119 => "Prism",
        127 => "radiotap",
        147..=162 => "a user's own",
        163 => "AVS",
        187 | 201 => "Bluetooth",
        189 | 220 | 249 => "USB",
        192 => "PPI",
        195 | 230 | 283 => "802.15.4",
        227 => "CAN",
        252 => "exported PDUs",
        253 => "netlink",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;

    /// A TCP segment with this data, in IP.
    fn ip(data: &[u8]) -> Vec<u8> {
        let builder = PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(1000, 80, 7, 100);
        let mut octets = Vec::new();
        builder.write(&mut octets, data).unwrap();
        octets
    }

    fn read(link: u16, octets: &[u8], original: usize) -> Result<(Vec<u8>, u64), NoSegment> {
        segment(&Packet { link, octets, original, time_us: None }).map(|one| (one.octets.to_vec(), one.cut))
    }

    #[test]
    fn what_stands_around_ip_is_taken_off() {
        let macs = [0; 12];
        let sll2 = [8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0];
        let pktap = |inner: u8| [vec![16, 0, 0, 0, 1, 0, 0, 0, inner, 0, 0, 0, 0, 0, 0, 0]].concat();
        for (link, around) in [
            (1, [&macs[..], &[8, 0]].concat()),
            (1, [&macs[..], &[0x81, 0, 0, 5, 8, 0]].concat()),
            (1, [&macs[..], &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0]].concat()),
            (1, [&macs[..], &[0x88, 0x64, 0x11, 0, 0, 1, 0, 42, 0, 0x21]].concat()),
            (0, vec![2, 0, 0, 0]),
            (0, vec![0, 0, 0, 2]),
            (108, vec![0, 0, 0, 2]),
            (101, vec![]),
            (12, vec![]),
            (228, vec![]),
            (9, vec![0xff, 3, 0, 0x21]),
            (113, [&macs[..], &[0, 0], &[8, 0]].concat()),
            (113, [&macs[..], &[0, 0], &[0x81, 0, 0, 5, 8, 0]].concat()),
            (276, sll2.to_vec()),
            (226, [&[1, 2, 0, 2][..], &[0; 20]].concat()),
            (258, [pktap(1), macs.to_vec(), vec![8, 0]].concat()),
            (149, [pktap(0), vec![2, 0, 0, 0]].concat()),
        ] {
            let octets = [around.clone(), ip(b"hello")].concat();
            assert_eq!(read(link, &octets, octets.len()), Ok((b"hello".to_vec(), 0)), "{link} {around:?}");
        }
        assert_eq!(read(127, &ip(b"x"), 41), Err(NoSegment::Link(127)));
        assert_eq!(read(258, &pktap(149), 16), Err(NoSegment::Link(258)));
    }

    #[test]
    fn lengths_that_offload_did_not_write_are_those_captured() {
        let mut octets = ip(&[b'x'; 2000]);
        octets[2..4].fill(0);
        assert_eq!(read(101, &octets, octets.len()), Ok((vec![b'x'; 2000], 0)));
        assert_eq!(read(101, &octets[..540], octets.len()), Ok((vec![b'x'; 500], 1500)));
        // The padding of a short frame is not part of the segment.
        let padded = [ip(b"hi"), vec![0; 18]].concat();
        assert_eq!(read(101, &padded, padded.len()), Ok((b"hi".to_vec(), 0)));
    }

    #[test]
    fn what_was_cut_is_counted() {
        let octets = ip(&[b'x'; 1000]);
        assert_eq!(read(101, &octets[..96], octets.len()), Ok((vec![b'x'; 56], 944)));
        assert_eq!(read(101, &octets[..40], octets.len()), Ok((vec![], 1000)));
        assert_eq!(read(101, &octets[..30], octets.len()), Err(NoSegment::Cut));
        assert_eq!(read(101, &octets[..10], octets.len()), Err(NoSegment::Cut));
        assert_eq!(read(101, &[0x45, 0], 2), Err(NoSegment::Damaged));
    }

    #[test]
    fn other_protocols_are_told_apart() {
        let mut udp = Vec::new();
        PacketBuilder::ipv6([1; 16], [2; 16], 64).udp(1, 443).write(&mut udp, b"quic").unwrap();
        assert_eq!(read(101, &udp, udp.len()), Err(NoSegment::Udp));
        let arp = [&[0; 12][..], &[8, 6], &[0; 28]].concat();
        assert_eq!(read(1, &arp, arp.len()), Err(NoSegment::NotTcp));
        let mut fragment = ip(b"hello");
        fragment[6] = 0x20;
        assert_eq!(read(101, &fragment, fragment.len()), Err(NoSegment::Fragment));
    }
}
