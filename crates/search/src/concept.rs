//! Concepts of the lexicon as terms of the index, and a query's concepts as alternatives to its words.
//!
//! At the position of a mention's first word stands the marked key of each concept that it may mean, in the
//! field that holds the words: weights, lengths and passages of words hold for concepts too. Codes give the
//! concepts that they name. A query's concept finds itself, what is narrower and, more weakly, what measures,
//! treats or examines it.

use crate::Weights;
use crate::answer::WhyReason;
use crate::context::{Context, Contexts};
use crate::expand::{Match, Variant};
use crate::leg::Found;
use lexicon::{ConceptId, Mention, Register, Relation, Sense, TermClass, concept};
use record::french::{Token, tokens};
use record::{Coded, Item, Kind, Note, NoteKind, system};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

/// Mark of a concept in the term dictionary.
pub(crate) const CONCEPT: char = '\u{3}';

/// Mark of a concept that a text denies.
const DENIED: char = '\u{4}';
/// Mark of a concept that a text says of a relative.
const FAMILY: char = '\u{5}';
const MARKS: [char; 3] = [CONCEPT, DENIED, FAMILY];

const STEPS_DOWN: usize = 3;
/// An alternative of less weight is not looked for.
const LEAST: f32 = 0.3;

/// The term of a concept in the index, under a mark.
pub(crate) fn term(id: ConceptId, mark: char) -> Option<String> {
    Some(format!("{mark}{}", concept(id)?.key()))
}

/// The term of the concept of that key, as a text affirms it.
pub(crate) fn term_of(key: &str) -> String {
    format!("{CONCEPT}{key}")
}

/// The mark of a mention in these contexts.
fn mark(contexts: &[Context]) -> char {
    if contexts.contains(&Context::Family) {
        FAMILY
    } else if contexts.contains(&Context::Negated) {
        DENIED
    } else {
        CONCEPT
    }
}

/// The preferred term of the concept behind a term of the index; `None` for a term that is no concept.
pub(crate) fn label(term: &str) -> Option<&'static str> {
    let key = term.strip_prefix(MARKS)?;
    Some(lexicon::by_key(key)?.label)
}

/// Why a meaning found an item: the kind of reason, the preferred term, and both in words.
pub(crate) fn reason<'a>(found: &Found, variant: &'a Variant) -> (WhyReason, &'a str, String) {
    let label = label(&variant.term).unwrap_or_default();
    let text = match variant.how {
        Match::Related => format!("« {label} » a un lien avec « {} »", found.typed),
        Match::Denied => format!("« {label} » est cité, mais comme absent ou chez un proche"),
        _ => format!("« {} » compris comme « {label} »", found.typed),
    };
    (WhyReason::Concept, label, text)
}

/// The concepts that a text names: position of the mention, and term.
pub(crate) fn text_terms(text: &str, tokens: &[Token]) -> Vec<(usize, String)> {
    let mentions = lexicon::mentions(text, tokens, Register::Text);
    if mentions.is_empty() {
        return Vec::new();
    }
    let contexts = Contexts::new(text, tokens);
    let mut out = Vec::new();
    for mention in mentions {
        let mark = mark(&contexts.of(&mention.tokens));
        let terms: HashSet<String> = mention.senses.iter().filter_map(|s| term(s.concept, mark)).collect();
        let mut terms: Vec<String> = terms.into_iter().collect();
        terms.sort();
        out.extend(terms.into_iter().map(|term| (mention.tokens.start, term)));
    }
    out
}

/// A place in a text that names something.
#[derive(Debug, Clone)]
pub(crate) struct Mentioned {
    /// The token that it begins with.
    pub(crate) token: u32,
    /// Its bytes in the text.
    pub(crate) bytes: Range<u32>,
    /// What it may mean.
    pub(crate) concepts: Vec<ConceptId>,
    /// How it is meant.
    pub(crate) contexts: Vec<Context>,
}

/// What a text names, in order.
pub(crate) fn mentioned(text: &str, tokens: &[Token]) -> Vec<Mentioned> {
    let mentions = lexicon::mentions(text, tokens, Register::Text);
    if mentions.is_empty() {
        return Vec::new();
    }
    let contexts = Contexts::new(text, tokens);
    let mentioned = |m: Mention| Mentioned {
        token: m.tokens.start as u32,
        bytes: tokens[m.tokens.start].range.start as u32..tokens[m.tokens.end - 1].range.end as u32,
        concepts: m.senses.iter().map(|s| s.concept).collect(),
        contexts: contexts.of(&m.tokens),
    };
    mentions.into_iter().map(mentioned).collect()
}

/// The concept behind a term of the index; `None` for a term that is no concept.
pub(crate) fn of_term(term: &str) -> Option<ConceptId> {
    lexicon::id_by_key(term.strip_prefix(MARKS)?)
}

/// The terms of the concepts that a code names.
pub(crate) fn code_terms(code: &Coded) -> Vec<String> {
    let name = match code.system.as_str() {
        system::CIM10 => "cim10",
        system::LOINC => "loinc",
        system::CCAM => "ccam",
        system::ATC => "atc",
        _ => return Vec::new(),
    };
    lexicon::concepts_of(name, &code.code).into_iter().filter_map(|id| term(id, CONCEPT)).collect()
}

/// Keys of the concepts that an entry is about: those that its title names, what it protects against, and
/// those of its codes.
pub(crate) fn about(item: &Item) -> Vec<String> {
    let target = |note: &&Note| note.kind == NoteKind::Target;
    let notes = item.notes.iter().filter(target).map(|note| &*note.text);
    let named = std::iter::once(&*item.title).chain(notes).flat_map(|text| named_in(text, item.kind()));
    keys(named.chain(item.codes.iter().flat_map(code_terms)))
}

/// Keys of the concepts that an entry gives as its reason.
pub(crate) fn reasons(item: &Item) -> Vec<String> {
    let reasons = item.notes.iter().filter(|note| note.kind == NoteKind::Reason);
    keys(reasons.flat_map(|note| named_in(&note.text, item.kind())))
}

fn keys(terms: impl Iterator<Item = String>) -> Vec<String> {
    let keys: BTreeSet<String> = terms.filter_map(|t| Some(t.strip_prefix(CONCEPT)?.to_owned())).collect();
    keys.into_iter().collect()
}

/// The terms of the concepts that a name affirms. A name is short: people's words in it mean what they mean in
/// a query.
fn named_in(text: &str, kind: Kind) -> Vec<String> {
    // "mg" and "cp" beside a drug are no drugs; an abbreviation of many things names none.
    let spelt_out = |m: &Mention, sense: &Sense| {
        sense.class != TermClass::Abbreviation || (kind != Kind::Treatment && m.senses.len() == 1)
    };
    let tokens = tokens(text);
    let contexts = Contexts::new(text, &tokens);
    let affirmed = |m: &Mention| mark(&contexts.of(&m.tokens)) == CONCEPT;
    let mentions = lexicon::mentions(text, &tokens, Register::Query).into_iter().filter(affirmed);
    let senses = mentions.flat_map(|m| m.senses.clone().into_iter().filter(move |s| spelt_out(&m, s)));
    senses.filter_map(|s| term(s.concept, CONCEPT)).collect()
}

/// What a query names: a stretch of its tokens and the concepts that it may mean.
pub(crate) struct Named {
    pub(crate) tokens: Range<usize>,
    pub(crate) senses: Vec<Sense>,
}

/// The concepts of a query, in order, without overlap.
pub(crate) fn named(text: &str, tokens: &[Token]) -> Vec<Named> {
    let mentions = lexicon::mentions(text, tokens, Register::Query);
    mentions.into_iter().map(|m| Named { tokens: m.tokens, senses: trusted(m.senses) }).collect()
}

/// Where a clinical term is meant, a lay use of the same words is not.
fn trusted(senses: Vec<Sense>) -> Vec<Sense> {
    let clinical = |s: &Sense| s.class <= TermClass::Clinical;
    if senses.iter().any(clinical) { senses.into_iter().filter(clinical).collect() } else { senses }
}

/// The terms of the index that answer to the senses, heaviest first. Where the query asks `of_family`, what is
/// said of a relative is what is meant.
pub(crate) fn variants(senses: &[Sense], of_family: bool, weights: &Weights) -> Vec<Variant> {
    let mut spread = Spread { narrower: weights.narrower, found: BTreeMap::new() };
    for sense in senses {
        spread.to(sense.concept, 1.0, Match::Concept, STEPS_DOWN);
        let targets = concept(sense.concept).map_or(&[][..], |c| c.relations);
        for (relation, target) in targets {
            // Who cares for a disease cares for many: a specialty would bring all of its letters.
            if !matches!(relation, Relation::Broader | Relation::PartOf | Relation::FollowedBy) {
                spread.to(*target, weights.related, Match::Related, 1);
            }
        }
    }
    let mut out: Vec<Variant> = spread
        .found
        .into_iter()
        .flat_map(|(id, (weight, how))| {
            let direct = how == Match::Concept;
            let others =
                [(CONCEPT, of_family), (FAMILY, !of_family), (DENIED, true)].map(|(mark, denied)| {
                    let own = Variant { term: term(id, mark)?, how, weight };
                    let other = Variant {
                        how: Match::Denied,
                        weight: weight * weights.denied_mention,
                        ..own.clone()
                    };
                    Some(if denied && direct { other } else { own }).filter(|_| direct || mark == CONCEPT)
                });
            others.into_iter().flatten()
        })
        .collect();
    out.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.term.cmp(&b.term)));
    out
}

/// The concepts one step below a concept: what is narrower, and its parts.
pub(crate) fn narrower(id: ConceptId) -> impl Iterator<Item = ConceptId> {
    [Relation::Broader, Relation::PartOf]
        .into_iter()
        .flat_map(move |relation| lexicon::related_to(id, relation).iter().copied())
}

/// Concepts that are reached from those asked for, with their shares.
struct Spread {
    /// Share of each step down.
    narrower: f32,
    found: BTreeMap<ConceptId, (f32, Match)>,
}

impl Spread {
    fn to(&mut self, id: ConceptId, weight: f32, how: Match, steps: usize) {
        if weight < LEAST || self.found.get(&id).is_some_and(|(known, _)| *known >= weight) {
            return;
        }
        self.found.insert(id, (weight, how));
        if steps > 0 {
            for narrower in narrower(id) {
                self.to(narrower, weight * self.narrower, how, steps - 1);
            }
        }
    }
}
