//! A query as stretches: a word, or some words that mean one thing together.
//!
//! An item answers a stretch by its words or by its meaning, whichever says more: "mal de tête" is answered
//! by "tête" and "mal" as by "céphalées".

use crate::concept::{self, Named};
use crate::expand::Match;
use crate::leg::{self, Found, FoundIn, Statistics};
use crate::parse::Parsed;
use crate::query::{Query, Reading};
use crate::view::View;
use crate::{Error, Weights};
use std::collections::BTreeMap;

/// A part of the query with what it found.
pub(crate) struct Stretch {
    /// Its words, in order.
    pub(crate) words: Vec<Found>,
    /// What the words mean together, where the lexicon knows it.
    pub(crate) meaning: Option<Found>,
    /// Whether an item answers the query without it as well.
    pub(crate) optional: bool,
}

/// What a stretch says of an item.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Answered {
    pub(crate) score: f32,
    /// How much of the query's weight it covers.
    pub(crate) weight: f32,
    /// The same, but for what is only related to what is meant.
    pub(crate) direct: f32,
}

impl std::ops::AddAssign for Answered {
    fn add_assign(&mut self, other: Answered) {
        self.score += other.score;
        self.weight += other.weight;
        self.direct += other.direct;
    }
}

/// Looks the query up, stretch by stretch.
pub(crate) fn look_up(
    view: &View,
    visible: &[bool],
    stats: &Statistics,
    query: &Query,
    parsed: &Parsed,
    of_family: bool,
) -> Result<Vec<Stretch>, Error> {
    let text = &*query.text;
    let mut taken = vec![false; parsed.words.len()];
    let mut out = Vec::new();
    let wanted = !query.ignore.contains(&Reading::Concepts);
    for named in wanted.then(|| concept::named(text, &parsed.tokens)).into_iter().flatten() {
        let covered = covered(parsed, &named, &taken);
        if covered.is_empty() {
            continue;
        }
        let optional = covered.iter().all(|at| parsed.words[*at].optional);
        let words = words(view, visible, stats, parsed, &covered)?;
        covered.iter().for_each(|at| taken[*at] = true);
        let idf = words.iter().map(|w| w.idf).sum();
        let (first, last) = (named.tokens.start, named.tokens.end - 1);
        let typed = &text[parsed.tokens[first].range.start..parsed.tokens[last].range.end];
        let variants = concept::variants(&named.senses, of_family, &query.weights);
        let meaning = leg::look_up_meaning(view, visible, stats, typed, variants, idf)?;
        out.push(Stretch { words, meaning: Some(meaning), optional });
    }
    for at in (0..taken.len()).filter(|at| !taken[*at]) {
        let words = words(view, visible, stats, parsed, &[at])?;
        out.push(Stretch { words, meaning: None, optional: parsed.words[at].optional });
    }
    Ok(out)
}

/// The words that a mention covers and no other has taken.
fn covered(parsed: &Parsed, named: &Named, taken: &[bool]) -> Vec<usize> {
    let surfaces: Vec<&str> =
        parsed.tokens[named.tokens.clone()].iter().map(|t| t.surface.as_str()).collect();
    let is_covered = |at: &usize| !taken[*at] && surfaces.contains(&parsed.words[*at].token.surface.as_str());
    (0..parsed.words.len()).filter(is_covered).collect()
}

fn words(
    view: &View,
    visible: &[bool],
    stats: &Statistics,
    parsed: &Parsed,
    at: &[usize],
) -> Result<Vec<Found>, Error> {
    at.iter().map(|at| leg::look_up(view, visible, stats, &parsed.words[*at])).collect()
}

impl Stretch {
    /// The weight of the stretch in the query.
    pub(crate) fn idf(&self) -> f32 {
        self.words.iter().map(|w| w.idf).sum()
    }

    /// What it says of each item that answers it.
    pub(crate) fn answered(&self, weights: &Weights) -> BTreeMap<u32, Answered> {
        let mut out: BTreeMap<u32, Answered> = BTreeMap::new();
        for word in &self.words {
            for hit in &word.hits {
                let answered = out.entry(hit.item).or_default();
                answered.score += word.score(hit);
                answered.weight += word.idf * certainty(word.how(hit));
                answered.direct = answered.weight;
            }
        }
        let all = self.idf();
        if self.meaning.is_some() {
            // A word of an expression is less than its part of it: "tête" is little of "mal de tête".
            for answered in out.values_mut() {
                let share = (answered.weight / all).min(1.0);
                answered.weight *= weights.part + (1.0 - weights.part) * share;
                answered.direct = answered.weight;
            }
        }
        for (meaning, hit) in self.meaning.iter().flat_map(|m| m.hits.iter().map(move |h| (m, h))) {
            let answered = out.entry(hit.item).or_default();
            let score = meaning.score(hit);
            answered.score = answered.score.max(score) + weights.both * answered.score.min(score);
            let weight = all * certainty(meaning.how(hit));
            answered.weight = answered.weight.max(weight);
            match meaning.how(hit) {
                Match::Related => {}
                // All mentions are denied: shown, since "pas de fracture" answers who asks for a fracture, but
                // after what affirms. The words found are those of the denial.
                Match::Denied => {
                    answered.score *= weights.denied;
                    answered.weight = weight;
                    answered.direct = weight;
                }
                _ => answered.direct = answered.direct.max(weight),
            }
        }
        out
    }

    /// What was found of it in an item: words, and the meaning.
    pub(crate) fn in_item(&self, item: u32) -> impl Iterator<Item = (&Found, FoundIn)> {
        let place = move |found: &Found| {
            found.hits.binary_search_by_key(&item, |h| h.item).ok().map(|at| found.hits[at])
        };
        self.words.iter().chain(&self.meaning).filter_map(move |found| Some((found, place(found)?)))
    }
}

/// How much of a query each item answers.
pub(crate) struct Coverage {
    needed: Vec<Answered>,
    /// The same for stretches that need not be answered.
    optional: Vec<Answered>,
    /// The weight of all that is needed, and of the rest.
    pub(crate) total: f32,
    rest: f32,
}

impl Coverage {
    pub(crate) fn new(found: &[Stretch], items: usize, weights: &Weights) -> Coverage {
        let sums = vec![Answered::default(); items];
        let mut out = Coverage { needed: sums.clone(), optional: sums, total: 0.0, rest: 0.0 };
        for stretch in found {
            let (sums, total) = if stretch.optional {
                (&mut out.optional, &mut out.rest)
            } else {
                (&mut out.needed, &mut out.total)
            };
            *total += stretch.idf();
            for (item, answered) in stretch.answered(weights) {
                sums[item as usize] += answered;
            }
        }
        out
    }

    pub(crate) fn score(&self, item: usize) -> f32 {
        self.needed[item].score + self.optional[item].score
    }

    /// The share of the query's weight that the item holds, 0 to 1: of what is needed or, if that is more, of
    /// all. "Sport après sa fracture" is answered by what says all of the fracture, too.
    pub(crate) fn share(&self, item: usize) -> f32 {
        self.part(self.needed[item].weight, self.optional[item].weight)
    }

    /// The same, but for what is only related to what is meant.
    pub(crate) fn direct(&self, item: usize) -> f32 {
        self.part(self.needed[item].direct, self.optional[item].direct)
    }

    fn part(&self, needed: f32, optional: f32) -> f32 {
        let all = (needed + optional) / (self.total + self.rest);
        if self.total > 0.0 { (needed / self.total).max(all).min(1.0) } else { all.min(1.0) }
    }
}

/// How sure a match is to be what was asked for.
fn certainty(how: Match) -> f32 {
    match how {
        Match::Exact | Match::Accents | Match::Stem => 1.0,
        Match::Concept => 0.95,
        Match::Prefix => 0.9,
        Match::Spelling => 0.85,
        Match::Related => 0.6,
        Match::Denied => 0.7,
    }
}
