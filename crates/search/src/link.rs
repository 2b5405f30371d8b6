//! Kinds of link between items of a record.
//!
//! A link is evidence, never certainty: a result that is here by a link says by which.

/// How two items are linked. The order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// One of them says so: a reference, an entry of a document.
    Stated,
    /// The same drug, the same act.
    Identity,
    /// Same day and same author: one visit.
    Visit,
    /// One stay, one pregnancy, one operation with what belongs to it.
    Episode,
    /// What treats or follows a condition, by what the lexicon knows.
    Concept,
}

impl LinkKind {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LinkKind::Stated => "stated",
            LinkKind::Identity => "identity",
            LinkKind::Visit => "visit",
            LinkKind::Episode => "episode",
            LinkKind::Concept => "concept",
        }
    }

    /// How sure such a link is, from 0 to 1: no more than the share that held when all links of the fixtures
    /// were checked by hand (`tests/it/data/links.tsv`).
    #[must_use]
    pub fn confidence(self) -> f32 {
        match self {
            LinkKind::Stated => 1.0,
            LinkKind::Identity => 0.95,
            LinkKind::Visit => 0.9,
            LinkKind::Episode | LinkKind::Concept => 0.85,
        }
    }

    /// What the link rests on, in French: "rattaché à … ".
    pub(crate) fn evidence(self) -> &'static str {
        match self {
            LinkKind::Stated => "par ce que dit le dossier",
            LinkKind::Identity => "parce qu'il s'agit du même médicament ou du même acte",
            LinkKind::Visit => "par la date et l'auteur",
            LinkKind::Episode => "par les dates et le lieu",
            LinkKind::Concept => "par ce que l'on sait des traitements et des examens de cette maladie",
        }
    }

    /// What of a result's score an item gets that is linked to it; 0 where it gets none.
    pub(crate) fn share(self) -> f32 {
        match self {
            LinkKind::Stated => 0.5,
            LinkKind::Visit => 0.4,
            LinkKind::Identity => 0.35,
            LinkKind::Episode => 0.3,
            LinkKind::Concept => 0.0,
        }
    }
}
