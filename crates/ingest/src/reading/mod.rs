//! What files of other kinds than CDA say.

use crate::{Limits, MediaType};
use record::{Outcome, Page};

pub(crate) fn embedded(
    _media: MediaType,
    _bytes: &[u8],
    _limits: &Limits,
) -> (Vec<Page>, Outcome, Vec<String>) {
    unimplemented!()
}
