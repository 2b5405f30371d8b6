//! French patient words and the codes behind them.
//!
//! **Purpose.** What the engine knows before it has seen a record: document types, classes and categories
//! with the words that patients use for them; specialties and what people call those who practise them;
//! kinds of places; months; and how common a term is in French text.
//!
//! **Key decision.** The knowledge is plain text in `data/`, compiled in and parsed once: a change of a
//! word is one line of a diff, and two builds of one commit know the same. A word stands in the data only
//! if it holds for everything it points to, because a search for it will return all of that.
//!
//! **What it does not do.** It reads no file and no clock, knows no record, and analyses no sentence: it
//! looks up words that its callers have cut out.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may panic"))]

mod calendar;
mod concept;
mod document;
mod frequency;
mod place;
mod recognise;
mod specialty;
mod spelling;
mod table;

pub use calendar::{month_name, month_number};
pub use concept::{
    Concept, ConceptId, ConceptKind, Relation, TermClass, by_key, concept, concepts, concepts_of, id_by_key,
    related_to, targets,
};
pub use document::{
    DocumentType, category_of, category_synonyms, class_label, document_type, document_types,
};
pub use frequency::{NATIONAL_DOCUMENTS, national_document_frequency};
pub use place::{facility_label, practice_setting_label};
pub use recognise::{Mention, Register, Sense, is_term, mentions};
pub use specialty::{Specialty, specialties, specialty, specialty_label};
pub use spelling::{Candidate, candidates, is_word};
