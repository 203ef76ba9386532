//! The WebAssembly half of the inspector: `wsproof-inspect` behind plain exports.
//!
//! Only numbers cross the border, so there is no glue to generate. Octets for a call are put where `input` says; what a
//! call answers stands where `output` says until the next call. A call that may be refused gives 1, or 0 and the reason
//! in the output.
#![allow(unsafe_code, reason = "names without mangling: all of it is the border")]

mod filter;
mod inspector;
mod preview;
mod table;

use std::cell::RefCell;

use inspector::{Inspector, Part};

thread_local! {
    static STATE: RefCell<Border> = const { RefCell::new(Border { inspector: Inspector::new(), input: Vec::new(), output: Vec::new() }) };
}

struct Border {
    inspector: Inspector,
    /// What JavaScript hands in.
    input: Vec<u8>,
    /// What a call answers.
    output: Vec<u8>,
}

/// Answers with octets, or with a refusal.
fn answer(call: impl FnOnce(&mut Inspector, &[u8]) -> Result<Vec<u8>, String>, len: usize) -> u32 {
    STATE.with_borrow_mut(|border| {
        let input = border.input.get(..len).unwrap_or_default();
        let result = call(&mut border.inspector, input);
        let good = result.is_ok();
        border.output = result.unwrap_or_else(String::into_bytes);
        // A capture is not kept twice.
        border.input = Vec::new();
        u32::from(good)
    })
}

/// Where to put `len` octets for the next call.
#[unsafe(no_mangle)]
extern "C" fn input(len: usize) -> *mut u8 {
    STATE.with_borrow_mut(|border| {
        border.input = vec![0; len];
        border.input.as_mut_ptr()
    })
}

/// Where the answer of the last call is.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const u8 {
    STATE.with_borrow(|border| border.output.as_ptr())
}

/// Octets of that answer.
#[unsafe(no_mangle)]
extern "C" fn output_len() -> usize {
    STATE.with_borrow(|border| border.output.len())
}

/// How the next capture is read: see [`Inspector::choose`].
#[unsafe(no_mangle)]
extern "C" fn choose(len: usize) -> u32 {
    answer(|inspector, input| inspector.choose(input).map(|()| Vec::new()), len)
}

/// Reads a capture and answers as [`summary`].
#[unsafe(no_mangle)]
extern "C" fn open(len: usize) -> u32 {
    answer(|inspector, input| inspector.open(input).map(|()| inspector.summary()), len)
}

/// Takes a list of live events; answers as [`summary`].
#[unsafe(no_mangle)]
extern "C" fn events(len: usize) -> u32 {
    answer(|inspector, input| inspector.events(input).map(|()| inspector.summary()), len)
}

/// Forgets everything.
#[unsafe(no_mangle)]
extern "C" fn clear() -> u32 {
    answer(
        |inspector, _| {
            *inspector = Inspector::new();
            Ok(inspector.summary())
        },
        0,
    )
}

/// See [`Inspector::summary`].
#[unsafe(no_mangle)]
extern "C" fn summary() -> u32 {
    answer(|inspector, _| Ok(inspector.summary()), 0)
}

/// See [`Inspector::details`].
#[unsafe(no_mangle)]
extern "C" fn details(connection: usize) -> u32 {
    answer(|inspector, _| inspector.details(connection), 0)
}

/// See [`Inspector::rows`].
#[unsafe(no_mangle)]
extern "C" fn rows(connection: usize, from: usize) -> u32 {
    answer(|inspector, _| inspector.rows(connection, from), 0)
}

/// See [`Inspector::previews`]: rows are 32-bit numbers, in the input.
#[unsafe(no_mangle)]
extern "C" fn previews(connection: usize, len: usize) -> u32 {
    answer(|inspector, input| inspector.previews(connection, input), len)
}

/// See [`Inspector::filter`].
#[unsafe(no_mangle)]
extern "C" fn filter(connection: usize, len: usize) -> u32 {
    answer(|inspector, input| inspector.filter(connection, input), len)
}

/// See [`Inspector::octets`]; `part` is 0 for the payload, 1 for the message, 2 for the frame as it was on the wire.
#[unsafe(no_mangle)]
extern "C" fn octets(connection: usize, row: usize, part: u32) -> u32 {
    answer(|inspector, _| inspector.octets(connection, row, part_of(part)), 0)
}

fn part_of(part: u32) -> Part {
    match part {
        0 => Part::Payload,
        1 => Part::Message,
        _ => Part::Wire,
    }
}

/// See [`Inspector::decoded`]; the encoding is JSON, in the input; `part` as with [`octets`].
#[unsafe(no_mangle)]
extern "C" fn decoded(connection: usize, row: usize, part: u32, len: usize) -> u32 {
    answer(|inspector, input| inspector.decoded(connection, row, part_of(part), input), len)
}

/// See [`Inspector::round_trip`].
#[unsafe(no_mangle)]
extern "C" fn round_trip(connection: usize, row: usize) -> u32 {
    answer(|inspector, _| inspector.round_trip(connection, row), 0)
}

/// See [`Inspector::difference`].
#[unsafe(no_mangle)]
extern "C" fn difference(connection: usize, before: usize, after: usize) -> u32 {
    answer(|inspector, _| inspector.difference(connection, before, after), 0)
}

/// See [`Inspector::findings`].
#[unsafe(no_mangle)]
extern "C" fn findings(connection: usize) -> u32 {
    answer(|inspector, _| inspector.findings(connection), 0)
}

/// See [`Inspector::export`]; `kind` is 0 for an HTTP archive, 1 for JSON lines, 2 and 3 for a scenario of what the
/// client, the server sent, 4 for packets.
#[unsafe(no_mangle)]
extern "C" fn export(connection: usize, kind: u32) -> u32 {
    answer(|inspector, _| inspector.export(connection, kind), 0)
}

/// A scenario of one row.
#[unsafe(no_mangle)]
extern "C" fn row_scenario(connection: usize, row: usize) -> u32 {
    answer(|inspector, _| inspector.row_scenario(connection, row), 0)
}
