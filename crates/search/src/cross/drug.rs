//! Entries of one drug: a statement, its prescriptions and dispensations, under whatever brand.

use super::{Cross, day};
use crate::row::Row;
use crate::view::View;
use lexicon::ConceptKind;
use record::Kind;
use record::french::{TokenKind, fold, tokens};
use std::collections::BTreeMap;

/// What makes two treatments the same: their substances or, where the lexicon knows none, their name up to
/// the first number.
pub(crate) fn key(row: &Row) -> String {
    let substances: Vec<&str> = substances(row).collect();
    if !substances.is_empty() {
        return substances.join("+");
    }
    let title = fold(&row.title);
    let tokens = tokens(&title);
    let name = tokens.iter().take_while(|t| t.kind == TokenKind::Word).map(|t| t.surface.as_str());
    let name: Vec<&str> = name.collect();
    if name.is_empty() { title } else { name.join(" ") }
}

/// Keys of the substances of a treatment, sorted.
pub(crate) fn substances(row: &Row) -> impl Iterator<Item = &str> {
    // "Comprimé" is no substance: those have a code.
    let is_drug = |key: &&str| {
        lexicon::by_key(key).is_some_and(|c| {
            c.kind == ConceptKind::Drug && c.codes.iter().any(|(system, _)| *system == "atc")
        })
    };
    row.about.iter().flatten().map(String::as_str).filter(is_drug)
}

/// The visible treatments by drug, oldest first in each group.
pub(super) fn groups(view: &View, cross: &Cross) -> Vec<Vec<u32>> {
    let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (i, row) in cross.shown(view).filter(|(_, row)| row.id.kind() == Kind::Treatment) {
        groups.entry(key(row)).or_default().push(i as u32);
    }
    let mut groups: Vec<Vec<u32>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|i| {
            let row = view.row(*i as usize);
            (row.date().map(day), row.id.clone())
        });
    }
    groups
}
