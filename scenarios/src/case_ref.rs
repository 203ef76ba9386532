//! A case that is cheap to clone: a built-in one, or one of the user's own.

use std::ops::Deref;
use std::sync::Arc;

use crate::case::Case;

/// A case of the [catalogue](crate::catalogue), or a shared one that somebody wrote. Cheap to clone; it reads as a
/// [`Case`].
///
/// ```
/// use wsproof_scenarios::{CaseRef, catalogue};
///
/// let case = CaseRef::from(&catalogue::all()[0]);
/// assert_eq!(case.id.to_string(), "1.1.1");
/// ```
#[derive(Debug, Clone)]
pub struct CaseRef(Held);

#[derive(Debug, Clone)]
enum Held {
    BuiltIn(&'static Case),
    Own(Arc<Case>),
}

impl Deref for CaseRef {
    type Target = Case;

    fn deref(&self) -> &Case {
        match &self.0 {
            Held::BuiltIn(case) => case,
            Held::Own(case) => case,
        }
    }
}

impl PartialEq for CaseRef {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<&'static Case> for CaseRef {
    fn from(case: &'static Case) -> Self {
        Self(Held::BuiltIn(case))
    }
}

impl From<&&'static Case> for CaseRef {
    fn from(case: &&'static Case) -> Self {
        Self(Held::BuiltIn(case))
    }
}

impl From<Case> for CaseRef {
    fn from(case: Case) -> Self {
        Self(Held::Own(Arc::new(case)))
    }
}

impl From<&Self> for CaseRef {
    fn from(case: &Self) -> Self {
        case.clone()
    }
}
