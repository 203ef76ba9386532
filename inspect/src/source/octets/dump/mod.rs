//! Dumps: lines with an offset, octets, and mostly a column of text.
//!
//! `xxd`, `hexdump`, `od`, `tcpdump -x`, `snoop -x`, Wireshark ("as hex dump", "follow stream"), `curl --trace`, Go's `hex.Dump`, Netty's
//! `LoggingHandler`, libwebsockets and others print such. A dump begins anew where the offset is 0 again.

mod line;

use super::{Found, Said, sender_of};
use crate::model::Sender;
use crate::{fit, http};
use line::{Line, Speaker, Style};

/// Lines that were left out since they repeat make so many octets at most: 16 MiB.
const MAX_REPEATED: usize = 16 << 20;

/// What was read of a text.
pub(super) struct Dump {
    pub(super) found: Found,
    /// It can hardly be anything else.
    pub(super) is_sure: bool,
}

/// A dump that is being read: octets from an offset of 0 on.
#[derive(Default)]
struct Block {
    speaker: Option<Speaker>,
    /// The offset of its first line.
    from: usize,
    octets: Vec<u8>,
    /// Where the last line begins, and how many octets it was read to have.
    last: (usize, usize),
    /// Lines that repeat the last one were left out.
    repeats: bool,
    lines: usize,
}

/// The octets of a dump; `None` if the text is not a dump.
pub(super) fn read(text: &str) -> Option<Result<Dump, String>> {
    let style = Style::of(text)?;
    let mut blocks: Vec<Block> = Vec::new();
    let mut speaker = None;
    let mut notes = Vec::new();
    let mut sure = style.is_sure;
    for (number, text) in text.lines().enumerate() {
        let Some(line) = Line::of(text, &style) else {
            if text.trim() == "*" {
                if let Some(block) = blocks.last_mut() {
                    block.repeats = true;
                }
            } else if let Some(said) = line::speaker(text) {
                speaker = Some(said);
            }
            continue;
        };
        let who = line.sender.map(Speaker::Known).or(speaker);
        // Two ends that are told apart have offsets of their own.
        let begun = blocks.iter_mut().rev().find(|block| line.sender.is_none() || block.speaker == who);
        match begun {
            Some(block) if !block.begins_anew(&line, &style) => {
                if let Err(offset) = block.take(&line, &style) {
                    return Some(Err(format!(
                        "line {}: its offset is {offset:x}, but what came before it ends at {:x}",
                        number + 1,
                        block.from + block.octets.len()
                    )));
                }
                sure |= block.lines > 1;
            }
            _ => {
                let from = line.offset(&style, 0);
                if from > 0 && !Line::is_address(&style) {
                    notes.push(format!(
                        "line {}: a dump begins with the offset {from:x}; what came before is not here",
                        number + 1
                    ));
                }
                let mut block = Block { speaker: who, from, ..Block::default() };
                let _ = block.take(&line, &style);
                blocks.push(block);
            }
        }
    }
    blocks.retain(|block| !block.octets.is_empty());
    let own = own_end(&blocks);
    let said: Vec<Said> = blocks
        .into_iter()
        .map(|block| Said { sender: block.speaker.and_then(|who| who.sender(own)), octets: block.octets })
        .collect();
    if said.is_empty() {
        return None;
    }
    Some(Ok(Dump { found: Found { said, notes }, is_sure: sure }))
}

/// At which end a log was written that tells only what was written and what was read: as the first head or frame shows.
fn own_end(blocks: &[Block]) -> Option<Sender> {
    blocks.iter().find_map(|block| {
        let is_head = http::may_be_request(&block.octets) || http::may_be_response(&block.octets);
        if !is_head && fit::frames(&block.octets, None).is_none() {
            return None;
        }
        match (block.speaker?, sender_of(&block.octets)) {
            (Speaker::Known(_), _) => None,
            (Speaker::Own, sender) => Some(sender),
            (Speaker::Peer, Sender::Client) => Some(Sender::Server),
            (Speaker::Peer, Sender::Server) => Some(Sender::Client),
        }
    })
}

impl Speaker {
    fn sender(self, own: Option<Sender>) -> Option<Sender> {
        match (self, own) {
            (Self::Known(sender), _) => Some(sender),
            (Self::Own, own) => own,
            (Self::Peer, Some(Sender::Client)) => Some(Sender::Server),
            (Self::Peer, Some(Sender::Server)) => Some(Sender::Client),
            (Self::Peer, None) => None,
        }
    }
}

impl Block {
    fn begins_anew(&self, line: &Line<'_>, style: &Style) -> bool {
        let end = self.from + self.octets.len();
        self.lines > 0 && (line.is_nought() || (Line::is_address(style) && line.offset(style, end) != end))
    }

    /// Takes a line; the error is its offset, if that is not where this dump stands.
    fn take(&mut self, line: &Line<'_>, style: &Style) -> Result<(), usize> {
        let told = line.offset(style, self.from + self.octets.len());
        let offset = told.checked_sub(self.from).ok_or(told)?;
        if offset < self.octets.len() && offset > self.last.0 {
            // What was read beyond belongs to the column of text, or fills a word.
            self.octets.truncate(offset);
        }
        if self.repeats
            && offset > self.octets.len()
            && offset - self.octets.len() <= MAX_REPEATED
            && self.last.1 > 0
        {
            let repeated: Vec<u8> = self.octets[self.last.0..].to_vec();
            let missing = offset - self.octets.len();
            self.octets.extend(repeated.iter().copied().cycle().take(missing));
        }
        self.repeats = false;
        if offset != self.octets.len() {
            return Err(told);
        }
        // Lines have as many octets as the first, but for the last.
        let most = if self.lines == 0 { usize::MAX } else { self.last.1.max(1) };
        let octets = line.octets(style, most);
        self.last = (self.octets.len(), octets.len());
        self.octets.extend_from_slice(&octets);
        self.lines += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Option<Sender>, Vec<u8>)> {
        let dump = super::read(text).unwrap_or_else(|| panic!("no dump: {text}"));
        let found = dump.unwrap_or_else(|why| panic!("{why}: {text}")).found;
        found.said.into_iter().map(|said| (said.sender, said.octets)).collect()
    }

    /// As programs print `81 18`, 24 letters, and nothing else.
    #[test]
    fn dumps_of_programs_are_read() {
        let wanted = b"\x81\x18be added to 16 a day face";
        for (name, text) in [
            (
                "xxd",
                "00000000: 8118 6265 2061 6464 6564 2074 6f20 3136  ..be added to 16\n00000010: 2061 2064 6179 2066 6163 65               a day face\n",
            ),
            (
                "hexdump -C",
                "00000000  81 18 62 65 20 61 64 64  65 64 20 74 6f 20 31 36  |..be added to 16|\n00000010  20 61 20 64 61 79 20 66  61 63 65                 | a day face|\n0000001b\n",
            ),
            (
                "hexdump",
                "0000000 1881 6562 6120 6464 6465 7420 206f 3631\n0000010 6120 6420 7961 6620 6361 0065\n000001b\n",
            ),
            (
                "od -t x1",
                "0000000 81 18 62 65 20 61 64 64 65 64 20 74 6f 20 31 36\n0000020 20 61 20 64 61 79 20 66 61 63 65\n0000033\n",
            ),
            (
                "od -b",
                "0000000 201 030 142 145 040 141 144 144 145 144 040 164 157 040 061 066\n0000020 040 141 040 144 141 171 040 146 141 143 145\n0000033\n",
            ),
            (
                "od",
                "0000000 014201 062542 060440 062144 062145 072040 020157 033061\n0000020 060440 062040 074541 063040 061541 000145\n0000033\n",
            ),
            (
                "od -t u1",
                "0000000 129  24  98 101  32  97 100 100 101 100  32 116 111  32  49  54\n0000020  32  97  32 100  97 121  32 102  97  99 101\n0000033\n",
            ),
            (
                "od -t d1",
                "0000000 -127   24   98  101   32   97  100  100  101  100   32  116  111   32   49   54\n0000020   32   97   32  100   97  121   32  102   97   99  101\n0000033\n",
            ),
            (
                "od -t x4",
                "0000000 65621881 64646120 74206465 3631206f\n0000020 64206120 66207961 00656361\n0000033\n",
            ),
            (
                "od -A d -t x1",
                "0000000 81 18 62 65 20 61 64 64 65 64 20 74 6f 20 31 36\n0000016 20 61 20 64 61 79 20 66 61 63 65\n0000027\n",
            ),
            (
                "hexdump -d",
                "0000000   06273   25954   24864   25700   25701   29728   08303   13873\n0000010   24864   25632   31073   26144   25441   00101\n000001b\n",
            ),
            (
                "od -c",
                "0000000 201 030   b   e       a   d   d   e   d       t   o       1   6\n0000020       a       d   a   y       f   a   c   e\n0000033\n",
            ),
            (
                "snoop -x",
                "           0: 8118 6265 2061 6464 6564 2074 6f20 3136    ..be added to 16\n          16: 2061 2064 6179 2066 6163 65               a day face\n",
            ),
            (
                "tcpdump -X",
                "\t0x0000:  8118 6265 2061 6464 6564 2074 6f20 3136  ..be.added.to.16\n\t0x0010:  2061 2064 6179 2066 6163 65              .a.day.face\n",
            ),
            (
                "Wireshark",
                "0000   81 18 62 65 20 61 64 64 65 64 20 74 6f 20 31 36   ..be added to 16\n0010   20 61 20 64 61 79 20 66 61 63 65                   a day face\n",
            ),
            (
                "Netty",
                "         +-------------------------------------------------+\n         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n+--------+-------------------------------------------------+----------------+\n|00000000| 81 18 62 65 20 61 64 64 65 64 20 74 6f 20 31 36 |..be added to 16|\n|00000010| 20 61 20 64 61 79 20 66 61 63 65                | a day face     |\n+--------+-------------------------------------------------+----------------+\n",
            ),
            (
                "ESP-IDF",
                "D (137) app: 0x3f40b3cc   81 18 62 65 20 61 64 64  65 64 20 74 6f 20 31 36  |..be added to 16|\nD (137) app: 0x3f40b3dc   20 61 20 64 61 79 20 66  61 63 65                   | a day face|\n",
            ),
            (
                "libwebsockets",
                "[2026/11/02 12:00:00:6608] N: \n[2026/11/02 12:00:00:6609] N: 0000: 81 18 62 65 20 61 64 64 65 64 20 74 6F 20 31 36    ..be added to 16\n[2026/11/02 12:00:00:6609] N: 0010: 20 61 20 64 61 79 20 66 61 63 65                    a day face\n[2026/11/02 12:00:00:6609] N: \n",
            ),
        ] {
            assert_eq!(read(text), [(None, wanted.to_vec())], "{name}");
        }
    }

    #[test]
    fn repeated_lines_are_filled_in() {
        let text = "00000000  82 2e 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n\
                    00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n00000030\n";
        let said = read(text);
        assert_eq!((said[0].1.len(), &said[0].1[..3]), (48, &b"\x82\x2e\0"[..]));
    }

    #[test]
    fn both_ends_are_told_apart() {
        let follow = "00000000  81 81 00 00 00 00 61                               ......a\n\
                      \x20   00000000  81 01 62                                           ..b\n\
                      00000007  81 81 00 00 00 00 63                               ......c\n";
        assert_eq!(
            read(follow),
            [
                (Some(Sender::Client), b"\x81\x81\0\0\0\0a\x81\x81\0\0\0\0c".to_vec()),
                (Some(Sender::Server), b"\x81\x01b".to_vec())
            ]
        );
        let curl = "== Info: Connected\n=> Send data, 7 bytes (0x7)\n0000: 81 81 00 00 00 00 61                            ......a\n\
                    <= Recv data, 3 bytes (0x3)\n0000: 81 01 62                                        ..b\n";
        let said = read(curl);
        assert_eq!((said[0].0, said[1].0), (Some(Sender::Client), Some(Sender::Server)));
        assert_eq!(said[1].1, b"\x81\x01b");
    }

    /// Whoever wrote the request or masked its frames is the client, also where a frame was read in two pieces.
    #[test]
    fn what_was_written_and_read_is_said_by_whom() {
        let netty = |told: &str, octets: &[u8]| {
            let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            format!(
                "12:00:00 DEBUG - [id: 0x7f, L:/1.2.3.4:5 - R:/6.7.8.9:80] {told}: {}B\n|00000000| {:<47} |.|\n",
                octets.len(),
                pairs.join(" ")
            )
        };
        let cut: [&[u8]; 2] = [b"\x81\x05He", b"llo"];
        let masked: &[u8] = b"\x81\x81\0\0\0\0a";
        let text = netty("WRITE", masked) + &netty("READ", cut[0]) + &netty("READ", cut[1]);
        let wanted = |own, peer| {
            [(Some(own), masked.to_vec()), (Some(peer), cut[0].to_vec()), (Some(peer), cut[1].to_vec())]
        };
        assert_eq!(read(&text), wanted(Sender::Client, Sender::Server));
        let text = netty("RECEIVED", masked) + &netty("WRITE", cut[0]) + &netty("WRITE", cut[1]);
        assert_eq!(read(&text), wanted(Sender::Client, Sender::Server));
        for line in ["READ COMPLETE", "READ: ", "READ: B", "I READ: 7 B", "x: 7B"] {
            assert_eq!(line::speaker(line), None, "{line}");
        }
    }

    #[test]
    fn a_dump_that_lacks_something_says_where() {
        let why = super::read("00000000: 8118\n00000010: 2061\n").unwrap().err().unwrap();
        assert_eq!(why, "line 2: its offset is 10, but what came before it ends at 2");
        let later = super::read("00000010: 8118 2061\n").unwrap().unwrap().found;
        assert_eq!(later.said[0].octets, b"\x81\x18 a");
        assert!(later.notes[0].contains("begins with the offset 10"), "{:?}", later.notes);
        for none in ["", "8105 4865", "810548656c6c6f", "hello: 81", "12:34:56 81"] {
            assert!(super::read(none).is_none_or(|dump| dump.is_err()), "{none}");
        }
    }
}
