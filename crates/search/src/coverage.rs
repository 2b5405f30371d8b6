//! What of the record is searched, as far as the grant sees.

use crate::answer::{Coverage, Unreadable};
use crate::policy::Grant;
use crate::view::View;
use record::{Fault, Kind, Outcome};

impl View {
    /// The coverage of the record for who holds the grant.
    #[must_use]
    pub fn coverage(&self, grant: &Grant) -> Coverage {
        coverage(self, &self.visible(grant))
    }
}

pub(crate) fn coverage(view: &View, visible: &[bool]) -> Coverage {
    let mut out = Coverage::default();
    for i in (0..view.len()).filter(|i| visible[*i] && view.row(*i).id.kind() == Kind::Document) {
        let row = view.row(i);
        out.documents += 1;
        let by_text = matches!(view.outcome(i), Some(Outcome::Read | Outcome::Partly(_)));
        out.by_meaning += usize::from(by_text && view.meaning().is_some_and(|m| m.reaches(i)));
        let mut unreadable = |fault: Fault, partly: bool| {
            out.unreadable.push(Unreadable { item: row.id.clone(), fault, partly });
        };
        match view.outcome(i) {
            Some(Outcome::Read) => out.searched += 1,
            Some(Outcome::Partly(faults)) => {
                out.searched += 1;
                faults.iter().for_each(|fault| unreadable(*fault, true));
            }
            Some(Outcome::Unread(Fault::Waiting)) => out.pending += 1,
            Some(Outcome::Unread(fault)) => unreadable(*fault, false),
            None if row.readable => out.pending += 1,
            None => unreadable(Fault::Missing, false),
        }
    }
    out.unreadable.sort_by(|a, b| a.item.cmp(&b.item).then(a.fault.cmp(&b.fault)));
    out
}
