//! Links between the items of a record: what they state of each other, and what one visit has in common.
//!
//! A link is evidence, never certainty: a result that is here by a link says by which. Links are of the
//! record; who looks follows only those whose both ends are visible.

use crate::row::Row;
use crate::view::View;
use record::{Kind, french};
use std::collections::BTreeMap;

/// How two items are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// One of them says so: a reference, an entry of a document.
    Stated,
    /// Same day and same author: one visit.
    Visit,
}

impl LinkKind {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LinkKind::Stated => "stated",
            LinkKind::Visit => "visit",
        }
    }

    /// What the link rests on, in French: "rattaché à … ".
    pub(crate) fn evidence(self) -> &'static str {
        match self {
            LinkKind::Stated => "par ce que dit le dossier",
            LinkKind::Visit => "par la date et l'auteur",
        }
    }

    /// What of a result's score an item gets that is linked to it.
    pub(crate) fn share(self) -> f32 {
        match self {
            LinkKind::Stated => 0.5,
            LinkKind::Visit => 0.4,
        }
    }
}

/// More items than this on one day by one author are no single visit.
const LARGEST_VISIT: usize = 12;

/// For each item, the items that it is linked with, each once, in order.
pub(crate) fn links(view: &View) -> Vec<Vec<(u32, LinkKind)>> {
    let mut out: Vec<BTreeMap<u32, LinkKind>> = vec![BTreeMap::new(); view.len()];
    let mut join = |a: usize, b: usize, kind: LinkKind| {
        if a != b {
            for (from, to) in [(a, b), (b, a)] {
                out[from].entry(to as u32).and_modify(|k| *k = (*k).min(kind)).or_insert(kind);
            }
        }
    };
    let mut visits: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for i in 0..view.len() {
        let row = view.row(i);
        let named = row.links.iter().filter_map(|reference| view.find(reference));
        for other in view.parent(i).into_iter().chain(named) {
            join(i, other, LinkKind::Stated);
        }
        for key in visit_keys(row) {
            visits.entry(key).or_default().push(i);
        }
    }
    for visit in visits.into_values().filter(|v| v.len() <= LARGEST_VISIT) {
        for (at, a) in visit.iter().enumerate() {
            for b in &visit[at + 1..] {
                join(*a, *b, LinkKind::Visit);
            }
        }
    }
    out.into_iter().map(|links| links.into_iter().collect()).collect()
}

/// Day and author, for items that take place in a visit.
fn visit_keys(row: &Row) -> Vec<(String, String)> {
    let takes_place = matches!(row.id.kind(), Kind::Document | Kind::Event | Kind::Procedure);
    let Some(day) = row.start.filter(|d| d.day().is_some() && takes_place && row.parent.is_none()) else {
        return Vec::new();
    };
    let day = day.to_string();
    let names = row.authors.iter().filter_map(|a| a.name.as_deref()).map(french::fold);
    names.map(|name| (day.clone(), name)).collect()
}
