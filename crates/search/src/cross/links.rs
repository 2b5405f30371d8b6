//! Links between two items.

use super::{Cross, day, drug, last_day};
use crate::link::LinkKind;
use crate::row::Row;
use crate::view::View;
use lexicon::{ConceptId, ConceptKind, Relation};
use record::{Kind, french};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// More items than this on one day by one author are no single visit.
const LARGEST_VISIT: usize = 12;
/// A drug class is at most so many steps above a substance.
const STEPS_UP: usize = 4;

/// For each item, the items that it is linked with, each once by its strongest link, in order.
pub(super) fn links(view: &View, cross: &Cross) -> Vec<Vec<(u32, LinkKind)>> {
    let mut out = Links(vec![BTreeMap::new(); view.len()]);
    out.stated(view, cross);
    for group in &cross.drugs {
        out.all(group, LinkKind::Identity);
    }
    out.acts(view, cross);
    for visit in visits(view, cross).into_values().filter(|v| v.len() <= LARGEST_VISIT) {
        out.all(&visit, LinkKind::Visit);
    }
    out.concepts(view, cross);
    out.0.into_iter().map(|links| links.into_iter().collect()).collect()
}

struct Links(Vec<BTreeMap<u32, LinkKind>>);

impl Links {
    fn join(&mut self, a: u32, b: u32, kind: LinkKind) {
        if a != b {
            for (from, to) in [(a, b), (b, a)] {
                self.0[from as usize].entry(to).and_modify(|k| *k = (*k).min(kind)).or_insert(kind);
            }
        }
    }

    fn all(&mut self, items: &[u32], kind: LinkKind) {
        for (at, a) in items.iter().enumerate() {
            for b in &items[at + 1..] {
                self.join(*a, *b, kind);
            }
        }
    }

    /// What items say of each other. Of one that another stands for, what it says holds for that one.
    fn stated(&mut self, view: &View, cross: &Cross) {
        for i in (0..view.len()).filter(|i| cross.visible[*i]) {
            for older in view.replaced_by(i).iter().filter(|o| cross.visible[**o]) {
                self.join(i as u32, *older as u32, LinkKind::Stated);
            }
            let named = view.row(i).links.iter().filter_map(|reference| view.find(reference));
            for other in view.parent(i).into_iter().chain(named).filter(|o| cross.visible[*o]) {
                self.join(i as u32, other as u32, LinkKind::Stated);
                for twin in view.twins(i).iter().filter(|t| cross.shows(**t)) {
                    self.join(*twin as u32, other as u32, LinkKind::Stated);
                }
            }
        }
    }

    /// The same act on the same day, coded twice.
    fn acts(&mut self, view: &View, cross: &Cross) {
        let mut acts: BTreeMap<(&str, String), Vec<u32>> = BTreeMap::new();
        for (i, row) in cross.shown(view).filter(|(_, row)| row.id.kind() == Kind::Procedure) {
            let Some(day) = row.start.filter(|d| d.day().is_some()) else { continue };
            for key in row.about.iter().flatten() {
                acts.entry((key, day.to_string())).or_default().push(i as u32);
            }
        }
        acts.into_values().for_each(|same| self.all(&same, LinkKind::Identity));
    }

    /// Treatments with what they treat, measures with what they follow.
    fn concepts(&mut self, view: &View, cross: &Cross) {
        let mut by_target: HashMap<ConceptId, Vec<u32>> = HashMap::new();
        for (i, row) in cross.shown(view) {
            let targets = match row.id.kind() {
                Kind::Treatment => drug::substances(row).flat_map(upwards).collect(),
                Kind::Observation => measured(row),
                _ => continue,
            };
            targets.into_iter().for_each(|target| by_target.entry(target).or_default().push(i as u32));
        }
        let reasons = reasons(view, cross);
        let conditions: Vec<(usize, &Row)> =
            cross.shown(view).filter(|(_, row)| row.id.kind() == Kind::Condition).collect();
        for (i, row) in &conditions {
            // The first time that any entry of the condition tells.
            let same = conditions.iter().filter(|(_, other)| other.about == row.about);
            let onset = same.filter_map(|(_, other)| other.start).map(day).min();
            let after = |other: &u32| {
                let date = view.row(*other as usize).date().map(last_day);
                onset.is_none_or(|onset| date.is_none_or(|date| date >= onset))
            };
            let own = diseases(row);
            let treated = reasons.iter().filter(|(_, why)| !why.is_disjoint(&own)).map(|(other, _)| *other);
            // A reason that is given is the reason, whatever else the drug is for.
            let by_class = related(row)
                .into_iter()
                .flat_map(|target| by_target.get(&target).into_iter().flatten().copied())
                .filter(|other| !reasons.contains_key(other));
            let found: BTreeSet<u32> = treated.chain(by_class).filter(after).collect();
            found.into_iter().for_each(|other| self.join(*i as u32, other, LinkKind::Concept));
        }
    }
}

/// For each treatment of which the record says why it is taken, the concepts of the reason: what one entry says
/// holds for all of the same drug.
fn reasons(view: &View, cross: &Cross) -> HashMap<u32, BTreeSet<ConceptId>> {
    let mut out = HashMap::new();
    for group in &cross.drugs {
        let keys = group.iter().filter_map(|i| view.row(*i as usize).reasons.as_deref()).flatten();
        let ids: BTreeSet<ConceptId> = keys.flat_map(|key| upwards(key)).collect();
        if !ids.is_empty() {
            group.iter().for_each(|i| drop(out.insert(*i, ids.clone())));
        }
    }
    out
}

/// The diseases that a condition is.
fn diseases(row: &Row) -> BTreeSet<ConceptId> {
    let own = row.about.iter().flatten().filter_map(|key| lexicon::id_by_key(key));
    let disease = |id: &ConceptId| {
        lexicon::concept(*id).is_some_and(|c| matches!(c.kind, ConceptKind::Disease | ConceptKind::Symptom))
    };
    own.filter(disease).collect()
}

/// Day and author of what takes place in a visit.
fn visits(view: &View, cross: &Cross) -> BTreeMap<(String, String), Vec<u32>> {
    let mut visits: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
    for i in (0..view.len()).filter(|i| cross.visible[*i]) {
        let row = view.row(i);
        let takes_place = matches!(row.id.kind(), Kind::Document | Kind::Event | Kind::Procedure);
        let day = row.start.filter(|d| d.day().is_some() && takes_place && row.parent.is_none());
        let Some(day) = day else { continue };
        let names: BTreeSet<String> =
            row.authors.iter().filter_map(|a| a.name.as_deref()).map(french::fold).collect();
        for name in names {
            visits.entry((day.to_string(), name)).or_default().push(i as u32);
        }
    }
    visits
}

/// The concept of a key, and the classes above it.
pub(crate) fn upwards(key: &str) -> BTreeSet<ConceptId> {
    let mut found = BTreeSet::new();
    let mut next: Vec<ConceptId> = lexicon::id_by_key(key).into_iter().collect();
    for _ in 0..=STEPS_UP {
        let mut above = Vec::new();
        for id in next {
            if found.insert(id) {
                above.extend(lexicon::targets(id, Relation::Broader));
            }
        }
        next = above;
    }
    found
}

/// The measures that an observation is of.
fn measured(row: &Row) -> BTreeSet<ConceptId> {
    let own = row.about.iter().flatten().filter_map(|key| lexicon::id_by_key(key));
    own.filter(|id| lexicon::concept(*id).is_some_and(|c| c.kind == ConceptKind::Laboratory)).collect()
}

/// What treats a condition and what measures it, by its own concepts and those above them.
fn related(row: &Row) -> BTreeSet<ConceptId> {
    let own = row.about.iter().flatten().flat_map(|key| upwards(key));
    let diseases = own
        .filter_map(lexicon::concept)
        .filter(|c| matches!(c.kind, ConceptKind::Disease | ConceptKind::Symptom));
    let relations = diseases.flat_map(|c| c.relations);
    let wanted = |relation: &Relation| matches!(relation, Relation::TreatedBy | Relation::MeasuredBy);
    relations.filter(|(relation, _)| wanted(relation)).map(|(_, target)| *target).collect()
}
