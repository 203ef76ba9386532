//! What JavaScript holds, by handle.

use std::collections::BTreeMap;

use wsproof_scenarios::{CaseRef, Outcome, OwnedSession};

/// What a handle stands for.
pub(crate) enum Object {
    /// A case.
    Case(CaseRef),
    /// A session.
    Session(Box<OwnedSession>),
    /// What became of a case.
    Outcome(Box<Outcome>),
}

/// All that has not been given back.
pub(crate) struct Objects {
    all: BTreeMap<u32, Object>,
    last: u32,
}

impl Objects {
    pub(crate) const fn new() -> Self {
        Self { all: BTreeMap::new(), last: 0 }
    }

    /// Keeps an object; its handle, which is not 0.
    pub(crate) fn add(&mut self, object: Object) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.last != 0 && !self.all.contains_key(&self.last) {
                break;
            }
        }
        self.all.insert(self.last, object);
        self.last
    }

    pub(crate) fn free(&mut self, handle: u32) {
        self.all.remove(&handle);
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn case(&self, handle: u32) -> Result<&CaseRef, String> {
        match self.all.get(&handle) {
            Some(Object::Case(case)) => Ok(case),
            _ => Err("a case of this engine is wanted".to_owned()),
        }
    }

    pub(crate) fn session(&mut self, handle: u32) -> Result<&mut OwnedSession, String> {
        match self.all.get_mut(&handle) {
            Some(Object::Session(session)) => Ok(session),
            _ => Err("a session of this engine is wanted".to_owned()),
        }
    }

    pub(crate) fn outcome(&self, handle: u32) -> Result<&Outcome, String> {
        match self.all.get(&handle) {
            Some(Object::Outcome(outcome)) => Ok(outcome),
            _ => Err("an outcome of this engine is wanted".to_owned()),
        }
    }
}
