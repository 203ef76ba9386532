//! Streams of the backend that no connection uses at the moment: those without context takeover need one only while a message
//! is made or read, and a new one costs more than most messages do.

use alloc::vec::Vec;
use core::cell::RefCell;

use zlib_rs::{Deflate, DeflateConfig, Inflate};

/// Streams of each kind that a thread keeps. The rest is given back.
const KEPT: usize = 4;

/// What of its settings tells a deflater from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) level: u8,
    /// 9 to 15.
    pub(super) window_bits: u8,
    pub(super) mem_level: u8,
}

struct Pool {
    deflaters: Vec<(Kind, Deflate)>,
    inflaters: Vec<(Inflate, Vec<u8>)>,
}

std::thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { deflaters: Vec::new(), inflaters: Vec::new() }) };
}

/// A deflater at its start.
pub(super) fn deflater(kind: Kind) -> Deflate {
    let pooled = POOL.try_with(|pool| {
        let deflaters = &mut pool.borrow_mut().deflaters;
        deflaters.iter().position(|(of, _)| *of == kind).map(|at| deflaters.swap_remove(at).1)
    });
    if let Ok(Some(mut stream)) = pooled {
        stream.reset();
        return stream;
    }
    Deflate::new_with_config(DeflateConfig {
        level: i32::from(kind.level),
        window_bits: -i32::from(kind.window_bits),
        mem_level: i32::from(kind.mem_level),
        ..DeflateConfig::default()
    })
}

/// Takes a deflater that is done with its message.
pub(super) fn take_deflater(kind: Kind, stream: Deflate) {
    // A thread that ends has none any more.
    let _ = POOL.try_with(|pool| {
        let deflaters = &mut pool.borrow_mut().deflaters;
        if deflaters.len() == KEPT {
            deflaters.remove(0);
        }
        deflaters.push((kind, stream));
    });
}

/// An inflater at its start, and a buffer of some length for what it makes.
pub(super) fn inflater(window_bits: u8) -> (Inflate, Vec<u8>) {
    match POOL.try_with(|pool| pool.borrow_mut().inflaters.pop()) {
        Ok(Some((mut stream, buffer))) => {
            stream.reset(false);
            (stream, buffer)
        }
        _ => (Inflate::new(false, window_bits), Vec::new()),
    }
}

/// Takes an inflater that is done with its message, and its buffer.
pub(super) fn take_inflater(stream: Inflate, buffer: Vec<u8>) {
    let _ = POOL.try_with(|pool| {
        let inflaters = &mut pool.borrow_mut().inflaters;
        if inflaters.len() < KEPT {
            inflaters.push((stream, buffer));
        }
    });
}
