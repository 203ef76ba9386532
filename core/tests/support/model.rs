//! A slow, obvious decoder: looks at the whole stream at once, one rule of RFC 6455 after the other, and shares no code
//! with the crate but the types of its answers.

use wsproof_core::close::CloseCode;
use wsproof_core::frame::Opcode;
use wsproof_core::message::{DataKind, Options};
use wsproof_core::{Role, ViolationKind};

use super::seen::{Log, Seen};

/// The message in progress.
struct InProgress {
    kind: DataKind,
    rsv: u8,
    octets: Vec<u8>,
    announced: u64,
    frames: u32,
    /// Whether anything of it was logged.
    logged: bool,
}

pub fn decode(receiver: Role, options: Options, wire: &[u8]) -> Log {
    let mut log = Log::default();
    let mut message: Option<InProgress> = None;
    let mut at = 0;
    while at < wire.len() {
        match frame(receiver, options, wire, at, &mut message, &mut log) {
            Ok(Some(next)) => at = next,
            Ok(None) => break,
            Err((kind, offset)) => {
                log.violation = Some(kind.at(offset as u64));
                break;
            }
        }
    }
    log
}

type Broken = (ViolationKind, usize);

/// One frame that starts at `start`: where the next starts, or `None` when the stream ends before.
fn frame(
    receiver: Role,
    options: Options,
    wire: &[u8],
    start: usize,
    message: &mut Option<InProgress>,
    log: &mut Log,
) -> Result<Option<usize>, Broken> {
    use ViolationKind as V;

    // The first octet.
    let first = wire[start];
    let (fin, rsv, opcode) = (first >= 0x80, (first & 0x70) >> 4, first & 0x0f);
    let name = Opcode::new(opcode);
    let starts = opcode == 1 || opcode == 2;
    let control = opcode >= 8;
    let unexpected = if starts { rsv & !options.allowed_rsv } else { rsv };
    if unexpected != 0 {
        return Err((V::ReservedBits(unexpected), start));
    }
    if ![0, 1, 2, 8, 9, 10].contains(&opcode) {
        return Err((V::ReservedOpcode(name), start));
    }
    if control && !fin {
        return Err((V::FragmentedControl(name), start));
    }
    if starts && message.is_some() {
        return Err((V::ExpectedContinuation(name), start));
    }
    if opcode == 0 && message.is_none() {
        return Err((V::UnexpectedContinuation, start));
    }

    // The second octet.
    let Some(&second) = wire.get(start + 1) else { return Ok(None) };
    let masked = second >= 0x80;
    match receiver {
        Role::Server if !masked => return Err((V::UnmaskedFrame, start + 1)),
        Role::Client if masked => return Err((V::MaskedFrame, start + 1)),
        _ => {}
    }
    let short = second & 0x7f;
    if control && short > 125 {
        return Err((V::ControlTooLong(name), start + 1));
    }
    if opcode == 8 && short == 1 {
        return Err((V::CloseOneOctet, start + 1));
    }

    // The length.
    let wide = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let key_at = start + 2 + wide;
    if wire.len() < key_at {
        return Ok(None);
    }
    let length_at = if wide == 0 { start + 1 } else { start + 2 };
    let mut len = u64::from(short);
    if wide > 0 {
        len = wire[start + 2..key_at].iter().fold(0, |len, &octet| len << 8 | u64::from(octet));
        if len >= 1 << 63 {
            return Err((V::LengthTopBit, length_at));
        }
        if (wide == 2 && len < 126) || (wide == 8 && len < 65_536) {
            return Err((V::LengthNotMinimal, length_at));
        }
    }
    if !control {
        let (announced, frames) =
            message.as_ref().map_or((0, 0), |message| (message.announced, message.frames));
        if len > options.limits.max_frame {
            return Err((V::FrameTooLong, length_at));
        }
        if u128::from(announced) + u128::from(len) > u128::from(options.limits.max_message) {
            return Err((V::MessageTooLong, length_at));
        }
        if frames == options.limits.max_fragments {
            return Err((V::TooManyFragments, start));
        }
    }

    // The key and what there is of the payload.
    let body_at = key_at + if masked { 4 } else { 0 };
    if wire.len() < body_at {
        return Ok(None);
    }
    let there = (wire.len() - body_at).min(usize::try_from(len).unwrap_or(usize::MAX));
    let complete = there as u64 == len;
    let body: Vec<u8> =
        (0..there).map(|i| wire[body_at + i] ^ if masked { wire[key_at + i % 4] } else { 0 }).collect();
    let next = body_at + there;

    if control {
        control_frame(opcode, &body, complete, body_at, log)?;
        return Ok(match (complete, opcode) {
            // What follows a Close is not looked at.
            (true, 9 | 10) => Some(next),
            _ => None,
        });
    }

    let message_now = message.get_or_insert_with(|| InProgress {
        kind: if opcode == 1 { DataKind::Text } else { DataKind::Binary },
        rsv,
        octets: Vec::new(),
        announced: 0,
        frames: 0,
        logged: false,
    });
    message_now.announced += len;
    message_now.frames += 1;
    let last = complete && fin;
    let mut good = body.len();
    let mut broken = None;
    if message_now.kind == DataKind::Text && message_now.rsv == 0 {
        for (i, &octet) in body.iter().enumerate() {
            message_now.octets.push(octet);
            if !may_become_utf8(&message_now.octets) {
                good = i;
                broken = Some((V::TextNotUtf8, body_at + i));
                break;
            }
        }
        if broken.is_none() && last && std::str::from_utf8(&message_now.octets).is_err() {
            broken = Some((V::TextTruncated, next));
        }
    }
    let ended = last && broken.is_none();
    if good > 0 || ended {
        log.push_data(message_now.kind, message_now.rsv, &body[..good], !message_now.logged, ended);
        message_now.logged = true;
    }
    if let Some(broken) = broken {
        return Err(broken);
    }
    if ended {
        *message = None;
    }
    Ok(complete.then_some(next))
}

fn control_frame(
    opcode: u8,
    body: &[u8],
    complete: bool,
    body_at: usize,
    log: &mut Log,
) -> Result<(), Broken> {
    match opcode {
        9 if complete => log.seen.push(Seen::Ping(body.to_vec())),
        10 if complete => log.seen.push(Seen::Pong(body.to_vec())),
        8 => {
            let mut code = None;
            if body.len() >= 2 {
                let number = u16::from(body[0]) << 8 | u16::from(body[1]);
                let registered = matches!(number, 1000..=1003 | 1007..=1014);
                if !registered && !(3000..=4999).contains(&number) {
                    return Err((ViolationKind::CloseCode(CloseCode(number)), body_at));
                }
                code = Some(number);
            }
            let reason = body.get(2..).unwrap_or(&[]);
            for end in 1..=reason.len() {
                if !may_become_utf8(&reason[..end]) {
                    return Err((ViolationKind::CloseReasonNotUtf8, body_at + 2 + end - 1));
                }
            }
            if complete {
                match std::str::from_utf8(reason) {
                    Ok(reason) => log.seen.push(Seen::Close(code, reason.to_owned())),
                    Err(_) => return Err((ViolationKind::CloseReasonNotUtf8, body_at + body.len())),
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether octets are UTF-8 or could be with more after them. Only the end can be at fault, since shorter prefixes were
/// asked about before; so looking at the last few octets would do, and looking at all is the obvious way.
fn may_become_utf8(octets: &[u8]) -> bool {
    match std::str::from_utf8(octets) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}
