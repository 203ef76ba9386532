//! Objects by number, because JavaScript could free a pointer twice.

use wsproof_core::memory;

use crate::endpoint::Endpoint;
use crate::table::{EVENT, HEAD};

/// The endpoints of one JavaScript thread.
#[derive(Debug, Default)]
pub struct Endpoints {
    places: Vec<Option<Endpoint>>,
    /// Places that are empty: each of these is `None` above.
    free: Vec<u32>,
    /// What the last input held in compressed messages.
    inflated: Vec<u8>,
}

impl Endpoints {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new(), inflated: Vec::new() }
    }

    /// Keeps an endpoint and names it; 0 is never a name.
    pub fn add(&mut self, endpoint: Endpoint) -> u32 {
        if let Some(at) = self.free.pop() {
            self.places[at as usize] = Some(endpoint);
            return at + 1;
        }
        self.places.push(Some(endpoint));
        self.places.len() as u32
    }

    /// The endpoint of this name, if there is one.
    #[inline]
    pub fn get(&mut self, handle: u32) -> Option<&mut Endpoint> {
        self.places.get_mut(handle.wrapping_sub(1) as usize)?.as_mut()
    }

    /// See [`Endpoint::feed`].
    #[inline]
    pub fn feed(&mut self, handle: u32, input: &mut [u8], table: &mut [u32]) {
        memory::empty(&mut self.inflated);
        if let Some(endpoint) = self.places.get_mut(handle.wrapping_sub(1) as usize).and_then(Option::as_mut)
        {
            endpoint.feed(input, table, &mut self.inflated);
        } else {
            table.iter_mut().take(HEAD).for_each(|word| *word = 0);
        }
    }

    /// See [`Endpoint::pass`].
    pub fn pass(&mut self, handle: u32, head: &mut [u8], rest: u64, row: &mut [u32; EVENT]) -> u64 {
        self.get(handle).map_or(0, |endpoint| endpoint.pass(head, rest, row))
    }

    /// The octets that the last [`feed`](Self::feed) inflated.
    #[must_use]
    pub fn inflated(&self) -> &[u8] {
        &self.inflated
    }

    /// Gives back what a long message took, once those octets are copied.
    pub fn release_inflated(&mut self) {
        memory::empty(&mut self.inflated);
    }

    /// Replaces an endpoint by what it becomes.
    #[cfg(feature = "full")]
    pub(crate) fn change(&mut self, handle: u32, change: impl FnOnce(Endpoint) -> Endpoint) -> bool {
        let place = self.places.get_mut(handle.wrapping_sub(1) as usize);
        let Some((place, endpoint)) = place.and_then(|place| place.take().map(|endpoint| (place, endpoint)))
        else {
            return false;
        };
        *place = Some(change(endpoint));
        true
    }

    /// Gives its memory back; a name without endpoint is no fault.
    pub fn free(&mut self, handle: u32) {
        let at = handle.wrapping_sub(1);
        if let Some(place) = self.places.get_mut(at as usize)
            && place.take().is_some()
        {
            self.free.push(at);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
