//! The WebAssembly half of the npm package: `wsproof-js` behind exports of wasm-bindgen.
//!
//! What is called for every read or frame takes and gives numbers alone, which cross the border at no cost: its octets
//! are put where [`input`] says, and what comes of them stands there, in the table ([`table_at`]), or where [`output`]
//! and [`inflated`] say. All else takes and gives octets and text. A text where a call may be refused says why it was.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "looked at, but of use only in WebAssembly")
)]

use std::cell::RefCell;

use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use wsproof_core::frame::mask;
use wsproof_js::{Endpoint, Endpoints, Settings, table};

/// Events told of in one call.
const EVENTS: usize = 4096;

thread_local! {
    static STATE: RefCell<Border> = const { RefCell::new(Border::new()) };
}

struct Border {
    endpoints: Endpoints,
    /// What JavaScript hands in; decoded here, in place.
    input: Vec<u8>,
    /// A frame that was encoded.
    output: Vec<u8>,
    table: Vec<u32>,
}

impl Border {
    const fn new() -> Self {
        Self { endpoints: Endpoints::new(), input: Vec::new(), output: Vec::new(), table: Vec::new() }
    }
}

fn with<R>(call: impl FnOnce(&mut Border) -> R) -> R {
    STATE.with_borrow_mut(call)
}

fn with_endpoint<R>(handle: u32, call: impl FnOnce(&mut Endpoint) -> R) -> Option<R> {
    with(|border| border.endpoints.get(handle).map(call))
}

/// Why a call was refused, if it was; `None` stands for a handle without an endpoint.
fn refusal(result: Option<Result<(), String>>) -> Option<String> {
    result.unwrap_or_else(|| Err("no such connection".to_owned())).err()
}

/// Where to put `len` octets for the next call that takes such a number.
#[wasm_bindgen]
pub fn input(len: usize) -> *mut u8 {
    with(|border| {
        if border.input.len() < len {
            border.input.resize(len.next_power_of_two().max(64 * 1024), 0);
        }
        border.input.as_mut_ptr()
    })
}

/// Where the table is.
#[wasm_bindgen(js_name = tableAt)]
pub fn table_at() -> *const u32 {
    with(|border| {
        border.table.resize(table::HEAD + EVENTS * table::EVENT, 0);
        border.table.as_ptr()
    })
}

/// Where the frame is that the last call encoded.
#[wasm_bindgen]
pub fn output() -> *const u8 {
    with(|border| border.output.as_ptr())
}

/// See [`Endpoint::decoder`]; `flags` are those of [`Settings::new`].
#[wasm_bindgen]
pub fn decoder(flags: u32, max_frame: f64, max_message: f64, max_fragments: f64) -> u32 {
    let settings = Settings::new(flags, max_frame, max_message, max_fragments);
    with(|border| border.endpoints.add(Endpoint::decoder(&settings)))
}

/// See [`Endpoint::connection`]; `flags` are also those of [`Settings::new`].
///
/// # Errors
///
/// The host has no entropy for masking keys.
#[wasm_bindgen]
pub fn connection(
    flags: u32,
    max_frame: f64,
    max_message: f64,
    max_fragments: f64,
    pong_backlog: u32,
    seed: f64,
) -> Result<u32, JsError> {
    let settings = Settings::new(flags, max_frame, max_message, max_fragments);
    let endpoint = Endpoint::connection(flags, &settings, pong_backlog, seed);
    let endpoint = endpoint.map_err(|why| JsError::new(&why))?;
    Ok(with(|border| border.endpoints.add(endpoint)))
}

/// Gives an endpoint's memory back.
#[wasm_bindgen]
pub fn free(handle: u32) {
    with(|border| border.endpoints.free(handle));
}

/// How many endpoints there are.
#[wasm_bindgen]
pub fn live() -> usize {
    with(|border| border.endpoints.len())
}

/// See [`Endpoint::feed`]: `len` octets of the input; `events` at most.
#[wasm_bindgen]
pub fn feed(handle: u32, len: usize, events: usize) {
    with(|border| {
        let Border { endpoints, input, table, .. } = border;
        let words = table::HEAD + events.min(EVENTS) * table::EVENT;
        if let (Some(input), Some(table)) = (input.get_mut(..len), table.get_mut(..words)) {
            endpoints.feed(handle, input, table);
        }
    });
}

/// See [`Endpoint::pass`]: `len` octets of the input are the head; the first row of the table describes the piece.
#[wasm_bindgen]
pub fn pass(handle: u32, len: usize, rest: u32) -> u32 {
    with(|border| {
        let Border { endpoints, input, table, .. } = border;
        let row = table.get_mut(table::HEAD..).and_then(|rows| rows.first_chunk_mut());
        match (input.get_mut(..len), row) {
            (Some(head), Some(row)) => endpoints.pass(handle, head, rest.into(), row) as u32,
            _ => 0,
        }
    })
}

/// Where the octets are that the last input held in compressed messages, or that were joined; the table says how many.
#[wasm_bindgen]
pub fn inflated() -> *const u8 {
    with(|border| border.endpoints.inflated().as_ptr())
}

/// See [`wsproof_js::set_deflate`].
#[cfg(feature = "full")]
#[wasm_bindgen]
pub fn deflate(
    handle: u32,
    level: u32,
    mem_level: u32,
    min_len: f64,
    check_window: u32,
    agreed: &[u8],
) -> Option<String> {
    let settings = wsproof_js::DeflateSettings {
        level: level.min(9) as u8,
        mem_level: mem_level.clamp(1, 9) as u8,
        min_len: min_len as usize,
    };
    let check = wsproof_js::window_check(check_window);
    let agreed = String::from_utf8_lossy(agreed);
    with(|border| wsproof_js::set_deflate(&mut border.endpoints, handle, settings, check, &agreed)).err()
}

/// See [`wsproof_js::violation`]; empty if no rule was broken.
#[wasm_bindgen]
pub fn violation(handle: u32) -> String {
    let violation = with_endpoint(handle, |endpoint| endpoint.violation()).flatten();
    violation.map(|violation| wsproof_js::violation(&violation)).unwrap_or_default()
}

/// See [`Endpoint::send`].
#[wasm_bindgen]
pub fn send(handle: u32, word: u32, payload: &[u8]) -> Option<String> {
    refusal(with_endpoint(handle, |endpoint| endpoint.send(word, payload)))
}

/// See [`Endpoint::close`].
#[wasm_bindgen]
pub fn close(handle: u32, code: u32, reason: &[u8]) -> Option<String> {
    refusal(with_endpoint(handle, |endpoint| endpoint.close(code, reason)))
}

/// All that is to be written, which is queued no longer.
#[wasm_bindgen]
pub fn transmit(handle: u32) -> Vec<u8> {
    let taken = with_endpoint(handle, |endpoint| {
        let mut taken = Vec::new();
        // A held-back pong is queued once there is room.
        loop {
            let octets = endpoint.transmit();
            if octets.is_empty() {
                break;
            }
            taken.extend_from_slice(octets);
            endpoint.advance(usize::MAX);
        }
        taken
    });
    taken.unwrap_or_default()
}

/// See [`Endpoint::receive_eof`].
#[wasm_bindgen(js_name = receiveEof)]
pub fn receive_eof(handle: u32) {
    with_endpoint(handle, Endpoint::receive_eof);
}

/// See [`Endpoint::status`].
#[wasm_bindgen]
pub fn status(handle: u32) -> u32 {
    with_endpoint(handle, |endpoint| endpoint.status()).unwrap_or(0)
}

/// Octets of the stream processed.
#[wasm_bindgen]
pub fn offset(handle: u32) -> f64 {
    with_endpoint(handle, |endpoint| endpoint.offset() as f64).unwrap_or(0.0)
}

fn make_room(output: &mut Vec<u8>, len: usize) {
    if output.len() < len {
        output.resize(len, 0);
    }
}

/// See [`wsproof_js::encode`]: the payload is `len` octets of the input; the frame is written to the output.
#[wasm_bindgen]
pub fn encode(word: u32, key: u32, len: usize) -> u32 {
    with(|border| {
        let Border { input, output, .. } = border;
        let Some(payload) = input.get(..len) else { return 0 };
        make_room(output, wsproof_js::encoded_len(word, len as u64) as usize);
        wsproof_js::encode(word, key, payload, output)
    })
}

/// See [`wsproof_js::encode_header`]: the header is written to the output.
#[wasm_bindgen(js_name = encodeHeader)]
pub fn encode_header(word: u32, len: f64) -> u32 {
    with(|border| {
        make_room(&mut border.output, wsproof_js::encoded_len(word, 0) as usize + 8);
        wsproof_js::encode_header(word, len as u64, &mut border.output)
    })
}

/// See [`wsproof_js::mask_frame`]: the frame is `len` octets of the input.
#[wasm_bindgen(js_name = maskFrame)]
pub fn mask_frame(len: usize, header: usize) {
    with(|border| {
        if let Some(frame) = border.input.get_mut(..len) {
            wsproof_js::mask_frame(frame, header);
        }
    });
}

/// Masks `len` octets of the input in place.
#[wasm_bindgen(js_name = applyMask)]
pub fn apply_mask(key: u32, offset: f64, len: usize) {
    with(|border| {
        if let Some(octets) = border.input.get_mut(..len) {
            mask::apply(key.to_ne_bytes(), offset as u64, octets);
        }
    });
}

/// See [`wsproof_js::ask`].
#[cfg(feature = "full")]
#[wasm_bindgen]
pub fn ask(question: &[u8]) -> String {
    wsproof_js::ask(question)
}
