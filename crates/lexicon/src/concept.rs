//! Concepts of the patient's French: what is meant, how people and professionals say it, its codes, and what
//! it has to do with other concepts.
//!
//! The concepts are static data, made by the build script from `data/concepts`, `data/abbreviations.tsv` and
//! `data/derived/drugs.tsv`: nothing is parsed when the program starts.

include!(concat!(env!("OUT_DIR"), "/concepts.rs"));

/// The place of a concept in [`concepts`]. It holds for one build: what is stored names concepts by
/// [`Concept::key`].
pub type ConceptId = u32;

/// What kind of thing a concept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConceptKind {
    /// A disease.
    Disease,
    /// A symptom or a complaint.
    Symptom,
    /// An imaging, endoscopic or functional examination.
    Examination,
    /// A laboratory or vital measure.
    Laboratory,
    /// A procedure, an operation, a care.
    Act,
    /// A device or an aid.
    Device,
    /// A part of the body.
    BodyPart,
    /// A substance.
    Drug,
    /// A class of drugs.
    DrugClass,
    /// A vaccine.
    Vaccine,
    /// A specialty, and those who practise it.
    Specialty,
    /// A type of document.
    DocumentType,
    /// Papers, rights and services around care.
    Administrative,
}

/// Who says a term so. The order is that of trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TermClass {
    /// The preferred clinical term.
    Preferred,
    /// Another clinical term.
    Clinical,
    /// What patients say.
    Lay,
    /// An abbreviation; it may have other senses.
    Abbreviation,
    /// The brand of a drug.
    Brand,
}

/// How a concept relates to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The target measures this.
    MeasuredBy,
    /// The target treats this.
    TreatedBy,
    /// The target examines this.
    ExaminedBy,
    /// The target, a specialty, cares for this.
    FollowedBy,
    /// This is a part of the target.
    PartOf,
    /// The target is more general.
    Broader,
}

/// A concept.
#[derive(Debug)]
pub struct Concept {
    /// Preferred clinical term.
    pub label: &'static str,
    /// What kind of thing it is.
    pub kind: ConceptKind,
    /// All terms with their class, the preferred one first.
    pub terms: &'static [(&'static str, TermClass)],
    /// Words whose nearness speaks for this sense of its abbreviations, folded.
    pub cues: &'static [&'static str],
    /// Codes: system (`cim10`, `loinc`, `ccam`, `atc`) and code.
    pub codes: &'static [(&'static str, &'static str)],
    /// Relations to other concepts.
    pub relations: &'static [(Relation, ConceptId)],
    /// Concepts that look alike and are not the same, with the difference in words.
    pub near: &'static [(ConceptId, &'static str)],
    /// Units of a measure: the first is the reference, others as `unit=factor to the first`.
    pub units: &'static [&'static str],
    /// What a laboratory measure is made on: `sang`, `urine`…; empty for every other concept.
    pub specimen: &'static str,
    /// Where the entry comes from.
    pub source: &'static str,
}

impl Concept {
    /// The name under which an index knows the concept: the folded label. It stays as long as the label does.
    #[must_use]
    pub fn key(&self) -> String {
        record::french::fold(self.label)
    }
}

/// All concepts, sorted by label.
#[must_use]
pub fn concepts() -> &'static [Concept] {
    CONCEPTS
}

/// The concept at a place; `None` beyond the end.
#[must_use]
pub fn concept(id: ConceptId) -> Option<&'static Concept> {
    CONCEPTS.get(id as usize)
}

/// The concept of that [`Concept::key`].
#[must_use]
pub fn by_key(key: &str) -> Option<&'static Concept> {
    concept(id_by_key(key)?)
}

/// The place of the concept of that [`Concept::key`].
#[must_use]
pub fn id_by_key(key: &str) -> Option<ConceptId> {
    static BY_KEY: std::sync::OnceLock<std::collections::HashMap<String, ConceptId>> =
        std::sync::OnceLock::new();
    let by_key = BY_KEY
        .get_or_init(|| (0..).zip(CONCEPTS).map(|(at, c): (ConceptId, &Concept)| (c.key(), at)).collect());
    by_key.get(key).copied()
}

/// The targets of a concept's relations of a kind.
pub fn targets(id: ConceptId, relation: Relation) -> impl Iterator<Item = ConceptId> {
    let relations = concept(id).map_or(&[][..], |c| c.relations);
    relations.iter().filter(move |(own, _)| *own == relation).map(|(_, target)| *target)
}

/// Concepts that relate to `id` by `relation`: those that name it as their target.
#[must_use]
pub fn related_to(id: ConceptId, relation: Relation) -> &'static [ConceptId] {
    reverse().get(&(id, relation)).map_or(&[], Vec::as_slice)
}

/// Concepts that a code names: for CIM-10 and ATC also those of the code's categories, narrowest first.
/// `system` is `cim10`, `loinc`, `ccam` or `atc`; a CIM-10 code may have its dot.
#[must_use]
pub fn concepts_of(system: &str, code: &str) -> Vec<ConceptId> {
    let plain: String = code.chars().filter(|c| *c != '.').collect();
    let shortest = match system {
        "cim10" => 3,
        "atc" => 1,
        _ => plain.len(),
    };
    let prefixes = (shortest.min(plain.len())..=plain.len()).rev().filter_map(|end| plain.get(..end));
    let named = prefixes.filter_map(|prefix| by_code().get(&(system, prefix)));
    named.flatten().copied().collect()
}

type ByCode = std::collections::HashMap<(&'static str, &'static str), Vec<ConceptId>>;

fn by_code() -> &'static ByCode {
    static BY_CODE: std::sync::OnceLock<ByCode> = std::sync::OnceLock::new();
    BY_CODE.get_or_init(|| {
        let mut by_code = ByCode::new();
        for (at, concept) in (0..).zip(CONCEPTS) {
            for code in concept.codes {
                by_code.entry(*code).or_default().push(at);
            }
        }
        by_code
    })
}

type Reverse = std::collections::HashMap<(ConceptId, Relation), Vec<ConceptId>>;

fn reverse() -> &'static Reverse {
    static REVERSE: std::sync::OnceLock<Reverse> = std::sync::OnceLock::new();
    REVERSE.get_or_init(|| {
        let mut reverse = Reverse::new();
        for (at, concept) in (0..).zip(CONCEPTS) {
            for (relation, target) in concept.relations {
                reverse.entry((*target, *relation)).or_default().push(at);
            }
        }
        reverse
    })
}
