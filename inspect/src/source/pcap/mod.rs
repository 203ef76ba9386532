//! pcap and pcapng: TCP connections, followed from their packets.

mod flows;
mod link;
mod reassembly;

use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};

use super::{Error, Format, Options};
use crate::model::{Capture, Source};
pub(super) use flows::Flows;
pub(super) use link::is_whole as has_segment;

/// The most that one block of a file may take: 16 MiB.
const MAX_BLOCK: usize = 16 << 20;

/// The first octets of such files: both kinds, both byte orders, microseconds, nanoseconds, and the form with more fields a
/// packet that some old systems wrote.
const MAGIC: [[u8; 4]; 7] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34],
    [0x34, 0xcd, 0xb2, 0xa1],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

pub(super) fn is_pcap(capture: &[u8]) -> bool {
    capture.first_chunk::<4>().is_some_and(|first| MAGIC.contains(first))
}

/// A packet as it was captured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'a> {
    /// The number of the link type.
    pub(super) link: u16,
    pub(super) octets: &'a [u8],
    /// Octets that it had on the wire; more than `octets` if the capture was told to cut packets.
    pub(super) original: usize,
    /// In microseconds.
    pub(super) time_us: Option<u64>,
}

pub(super) fn read(capture: &[u8], options: &Options) -> Result<Capture, Error> {
    let mut flows = Flows::new(options);
    let mut notes = Vec::new();
    if let Err(why) = packets(capture, |packet| flows.take(&packet)) {
        if flows.packets == 0 {
            return Err(Error::new(Format::Pcap, why));
        }
        notes.push(format!("the file ends too early, or is damaged, after {} packets: {why}", flows.packets));
    }
    if flows.packets == 0 {
        notes.push("there is no packet in it".to_owned());
    }
    let (connections, more) = flows.finish();
    notes.extend(more);
    Ok(Capture { source: Source::Pcap, connections, notes })
}

/// A link type without what the upper bits of its field tell.
fn number(link: pcap_parser::Linktype) -> u16 {
    (link.0 & 0xffff) as u16
}

/// What is wrong with a file.
fn why<I: std::fmt::Debug>(error: &PcapError<I>) -> String {
    match error {
        PcapError::HeaderNotRecognized => "its header is that of neither pcap nor pcapng".to_owned(),
        PcapError::BufferTooSmall => format!("a block has more than {MAX_BLOCK} octets"),
        PcapError::NomError(..) | PcapError::OwnedNomError(..) => "a block makes no sense".to_owned(),
        _ => "the last block is cut off".to_owned(),
    }
}

/// Calls `each` for every packet of the file.
fn packets(capture: &[u8], mut each: impl FnMut(Packet<'_>)) -> Result<(), String> {
    let mut reader =
        create_reader(MAX_BLOCK.min(capture.len() + 64), capture).map_err(|error| why(&error))?;
    // Of each interface its link type, the offset of its clock and the unit, and how much of a packet was captured.
    let mut links: Vec<(u16, u64, u64, u32)> = Vec::new();
    loop {
        match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => {
                        let unit = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
                        links = vec![(number(header.network), 0, unit, header.snaplen)];
                    }
                    PcapBlockOwned::Legacy(packet) => {
                        if let Some((link, _, unit, _)) = links.first() {
                            let time = u64::from(packet.ts_sec) * 1_000_000
                                + u64::from(packet.ts_usec) * 1_000_000 / unit;
                            let (octets, original) = (packet.data, packet.origlen as usize);
                            each(Packet { link: *link, octets, original, time_us: Some(time) });
                        }
                    }
                    PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
                    PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                        let unit = interface.ts_resolution().filter(|unit| *unit > 0).unwrap_or(1_000_000);
                        let offset = interface.ts_offset().unsigned_abs();
                        links.push((number(interface.linktype), offset, unit, interface.snaplen));
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                        if let Some((link, offset, unit, _)) = links.get(packet.if_id as usize) {
                            let time = packet.decode_ts_f64(*offset, *unit) * 1e6;
                            let len = packet.data.len().min(packet.caplen as usize);
                            each(Packet {
                                link: *link,
                                octets: &packet.data[..len],
                                original: packet.origlen as usize,
                                time_us: Some(time.clamp(0.0, 1e18) as u64),
                            });
                        }
                    }
                    PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                        if let Some((link, _, _, snaplen)) = links.first() {
                            // Behind the packet there may be padding.
                            let original = packet.origlen as usize;
                            let most = if *snaplen == 0 { original } else { original.min(*snaplen as usize) };
                            let octets = &packet.data[..packet.data.len().min(most)];
                            each(Packet { link: *link, octets, original, time_us: None });
                        }
                    }
                    PcapBlockOwned::NG(_) => {}
                }
                reader.consume(used);
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                reader.refill().map_err(|error| why(&error))?;
                if reader.reader_exhausted() {
                    return if reader.data().is_empty() {
                        Ok(())
                    } else {
                        Err("the last block is cut off".to_owned())
                    };
                }
            }
            Err(error) => return Err(why(&error)),
        }
    }
}
