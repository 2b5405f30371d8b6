//! Drafts → concepts whose relations point at concepts, and the analysed keys of their terms.

use crate::blocks::{Class, Draft};
use record::french::{fold, is_function_word, tokens};
use std::collections::{BTreeMap, HashMap};

/// A draft with its place in the table.
pub(crate) struct Concept {
    pub(crate) draft: Draft,
    /// Kind of relation, and the place of the target.
    pub(crate) relations: Vec<(&'static str, usize)>,
    /// Place and note of concepts that look alike and are not.
    pub(crate) near: Vec<(usize, String)>,
}

/// Relations and look-alikes of a concept, by place.
type Resolved = (Vec<(&'static str, usize)>, Vec<(usize, String)>);

/// Sorts the concepts by label and resolves what they say of each other.
pub(crate) fn join(mut drafts: Vec<Draft>) -> Vec<Concept> {
    drafts.sort_by(|a, b| a.label.cmp(&b.label));
    for pair in drafts.windows(2) {
        assert!(
            fold(&pair[0].label) != fold(&pair[1].label),
            "{}: the concept `{}` is at {} too",
            pair[1].place,
            pair[1].label,
            pair[0].place
        );
    }
    no_term_in_two_without_a_note(&drafts);
    let mut places: HashMap<String, usize> = HashMap::new();
    for wanted in [Class::Preferred, Class::Clinical] {
        for (at, draft) in drafts.iter().enumerate() {
            for (term, class) in draft.terms.iter().filter(|(_, class)| *class == wanted) {
                debug_assert!(*class == wanted);
                places.entry(fold(term)).or_insert(at);
            }
        }
    }
    let resolve = |draft: &Draft, target: &str| {
        let missing =
            || panic!("{}: `{}` points at `{target}`, which is no concept", draft.place, draft.label);
        places.get(&fold(target)).copied().unwrap_or_else(missing)
    };
    let resolved: Vec<Resolved> = drafts
        .iter()
        .map(|draft| {
            let relations = draft.relations.iter().map(|(kind, target)| (*kind, resolve(draft, target)));
            let near = draft
                .near
                .iter()
                .filter_map(|(label, note)| places.get(&fold(label)).map(|at| (*at, note.clone())));
            (relations.collect(), near.collect())
        })
        .collect();
    let join = |(draft, (relations, near))| Concept { draft, relations, near };
    drafts.into_iter().zip(resolved).map(join).collect()
}

/// A term that two concepts have stands in a `shared` line, with its reason. Abbreviations have several senses by
/// nature, and brands come from a table.
fn no_term_in_two_without_a_note(drafts: &[Draft]) {
    let mut owners: HashMap<String, &Draft> = HashMap::new();
    // Calcitriol is measured, and prescribed: tables give the second sense without asking.
    for draft in drafts.iter().filter(|draft| draft.place.contains(".txt:")) {
        for (term, _) in draft.terms.iter().filter(|(_, class)| *class <= Class::Lay) {
            let term = fold(term);
            if let Some(other) = owners.get(&term).filter(|other| other.label != draft.label) {
                let noted = other.shared.contains(&term) || draft.shared.contains(&term);
                assert!(
                    noted,
                    "{}: `{term}` is a term of `{}` too, without a note",
                    draft.place, other.label
                );
            }
            owners.entry(term).or_insert(draft);
        }
    }
}

/// A way to say a concept: the place of the concept, and the class of the term.
pub(crate) type Sense = (usize, Class);

/// From the analysed key of each term to its senses.
pub(crate) fn keys(concepts: &[Concept]) -> BTreeMap<String, Vec<Sense>> {
    let mut out: BTreeMap<String, Vec<Sense>> = BTreeMap::new();
    for (at, concept) in concepts.iter().enumerate() {
        for (term, class) in &concept.draft.terms {
            let senses = out.entry(key(term, *class)).or_default();
            if !senses.iter().any(|(other, _)| *other == at) {
                senses.push((at, *class));
            }
        }
    }
    out.remove("");
    for senses in out.values_mut() {
        senses.sort_by_key(|(at, class)| (*class, *at));
    }
    out
}

/// The stems of a term's content words. An abbreviation keeps all its words: `TA` is none of the words that
/// hold sentences together.
fn key(term: &str, class: Class) -> String {
    let folded = fold(term);
    let content = |surface: &str| class == Class::Abbreviation || !is_function_word(surface);
    let words = tokens(&folded).into_iter().filter(|token| content(&token.surface));
    words.map(|t| t.stems.into_iter().next().unwrap_or(t.surface)).collect::<Vec<_>>().join(" ")
}

/// Words of the terms, folded, of four letters and more; and whether a word stands in names of drugs alone.
pub(crate) fn words(concepts: &[Concept]) -> BTreeMap<String, bool> {
    let mut out: BTreeMap<String, bool> = BTreeMap::new();
    for concept in concepts {
        for (term, class) in &concept.draft.terms {
            let drug = concept.draft.kind == "drug";
            let spelt = |surface: &str| surface.len() > 3 && surface.chars().all(|c| c.is_ascii_lowercase());
            let words = tokens(&fold(term)).into_iter().map(|t| t.surface).filter(|s| spelt(s));
            for word in words.filter(|_| *class != Class::Abbreviation) {
                *out.entry(word).or_insert(true) &= drug;
            }
        }
    }
    out
}
