//! The TCP connections of a file, told apart and put in order.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use wsproof_core::Count;

use super::Packet;
use super::link::{self, NoSegment, Segment};
use super::reassembly::{Direction, Heard};
use crate::budget::Budget;
use crate::follow::{Circumstances, Follower, Other};
use crate::model::{Connection, Sender};
use crate::source::{Options, others};

/// So many TCP connections are followed at a time.
const MAX_CONNECTIONS: usize = 10_000;

/// Both ends' addresses.
type Ends = (SocketAddr, SocketAddr);

/// The TCP connections of a file.
pub(in crate::source) struct Flows<'a> {
    options: &'a Options,
    pub(in crate::source) packets: usize,
    open: HashMap<Ends, Flow>,
    found: Vec<(usize, Connection)>,
    others: BTreeMap<Other, usize>,
    begun: usize,
    passed_over: usize,
    without: BTreeMap<NoSegment, usize>,
    budget: Budget,
}

/// A TCP connection.
struct Flow {
    /// Its place among those that began.
    number: usize,
    /// The client's address, then the server's.
    ends: Ends,
    directions: [Direction; 2],
    follower: Follower,
    /// The sequence numbers with which the ends began, where that was seen.
    first: [Option<u32>; 2],
    /// Which ends have said that they send no more.
    finished: [bool; 2],
}

impl<'a> Flows<'a> {
    pub(in crate::source) fn new(options: &'a Options) -> Self {
        Self {
            options,
            packets: 0,
            open: HashMap::new(),
            found: Vec::new(),
            others: BTreeMap::new(),
            begun: 0,
            passed_over: 0,
            without: BTreeMap::new(),
            budget: Budget::default(),
        }
    }

    pub(in crate::source) fn take(&mut self, packet: &Packet<'_>) {
        self.packets += 1;
        match link::segment(packet) {
            Ok(segment) => self.segment(&segment, packet.time_us),
            Err(why) => *self.without.entry(why).or_default() += 1,
        }
    }

    fn segment(&mut self, segment: &Segment<'_>, time_us: Option<u64>) {
        let key =
            if segment.from <= segment.to { (segment.from, segment.to) } else { (segment.to, segment.from) };
        if self.open.get(&key).is_some_and(|flow| flow.is_another(segment))
            && let Some(flow) = self.open.remove(&key)
        {
            self.end(flow);
        }
        if !self.open.contains_key(&key) {
            if self.open.len() >= MAX_CONNECTIONS {
                self.passed_over += 1;
                return;
            }
            self.begun += 1;
            self.open.insert(key, Flow::new(self.begun, segment, self.options, &self.budget));
        }
        if let Some(flow) = self.open.get_mut(&key) {
            flow.take(segment, time_us);
        }
    }

    fn end(&mut self, flow: Flow) {
        let number = flow.number;
        match flow.finish() {
            Ok(connection) => self.found.push((number, connection)),
            Err(other) => *self.others.entry(other).or_default() += 1,
        }
    }

    /// The WebSockets, in the order in which they began, and what else there was.
    pub(in crate::source) fn finish(mut self) -> (Vec<Connection>, Vec<String>) {
        for (_, flow) in std::mem::take(&mut self.open) {
            self.end(flow);
        }
        self.found.sort_by_key(|(number, _)| *number);
        let connections: Vec<Connection> = self.found.into_iter().map(|(_, connection)| connection).collect();
        let mut notes = Vec::new();
        others::tell(&self.others, connections.is_empty(), &mut notes);
        tell_of_packets(&self.without, connections.is_empty(), &mut notes);
        if self.passed_over > 0 {
            let more = self.passed_over;
            notes.push(format!("{more} packets of further connections were passed over: too many at a time"));
        }
        (connections, notes)
    }
}

/// Says which packets were not read.
fn tell_of_packets(without: &BTreeMap<NoSegment, usize>, nothing_else: bool, notes: &mut Vec<String>) {
    for (why, count) in without {
        let packets = Count(*count as u64, "packet");
        let are = packets.verb("is", "are");
        notes.push(match why {
            NoSegment::Link(number) => {
                let name = link::name(*number).map(|name| format!(" ({name})")).unwrap_or_default();
                format!(
                    "{packets} of link type {number}{name} {are} not read; capture on the machine itself, or on its loopback"
                )
            }
            NoSegment::Fragment => {
                format!("{packets} {are} parts of IP packets and not put together: what was in them is missing")
            }
            NoSegment::Cut => format!(
                "of {packets} so little was captured that not even the headers are whole: capture with `tcpdump -s 0`"
            ),
            NoSegment::Damaged => format!("{packets} with headers that make no sense {are} not read"),
            NoSegment::Udp if nothing_else => {
                format!("{packets} {are} UDP: HTTP/3 and QUIC cannot be read, and other WebSockets go over TCP")
            }
            NoSegment::NotTcp if nothing_else => format!("{packets} {are} not TCP"),
            NoSegment::Udp | NoSegment::NotTcp => continue,
        });
    }
}

impl Flow {
    fn new(number: usize, segment: &Segment<'_>, options: &Options, budget: &Budget) -> Self {
        let (from, to) = (segment.from, segment.to);
        let port = options.port;
        // Whoever asks for the connection, or else has another port than the server's, or else speaks first, is the client.
        let answers = segment.syn && segment.ack.is_some();
        let serves = port.is_some_and(|port| from.port() == port && to.port() != port);
        let ends = if answers || (serves && !segment.syn) { (to, from) } else { (from, to) };
        let known = port.is_some_and(|port| from.port() == port || to.port() == port);
        let circumstances = Circumstances {
            ends: [ends.0.to_string(), ends.1.to_string()],
            from_start: segment.syn,
            force: options.force || known,
            sure_ends: segment.syn || known,
            agreed: options.deflate,
        };
        Self {
            number,
            ends,
            directions: [Direction::default(), Direction::default()],
            follower: Follower::new(circumstances, budget),
            first: [None; 2],
            finished: [false; 2],
        }
    }

    fn sender(&self, segment: &Segment<'_>) -> usize {
        usize::from(segment.from != self.ends.0)
    }

    /// Whether a segment with the same addresses and ports belongs to another connection.
    fn is_another(&self, segment: &Segment<'_>) -> bool {
        let at = self.sender(segment);
        if segment.syn {
            let near = self.directions[at].is_near(segment.sequence.wrapping_add(1));
            return match (self.first[at], segment.ack) {
                // One that is sent again begins where it began.
                (Some(first), _) => first != segment.sequence,
                (None, Some(_)) => !near,
                (None, None) => self.first == [None; 2] || !near,
            };
        }
        self.finished[at] && !segment.octets.is_empty() && !self.directions[at].is_near(segment.sequence)
    }

    fn take(&mut self, segment: &Segment<'_>, time_us: Option<u64>) {
        let at = self.sender(segment);
        let mut sequence = segment.sequence;
        if segment.syn {
            sequence = sequence.wrapping_add(1);
            if self.first[at].replace(segment.sequence).is_none() {
                self.directions[at].begin(sequence);
            }
        }
        let Self { directions, follower, .. } = self;
        directions[at]
            .take(sequence, segment.octets, segment.cut, time_us, |heard| hear(follower, at, heard));
        if let Some(ack) = segment.ack {
            directions[1 - at].confirmed(ack, |heard| hear(follower, 1 - at, heard));
        }
        self.finished[at] |= segment.fin;
        if segment.rst {
            self.finished = [true; 2];
        }
    }

    fn finish(mut self) -> Result<Connection, Other> {
        let Self { directions, follower, .. } = &mut self;
        for (at, direction) in directions.iter_mut().enumerate() {
            direction.give_up(&mut |heard: Heard<'_>| hear(follower, at, heard));
        }
        self.follower.finish()
    }
}

fn hear(follower: &mut Follower, at: usize, heard: Heard<'_>) {
    let sender = if at == 0 { Sender::Client } else { Sender::Server };
    match heard {
        Heard::Octets(octets, time_us) => follower.take(sender, octets, time_us),
        Heard::Missing(count) => follower.miss(sender, count),
    }
}
