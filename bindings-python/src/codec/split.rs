//! Frames for the adapter of websockets, which judges messages itself.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use wsproof_core::frame::{FrameHeader, MAX_HEADER_LEN, Opcode, Parsed, mask};
use wsproof_core::message::{Limiter, Limits};
use wsproof_core::rules::HeaderRules;

use super::input::Input;
use super::objects;
use super::options::Side;

/// What [`split_frames`] gives: frames as first octet and payload, octets used, octets that the next frame lacks, and
/// whether the rest is a header that has begun and is right so far.
type Split<'py> = (Bound<'py, PyList>, usize, u64, bool);

/// Takes whole frames that break no rule of the header off the start of `data`, up to a Close. `current` is the octets of
/// the message in progress, if there is one; the others are limits on messages and fragments.
#[pyfunction]
#[pyo3(name = "_split_frames")]
pub(super) fn split_frames<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    role: Side,
    current: Option<u64>,
    max_message: Option<u64>,
    max_fragment: Option<u64>,
) -> PyResult<Split<'py>> {
    let input = Input::of(data)?;
    let octets = input.octets();
    let mut rules = HeaderRules { in_message: current.is_some(), ..HeaderRules::new(role.0) };
    let mut limiter = Limiter::new(Limits {
        max_frame: max_fragment.unwrap_or(u64::MAX),
        max_message: max_message.unwrap_or(u64::MAX),
        max_fragments: u32::MAX,
    });
    // Octets that websockets has counted, within its limit.
    limiter.take_inflated(current.unwrap_or(0));
    let mut frames: Vec<(u8, Bound<'py, PyBytes>)> = Vec::new();
    let (mut used, mut missing, mut begun) = (0, 0, false);
    while let rest = &octets[used..]
        && !rest.is_empty()
    {
        let Some((header, len)) = known_header(rest) else {
            begun = rules.judge_prefix(rest).is_ok() && Opcode::new(rest[0]) != Opcode::CLOSE;
            break;
        };
        let whole = header.payload_len.saturating_add(len as u64);
        let data_frame = header.opcode.is_data();
        if rules.judge(&header, len).is_err()
            || header.opcode == Opcode::CLOSE
            || (data_frame && limiter.check(header.payload_len, 0).is_err())
        {
            break;
        }
        if (rest.len() as u64) < whole {
            missing = whole - rest.len() as u64;
            break;
        }
        let payload = &rest[len..whole as usize];
        let key = header.mask.unwrap_or_default();
        let payload = objects::bytes(py, payload.len(), |place| mask::copy_uninit(key, 0, payload, place))?;
        frames.push((rest[0], payload));
        used += whole as usize;
        if data_frame {
            rules.in_message = !header.fin;
            if header.fin {
                limiter.end_message();
            } else {
                // It was checked above.
                let _ = limiter.admit(header.payload_len, 0);
            }
        }
    }
    drop(input);
    Ok((PyList::new(py, frames)?, used, missing, begun))
}

/// The header at the start of `octets` and its length, once all but its key is there.
fn known_header(octets: &[u8]) -> Option<(FrameHeader, usize)> {
    match FrameHeader::parse(octets) {
        Parsed::Complete { header, len } => Some((header, len)),
        Parsed::Incomplete { need } => {
            let key = if octets.get(1)? & 0x80 == 0 { 0 } else { 4 };
            if octets.len() + key < need {
                return None;
            }
            let mut padded = [0; MAX_HEADER_LEN];
            padded[..octets.len()].copy_from_slice(octets);
            match FrameHeader::parse(&padded[..need]) {
                Parsed::Complete { header, len } => Some((header, len)),
                Parsed::Incomplete { .. } => None,
            }
        }
    }
}
