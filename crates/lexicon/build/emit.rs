//! Writes the compiled lexicon: `terms.fst`, `senses.bin`, `concepts.rs`.

use crate::blocks::kind_variant;
use crate::join::{Concept, keys, words};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn write(concepts: &[Concept], folder: &Path) {
    let mut automaton = fst::MapBuilder::memory();
    let mut senses: Vec<u8> = Vec::new();
    for (key, list) in keys(concepts) {
        // Where the list begins, in senses, and how many there are.
        let value = (senses.len() as u64 / 4) << 8 | list.len().min(255) as u64;
        automaton.insert(key.as_bytes(), value).unwrap_or_else(|error| panic!("{key}: {error}"));
        for (at, class) in list {
            let packed = u32::try_from(at).unwrap_or(u32::MAX) << 4 | class as u32;
            senses.extend(packed.to_le_bytes());
        }
    }
    let automaton = automaton.into_inner().unwrap_or_else(|error| panic!("automaton: {error}"));
    let words = words(concepts);
    let spelling = words.iter().map(|(word, drug)| (word.clone(), u64::from(*drug)));
    save(folder, "words.fst", &map(spelling));
    // Two words of one sound stand side by side.
    let mut sounds: Vec<String> = words.keys().map(|w| format!("{} {w}", record::french::sound(w))).collect();
    sounds.sort();
    save(folder, "sounds.fst", &map(sounds.into_iter().map(|sound| (sound, 0))));
    save(folder, "terms.fst", &automaton);
    save(folder, "senses.bin", &senses);
    save(folder, "concepts.rs", source(concepts).as_bytes());
}

fn map(entries: impl Iterator<Item = (String, u64)>) -> Vec<u8> {
    let mut builder = fst::MapBuilder::memory();
    for (key, value) in entries {
        builder.insert(key.as_bytes(), value).unwrap_or_else(|error| panic!("{key}: {error}"));
    }
    builder.into_inner().unwrap_or_else(|error| panic!("automaton: {error}"))
}

fn save(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
}

fn source(concepts: &[Concept]) -> String {
    let mut out = String::from("pub(crate) static CONCEPTS: &[Concept] = &[\n");
    for concept in concepts {
        let draft = &concept.draft;
        let list = |items: Vec<String>| format!("&[{}]", items.join(", "));
        let texts = |items: &[String]| list(items.iter().map(|t| format!("{t:?}")).collect());
        let terms = draft.terms.iter().map(|(t, class)| format!("({t:?}, TermClass::{})", class.variant()));
        let codes = draft.codes.iter().map(|(system, code)| format!("({system:?}, {code:?})"));
        let relations = concept.relations.iter().map(|(kind, at)| format!("(Relation::{kind}, {at})"));
        let near = concept.near.iter().map(|(at, note)| format!("({at}, {note:?})"));
        let kind = kind_variant(&draft.kind)
            .unwrap_or_else(|| panic!("{}: kind `{}` is not known", draft.place, draft.kind));
        let written = writeln!(
            out,
            "Concept {{ label: {:?}, kind: ConceptKind::{kind}, terms: {}, cues: {}, codes: {}, \
             relations: {}, near: {}, units: {}, specimen: {:?}, source: {:?} }},",
            draft.label,
            list(terms.collect()),
            texts(&draft.cues),
            list(codes.collect()),
            list(relations.collect()),
            list(near.collect()),
            texts(&draft.units),
            draft.specimen,
            draft.source,
        );
        written.unwrap_or_else(|error| panic!("{error}"));
    }
    out.push_str("];\n");
    out
}
