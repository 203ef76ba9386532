//! Whole packets in text, as tcpdump and Wireshark show them: with their IP and TCP headers.

use super::{Found, Said};
use crate::model::{Capture, Source};
use crate::source::Options;
use crate::source::pcap::{Flows, Packet, has_segment};

/// The link types that are tried: IP alone, Ethernet, loopback, Linux's cooked packets, Solaris's.
const LINKS: [u16; 6] = [101, 1, 0, 113, 276, 226];

/// The capture, if every piece is a packet.
pub(super) fn read(found: &Found, options: &Options) -> Option<Capture> {
    let link = *LINKS.iter().find(|link| found.said.iter().all(|said| has_segment(&packet(said, **link))))?;
    // Who pastes a packet knows that it is a WebSocket's.
    let options = Options { force: true, ..options.clone() };
    let mut flows = Flows::new(&options);
    for said in &found.said {
        flows.take(&packet(said, link));
    }
    let count = found.said.len();
    let (connections, more) = flows.finish();
    let packets = if count == 1 { "1 packet".to_owned() } else { format!("{count} packets") };
    let mut notes = vec![format!("read as {packets}, with IP and TCP headers")];
    notes.extend(found.notes.iter().cloned());
    notes.extend(more);
    Some(Capture { source: Source::Pcap, connections, notes })
}

fn packet(said: &Said, link: u16) -> Packet<'_> {
    Packet { link, octets: &said.octets, original: said.octets.len(), time_us: None }
}
