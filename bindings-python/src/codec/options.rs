//! Arguments that several classes take.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use wsproof_core::Role;
use wsproof_core::message::Limits;

/// `"client"` or `"server"`.
pub(super) struct Side(pub(super) Role);

impl<'a, 'py> FromPyObject<'a, 'py> for Side {
    type Error = PyErr;

    fn extract(role: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match role.extract::<&str>()? {
            "client" => Ok(Self(Role::Client)),
            "server" => Ok(Self(Role::Server)),
            other => Err(PyValueError::new_err(format!("role is \"client\" or \"server\", not {other:?}"))),
        }
    }
}

/// The name of a role.
pub(super) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
    }
}

/// Bounds on what is received; `None` leaves the default of the core.
pub(super) fn limits(max_frame: Option<u64>, max_message: Option<u64>, max_fragments: Option<u32>) -> Limits {
    let default = Limits::default();
    Limits {
        max_frame: max_frame.unwrap_or(default.max_frame),
        max_message: max_message.unwrap_or(default.max_message),
        max_fragments: max_fragments.unwrap_or(default.max_fragments),
    }
}
