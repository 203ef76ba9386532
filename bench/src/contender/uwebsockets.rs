//! uWebSockets' parser (C++), through `native/uwebsockets.cpp`.

use std::ffi::c_void;

use bytes::Bytes;

use super::{Contender, Total};
use crate::stream::{CHUNK, Memory};

pub const CONTENDER: Contender = Contender { name: "uWebSockets (C++)", parse, encode: Some(encode) };

unsafe extern "C" {
    fn wsproof_uws_new() -> *mut c_void;
    fn wsproof_uws_delete(parser: *mut c_void);
    fn wsproof_uws_consume(parser: *mut c_void, data: *mut u8, length: u32);
    fn wsproof_uws_messages(parser: *const c_void) -> usize;
    fn wsproof_uws_octets(parser: *const c_void) -> usize;
    fn wsproof_uws_format_server(to: *mut u8, payload: *const u8, length: usize) -> usize;
    fn wsproof_uws_format_client(to: *mut u8, payload: *const u8, length: usize) -> usize;
}

/// What the parser may write before and after its input, rounded up.
const PADDING: usize = 64;

fn parse(wire: &[u8]) -> Total {
    let mut memory = Memory::new(wire);
    let mut buffer = vec![0_u8; PADDING + CHUNK + PADDING];
    // SAFETY: the parser lives until `delete`; its input has the padding it asks for on both sides.
    unsafe {
        let parser = wsproof_uws_new();
        loop {
            let chunk = memory.chunk(CHUNK);
            if chunk.is_empty() {
                break;
            }
            buffer[PADDING..PADDING + chunk.len()].copy_from_slice(chunk);
            wsproof_uws_consume(parser, buffer.as_mut_ptr().add(PADDING), chunk.len() as u32);
        }
        let total = Total { messages: wsproof_uws_messages(parser), octets: wsproof_uws_octets(parser) };
        wsproof_uws_delete(parser);
        total
    }
}

fn encode(client: bool, payload: &Bytes, count: usize) {
    let format = if client { wsproof_uws_format_client } else { wsproof_uws_format_server };
    let mut out = vec![0_u8; payload.len() + PADDING];
    for _ in 0..count {
        // SAFETY: a frame is at most 14 octets longer than its payload.
        let len = unsafe { format(out.as_mut_ptr(), payload.as_ptr(), payload.len()) };
        std::hint::black_box(&out[..len]);
    }
}
