//! Folding: versions of one document, the same document by two channels, the same statement twice.
//!
//! Only what the grant sees takes part: a hidden newer version neither hides nor counts.

use crate::view::View;
use record::Status;

/// What folding decided, for each item.
#[derive(Debug)]
pub(crate) struct Folded {
    /// Effective availability: superseded where a visible item replaces it.
    pub(crate) status: Vec<Status>,
    /// Whether another item stands for it.
    pub(crate) hidden: Vec<bool>,
}

pub(crate) fn fold(view: &View, visible: &[bool]) -> Folded {
    let mut status: Vec<Status> = (0..view.len()).map(|i| view.status(i)).collect();
    for newer in (0..view.len()).filter(|i| visible[*i]) {
        for older in view.replaced_by(newer) {
            if status[*older] == Status::Current {
                status[*older] = Status::Superseded;
            }
        }
    }
    let mut hidden = vec![false; view.len()];
    for i in (0..view.len()).filter(|i| visible[*i] && !view.twins(*i).is_empty()) {
        hidden[i] =
            view.twins(i).iter().any(|t| visible[*t] && status[*t] == status[i] && preferred(view, *t, i));
    }
    Folded { status, hidden }
}

/// Of two that say the same: the record's own entry before what a document states, then by reference.
fn preferred(view: &View, a: usize, b: usize) -> bool {
    let key = |i: usize| (view.parent(i).is_some(), &view.row(i).id);
    key(a) < key(b)
}

/// How many visible versions the item has, itself included: those that it replaces, transitively, and its
/// twins among documents.
pub(crate) fn versions(view: &View, visible: &[bool], item: usize) -> usize {
    let mut seen = vec![item];
    let mut next = 0;
    while let Some(i) = seen.get(next).copied() {
        next += 1;
        let older = view.replaced_by(i).iter().chain(view.twins(i)).copied();
        for other in older.filter(|o| visible[*o] && view.parent(*o).is_none()) {
            if !seen.contains(&other) {
                seen.push(other);
            }
        }
    }
    seen.len()
}
