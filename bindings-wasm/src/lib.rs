//! The WebAssembly half of the npm package: `wsproof-js` behind plain exports.
//!
//! Only numbers cross the border, so there is no glue to generate: JavaScript instantiates the module with one import
//! (`wsproof.random`) and reads and writes its memory. Octets for a call are put where `input` says; what a call
//! answers stands where `output` says until the next call.
#![allow(unsafe_code, reason = "names without mangling and one imported function: all of it is the border")]
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "looked at, but of use only in WebAssembly")
)]

use std::cell::RefCell;

use wsproof_core::connection::SeededKeys;
use wsproof_core::frame::mask;
use wsproof_js::{Endpoint, Endpoints, Keys, Settings, table};

/// Events told of in one call.
const EVENTS: usize = 4096;

thread_local! {
    static STATE: RefCell<Border> = const { RefCell::new(Border::new()) };
}

struct Border {
    endpoints: Endpoints,
    /// What JavaScript hands in; decoded here, in place.
    input: Vec<u8>,
    /// What a call answers.
    output: Vec<u8>,
    table: Vec<u32>,
}

impl Border {
    const fn new() -> Self {
        Self { endpoints: Endpoints::new(), input: Vec::new(), output: Vec::new(), table: Vec::new() }
    }

    /// Answers a call that may be refused: 1, or 0 and why in the output.
    fn answer(&mut self, result: Result<(), String>) -> u32 {
        match result {
            Ok(()) => 1,
            Err(why) => {
                self.output = why.into_bytes();
                0
            }
        }
    }
}

fn with<R>(call: impl FnOnce(&mut Border) -> R) -> R {
    STATE.with_borrow_mut(call)
}

#[cfg(target_family = "wasm")]
fn random(octets: &mut [u8]) {
    #[link(wasm_import_module = "wsproof")]
    unsafe extern "C" {
        #[link_name = "random"]
        fn host_random(at: *mut u8, len: usize);
    }
    // SAFETY: JavaScript fills just these octets of our memory (`crypto.getRandomValues`).
    unsafe { host_random(octets.as_mut_ptr(), octets.len()) }
}

#[cfg(not(target_family = "wasm"))]
fn random(_octets: &mut [u8]) {}

/// Where to put `len` octets for the next call.
#[unsafe(no_mangle)]
extern "C" fn input(len: usize) -> *mut u8 {
    with(|border| {
        if border.input.len() < len {
            border.input.resize(len.next_power_of_two().max(64 * 1024), 0);
        }
        border.input.as_mut_ptr()
    })
}

/// Where the table is.
#[unsafe(no_mangle)]
extern "C" fn table_at() -> *const u32 {
    with(|border| {
        border.table.resize(table::HEAD + EVENTS * table::EVENT, 0);
        border.table.as_ptr()
    })
}

/// Where the answer of the last call is.
#[unsafe(no_mangle)]
extern "C" fn output() -> *const u8 {
    with(|border| border.output.as_ptr())
}

/// Octets of that answer.
#[unsafe(no_mangle)]
extern "C" fn output_len() -> usize {
    with(|border| border.output.len())
}

/// See [`Endpoint::decoder`]. `flags`: bit 0 for a server, RSV bits from bit 1.
#[unsafe(no_mangle)]
extern "C" fn decoder(flags: u32, max_frame: f64, max_message: f64, max_fragments: f64) -> u32 {
    let settings = settings(flags, max_frame, max_message, max_fragments);
    with(|border| border.endpoints.add(Endpoint::decoder(&settings)))
}

/// See [`Endpoint::connection`]. `flags` also: bit 4 answers pings, bit 5 answers a Close, bit 6 takes the seed.
#[unsafe(no_mangle)]
extern "C" fn connection(
    flags: u32,
    max_frame: f64,
    max_message: f64,
    max_fragments: f64,
    pong_backlog: u32,
    seed: f64,
) -> u32 {
    let settings = settings(flags, max_frame, max_message, max_fragments);
    let keys =
        if flags & 64 != 0 { Keys::Seeded(SeededKeys::new(seed as u64)) } else { Keys::random(random) };
    let endpoint = Endpoint::connection(&settings, flags & 16 != 0, flags & 32 != 0, pong_backlog, keys);
    with(|border| border.endpoints.add(endpoint))
}

fn settings(flags: u32, max_frame: f64, max_message: f64, max_fragments: f64) -> Settings {
    let allowed_rsv = (flags >> 1 & 7) as u8;
    Settings { server: flags & 1 != 0, max_frame, max_message, max_fragments, allowed_rsv }
}

/// Gives an endpoint's memory back.
#[unsafe(no_mangle)]
extern "C" fn free(handle: u32) {
    with(|border| border.endpoints.free(handle));
}

/// How many endpoints there are.
#[unsafe(no_mangle)]
extern "C" fn live() -> usize {
    with(|border| border.endpoints.len())
}

/// See [`Endpoint::feed`]: `len` octets of the input; `events` at most.
#[unsafe(no_mangle)]
extern "C" fn feed(handle: u32, len: usize, events: usize) {
    with(|border| {
        let Border { endpoints, input, table, .. } = border;
        let words = table::HEAD + events.min(EVENTS) * table::EVENT;
        if let (Some(input), Some(table)) = (input.get_mut(..len), table.get_mut(..words)) {
            endpoints.feed(handle, input, table);
        }
    });
}

/// See [`Endpoint::pass`]: `len` octets of the input are the head; the first row of the table describes the piece.
#[unsafe(no_mangle)]
extern "C" fn pass(handle: u32, len: usize, rest: u32) -> u32 {
    with(|border| {
        let Border { endpoints, input, table, .. } = border;
        let row = table.get_mut(table::HEAD..).and_then(|rows| rows.first_chunk_mut());
        match (input.get_mut(..len), row) {
            (Some(head), Some(row)) => endpoints.pass(handle, head, rest.into(), row) as u32,
            _ => 0,
        }
    })
}

/// Where the octets are that the last input held in compressed messages; the table says how many.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
extern "C" fn inflated() -> *const u8 {
    with(|border| border.endpoints.inflated().as_ptr())
}

/// See [`wsproof_js::set_deflate`]: what was agreed is `len` octets of the input.
#[cfg(feature = "full")]
#[unsafe(no_mangle)]
extern "C" fn deflate(handle: u32, level: u32, mem_level: u32, min_len: f64, check: u32, len: usize) -> u32 {
    with(|border| {
        let Border { endpoints, input, .. } = border;
        let settings = wsproof_js::DeflateSettings {
            level: level.min(9) as u8,
            mem_level: mem_level.clamp(1, 9) as u8,
            min_len: min_len as usize,
        };
        let agreed = String::from_utf8_lossy(input.get(..len).unwrap_or_default());
        let check = wsproof_js::window_check(check);
        let set = wsproof_js::set_deflate(endpoints, handle, settings, check, &agreed);
        border.answer(set)
    })
}

/// Puts what the endpoint's violation says into the output; 0 if there is none.
#[unsafe(no_mangle)]
extern "C" fn violation(handle: u32) -> u32 {
    with(|border| {
        let violation = border.endpoints.get(handle).and_then(|endpoint| endpoint.violation());
        border.output = violation.map(|v| wsproof_js::violation(&v).into_bytes()).unwrap_or_default();
        u32::from(violation.is_some())
    })
}

/// See [`Endpoint::send`]: `len` octets of the input.
#[unsafe(no_mangle)]
extern "C" fn send(handle: u32, word: u32, len: usize) -> u32 {
    with(|border| {
        let Border { endpoints, input, .. } = border;
        let result = match (endpoints.get(handle), input.get(..len)) {
            (Some(endpoint), Some(payload)) => endpoint.send(word, payload),
            _ => Err("no such connection".to_owned()),
        };
        border.answer(result)
    })
}

/// See [`Endpoint::close`]: `len` octets of the input.
#[unsafe(no_mangle)]
extern "C" fn close(handle: u32, code: u32, len: usize) -> u32 {
    with(|border| {
        let Border { endpoints, input, .. } = border;
        let result = match (endpoints.get(handle), input.get(..len)) {
            (Some(endpoint), Some(reason)) => endpoint.close(code, reason),
            _ => Err("no such connection".to_owned()),
        };
        border.answer(result)
    })
}

/// Moves all that is to be written into the output.
#[unsafe(no_mangle)]
extern "C" fn transmit(handle: u32) -> usize {
    with(|border| {
        let Some(endpoint) = border.endpoints.get(handle) else { return 0 };
        border.output.clear();
        // A held-back pong is queued once there is room.
        while !endpoint.transmit().is_empty() {
            border.output.extend_from_slice(endpoint.transmit());
            endpoint.advance(endpoint.transmit().len());
        }
        border.output.len()
    })
}

/// See [`Endpoint::receive_eof`].
#[unsafe(no_mangle)]
extern "C" fn receive_eof(handle: u32) {
    with(|border| {
        if let Some(endpoint) = border.endpoints.get(handle) {
            endpoint.receive_eof();
        }
    });
}

/// See [`Endpoint::status`].
#[unsafe(no_mangle)]
extern "C" fn status(handle: u32) -> u32 {
    with(|border| border.endpoints.get(handle).map_or(0, |endpoint| endpoint.status()))
}

/// Octets of the stream processed.
#[unsafe(no_mangle)]
extern "C" fn offset(handle: u32) -> f64 {
    with(|border| border.endpoints.get(handle).map_or(0.0, |endpoint| endpoint.offset() as f64))
}

/// See [`wsproof_js::encode`]: the payload is `len` octets of the input; the frame is written to the output.
#[unsafe(no_mangle)]
extern "C" fn encode(word: u32, key: u32, len: usize) -> u32 {
    with(|border| {
        let Border { input, output, .. } = border;
        let Some(payload) = input.get(..len) else { return 0 };
        let needed = wsproof_js::encoded_len(word, len as u64) as usize;
        if output.len() < needed {
            output.resize(needed, 0);
        }
        wsproof_js::encode(word, key, payload, output)
    })
}

/// See [`wsproof_js::encode_header`]: the header is written to the output.
#[unsafe(no_mangle)]
extern "C" fn encode_header(word: u32, len: f64) -> u32 {
    with(|border| {
        let needed = wsproof_js::encoded_len(word, 0) as usize + 8;
        if border.output.len() < needed {
            border.output.resize(needed, 0);
        }
        wsproof_js::encode_header(word, len as u64, &mut border.output)
    })
}

/// See [`wsproof_js::mask_frame`]: the frame is `len` octets of the input.
#[unsafe(no_mangle)]
extern "C" fn mask_frame(len: usize, header: usize) {
    with(|border| {
        if let Some(frame) = border.input.get_mut(..len) {
            wsproof_js::mask_frame(frame, header);
        }
    });
}

/// Masks `len` octets of the input in place.
#[unsafe(no_mangle)]
extern "C" fn apply_mask(key: u32, offset: f64, len: usize) {
    with(|border| {
        if let Some(octets) = border.input.get_mut(..len) {
            mask::apply(key.to_ne_bytes(), offset as u64, octets);
        }
    });
}

#[cfg(feature = "full")]
/// See [`wsproof_js::ask`]: `len` octets of the input.
#[unsafe(no_mangle)]
extern "C" fn ask(len: usize) {
    with(|border| {
        border.output = wsproof_js::ask(border.input.get(..len).unwrap_or_default()).into_bytes();
    });
}
