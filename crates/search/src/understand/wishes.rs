//! What a query wishes of the results: kinds of entry, a side of the body, what to leave out.
//!
//! "Sans fièvre" and "pas de fracture" are what a document says; "sans les ordonnances" and "sauf les radios"
//! are wishes about the list. The difference is made by what is left out, a paper or a kind of entry, and by
//! the article.

use super::tokens::Tokens;
use lexicon::{ConceptKind, Mention, concept};
use record::Kind;
use std::ops::Range;

/// Kinds of entry that a query wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kinds {
    /// Token that says it.
    pub(crate) tokens: Range<usize>,
    pub(crate) kind: Kind,
    /// Whether nothing else is asked: the whole list is.
    pub(crate) list: bool,
}

/// A side of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodySide {
    Left,
    Right,
}

/// Something to leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exclusion {
    /// Tokens that say it.
    pub(crate) tokens: Range<usize>,
    /// Tokens that name what is left out.
    pub(crate) named: Range<usize>,
}

/// What people call the entries of a kind; in the plural, or as "mon traitement", for all of them.
const KINDS: [(&str, Kind); 29] = [
    ("medicament", Kind::Treatment),
    ("medoc", Kind::Treatment),
    ("traitement", Kind::Treatment),
    ("cachet", Kind::Treatment),
    ("comprime", Kind::Treatment),
    ("vaccin", Kind::Immunization),
    ("vaccination", Kind::Immunization),
    ("rappel", Kind::Immunization),
    ("rdv", Kind::Event),
    ("rendez", Kind::Event),
    ("consultation", Kind::Event),
    ("visite", Kind::Event),
    ("hospitalisation", Kind::Event),
    ("sejour", Kind::Event),
    ("resultat", Kind::Observation),
    ("mesure", Kind::Observation),
    ("constante", Kind::Observation),
    ("dosage", Kind::Observation),
    ("allergie", Kind::Allergy),
    ("intolerance", Kind::Allergy),
    ("operation", Kind::Procedure),
    ("intervention", Kind::Procedure),
    ("chirurgie", Kind::Procedure),
    ("maladie", Kind::Condition),
    ("antecedent", Kind::Condition),
    ("diagnostic", Kind::Condition),
    ("pathologie", Kind::Condition),
    ("document", Kind::Document),
    ("papier", Kind::Document),
];

/// Words that ask for all of a kind and say nothing more.
const ALL: &[&str] = &[
    "liste",
    "tous",
    "toutes",
    "tout",
    "ensemble",
    "historique",
    "actuel",
    "actuels",
    "actuelle",
    "actuelles",
    "cours",
    "vous",
    "jour",
    "medical",
    "medicaux",
    "prevus",
    "prevu",
    "connues",
    "connus",
    "chirurgicales",
    "chirurgicaux",
    "chirurgicale",
    "different",
    "differents",
    "differentes",
];

/// Whether a folded word is one that people call the entries of a kind by.
pub(crate) fn says_kind(surface: &str, kind: Kind) -> bool {
    let singular = surface.strip_suffix('s').unwrap_or(surface);
    KINDS.iter().any(|(word, own)| *own == kind && (*word == surface || *word == singular))
}

/// The kind of entry that the query wants, outside the tokens that are `used`. `told` are the tokens that
/// say something else: a period, an order.
pub(crate) fn kinds(tokens: &Tokens, used: &[bool]) -> Option<Kinds> {
    let (at, kind) = (0..tokens.len()).filter(|at| !used[*at]).find_map(|at| {
        let (_, kind) = KINDS.iter().find(|(word, _)| tokens.is(at, word))?;
        Some((at, *kind))
    })?;
    let end = if tokens.word(at) == "rendez" { at + 2 } else { at + 1 }.min(tokens.len());
    let rest = |i: usize| {
        (at..end).contains(&i) || used[i] || !tokens.is_content(i) || ALL.contains(&tokens.word(i))
    };
    Some(Kinds { tokens: at..end, kind, list: (0..tokens.len()).all(rest) })
}

/// The side of the body that the query names: the token, and which.
pub(crate) fn side(tokens: &Tokens, used: &[bool]) -> Option<(usize, BodySide)> {
    (0..tokens.len()).filter(|at| !used[*at]).find_map(|at| {
        let side = match tokens.word(at) {
            "gauche" | "gauches" => BodySide::Left,
            "droite" | "droites" => BodySide::Right,
            // "droit" is what one has a right to, too: only after a part of the body.
            "droit" | "droits" if at > 0 && is_part_of_body(tokens, at - 1) => BodySide::Right,
            _ => return None,
        };
        Some((at, side))
    })
}

fn is_part_of_body(tokens: &Tokens, at: usize) -> bool {
    let mentions = lexicon::mentions(tokens.text(), tokens.slice(at..at + 1), lexicon::Register::Query);
    let senses = mentions.iter().flat_map(|m| &m.senses).filter_map(|s| concept(s.concept));
    let mut kinds = senses.map(|c| c.kind);
    kinds.any(|kind| kind == ConceptKind::BodyPart)
}

/// Words that leave out whatever follows.
const EXCEPT: [&[&str]; 12] = [
    &["a", "l", "exception", "de"],
    &["a", "exception", "de"],
    &["a", "exception", "des"],
    &["a", "exception", "du"],
    &["autre", "que"],
    &["a", "part"],
    &["en", "dehors", "de"],
    &["sauf"],
    &["hormis"],
    &["excepte"],
    &["hors"],
    &["sans", "compter"],
];
/// Words that leave out papers and kinds of entry alone.
const WITHOUT: &[&str] = &["sans", "pas", "ni", "non"];
const DEFINITE: &[&str] =
    &["le", "la", "les", "l", "mes", "ma", "mon", "ces", "ses", "aux", "des", "celles", "ceux"];
const PLURAL: &[&str] = &["les", "mes", "ces", "ses", "aux"];

/// What the query leaves out, outside the tokens that are `used`.
pub(crate) fn exclusions(tokens: &Tokens, mentions: &[Mention], used: &[bool]) -> Vec<Exclusion> {
    let mut out: Vec<Exclusion> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = except(tokens, mentions, at).or_else(|| without(tokens, mentions, at));
        let Some(mut exclusion) = found.filter(|e| !used[e.tokens.clone()].contains(&true)) else {
            at += 1;
            continue;
        };
        // What leads to it says nothing more: "mais pas les ordonnances".
        while exclusion.tokens.start > 0
            && tokens.exactly(exclusion.tokens.start - 1, &["mais", "et", "tout", "tous"])
        {
            exclusion.tokens.start -= 1;
        }
        at = exclusion.tokens.end;
        out.push(exclusion);
        while let Some(next) = enumerated(tokens, mentions, at) {
            at = next.tokens.end;
            out.push(next);
        }
    }
    out
}

fn except(tokens: &Tokens, mentions: &[Mention], at: usize) -> Option<Exclusion> {
    let next = tokens.any_phrase(at, &EXCEPT)?;
    let start = tokens.skip(next, DEFINITE);
    let start = tokens.skip(start, &["de", "du", "la", "l"]);
    let end = named(mentions, start).or_else(|| tokens.is_content(start).then_some(start + 1))?;
    Some(Exclusion { tokens: at..end, named: start..end })
}

fn without(tokens: &Tokens, mentions: &[Mention], at: usize) -> Option<Exclusion> {
    if !tokens.exactly(at, WITHOUT) {
        return None;
    }
    let start = tokens.skip(at + 1, DEFINITE);
    let plural = (at + 1..start).any(|i| tokens.exactly(i, PLURAL));
    let end = named(mentions, start).unwrap_or(start + 1).min(tokens.len());
    (plural && is_paper_or_kind(tokens, mentions, start))
        .then_some(Exclusion { tokens: at..end, named: start..end })
}

/// "et les radios", after something else that is left out.
fn enumerated(tokens: &Tokens, mentions: &[Mention], at: usize) -> Option<Exclusion> {
    if !tokens.exactly(at, &["et", "ni", "ou"]) {
        return None;
    }
    let start = tokens.skip(at + 1, DEFINITE);
    let end = named(mentions, start).unwrap_or(start + 1).min(tokens.len());
    is_paper_or_kind(tokens, mentions, start).then_some(Exclusion { tokens: at..end, named: start..end })
}

/// The end of the mention that begins at `at`.
fn named(mentions: &[Mention], at: usize) -> Option<usize> {
    mentions.iter().find(|m| m.tokens.start == at).map(|m| m.tokens.end)
}

fn is_paper_or_kind(tokens: &Tokens, mentions: &[Mention], at: usize) -> bool {
    use ConceptKind as K;
    let paper = |kind| matches!(kind, K::DocumentType | K::Examination | K::Administrative | K::Laboratory);
    let mention = mentions.iter().find(|m| m.tokens.start == at);
    let senses = mention.iter().flat_map(|m| &m.senses).filter_map(|s| concept(s.concept));
    let mut senses = senses.map(|c| c.kind);
    senses.any(paper)
        || KINDS.iter().any(|(word, _)| tokens.is(at, word))
        || tokens.is_any(at, &["courrier", "lettre", "compte", "certificat", "facture"])
}
