//! How much memory is kept between uses: the one place that decides it.

use alloc::vec::Vec;

/// Octets of room that a buffer keeps for its next use. What it took beyond that, for a long message or a queue that grew, is
/// given back when it is done: so idle connections cost little, whatever they have seen. It is what a buffer has that grew by
/// doubling to hold 64 KiB and a header, a usual write: to give that back each time would cost a tenth of the writing.
pub const KEPT_CAPACITY: usize = 128 * 1024;

/// Octets of room from which on it is given back whole instead of being cut down: for large blocks allocators ask the system
/// each time they are cut and grow again.
const LARGE: usize = 2 * KEPT_CAPACITY;

/// Empties a buffer for its next use, and gives memory back beyond [`KEPT_CAPACITY`].
///
/// ```
/// let mut buffer = vec![0; 60_000_000];
/// wsproof_core::memory::empty(&mut buffer);
/// assert!(buffer.is_empty() && buffer.capacity() <= wsproof_core::memory::KEPT_CAPACITY);
/// ```
#[inline]
pub fn empty<T>(buffer: &mut Vec<T>) {
    buffer.clear();
    if buffer.capacity() > KEPT_CAPACITY / size_of::<T>().max(1) {
        give_back(buffer);
    }
}

#[cold]
fn give_back<T>(buffer: &mut Vec<T>) {
    let size = size_of::<T>().max(1);
    if buffer.capacity() > LARGE / size {
        *buffer = Vec::new();
    } else {
        buffer.shrink_to(KEPT_CAPACITY / size);
    }
}
