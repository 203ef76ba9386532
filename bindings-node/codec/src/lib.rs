//! The native half of the npm package: `wsproof-js` behind raw Node-API calls.
//!
//! The same few calls as in `bindings-wasm/codec`; the difference is that memory is shared here, so that input is decoded where
//! the caller has it. An answer that is text is returned: an empty one says that nothing was wrong.
#![allow(unsafe_code, reason = "Node-API is a C interface")]

mod value;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use napi_sys as sys;
use wsproof_core::frame::mask;
use wsproof_js::{Endpoint, Endpoints, Settings};

use value::{Call, Kept};

thread_local! {
    /// The endpoints of this thread; a worker has its own.
    static ENDPOINTS: RefCell<Endpoints> = const { RefCell::new(Endpoints::new()) };
    /// The table of each, by its handle.
    static TABLES: RefCell<Vec<Option<Kept>>> = const { RefCell::new(Vec::new()) };
}

fn with<R>(handle: u32, call: impl FnOnce(&mut Endpoint) -> R) -> Option<R> {
    ENDPOINTS.with_borrow_mut(|endpoints| endpoints.get(handle).map(call))
}

/// Defines a callback: its body gets the call and returns a value. A panic becomes an exception.
macro_rules! callback {
    ($name:ident, $arguments:literal, |$call:ident| $body:expr) => {
        unsafe extern "C" fn $name(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
            // SAFETY: Node hands both to this callback.
            let $call: Call<$arguments> = unsafe { Call::new(env, info) };
            match catch_unwind(AssertUnwindSafe(|| $body)) {
                Ok(value) => value,
                Err(_) => {
                    let text = c"wsproof: internal error; please report it";
                    // SAFETY: the text ends with NUL.
                    unsafe { sys::napi_throw_error(env, std::ptr::null(), text.as_ptr()) };
                    null_mut()
                }
            }
        }
    };
}

// (flags, maxFrame, maxMessage, maxFragments) → handle
callback!(decoder, 4, |call| {
    let settings = Settings::new(call.u32(0), call.f64(1), call.f64(2), call.f64(3));
    call.number(ENDPOINTS.with_borrow_mut(|endpoints| endpoints.add(Endpoint::decoder(&settings))))
});

// (flags, maxFrame, maxMessage, maxFragments, pongBacklog, seed) → handle
callback!(connection, 6, |call| {
    let flags = call.u32(0);
    let settings = Settings::new(flags, call.f64(1), call.f64(2), call.f64(3));
    match Endpoint::connection(flags, &settings, call.u32(4), call.f64(5)) {
        Ok(endpoint) => call.number(ENDPOINTS.with_borrow_mut(|endpoints| endpoints.add(endpoint))),
        Err(why) => call.fail(&why),
    }
});

// (handle)
callback!(free, 1, |call| {
    let handle = call.u32(0);
    ENDPOINTS.with_borrow_mut(|endpoints| endpoints.free(handle));
    TABLES.with_borrow_mut(|tables| {
        if let Some(table) = tables.get_mut(handle as usize).and_then(Option::take) {
            table.release();
        }
    });
    null_mut()
});

// () → number of endpoints
callback!(live, 1, |call| call.number(ENDPOINTS.with_borrow(|endpoints| endpoints.len() as u32)));

// (handle, table)
callback!(adopt, 2, |call| {
    let table = call.keep(1);
    TABLES.with_borrow_mut(|tables| {
        let at = call.u32(0) as usize;
        if tables.len() <= at {
            tables.resize_with(at + 1, || None);
        }
        if let Some(before) = std::mem::replace(&mut tables[at], table) {
            before.release();
        }
    });
    null_mut()
});

// (handle, input)
callback!(feed, 2, |call| {
    TABLES.with_borrow_mut(|tables| {
        let handle = call.u32(0);
        let Some(Some(table)) = tables.get_mut(handle as usize) else { return };
        // SAFETY: JavaScript has seen that it is a view, and runs no code meanwhile; the table is the endpoint's alone, so it
        // is not in the same memory.
        let (input, table) = unsafe { (call.view_octets(1), table.words()) };
        ENDPOINTS.with_borrow_mut(|endpoints| endpoints.feed(handle, input, table));
    });
    null_mut()
});

// (out)
callback!(inflated, 1, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let out = unsafe { call.octets(0) };
    ENDPOINTS.with_borrow_mut(|endpoints| {
        let inflated = endpoints.inflated();
        let len = inflated.len().min(out.len());
        out[..len].copy_from_slice(&inflated[..len]);
        endpoints.release_inflated();
    });
    null_mut()
});

// (handle, level, memLevel, minLength, checkWindow, agreed) → text
callback!(deflate, 6, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let agreed = unsafe { call.octets(5) };
    let settings = wsproof_js::DeflateSettings {
        level: call.u32(1).min(9) as u8,
        mem_level: call.u32(2).clamp(1, 9) as u8,
        min_len: call.f64(3) as usize,
    };
    let check = wsproof_js::window_check(call.u32(4));
    let agreed = String::from_utf8_lossy(agreed);
    let set = ENDPOINTS.with_borrow_mut(|endpoints| {
        wsproof_js::set_deflate(endpoints, call.u32(0), settings, check, &agreed)
    });
    set.err().map_or(null_mut(), |why| call.text(&why))
});

// (handle) → text
callback!(violation, 1, |call| {
    let violation = with(call.u32(0), |endpoint| endpoint.violation()).flatten();
    call.text(&violation.map(|violation| wsproof_js::violation(&violation)).unwrap_or_default())
});

// (handle, word, payload) → text
callback!(send, 3, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let payload = unsafe { call.octets(2) };
    let sent = with(call.u32(0), |endpoint| endpoint.send(call.u32(1), payload));
    match sent {
        Some(Ok(())) => null_mut(),
        Some(Err(why)) => call.text(&why),
        None => call.text("no such connection"),
    }
});

// (handle, code, reason) → text
callback!(close, 3, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let reason = unsafe { call.octets(2) };
    let closed = with(call.u32(0), |endpoint| endpoint.close(call.u32(1), reason));
    match closed {
        Some(Ok(())) => null_mut(),
        Some(Err(why)) => call.text(&why),
        None => call.text("no such connection"),
    }
});

// (handle) → octets that wait
callback!(pending, 1, |call| {
    call.number(with(call.u32(0), |endpoint| endpoint.transmit().len() as u32).unwrap_or(0))
});

// (handle, out) → octets moved
callback!(transmit, 2, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let out = unsafe { call.octets(1) };
    let moved = with(call.u32(0), |endpoint| {
        let octets = endpoint.transmit();
        let len = octets.len().min(out.len());
        out[..len].copy_from_slice(&octets[..len]);
        endpoint.advance(len);
        len as u32
    });
    call.number(moved.unwrap_or(0))
});

// (handle)
callback!(receive_eof, 1, |call| {
    with(call.u32(0), Endpoint::receive_eof);
    null_mut()
});

// (handle) → bits
callback!(status, 1, |call| call.number(with(call.u32(0), |endpoint| endpoint.status()).unwrap_or(0)));

// (handle) → octets
callback!(offset, 1, |call| {
    call.double(with(call.u32(0), |endpoint| endpoint.offset() as f64).unwrap_or(0.0))
});

// (word, key, payload, out)
callback!(encode, 4, |call| {
    // SAFETY: JavaScript has seen that both are views, and runs no code meanwhile; no other slice.
    if let Some((payload, out)) = unsafe { call.two_octets(2, 3) } {
        wsproof_js::encode(call.u32(0), call.u32(1), payload, out);
    }
    null_mut()
});

// (frame, header)
callback!(mask_frame, 2, |call| {
    // SAFETY: JavaScript vouches that it is a view of its own, and runs no code meanwhile; one slice.
    wsproof_js::mask_frame(unsafe { call.view_octets(0) }, call.u32(1) as usize);
    null_mut()
});

// (word, length, out) → octets written
callback!(encode_header, 3, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let out = unsafe { call.octets(2) };
    call.number(wsproof_js::encode_header(call.u32(0), call.f64(1) as u64, out))
});

// (key, offset, octets)
callback!(apply_mask, 3, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    let octets = unsafe { call.octets(2) };
    mask::apply(call.u32(0).to_ne_bytes(), call.f64(1) as u64, octets);
    null_mut()
});

// (question) → text
callback!(ask, 1, |call| {
    // SAFETY: one slice; no JavaScript runs meanwhile.
    call.text(&wsproof_js::ask(unsafe { call.octets(0) }))
});

/// Where Node begins.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_value {
    let callbacks: [(&std::ffi::CStr, sys::napi_callback); 21] = [
        (c"decoder", Some(decoder)),
        (c"connection", Some(connection)),
        (c"free", Some(free)),
        (c"live", Some(live)),
        (c"adopt", Some(adopt)),
        (c"feed", Some(feed)),
        (c"inflated", Some(inflated)),
        (c"deflate", Some(deflate)),
        (c"violation", Some(violation)),
        (c"send", Some(send)),
        (c"close", Some(close)),
        (c"pending", Some(pending)),
        (c"transmit", Some(transmit)),
        (c"receiveEof", Some(receive_eof)),
        (c"status", Some(status)),
        (c"offset", Some(offset)),
        (c"encode", Some(encode)),
        (c"encodeHeader", Some(encode_header)),
        (c"maskFrame", Some(mask_frame)),
        (c"applyMask", Some(apply_mask)),
        (c"ask", Some(ask)),
    ];
    // SAFETY: the functions of Node are looked up once in the program that loads us, which outlives us.
    unsafe { std::mem::forget(sys::setup()) };
    for (name, callback) in callbacks {
        // SAFETY: Node hands both to this entry.
        unsafe { value::export(env, exports, name, callback) };
    }
    exports
}
