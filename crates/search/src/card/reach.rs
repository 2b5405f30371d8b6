//! How far a concept reaches: what is narrower, what protects against it, what treats it.

use crate::concept::narrower;
use lexicon::{ConceptId, ConceptKind, Relation};
use std::collections::BTreeSet;

/// Keys of a concept and of what is narrower.
pub(super) fn closure(id: ConceptId) -> BTreeSet<String> {
    const STEPS: usize = 4;
    let mut found = BTreeSet::new();
    let mut next = vec![id];
    for _ in 0..=STEPS {
        let mut below = Vec::new();
        for id in next {
            if found.insert(id) {
                below.extend(narrower(id));
            }
        }
        next = below;
    }
    found.into_iter().filter_map(|id| Some(lexicon::concept(id)?.key())).collect()
}

/// Keys of a vaccine with those that hold it, or of a disease with the vaccines that are told apart from it.
pub(super) fn protecting(id: ConceptId) -> BTreeSet<String> {
    let mut out = closure(id);
    let near =
        |concept: &lexicon::Concept, other: ConceptId| concept.near.iter().any(|(near, _)| *near == other);
    let own = lexicon::concept(id);
    for (vaccine, concept) in (0..).zip(lexicon::concepts()) {
        let told_apart = near(concept, id) || own.is_some_and(|own| near(own, vaccine));
        if concept.kind == ConceptKind::Vaccine && told_apart {
            out.extend(closure(vaccine));
        }
    }
    out
}

/// What treats a disease; what treats the disease that a measure stands for, as "tension" does.
pub(super) fn treated_by(id: ConceptId) -> BTreeSet<ConceptId> {
    let mut out = BTreeSet::new();
    let above =
        crate::cross::upwards(lexicon::concept(id).map(lexicon::Concept::key).unwrap_or_default().as_str());
    let measured = lexicon::related_to(id, Relation::MeasuredBy).iter().copied();
    for disease in above.into_iter().chain(measured) {
        out.extend(lexicon::targets(disease, Relation::TreatedBy));
    }
    out
}
