//! The record by date.

use crate::policy::Grant;
use crate::query::{Cursor, Filters, Query};
use crate::view::View;
use crate::{Answer, QueryError, search};

/// The items that pass the filters, newest first, undated ones last: an answer to the empty query.
///
/// # Errors
/// A limit out of bounds, a foreign cursor, or a damaged pack.
pub fn timeline(
    view: &View,
    grant: &Grant,
    filters: Filters,
    limit: usize,
    cursor: Option<Cursor>,
) -> Result<Answer, QueryError> {
    search(view, grant, &Query { filters, limit, cursor, ..Query::new("") })
}
