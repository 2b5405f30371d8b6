//! Who may see what: a grant is made here, from a verified actor, and nowhere else.
//!
//! The rules are those of the DMP (CSP R1111-46 to R1111-53) and of the profession matrix, which is data.
//! Deny by default: an unknown profession, type or flag is refused.

mod actor;
mod grant;
mod matrix;

pub use actor::{Actor, Purpose, Role};
pub use grant::{Denied, Grant, Subject};
pub use matrix::{Matrix, MatrixError};
